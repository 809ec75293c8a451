package outbox

import (
	"context"
	"io"

	"carnet/client"
	"carnet/client/fhir"
)

// LotSender is a Sender that takes filings of one patient together. NewSender
// makes one when the contract behind it is a client.Submitter.
type LotSender interface {
	Sender
	// SendLot files the items, whole or not at all; see client.Submitter.Submit.
	SendLot(ctx context.Context, its []client.OutboxItem, contents []io.ReadSeeker, p client.Progress) ([]client.LotResult, error)
}

// lotSender sends lots, too.
type lotSender struct {
	*sender
	s client.Submitter
}

// SendLot files the items as one submission set. Its key is the first item's
// id; the client adds what of the set is sent.
func (l lotSender) SendLot(ctx context.Context, its []client.OutboxItem, contents []io.ReadSeeker, p client.Progress) ([]client.LotResult, error) {
	lot := client.Lot{ID: its[0].ID, Progress: p}
	for i, it := range its {
		lot.Drafts = append(lot.Drafts, draftOf(it, contents[i]))
	}
	return l.s.Submit(ctx, lot)
}

// draftOf gives an item's draft as it leaves. What it corrects may have been
// filed meanwhile.
func draftOf(it client.OutboxItem, content io.ReadSeeker) client.Draft {
	d := *it.Draft
	d.ID, d.PatientID, d.Content = it.ID, it.PatientID, content
	if d.Replaces != nil && d.Replaces.ID == "" && it.Document != nil {
		d.Replaces = it.Document
	}
	return d
}

// sendLot makes one attempt of reserved items together.
func (o *Outbox) sendLot(ctx context.Context, to LotSender, its []*stored) {
	started, err := o.begin(its...)
	ids := make([]string, len(its))
	for i, it := range its {
		ids[i] = it.ID
	}
	o.release(ids...)
	if err != nil {
		o.miss(backoff(1, 0, o.c.Random())) // disk full or locked: nothing is sent that could not be noted
		return
	}
	results, err := o.attemptLot(ctx, to, started)
	if fhir.CodeOf(err) == fhir.Canceled && ctx.Err() == nil {
		err = fhir.Wrap(fhir.Internal, err) // it was not we who gave up
	}
	if o.take(ids...) != nil {
		return
	}
	defer o.release(ids...)
	steps, alone := o.lotSteps(started, results, err)
	o.mu.Lock()
	for _, id := range alone {
		o.alone[id] = true
	}
	o.mu.Unlock()
	if err == nil {
		o.weather(nil, step{event: succeeded})
	} else {
		o.weather(err, stepOf(started[0].OutboxItem, err, o.c.Random()))
	}
	o.end(started, steps)
}

// attemptLot sends a lot once. What cannot be read of it here is at fault, and
// nothing is sent then.
func (o *Outbox) attemptLot(ctx context.Context, to LotSender, its []*stored) ([]client.LotResult, error) {
	results := make([]client.LotResult, len(its))
	items, contents := make([]client.OutboxItem, len(its)), make([]io.ReadSeeker, len(its))
	var failed error
	for i, it := range its {
		s, f, err := o.openContent(it)
		if err != nil {
			results[i].Err, failed = err, err
			continue
		}
		defer f.Close()
		defer s.Wipe()
		items[i], contents[i] = copyOf(it.OutboxItem), s
		items[i].Draft.Size = it.Content.Size
	}
	if failed != nil {
		return results, failed
	}
	return to.SendLot(ctx, items, contents, o.lotProgress(its))
}

// lotProgress tells of the item whose bytes are leaving.
func (o *Outbox) lotProgress(its []*stored) client.Progress {
	shown := make([]client.OutboxItem, len(its))
	for i, it := range its {
		shown[i] = copyOf(it.OutboxItem)
	}
	return func(sent, _ int64) {
		for i, it := range its {
			if size := it.size(); sent <= size || i == len(its)-1 {
				o.followers.tell(client.OutboxEvent{Item: shown[i], Sent: min(sent, size), Total: size})
				return
			}
			sent -= it.size()
		}
	}
}

// lotSteps makes of a lot's answer what happened to each item: one at fault
// leaves, the rest is sent again. Where the server refuses and does not say which
// item it means, each is sent by itself.
func (o *Outbox) lotSteps(its []*stored, results []client.LotResult, err error) (steps []step, alone []string) {
	if len(results) != len(its) {
		results = make([]client.LotResult, len(its))
	}
	blamed := false
	for _, r := range results {
		blamed = blamed || r.Err != nil
	}
	meant := meaningOf(err)
	one := meant.event == denied || meant.event == clashed
	split := err != nil && one && !blamed && len(its) > 1 && !ofPatient(err)
	steps = make([]step, len(its))
	for i, it := range its {
		r := results[i]
		switch {
		case err == nil || r.Existed:
			steps[i] = step{event: succeeded, resultID: r.DocumentID, existed: r.Existed && !it.Uncertain}
		case r.Err != nil:
			steps[i] = stepOf(it.OutboxItem, r.Err, o.c.Random())
		case split, blamed && one:
			steps[i] = step{event: regroup, uncertain: it.Uncertain}
			if split {
				alone = append(alone, it.ID)
			}
		default:
			steps[i] = stepOf(it.OutboxItem, err, o.c.Random())
		}
	}
	return steps, alone
}

// ofPatient tells whether a refusal is of the patient, and so of every item.
func ofPatient(err error) bool {
	code := fhir.CodeOf(err)
	return code == fhir.NoRecord || code == fhir.Forbidden
}
