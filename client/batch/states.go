package batch

import (
	"carnet/client"
	"carnet/client/fhir"
)

// standing is how an item of the outbox stands, as a row.
type standing struct {
	state    State
	problems []Problem
}

// standingOf is the whole table. ours tells that the batch itself is paused;
// before, that the item was there before the row: what was done then had been
// done already.
func standingOf(it client.OutboxItem, ours, before bool) standing {
	switch it.State {
	case client.OutboxSending:
		return standing{state: Sending}
	case client.OutboxWaiting:
		return standing{state: Waiting}
	case client.OutboxPaused:
		switch {
		case it.Reason == fhir.StateConflict:
			return standing{Fix, []Problem{NoOriginal}}
		case it.Reason == fhir.Canceled && ours:
			return standing{state: Queued}
		}
		return standing{state: Waiting}
	case client.OutboxConflict:
		if it.Reason == fhir.StateConflict && it.Draft != nil && it.Draft.Replaces != nil {
			return standing{Fix, []Problem{Superseded}}
		}
		return standing{Fix, []Problem{Conflict}}
	case client.OutboxRefused:
		if it.Reason == fhir.NoRecord {
			return standing{state: NoRecord}
		}
		return standing{state: Refused}
	case client.OutboxDone:
		if it.Existed || before {
			return standing{state: Already}
		}
		return standing{state: Sent}
	}
	return standing{state: Queued}
}

// show takes an item's state for its row. What is final stays, and news older
// than what is known is none. The caller holds mu.
func (e *Engine) show(x *entry, it client.OutboxItem) {
	if x.row.State.Final() || it.Updated.Before(x.Moved) {
		return
	}
	x.Moved, x.Uncertain = it.Updated, it.Uncertain
	s := standingOf(it, e.paused, it.Created.Before(x.Added))
	e.update(x, func(r *Row) {
		r.State, r.Problems = s.state, s.problems
		r.Reason, r.RequestID, r.DocumentID = it.Reason, it.RequestID, it.ResultID
		r.Said = ""
		if s.state == Refused || s.state == Fix {
			r.Said = sanitised(it.Said, r.Patient)
		}
		r.Bytes = 0
		if s.state.Final() {
			r.Done = it.Updated
		}
	})
}
