package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client/batch"
	"carnet/cmd/carnet-lab/internal/folder"
)

// mover is a watcher over a folder with one file that is in the record, and its
// row; nothing is sent.
func mover(t *testing.T) (*watcher, batch.Row, *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	data := filepath.Join(dir, "travail")
	if code, _, errs := run(t, nil, "init", "-data", data); code != exitDone {
		t.Fatal(errs)
	}
	l := worked(t, data)
	t.Cleanup(func() { ok(t, "close", l.close()) })
	log := &bytes.Buffer{}
	l.log = logrus.New()
	l.log.SetOutput(log)
	in := filepath.Join(dir, "résultats")
	ok(t, "folder", os.Mkdir(in, 0o750))
	ok(t, "file", os.WriteFile(filepath.Join(in, "a.pdf"), []byte("result"), 0o640))
	w := newWatcher(&Main{Stdout: &bytes.Buffer{}, Stderr: log, Now: time.Now}, l, in)
	w.moves = map[string]folder.Plan{}
	return w, batch.Row{ID: "0123456789abcdef", Folder: in, Path: "a.pdf", State: batch.Sent, Size: 6}, log
}

// A move that an earlier run wrote down and could not make is made as it was
// written: every start would else leave one more place behind.
func TestAMoveIsMadeAsItWasWrittenDown(t *testing.T) {
	w, row, _ := mover(t)
	to := filepath.Join(w.dir, sentDir, "2026-11-21", "a.pdf")
	w.moves[row.ID] = folder.Plan{From: filepath.Join(w.dir, "a.pdf"), To: to}
	open, err := w.putAway(t.Context(), []batch.Row{row})
	ok(t, "put away", err)
	if b, err := os.ReadFile(to); open != 0 || err != nil || string(b) != "result" || len(w.moves) != 0 {
		t.Errorf("%d open, %q %v, left %v", open, b, err, w.moves)
	}
}

// A move that cannot be made is tried at every look, and told once.
func TestAMoveThatCannotBeMadeIsToldOnce(t *testing.T) {
	w, row, log := mover(t)
	inTheWay := filepath.Join(w.dir, "fichier")
	ok(t, "file", os.WriteFile(inTheWay, nil, 0o640))
	to := filepath.Join(inTheWay, "jour", "a.pdf")
	w.moves[row.ID] = folder.Plan{From: filepath.Join(w.dir, "a.pdf"), To: to}
	for range 5 {
		w.move(t.Context())
	}
	if n := strings.Count(log.String(), "could not be moved"); n != 1 || len(w.moves) != 1 {
		t.Errorf("told %d times, %v\n%s", n, w.moves, log)
	}
	ok(t, "make way", os.Remove(inTheWay))
	w.move(t.Context())
	if _, err := os.Stat(to); err != nil || len(w.moves)+len(w.stuck) != 0 {
		t.Errorf("%v %v %v", err, w.moves, w.stuck)
	}
}
