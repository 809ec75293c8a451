package portal

import (
	"net/http"
	"strings"
	"testing"
)

func TestAPatientSignsInAndSeesWhatIsNew(t *testing.T) {
	s := newSite(t)
	b := s.lea()
	b.sees(http.StatusOK, "Bonjour Léa MARTIN", "Une demande d’accès attend votre réponse.", "3 avis non lus", "Paul ROCHE a ouvert votre dossier en urgence")
	if b.at != "/mon/" {
		t.Errorf("the sign-in leads to %s", b.at)
	}
}

func TestDocumentsAreFoundMaskedAndOpened(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/documents")
	b.sees(http.StatusOK, "31 documents", "Radio du genou gauche").never("numéro 31")
	b.submit("/mon/documents/filtre", "mots=genou").sees(http.StatusOK, "1 document", "Radio du genou gauche")
	b.submit("/mon/documents/filtre", "tout=1").sees(http.StatusOK, "31 documents")
	b.submit("/mon/documents/filtre", "archives=1").sees(http.StatusOK, "1 document", "numéro 31")
	id := lea[:8] + "-d1"
	b.get("/mon/documents/"+id).sees(http.StatusOK, "Radio du genou gauche", "Masquer aux professionnels")
	b.submit("/mon/documents/agir", "masquer="+id).sees(http.StatusOK, "Document masqué", "Ce document est masqué")
	b.submit("/mon/documents/agir", "demasquer="+id).sees(http.StatusOK, "Document visible de nouveau")
	b.submit("/mon/documents/agir", "cacher="+id).sees(http.StatusOK, "Caché aux représentants")
	b.get("/mon/documents/" + id + "/contenu")
	if b.header.Get("Content-Type") != "image/png" || !strings.Contains(b.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("an image comes as %s under %s", b.header.Get("Content-Type"), b.header.Get("Content-Security-Policy"))
	}
}

func TestARepresentativeActsInTheOthersRecordAndNoOther(t *testing.T) {
	s := newSite(t)
	b := s.lea()
	b.submit("/mon/dossier/choisir", "choix="+tom).sees(http.StatusOK, "Vous agissez dans le dossier de Tom MARTIN", "en votre nom")
	b.get("/mon/documents/"+tom[:8]+"-d1").sees(http.StatusOK, "Radio du genou gauche").never("Cacher à mes représentants")
	b.get("/mon/documents/" + lea[:8] + "-d1").sees(http.StatusNotFound)
	form := map[string][]string{"csrf": {attr(find(b.page, "input")[0], "value")}, "rec": {bob}, "choix": {bob}}
	b.post("/mon/dossier/choisir", form).sees(http.StatusConflict, "Vous avez changé de dossier")
	form["rec"] = []string{tom}
	b.post("/mon/dossier/choisir", form).sees(http.StatusNotFound)
}

func TestAFormOfAnotherTabActsOnNobodyElse(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/reglages")
	old := b.page
	b.get("/mon/").submit("/mon/dossier/choisir", "choix="+tom).sees(http.StatusOK, "Tom MARTIN")
	b.page = old
	b.submit("/mon/reglages", "bris=1").sees(http.StatusConflict, "rien n’a été fait")
	if s.world.records[tom].rules.Choices.OpposeBreakGlass || s.world.records[lea].rules.Choices.OpposeBreakGlass {
		t.Error("a form of another tab took effect")
	}
}

