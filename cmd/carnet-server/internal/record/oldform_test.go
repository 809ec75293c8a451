package record

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// logsAsBefore makes entries about two records, turn by turn, as logs of before
// had them: at first without a number, then without the record's tag.
func (w *world) logsAsBefore(forms ...int) {
	w.t.Helper()
	for _, form := range forms {
		for _, patient := range []string{"pat-1", "pat-2"} {
			rec, err := w.st.RecordOf(bg, patient)
			w.must(err)
			e, err := w.prepare(w.entry(gp(), fhir.KindRead), rec)
			w.must(err)
			e.Leaf.Form = form
			w.must(w.st.Do(bg, store.Op{Log: []store.Entry{e}}))
		}
	}
}

// makings finds what a migration makes: a table, an index, or a column of a table.
var makings = regexp.MustCompile(`(?m)^(?:CREATE (?:UNIQUE )?(TABLE|INDEX) (\w+)|ALTER TABLE (\w+) ADD COLUMN (\w+))`)

// migrations gives the files of the migrations, the last one first, and their
// numbers.
func migrations(t *testing.T) (paths []string, versions []int) {
	t.Helper()
	paths, err := filepath.Glob("internal/store/sqlite/migrations/*.sql")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d migrations, %v", len(paths), err)
	}
	slices.Sort(paths)
	slices.Reverse(paths)
	for _, p := range paths {
		n, err := strconv.Atoi(filepath.Base(p)[:5])
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, n)
	}
	return paths, versions
}

// asOf makes a copy of a store as it was at a version of the tables: what later
// migrations made goes, the last first.
func (w *world) asOf(t *testing.T, version int) *world {
	w.t.Helper()
	old := &world{t: t, clock: w.clock, dir: filepath.Join(t.TempDir(), "old")}
	w.must(Backup(bg, w.dir, old.dir))
	paths, versions := migrations(t)
	for i, path := range paths {
		if versions[i] <= version {
			break
		}
		text, err := os.ReadFile(path)
		w.must(err)
		things := makings.FindAllStringSubmatch(string(text), -1)
		slices.Reverse(things)
		for _, m := range things {
			if m[1] != "" {
				execute(t, old.dir, "DROP "+m[1]+" "+m[2])
			} else {
				execute(t, old.dir, "ALTER TABLE "+m[3]+" DROP COLUMN "+m[4])
			}
		}
	}
	execute(t, old.dir, "DELETE FROM goose_db_version WHERE version_id > "+strconv.Itoa(version))
	return old
}

// A store whose tables are of an earlier version opens, goes on and is sound.
func TestAStoreOfEachVersionGoesOn(t *testing.T) {
	lived := livedWorld(t)
	_, versions := migrations(t)
	for _, version := range versions {
		if version < 6 { // of before, bytes lay in the database: schema2.zip is such a store
			break
		}
		t.Run(strconv.Itoa(version), func(t *testing.T) {
			old := lived.asOf(t, version)
			old.open()
			defer func() { old.must(old.Close()) }()
			old.lives(t, 1)
			old.sound()
		})
	}
}

// A log of before leaves had tags is checked as it is, opens, goes on with tags,
// and is exported and erased like any other.
func TestALogOfBeforeGoesOn(t *testing.T) {
	before := livedWorld(t)
	before.logsAsBefore(audit.FormBare, audit.FormBare, audit.FormNumbered, audit.FormNumbered, audit.FormNumbered)
	w := before.asOf(t, 6)
	if report, err := Verify(bg, w.dir); err != nil || len(report.Problems) != 0 || report.Leaves < 10 {
		t.Fatalf("not opened yet: %+v, %v", report, err)
	}
	w.open()
	w.lives(t, 3)
	w.sound()
	file := w.exported(t, holder(1), "pat-1")
	r, err := VerifyExport(ExportCheck{File: strings.NewReader(file)})
	// five of before, three visits of three entries, the export itself
	if err != nil || r.Entries != 15 || r.Unproved != 2 || r.Untagged != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	for _, form := range []string{`"form":1,"salt"`, `"form":2,"number":3,`, `"form":3,"number":6,`} {
		if !strings.Contains(file, form) {
			t.Errorf("no %s", form)
		}
	}
	for what, edit := range map[string]string{
		"a tagged leaf as numbered": `UPDATE entry SET form = 2 WHERE seq = (SELECT max(seq) FROM entry WHERE form = 3)`,
		"a numbered leaf as tagged": `UPDATE entry SET form = 3 WHERE seq = (SELECT max(seq) FROM entry WHERE form = 0 AND number = 5)`,
		"a tagged leaf of before":   `UPDATE entry SET form = 0 WHERE seq = (SELECT max(seq) FROM entry WHERE form = 3)`,
		"a form that is none":       `UPDATE entry SET form = 4 WHERE seq = (SELECT max(seq) FROM entry WHERE form = 3)`,
	} {
		copied := filepath.Join(t.TempDir(), "copy")
		w.must(Backup(bg, w.dir, copied))
		execute(t, copied, edit)
		if report, err := Verify(bg, copied); err != nil || len(report.Problems) == 0 {
			t.Errorf("%s: %+v, %v", what, report, err)
		}
	}
	w.must(w.erase("pat-1"))
	w.sound()
	if _, err := VerifyExport(ExportCheck{File: strings.NewReader(w.exported(t, holder(2), "pat-2"))}); err != nil {
		t.Errorf("of the other record, after the erasure: %v", err)
	}
	if _, err := VerifyExport(ExportCheck{File: strings.NewReader(file)}); err != nil {
		t.Errorf("the file of before the erasure: %v", err)
	}
	w.must(w.Close())
}

// A record's tag is its own, the same in each export, and goes with its key.
func TestARecordHasOneTag(t *testing.T) {
	w := livedWorld(t)
	w.lives(t, 1)
	saltIn := func(patient int, record string) string {
		_, after, _ := strings.Cut(w.exported(t, holder(patient), record), `"salt":"`)
		salt, _, _ := strings.Cut(after, `"`)
		return salt
	}
	one, two := saltIn(1, "pat-1"), saltIn(2, "pat-2")
	if one == two || len(one) != 24 || one != saltIn(1, "pat-1") {
		t.Errorf("%q, %q", one, two)
	}
	w.must(w.Close())
	w.open()
	if again := saltIn(1, "pat-1"); again != one {
		t.Errorf("after a start %q, before %q", again, one)
	}
	rec, err := w.st.RecordOf(bg, "pat-1")
	w.must(err)
	w.must(w.erase("pat-1"))
	if _, err := w.st.Keys().Box(rec.N, rec.Key); !errors.Is(err, store.ErrErased) {
		t.Errorf("the tag outlives its record: %v", err)
	}
}
