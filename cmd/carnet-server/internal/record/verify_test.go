package record

import (
	"context"
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
		"an entry's body":       `UPDATE entry SET body = zeroblob(200) WHERE seq = 1`,
		"two entries swapped":   `UPDATE entry SET body = (SELECT body FROM entry WHERE seq = 0), nonce = (SELECT nonce FROM entry WHERE seq = 0), patient = 0 WHERE seq = 1`,
		"an entry emptied":      `UPDATE entry SET body = NULL WHERE seq = 1`,
		"an entry taken away":   `DELETE FROM entry WHERE seq = 1`,
		"an entry's actor":      `UPDATE entry SET actor = '810000000009' WHERE seq = 1`,
		"an entry's time":       `UPDATE entry SET at = at + 1000 WHERE seq = 1`,
		"an entry's record":     `UPDATE entry SET patient = 2 WHERE seq = 1`,
		"a leaf":                `DROP TRIGGER leaf_is_for_ever_u; UPDATE leaf SET hashes = zeroblob(length(hashes)) WHERE seq = 0`,
		"a leaf taken away":     `DROP TRIGGER leaf_is_for_ever_d; DELETE FROM leaf WHERE seq = 1`,
		"the last leaf":         `DROP TRIGGER leaf_is_for_ever_d; DELETE FROM leaf WHERE seq = 10; DELETE FROM entry WHERE seq = 10`,
		"the head":              `UPDATE head SET note = CAST(replace(CAST(note AS TEXT), 'carnet-log', 'carnet-lag') AS BLOB)`,
		"the head taken away":   `DELETE FROM head`,
		"the whole log":         `DROP TRIGGER leaf_is_for_ever_d; DELETE FROM leaf; DELETE FROM entry; DELETE FROM head`,
		"a document's bytes":    `UPDATE content SET body = zeroblob(length(body)) WHERE document = (SELECT min(n) FROM document)`,
		"a document's parts":    `DELETE FROM content WHERE document = ` + filed,
		"a title":               `UPDATE document SET served = (SELECT served FROM document WHERE n <> ` + filed + `) WHERE n = ` + filed,
		"unmasked":              `UPDATE document SET masked = 0`,
		"masked":                `UPDATE document SET masked = 1 WHERE n = ` + filed,
		"a type":                `UPDATE document SET type = 2 WHERE n = ` + filed,
		"an author":             `UPDATE document SET author = '810000000009' WHERE n = ` + filed,
		"a filer":               `UPDATE document SET filer = '810000000009' WHERE n = ` + filed,
		"a status":              `UPDATE document SET status = 0`,
		"a status of no name":   `UPDATE document SET status = 9 WHERE n = ` + filed,
		"shown to the patient":  `UPDATE document SET hidden = 3 WHERE n = ` + filed,
		"a date":                `UPDATE document SET period_start = period_start + 1000 WHERE n = ` + filed,
		"a link":                `UPDATE document SET replaced_by = 0`,
		"another link":          `UPDATE document SET replaces = 0`,
		"another record":        `UPDATE document SET patient = 2 WHERE n = ` + filed,
		"a document":            `DELETE FROM document WHERE n = ` + filed,
		"all of a document":     `DELETE FROM content WHERE document = ` + filed + `; DELETE FROM received WHERE document = ` + filed + `; DELETE FROM submission WHERE document = ` + filed + `; DELETE FROM document WHERE n = ` + filed,
		"all of a seeded one":   `DELETE FROM content WHERE document IN (SELECT n FROM document WHERE patient = 2); DELETE FROM received WHERE document IN (SELECT n FROM document WHERE patient = 2); DELETE FROM submission WHERE document IN (SELECT n FROM document WHERE patient = 2); DELETE FROM document WHERE patient = 2`,
		"what was received":     `DELETE FROM received WHERE document = ` + filed + ` AND part = 1`,
		"a patch":               `DELETE FROM received WHERE part = 2`,
		"what was received bit": `UPDATE received SET body = zeroblob(length(body)) WHERE document = ` + filed,
		"a submission set":      `DELETE FROM submission WHERE document = ` + filed,
		"a submission set bit":  `UPDATE submission SET body = zeroblob(length(body)) WHERE document = ` + filed,
		"who is authorised":     `UPDATE provision SET actor = '810000000009' WHERE n = 1`,
		"for how long":          `UPDATE provision SET ends = 1 WHERE n = 1`,
		"an authorisation":      `DELETE FROM provision WHERE n = 1`,
		"one more":              `INSERT INTO provision SELECT 99, 'x', patient, kind, '810000000009', org, starts, ends, active, declarer, version, updated, body FROM provision WHERE n = 1`,
		"one again":             `UPDATE provision SET active = 1`,
		"a record's state":      `UPDATE record SET state = 1 WHERE patient = 2`,
		"a record's doctor":     `UPDATE record SET mt = '810000000009' WHERE patient = 1`,
		"a record's seal":       `UPDATE record SET facts = NULL WHERE patient = 1`,
		"an opposition":         `UPDATE record SET oppose_btg = 1 - oppose_btg WHERE patient = 1`,
		"an identity":           `UPDATE patient SET birth_name = 'AUTRE' WHERE n = 1`,
		"a matricule":           `UPDATE patient_identifier SET patient = 3 - patient`,
		"a person":              `DELETE FROM patient WHERE n = 2`,
		"a record":              `DELETE FROM record WHERE patient = 2`,
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

// A store of before the facts were sealed is sealed once, when it is upgraded;
// a seal that is missing later is a problem for ever.
func TestFactsAreSealedOnceWithTheUpgrade(t *testing.T) {
	ctx := context.Background()
	w := filedWorld(t)
	old := t.TempDir() + "/old"
	if err := Backup(ctx, w.dir, old); err != nil {
		t.Fatal(err)
	}
	execute(t, old, `ALTER TABLE record DROP COLUMN facts; DROP INDEX patient_identifier_patient; DELETE FROM goose_db_version WHERE version_id = 2`)
	problems := func() int {
		svc, err := Open(ctx, Config{Dir: old, Now: w.clock.now, NoSync: true})
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
