package record

import (
	"archive/zip"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// filedWorld is secretWorld in which the GP read, filed two documents, replaced
// one, changed one, withdrew one and declared a consent.
func filedWorld(t testing.TB) *world {
	ctx := context.Background()
	w := secretWorld(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.content(gp(), "", docID("open"))
	must(err)
	first, _, err := w.file(gp(), newDraft(1, "1", gp()))
	must(err)
	next := newDraft(1, "2", gp())
	next.Replaces = []string{"DocumentReference/" + first.ID}
	second, _, err := w.file(gp(), next)
	must(err)
	yes := true
	_, err = w.PatchDocument(ctx, gp(), "", PatchTarget{ID: second.ID}, Patch{Archived: &yes, Ops: []byte(`[]`)})
	must(err)
	_, err = w.PatchDocument(ctx, gp(), "", PatchTarget{ID: second.ID}, Patch{Archived: &yes, Ops: []byte(`[]`)}) // is so already
	must(err)
	third, _, err := w.file(gp(), newDraft(1, "3", gp()))
	must(err)
	must(w.Undo(ctx, gp(), "", third.ID))
	must(w.Undo(ctx, gp(), "", third.ID))
	declared := fhir.Consent{Status: "active", PatientID: "pat-1", DateTime: w.clock.now(), Form: formOral}
	_, err = w.DeclareConsent(ctx, gp(), declared.JSON())
	must(err)
	w.clock.advance(time.Minute)
	must(w.WithdrawOwn(ctx, gp(), "pat-1"))
	return w
}

// Invariant 5: a store that was edited is noticed, whatever was edited.
func TestVerifyNoticesEdits(t *testing.T) {
	ctx := context.Background()
	w := filedWorld(t)
	clean, err := Verify(ctx, w.dir)
	if err != nil || len(clean.Problems) != 0 || clean.Leaves != 11 || clean.Documents != 8 {
		t.Fatalf("%+v, %v", clean, err)
	}
	whole := t.TempDir() + "/copy"
	if err := Backup(ctx, w.dir, whole); err != nil {
		t.Fatal(err)
	}
	if again, err := Verify(ctx, whole); err != nil || len(again.Problems) != 0 || again.Documents != clean.Documents {
		t.Fatalf("a copy: %+v, %v", again, err)
	}
	const filed = `(SELECT max(n) FROM document WHERE patient = 1)` // filed through the service
	for name, edit := range map[string]string{
		"an entry's body":      `UPDATE entry SET body = zeroblob(200) WHERE seq = 1`,
		"two entries swapped":  `UPDATE entry SET body = (SELECT body FROM entry WHERE seq = 0), nonce = (SELECT nonce FROM entry WHERE seq = 0), patient = 0 WHERE seq = 1`,
		"an entry emptied":     `UPDATE entry SET body = NULL WHERE seq = 1`,
		"an entry taken away":  `DELETE FROM entry WHERE seq = 1`,
		"an entry's actor":     `UPDATE entry SET actor = '810000000009' WHERE seq = 1`,
		"an entry's time":      `UPDATE entry SET at = at + 1000 WHERE seq = 1`,
		"an entry's record":    `UPDATE entry SET patient = 2 WHERE seq = 1`,
		"a leaf":               `DROP TRIGGER leaf_is_for_ever_u; UPDATE leaf SET hashes = zeroblob(length(hashes)) WHERE seq = 0`,
		"a leaf taken away":    `DROP TRIGGER leaf_is_for_ever_d; DELETE FROM leaf WHERE seq = 1`,
		"the last leaf":        `DROP TRIGGER leaf_is_for_ever_d; DELETE FROM leaf WHERE seq = 10; DELETE FROM entry WHERE seq = 10`,
		"the head":             `UPDATE head SET note = CAST(replace(CAST(note AS TEXT), 'carnet-log', 'carnet-lag') AS BLOB)`,
		"the head taken away":  `DELETE FROM head`,
		"the whole log":        `DROP TRIGGER leaf_is_for_ever_d; DELETE FROM leaf; DELETE FROM entry; DELETE FROM head`,
		"a document's place":   `UPDATE document SET start = start + 1 WHERE n = ` + filed,
		"a document's bytes":   `UPDATE document SET start = 0 WHERE n = ` + filed,
		"a document's file":    `UPDATE document SET segment = 7 WHERE n = ` + filed,
		"a document's part":    `UPDATE document SET head = head + 1 WHERE n = ` + filed,
		"bytes of none":        `INSERT INTO content VALUES (1, 0, x'00')`,
		"the list of files":    `DELETE FROM segment`,
		"a file's length":      `UPDATE segment SET length = length - 1`,
		"a title":              `UPDATE document SET served = (SELECT served FROM document WHERE n <> ` + filed + `) WHERE n = ` + filed,
		"unmasked":             `UPDATE document SET masked = 0`,
		"masked":               `UPDATE document SET masked = 1 WHERE n = ` + filed,
		"a type":               `UPDATE document SET type = 2 WHERE n = ` + filed,
		"an author":            `UPDATE document SET author = '810000000009' WHERE n = ` + filed,
		"a filer":              `UPDATE document SET filer = '810000000009' WHERE n = ` + filed,
		"a status":             `UPDATE document SET status = 0`,
		"a status of no name":  `UPDATE document SET status = 9 WHERE n = ` + filed,
		"shown to the patient": `UPDATE document SET hidden = 3 WHERE n = ` + filed,
		"a date":               `UPDATE document SET period_start = period_start + 1000 WHERE n = ` + filed,
		"a link":               `UPDATE document SET replaced_by = 0`,
		"another link":         `UPDATE document SET replaces = 0`,
		"another record":       `UPDATE document SET patient = 2 WHERE n = ` + filed,
		"a document":           `DELETE FROM document WHERE n = ` + filed,
		"all of a document":    `DELETE FROM received WHERE document = ` + filed + `; DELETE FROM submission WHERE document = ` + filed + `; DELETE FROM document WHERE n = ` + filed,
		"all of a seeded one":  `DELETE FROM received WHERE document IN (SELECT n FROM document WHERE patient = 2); DELETE FROM submission WHERE document IN (SELECT n FROM document WHERE patient = 2); DELETE FROM document WHERE patient = 2`,
		"what was received":    `UPDATE document SET head = 0 WHERE n = ` + filed,
		"a patch":              `DELETE FROM received WHERE part = 2`,
		"a patch's bits":       `UPDATE received SET body = zeroblob(length(body))`,
		"a submission set":     `DELETE FROM submission WHERE document = ` + filed,
		"a submission set bit": `UPDATE submission SET body = zeroblob(length(body)) WHERE document = ` + filed,
		"who is authorised":    `UPDATE provision SET actor = '810000000009' WHERE n = 1`,
		"for how long":         `UPDATE provision SET ends = 1 WHERE n = 1`,
		"an authorisation":     `DELETE FROM provision WHERE n = 1`,
		"one more":             `INSERT INTO provision SELECT 99, 'x', patient, kind, '810000000009', org, starts, ends, active, declarer, version, updated, body FROM provision WHERE n = 1`,
		"one again":            `UPDATE provision SET active = 1`,
		"a record's state":     `UPDATE record SET state = 1 WHERE patient = 2`,
		"a record's doctor":    `UPDATE record SET mt = '810000000009' WHERE patient = 1`,
		"a record's seal":      `UPDATE record SET facts = NULL WHERE patient = 1`,
		"an opposition":        `UPDATE record SET oppose_btg = 1 - oppose_btg WHERE patient = 1`,
		"an identity":          `UPDATE patient SET birth_name = 'AUTRE' WHERE n = 1`,
		"a matricule":          `UPDATE patient_identifier SET patient = 3 - patient`,
		"a person":             `DELETE FROM patient WHERE n = 2`,
		"a record":             `DELETE FROM record WHERE patient = 2`,
	} {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir() + "/copy"
			if err := Backup(ctx, w.dir, copied); err != nil {
				t.Fatal(err)
			}
			execute(t, copied, edit)
			report, err := Verify(ctx, copied)
			if err != nil || len(report.Problems) == 0 {
				t.Errorf("%+v, %v", report, err)
			}
		})
	}
}

