package demo

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// stage is a record service with the whole cast and, to be quick, every fortieth
// document beside the special ones.
func stage(t *testing.T, now func() time.Time) *record.Service {
	t.Helper()
	s, err := record.Open(t.Context(), record.Config{Dir: t.TempDir(), Now: now, Demo: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w := plannedWorld(t)
	special := map[string]bool{}
	for i, p := range w.people {
		for j, sp := range specialList() {
			if sp.patient == p.seed.ID {
				special[uniqueID(i, firstSpecial+j)] = sp.title != "Dossier complet du séjour (200 pages)"
			}
		}
	}
	n := 0
	w.docs = slices.DeleteFunc(w.docs, func(d document) bool { n++; return n%40 != 0 && !special[d.seed.UniqueID] })
	seeder, err := s.Seed()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.seed(t.Context(), seeder); err != nil {
		t.Fatal(err)
	}
	return s
}

func principal(id string) record.Principal {
	for _, a := range Accounts() {
		if a.ID == id {
			return record.Principal{
				ID: a.NameID, Name: a.Name, Profession: a.Profession, Specialty: a.Specialty,
				OrgID: a.Organisation, OrgName: a.OrgName, Sector: a.Sector, Session: "s-" + id, RequestID: "r",
			}
		}
	}
	return record.Principal{}
}

// titles lists what a professional reads in a record.
func titles(ctx context.Context, s *record.Service, p record.Principal, session, patient string) (map[string]bool, error) {
	out := map[string]bool{}
	page, err := s.SearchDocuments(ctx, p, session, record.DocumentQuery{PatientID: patient, Statuses: []string{"current", "superseded"}, Limit: 200})
	for err == nil {
		for _, item := range page.Items {
			d, perr := fhir.ParseDocumentReference(item.JSON)
			if perr != nil {
				return nil, perr
			}
			out[d.Attachment.Title] = true
		}
		if page.Next == "" {
			return out, nil
		}
		page, err = s.SearchDocuments(ctx, p, session, record.DocumentQuery{Cursor: page.Next})
	}
	return out, err
}

// TestDemonstration is what can be done with a demonstration once it is filled.
func TestDemonstration(t *testing.T) {
	s := stage(t, today)
	t.Run("every rule can be seen", func(t *testing.T) { everyRuleCanBeSeen(t, s) })
	t.Run("contents read back", func(t *testing.T) { contentsReadBack(t, s) })
	t.Run("it is filled once", func(t *testing.T) { filledOnce(t, s) })
}

// What the accounts say that they are good for seeing can be seen.
func everyRuleCanBeSeen(t *testing.T, s *record.Service) {
	const (
		masked   = "Consultation de second avis"
		psych    = "Synthèse psychiatrique"
		awaiting = "Compte rendu d’anatomie pathologique – biopsie mammaire"
		mistaken = "Certificat médical – établi par erreur"
		final    = "Ionogramme sanguin – résultats définitifs"
		cardio   = "Consultation de cardiologie"
	)
	tests := []struct {
		name, account, patient, mode string
		code                         fhir.Code // of $open
		basis, refusal               string
		sees, misses                 []string
	}{
		{"MT reads all", "gp", "p001", "", "", fhir.BasisMT, "", []string{masked, psych, awaiting, final}, []string{mistaken}},
		{"care team", "nurse", "p001", "", "", fhir.BasisCareTeam, "", []string{awaiting, final}, []string{masked, psych}},
		{"structure authorised", "pharmacist", "p001", "", "", fhir.BasisAuthorised, "", []string{final}, []string{masked, psych}},
		{"by profession", "optician", "p001", "", "", fhir.BasisAuthorised, "", []string{"Mes médicaments et mes questions"}, []string{final, awaiting}},
		{"author without consent", "gp2", "p001", "", "", "", "no-consent", nil, nil},
		{"occupational doctor", "occupational", "p014", "", "", "", "profession", nil, nil},
		{"laboratory without consent", "biologist", "p002", "", "", "", "no-consent", nil, nil},
		{"nothing lets in", "gp", "p015", "", "", "", "no-consent", nil, nil},
		{"break-glass, masked readable", "gp", "p015", fhir.ModeBreakGlass, "", fhir.BasisEmergency, "", []string{cardio, psych}, nil},
		{"break-glass opposed", "gp", "p016", fhir.ModeBreakGlass, fhir.NoConsent, "", "", nil, nil},
		{"blocked", "gp", "p018", "", "", "", "no-consent", nil, nil},
		{"blocked in break-glass", "gp", "p018", fhir.ModeBreakGlass, fhir.NoConsent, "", "", nil, nil},
		{"structure blocked", "pharmacist", "p019", "", "", "", "no-consent", nil, nil},
		{"MT is never blocked", "gp", "p007", "", "", fhir.BasisMT, "", nil, nil},
		{"closed", "gp", "p020", "", fhir.NoRecord, "", "", nil, nil},
		{"opposed", "gp", "p021", "", fhir.NoRecord, "", "", nil, nil},
		{"pending", "gp", "p022", "", fhir.NoRecord, "", "", nil, nil},
		{"authorisation over", "gp", "p027", "", "", "", "no-consent", nil, nil},
		{"authorisation soon over", "gp", "p028", "", "", fhir.BasisAuthorised, "", nil, nil},
		{"structure authorised, member reads", "gp", "p011", "", "", fhir.BasisAuthorised, "", nil, nil},
		{"centre 15", "regulator", "p015", fhir.ModeCentre15, "", fhir.BasisEmergency, "", []string{cardio, psych}, nil},
		{"centre 15 opposed", "regulator", "p017", fhir.ModeCentre15, fhir.NoConsent, "", "", nil, nil},
		{"centre 15 is not for all", "gp", "p015", fhir.ModeCentre15, fhir.Forbidden, "", "", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := principal(tt.account)
			a, err := s.OpenAccess(t.Context(), p, tt.patient, tt.mode, "malaise au domicile")
			if fhir.CodeOf(err) != tt.code {
				t.Fatalf("%v", err)
			}
			if err != nil {
				return
			}
			if a.Basis != tt.basis || a.Refusal != tt.refusal {
				t.Fatalf("basis %q, refusal %q", a.Basis, a.Refusal)
			}
			got, err := titles(t.Context(), s, p, a.Session, tt.patient)
			if (err != nil) != (tt.refusal != "") {
				t.Fatal(err)
			}
			for _, title := range tt.sees {
				if !got[title] {
					t.Errorf("does not see %s", title)
				}
			}
			for _, title := range tt.misses {
				if got[title] {
					t.Errorf("sees %s", title)
				}
			}
		})
	}
}

// A document that was seeded reads back as it was drawn.
func contentsReadBack(t *testing.T, s *record.Service) {
	p := principal("gp")
	page, err := s.SearchDocuments(t.Context(), p, "", record.DocumentQuery{PatientID: richest, Statuses: []string{"current"}, Limit: 5})
	if err != nil || len(page.Items) == 0 {
		t.Fatalf("%d documents, %v", len(page.Items), err)
	}
	for _, item := range page.Items {
		c, err := s.Content(t.Context(), p, "", item.ID)
		if err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 5)
		_, err = c.Reader.Read(head)
		if cerr := c.Reader.Close(); err != nil || cerr != nil || (c.Type == "application/pdf" && string(head) != "%PDF-") {
			t.Errorf("%s: %q %v %v", c.Type, head, err, cerr)
		}
	}
}

