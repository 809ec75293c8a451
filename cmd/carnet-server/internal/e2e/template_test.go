package e2e

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/record"
)

// template is the data directory of an empty server, made once for all worlds of
// a run: making the tables anew took most of the suite's time. Each world gets a
// copy of its own, and fills it with its people.
var template struct {
	sync.Once
	files map[string][]byte // by path within the directory
}

// copyTemplate puts a world's data directory into dir.
func copyTemplate(t testing.TB, dir string) {
	t.Helper()
	template.Do(func() { template.files = makeTemplate(t) })
	if template.files == nil {
		t.Fatal("there is no template: its making failed")
	}
	for name, data := range template.files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func makeTemplate(t testing.TB) map[string][]byte {
	t.Helper()
	ctx, w := context.Background(), &world{TB: t}
	w.dir = t.TempDir()
	svc, err := record.Open(ctx, record.Config{Dir: w.dir, Now: w.now, Gate: gate{}, Demo: true, NoSync: true})
	w.must(err)
	w.must(svc.Close())
	provider, err := idp.Open(ctx, idp.Config{Issuer: "http://127.0.0.1/oidc", Dir: w.dir, Now: w.now})
	w.must(err)
	w.must(provider.Close())
	files := map[string][]byte{}
	w.must(filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(w.dir, path)
		if err == nil {
			files[name], err = os.ReadFile(path)
		}
		return err
	}))
	return files
}
