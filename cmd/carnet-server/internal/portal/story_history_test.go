package portal

import (
	"net/http"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

func TestTheHistoryTellsOneLineAVisit(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/historique")
	b.sees(http.StatusOK, "Dr Anne MOREL, 21 nov. 2026, 11 h 40", "1 document lu", "Accès d’urgence (bris de glace)", "Malaise au cabinet", "Lu hors ligne", "refusé, rien n’a été montré", "document en attente d’annonce").never("Secret")
	b.submit("/mon/historique/filtre", "quoi=emergency").sees(http.StatusOK, "Paul ROCHE").never("Inès BENALI")
	b.submit("/mon/historique/filtre", "tout=1")
	b.submit("/mon/historique/filtre", "qui=810000000003").sees(http.StatusOK, "Seulement Inès BENALI").never("Marc VIDAL")
	b.submit("/mon/historique/filtre", "tout=1")
	b.submit("/mon/historique/filtre", "du=2026-11-21", "au=2026-11-20").sees(http.StatusUnprocessableEntity, "La fin est avant le début.")
	b.submit("/mon/historique/filtre", "du=20/11/2026", "au=2026-11-20").sees(http.StatusOK, "Paul ROCHE").never("Anne MOREL", "Marc VIDAL")
	b.submit("/mon/historique/filtre", "tout=1").sees(http.StatusOK, "Visites plus anciennes", "Tout le détail de cette visite")
	for _, a := range find(b.page, "a") {
		if to := attr(a, "href"); strings.Contains(to, "/visite/") {
			b.get(to).sees(http.StatusOK, "a lu « Document d’essai numéro 4 », 2 fois", "Document d’essai numéro 15")
			b.get(strings.Replace(to, "/visite/v6", "/visite/v7", 1)).sees(http.StatusNotFound)
			return
		}
	}
	t.Error("a long visit has no page of its own")
}

func TestAnEmergencyAccessIsContestedAndAnswered(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/historique")
	b.submit("/mon/historique/contester", "mots= ").sees(http.StatusUnprocessableEntity, "dites en quelques mots pourquoi")
	b.submit("/mon/historique/contester", "mots=Je n’étais pas là.").sees(http.StatusOK, "Accès contesté")
	if got := s.world.contests[1]; got.Act != 997 || got.Words != "Je n’étais pas là." {
		t.Fatalf("contested: %+v", got)
	}
	dpo := s.as(staff("dpo"))
	dpo.sees(http.StatusOK, "En attente (2)", "Malaise au cabinet")
	dpo.submit("/mon/dpo", "plainte=c2", "reponse=").sees(http.StatusUnprocessableEntity, "Ce champ est nécessaire.")
	dpo.submit("/mon/dpo", "plainte=c2", "reponse=Nous avons demandé au cabinet.").sees(http.StatusOK, "En attente (1)", "Nous avons demandé au cabinet.")
}

func TestTheHistoryIsTakenAlong(t *testing.T) {
	s := newSite(t)
	s.world.records[lea].visits[0].Who.Name = "=HYPERLINK(1)"
	b := s.lea()
	b.get("/mon/historique/imprimer").sees(http.StatusOK, "novembre 2026", "Tout imprimer (PDF)")
	b.get("/mon/historique/imprimer?mois=2026-11").sees(http.StatusOK, "Historique du dossier, novembre 2026", "Léa MARTIN", "Dr Anne MOREL").never("Secret")
	b.get("/mon/historique/imprimer?mois=avant-2020-01").sees(http.StatusOK, "Historique du dossier, avant janvier 2020", "Aucune visite dans cette période.")
	b.get("/mon/historique").submit("/mon/historique/csv")
	lines := strings.Split(strings.TrimSpace(b.body), "\n")
	if len(lines) != 1+44*2+1+40 || !strings.HasPrefix(b.body, "\ufeffDate;Heure;Qui") {
		t.Errorf("%d lines, the first %q", len(lines), lines[0])
	}
	if !strings.Contains(b.body, ";'=HYPERLINK(1);") {
		t.Error("a name runs as a formula")
	}
	if got := b.header.Get("Content-Disposition"); got != `attachment; filename="historique.csv"` {
		t.Errorf("saved as %s", got)
	}
	b.get("/mon/historique").submit("/mon/historique/pdf")
	if !strings.HasPrefix(b.body, "%PDF-") || b.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("no PDF but %s", b.header.Get("Content-Type"))
	}
	b.get("/mon/historique").submit("/mon/historique/preuves")
	if b.body != `{"proofs":[]}` || b.header.Get("Content-Type") != "application/json" {
		t.Errorf("no proofs but %s", b.body)
	}
}

