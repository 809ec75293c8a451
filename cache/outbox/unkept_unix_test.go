//go:build unix

package outbox

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"carnet/cache/killtest"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// Without an answer and without room, what was written is neither sent nor kept: it is
// told so, with the cause, and nothing waits. With the server alone it is sent.
func TestNeitherSentNorKept(t *testing.T) {
	if !killtest.Alone(t) {
		return
	}
	p := newPlace(t)
	o, err := Open(p.config())
	ok(t, "open", err)
	ctx, w := context.Background(), o.Before(p.fake)
	draft := *filing("A").Draft
	draft.ID, draft.PatientID = "0198f0a0-0000-7000-8000-00000000000a", clienttest.PatientLea
	draft.Content = bytes.NewReader([]byte("%PDF-1.7"))
	restore := limit(t, 1)
	p.fake.SetOffline(true)
	_, err = w.File(ctx, client.Access{PatientID: draft.PatientID}, draft, nil)
	want(t, "a filing", err, fhir.Offline)
	if !errors.Is(err, client.ErrDiskFull) || len(list(t, o)) != 0 {
		t.Errorf("%v, %d wait", err, len(list(t, o)))
	}
	want(t, "a request", w.RequestAccess(ctx, clienttest.PatientStranger, "words"), fhir.Offline)
	p.fake.SetOffline(false)
	_, err = w.File(ctx, client.Access{PatientID: draft.PatientID}, draft, nil)
	if errors.Is(err, client.ErrDiskFull) {
		t.Errorf("what the server answers is not taken for the disk's: %v", err)
	}
	restore()
	ok(t, "close", o.Close())
}
