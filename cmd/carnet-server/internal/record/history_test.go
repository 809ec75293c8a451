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

// Nothing that says what a document is, and no content, is in clear on disk.
func TestTheDatabaseTellsNothing(t *testing.T) {
	w := onePatient(t)
	colleague := otherGP() // who files is in the directory, which is public; whom a document names is not
	colleague.OrgID = gp().OrgID
	d := newDraft(1, "1", colleague)
	d.Attachment.Title, d.data = "Bilan sérologique confidentiel", []byte("résultat strictement privé")
	if _, _, err := w.file(gp(), d); err != nil {
		t.Fatal(err)
	}
	if _, err := w.OpenAccess(context.Background(), regulator(), "pat-1", fhir.ModeCentre15, "malaise sur la voie publique"); err != nil {
		t.Fatal(err)
	}
	for name, data := range files(t, w.dir) {
		for _, secret := range []string{"sérologique", "strictement privé", "malaise", colleague.Name} {
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