func TestTheHealthProfileIsKept(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/profil")
	b.sees(http.StatusOK, "Pénicilline", "Poids : 72,5 kg", "Grippe", "indiqué par Paul ROCHE")
	b.get("/mon/profil/mesures").submit("/mon/profil/mesures", "mesure=29463-7", "choisir=1").sees(http.StatusOK, "Poids", "Unité")
	for typed, want := range map[string]string{"1200": "n’est pas possible", "beaucoup": "Écrivez un nombre", "NaN": "Écrivez un nombre", "1e2": "Cette unité ne convient pas", "-5": "Écrivez un nombre"} {
		b.submit("/mon/profil/mesures", "valeur="+typed).sees(http.StatusUnprocessableEntity, want)
		if !strings.Contains(b.body, `value="`+typed+`"`) {
			t.Errorf("%q typed is lost", typed)
		}
	}
	b.submit("/mon/profil/mesures", "valeur=71,8", "date=2026-11-22").sees(http.StatusUnprocessableEntity, "dans le futur")
	b.submit("/mon/profil/mesures", "valeur=71,8", "date=2026-11-21").sees(http.StatusOK, "Mesure enregistrée.", "71,8 kg")
	b.get("/mon/profil").sees(http.StatusOK, "Poids : 71,8 kg").never("Poids : 72,5 kg")
	b.get("/mon/profil/allergies").submit("/mon/profil/allergies", "quoi=Arachide", "date=05/2001", "etat=active", "masque=1").sees(http.StatusOK, "Arachide", "mai 2001", "Masqué aux professionnels")
	b.submit("/mon/profil/allergies", "ouvrir=p1").sees(http.StatusOK, "Modifier")
	b.submit("/mon/profil/allergies", "quoi=Amoxicilline", "etat=resolved").sees(http.StatusOK, "Amoxicilline", "Disparue").never("Pénicilline")
	s.world.records[lea].items[0].Version = 9
	b.submit("/mon/profil/retirer", "id=p1").sees(http.StatusPreconditionFailed, "Modifié entre-temps")
	b.get("/mon/profil").submit("/mon/profil/retirer", "id=p1").sees(http.StatusOK, "Retiré de votre profil.").never("Amoxicilline")
	b.get("/mon/profil/autre").sees(http.StatusNotFound)
}

