package record

import (
	"io"
	"testing"
	"time"

	"carnet/client/fhir"
)

// childWorld has a child, born on a day, whom pat-2 represents from now on.
func childWorld(t *testing.T, birth string) *world {
	t.Helper()
	w := newWorld(t)
	w.seed(func(s *Seeder) {
		child := patientSeed(1, "LEFÈVRE", "Zoé")
		child.BirthDate = birth
		w.must(s.AddPatient(child))
		w.must(s.AddPatient(patientSeed(2, "LEFÈVRE", "Ines")))
		w.must(s.AddPatient(patientSeed(3, "NOIR", "Ugo")))
	})
	w.represent()
	return w
}

func TestAParentsMandateEndsAtMajority(t *testing.T) {
	for _, tt := range []struct{ birth, majority string }{
		{"2008-12-15", "2026-12-15T00:00:00+01:00"}, // winter
		{"2009-06-01", "2027-06-01T00:00:00+02:00"}, // summer
		{"2012-02-29", "2030-03-01T00:00:00+01:00"}, // no such day that year
		{"2010-05", "2028-05-01T00:00:00+02:00"},    // the earliest that it can be
	} {
		t.Run(tt.birth, func(t *testing.T) {
			w := childWorld(t, tt.birth)
			at, err := time.Parse(time.RFC3339, tt.majority)
			w.must(err)
			w.clock.at.Store(at.Add(-time.Millisecond).UnixMilli())
			if _, err := w.Rules(bg, mother(), "pat-1"); err != nil {
				t.Errorf("on the last moment of childhood: %v", err)
			}
			if all, err := w.Held(bg, mother()); err != nil || len(all) != 2 || !all[1].Until.Equal(at) || all[1].Relation != RelationRepresentative {
				t.Errorf("holds %+v, %v", all, err)
			}
			w.clock.at.Store(at.UnixMilli())
			_, err = w.Rules(bg, mother(), "pat-1")
			w.wants("of age", err, fhir.NotFound)
			if all, err := w.Held(bg, mother()); err != nil || len(all) != 1 || all[0].Relation != RelationSelf {
				t.Errorf("still holds %+v, %v", all, err)
			}
		})
	}
}

func TestAMandateIsGivenAndEnds(t *testing.T) {
	w := childWorld(t, "1950-01-01") // a protected adult
	all, err := w.Held(bg, mother())
	w.must(err)
	if len(all) != 2 || !all[1].Until.IsZero() {
		t.Fatalf("holds %+v", all)
	}
	w.wants("by a citizen", w.AddMandate(bg, LifeBy{Citizen: zoe()}, Mandate{Patient: "pat-1", Person: "pat-3", Relation: RelationRepresentative}), fhir.Forbidden)
	w.wants("by an officer", w.AddMandate(bg, LifeBy{Staff: Staff{ID: "d", Role: StaffDPO}}, Mandate{Patient: "pat-1", Person: "pat-3", Relation: RelationRepresentative}), fhir.Forbidden)
	w.wants("for nobody", w.AddMandate(bg, operator(), Mandate{Patient: "pat-1", Person: "pat-9", Relation: RelationRepresentative}), fhir.NotFound)
	w.wants("for oneself", w.AddMandate(bg, operator(), Mandate{Patient: "pat-1", Person: "pat-1", Relation: RelationRepresentative}), fhir.Invalid)
	w.wants("of another kind", w.AddMandate(bg, operator(), Mandate{Patient: "pat-1", Person: "pat-3", Relation: "friend"}), fhir.Invalid)
	w.wants("an heir without end", w.AddMandate(bg, operator(), Mandate{Patient: "pat-1", Person: "pat-3", Relation: RelationHeir}), fhir.Invalid)
	seen, err := w.Mandates(bg, zoe(), "pat-1")
	w.must(err)
	if len(seen) != 1 || seen[0].Person != "pat-2" {
		t.Fatalf("mandates %+v", seen)
	}
	w.wants("ended by a stranger", w.EndMandate(bg, LifeBy{Citizen: stranger()}, "pat-1", seen[0].ID), fhir.NotFound)
	w.must(w.EndMandate(bg, LifeBy{Citizen: zoe()}, "pat-1", seen[0].ID))
	w.must(w.EndMandate(bg, LifeBy{Citizen: zoe()}, "pat-1", seen[0].ID))
	_, err = w.Rules(bg, mother(), "pat-1")
	w.wants("after its end", err, fhir.NotFound)
	w.sound()
}

// Heirs and the partner reach a closed record alone, until the end that was
// given, read what was neither masked nor hidden, and change nothing.
func TestAnHeirReachesAClosedRecordForATime(t *testing.T) {
	for _, state := range []string{StateOpen, StateClosed} {
		w := heldWorld(t, func(w *world, s *Seeder) {
			filled(w, s)
			w.must(s.SetRecord(RecordSeed{PatientID: "pat-1", State: state, ClosedAt: w.clock.now()}))
		})
		end := w.clock.now().Add(day(30))
		w.must(w.AddMandate(bg, operator(), Mandate{Patient: "pat-1", Person: "pat-2", Relation: RelationHeir, End: end}))
		got, err := w.HeldDocuments(bg, mother(), "pat-1", HeldQuery{})
		if state == StateOpen {
			w.wants("an open record", err, fhir.NotFound)
			continue
		}
		w.must(err)
		if len(got.Items) != 2 || got.Total != 2 {
			t.Errorf("an heir sees %v", titles(got))
		}
		_, err = w.heldBytes(mother(), "pat-1", docID("1"))
		w.wants("masked", err, fhir.NotFound)
		w.heirsAreTold(fhir.Forbidden)
		yes := true
		w.wants("a change", w.HeldPatch(bg, mother(), "pat-1", docID("0"), HeldChange{Masked: &yes}), fhir.NoRecord)
		_, err = w.heldBytes(zoe(), "pat-1", docID("1")) // the holder of a closed record reads it
		w.wants("the holder", err, "")
		w.wants("the holder's change", w.HeldPatch(bg, zoe(), "pat-1", docID("0"), HeldChange{Masked: &yes}), fhir.NoRecord)
		w.clock.at.Store(end.UnixMilli())
		_, err = w.heldBytes(mother(), "pat-1", docID("0"))
		w.wants("after the end", err, fhir.NotFound)
		w.heirsAreTold(fhir.NotFound)
	}
}

// heirsAreTold asks for all that article L. 1110-4 gives no heir: who read the
// record, what its holder was told, what they decided and who holds a copy.
func (w *world) heirsAreTold(want fhir.Code) {
	w.t.Helper()
	for name, ask := range map[string]func() error{
		"the history":  func() error { _, err := w.History(bg, mother(), "pat-1", HistoryQuery{}); return err },
		"its export":   func() error { return w.ExportHistory(bg, mother(), "pat-1", io.Discard) },
		"the notices":  func() error { _, err := w.Notices(bg, mother(), "pat-1", 0); return err },
		"reading them": func() error { return w.NoticesRead(bg, mother(), "pat-1", 1) },
		"the audit":    func() error { _, err := w.HeldAudit(bg, mother(), AuditQuery{PatientID: "pat-1"}); return err },
		"the rules":    func() error { _, err := w.Rules(bg, mother(), "pat-1"); return err },
		"the consents": func() error { _, err := w.HeldConsents(bg, mother(), "pat-1", ""); return err },
		"the copies":   func() error { _, err := w.Leases(bg, mother(), "pat-1"); return err },
	} {
		w.wants(name, ask(), want)
	}
}
