package clienttest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
)

// watching is an access that a story watches.
type watching struct {
	t      *testing.T
	events chan client.AccessEvent
	ended  chan error
}

// watch begins to watch an access.
func (h Harness) watch(t *testing.T, a client.Access) watching {
	t.Helper()
	w := watching{t, make(chan client.AccessEvent, 100), make(chan error, 1)}
	ctx := timeout(t)
	go func() { w.ended <- h.Records.Watch(ctx, a, func(e client.AccessEvent) { w.events <- e }) }()
	return w
}

// until gives the first event that is as wanted, passing over others.
func (w watching) until(what string, is func(client.AccessEvent) bool) client.AccessEvent {
	w.t.Helper()
	for {
		select {
		case e := <-w.events:
			if is(e) {
				return e
			}
		case err := <-w.ended:
			for len(w.events) > 0 {
				if e := <-w.events; is(e) {
					w.ended <- err
					return e
				}
			}
			w.t.Fatalf("the watch ended (%v) before it told: %s", err, what)
		}
	}
}

// reads tells of a state in which something may be read.
func reads(e client.AccessEvent) bool {
	return e.Kind != fhir.EventClosed && slices.Contains(e.Access.Rights, fhir.RightRead)
}

// closedBy tells of an end for a reason.
func closedBy(reason string) func(client.AccessEvent) bool {
	return func(e client.AccessEvent) bool {
		return e.Kind == fhir.EventClosed && e.Reason == reason && !slices.Contains(e.Access.Rights, fhir.RightRead) && e.Total == 0
	}
}

// storyWatchRights: without a right the watch says so and goes on; a consent
// opens, its withdrawal closes, and what is told is what may be done.
func storyWatchRights(t *testing.T, h Harness) {
	a := h.open(t, h.Stranger.ID)
	w := h.watch(t, a)
	w.until("no right yet", closedBy(fhir.ReasonConsent))
	_, err := h.Records.DeclareConsent(timeout(t), client.ConsentDeclaration{PatientID: h.Stranger.ID, Form: "oral", Visit: true})
	ok(t, "declare", err)
	e := w.until("the consent", reads)
	if e.Access.Basis != fhir.BasisAuthorised || e.Access.Session != a.Session || e.Total == 0 {
		t.Errorf("told %+v", e)
	}
	ok(t, "withdraw", h.Records.WithdrawOwn(timeout(t), h.Stranger.ID))
	w.until("the withdrawal", closedBy(fhir.ReasonConsent))
	_, err = h.Records.Documents(timeout(t), a, client.DocumentQuery{})
	h.want(t, "documents after the withdrawal", err, fhir.NoConsent)
}

// storyWatchDocuments: what is filed is told, and one's own is not new.
func storyWatchDocuments(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	w := h.watch(t, a)
	before := w.until("how it stands", reads)
	_, err := h.Records.File(timeout(t), a, h.draft(t, "seen by who watches"), nil)
	ok(t, "file", err)
	after := w.until("the new document", func(e client.AccessEvent) bool { return reads(e) && e.Total == before.Total+1 })
	if after.New != before.New {
		t.Errorf("one's own document is new: %d, then %d", before.New, after.New)
	}
}

// storyWatchEnds: a session that is given back ends its watch; one that nobody
// has, or that is of another record, cannot be watched.
func storyWatchEnds(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	w := h.watch(t, a)
	w.until("how it stands", reads)
	ok(t, "close", h.Records.Close(timeout(t), a))
	w.until("the end", client.AccessEvent.Over)
	ok(t, "the watch's end", <-w.ended)
	other := h.open(t, h.Stranger.ID)
	for name, wrong := range map[string]client.Access{
		"a session that ended":        a,
		"a session of another record": {PatientID: h.Mine.ID, Session: other.Session},
		"an unknown session":          {PatientID: h.Mine.ID, Session: "unknown"},
	} {
		err := h.Records.Watch(timeout(t), wrong, func(client.AccessEvent) { t.Errorf("%s tells something", name) })
		h.want(t, "watch "+name, err, fhir.Forbidden)
	}
	ctx, cancel := context.WithCancel(timeout(t))
	err := h.Records.Watch(ctx, other, func(client.AccessEvent) { cancel() })
	h.want(t, "watch until cancelled", err, fhir.Canceled)
}

// storyRequestAccess: a stranger, a patient who blocked me and one who lets me
// in already give the same answer; nothing is opened by it.
func storyRequestAccess(t *testing.T, h Harness) {
	for name, p := range map[string]client.Patient{"a stranger": h.Stranger, "one who blocked me": h.Blocked, "my patient": h.Mine} {
		for range 2 {
			ok(t, "ask "+name, h.Records.RequestAccess(timeout(t), p.ID, "pour une consultation"))
		}
	}
	if a := h.open(t, h.Stranger.ID); slices.Contains(a.Rights, fhir.RightRead) {
		t.Error("asking opened the record")
	}
	h.want(t, "ask in too many words", h.Records.RequestAccess(timeout(t), h.Stranger.ID, strings.Repeat("é", MaxWords+1)), fhir.Invalid)
	h.want(t, "ask of a closed record", h.Records.RequestAccess(timeout(t), h.Closed.ID, ""), fhir.NoRecord)
	h.want(t, "ask of an unknown one", h.Records.RequestAccess(timeout(t), "unknown", ""), fhir.NotFound)
}
