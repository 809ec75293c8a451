package batch

import (
	"context"
	"errors"
	"slices"
	"sync"

	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
)

// Correct answers for a person.
func (e *Engine) Correct(ctx context.Context, id string, c Correction) (Row, error) {
	if t, ok := terminology.TypeByCode(c.Type); c.Type != "" && (!ok || t.Class == "") {
		return Row{}, fhir.E(fhir.BadCode, "Ce type de document n’existe pas. Choisissez-en un dans la liste.")
	}
	e.act.Lock()
	defer e.act.Unlock()
	e.mu.Lock()
	x, err := e.the(id)
	if err == nil && (x.inOutbox() || x.row.State.Final()) {
		err = conflict()
	}
	if err != nil {
		e.mu.Unlock()
		return Row{}, err
	}
	was := x.Fixed
	other := x.correct(c)
	x.version++
	e.dirty[x] = true
	mine := !x.busy && x.row.State != Found && x.row.State != Reading // else the worker takes it along
	x.busy = x.busy || mine
	e.mu.Unlock()
	if err := e.flush(ctx); err != nil {
		e.mu.Lock()
		x.Fixed = was
		if mine {
			x.busy = false
		}
		e.mu.Unlock()
		return Row{}, err
	}
	switch {
	case !mine:
	case other:
		e.process(ctx, x, func() func() { return func() {} }) // compares the text with who was chosen
	default:
		e.mu.Lock()
		if !x.inOutbox() && !x.row.State.Final() {
			e.judgeAgain(x)
		}
		e.mu.Unlock()
		e.release(x)
	}
	row, _ := e.Row(id)
	return row, e.flush(ctx)
}

// correct takes a correction; it tells whether the patient is another one now.
func (x *entry) correct(c Correction) (other bool) {
	f := &x.Fixed
	if c.Patient != nil {
		other = x.row.Patient == nil || x.row.Patient.ID != c.Patient.ID || x.row.PatientFrom != ByPerson
		if f.Patient == nil || f.Patient.ID != c.Patient.ID {
			f.Confirmed = false // that was of somebody else
		}
		f.Patient = clonePatient(c.Patient)
	}
	if c.Confirmed && f.Patient == nil && x.row.Patient != nil {
		f.Patient = clonePatient(x.row.Patient) // of this person, whoever is recognised later
		x.row.PatientFrom, other = ByPerson, false
	}
	f.Confirmed = f.Confirmed || c.Confirmed && f.Patient != nil
	if c.Type != "" {
		f.Type = c.Type
	}
	if !c.ActDate.IsZero() {
		f.ActDate = c.ActDate
	}
	if c.Title != "" {
		f.Title = c.Title
	}
	return other
}

