package record

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
)

// Invariant 5: a log that was edited is noticed.
func TestVerifyNoticesEdits(t *testing.T) {
	ctx := context.Background()
	w := secretWorld(t)
	if _, err := w.content(gp(), "", docID("open")); err != nil {
		t.Fatal(err)
	}
	clean, err := Verify(ctx, w.dir)
	if err != nil || len(clean.Problems) != 0 || clean.Leaves != 2 || clean.Documents != 5 {
		t.Fatalf("%+v, %v", clean, err)
	}
	for name, edit := range map[string]string{
		"an entry's body":     `UPDATE entry SET body = zeroblob(200) WHERE seq = 1`,
		"two entries swapped": `UPDATE entry SET body = (SELECT body FROM entry WHERE seq = 0), nonce = (SELECT nonce FROM entry WHERE seq = 0), patient = 0 WHERE seq = 1`,
		"a leaf":              `DROP TRIGGER leaf_is_for_ever_u; UPDATE leaf SET hashes = zeroblob(length(hashes)) WHERE seq = 0`,
		"a leaf taken away":   `DROP TRIGGER leaf_is_for_ever_d; DELETE FROM leaf WHERE seq = 1`,
		"the head":            `UPDATE head SET note = CAST(replace(CAST(note AS TEXT), 'carnet-log', 'carnet-lag') AS BLOB)`,
		"a document's bytes":  `UPDATE content SET body = zeroblob(length(body)) WHERE document = (SELECT min(n) FROM document)`,
		"a document's parts":  `DELETE FROM content WHERE document = (SELECT n FROM document ORDER BY n LIMIT 1 OFFSET 1)`,
		"a title":             `UPDATE document SET served = (SELECT served FROM document ORDER BY n LIMIT 1) WHERE n = (SELECT n FROM document ORDER BY n LIMIT 1 OFFSET 1)`,
	} {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir() + "/copy"
			if err := Backup(ctx, w.dir, copied); err != nil {
				t.Fatal(err)
			}
			if again, err := Verify(ctx, copied); err != nil || len(again.Problems) != 0 || again.Documents != clean.Documents {
				t.Fatalf("the copy: %+v, %v", again, err)
			}
			execute(t, copied, edit)
			report, err := Verify(ctx, copied)
			if err != nil || len(report.Problems) == 0 {
				t.Errorf("%+v, %v", report, err)
			}
		})
	}
	// Erasure is not an edit.
	copied := t.TempDir() + "/copy"
	if err := Backup(ctx, w.dir, copied); err != nil {
		t.Fatal(err)
	}
	execute(t, copied, `UPDATE entry SET body = NULL WHERE seq = 1`)
	if report, err := Verify(ctx, copied); err != nil || len(report.Problems) != 0 || report.Erased != 1 {
		t.Errorf("erased: %+v, %v", report, err)
	}
}

// Nothing that says what a document is, and no content, is in clear on disk.
func TestTheDatabaseTellsNothing(t *testing.T) {
	w := onePatient(t)
	d := newDraft(1, "1", gp())
	d.Attachment.Title, d.data = "Bilan sérologique confidentiel", []byte("résultat strictement privé")
	if _, _, err := w.file(gp(), d); err != nil {
		t.Fatal(err)
	}
	if _, err := w.OpenAccess(context.Background(), regulator(), "pat-1", fhir.ModeCentre15, "malaise sur la voie publique"); err != nil {
		t.Fatal(err)
	}
	for name, data := range files(t, w.dir) {
		for _, secret := range []string{"sérologique", "strictement privé", "malaise", gp().Name} {
			if strings.Contains(data, secret) {
				t.Errorf("%s holds %q", name, secret)
			}
		}
	}
}

// The entry of an access says who, what, when and how.
func TestTheHistoryTellsWhoDidWhat(t *testing.T) {
	ctx := context.Background()
	w := secretWorld(t)
	access, err := w.OpenAccess(ctx, regulator(), "pat-1", fhir.ModeCentre15, "malaise")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.content(regulator(), access.Session, docID("open")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.list(optician(), "", "pat-1"); code(err) != fhir.NoConsent {
		t.Fatal(err)
	}
	w.clock.advance(time.Minute)
	page, err := w.Audit(ctx, gp(), AuditQuery{PatientID: "pat-1"})
	if err != nil || page.Total != 3 {
		t.Fatalf("%+v, %v", page, err)
	}
	var got []string
	for _, r := range page.Items {
		v, err := fhir.ParseAuditEvent(r.JSON)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintln(v.Kind, v.AgentID, v.AgentName, v.Mode, v.Reason, v.Outcome, v.DocumentTitle, v.PatientName, v.RequestID))
	}
	want := []string{
		fmt.Sprintln("denial", optician().ID, optician().Name, "normal", "", audit.OutcomeMinor, "", "LEFÈVRE Zoé", "req-op"),
		fmt.Sprintln("read", regulator().ID, regulator().Name, "centre_15", "malaise", "0", "Consultation open", "LEFÈVRE Zoé", "req-rg"),
		fmt.Sprintln("open", regulator().ID, regulator().Name, "centre_15", "malaise", "0", "", "LEFÈVRE Zoé", "req-rg"),
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%swant\n%s", strings.Join(got, ""), strings.Join(want, ""))
	}
	again, err := w.Audit(ctx, gp(), AuditQuery{PatientID: "pat-1"})
	if err != nil || again.Total != 4 {
		t.Errorf("reading the history left no line: %+v, %v", again.Total, err)
	}
	if mine, err := w.Audit(ctx, optician(), AuditQuery{PatientID: "pat-1"}); err != nil || mine.Total != 1 {
		t.Errorf("another's own lines: %+v, %v", mine, err)
	}
	if _, err := w.Audit(ctx, optician(), AuditQuery{PatientID: "pat-1", AgentID: gp().ID}); code(err) != fhir.Forbidden {
		t.Errorf("another's lines: %v", err)
	}
}
