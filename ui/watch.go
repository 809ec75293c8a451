package ui

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// Line is the contract with an ear on it: what every call tells of the
// connection reaches the top bar, so that no page has to say it. While the server
// is known not to answer, calls end at once: whoever waits is served from a copy, or
// told, without the wait that a dead network makes.
type Line struct {
	client.Records
	ear   atomic.Pointer[ear] // nil: nobody listens yet
	waits waits               // calls without an answer yet

	mu     sync.Mutex
	away   bool      // the server does not answer; guarded by mu
	probed time.Time // when it was last asked so; guarded by mu
	next   uint64    // guarded by mu
	cut    map[uint64]context.CancelCauseFunc
}

// ear is who listens on a line.
type ear struct {
	now  func() time.Time
	tell func(outcome) // any goroutine
}

var _ client.Records = (*Line)(nil)

// Listen puts an ear on what talks to the server. Who stands between pages and server
// (copies, a queue) gets the Line, and so does Config.Records: the ear hears the server
// and never an answer from a copy.
func Listen(server client.Records) *Line {
	return &Line{Records: server, cut: map[uint64]context.CancelCauseFunc{}}
}

// errAway cuts off calls when the server is found not to answer.
var errAway = errors.New("ui: the server does not answer")

func awayError() error { return &client.Error{Code: fhir.Offline, Err: errAway} }

const (
	// probeLimit is how long a call asks whether the server is back before it gives up,
	// and probeEvery how long that answer holds.
	probeLimit = 2 * time.Second
	probeEvery = 3 * time.Second
)

// setAway says whether the server is known not to answer. Readings that still wait
// for it end; what is being written goes on: it may arrive.
func (l *Line) setAway(away bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away == away {
		return
	}
	l.away = away
	if away {
		if e := l.ear.Load(); e != nil {
			l.probed = e.now()
		}
		for _, cut := range l.cut {
			cut(errAway)
		}
	}
}

// reachable tells whether a call is worth making, or gives the error it ends with. A
// server that did not answer is asked how it is, but not by each call anew.
func (l *Line) reachable(ctx context.Context, e *ear) error {
	now := e.now()
	l.mu.Lock()
	away, fresh := l.away, now.Sub(l.probed) < probeEvery
	if away && !fresh {
		l.probed = now
	}
	l.mu.Unlock()
	switch {
	case !away:
		return nil
	case fresh:
		return awayError()
	}
	asking, done := context.WithTimeout(ctx, probeLimit)
	defer done()
	_, err := l.Status(asking)
	switch code := fhir.CodeOf(err); {
	case ctx.Err() != nil:
		return fhir.Wrap(fhir.Canceled, ctx.Err())
	case code == fhir.Offline, code == fhir.Canceled:
		return awayError()
	}
	return nil
}

