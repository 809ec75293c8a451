package outbox

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// gate holds everybody back after an answer that says nothing of one item: no
// network, too many requests, signed out. Then one item at a time tries, until
// one gets through. Outbox.mu guards it.
type gate struct {
	misses int       // such answers in a row
	until  time.Time // nobody goes before
	shut   bool      // signed out or locked: until SignedIn or Retry
}

// openGate lets items go at once.
func (o *Outbox) openGate() {
	o.mu.Lock()
	o.gate = gate{}
	o.mu.Unlock()
	o.wake()
}

// Run sends what is to be sent until ctx ends, and returns when nothing is
// being sent any more. Only one Run at a time.
func (o *Outbox) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	defer workers.Wait()
	var sending atomic.Int32
	for ctx.Err() == nil {
		its, wait := o.pick(int(sending.Load()))
		if len(its) > 0 {
			sending.Add(1)
			workers.Go(func() {
				if lots, ok := o.c.Sender.(LotSender); ok && lotKey(its[0]) != "" {
					o.sendLot(ctx, lots, its)
				} else {
					o.send(ctx, its[0])
				}
				sending.Add(-1)
				o.wake()
			})
			continue
		}
		var due <-chan time.Time
		if wait > 0 {
			due = o.c.After(wait)
		}
		select {
		case <-ctx.Done():
		case <-o.hurry:
		case <-due:
		}
		_ = o.tidy() // a full disk only keeps the log long
	}
	return fhir.Wrap(fhir.Canceled, ctx.Err())
}

// pick reserves what is to be sent next, an item or those that leave together,
// or says how long nothing is due (0: until something changes).
func (o *Outbox) pick(sending int) ([]*stored, time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.gate.shut {
		return nil, 0
	}
	most := o.c.Workers
	if o.gate.misses > 0 {
		most = 1
	}
	if sending >= most {
		return nil, 0
	}
	now := o.c.Now()
	if now.Before(o.gate.until) {
		return nil, o.gate.until.Sub(now)
	}
	it, wait := o.queue.next(o.busy, now)
	if it == nil {
		return nil, wait
	}
	its := []*stored{it}
	if _, ok := o.c.Sender.(LotSender); ok && lotKey(it) != "" {
		its = o.queue.lot(it, o.busy, o.alone)
	}
	for _, it := range its {
		o.busy[it.ID] = true
	}
	return its, 0
}

// send makes one attempt of a reserved item. While it is under way the item is
// not reserved: its state says who may do what.
func (o *Outbox) send(ctx context.Context, it *stored) {
	begun, err := o.begin(it)
	o.release(it.ID)
	if err != nil {
		o.miss(backoff(1, 0, o.c.Random())) // disk full or locked: nothing is sent that could not be noted
		return
	}
	started := begun[0]
	shown := copyOf(started.OutboxItem)
	d, err := o.attempt(ctx, started, func(sent, total int64) {
		o.followers.tell(client.OutboxEvent{Item: shown, Sent: sent, Total: total})
	})
	if fhir.CodeOf(err) == fhir.Canceled && ctx.Err() == nil {
		err = fhir.Wrap(fhir.Internal, err) // it was not we who gave up
	}
	if o.take(it.ID) == nil {
		defer o.release(it.ID)
		o.finish(started, d, err)
	}
}

// begin notes that an attempt begins, of one item or of those that leave
// together.
func (o *Outbox) begin(its ...*stored) ([]*stored, error) {
	started := make([]*stored, len(its))
	ops := make([]op, len(its))
	for i, it := range its {
		first, ok := advance(it.OutboxItem, step{event: start, now: o.c.Now()})
		if !ok {
			return nil, refusedState()
		}
		if first.Document == nil {
			first.Document = o.resultOf(first.After, it.PatientID)
		}
		started[i] = it.with(first)
		ops[i] = op{Put: started[i]}
	}
	return started, o.keep(ops...)
}

