package record

import (
	"testing"

	"carnet/client/fhir"
)

// Looking at what was decided is no decision: neither the patient's history nor
// the médecin traitant's view of it says that something changed.
func TestLookingAtConsentsIsNoDecision(t *testing.T) {
	w := heldWorld(t, func(w *world, s *Seeder) {
		w.must(s.SetRecord(RecordSeed{PatientID: "pat-1", MT: gp().ID}))
	})
	_, err := w.Rules(bg, zoe(), "pat-1")
	w.must(err)
	_, err = w.Mandates(bg, zoe(), "pat-1")
	w.must(err)
	_, err = w.HeldConsents(bg, zoe(), "pat-1", "")
	w.must(err)
	_, err = w.Consents(bg, gp(), "pat-1", "")
	w.must(err)
	seen, changes := w.consentActions(gp())
	if changes != 0 || seen != 4 {
		t.Errorf("%d seen, %d changes, before there was one", seen, changes)
	}
	if h, err := w.History(bg, zoe(), "pat-1", HistoryQuery{Only: "changes"}); err != nil || len(h.Visits) != 0 {
		t.Errorf("%+v, %v", h.Visits, err)
	}
	w.allow(otherGP())
	if _, changes = w.consentActions(gp()); changes != 1 {
		t.Errorf("%d changes after one", changes)
	}
	if h, err := w.History(bg, zoe(), "pat-1", HistoryQuery{Only: "changes"}); err != nil || len(h.Visits) != 1 {
		t.Errorf("after one: %+v, %v", h.Visits, err)
	}
}

// consentActions counts what the médecin traitant is told of consents.
func (w *world) consentActions(p Principal) (seen, changes int) {
	w.t.Helper()
	page, err := w.Audit(bg, p, AuditQuery{PatientID: "pat-1"})
	w.must(err)
	for _, item := range page.Items {
		e, err := fhir.ParseAuditEvent(item.JSON)
		w.must(err)
		switch {
		case e.Kind != fhir.KindConsent:
		case e.Action == "E":
			seen++
		default:
			changes++
		}
	}
	return seen, changes
}
