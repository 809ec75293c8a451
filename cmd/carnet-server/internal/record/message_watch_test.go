package record

import (
	"fmt"
	"testing"

	"carnet/client/fhir"
)

// TestOnePersonHasSoManyScreens: however often somebody signs in, others are
// still told of their messages.
func TestOnePersonHasSoManyScreens(t *testing.T) {
	w := newLetterWatchers()
	var first *letterWatcher
	for i := range watchesPerPerson {
		one, err := w.add("899700218896", fmt.Sprint("sign-in ", i))
		if err != nil {
			t.Fatalf("screen %d: %v", i, err)
		}
		if first == nil {
			first = one
		}
	}
	if _, err := w.add("899700218896", "one more"); fhir.CodeOf(err) != fhir.Throttled {
		t.Errorf("one screen more: %v", err)
	}
	if _, err := w.add(patientSide(1), "another"); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	w.remove(first)
	if _, err := w.add("899700218896", "one more"); err != nil {
		t.Errorf("after one was closed: %v", err)
	}
}
