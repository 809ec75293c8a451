package record

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carnet/client/fhir"
)

// clock is a clock that a test moves.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC).UnixMilli())
	return c
}

func (c *clock) now() time.Time          { return time.UnixMilli(c.at.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.at.Add(d.Milliseconds()) }

// gateFunc is a Gate on the whole content.
type gateFunc func([]byte) error

func (g gateFunc) CheckPDF(_ context.Context, file io.ReaderAt, size int64) error {
	data, err := io.ReadAll(io.NewSectionReader(file, 0, size))
	if err != nil {
		return err
	}
	return g(data)
}

// acceptPDF lets through what begins like a PDF.
func acceptPDF(data []byte) error {
	if !strings.HasPrefix(string(data), "%PDF-") {
		return fhir.E(fhir.Invalid, "Ce fichier n'est pas un PDF.")
	}
	return nil
}

// world is a service with people in it.
type world struct {
	*Service
	t     testing.TB
	clock *clock
	dir   string
}

// People of the stories.
func gp() Principal {
	return Principal{
		ID: "810000000001", Name: "Dr Anne MOREL", Profession: "10", Specialty: "SM54", OrgID: "1750000001",
		OrgName: "Cabinet des Lilas", Sector: "SA08", Session: "signin-gp", RequestID: "req-gp",
	}
}

func pharmacist() Principal {
	return Principal{
		ID: "810000000002", Name: "Paul PETIT", Profession: "21", OrgID: "1750000002", OrgName: "Pharmacie du Port",
		Sector: "SA33", Session: "signin-ph", RequestID: "req-ph",
	}
}

func optician() Principal {
	return Principal{
		ID: "810000000003", Name: "Léa ROY", Profession: "28", OrgID: "1750000003", OrgName: "Optique Roy", Session: "signin-op", RequestID: "req-op",
	}
}

func regulator() Principal {
	return Principal{
		ID: "810000000004", Name: "Dr Ali BEN", Profession: "10", Specialty: "SM59", OrgID: "1750000004", OrgName: "SAMU", Session: "signin-rg", RequestID: "req-rg",
	}
}

func otherGP() Principal {
	p := gp()
	p.ID, p.Name, p.OrgID, p.Session = "810000000005", "Dr Marc VIDAL", "1750000005", "signin-o"
	return p
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: newClock(), dir: t.TempDir()}
	copyEmpty(t, w.dir)
	w.open()
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}

func (w *world) open() {
	w.t.Helper()
	svc, err := Open(context.Background(), Config{Dir: w.dir, Now: w.clock.now, Gate: gateFunc(acceptPDF), Demo: true, NoSync: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Service = svc
}

// seed runs a filling.
func (w *world) seed(f func(s *Seeder)) {
	w.t.Helper()
	s, err := w.Seed()
	if err != nil {
		w.t.Fatal(err)
	}
	f(s)
	w.activateAll(s)
	if err := s.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// activateAll makes each seeded record its person's, but those whose life a
// story tells: an open one is then activated, a closed one was.
func (w *world) activateAll(s *Seeder) {
	w.t.Helper()
	if err := s.Flush(); err != nil {
		w.t.Fatal(err)
	}
	for id := range s.people {
		l, err := w.LifeOf(context.Background(), id)
		switch {
		case err != nil:
			w.t.Fatal(err)
		case l.Version > 0:
			continue
		case l.State == LifeOpened:
			l.State = LifeActivated
		case l.State == LifeClosed:
			who, err := w.st.PersonByID(context.Background(), id)
			if err != nil {
				w.t.Fatal(err)
			}
			l.Closed = who.ClosedAt
		default:
			continue
		}
		l.Activated = w.clock.now()
		if err := s.SetLife(l); err != nil {
			w.t.Fatal(err)
		}
	}
}

func ins(i int) fhir.Identifier {
	return fhir.Identifier{System: fhir.SystemINSTest, Value: fmt.Sprintf("1620375%06d%02d", i, 10)}
}

func patientSeed(i int, birthName string, given ...string) PatientSeed {
	return PatientSeed{
		ID: fmt.Sprintf("pat-%d", i), INS: ins(i), BirthName: birthName, Given: given, Gender: "female",
		BirthDate: fmt.Sprintf("19%02d-03-%02d", 40+i%50, 1+i%28), City: "Lyon",
	}
}

func (w *world) documentSeed(patient, unique string) DocumentSeed {
	return DocumentSeed{
		UniqueID: "urn:oid:1.2.3." + unique, PatientID: patient, Type: fhir.Coding{Code: "11488-4"}, Title: "Consultation " + unique,
		Author:      fhir.Party{ID: otherGP().ID, Name: otherGP().Name, OrgID: otherGP().OrgID, OrgName: otherGP().OrgName},
		ContentType: "text/plain", Data: []byte("contenu de " + unique), FiledAt: w.clock.now().Add(-24 * time.Hour),
	}
}

// docID is the logical id of a document seeded with documentSeed.
func docID(unique string) string { return seedID("document", "urn:oid:1.2.3."+unique) }

func (w *world) content(p Principal, session, id string) (string, error) {
	c, err := w.Content(context.Background(), p, session, id)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Reader.Close() }()
	b, err := io.ReadAll(c.Reader)
	return string(b), err
}

func (w *world) list(p Principal, session, patient string) (Page, error) {
	return w.SearchDocuments(context.Background(), p, session, DocumentQuery{PatientID: patient, Statuses: []string{"current"}})
}

// code is the code of an error, for tables.
func code(err error) fhir.Code { return fhir.CodeOf(err) }