// resultOf gives the document that a done item made, nil when there is none.
func (o *Outbox) resultOf(id, patientID string) *client.Document {
	o.mu.Lock()
	defer o.mu.Unlock()
	if before := o.items[id]; before != nil && before.ResultID != "" {
		return &client.Document{ID: before.ResultID, PatientID: patientID}
	}
	return nil
}

// finish notes how an attempt ended, with what follows for others.
func (o *Outbox) finish(it *stored, d client.Document, err error) {
	s := step{event: succeeded, resultID: d.ID}
	if err != nil {
		s = stepOf(it.OutboxItem, err, o.c.Random())
	}
	o.weather(err, s)
	o.end([]*stored{it}, []step{s})
	o.live.tell(it.ID, attempted{d, err})
}

// end takes a step with each of the items of one attempt, in one record.
func (o *Outbox) end(its []*stored, steps []step) {
	var ops []op
	var done []*stored
	now := o.c.Now()
	for i, it := range its {
		steps[i].now = now
		next, ok := advance(it.OutboxItem, steps[i])
		if !ok {
			continue
		}
		put := it.with(next)
		ops = append(ops, op{Put: put})
		if next.State == client.OutboxDone {
			put.Content = nil
			done = append(done, it)
		}
		if final(next.State) {
			more, release := o.tellWaiting(it.ID, next.State == client.OutboxDone, next.ResultID)
			defer release()
			ops = append(ops, more...)
		}
	}
	if len(ops) == 0 {
		return
	}
	if err := o.keep(ops...); err != nil {
		// What happened cannot be noted: in memory it waits, and is asked about
		// again with the same key.
		for _, it := range its {
			again, ok := advance(it.OutboxItem, step{event: delayed, now: now, uncertain: true, reason: fhir.Unavailable, wait: backoff(it.Attempts, 0, o.c.Random())})
			if ok {
				o.show(op{Put: it.with(again)})
			}
		}
		return
	}
	for _, it := range done {
		o.dropContent(it.Content)
	}
}

// tellWaiting makes the changes of the items that wait for another, which is
// done, or will never be. They are reserved until release is called.
func (o *Outbox) tellWaiting(id string, done bool, document string) (ops []op, release func()) {
	waiting := o.waitingFor(id)
	for _, w := range waiting {
		it, err := o.get(w)
		if err != nil {
			continue
		}
		next := it.OutboxItem
		if done {
			next.After = ""
			if next.Document == nil && document != "" {
				next.Document = &client.Document{ID: document, PatientID: it.PatientID}
			}
		} else {
			next, _ = advance(next, step{event: hold, now: o.c.Now(), reason: fhir.StateConflict})
		}
		ops = append(ops, op{Put: it.with(next)})
	}
	return ops, func() { o.release(waiting...) }
}

// waitingFor reserves the items that wait for another.
func (o *Outbox) waitingFor(id string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var ids []string
	for again := true; again; {
		again = false
		ids = ids[:0]
		for w := range o.queue.after[id] {
			ids = append(ids, w)
			again = again || o.busy[w]
		}
		if again {
			o.changed.Wait()
		}
	}
	for _, id := range ids {
		o.busy[id] = true
	}
	return ids
}

// weather learns from an answer how the line is for everybody.
func (o *Outbox) weather(err error, s step) {
	m := meaningOf(err)
	switch {
	case err == nil || !m.everybody:
		if m.event != stop {
			o.mu.Lock()
			o.gate = gate{}
			o.mu.Unlock()
		}
	case m.event == delayed:
		o.miss(s.wait)
	default:
		o.mu.Lock()
		o.gate.shut = true
		o.mu.Unlock()
	}
	if err != nil && m.everybody {
		o.live.tellAll(attempted{err: err}) // nobody's turn comes soon
	}
}

// miss closes the gate for a while, longer each time.
func (o *Outbox) miss(wait time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.c.Now().Before(o.gate.until) {
		return // others that left at the same time: one miss
	}
	o.gate.misses++
	until := o.c.Now().Add(max(wait, backoff(o.gate.misses, 0, o.c.Random())))
	o.gate.until = until
}
