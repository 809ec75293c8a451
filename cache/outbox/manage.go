package outbox

import (
	"context"
	"io"
	"slices"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// Put takes one thing to be sent; see client.Outbox.
func (o *Outbox) Put(ctx context.Context, it client.OutboxItem, src io.Reader) (client.OutboxItem, error) {
	if it.ID == "" {
		it.ID = uuid.Must(uuid.NewV7()).String()
	}
	if err := check(it, src != nil); err != nil {
		return client.OutboxItem{}, err
	}
	if ctx.Err() != nil {
		return client.OutboxItem{}, fhir.Wrap(fhir.Canceled, ctx.Err())
	}
	if err := o.take(it.ID); err != nil {
		return client.OutboxItem{}, err
	}
	defer o.release(it.ID)
	if first, err := o.get(it.ID); err == nil {
		return copyOf(first.OutboxItem), nil
	}
	if it.After != "" && !o.has(it.After) {
		return client.OutboxItem{}, gone()
	}
	s := &stored{OutboxItem: o.fresh(it)}
	if src != nil && (it.Kind == client.OutboxFile || it.Kind == client.OutboxMessage) {
		var err error
		if s.Content, s.Sum, err = o.writeContent(src, it.PatientID); err != nil {
			return client.OutboxItem{}, err
		}
	}
	s.Seq = o.nextSeq()
	if err := o.keep(op{Put: s}); err != nil {
		o.dropContent(s.Content)
		return client.OutboxItem{}, err
	}
	return copyOf(s.OutboxItem), nil
}

// fresh gives an item as it is when it arrives: what the outbox tells is reset.
func (o *Outbox) fresh(it client.OutboxItem) client.OutboxItem {
	it = copyOf(it)
	now := o.c.Now()
	if it.Created.IsZero() {
		it.Created = now
	}
	if it.Whose == (client.OutboxPerson{}) {
		it.Whose = o.people.who(it.PatientID)
	}
	return client.OutboxItem{
		ID: it.ID, Kind: it.Kind, PatientID: it.PatientID, Whose: it.Whose, Draft: it.Draft, Document: it.Document, Change: it.Change,
		Consent: it.Consent, Words: it.Words, Body: it.Body, After: it.After, Lot: it.Lot,
		State: client.OutboxQueued, Created: it.Created, Updated: now,
	}
}

// List gives all items, oldest first.
func (o *Outbox) List(context.Context) ([]client.OutboxItem, error) {
	o.mu.Lock()
	all := o.sorted()
	o.mu.Unlock()
	out := make([]client.OutboxItem, len(all))
	for i, it := range all {
		out[i] = copyOf(it.OutboxItem)
	}
	return out, nil
}

// Retry sends items now.
func (o *Outbox) Retry(_ context.Context, ids ...string) error {
	err := o.each(ids, step{event: retry}, nil)
	o.openGate()
	return err
}

// Pause keeps items from being sent.
func (o *Outbox) Pause(_ context.Context, ids ...string) error {
	return o.each(ids, step{event: pause, reason: fhir.Canceled}, nil)
}

// SignedIn resumes what waits for a sign-in.
func (o *Outbox) SignedIn(context.Context) error {
	err := o.each(nil, step{event: retry}, func(it *stored) bool {
		return it.State == client.OutboxPaused && (it.Reason == fhir.Unauthenticated || it.Reason == fhir.TokenExpired)
	})
	o.openGate()
	return err
}

// Reachable sends now what waits for its next attempt: the server answers again. What
// a person paused stays paused.
func (o *Outbox) Reachable(context.Context) error {
	err := o.each(nil, step{event: retry}, func(it *stored) bool { return it.State == client.OutboxWaiting })
	o.openGate()
	return err
}

// each takes a step with the named items, or with all that allow it (and are
// wanted) when none is named.
func (o *Outbox) each(ids []string, s step, wanted func(*stored) bool) error {
	all := len(ids) == 0
	if all {
		o.mu.Lock()
		for _, it := range o.active {
			if _, ok := table()[it.State][s.event]; ok && (wanted == nil || wanted(it)) {
				ids = append(ids, it.ID)
			}
		}
		o.mu.Unlock()
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for part := range slices.Chunk(ids, 500) {
		if err := o.stepAll(part, s, all); err != nil {
			return err
		}
	}
	return nil
}

func (o *Outbox) stepAll(ids []string, s step, lenient bool) error {
	if err := o.take(ids...); err != nil {
		return err
	}
	defer o.release(ids...)
	s.now = o.c.Now()
	var ops []op
	for _, id := range ids {
		it, err := o.get(id)
		if err != nil && !lenient {
			return err
		}
		if err != nil {
			continue
		}
		next, ok := advance(it.OutboxItem, s)
		ok = ok && (s.event != retry || o.mayFollow(it))
		if !ok && !lenient {
			return refusedState()
		}
		if ok {
			ops = append(ops, op{Put: it.with(next)})
		}
	}
	if len(ops) == 0 {
		return nil
	}
	return o.keep(ops...)
}

// mayFollow tells whether what an item comes after can still be done.
func (o *Outbox) mayFollow(it *stored) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := o.items[it.After]
	return it.After == "" || (before != nil && before.State != client.OutboxRefused)
}

// with gives a copy of what is stored, with another item.
func (s *stored) with(it client.OutboxItem) *stored {
	next := *s
	next.OutboxItem = it
	return &next
}

func refusedState() error {
	return fhir.E(fhir.StateConflict, "L’état de cet envoi ne le permet pas maintenant. Actualisez la liste.")
}

// Edit puts a correction in an item's place.
func (o *Outbox) Edit(_ context.Context, id string, it client.OutboxItem) (client.OutboxItem, error) {
	if err := o.take(id); err != nil {
		return client.OutboxItem{}, err
	}
	defer o.release(id)
	old, err := o.get(id)
	if err != nil {
		return client.OutboxItem{}, err
	}
	if s := old.State; s == client.OutboxSending || s == client.OutboxDone || s == client.OutboxConflict || old.Uncertain {
		return client.OutboxItem{}, refusedState()
	}
	if it.PatientID != old.PatientID && old.Content != nil {
		// The content is sealed for its patient: another patient, another filing.
		return client.OutboxItem{}, fhir.E(fhir.BadValue, "Pour un autre patient, déposez le document de nouveau et supprimez cet envoi.")
	}
	it.ID, it.Kind, it.Created = id, old.Kind, old.Created
	if it.After != "" {
		it.After = old.After // no circles
	}
	if err := check(it, old.Content != nil); err != nil {
		return client.OutboxItem{}, err
	}
	if old.Attempts > 0 { // the server may remember its answer to the old key
		return o.renew(old, it)
	}
	next := old.with(o.fresh(it))
	if err := o.keep(op{Put: next}); err != nil {
		return client.OutboxItem{}, err
	}
	return copyOf(next.OutboxItem), nil
}

// renew replaces a reserved item by one with another id, and tells those that
// wait for it, in one record.
func (o *Outbox) renew(old *stored, it client.OutboxItem) (client.OutboxItem, error) {
	it.ID = uuid.Must(uuid.NewV7()).String()
	next := old.with(o.fresh(it))
	next.Seq, next.Was = o.nextSeq(), old.ID
	// The place in the queue is a new one; those that wait for the old item
	// wait for the new one.
	ops := []op{{Put: next}, {Del: old.ID}}
	o.mu.Lock()
	for _, w := range o.active {
		if w.After == old.ID && w.State != client.OutboxSending && !o.busy[w.ID] {
			moved := w.OutboxItem
			if moved.State == client.OutboxPaused && moved.Reason == fhir.StateConflict {
				moved, _ = advance(moved, step{event: retry, now: o.c.Now()})
			}
			moved.After = next.ID
			ops = append(ops, op{Put: w.with(moved)})
			o.busy[w.ID] = true
		}
	}
	o.mu.Unlock()
	defer func() {
		for _, c := range ops[2:] {
			o.release(c.Put.ID)
		}
	}()
	if err := o.keep(ops...); err != nil {
		return client.OutboxItem{}, err
	}
	return copyOf(next.OutboxItem), nil
}

// Delete forgets an item and its content.
func (o *Outbox) Delete(_ context.Context, id string) error {
	if err := o.take(id); err != nil {
		return err
	}
	defer o.release(id)
	it, err := o.get(id)
	if err != nil {
		return err
	}
	if it.State == client.OutboxSending {
		return refusedState()
	}
	return o.remove(it)
}

func (o *Outbox) remove(it *stored) error {
	ops, done := o.tellWaiting(it.ID, false, "")
	defer done()
	if it.State == client.OutboxDone {
		ops = nil // they were told then
	}
	if err := o.keep(append(ops, op{Del: it.ID})...); err != nil {
		return err
	}
	o.dropContent(it.Content)
	return nil
}
