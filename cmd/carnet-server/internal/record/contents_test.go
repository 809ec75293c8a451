package record

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"carnet/client/fhir"
)

// room is how many bytes of contents there are in a data directory.
func room(t *testing.T, dir string) (n int) {
	t.Helper()
	for name, data := range files(t, dir) {
		if strings.HasPrefix(name, "contents"+string(filepath.Separator)) {
			n += len(data)
		}
	}
	return n
}

// What is refused takes no room for ever: a document that is sent again and
// again under a unique id that is taken, or in place of what nobody may replace.
func TestARefusedFilingTakesNoRoom(t *testing.T) {
	w := onePatient(t)
	large := func(unique string) draft {
		d := newDraft(1, unique, gp())
		d.data = []byte(strings.Repeat("Une longue consultation. ", 20_000))
		return d
	}
	first, _, err := w.file(gp(), large("1"))
	if err != nil {
		t.Fatal(err)
	}
	before := room(t, w.dir)
	for range 5 {
		if _, _, err := w.file(gp(), large("1")); code(err) != fhir.Duplicate {
			t.Fatal(err)
		}
	}
	if _, _, err := w.file(gp(), large("2")); err != nil {
		t.Fatal(err)
	}
	if after := room(t, w.dir); after > 2*before+1000 {
		t.Errorf("%d bytes of contents, %d before a second document", after, before)
	}
	if got, err := w.content(gp(), "", first.ID); err != nil || got != string(large("1").data) {
		t.Errorf("the first: %d bytes, %v", len(got), err)
	}
}

// A copy that is made while documents are filed is whole, and holds at least
// what was filed before it was begun.
func TestACopyMadeWhileDocumentsAreFiled(t *testing.T) {
	ctx := context.Background()
	w := onePatient(t)
	stop := make(chan struct{})
	var callers sync.WaitGroup
	acknowledged := make(chan string, 1000)
	for c := range 3 {
		callers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				d := newDraft(1, fmt.Sprintf("%d.%d", c+1, i+1), gp())
				d.data = []byte(strings.Repeat(d.UniqueID+" ", 3000))
				r, _, err := w.file(gp(), d)
				if err != nil {
					t.Error(err)
					return
				}
				select {
				case acknowledged <- r.ID:
				default:
				}
			}
		})
	}
	for round := range 3 {
		first := <-acknowledged
		copied := filepath.Join(t.TempDir(), "copy")
		if err := Backup(ctx, w.dir, copied); err != nil {
			t.Fatal(err)
		}
		report, err := Verify(ctx, copied)
		if err != nil || len(report.Problems) != 0 {
			t.Errorf("round %d: %+v, %v", round, report, err)
		}
		restored := &world{t: t, clock: w.clock, dir: copied}
		restored.open()
		if got, err := restored.content(gp(), "", first); err != nil || !strings.HasPrefix(got, "urn:oid:") {
			t.Errorf("round %d: %.20q, %v", round, got, err)
		}
		if err := restored.Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	callers.Wait()
	if info, err := os.Stat(filepath.Join(w.dir, "contents")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory of contents: %v, %v", info, err)
	}
}