// A new data directory is in order, and so is one that a server is using.
func TestVerifyOfAnEmptyStore(t *testing.T) {
	w := newWorld(t)
	report, err := Verify(context.Background(), w.dir)
	if err != nil || len(report.Problems) != 0 || report.Leaves != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// A file of contents that is missing, cut short or changed is noticed, byte by
// byte where it matters, and no server starts without what is missing.
func TestVerifyNoticesFilesOfContents(t *testing.T) {
	ctx := context.Background()
	w := filedWorld(t)
	const first = "contents/000001.seg"
	length := len(files(t, w.dir)[filepath.FromSlash(first)])
	change := func(at int) func(path string) error {
		return func(path string) error {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			data[at] ^= 1
			return os.WriteFile(path, data, 0o600)
		}
	}
	for name, c := range map[string]struct {
		edit   func(path string) error
		starts bool
	}{
		"missing":                 {os.Remove, false},
		"emptied":                 {func(path string) error { return os.Truncate(path, 0) }, false},
		"a byte short":            {func(path string) error { return os.Truncate(path, int64(length-1)) }, false},
		"the first bit of it":     {change(0), true},
		"a bit in the middle":     {change(length / 2), true},
		"the last bit of it":      {change(length - 1), true},
		"zeros":                   {func(path string) error { return os.WriteFile(path, make([]byte, length), 0o600) }, true},
		"nothing but one more":    {func(path string) error { return os.WriteFile(filepath.Dir(path)+"/000009.seg", nil, 0o600) }, true},
		"nothing but more behind": {func(path string) error { return os.Truncate(path, int64(length+100)) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir() + "/copy"
			if err := Backup(ctx, w.dir, copied); err != nil {
				t.Fatal(err)
			}
			if err := c.edit(filepath.Join(copied, filepath.FromSlash(first))); err != nil {
				t.Fatal(err)
			}
			report, err := Verify(ctx, copied)
			if err != nil || (len(report.Problems) == 0) != strings.HasPrefix(name, "nothing") {
				t.Errorf("%+v, %v", report, err)
			}
			svc, err := Open(ctx, Config{Dir: copied, Now: w.clock.now, NoSync: true})
			if !c.starts {
				if err == nil || !strings.Contains(err.Error(), filepath.FromSlash(first)) || !strings.Contains(err.Error(), "backup") {
					t.Errorf("started on it: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := svc.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// oldStore is a data directory that a server wrote before contents lay in files
// of their own: filedWorld's, and a document of two pieces.
func oldStore(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "old")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	all, err := zip.OpenReader("testdata/schema2.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = all.Close() }()
	for _, f := range all.File {
		data, err := fs.ReadFile(all, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A store of before is opened, read, verified and copied; what is filed into it
// lies in the files, and what was there stays where it is.
func TestAStoreOfBeforeContentsLayInFiles(t *testing.T) {
	ctx := context.Background()
	w := &world{t: t, clock: newClock(), dir: oldStore(t)}
	w.open()
	defer func() { _ = w.Close() }()
	check := func(dir string, documents int64) {
		t.Helper()
		report, err := Verify(ctx, dir)
		if err != nil || len(report.Problems) != 0 || report.Documents != documents {
			t.Errorf("%+v, %v", report, err)
		}
	}
	check(w.dir, 9)
	old := map[string]string{}
	page, err := w.list(gp(), "", "pat-1")
	if err != nil {
		t.Fatal(err)
	}
	large := 0
	for _, r := range page.Items {
		if old[r.ID], err = w.content(gp(), "", r.ID); err != nil {
			t.Fatal(err)
		}
		large = max(large, len(old[r.ID]))
	}
	if large < 260_000 || len(old) < 3 {
		t.Fatalf("%d documents, the largest of %d bytes", len(old), large)
	}
	filed, _, err := w.file(gp(), newDraft(1, "500", gp()))
	if err != nil {
		t.Fatal(err)
	}
	old[filed.ID] = "Tout va bien. 500"
	check(w.dir, 10)
	copied := t.TempDir() + "/copy"
	if err := Backup(ctx, w.dir, copied); err != nil {
		t.Fatal(err)
	}
	check(copied, 10)
	restored := &world{t: t, clock: w.clock, dir: copied}
	restored.open()
	defer func() { _ = restored.Close() }()
	for id, want := range old {
		if got, err := restored.content(gp(), "", id); err != nil || got != want {
			t.Errorf("%s after it was restored: %d bytes of %d, %v", id, len(got), len(want), err)
		}
	}
	execute(t, copied, `UPDATE content SET body = zeroblob(length(body)) WHERE part = 1; UPDATE received SET body = zeroblob(length(body)) WHERE part = 2`)
	if report, err := Verify(ctx, copied); err != nil || report.Documents != 7 {
		t.Errorf("old bytes that were changed: %+v, %v", report, err)
	}
}

// A store of before the facts were sealed is sealed once, when it is upgraded;
// a seal that is missing later is a problem for ever.
func TestFactsAreSealedOnceWithTheUpgrade(t *testing.T) {
	ctx := context.Background()
	clock, old := newClock(), oldStore(t)
	execute(t, old, `ALTER TABLE record DROP COLUMN facts; DROP INDEX patient_identifier_patient; DELETE FROM goose_db_version WHERE version_id = 2`)
	problems := func() int {
		svc, err := Open(ctx, Config{Dir: old, Now: clock.now, NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := svc.Close(); err != nil {
			t.Fatal(err)
		}
		report, err := Verify(ctx, old)
		if err != nil {
			t.Fatal(err)
		}
		return len(report.Problems)
	}
	if n := problems(); n != 0 {
		t.Errorf("upgraded: %d problems", n)
	}
	execute(t, old, `UPDATE record SET facts = NULL WHERE patient = 1`)
	if n := problems(); n != 1 {
		t.Errorf("a seal taken away, after a restart: %d problems", n)
	}
}