// TestAnItemIsShownAndKeptWhole: the patient reads all that is written of it, and a
// change of what the form asks loses nothing of what it does not.
func TestAnItemIsShownAndKeptWhole(t *testing.T) {
	s := newSite(t)
	v := fhir.Item{
		Resource: "MedicationStatement", Status: "active", Text: "Ibuprofène 400 mg, sans ordonnance", Start: "2025", Dosage: "en cas de douleur de hanche",
		Substances: []fhir.Coding{{Display: "ibuprofène"}, {Display: "caféine"}},
	}
	allergy := fhir.Item{Resource: "AllergyIntolerance", Status: "active", Text: "Latex", Criticality: "high", Reaction: "œdème"}
	add := func(id string, v fhir.Item, by string) {
		s.world.records[lea].items = append(s.world.records[lea].items, record.ProfileItem{ID: id, Version: 1, Resource: v.Resource, By: by, Text: v.Text, Date: v.Start, Status: v.Status, View: v})
	}
	add("w1", v, "")
	add("w2", allergy, "Dr Anne MOREL")
	add("w3", fhir.Item{Resource: "FamilyMemberHistory", Text: "Infarctus", Relation: fhir.Coding{Display: "père"}}, "Dr Anne MOREL")
	add("w4", fhir.Item{Resource: "Immunization", Text: "DTP", Lot: "R3F21V", Dose: 6, Start: "2016-04-12"}, "Dr Anne MOREL")
	b := s.lea().get("/mon/profil").sees(http.StatusOK, "en cas de douleur de hanche", "caféine", "Grave", "œdème", "père", "dose n° 6 · lot R3F21V")
	kept := func() fhir.Item {
		items := s.world.records[lea].items
		return items[len(items)-4].View
	}
	b.submit("/mon/profil/traitements", "ouvrir=w1").submit("/mon/profil/traitements", "quoi="+v.Text, "note=après le repas").sees(http.StatusOK, "après le repas", "en cas de douleur de hanche")
	if got := kept(); got.Note != "après le repas" || got.Dosage != v.Dosage || len(got.Substances) != 2 || got.Start != "2025" {
		t.Errorf("a note cost the rest: %+v", got)
	}
	b.submit("/mon/profil/traitements", "ouvrir=w1").submit("/mon/profil/traitements", "quoi=Paracétamol 1 g").sees(http.StatusOK, "Paracétamol 1 g").never("douleur de hanche")
	if got := kept(); got.Text != "Paracétamol 1 g" || len(got.Substances) != 0 || got.Dosage != "" {
		t.Errorf("another medicine keeps the substances of the one before: %+v", got)
	}
}

// TestAnythingInTheProfileIsMasked: what a professional wrote cannot be changed
// or taken out, and is masked and unmasked like the rest.
func TestAnythingInTheProfileIsMasked(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/profil").never("Masqué aux professionnels")
	b.submit("/mon/profil/masque", "masquer=p3").sees(http.StatusOK, "seuls son auteur et votre médecin traitant le voient", "Masqué aux professionnels")
	if it := s.world.records[lea].items[2]; !it.Masked || it.By == "" || it.Version != 2 {
		t.Errorf("masked: %+v", it)
	}
	s.world.records[lea].items[2].Version = 9
	b.submit("/mon/profil/masque", "demasquer=p3").sees(http.StatusPreconditionFailed, "Modifié entre-temps")
	b.get("/mon/profil").submit("/mon/profil/masque", "demasquer=p3").sees(http.StatusOK, "les professionnels que vous autorisez le voient").never("Masqué aux professionnels")
	b.submit("/mon/profil/masque", "masquer=p1").sees(http.StatusOK, "Masqué aux professionnels")
}

func TestARecordIsTakenAlongClosedReopenedAndErased(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/dossier")
	b.sees(http.StatusOK, "Ce dossier est ouvert.").never("Effacer pour de bon")
	b.submit("/mon/dossier/exporter")
	if b.header.Get("Content-Type") != "application/zip" || !strings.HasPrefix(b.body, "PK") {
		t.Errorf("exported: %s", b.header.Get("Content-Type"))
	}
	b.get("/mon/dossier").submit("/mon/dossier/fermer").sees(http.StatusUnprocessableEntity, "Cochez la case")
	b.submit("/mon/dossier/fermer", "sur=1").sees(http.StatusOK, "Ce dossier est fermé depuis le 21 nov. 2026", "21 nov. 2036", "dossier fermé : consultation seulement")
	b.get("/mon/").sees(http.StatusOK, "Aucun professionnel ne peut le lire.")
	b.get("/mon/dossier").submit("/mon/dossier/rouvrir").sees(http.StatusOK, "Ce dossier est ouvert.")
	b.submit("/mon/dossier/fermer", "sur=1").submit("/mon/dossier/effacer", "mot=oui").sees(http.StatusUnprocessableEntity, "écrivez le mot EFFACER")
	s.world.represented = []record.RepresentedPerson{{Patient: tom, Name: "Tom MARTIN"}, {Patient: "x", Name: "Jean PETIT", Others: 1, Until: now.AddDate(1, 0, 0)}}
	b.get("/mon/dossier").sees(http.StatusOK, "Vous ne représenterez plus personne", "Tom MARTIN : personne d’autre ne le représente", "Jean PETIT (mandat jusqu’au 21 nov. 2027) : une autre personne le représente", "faites enregistrer un autre représentant par le support")
	b.submit("/mon/dossier/effacer", "mot=effacer").sees(http.StatusUnprocessableEntity, "Effacer votre dossier met fin à vos mandats")
	b.submit("/mon/dossier/effacer", "mot=effacer", "mandats=1").sees(http.StatusOK, "Sa clé est détruite")
	if s.world.records[lea] != nil {
		t.Error("the record is still there")
	}
	b.get("/mon/").sees(http.StatusOK, "Vous agissez dans le dossier de Tom MARTIN")
}

