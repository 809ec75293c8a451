package outbox

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// choices are the ways out for an item that the server did not take, by what it is and
// why; existing is the document that the answer named, if any. Each can come to
// something: what would meet the same answer again is not among them. It is pure. The
// last one is always to forget the item: nothing else is ever forgotten.
func choices(it client.OutboxItem, reason fhir.Code, existing string) []client.OutboxChoice {
	return append(waysOut(it, reason, existing), client.OutboxDrop)
}

func waysOut(it client.OutboxItem, reason fhir.Code, existing string) []client.OutboxChoice {
	switch reason {
	case fhir.NoRecord: // the patient may open it again
		return []client.OutboxChoice{client.OutboxAgain}
	case fhir.Forbidden, fhir.RuleForbids: // another profession or rule by then
		return []client.OutboxChoice{client.OutboxAgain}
	case fhir.NoConsent:
		if it.Kind == client.OutboxRequest {
			return []client.OutboxChoice{client.OutboxAgain}
		}
		return []client.OutboxChoice{client.OutboxAsk, client.OutboxAgain}
	}
	switch it.Kind {
	case client.OutboxFile:
		return waysToFile(it, reason, existing)
	case client.OutboxMessage:
		if reason == fhir.StateConflict || reason == fhir.NotFound { // ended, or one is not in it any more
			return []client.OutboxChoice{client.OutboxAsNew}
		}
	case client.OutboxItemKeep:
		if reason == fhir.Withdrawn {
			return []client.OutboxChoice{client.OutboxAsNew}
		}
	}
	switch reason {
	case fhir.Duplicate, fhir.VersionConflict, fhir.StateConflict:
		return []client.OutboxChoice{client.OutboxAgain}
	}
	return nil
}

// waysToFile are those of a filing. What it was to correct may be corrected already, or
// be out of reach: the document is worth keeping all the same.
func waysToFile(it client.OutboxItem, reason fhir.Code, existing string) []client.OutboxChoice {
	switch {
	case (reason == fhir.Duplicate || reason == fhir.StateConflict) && existing != "":
		return []client.OutboxChoice{client.OutboxReplace, client.OutboxAsNew}
	case reason == fhir.Duplicate, reason == fhir.StateConflict, reason == fhir.VersionConflict:
		return []client.OutboxChoice{client.OutboxAsNew}
	case it.Draft != nil && it.Draft.Replaces != nil && slices.Contains([]fhir.Code{fhir.Invalid, fhir.Withdrawn, fhir.NotFound, fhir.BusinessRule}, reason):
		return []client.OutboxChoice{client.OutboxAsNew}
	}
	return nil
}

// Choose decides a conflict, or what to do about a refusal.
func (o *Outbox) Choose(_ context.Context, id string, c client.OutboxChoice) error {
	if err := o.take(id); err != nil {
		return err
	}
	defer o.release(id)
	old, err := o.get(id)
	if err != nil {
		return err
	}
	if !slices.Contains(old.Choices, c) {
		return refusedState()
	}
	switch c {
	case client.OutboxDrop:
		return o.remove(old)
	case client.OutboxAsk:
		return o.ask(old)
	case client.OutboxAgain:
		return o.again(old)
	}
	it := copyOf(old.OutboxItem)
	switch {
	case c == client.OutboxReplace:
		it.Draft.UniqueID = ""
		it.Draft.Replaces = &client.Document{ID: fhir.RefID(old.Existing, "DocumentReference")}
	case it.Draft != nil:
		it.Draft.UniqueID = ""
		if it.Reason != fhir.Duplicate {
			it.Draft.Replaces = nil // it is why the server did not take it
		}
	case it.Kind == client.OutboxMessage:
		it.Body = elsewhere(it)
	default:
		it.Body = added(it)
	}
	_, err = o.renew(old, it)
	return err
}

// again does it on what the server has now. What was refused becomes another item: the
// server may remember its answer to the old key.
func (o *Outbox) again(old *stored) error {
	it := copyOf(old.OutboxItem)
	it.Body = anew(it)
	if it.Document != nil {
		it.Document.Version = "" // the sender looks up what the server has now
	}
	if final(it.State) {
		_, err := o.renew(old, it)
		return err
	}
	it, _ = advance(it, step{event: chosen, now: o.c.Now()})
	return o.keep(op{Put: old.with(it)})
}

// ask lets a request for access leave to the patient, unless one is on its way. The item
// stays: only the patient's answer makes it worth another try.
func (o *Outbox) ask(old *stored) error {
	rest := copyOf(old.OutboxItem)
	rest.Choices = slices.DeleteFunc(rest.Choices, func(c client.OutboxChoice) bool { return c == client.OutboxAsk })
	ops := []op{{Put: old.with(rest)}}
	if !o.asks(old.PatientID) {
		request := &stored{OutboxItem: o.fresh(client.OutboxItem{
			ID: uuid.Must(uuid.NewV7()).String(), Kind: client.OutboxRequest, PatientID: old.PatientID,
		})}
		request.Seq = o.nextSeq()
		ops = append(ops, op{Put: request})
	}
	return o.keep(ops...)
}

// asks tells whether a request for access to a record is on its way.
func (o *Outbox) asks(patientID string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.ContainsFunc(o.active, func(it *stored) bool {
		return it.Kind == client.OutboxRequest && it.PatientID == patientID
	})
}

// goesOn is the subject of a dialogue that takes the place of one that was ended. The
// patient reads it.
const goesOn = "Suite de notre échange"

// elsewhere gives the body of a message that opens a dialogue of its own.
func elsewhere(it client.OutboxItem) json.RawMessage {
	var out client.Outgoing
	if json.Unmarshal(it.Body, &out) != nil {
		return it.Body
	}
	out.Dialogue, out.PatientID = "", it.PatientID
	if out.Subject == "" {
		out.Subject = goesOn
	}
	return bodyOr(it.Body, out)
}

// added gives the body of an item of the profile that is there for the first time.
func added(it client.OutboxItem) json.RawMessage {
	var item client.Item
	if json.Unmarshal(it.Body, &item) != nil {
		return it.Body
	}
	item.ID, item.Version = "", ""
	return bodyOr(it.Body, item)
}

// bodyOr gives a value as a body; was when there is none of it.
func bodyOr(was json.RawMessage, v any) json.RawMessage {
	body, err := json.Marshal(v)
	if err != nil {
		return was
	}
	return body
}
