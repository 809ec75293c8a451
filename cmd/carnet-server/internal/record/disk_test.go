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

// files gives all that is in a data directory, by path from there.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// execRows gives one text column of a query behind the service's back.
func execRows(t *testing.T, dir, text string, row func(string)) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, sqlite.File))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		row(s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
