package cache

import (
	"context"
	"errors"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// The whole table: every copy × every word of the server × everything that waits.
func TestTheWholeDecision(t *testing.T) {
	const nothing, change, replace = PendingNothing, PendingChange, PendingReplace
	rows := []struct {
		held Held
		told Told
		want [3]Action // by what waits: nothing, a change, a replacement
	}{
		{HeldNothing, ToldNothing, [3]Action{Keep, Keep, Keep}},
		{HeldNothing, ToldDescription, [3]Action{Fetch, Conflict, Conflict}},
		{HeldNothing, ToldContent, [3]Action{Fetch, Conflict, Conflict}},
		{HeldNothing, ToldGone, [3]Action{Keep, Keep, Keep}},
		{HeldNothing, ToldEnded, [3]Action{Keep, Keep, Keep}},
		{HeldDescription, ToldNothing, [3]Action{Fetch, Hold, Hold}},
		{HeldDescription, ToldDescription, [3]Action{Fetch, Conflict, Conflict}},
		{HeldDescription, ToldContent, [3]Action{Fetch, Conflict, Conflict}},
		{HeldDescription, ToldGone, [3]Action{Purge, Purge, Purge}},
		{HeldDescription, ToldEnded, [3]Action{Purge, Purge, Purge}},
		{HeldContent, ToldNothing, [3]Action{Keep, Hold, Hold}},
		{HeldContent, ToldDescription, [3]Action{Refresh, Conflict, Conflict}},
		{HeldContent, ToldContent, [3]Action{Fetch, Conflict, Conflict}},
		{HeldContent, ToldGone, [3]Action{Purge, Purge, Purge}},
		{HeldContent, ToldEnded, [3]Action{Purge, Purge, Purge}},
	}
	if len(rows) != 3*5 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, r := range rows {
		for _, p := range []Pending{nothing, change, replace} {
			if got := Decide(r.held, r.told, p); got != r.want[p] {
				t.Errorf("held %d, told %d, pending %d: %d, want %d", r.held, r.told, p, got, r.want[p])
			}
		}
	}
}

// A document that changed under what waits in the outbox is told of.
func TestAConflictIsTold(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	a := client.Access{PatientID: clienttest.PatientLea}
	page, err := b.Documents(ctx, a, client.DocumentQuery{})
	ok(t, "documents", err)
	d := page.Documents[0]
	b.copied(clienttest.PatientLea)
	ok(t, "shut", b.Shut())
	b.cfg.Pending = func(context.Context) (map[string]Pending, error) {
		return map[string]Pending{d.ID: PendingChange}, nil
	}
	b.open()
	yes := true
	_, err = b.fake.Change(ctx, a, d, client.Change{Masked: &yes})
	ok(t, "change", err)
	if r := b.sync(); len(r.Conflicts) != 1 || r.Conflicts[0] != d.ID {
		t.Fatalf("conflicts: %+v", r.Conflicts)
	}
	b.offline(true)
	got, err := b.Document(ctx, a, d.ID)
	if err != nil || !got.Masked {
		t.Fatalf("the copy was not refreshed: %v", err)
	}
}

// No copy outlives an emergency, and a patient who wants no copies has none.
func TestWhatIsNeverCopied(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	_, err := b.FindByINS(ctx, b.fake.Patient(clienttest.PatientStranger).INS)
	ok(t, "find", err)
	_, err = b.Cache.Open(ctx, clienttest.PatientStranger, client.OpenRequest{Mode: fhir.ModeBreakGlass, Reason: "inconscient"})
	ok(t, "break the glass", err)
	_, err = b.Cache.Open(ctx, clienttest.PatientStranger, client.OpenRequest{})
	ok(t, "open without a right", err)
	b.copies.refuse = true
	if r := b.copied(clienttest.PatientLea); r.Taken != 0 {
		t.Fatalf("copies were taken: %+v", r)
	}
	b.offline(true)
	_, err = b.MyPatients(ctx, client.PatientQuery{})
	refused(t, "my patients", err, fhir.Offline)
	_, err = b.Cache.Open(ctx, clienttest.PatientLea, client.OpenRequest{Mode: fhir.ModeBreakGlass, Reason: "inconscient"})
	refused(t, "break the glass offline", err, fhir.Offline)
}

// What cannot be written into the journal is not shown.
func TestNoJournalNoBytes(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	b.copied(clienttest.PatientLea)
	b.offline(true)
	a := client.Access{PatientID: clienttest.PatientLea}
	page, err := b.Documents(ctx, a, client.DocumentQuery{})
	ok(t, "documents", err)
	ok(t, "close the journal", b.journal.Close())
	c, err := b.Content(ctx, a, page.Documents[0])
	refused(t, "content", err, fhir.Unavailable)
	if len(c.Bytes) != 0 {
		t.Error("bytes came with the refusal")
	}
	ok(t, "shut", b.Shut())
	b.open()
}

// Receipts: what is kept is forgotten, what may be tried again stays, what is
// refused for good is put apart and never sent again.
func TestReceipts(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	b.copied(clienttest.PatientLea)
	b.offline(true)
	a := client.Access{PatientID: clienttest.PatientLea}
	page, err := b.Documents(ctx, a, client.DocumentQuery{})
	ok(t, "documents", err)
	for _, d := range page.Documents[:2] {
		_, err := b.Content(ctx, a, d)
		ok(t, "content", err)
	}
	b.offline(false)
	b.copies.receipt = func(r client.OfflineRead) client.ReadReceipt {
		switch r.DocumentID {
		case page.Documents[0].ID:
			return client.ReadReceipt{ID: r.ID, Code: fhir.Invalid}
		case page.Documents[1].ID:
			return client.ReadReceipt{ID: r.ID, Code: fhir.Unavailable}
		}
		return client.ReadReceipt{ID: r.ID, Kept: true, Revoked: true}
	}
	if r := b.sync(); r.Reported != 1 || r.Refused != 1 {
		t.Fatalf("reported: %+v", r)
	}
	left, err := b.Unreported(ctx)
	if err != nil || len(left) != 1 || left[0].DocumentID != page.Documents[1].ID {
		t.Fatalf("left: %v, %v", left, err)
	}
	apart, err := b.journal.List(ctx, refusedPrefix)
	if err != nil || len(apart) != 1 {
		t.Fatalf("apart: %v, %v", apart, err)
	}
}

// Run waits longer after each failure, within its bounds, and goes on when the
// server is back.
func TestRunComesBack(t *testing.T) {
	p := Pace{}.filled()
	for failures, whole := range map[int]time.Duration{1: 2 * time.Second, 2: 4 * time.Second, 5: 32 * time.Second, 9: 5 * time.Minute, 500: 5 * time.Minute} {
		for _, chance := range []float64{0, 0.5, 0.999} {
			if got := p.backoff(failures, chance); got < whole/2 || got > whole {
				t.Errorf("after %d failures %v", failures, got)
			}
		}
	}
	b := newBench(t, clienttest.Options{Documents: 10})
	b.offline(true)
	ctx, cancel := context.WithCancel(t.Context())
	tick, rounds, done := make(chan time.Time), make(chan error), make(chan struct{})
	go func() {
		b.Run(ctx, Pace{After: func(time.Duration) <-chan time.Time { return tick }, Told: func(_ Synced, err error) { rounds <- err }})
		close(done)
	}()
	refused(t, "a round without a server", <-rounds, fhir.Offline)
	b.offline(false)
	tick <- time.Time{}
	ok(t, "a round with one", <-rounds)
	_, err := b.Cache.Open(ctx, clienttest.PatientLea, client.OpenRequest{})
	ok(t, "open", err)
	ok(t, "a round at once", <-rounds)
	cancel()
	<-done
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Fatal("the run went on")
	}
}
