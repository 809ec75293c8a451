package outbox

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// desk is who writes over a queue that runs, and what the server has of it.
type desk struct {
	*place
	box  *Outbox
	to   *Writing
	over client.Access
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	p := newPlace(t)
	d := &desk{place: p, box: p.open(), over: client.Access{PatientID: clienttest.PatientLea, Mode: fhir.ModeNormal}}
	d.to = d.box.Before(p.fake)
	t.Cleanup(run(t, d.box))
	return d
}

func (d *desk) draft(title string) client.Draft {
	f := *filing(title).Draft
	f.ID, f.PatientID, f.PatientINS = uuid.NewString(), clienttest.PatientLea, d.fake.Patient(clienttest.PatientLea).INS
	data := pdf(title)
	f.Content, f.Size = bytes.NewReader(data), int64(len(data))
	f.Class = fhir.Coding{System: "urn:oid:1.2.250.1.213.1.1.4.1", Code: "10"}
	return f
}

// settled waits until nothing of the queue moves any more.
func (d *desk) settled(want client.OutboxState, id string) client.OutboxItem {
	d.t.Helper()
	moved := make(chan struct{}, 64)
	stop := d.box.Follow(func(client.OutboxEvent) {
		select {
		case moved <- struct{}{}:
		default:
		}
	})
	defer stop()
	limit := time.After(20 * time.Second)
	for {
		if it := item(d.t, d.box, id); it.State == want {
			return it
		}
		select {
		case <-moved:
		case <-limit:
			d.t.Fatalf("the item stays %s", item(d.t, d.box, id).State)
		}
	}
}

// While the server answers, writing over the queue is what it was without.
func TestWritingOverTheQueueOnline(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	var sent int64
	draft := d.draft("Courrier")
	got, err := d.to.File(ctx, d.over, draft, func(n, _ int64) { sent = n })
	ok(t, "file", err)
	if got.ID == "" || got.Attachment.Title != "Courrier" || sent != draft.Size {
		t.Fatalf("filed %+v, %d bytes of %d told", got, sent, draft.Size)
	}
	again, err := d.to.File(ctx, d.over, draft, nil)
	ok(t, "the same again", err)
	if again.ID != got.ID {
		t.Fatal("the same draft became two documents")
	}
	yes := true
	masked, err := d.to.Change(ctx, d.over, got, client.Change{Masked: &yes})
	ok(t, "mask", err)
	if !masked.Masked {
		t.Fatal("not masked")
	}
	_, err = d.to.Change(ctx, d.over, got, client.Change{HiddenPatient: &yes})
	want(t, "on an older version", err, fhir.VersionConflict)
	ok(t, "undo", d.to.Undo(ctx, d.over, masked))
	late := d.draft("Parti entre-temps")
	arrived, err := d.to.File(ctx, d.over, late, nil)
	ok(t, "file", err)
	ok(t, "undo of what was thought to wait", d.to.Undo(ctx, d.over, client.Document{ID: client.QueuedID(late.ID)}))
	if now, err := d.fake.Document(ctx, d.over, arrived.ID); err == nil && now.Status == "current" {
		t.Fatal("the document is still there")
	}
	_, err = d.to.DeclareConsent(ctx, client.ConsentDeclaration{PatientID: clienttest.PatientBlocked, Form: "oral", Visit: true})
	want(t, "a consent over a block", err, fhir.NoConsent)
	for _, it := range list(t, d.box) {
		if it.State != client.OutboxDone {
			t.Errorf("a %s is left: %s (%s)", it.Kind, it.State, it.Reason)
		}
	}
}

// Without an answer everything is kept, said so, and takes effect once when the server
// is back; what is taken back before it left never reaches it.
func TestWritingOverTheQueueOffline(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	d.fake.SetOffline(true)
	stays, goes, dropped := d.draft("Bilan"), d.draft("Mauvais patient"), d.draft("Interrompu")
	for _, draft := range []client.Draft{stays, goes, dropped} {
		_, err := d.to.File(ctx, d.over, draft, nil)
		want(t, "file", err, fhir.Queued)
	}
	_, err := d.to.DeclareConsent(ctx, client.ConsentDeclaration{PatientID: clienttest.PatientStranger, Form: "oral", Visit: true})
	want(t, "consent", err, fhir.Queued)
	ok(t, "undo of what waits", d.to.Undo(ctx, d.over, client.Document{ID: client.QueuedID(goes.ID)}))
	ok(t, "recall", d.to.Recall(ctx, dropped.ID))
	if n := len(list(t, d.box)); n != 2 {
		t.Fatalf("%d items wait, want 2", n)
	}
	d.fake.SetOffline(false)
	ok(t, "the server is back", d.box.Reachable(ctx))
	d.settled(client.OutboxDone, stays.ID)
	for _, it := range list(t, d.box) {
		d.settled(client.OutboxDone, it.ID)
	}
	page, err := d.fake.Documents(ctx, d.over, client.DocumentQuery{Limit: 200})
	ok(t, "list", err)
	count := map[string]int{}
	for _, doc := range page.Documents {
		count[doc.Attachment.Title]++
	}
	if count["Bilan"] != 1 || count["Mauvais patient"] != 0 || count["Interrompu"] != 0 {
		t.Fatalf("the record has %v", count)
	}
}

// Who gives up waiting has not lost what was done.
func TestGivingUpWaitingKeepsWhatWasDone(t *testing.T) {
	d := newDesk(t)
	gate := d.fake.Hold(clienttest.OpFile)
	ctx, giveUp := context.WithCancel(context.Background())
	draft := d.draft("Compte rendu")
	ended := make(chan error, 1)
	go func() {
		_, err := d.to.File(ctx, d.over, draft, nil)
		ended <- err
	}()
	<-gate.Entered()
	giveUp()
	want(t, "given up", <-ended, fhir.Canceled)
	want(t, "recall of what is leaving", d.to.Recall(context.Background(), draft.ID), fhir.StateConflict)
	gate.Release()
	d.settled(client.OutboxDone, draft.ID)
}

// An emergency access writes in its own mode, without the queue.
func TestAnEmergencyWritesWithoutTheQueue(t *testing.T) {
	d := newDesk(t)
	d.fake.SetOffline(true)
	d.over.Mode = fhir.ModeBreakGlass
	_, err := d.to.File(context.Background(), d.over, d.draft("Urgence"), nil)
	want(t, "file", err, fhir.Offline)
	if n := len(list(t, d.box)); n != 0 {
		t.Fatalf("%d items wait", n)
	}
}
