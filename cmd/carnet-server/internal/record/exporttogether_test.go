package record

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Exports that are made at once, while others use the log, are each of their
// own moment: of any two the larger continues the smaller.
func TestExportsMadeAtOnceContinueOneAnother(t *testing.T) {
	w := livedWorld(t)
	w.lives(t, 2)
	type export struct {
		text string
		size int64
	}
	var all []export
	var lock sync.Mutex
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 4 {
				var b bytes.Buffer
				if err := w.ExportHistory(context.Background(), holder(1), "pat-1", &b); err != nil {
					t.Error(err)
					return
				}
				r, err := VerifyExport(ExportCheck{File: strings.NewReader(b.String())})
				if err != nil || !r.Whole {
					t.Errorf("%+v, %v", r, err)
				}
				lock.Lock()
				all = append(all, export{b.String(), r.LogSize})
				lock.Unlock()
				if _, err := w.content(gp(), "", docID("a")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	slices.SortFunc(all, func(a, b export) int { return cmp.Compare(a.size, b.size) })
	for i, newer := range all {
		for _, older := range all[:i] {
			if newer.size == older.size {
				t.Errorf("two exports of %d leaves", newer.size)
			}
			proof, err := w.Consistency(context.Background(), older.size, newer.size)
			if err != nil {
				t.Fatal(err)
			}
			_, err = VerifyExport(ExportCheck{File: strings.NewReader(newer.text), Since: strings.NewReader(older.text), Proof: bytes.NewReader(proof)})
			if err != nil {
				t.Errorf("%d after %d: %v", newer.size, older.size, err)
			}
		}
	}
	if len(all) != 16 {
		t.Errorf("%d exports", len(all))
	}
}
