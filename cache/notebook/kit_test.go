package notebook

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"carnet/cache/killtest"
	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

// keyIn gives the sealer of a vault in a folder, made on the first call.
func keyIn(dir string) (*vault.Sealer, error) {
	v, err := killtest.Vault(dir)
	if err != nil {
		return nil, err
	}
	return v.For("notebook"), nil
}

// place is a folder with a key, in which notebooks are opened one after another.
type place struct {
	t testing.TB
	c Config
}

func newPlace(t testing.TB) place {
	t.Helper()
	dir := t.TempDir()
	seal, err := keyIn(dir)
	ok(t, "key", err)
	return place{t, Config{Dir: filepath.Join(dir, "notebook"), Seal: seal}}
}

func (p place) open() *Notebook {
	p.t.Helper()
	n, err := Open(p.c)
	ok(p.t, "open", err)
	p.t.Cleanup(func() { ok(p.t, "close", n.Close()) })
	return n
}

// log gives the log's bytes.
func (p place) log() []byte {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.c.Dir, format.File))
	ok(p.t, "read the log", err)
	return data
}

// with opens the notebook on another log and closes it again.
func (p place) with(log []byte, look func(*Notebook)) {
	p.t.Helper()
	ok(p.t, "write the log", os.WriteFile(filepath.Join(p.c.Dir, format.File), log, 0o600))
	n, err := Open(p.c)
	ok(p.t, "open", err)
	look(n)
	ok(p.t, "close", n.Close())
}

func ok(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func refused(t testing.TB, what string, err error, code fhir.Code) {
	t.Helper()
	if fhir.CodeOf(err) != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func put(t testing.TB, n *Notebook, pairs ...string) {
	t.Helper()
	var pages []client.Note
	for i := 0; i < len(pairs); i += 2 {
		pages = append(pages, client.Note{Name: pairs[i], Value: []byte(pairs[i+1])})
	}
	ok(t, "put", n.Put(context.Background(), pages...))
}

// all gives what a notebook holds.
func all(t testing.TB, n *Notebook) map[string]string {
	t.Helper()
	list, err := n.List(context.Background(), "")
	ok(t, "list", err)
	out := map[string]string{}
	for _, p := range list {
		out[p.Name] = string(p.Value)
	}
	return out
}

func holds(t testing.TB, n *Notebook, pairs ...string) {
	t.Helper()
	want := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		want[pairs[i]] = pairs[i+1]
	}
	if got := all(t, n); !maps.Equal(got, want) {
		t.Fatalf("it holds %v, not %v", got, want)
	}
}