func TestSignInsAreListedAndEndedEverywhere(t *testing.T) {
	s := newSite(t)
	phone, desk := s.lea(), s.lea()
	desk.get("/mon/connexions").sees(http.StatusOK, "Firefox sur Linux", "cette connexion", "Safari sur iPhone")
	desk.submit("/mon/connexions/fermer").sees(http.StatusOK, "Toutes vos connexions sont fermées", "Se connecter")
	phone.get("/mon/documents").sees(http.StatusOK, "Se connecter")
	if len(s.world.signIns[lea]) != 0 {
		t.Error("the provider was not told")
	}
}

func TestASignInEndedElsewhereEndsHereAtOnce(t *testing.T) {
	s := newSite(t)
	b := s.lea()
	s.world.mu.Lock()
	s.world.signIns[lea] = nil
	s.world.mu.Unlock()
	b.get("/mon/documents").sees(http.StatusOK, "Se connecter").never("Radio du genou")
}

func TestAnOperatorServesWithoutSeeingContent(t *testing.T) {
	s := newSite(t)
	if err := s.world.setLife(bob, func(l *record.Life) { l.State, l.ObjectUntil = record.LifePending, now.AddDate(0, 0, 30) }); err != nil {
		t.Fatal(err)
	}
	b := s.as(staff("operator"))
	b.sees(http.StatusOK, "Vous ne voyez aucun contenu médical")
	b.submit("/mon/support", "ins=12").sees(http.StatusUnprocessableEntity, "15 caractères")
	b.submit("/mon/support", "ins=999999999999999").sees(http.StatusUnprocessableEntity, "Aucune personne avec ce numéro").never("999999999999999")
	b.submit("/mon/support", "ins=1 79 03 51 215 189 22").sees(http.StatusOK, "annoncé, en attente", "La personne s’oppose").never("179035121518922", "Bob", "PETIT")
	b.submit("/mon/support/code", "voie=letter").sees(http.StatusOK, "Un nouveau code part.", "valable jusqu’au 2 janv. 2027")
	b.submit("/mon/support/opposer", "motif-opposer=").sees(http.StatusUnprocessableEntity, "Ce champ est nécessaire.")
	b.submit("/mon/support/opposer", "motif-opposer=Rappelé au numéro connu").sees(http.StatusOK, "Opposition enregistrée", "aucun dossier")
	b.submit("/mon/support", "fini=1").sees(http.StatusOK, "Numéro INS")
	b.submit("/mon/support", "ins=279035121518989").submit("/mon/support/fermer", "motif-fermer=Au guichet, carte d’identité vue").sees(http.StatusOK, "fermé et archivé")
	b.submit("/mon/support/archive", "ins-proche=179035121518922", "lien=heir", "motif-archive=Acte de notoriété vu", "fin=2026-12-31").sees(http.StatusOK, "Accès à l’archive ouvert")
	if want := lea + " " + bob + " heir 2027-01-01"; s.world.archived[0] != want {
		t.Errorf("opened %s, want %s", s.world.archived[0], want)
	}
	for _, path := range everyPage["patient"][1:] {
		if !strings.Contains(path, "nulle-part") && path != "/mon/connexions" {
			b.get(path).sees(http.StatusForbidden, "Page réservée")
		}
	}
}
