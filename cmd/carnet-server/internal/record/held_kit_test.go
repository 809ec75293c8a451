package record

import (
	"context"
	"io"
	"testing"
	"time"

	"carnet/client/fhir"
)

// zoe is the person of record pat-1, and her mother who represents her where a
// story says so.
func zoe() Citizen {
	return Citizen{ID: "pat-1", Name: "Zoé LEFÈVRE", Session: "signin-zoe", RequestID: "req-zoe"}
}

func mother() Citizen {
	return Citizen{ID: "pat-2", Name: "Ines LEFÈVRE", Session: "signin-ines", RequestID: "req-ines"}
}

func stranger() Citizen {
	return Citizen{ID: "pat-3", Name: "Ugo NOIR", Session: "signin-ugo", RequestID: "req-ugo"}
}

// listedSeed lists a professional of the stories.
func listedSeed(p Principal) ListedSeed {
	return ListedSeed{Listed: Listed{
		ID: p.ID, Name: p.Name, Profession: p.Profession, Specialty: p.Specialty, OrgID: p.OrgID, OrgName: p.OrgName, City: "Lyon",
	}, Sector: p.Sector}
}

func listedOrg(p Principal) ListedSeed {
	return ListedSeed{Listed: Listed{ID: p.OrgID, Name: p.OrgName, City: "Lyon", Org: true}, Sector: p.Sector}
}

// heldWorld has three people; the record of pat-1 holds what documents says.
func heldWorld(t testing.TB, documents func(w *world, s *Seeder)) *world {
	t.Helper()
	w := newWorld(t)
	w.seed(func(s *Seeder) {
		for i, name := range []string{"LEFÈVRE", "LEFÈVRE", "NOIR"} {
			if err := s.AddPatient(patientSeed(i+1, name, "Zoé")); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range []Principal{gp(), pharmacist(), optician(), regulator(), otherGP()} {
			if err := s.AddListed(listedSeed(p)); err != nil {
				t.Fatal(err)
			}
			if err := s.AddListed(listedOrg(p)); err != nil {
				t.Fatal(err)
			}
		}
		if documents != nil {
			documents(w, s)
		}
	})
	return w
}

// reads tells whether a professional can list the record of pat-1.
func (w *world) reads(p Principal) bool {
	w.t.Helper()
	_, err := w.list(p, "", "pat-1")
	if err != nil && code(err) != fhir.NoConsent {
		w.t.Fatalf("list: %v", err)
	}
	return err == nil
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// wants fails unless an error has a code; "" is none.
func (w *world) wants(what string, err error, want fhir.Code) {
	w.t.Helper()
	if code(err) != want || (err == nil) != (want == "") {
		w.t.Errorf("%s: %v, want %q", what, err, want)
	}
}

func (w *world) allow(p Principal) {
	w.t.Helper()
	w.must(w.Allow(context.Background(), zoe(), "pat-1", GrantAsked{Actor: p.ID, Kind: RuleAuthorisation}))
}

func (w *world) rulesOf(c Citizen) Rules {
	w.t.Helper()
	r, err := w.Rules(context.Background(), c, "pat-1")
	w.must(err)
	return r
}

func (w *world) heldList(c Citizen, q HeldQuery) HeldDocuments {
	w.t.Helper()
	out, err := w.HeldDocuments(context.Background(), c, "pat-1", q)
	w.must(err)
	return out
}

func (w *world) heldBytes(c Citizen, rec, id string) (string, error) {
	out, err := w.HeldContent(context.Background(), c, rec, id)
	if err != nil {
		return "", err
	}
	defer func() { _ = out.Reader.Close() }()
	b, err := io.ReadAll(out.Reader)
	return string(b), err
}

func day(d int) time.Duration { return time.Duration(d) * 24 * time.Hour }
