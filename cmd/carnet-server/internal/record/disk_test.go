package record

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record/internal/store/sqlite"
)

func newMatrix() *terminology.Matrix { return terminology.CurrentMatrix() }

// execute edits the database of a data directory behind the service's back.
func execute(t *testing.T, dir, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, sqlite.File))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// files gives all that is in a data directory.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range all {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name()] = string(data)
	}
	return out
}
