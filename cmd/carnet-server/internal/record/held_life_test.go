package record

import (
	"io"
	"testing"

	"carnet/client/fhir"
)

// Her account came with her child's code, which says nothing of who she is: it
// opens the child's record, and her own not before she activated that one with
// a code and a card of her own.
func TestAChildsCodeOpensNoParentsRecord(t *testing.T) {
	for _, state := range []string{LifePending, LifeOpened, LifeClosed} {
		w := heldWorld(t, func(w *world, s *Seeder) {
			filled(w, s)
			theirs := w.documentSeed("pat-2", "hers")
			w.must(s.AddDocument(theirs))
			w.must(s.SetLife(Life{Patient: "pat-2", State: state, Closed: w.clock.now()}))
			w.must(s.AddMandate(Mandate{Patient: "pat-1", Person: "pat-2", Relation: RelationRepresentative}))
		})
		w.isShut(mother(), "pat-2")
		if got := w.heldList(mother(), HeldQuery{}); got.Total == 0 {
			t.Errorf("%s: she represents her child and sees %+v", state, got)
		}
		all, err := w.Held(bg, mother())
		w.must(err)
		if len(all) != 2 || all[0].Patient.ID != "pat-1" || all[0].Waits || !all[1].Waits || all[1].Patient.INS.Value != "" || all[1].Patient.BirthDate != "" {
			t.Errorf("%s: %+v", state, all)
		}
		l, err := w.LifeOf(bg, "pat-2")
		w.must(err)
		if state == LifeClosed {
			continue
		}
		l.State, l.Activated = LifeActivated, w.clock.now()
		_, err = w.SaveLife(bg, l, LifeChange{Detail: "activate", By: LifeBy{Citizen: mother()}})
		w.must(err)
		if _, err := w.heldBytes(mother(), "pat-2", docID("hers")); err != nil {
			t.Errorf("%s, then activated: %v", state, err)
		}
		if all, err = w.Held(bg, mother()); err != nil || len(all) != 2 || all[0].Patient.ID != "pat-2" || all[0].Waits {
			t.Errorf("%s, then activated: %+v, %v", state, all, err)
		}
	}
}

// isShut tries every way into a record that is one's own and not activated.
func (w *world) isShut(c Citizen, rec string) {
	w.t.Helper()
	yes := true
	life := func(detail string, change func(*Life)) error {
		l, err := w.LifeOf(bg, rec)
		w.must(err)
		change(&l)
		_, err = w.SaveLife(bg, l, LifeChange{Detail: detail, By: LifeBy{Citizen: c}})
		return err
	}
	for name, try := range map[string]func() error{
		"documents":  func() error { _, err := w.HeldDocuments(bg, c, rec, HeldQuery{}); return err },
		"a change":   func() error { return w.HeldPatch(bg, c, rec, docID("hers"), HeldChange{Masked: &yes}) },
		"a file":     func() error { _, err := w.heldBytes(c, rec, docID("hers")); return err },
		"sets":       func() error { _, err := w.HeldSets(bg, c, SetQuery{PatientID: rec}); return err },
		"the log":    func() error { _, err := w.HeldAudit(bg, c, AuditQuery{PatientID: rec}); return err },
		"history":    func() error { _, err := w.History(bg, c, rec, HistoryQuery{}); return err },
		"notices":    func() error { _, err := w.Notices(bg, c, rec, 0); return err },
		"rules":      func() error { _, err := w.Rules(bg, c, rec); return err },
		"letting in": func() error { return w.Allow(bg, c, rec, GrantAsked{Actor: gp().ID, Kind: RuleAuthorisation}) },
		"choices":    func() error { return w.Choose(bg, c, rec, Choices{}) },
		"profile":    func() error { _, err := w.Profile(bg, c, rec); return err },
		"copies":     func() error { _, err := w.Leases(bg, c, rec); return err },
		"mandates":   func() error { _, err := w.Mandates(bg, c, rec); return err },
		"an export":  func() error { return w.ExportRecord(bg, c, rec, io.Discard) },
		"its log":    func() error { return w.ExportHistory(bg, c, rec, io.Discard) },
		"closing":    func() error { return life("close", func(l *Life) { l.State, l.Closed = LifeClosed, w.clock.now() }) },
		"reopening":  func() error { return life("reopen", func(l *Life) { l.State = LifeOpened }) },
		"deleting": func() error {
			l, err := w.LifeOf(bg, rec)
			w.must(err)
			return w.Erase(bg, l, LifeChange{Detail: detailErase, By: LifeBy{Citizen: c}})
		},
	} {
		w.wants(name, try(), fhir.Forbidden)
	}
	_, err := w.HeldOf(bg, c, docID("hers"))
	w.wants("where a document is", err, fhir.NotFound)
}
