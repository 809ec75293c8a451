package record

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// empty is the data directory of a server without people, made once for all tests of
// a run: making the tables anew took half of their time.
var empty struct {
	sync.Once
	files map[string][]byte // by path within the directory
	taken sync.Map          // by name of the tests that run
}

// copyEmpty puts an empty server's data directory into dir, for a test's first world. A
// second one is another server, with keys of its own: it makes its directory itself.
func copyEmpty(t testing.TB, dir string) {
	t.Helper()
	if _, taken := empty.taken.LoadOrStore(t.Name(), true); taken {
		return
	}
	t.Cleanup(func() { empty.taken.Delete(t.Name()) })
	empty.Do(func() { empty.files = makeEmpty(t) })
	if empty.files == nil {
		t.Fatal("there is no empty server: its making failed")
	}
	for name, data := range empty.files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func makeEmpty(t testing.TB) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	svc, err := Open(context.Background(), Config{Dir: dir, Now: newClock().now, Gate: gateFunc(acceptPDF), Demo: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := svc.Close(); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			files[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
