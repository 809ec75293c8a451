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
