package sample

import (
	"bytes"
	"testing"
	"time"
)

// The results are as large as real ones, varied, and the same each time.
func TestResultsAreVariedAndTheSame(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	p := Patient{INS: "268053523810204", BirthName: "MARTIN", Given: []string{"Marie"}, Born: "1968-05-02", Female: true}
	sizes := map[int]bool{}
	least, most := 1<<30, 0
	for n := range 12 {
		a, err := Result(p, Varied(n, day))
		if err != nil {
			t.Fatal(err)
		}
		if n < 2 {
			if b, err := Result(p, Varied(n, day)); err != nil || !bytes.Equal(a, b) {
				t.Errorf("%d is another one the second time (%v)", n, err)
			}
		}
		least, most = min(least, len(a)), max(most, len(a))
		sizes[len(a)/10_000] = true
	}
	t.Logf("%d to %d KiB", least>>10, most>>10)
	if least < 40<<10 || most > 450<<10 || most < 250<<10 || len(sizes) < 6 {
		t.Errorf("%d to %d bytes, %d sizes", least, most, len(sizes))
	}
}
