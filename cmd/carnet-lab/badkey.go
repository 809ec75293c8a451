package main

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"carnet/client/batch"
	"carnet/client/terminology"
	"carnet/cmd/carnet-lab/internal/folder"
)

// badKeys finds the lines of manifests whose INS has a wrong key. In the real
// domains the engine refuses these by itself; an INS of the test domain is looked
// up with any key (ANS), and that nobody has it is then best put down to the key.
// It is safe for concurrent use.
type badKeys struct {
	mu    sync.Mutex
	files map[string]*keyLines // by the manifest's path
}

// keyLines are those lines of one manifest, as it was when it was read.
type keyLines struct {
	stamp folder.Stamp
	wrong map[int]bool
}

// of tells whether a row that nobody is known for has its INS from such a line.
func (b *badKeys) of(r batch.Row) bool {
	if r.Line == 0 || r.Folder == "" || !slices.Contains(r.Problems, batch.UnknownPatient) {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	entries, _ := os.ReadDir(r.Folder) // none: nothing is known
	for _, e := range entries {
		if strings.EqualFold(filepath.Ext(e.Name()), ".csv") && b.lines(filepath.Join(r.Folder, e.Name()))[r.Line] {
			return true
		}
	}
	return false
}

// lines reads a manifest once for as long as it stays as it is.
func (b *badKeys) lines(path string) map[int]bool {
	stamp, err := folder.StampOf(path)
	if err != nil {
		return nil
	}
	if k := b.files[path]; k != nil && k.stamp.Same(stamp) {
		return k.wrong
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	k := &keyLines{stamp, map[int]bool{}}
	in := bufio.NewScanner(f)
	for n := 1; in.Scan(); n++ {
		k.wrong[n] = slices.ContainsFunc(strings.FieldsFunc(in.Text(), func(r rune) bool { return strings.ContainsRune(";,\t\"", r) }), wrongKey)
	}
	if b.files == nil {
		b.files = map[string]*keyLines{}
	}
	b.files[path] = k
	return k.wrong
}

// wrongKey tells a cell that is an INS but for its key.
func wrongKey(cell string) bool {
	return errors.Is(terminology.CheckNIR(strings.Join(strings.Fields(cell), "")), terminology.ErrINSKey)
}
