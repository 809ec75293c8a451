package notebook

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
)

// What was kept is there after closing and opening, in the order of the names.
func TestANotebookKeeps(t *testing.T) {
	p, ctx := newPlace(t), context.Background()
	n, err := Open(p.c)
	ok(t, "open", err)
	put(t, n, "lot/2", "b", "lot/1", "a", "autre", "c")
	put(t, n, "lot/2", "B", "autre", "")
	holds(t, n, "lot/1", "a", "lot/2", "B")
	ok(t, "close", n.Close())
	ok(t, "close twice", n.Close())
	refused(t, "put after close", n.Put(ctx, client.Note{Name: "x", Value: []byte("y")}), fhir.Unavailable)

	again := p.open()
	holds(t, again, "lot/1", "a", "lot/2", "B")
	if r := again.Report(); r.Notes != 2 || r.Damaged != 0 || r.Torn != 0 || r.Words() != "" {
		t.Errorf("%+v", r)
	}
	list, err := again.List(ctx, "lot/")
	if err != nil || len(list) != 2 || list[0].Name != "lot/1" {
		t.Errorf("%v %v", list, err)
	}
	got, err := again.Get(ctx, "lot/2")
	if err != nil || string(got) != "B" {
		t.Errorf("%q %v", got, err)
	}
	got[0] = 'x' // a copy
	holds(t, again, "lot/1", "a", "lot/2", "B")
	_, err = again.Get(ctx, "autre")
	refused(t, "what was forgotten", err, fhir.NotFound)
}

func TestWhatIsNoNote(t *testing.T) {
	n, ctx := newPlace(t).open(), context.Background()
	good := client.Note{Name: "bon", Value: []byte("1")}
	refused(t, "no name", n.Put(ctx, good, client.Note{Value: []byte("x")}), fhir.Required)
	refused(t, "too long", n.Put(ctx, good, client.Note{Name: "long", Value: make([]byte, client.MaxNote+1)}), fhir.TooLarge)
	refused(t, "a name too long", n.Put(ctx, good, client.Note{Name: strings.Repeat("n", maxName+1)}), fhir.TooLarge)
	over, cancel := context.WithCancel(ctx)
	cancel()
	refused(t, "given up", n.Put(over, good), fhir.Canceled)
	ok(t, "nothing", n.Put(ctx))
	holds(t, n) // one page that is wrong keeps all of them out
	ok(t, "as long as may be", n.Put(ctx, client.Note{Name: "long", Value: make([]byte, client.MaxNote)}))
}

func TestOneProgramAtATime(t *testing.T) {
	p := newPlace(t)
	p.open()
	_, err := Open(p.c)
	refused(t, "a second program", err, fhir.StateConflict)
}

// Many writers at once share syncs, and each is acknowledged after its own.
func TestWritersShareASync(t *testing.T) {
	p := newPlace(t)
	n := p.open()
	var syncs atomic.Int32
	hold, entered := make(chan struct{}), make(chan struct{}, 1)
	n.log.Sync = func(f *os.File) error {
		if syncs.Add(1) == 1 {
			entered <- struct{}{}
			<-hold
		}
		return f.Sync()
	}
	var wg sync.WaitGroup
	wg.Go(func() { put(t, n, "premier", "1") })
	<-entered
	for i := range 50 {
		wg.Go(func() { put(t, n, fmt.Sprint("n", i), "v") })
	}
	for n.group.Waiting() < 50 {
		runtime.Gosched()
	}
	if len(all(t, n)) != 0 {
		t.Error("what is not on disk yet can be read")
	}
	close(hold)
	wg.Wait()
	if s := syncs.Load(); s != 2 || len(all(t, n)) != 51 {
		t.Errorf("%d syncs for 51 writes", s)
	}
}

// A sync that fails keeps nothing, in memory or on disk.
func TestASyncThatFails(t *testing.T) {
	p := newPlace(t)
	n, err := Open(p.c)
	ok(t, "open", err)
	put(t, n, "a", "1")
	fails := true
	n.log.Sync = func(f *os.File) error {
		if fails {
			fails = false
			return os.ErrClosed
		}
		return f.Sync()
	}
	refused(t, "put", n.Put(context.Background(), client.Note{Name: "b", Value: []byte("2")}), fhir.Unavailable)
	put(t, n, "c", "3")
	holds(t, n, "a", "1", "c", "3")
	ok(t, "close", n.Close())
	holds(t, p.open(), "a", "1", "c", "3")
}

// A note that is written again and again does not fill the disk.
func TestTheLogIsWrittenAnew(t *testing.T) {
	p := newPlace(t)
	n, err := Open(p.c)
	ok(t, "open", err)
	put(t, n, "reste", "là")
	value := strings.Repeat("v", 100<<10)
	for i := range 60 {
		put(t, n, "même", fmt.Sprint(value, i))
	}
	if n.log.Generation() < 2 || n.log.Size() > 3<<20 {
		t.Errorf("generation %d, %d bytes", n.log.Generation(), n.log.Size())
	}
	holds(t, n, "reste", "là", "même", value+"59")
	ok(t, "close", n.Close())
	holds(t, p.open(), "reste", "là", "même", value+"59")
}

// The disk shows neither names nor values.
func TestNothingIsClear(t *testing.T) {
	p := newPlace(t)
	n := p.open()
	put(t, n, "lot/sérologie-MARTIN.pdf", `{"patient":"MARTIN"}`)
	seen := 0
	ok(t, "walk", filepath.WalkDir(p.c.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		seen += len(data)
		for _, word := range []string{"MARTIN", "rologie", "lot/", "patient"} {
			if bytes.Contains(data, []byte(word)) {
				t.Errorf("%s is clear in %s", word, d.Name())
			}
		}
		return err
	}))
	if seen < 100 {
		t.Errorf("only %d bytes were looked at", seen)
	}
}
