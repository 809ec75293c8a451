package ui

import (
	"context"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// hearing is a line over a fake server with a clock that stands still.
func hearing(t *testing.T) (*Line, *clienttest.Fake, *time.Time, *[]outcome) {
	t.Helper()
	fake := clienttest.New(clienttest.Options{})
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	var told []outcome
	l := Listen(fake)
	l.ear.Store(&ear{now: func() time.Time { return now }, tell: func(o outcome) { told = append(told, o) }})
	return l, fake, &now, &told
}

// A server that is known not to answer costs no wait; it is asked how it is now and
// then, and a call goes through as soon as it is back.
func TestADeadLineCostsNothing(t *testing.T) {
	ctx := context.Background()
	l, fake, now, told := hearing(t)
	search := func() fhir.Code {
		_, err := l.MyPatients(ctx, client.PatientQuery{})
		return fhir.CodeOf(err)
	}
	if code := search(); code != "" || len(*told) != 1 {
		t.Fatalf("a live line: %q, told %v", code, *told)
	}
	fake.SetOffline(true)
	if code := search(); code != fhir.Offline {
		t.Fatalf("a dead line: %q", code)
	}
	l.setAway(true)
	*told = nil
	asked := fake.Count(clienttest.OpMyPatients)
	if code := search(); code != fhir.Offline || fake.Count(clienttest.OpMyPatients) != asked || len(*told) != 0 {
		t.Fatalf("while away: %q, %d calls, told %v", code, fake.Count(clienttest.OpMyPatients)-asked, *told)
	}
	fake.SetOffline(false)
	if code := search(); code != fhir.Offline {
		t.Fatalf("just asked: %q", code)
	}
	*now = now.Add(probeEvery)
	if code := search(); code != "" || len(*told) != 1 {
		t.Fatalf("back: %q, told %v", code, *told)
	}
}

// Who reads when the server is found not to answer is not kept waiting; who writes is
// not cut off.
func TestReadingsEndWhenTheLineDies(t *testing.T) {
	ctx := context.Background()
	l, fake, _, told := hearing(t)
	gate := fake.Hold(clienttest.OpMyPatients)
	ended := make(chan error)
	go func() {
		_, err := l.MyPatients(ctx, client.PatientQuery{})
		ended <- err
	}()
	<-gate.Entered()
	l.setAway(true)
	if err := <-ended; fhir.CodeOf(err) != fhir.Offline || len(*told) != 0 {
		t.Fatalf("a reading under way ended with %v, told %v", err, *told)
	}
	gate.Release()
	l.setAway(false)

	writing := fake.Hold(clienttest.OpDeclareConsent)
	go func() {
		_, err := l.DeclareConsent(ctx, client.ConsentDeclaration{PatientID: clienttest.PatientStranger, Form: "oral"})
		ended <- err
	}()
	<-writing.Entered()
	l.setAway(true)
	writing.Release()
	if err := <-ended; err != nil {
		t.Fatalf("a write under way ended with %v", err)
	}
}
