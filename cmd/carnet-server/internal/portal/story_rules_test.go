package portal

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// roche is Paul ROCHE, an optician of the directory.
const roche = "810000000002"

func TestAnAuthorisationBeginsOnADayToCome(t *testing.T) {
	s := newSite(t)
	b := s.lea()
	ask := func(fields ...string) *browser {
		b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=roche")
		return b.submit("/mon/acces/ajouter", append([]string{"acteur=" + roche, "action=autoriser"}, fields...)...)
	}
	last := func() record.Rule {
		all := s.world.records[lea].rules.Rules
		return all[len(all)-1]
	}
	ask("debut=2026-11-20", "duree=3m").sees(http.StatusUnprocessableEntity, "Choisissez aujourd’hui ou une date à venir.")
	ask("debut=2029-01-01", "duree=3m").sees(http.StatusUnprocessableEntity, "Choisissez une date dans les deux ans.")
	ask("debut=demain", "duree=3m").sees(http.StatusUnprocessableEntity, "Cette date n’est pas lisible")
	ask("debut=2026-12-05", "duree=date", "fin=2026-12-04").sees(http.StatusUnprocessableEntity, "La fin est avant le début.")
	ask("debut=2026-11-21", "duree=3m").sees(http.StatusOK, "Accès accordé.")
	if got := last(); !got.Start.Equal(now) {
		t.Errorf("from today on begins at %s", got.Start)
	}
	ask("debut=2026-12-05", "duree=3m").sees(http.StatusOK, "Enregistré : cela vaudra à partir du jour choisi.", "À partir du 5 déc. 2026, jusqu’au 5 mars 2027")
	day := time.Date(2026, 12, 5, 0, 0, 0, 0, paris())
	if got := last(); !got.Start.Equal(day) || !got.End.Equal(day.AddDate(0, 3, 1)) {
		t.Errorf("from a day to come: %s to %s", got.Start, got.End)
	}
	ask("debut=2026-12-05", "duree=date", "fin=2026-12-05").sees(http.StatusOK, "À partir du 5 déc. 2026, jusqu’au 5 déc. 2026")
}

func TestWhoeverNeverReadsIsShownSo(t *testing.T) {
	s := newSite(t)
	work := record.Listed{ID: "810000000009", Name: "Dr Luc FERRAND", Profession: "10", Specialty: "SM25", City: "Reims"}
	none := record.Listed{ID: "810000000010", Name: "Rémi LOUIS", Profession: "999"}
	k := s.world.records[lea]
	s.world.listed = append(s.world.listed, work, none)
	for _, l := range []record.Listed{work, none} {
		k.rules.Rules = append(k.rules.Rules, record.Rule{ID: "n" + l.ID, Kind: record.RuleAuthorisation, Actor: l, Start: now.AddDate(0, -1, 0), Active: true})
	}
	b := s.lea().get("/mon/acces").sees(http.StatusOK, "ne lit jamais : médecine du travail", "ne lit jamais : ce métier n’a accès à aucun dossier")
	b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=ferrand").sees(http.StatusOK, "ne lit jamais : médecine du travail")
	b.submit("/mon/acces/ajouter", "acteur="+work.ID, "action=autoriser", "duree=3m").sees(http.StatusUnprocessableEntity, "Ce métier ne lit jamais les dossiers")
	b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=morel").never("ne lit jamais")
}

// An authorisation that a block makes worthless does not look as if it let
// somebody in.
func TestWhoeverIsBlockedIsShownSo(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/acces").never("bloqué : ne lit rien")
	b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=roche")
	b.submit("/mon/acces/ajouter", "acteur="+roche, "action=bloquer").sees(http.StatusOK, "Bloqué dès maintenant.", "bloqué : ne lit rien")
}

func TestAPersonSeesWhoRepresentsThem(t *testing.T) {
	s := newSite(t)
	s.lea().get("/mon/acces").never("Représentants et proches")
	s.world.kin = map[string][]record.Representative{lea: {
		{Name: "Jean MARTIN", Relation: record.RelationRepresentative, Start: now.AddDate(-1, 0, 0), End: now.AddDate(1, 0, 0)},
		{Name: "Ève MARTIN", Relation: record.RelationHeir, Start: now.AddDate(0, 0, 3)},
		{Relation: record.RelationPartner, Start: now.AddDate(0, 0, -3), You: true},
	}}
	s.lea().get("/mon/acces").sees(http.StatusOK, "Représentants et proches", "Jean MARTIN, représentant légal", "Depuis le 21 nov. 2025, jusqu’au 21 nov. 2027",
		"Ève MARTIN, héritier, une fois le dossier fermé", "À partir du 24 nov. 2026, sans limite", "Une personne, conjoint, une fois le dossier fermé vous")
}

// What an optician would see is told of the whole record, not of its newest
// documents.
func TestWhatAProfessionWouldSeeIsToldOfTheWholeRecord(t *testing.T) {
	s := newSite(t)
	k := s.world.records[lea]
	old := k.docs[0]
	old.ID, old.Type.Code, old.Attachment.Title = "11111111-old", "DOCPAT02", "La toute première ordonnance"
	for range 300 {
		k.docs = append(k.docs, k.docs[0])
	}
	s.lea().get("/mon/habilitations?metier=28").sees(http.StatusOK, "de vos 331 documents non archivés").never("les plus récents")
	for range 800 {
		k.docs = append(k.docs, k.docs[0])
	}
	s.lea().get("/mon/habilitations?metier=28").sees(http.StatusOK, "de vos 1000 documents les plus récents")
}

func TestASignInIsNamedInWords(t *testing.T) {
	s := newSite(t)
	s.world.signIns[lea] = append(s.world.signIns[lea], SignIn{ID: "a", Agent: "Firefox, Android", Started: now}, SignIn{ID: "b", Agent: "Chrome", Started: now}, SignIn{ID: "c", Started: now})
	s.lea().get("/mon/connexions").sees(http.StatusOK, "Firefox sur Linux", "Safari sur iPhone", "Firefox sur Android", "Chrome", "Navigateur inconnu").never("Firefox,")
}

// Whoever planted a session before a record was activated does not make the
// account in the person's place.
func TestAnIdPlantedBeforeAnActivationMakesNoAccount(t *testing.T) {
	s := newSite(t)
	victim, thief := s.browser(), s.browser()
	thief.get("/mon/activer")
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	victim.client.Jar.SetCookies(u, thief.client.Jar.Cookies(u))
	victim.get("/mon/activer").submit("/mon/activer", "ins=279035121518989", "naissance=1979-03-28", "carte=1234567890", "code=ABCD2345").sees(http.StatusOK, "Étape 2 sur 3")
	thief.get("/mon/activer/compte").sees(http.StatusBadRequest, "Connexion inachevée")
	thief.get("/mon/activer/qr").sees(http.StatusBadRequest)
}

// Who serves patients is out at once when their sign-in was ended or their
// account disabled.
func TestAnOperatorSignedOutElsewhereIsOut(t *testing.T) {
	s := newSite(t)
	claims := staff("operator")
	account, _ := claims["person"].(string)
	sid, _ := claims["sid"].(string)
	s.world.signIns["staff/"+account] = []SignIn{{ID: sid, Started: now}}
	b := s.as(claims)
	b.get("/mon/support").sees(http.StatusOK, "Support")
	s.world.mu.Lock()
	s.world.signIns["staff/"+account] = nil
	s.world.mu.Unlock()
	b.get("/mon/support").sees(http.StatusOK, "Se connecter")
}
