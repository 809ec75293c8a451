package portal

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/lifecycle"
	"carnet/cmd/carnet-server/internal/record"
)

// accept takes every PDF.
type accept struct{}

func (accept) CheckPDF(context.Context, io.ReaderAt, int64) error { return nil }

// engine is the lifecycle as the pages ask for it; main has the same adapter.
type engine struct{ *lifecycle.Engine }

func (e engine) Activate(ctx context.Context, a Activation) (string, error) {
	return e.Engine.Activate(ctx, lifecycle.Activation(a))
}

func (e engine) RenewCode(ctx context.Context, r Renewal) error {
	return e.Engine.RenewCode(ctx, lifecycle.Renewal(r))
}

var (
	_ Records   = (*record.Service)(nil)
	_ Lifecycle = engine{}
)

func gp() record.Principal {
	return record.Principal{ID: "899700000001", Name: "Dr Anne MOREL", Profession: "10", Specialty: "SM54", OrgID: "1510000001", OrgName: "Cabinet des Tilleuls", Session: "desk", RequestID: "r"}
}

// realSite is the portal over a real store and a real lifecycle, with a real
// past; only the accounts are the story's.
func realSite(t testing.TB) (*site, *record.Service) {
	t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	s := &site{t: t, world: newWorld(), issuer: newIssuer(t)}
	clock := func() time.Time { s.world.mu.Lock(); defer s.world.mu.Unlock(); return s.world.clock }
	service, err := record.Open(context.Background(), record.Config{Dir: t.TempDir(), Now: clock, Log: log, Gate: accept{}, Demo: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := service.Close(); err != nil {
			t.Error(err)
		}
	})
	seedReal(t, service)
	var h http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	s.url = server.URL
	life := lifecycle.New(lifecycle.Config{Records: service, Now: clock, Log: log})
	h, err = New(Config{
		Records: service, Lifecycle: engine{life}, Accounts: s.world, URL: s.url, Issuer: s.issuer.server.URL, ClientID: "portal", SpoolDir: t.TempDir(), Now: clock, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, service
}

func seedReal(t testing.TB, service *record.Service) {
	t.Helper()
	seed, err := service.Seed()
	if err != nil {
		t.Fatal(err)
	}
	steps := []error{
		seed.AddPatient(record.PatientSeed{ID: lea, INS: fhir.Identifier{System: fhir.SystemINSTest, Value: "279035121518989"}, BirthName: "MARTIN", Given: []string{"Léa"}, Gender: "female", BirthDate: "1979-03-28", BirthPlace: "51454"}),
		seed.AddPatient(record.PatientSeed{ID: tom, INS: fhir.Identifier{System: fhir.SystemINSTest, Value: "114035121518942"}, BirthName: "MARTIN", Given: []string{"Tom"}, Gender: "male", BirthDate: "2014-03-02", BirthPlace: "51454"}),
		seed.SetLife(record.Life{Patient: lea, State: record.LifeActivated, Activated: now.AddDate(0, -1, 0)}),
		seed.SetLife(record.Life{Patient: tom, State: record.LifeActivated, Activated: now.AddDate(0, -1, 0)}),
		seed.SetRecord(record.RecordSeed{PatientID: lea, MT: gp().ID}),
		seed.AddMandate(record.Mandate{Patient: tom, Person: lea, Relation: record.RelationRepresentative, Start: now.AddDate(-1, 0, 0)}),
		seed.AddListed(record.ListedSeed{Listed: record.Listed{ID: gp().ID, Name: gp().Name, Profession: "10", Specialty: "SM54", OrgID: gp().OrgID, OrgName: gp().OrgName, City: "Reims"}}),
		seed.AddListed(record.ListedSeed{Listed: record.Listed{ID: "899700000002", Name: "Paul ROCHE", Profession: "28", City: "Reims"}}),
	}
	for i, title := range []string{"Bilan sanguin", "Radio du genou"} {
		steps = append(steps, seed.AddDocument(record.DocumentSeed{
			UniqueID: "urn:uuid:00000000-0000-4000-8000-00000000000" + string(rune('1'+i)), PatientID: lea, Type: fhir.Coding{Code: "11502-2"}, Title: title,
			Author: fhir.Party{ID: gp().ID, Name: gp().Name, Specialty: "SM54", OrgID: gp().OrgID, OrgName: gp().OrgName}, ContentType: "application/pdf", Data: []byte("%PDF-1.4\n" + title), FiledAt: now.AddDate(0, 0, -3+i),
		}))
	}
	for _, err := range append(steps, seed.Close()) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestThePagesOverTheRealRecord(t *testing.T) {
	s, service := realSite(t)
	ctx := context.Background()
	access, err := service.OpenAccess(ctx, gp(), lea, fhir.ModeNormal, "")
	if err != nil {
		t.Fatal(err)
	}
	b := s.lea().get("/mon/documents")
	b.sees(http.StatusOK, "2 documents", "Bilan sanguin", "Radio du genou")
	var id string
	for _, a := range find(b.page, "a") {
		if strings.TrimSpace(text(a)) == "Radio du genou" {
			id = strings.TrimPrefix(attr(a, "href"), "/mon/documents/")
		}
	}
	b.submit("/mon/documents/agir", "masquer="+id).sees(http.StatusOK, "Masqué aux professionnels")
	b.get("/mon/documents/"+id+"/contenu").sees(http.StatusOK, "Radio du genou")
	content, err := service.Content(ctx, gp(), access.Session, id)
	if err != nil {
		t.Fatal(err)
	}
	_ = content.Reader.Close()
	b.get("/mon/historique").sees(http.StatusOK, "Dr Anne MOREL", "a lu « Radio du genou »", "masqué aux professionnels", "le titulaire du dossier")
	b.get("/mon/avis").sees(http.StatusOK, "Dr Anne MOREL, Cabinet des Tilleuls a lu votre dossier pour la première fois")
	b.submit("/mon/avis/lus").sees(http.StatusOK, "Tout est lu.")

	b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=morel")
	b.submit("/mon/acces/ajouter", "acteur="+gp().ID, "action=bloquer").sees(http.StatusUnprocessableEntity, "Votre médecin traitant ne peut pas être bloqué")
	b.get("/mon/acces").submit("/mon/acces/sans-medecin").sees(http.StatusOK, "Vous n’avez pas déclaré de médecin traitant.")
	b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=morel")
	b.submit("/mon/acces/ajouter", "acteur="+gp().ID, "action=bloquer").sees(http.StatusOK, "Bloqué dès maintenant.")
	if _, err := service.Content(ctx, gp(), access.Session, id); fhir.CodeOf(err) == "" {
		t.Error("whom the patient blocked still reads")
	}
	b.submit("/mon/acces/debloquer", "acteur="+gp().ID).sees(http.StatusOK, "Vous n’avez bloqué personne.")
	b.get("/mon/acces/ajouter").submit("/mon/acces/chercher", "mots=roche")
	b.submit("/mon/acces/ajouter", "acteur=899700000002", "action=autoriser", "duree=3m").sees(http.StatusOK, "Paul ROCHE", "jusqu’au 21 févr. 2027")
	b.get("/mon/reglages").submit("/mon/reglages", "bris=1", "horsligne=1").sees(http.StatusOK, "Réglages enregistrés")
}

func TestTheHoldersOwnThingsOverTheRealRecord(t *testing.T) {
	s, service := realSite(t)
	b := s.lea().get("/mon/documents/ajouter")
	b.upload(map[string]string{"type": "DOCPAT03", "titre": "Ancien compte rendu", "date": "2019-05-02"}, "x.pdf", []byte("%PDF-1.4\nbon")).
		sees(http.StatusOK, "Document ajouté", "Ancien compte rendu", "2 mai 2019", "Déposé par vous", "Archiver")
	for section, fields := range map[string][]string{
		"allergies": {"quoi=Pénicilline", "date=1995"}, "antecedents": {"quoi=Asthme", "etat=resolved", "date=11/2001"},
		"famille": {"quoi=Diabète chez ma mère"}, "traitements": {"quoi=Lévothyroxine", "date=2020"}, "vaccinations": {"quoi=Grippe", "date=2025-10-12"},
	} {
		b.get("/mon/profil/"+section).submit("/mon/profil/"+section, fields...).sees(http.StatusOK, "Profil enregistré.")
	}
	b.get("/mon/profil/mesures").submit("/mon/profil/mesures", "mesure=29463-7", "choisir=1").
		submit("/mon/profil/mesures", "valeur=62,50", "heure=08:15").sees(http.StatusOK, "Mesure enregistrée.", "62,50 kg", "8 h 15")
	b.get("/mon/profil/mesures").submit("/mon/profil/mesures", "mesure=85354-9", "choisir=1").
		submit("/mon/profil/mesures", "valeur=132", "seconde=84").sees(http.StatusOK, "132/84 mmHg")
	b.get("/mon/profil").sees(http.StatusOK, "Poids : 62,50 kg", "Tension artérielle : 132/84 mmHg", "Pénicilline", "Guéri ou terminé", "nov. 2001", "Diabète chez ma mère", "Lévothyroxine", "Grippe", "12 oct. 2025")
	b.get("/mon/historique").submit("/mon/historique/preuves")
	if b.status != http.StatusOK || !strings.Contains(b.body, "carnet-history") {
		t.Errorf("proofs: %d %.80s", b.status, b.body)
	}
	b.get("/mon/dossier").submit("/mon/dossier/exporter")
	if b.status != http.StatusOK || !strings.HasPrefix(b.body, "PK") {
		t.Errorf("export: %d %.80s", b.status, b.body)
	}
	b.get("/mon/").submit("/mon/dossier/choisir", "choix="+tom).sees(http.StatusOK, "Vous agissez dans le dossier de Tom MARTIN")
	b.get("/mon/documents").sees(http.StatusOK, "Aucun document pour l’instant")
	b.get("/mon/").submit("/mon/dossier/choisir", "choix="+lea)
	b.get("/mon/dossier").submit("/mon/dossier/fermer", "sur=1").sees(http.StatusOK, "Ce dossier est fermé", "21 nov. 2036")
	b.get("/mon/reglages").submit("/mon/reglages", "bris=1").sees(http.StatusUnprocessableEntity, "Dossier fermé", "Vous pouvez le rouvrir")
	b.get("/mon/documents").sees(http.StatusOK, "Ancien compte rendu")
	if _, err := service.OpenAccess(context.Background(), gp(), lea, fhir.ModeNormal, ""); fhir.CodeOf(err) != fhir.NoRecord {
		t.Errorf("a closed record opens with %v", err)
	}
	op := s.as(staff("operator"))
	op.submit("/mon/support", "ins=279035121518989").sees(http.StatusOK, "fermé et archivé").never("Léa", "Pénicilline")
	op.submit("/mon/support/archive", "ins-proche=114035121518942", "lien=heir", "motif-archive=Acte de notoriété vu", "fin=2026-12-31").sees(http.StatusOK, "Accès à l’archive ouvert")
	b.get("/mon/dossier").submit("/mon/dossier/effacer", "mot=EFFACER").sees(http.StatusUnprocessableEntity, "Tom MARTIN (mandat jusqu’au 1 mars 2032) : personne d’autre ne le représente")
	b.submit("/mon/dossier/effacer", "mot=EFFACER", "mandats=1").sees(http.StatusOK, "Sa clé est détruite")
}
