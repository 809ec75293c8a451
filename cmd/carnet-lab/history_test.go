package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/cmd/carnet-lab/internal/folder"
)

// worked opens the stores of a work folder that init made.
func worked(t *testing.T, data string) *lab {
	t.Helper()
	m := &Main{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Getenv: func(string) string { return "" }, Now: time.Now}
	l, err := m.openStores(t.Context(), &options{data: data, keep: 60, level: logrus.ErrorLevel})
	ok(t, "open", err)
	return l
}

// An evening longer than what the notebook takes at once is told whole, each
// file with its move, in the order of time; and so after a restart.
func TestALongEveningIsTold(t *testing.T) {
	data := filepath.Join(t.TempDir(), "travail")
	if code, _, errs := run(t, nil, "init", "-data", data); code != exitDone {
		t.Fatal(errs)
	}
	l := worked(t, data)
	const n = 75_000 // of a KiB each: more than 64 MiB
	at := time.Now().Truncate(time.Second)
	words := []string{strings.Repeat("x", 900)}
	files, moves := make([]fileRecord, n), map[string]folder.Plan{"manifest-1": {From: "m", To: "n"}}
	for i := range files {
		files[i] = fileRecord{ID: fmt.Sprintf("%032x", n-i), Time: at.Add(time.Duration(i) * time.Microsecond), Outcome: person, File: "a.pdf", Size: -1, Words: words}
	}
	moves[files[0].ID], moves[files[n-1].ID] = folder.Plan{From: "a", To: "b"}, folder.Plan{From: "c", To: "d"}
	ok(t, "tell", l.history.tell(t.Context(), files, moves))
	ok(t, "close", l.close())

	l = worked(t, data)
	defer func() { ok(t, "close", l.close()) }()
	day := at.Format(time.DateOnly)
	kept, err := l.history.between(t.Context(), day, day)
	ok(t, "between", err)
	if len(kept) != n || kept[0].ID != files[0].ID || kept[n-1].ID != files[n-1].ID {
		t.Errorf("%d files, not %d in the order of time", len(kept), n)
	}
	if left, err := l.history.moves(t.Context()); err != nil || len(left) != len(moves) {
		t.Errorf("moves: %v, %v", left, err)
	}
	var out bytes.Buffer
	ok(t, "csv", writeCSV(&out, "fr", kept[:1]))
	if !strings.Contains(out.String(), ";;;"+files[0].ID) {
		t.Errorf("a size that is not known is told as %s", out.String())
	}
}

// Programs that begin at once in a new work folder (send, and status of who
// watches over it) find one vault, and wait for each other's look.
func TestProgramsThatBeginAtOnce(t *testing.T) {
	for range 5 {
		data := filepath.Join(t.TempDir(), "travail")
		if code, _, errs := run(t, nil, "init", "-data", data); code != exitDone {
			t.Fatal(errs)
		}
		var begin sync.WaitGroup
		for range 4 {
			m := &Main{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Getenv: func(string) string { return "" }, Now: time.Now}
			begin.Go(func() {
				l, err := m.openStores(t.Context(), &options{data: data, keep: 60, level: logrus.ErrorLevel})
				if err == nil {
					err = l.close()
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		begin.Wait()
	}
}