// reading gives a context that ends when the server is found not to answer.
func (l *Line) reading(ctx context.Context) (_ context.Context, done func()) {
	ctx, cut := context.WithCancelCause(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	id := l.next
	l.cut[id] = cut
	return ctx, func() {
		l.mu.Lock()
		delete(l.cut, id)
		l.mu.Unlock()
		cut(nil)
	}
}

// ask reads, and tells how that ended.
func ask[T any](ctx context.Context, l *Line, f func(context.Context) (T, error)) (T, error) {
	e := l.ear.Load()
	if e == nil {
		return f(ctx)
	}
	if err := l.reachable(ctx, e); err != nil {
		var none T
		return none, err
	}
	ctx, done := l.reading(ctx)
	defer done()
	start := e.now()
	answered := l.waits.begin(start)
	v, err := f(ctx)
	answered()
	if fhir.CodeOf(err) == fhir.Canceled && errors.Is(context.Cause(ctx), errAway) {
		return v, awayError() // told already, by who found it out
	}
	end := e.now()
	e.tell(outcome{code: fhir.CodeOf(err), took: end.Sub(start), at: end})
	return v, err
}

// do writes, and tells how that ended. Bytes take the time that they take: that says
// nothing of the server.
func do[T any](ctx context.Context, l *Line, bytes bool, f func() (T, error)) (T, error) {
	e := l.ear.Load()
	if e == nil {
		return f()
	}
	if err := l.reachable(ctx, e); err != nil {
		var none T
		return none, err
	}
	start, answered := e.now(), func() {}
	if !bytes {
		answered = l.waits.begin(start)
	}
	v, err := f()
	answered()
	end := e.now()
	e.tell(outcome{code: fhir.CodeOf(err), took: end.Sub(start), at: end})
	return v, err
}

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

// MyPatients implements client.Finder.
func (l *Line) MyPatients(ctx context.Context, q client.PatientQuery) (client.PatientPage, error) {
	return ask(ctx, l, func(ctx context.Context) (client.PatientPage, error) { return l.Records.MyPatients(ctx, q) })
}

// FindByINS implements client.Finder.
func (l *Line) FindByINS(ctx context.Context, ins fhir.Identifier) (client.Patient, error) {
	return ask(ctx, l, func(ctx context.Context) (client.Patient, error) { return l.Records.FindByINS(ctx, ins) })
}

// Match implements client.Finder.
func (l *Line) Match(ctx context.Context, t client.Traits) (client.Patient, error) {
	return ask(ctx, l, func(ctx context.Context) (client.Patient, error) { return l.Records.Match(ctx, t) })
}

// EmergencySearch implements client.Finder.
func (l *Line) EmergencySearch(ctx context.Context, q client.EmergencyQuery) (client.PatientPage, error) {
	return ask(ctx, l, func(ctx context.Context) (client.PatientPage, error) { return l.Records.EmergencySearch(ctx, q) })
}

// Open implements client.Reader.
func (l *Line) Open(ctx context.Context, patientID string, how client.OpenRequest) (client.Access, error) {
	return ask(ctx, l, func(ctx context.Context) (client.Access, error) { return l.Records.Open(ctx, patientID, how) })
}

// Documents implements client.Reader.
func (l *Line) Documents(ctx context.Context, a client.Access, q client.DocumentQuery) (client.DocumentPage, error) {
	return ask(ctx, l, func(ctx context.Context) (client.DocumentPage, error) { return l.Records.Documents(ctx, a, q) })
}

// Document implements client.Reader.
func (l *Line) Document(ctx context.Context, a client.Access, id string) (client.Document, error) {
	return ask(ctx, l, func(ctx context.Context) (client.Document, error) { return l.Records.Document(ctx, a, id) })
}

// Content implements client.Reader.
func (l *Line) Content(ctx context.Context, a client.Access, d client.Document) (client.Content, error) {
	return ask(ctx, l, func(ctx context.Context) (client.Content, error) { return l.Records.Content(ctx, a, d) })
}

// Accesses implements client.Traces.
func (l *Line) Accesses(ctx context.Context, q client.TraceQuery) (client.TracePage, error) {
	return ask(ctx, l, func(ctx context.Context) (client.TracePage, error) { return l.Records.Accesses(ctx, q) })
}

// File implements client.Writer.
func (l *Line) File(ctx context.Context, a client.Access, d client.Draft, p client.Progress) (client.Document, error) {
	return do(ctx, l, true, func() (client.Document, error) { return l.Records.File(ctx, a, d, p) })
}

// Change implements client.Writer.
func (l *Line) Change(ctx context.Context, a client.Access, d client.Document, c client.Change) (client.Document, error) {
	return do(ctx, l, false, func() (client.Document, error) { return l.Records.Change(ctx, a, d, c) })
}

// Undo implements client.Writer.
func (l *Line) Undo(ctx context.Context, a client.Access, d client.Document) error {
	_, err := do(ctx, l, false, func() (struct{}, error) { return struct{}{}, l.Records.Undo(ctx, a, d) })
	return err
}

// DeclareConsent implements client.Consents.
func (l *Line) DeclareConsent(ctx context.Context, c client.ConsentDeclaration) (client.Consent, error) {
	return do(ctx, l, false, func() (client.Consent, error) { return l.Records.DeclareConsent(ctx, c) })
}

// WithdrawOwn implements client.Consents.
func (l *Line) WithdrawOwn(ctx context.Context, patientID string) error {
	_, err := do(ctx, l, false, func() (struct{}, error) { return struct{}{}, l.Records.WithdrawOwn(ctx, patientID) })
	return err
}

// RequestAccess implements client.Consents.
func (l *Line) RequestAccess(ctx context.Context, patientID, words string) error {
	_, err := do(ctx, l, false, func() (struct{}, error) { return struct{}{}, l.Records.RequestAccess(ctx, patientID, words) })
	return err
}
