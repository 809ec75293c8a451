package record

import (
	"testing"
	"time"

	"carnet/client/fhir"
)

// A holder sees by name who may enter their record, while they may; somebody
// who represents them sees themselves alone, and a stranger nothing.
func TestAHolderSeesWhoRepresentsThem(t *testing.T) {
	w := childWorld(t, "1950-01-01") // a protected adult
	end := w.now().Add(48 * time.Hour)
	w.must(w.AddMandate(bg, operator(), Mandate{Patient: "pat-1", Person: "pat-3", Relation: RelationRepresentative, Start: w.now().Add(time.Hour), End: end}))
	all, err := w.Representatives(bg, zoe(), "pat-1")
	w.must(err)
	if len(all) != 2 {
		t.Fatalf("the holder sees %+v", all)
	}
	for _, r := range all {
		if r.You || r.Relation != RelationRepresentative || (r.Name != "Ines LEFÈVRE") == r.End.IsZero() || r.Name != "Ines LEFÈVRE" && (r.Name != "Ugo NOIR" || !r.End.Equal(end)) {
			t.Errorf("the holder sees %+v", r)
		}
	}
	own, err := w.Representatives(bg, mother(), "pat-1")
	w.must(err)
	if len(own) != 1 || !own[0].You || own[0].Name != "Ines LEFÈVRE" {
		t.Errorf("the representative sees %+v", own)
	}
	_, err = w.Representatives(bg, stranger(), "pat-1")
	w.wants("a stranger", err, fhir.NotFound)
	w.clock.at.Store(end.UnixMilli())
	if all, err = w.Representatives(bg, zoe(), "pat-1"); err != nil || len(all) != 1 {
		t.Errorf("after the end of a mandate: %+v, %v", all, err)
	}
	w.sound()
}