// some finds entries; all of a kind when none is named. The caller holds mu.
func (e *Engine) some(ids []string, all func(*entry) bool) (out []*entry, err error) {
	if len(ids) == 0 && all != nil {
		for _, x := range e.order {
			if all(x) {
				out = append(out, x)
			}
		}
	}
	for _, id := range ids {
		x, err := e.the(id)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// Again reads files again, asks again whom nobody knew, and has the outbox send
// now what it would send later. Without ids: every row that a person or the
// server has to answer for.
func (e *Engine) Again(ctx context.Context, ids ...string) error {
	e.act.Lock()
	defer e.act.Unlock()
	e.mu.Lock()
	e.forget()
	e.gate = gate{}
	all, err := e.some(ids, func(x *entry) bool { return x.row.State == Fix })
	var items []string
	for _, x := range all {
		if x.inOutbox() {
			if x.row.State == Waiting || x.row.State == Fix && !slices.Contains(x.row.Problems, Conflict) {
				items = append(items, x.Item)
			}
			continue
		}
		e.readAgain(x)
	}
	e.mu.Unlock()
	if err == nil && len(items) > 0 {
		err = e.c.Outbox.Retry(ctx, items...)
	}
	e.hurry()
	return errors.Join(err, e.flush(ctx))
}

// Remove takes rows out.
func (e *Engine) Remove(ctx context.Context, ids ...string) error {
	e.act.Lock()
	defer e.act.Unlock()
	e.mu.Lock()
	all, err := e.some(ids, nil)
	for _, x := range all {
		if x.row.State == Sending || x.row.State.Final() || x.inOutbox() && x.Uncertain {
			err = conflict()
		}
	}
	var items []string
	if err == nil {
		for _, x := range all {
			if x.inOutbox() {
				items = append(items, x.Item) // its deletion says that it is removed
				continue
			}
			e.update(x, func(r *Row) { r.State = Removed })
		}
	}
	e.mu.Unlock()
	if err == nil {
		err = e.recall(ctx, items)
	}
	return errors.Join(err, e.flush(ctx))
}

// recall deletes items of the outbox; those that left meanwhile are a conflict.
func (e *Engine) recall(ctx context.Context, items []string) error {
	var mu sync.Mutex
	var first error
	var all sync.WaitGroup
	slots := make(chan struct{}, 8) // those that wait together share one write
	for _, id := range items {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			err := e.c.Outbox.Delete(ctx, id)
			if err == nil || fhir.CodeOf(err) == fhir.NotFound {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if first == nil {
				first = err
			}
		})
	}
	all.Wait()
	return first
}

// Pause stops reading and sending.
func (e *Engine) Pause(ctx context.Context) error { return e.setPaused(ctx, true) }

// Resume goes on.
func (e *Engine) Resume(ctx context.Context) error { return e.setPaused(ctx, false) }

func (e *Engine) setPaused(ctx context.Context, on bool) error {
	e.act.Lock()
	defer e.act.Unlock()
	if err := e.keepMeta(ctx, meta{Paused: on}); err != nil {
		return err
	}
	e.mu.Lock()
	e.paused = on
	var items []string
	for _, x := range e.order {
		if s := x.row.State; x.Item != "" && (s == Queued || s == Waiting) {
			items = append(items, x.Item)
		}
	}
	e.followers.all()
	e.mu.Unlock()
	defer e.hurry()
	for part := range slices.Chunk(items, putMany) {
		act := e.c.Outbox.Retry
		if on {
			act = e.c.Outbox.Pause
		}
		if err := act(ctx, part...); err == nil || fhir.CodeOf(err) != fhir.StateConflict && fhir.CodeOf(err) != fhir.NotFound {
			if err != nil {
				return err
			}
			continue
		}
		for _, id := range part { // one of them left meanwhile
			if err := act(ctx, id); err != nil && fhir.CodeOf(err) != fhir.StateConflict && fhir.CodeOf(err) != fhir.NotFound {
				return err
			}
		}
	}
	return nil
}

// Cancel takes back what has not left: its rows are Ready again. What may have
// arrived stays with the outbox, which alone can tell.
func (e *Engine) Cancel(ctx context.Context) error {
	e.act.Lock()
	defer e.act.Unlock()
	e.mu.Lock()
	var all []*entry
	var items []string
	for _, x := range e.order {
		if s := x.row.State; x.Item != "" && !x.Uncertain && (s == Queued || s == Waiting) {
			x.recalled = true
			all, items = append(all, x), append(items, x.Item)
		}
	}
	e.mu.Unlock()
	err := e.recall(ctx, items)
	e.mu.Lock()
	for _, x := range all {
		x.recalled = false
		if x.Item == "" && !x.row.State.Final() {
			e.update(x, func(r *Row) { r.State, r.Reason, r.RequestID = Found, "", "" })
			e.settled(x)
		}
	}
	e.mu.Unlock()
	if fhir.CodeOf(err) == fhir.StateConflict {
		err = nil // it left: that is what Cancel promises
	}
	return errors.Join(err, e.flush(ctx))
}

// settled judges at once an entry that is out of the outbox, if its file is
// known. The caller holds mu.
func (e *Engine) settled(x *entry) {
	x.Moved = x.Added
	if x.row.Patient != nil && x.row.Verdict != pdfcheck.Refused && !x.busy {
		e.judgeAgain(x)
	}
}

// Clear forgets final rows.
func (e *Engine) Clear(ctx context.Context) error {
	e.act.Lock()
	defer e.act.Unlock()
	e.mu.Lock()
	e.order = slices.DeleteFunc(e.order, func(x *entry) bool {
		if !x.row.State.Final() || x.busy {
			return false
		}
		e.forgetEntry(x)
		return true
	})
	e.followers.all()
	e.mu.Unlock()
	return e.flush(ctx)
}

// forgetEntry drops an entry from all but the order. The caller holds mu.
func (e *Engine) forgetEntry(x *entry) {
	e.counts.add(&x.row, -1)
	e.unclaim(x)
	e.dropText(x)
	delete(e.byID, x.row.ID)
	delete(e.dirty, x)
	if e.byPath[string(x.Path)] == x {
		delete(e.byPath, string(x.Path))
	}
	if e.byItem[x.Item] == x {
		delete(e.byItem, x.Item)
	}
	e.forgotten = append(e.forgotten, e.rowName(x))
}
