package record

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"carnet/client/fhir"
)

var uniques atomic.Int64

// newUnique gives the end of a unique id.
func newUnique() string { return strconv.FormatInt(uniques.Add(1), 10) }

// strangers is a world with one patient of the GP and three people who are
// not: an open record, a closed one and an opposed one.
func strangers(t testing.TB) *world {
	w := onePatient(t)
	w.seed(func(s *Seeder) {
		for i, state := range map[int]string{2: StateOpen, 3: StateClosed, 4: StateOpposed} {
			_ = s.AddPatient(patientSeed(i, "AUTRE", "Un"))
			_ = s.SetRecord(RecordSeed{PatientID: patientSeed(i, "", "").ID, State: state})
		}
	})
	return w
}

// probes are the ways to ask something about a person, by number of ins.
func probes(w *world) map[string]func(i int) error {
	ctx := context.Background()
	patient := func(i int) string { return patientSeed(i, "", "").ID }
	return map[string]func(i int) error{
		"search by INS": func(i int) error {
			id := ins(i)
			_, err := w.SearchDocuments(ctx, gp(), "", DocumentQuery{PatientINS: &id, Statuses: []string{"current"}})
			return err
		},
		"search by id": func(i int) error { _, err := w.list(gp(), "", patient(i)); return err },
		"sets": func(i int) error {
			_, err := w.SearchSets(ctx, gp(), "", SetQuery{PatientID: patient(i), Statuses: []string{"current"}})
			return err
		},
		"open": func(i int) error { _, err := w.OpenAccess(ctx, gp(), patient(i), fhir.ModeNormal, ""); return err },
		"declare": func(i int) error {
			body := fhir.Consent{Status: "active", PatientID: patient(i), DateTime: w.clock.now(), Form: formOral}.JSON()
			_, err := w.DeclareConsent(ctx, gp(), body)
			return err
		},
		"consents": func(i int) error { _, err := w.Consents(ctx, gp(), patient(i), ""); return err },
		"withdraw": func(i int) error { return w.WithdrawOwn(ctx, gp(), patient(i)) },
		"history":  func(i int) error { _, err := w.Audit(ctx, gp(), AuditQuery{PatientID: patient(i)}); return err },
		"file": func(i int) error {
			d := newDraft(i, newUnique(), gp())
			_, _, err := w.file(gp(), d)
			return err
		},
		"look up": func(i int) error {
			id := ins(i)
			_, err := w.MyPatients(ctx, gp(), PatientQuery{Identifier: &id})
			return err
		},
	}
}

// Whoever may look nobody up any longer learns of nobody who is not their
// patient, by no other way, and works on with their own patients.
func TestNothingElseTellsWhoExists(t *testing.T) {
	w := strangers(t)
	all := probes(w)
	for range lookupBurst {
		if err := all["look up"](99); err != nil {
			t.Fatal(err)
		}
	}
	for name, probe := range all {
		for i, who := range map[int]string{99: "nobody", 2: "open", 3: "closed", 4: "opposed"} {
			if err := probe(i); code(err) != fhir.Throttled {
				t.Errorf("%s, %s: %v", name, who, err)
			}
		}
		if err := probe(1); err != nil && name != "look up" {
			t.Errorf("%s, one's own patient: %v", name, err)
		}
	}
}

// Each way takes from the one allowance.
func TestProbesAreCounted(t *testing.T) {
	for name := range probes(strangers(t)) {
		w := strangers(t)
		probe := probes(w)[name]
		n := 0
		for ; n <= lookupBurst && code(probe(99)) != fhir.Throttled; n++ {
		}
		if n != lookupBurst {
			t.Errorf("%s: throttled after %d", name, n)
		}
	}
}

// Who was looked up in a sign-in, or whose record is open in a visit, costs
// nothing more; nor does an emergency access that is granted.
func TestNormalWorkIsNotThrottled(t *testing.T) {
	ctx := context.Background()
	w := strangers(t)
	all := probes(w)
	if err := all["look up"](2); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Hour)
	for range lookupBurst + 5 {
		for _, name := range []string{"open", "search by id", "history", "file"} {
			if err := all[name](2); code(err) == fhir.Throttled {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	p := otherGP()
	for range lookupBurst + 5 {
		if _, err := w.OpenAccess(ctx, p, "pat-2", fhir.ModeBreakGlass, "malaise"); err != nil {
			t.Fatal(err)
		}
	}
	access, err := w.OpenAccess(ctx, p, "pat-1", fhir.ModeNormal, "")
	if err != nil {
		t.Fatal(err)
	}
	for range lookupBurst + 5 {
		if _, err := w.list(p, access.Session, "pat-1"); code(err) != fhir.NoConsent {
			t.Fatal(err)
		}
	}
	for range lookupBurst + 5 { // a laboratory files for people it never looked up
		if _, _, err := w.file(p, newDraft(2, newUnique(), p)); err != nil {
			t.Fatal(err)
		}
	}
}
