package record

import (
	"testing"
)

// Before they erase their own record, a parent can know for whom nobody would
// be left; others who represent the child are counted, not named. Heirs and
// mandates that are over do not count.
func TestWhoWouldBeLeftWithoutARepresentative(t *testing.T) {
	w := childWorld(t, "2015-01-01")
	all, err := w.Represented(bg, mother())
	w.must(err)
	if len(all) != 1 || all[0].Patient != "pat-1" || all[0].Name != "Zoé LEFÈVRE" || all[0].Others != 0 || all[0].Until.IsZero() {
		t.Fatalf("alone: %+v", all)
	}
	tomorrow := w.now().AddDate(0, 0, 1)
	w.must(w.AddMandate(bg, operator(), Mandate{ID: "father", Patient: "pat-1", Person: "pat-3", Relation: RelationRepresentative, Start: tomorrow}))
	w.must(w.AddMandate(bg, operator(), Mandate{ID: "again", Patient: "pat-1", Person: "pat-3", Relation: RelationRepresentative}))
	w.must(w.AddMandate(bg, operator(), Mandate{ID: "shorter", Patient: "pat-1", Person: "pat-2", Relation: RelationRepresentative, End: tomorrow}))
	w.must(w.AddMandate(bg, operator(), Mandate{ID: "heir", Patient: "pat-3", Person: "pat-2", Relation: RelationHeir, End: tomorrow}))
	all, err = w.Represented(bg, mother())
	w.must(err)
	if len(all) != 1 || all[0].Others != 1 || !all[0].Until.After(tomorrow) {
		t.Errorf("with another: %+v", all)
	}
	for _, id := range []string{"father", "again"} {
		w.must(w.EndMandate(bg, operator(), "pat-1", id))
	}
	if all, err = w.Represented(bg, mother()); err != nil || len(all) != 1 || all[0].Others != 0 {
		t.Errorf("alone again: %+v, %v", all, err)
	}
	if all, err = w.Represented(bg, stranger()); err != nil || len(all) != 0 {
		t.Errorf("who represents nobody: %+v, %v", all, err)
	}
	if _, err = w.Represented(bg, Citizen{}); err == nil {
		t.Error("nobody is answered")
	}
	w.must(w.erase("pat-2"))
	if all, err = w.Represented(bg, mother()); err != nil || len(all) != 0 {
		t.Errorf("after the erasure: %+v, %v", all, err)
	}
}
