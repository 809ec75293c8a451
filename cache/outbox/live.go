package outbox

import (
	"context"
	"errors"
	"io"
	"sync"
	"syscall"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// Writing is the contract with a queue before what it writes. Each write is on disk
// before it leaves, so that nothing that a person did is lost between the click and the
// answer. The caller waits for the first attempt, as without a queue. What the server
// refuses is an error, and leaves the queue: who asked still has it in hand. What it
// gives no answer to stays, and is Queued.
//
// Emergency modes write without the queue: their session ends by itself, and what is
// sent later is sent in normal mode.
type Writing struct {
	client.Records
	box *Outbox
}

var _ client.Records = (*Writing)(nil)

// Before puts the queue before what is written to records. Run has to run.
func (o *Outbox) Before(records client.Records) *Writing { return &Writing{records, o} }

// turnLimit is how long a caller waits for the turn of what is queued.
const turnLimit = 5 * time.Second

// attempted is how an attempt ended.
type attempted struct {
	doc client.Document
	err error
}

// live are the items whose first attempt somebody waits for.
type live struct {
	mu   sync.Mutex
	asks map[string]chan attempted
}

func (l *live) wait(id string) <-chan attempted {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.asks == nil {
		l.asks = map[string]chan attempted{}
	}
	c := make(chan attempted, 1)
	l.asks[id] = c
	return c
}

func (l *live) forget(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.asks, id)
}

// tell tells who waits for an item; the first word counts.
func (l *live) tell(id string, a attempted) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.asks[id]; c != nil {
		select {
		case c <- a:
		default:
		}
	}
}

func (l *live) tellAll(a attempted) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.asks {
		select {
		case c <- a:
		default:
		}
	}
}

func emergency(a client.Access) bool {
	return a.Mode == fhir.ModeBreakGlass || a.Mode == fhir.ModeCentre15
}

// File implements client.Writer.
func (w *Writing) File(ctx context.Context, a client.Access, d client.Draft, p client.Progress) (client.Document, error) {
	if emergency(a) || d.Content == nil {
		return w.Records.File(ctx, a, d, p)
	}
	if _, err := d.Content.Seek(0, io.SeekStart); err != nil {
		return client.Document{}, fhir.Wrap(fhir.Invalid, err)
	}
	it := client.OutboxItem{ID: d.ID, Kind: client.OutboxFile, PatientID: d.PatientID, Draft: &d}
	got, kept, err := w.send(ctx, it, d.Content, p)
	if !kept {
		got, direct := w.Records.File(ctx, a, d, p)
		return got, unkept(direct, err)
	}
	return got, err
}

// Change implements client.Writer.
func (w *Writing) Change(ctx context.Context, a client.Access, d client.Document, c client.Change) (client.Document, error) {
	if emergency(a) {
		return w.Records.Change(ctx, a, d, c)
	}
	it := client.OutboxItem{Kind: client.OutboxChange, PatientID: a.PatientID, Document: &d, Change: &c}
	got, kept, err := w.send(ctx, it, nil, nil)
	if !kept {
		got, direct := w.Records.Change(ctx, a, d, c)
		return got, unkept(direct, err)
	}
	return got, err
}

// Undo implements client.Writer. A filing that waits is taken out of the queue; of one
// that is leaving, the withdrawal follows it.
func (w *Writing) Undo(ctx context.Context, a client.Access, d client.Document) error {
	if emergency(a) {
		return w.Records.Undo(ctx, a, d)
	}
	it := client.OutboxItem{Kind: client.OutboxUndo, PatientID: a.PatientID, Document: &d}
	if filing, ok := client.QueuedItem(d.ID); ok {
		if code := fhir.CodeOf(w.takeOut(ctx, filing, turnLimit)); code != fhir.StateConflict {
			return nil // gone, or never there
		}
		it.Document, it.After = nil, filing
	}
	_, kept, err := w.send(ctx, it, nil, nil)
	if !kept {
		return unkept(w.Records.Undo(ctx, a, d), err)
	}
	return err
}

// DeclareConsent implements client.Consents. What the server made of the end is not told
// by the queue.
func (w *Writing) DeclareConsent(ctx context.Context, c client.ConsentDeclaration) (client.Consent, error) {
	_, kept, err := w.send(ctx, client.OutboxItem{Kind: client.OutboxConsent, PatientID: c.PatientID, Consent: &c}, nil, nil)
	if !kept {
		got, direct := w.Records.DeclareConsent(ctx, c)
		return got, unkept(direct, err)
	}
	return client.Consent{PatientID: c.PatientID, Form: c.Form, End: c.End}, err
}

// WithdrawOwn implements client.Consents. A copy of the record goes at once.
func (w *Writing) WithdrawOwn(ctx context.Context, patientID string) error {
	_, kept, err := w.send(ctx, client.OutboxItem{Kind: client.OutboxWithdraw, PatientID: patientID}, nil, nil)
	if !kept {
		return unkept(w.Records.WithdrawOwn(ctx, patientID), err)
	}
	if copies, ok := w.Records.(interface{ Forget(patientID string) }); ok && (err == nil || fhir.CodeOf(err) == fhir.Queued) {
		copies.Forget(patientID)
	}
	return err
}