func TestAHolderDecidesWhoReads(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/acces")
	b.sees(http.StatusOK, "Dr Anne MOREL", "Paul ROCHE", "Accord oral déclaré par Dr Marc VIDAL", "Accords passés (1)", "Je viens lundi")
	b.submit("/mon/acces/repondre", "reponse=oui", "duree=1a").sees(http.StatusOK, "Accès accordé.")
	rules := s.world.records[lea].rules
	if got := rules.Rules[len(rules.Rules)-1]; len(rules.Requests) != 0 || got.End.Format("2006-01-02") != "2027-11-22" {
		t.Errorf("the answer made %+v", got)
	}
	b.submit("/mon/acces/retirer", "regle=r1").sees(http.StatusOK, "Accès retiré")
	b.submit("/mon/acces/contester", "regle=r2").sees(http.StatusOK, "Accord contesté")
	b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=rochE").sees(http.StatusOK, "Paul ROCHE")
	if strings.Contains(strings.ToLower(b.at), "roche") {
		t.Errorf("a name stands in %s", b.at)
	}
	b.submit("/mon/acces/ajouter", "acteur=810000000002", "action=bloquer").sees(http.StatusOK, "Bloqué dès maintenant.", "Débloquer")
	b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=roche")
	b.submit("/mon/acces/ajouter", "acteur=810000000002", "action=autoriser").sees(http.StatusUnprocessableEntity, "levez d’abord le blocage")
	b.submit("/mon/acces/ajouter", "acteur=810000000002", "action=traitant").sees(http.StatusUnprocessableEntity, "Seul un médecin")
	b.get("/mon/acces").submit("/mon/acces/debloquer", "acteur=810000000002").sees(http.StatusOK, "Blocage levé")
	b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=reims")
	b.submit("/mon/acces/ajouter", "acteur=810000000001", "action=bloquer").sees(http.StatusUnprocessableEntity, "Votre médecin traitant ne peut pas être bloqué", "Déclarez d’abord un autre médecin traitant")
	b.submit("/mon/acces/ajouter", "acteur=1510000002", "action=equipe", "duree=3m").sees(http.StatusOK, "Ajouté à votre équipe de soins.", "jusqu’au 21 févr. 2027")
	b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=benali")
	b.submit("/mon/acces/ajouter", "acteur=810000000003", "action=autoriser", "duree=date", "fin=2026-11-20").sees(http.StatusUnprocessableEntity, "Choisissez une date à venir.")
	b.submit("/mon/acces/ajouter", "acteur=810000000003", "action=autoriser", "duree=date", "fin=").sees(http.StatusUnprocessableEntity, "Choisissez une date à venir.")
	b.submit("/mon/acces/ajouter", "acteur=810000000003", "action=autoriser", "duree=date", "fin=2026-12-24").sees(http.StatusOK, "jusqu’au 24 déc. 2026")
	b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=vidal")
	b.submit("/mon/acces/ajouter", "acteur=810000000004", "action=traitant").sees(http.StatusOK, "Médecin traitant déclaré.")
	b.submit("/mon/acces/sans-medecin").sees(http.StatusOK, "Vous n’avez pas déclaré de médecin traitant.")
	b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=personne ainsi").sees(http.StatusOK, "Personne de ce nom")
}

func TestTheMatrixTellsWhatAnOpticianSees(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/habilitations?metier=28")
	b.sees(http.StatusOK, "Opticien-lunetier : dans votre dossier", "de vos 31 documents", "Peut lire", "Ne peut pas lire")
	b.get("/mon/habilitations?type=11502-2").sees(http.StatusOK, "Peuvent lire, si vous les autorisez", "Médecin")
	b.get("/mon/habilitations?metier=<b>").sees(http.StatusOK).never("<b>")
}

func TestSwitchesAndNoticesAreChosen(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/reglages")
	b.submit("/mon/reglages", "courriel=pas une adresse", "bris=1").sees(http.StatusUnprocessableEntity, "Cette adresse n’est pas complète")
	b.submit("/mon/reglages", "courriel=lea@exemple.fr", "bris=1", "visites=1", "horsligne=1").sees(http.StatusOK, "Réglages enregistrés")
	got := s.world.records[lea].rules.Choices
	if !got.OpposeBreakGlass || got.OpposeCentre15 || got.MaskedEmergency || !got.NoOffline || !got.EveryVisit || got.Email != "lea@exemple.fr" {
		t.Errorf("chosen: %+v", got)
	}
	b.submit("/mon/reglages", "bris=-").sees(http.StatusOK)
	if s.world.records[lea].rules.Choices.OpposeBreakGlass {
		t.Error("the switch stays on")
	}
	b.get("/mon/copies").sees(http.StatusOK, "Vous n’autorisez aucune copie hors ligne", "Dr Anne MOREL")
	b.get("/mon/avis").sees(http.StatusOK, "3 avis non lus", "Paul ROCHE a ouvert votre dossier en urgence")
	b.submit("/mon/avis/lus").sees(http.StatusOK, "Tout est lu.")
	b.submit("/mon/acces/contester", "regle=r2").sees(http.StatusOK, "Accord contesté")
}
