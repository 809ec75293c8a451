package ui

import (
	"context"
	"sync"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// watched is the contract with an ear on it: what every call tells of the
// connection reaches the top bar, so that no page has to say it.
type watched struct {
	client.Records
	now   func() time.Time
	tell  func(outcome) // any goroutine
	waits *waits        // calls without an answer yet
}

var _ client.Records = (*watched)(nil)

// waits keeps which calls have no answer yet. Any goroutine may use it.
type waits struct {
	mu    sync.Mutex
	last  uint64
	since map[uint64]time.Time
}

// begin notes a call; end is to be called with its answer.
func (w *waits) begin(at time.Time) (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.since == nil {
		w.since = map[uint64]time.Time{}
	}
	w.last++
	id := w.last
	w.since[id] = at
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.since, id)
	}
}

// longest gives how long the oldest call has been waiting; 0 without one.
func (w *waits) longest(now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	longest := time.Duration(0)
	for _, at := range w.since {
		longest = max(longest, now.Sub(at))
	}
	return longest
}

// turn is one call under way.
type turn struct {
	start time.Time
	end   func()
}

// begin starts a call whose answer is awaited.
func (w *watched) begin() turn {
	now := w.now()
	return turn{now, w.waits.begin(now)}
}

// heard tells how a call ended, and gives its results.
func heard[T any](w *watched, call turn, value T, err error) (T, error) {
	call.end()
	end := w.now()
	w.tell(outcome{code: fhir.CodeOf(err), took: end.Sub(call.start), at: end})
	return value, err
}

// MyPatients implements client.Finder.
func (w *watched) MyPatients(ctx context.Context, q client.PatientQuery) (client.PatientPage, error) {
	start := w.begin()
	v, err := w.Records.MyPatients(ctx, q)
	return heard(w, start, v, err)
}

// FindByINS implements client.Finder.
func (w *watched) FindByINS(ctx context.Context, ins fhir.Identifier) (client.Patient, error) {
	start := w.begin()
	v, err := w.Records.FindByINS(ctx, ins)
	return heard(w, start, v, err)
}

// Match implements client.Finder.
func (w *watched) Match(ctx context.Context, t client.Traits) (client.Patient, error) {
	start := w.begin()
	v, err := w.Records.Match(ctx, t)
	return heard(w, start, v, err)
}

// EmergencySearch implements client.Finder.
func (w *watched) EmergencySearch(ctx context.Context, q client.EmergencyQuery) (client.PatientPage, error) {
	start := w.begin()
	v, err := w.Records.EmergencySearch(ctx, q)
	return heard(w, start, v, err)
}

// Open implements client.Reader.
func (w *watched) Open(ctx context.Context, patientID string, how client.OpenRequest) (client.Access, error) {
	start := w.begin()
	v, err := w.Records.Open(ctx, patientID, how)
	return heard(w, start, v, err)
}

// Documents implements client.Reader.
func (w *watched) Documents(ctx context.Context, a client.Access, q client.DocumentQuery) (client.DocumentPage, error) {
	start := w.begin()
	v, err := w.Records.Documents(ctx, a, q)
	return heard(w, start, v, err)
}

// Document implements client.Reader.
func (w *watched) Document(ctx context.Context, a client.Access, id string) (client.Document, error) {
	start := w.begin()
	v, err := w.Records.Document(ctx, a, id)
	return heard(w, start, v, err)
}

// Content implements client.Reader.
func (w *watched) Content(ctx context.Context, a client.Access, d client.Document) (client.Content, error) {
	start := w.begin()
	v, err := w.Records.Content(ctx, a, d)
	return heard(w, start, v, err)
}

// File implements client.Writer. Its bytes take the time that they take: that
// says nothing of the server.
func (w *watched) File(ctx context.Context, a client.Access, d client.Draft, p client.Progress) (client.Document, error) {
	start := turn{w.now(), func() {}}
	v, err := w.Records.File(ctx, a, d, p)
	return heard(w, start, v, err)
}

// Change implements client.Writer.
func (w *watched) Change(ctx context.Context, a client.Access, d client.Document, c client.Change) (client.Document, error) {
	start := w.begin()
	v, err := w.Records.Change(ctx, a, d, c)
	return heard(w, start, v, err)
}

// Undo implements client.Writer.
func (w *watched) Undo(ctx context.Context, a client.Access, d client.Document) error {
	start := w.begin()
	_, err := heard(w, start, struct{}{}, w.Records.Undo(ctx, a, d))
	return err
}

// DeclareConsent implements client.Consents.
func (w *watched) DeclareConsent(ctx context.Context, c client.ConsentDeclaration) (client.Consent, error) {
	start := w.begin()
	v, err := w.Records.DeclareConsent(ctx, c)
	return heard(w, start, v, err)
}

// WithdrawOwn implements client.Consents.
func (w *watched) WithdrawOwn(ctx context.Context, patientID string) error {
	start := w.begin()
	_, err := heard(w, start, struct{}{}, w.Records.WithdrawOwn(ctx, patientID))
	return err
}

// Accesses implements client.Traces.
func (w *watched) Accesses(ctx context.Context, q client.TraceQuery) (client.TracePage, error) {
	start := w.begin()
	v, err := w.Records.Accesses(ctx, q)
	return heard(w, start, v, err)
}