// RequestAccess implements client.Consents.
func (w *Writing) RequestAccess(ctx context.Context, patientID, words string) error {
	_, kept, err := w.send(ctx, client.OutboxItem{Kind: client.OutboxRequest, PatientID: patientID, Words: words}, nil, nil)
	if !kept {
		return unkept(w.Records.RequestAccess(ctx, patientID, words), err)
	}
	return err
}

// unkept is the error of what was sent without the queue, why being what the queue said:
// what got no answer is neither sent nor kept, and says so.
func unkept(err, why error) error {
	if code := fhir.CodeOf(err); why == nil || code != fhir.Offline && code != fhir.Unavailable {
		return err
	}
	cause := client.ErrNotKept
	if errors.Is(why, syscall.ENOSPC) || errors.Is(why, syscall.EFBIG) || errors.Is(why, syscall.EDQUOT) {
		cause = client.ErrDiskFull
	}
	return &client.Error{Code: fhir.CodeOf(err), Message: "Ce n’est ni envoyé ni gardé sur ce poste. Recommencez quand le serveur répond.", Err: errors.Join(cause, err)}
}

// send queues an item and waits for its first attempt. Where nothing can be kept (disk
// full, locked) kept is false, err says why, and nothing was done.
func (w *Writing) send(ctx context.Context, it client.OutboxItem, content io.Reader, p client.Progress) (_ client.Document, kept bool, err error) {
	if it.ID == "" {
		it.ID = uuid.Must(uuid.NewV7()).String()
	}
	answer := w.box.live.wait(it.ID)
	defer w.box.live.forget(it.ID)
	stop := w.box.Follow(func(e client.OutboxEvent) {
		switch {
		case e.Item.ID != it.ID:
		case e.Total > 0:
			if p != nil {
				p(e.Sent, e.Total)
			}
		case e.Gone, e.Item.State == client.OutboxPaused:
			w.box.live.tell(it.ID, attempted{err: fhir.E(fhir.Queued, "")}) // by hand, in the page of what waits
		}
	})
	defer stop()
	was, err := w.box.Put(ctx, it, content)
	switch fhir.CodeOf(err) {
	case "":
	case fhir.Unavailable, fhir.Unauthenticated, fhir.BadValue:
		return client.Document{}, false, err
	default:
		return client.Document{}, true, err
	}
	if was.State == client.OutboxDone { // sent before under the same id
		d, err := w.Document(ctx, access(was), was.ResultID)
		return d, true, err
	}
	_ = w.box.Retry(ctx, it.ID) // now, whatever waits for its next attempt; it may have left already
	d, err := w.first(ctx, it.ID, answer)
	return d, true, err
}

// first waits for the first attempt of an item, and says what it came to.
func (w *Writing) first(ctx context.Context, id string, answer <-chan attempted) (client.Document, error) {
	var got attempted
	turn := w.box.c.After(turnLimit)
	for waiting := true; waiting; {
		select {
		case got = <-answer:
			waiting = false
		case <-turn:
			turn = nil
			if w.box.waits(id) {
				return client.Document{}, queuedError(nil)
			}
		case <-ctx.Done():
			return client.Document{}, fhir.Wrap(fhir.Canceled, ctx.Err())
		}
	}
	if got.err == nil {
		return got.doc, nil
	}
	switch m := meaningOf(got.err); m.event {
	case denied, clashed:
		if err := w.box.Delete(ctx, id); err != nil {
			return client.Document{}, queuedError(got.err) // it stays there to be seen
		}
		return client.Document{}, got.err
	}
	return client.Document{}, queuedError(got.err)
}

// waits tells whether an item's turn has not come.
func (o *Outbox) waits(id string) bool {
	it, err := o.get(id)
	return err == nil && (it.State == client.OutboxQueued || it.State == client.OutboxWaiting || it.State == client.OutboxPaused)
}

func queuedError(cause error) error {
	return &client.Error{Code: fhir.Queued, Message: "C’est gardé sur ce poste, et part au retour du serveur. « Envois » le montre.", Err: cause}
}

// Recall takes a filing out of the queue, by its draft's id, for who goes on with the
// draft. StateConflict: it is leaving, or has left.
func (w *Writing) Recall(ctx context.Context, draft string) error {
	if err := w.takeOut(ctx, draft, recallLimit); fhir.CodeOf(err) != fhir.NotFound {
		return err
	}
	return nil
}

// recallLimit is how long Recall waits for the end of an attempt.
const recallLimit = time.Second

// takeOut deletes an item that has not arrived. One that is leaving is waited for, for a
// while: an attempt without an answer ends soon. StateConflict: it is still leaving, or
// has arrived.
func (w *Writing) takeOut(ctx context.Context, id string, limit time.Duration) error {
	moved := make(chan struct{}, 1)
	stop := w.box.Follow(func(e client.OutboxEvent) {
		if e.Item.ID == id && e.Total == 0 {
			select {
			case moved <- struct{}{}:
			default:
			}
		}
	})
	defer stop()
	over := w.box.c.After(limit)
	for {
		if it, err := w.box.get(id); err == nil && it.State == client.OutboxDone {
			return refusedState()
		}
		err := w.box.Delete(ctx, id)
		if fhir.CodeOf(err) != fhir.StateConflict {
			return err
		}
		select {
		case <-moved:
		case <-over:
			return err
		case <-ctx.Done():
			return fhir.Wrap(fhir.Canceled, ctx.Err())
		}
	}
}