func filledOnce(t *testing.T, s *record.Service) {
	before, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := Seed(t.Context(), s, today()); err != nil {
		t.Fatal(err)
	}
	after, err := s.Head(t.Context())
	if err != nil || string(before) != string(after) {
		t.Errorf("filled twice: %v", err)
	}
}

// A filling that was interrupted is told, not shown as a smaller world.
func TestHalfMadeIsTold(t *testing.T) {
	s, err := record.Open(t.Context(), record.Config{Dir: t.TempDir(), Now: today, Demo: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	seeder, err := s.Seed()
	if err != nil {
		t.Fatal(err)
	}
	w := plannedWorld(t)
	stop := errors.New("power cut")
	w.docs[3].draw = func() ([]byte, error) { return nil, stop }
	if err := w.seed(t.Context(), seeder); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if err := seeder.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := Seed(t.Context(), s, today()); !errors.Is(err, ErrHalfMade) {
		t.Error(err)
	}
}

func TestSeedNeedsADemo(t *testing.T) {
	s, err := record.Open(t.Context(), record.Config{Dir: t.TempDir(), Now: today, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := Seed(t.Context(), s, today()); err == nil || !strings.Contains(err.Error(), "démonstration") {
		t.Error(err)
	}
}

// BenchmarkSeed is a first start: drawing and storing everything.
func BenchmarkSeed(b *testing.B) {
	for range b.N {
		s, err := record.Open(b.Context(), record.Config{Dir: b.TempDir(), Now: time.Now, Demo: true})
		if err != nil {
			b.Fatal(err)
		}
		if err := Seed(b.Context(), s, time.Now()); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
