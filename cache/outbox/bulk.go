package outbox

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// bulk is how many items share one record of the log; no more files than that
// are open at a time.
const bulk = 64

// PutAll puts many things; see client.BulkOutbox. Those of one call are written
// side by side and acknowledged by one record for each 64 of them.
func (o *Outbox) PutAll(ctx context.Context, all []client.OutboxPut) []client.OutboxPutResult {
	out := make([]client.OutboxPutResult, len(all))
	for at := 0; at < len(all); at += bulk {
		end := min(at+bulk, len(all))
		o.putSome(ctx, all[at:end], out[at:end])
	}
	return out
}

// putting is one item of a PutAll on its way to the disk.
type putting struct {
	at    int // place in the call
	store *stored
	bytes *staged
}

func (o *Outbox) putSome(ctx context.Context, all []client.OutboxPut, out []client.OutboxPutResult) {
	var ids []string
	for i, p := range all {
		it := p.Item
		if it.ID == "" {
			it.ID = uuid.Must(uuid.NewV7()).String()
		}
		out[i].Item = it
		if out[i].Err = check(it, p.Open != nil); out[i].Err == nil {
			ids = append(ids, it.ID)
		}
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if err := o.take(ids...); err != nil {
		fail(out, err)
		return
	}
	defer o.release(ids...)
	fresh := o.stageAll(ctx, all, out)
	o.settleAll(fresh, out)
	o.keepAll(fresh, out)
	for i := range out {
		s, err := o.get(out[i].Item.ID)
		if out[i].Err == nil {
			out[i].Err = err // the first of two with one id could not be kept
		}
		if out[i].Item = (client.OutboxItem{}); out[i].Err == nil {
			out[i].Item = copyOf(s.OutboxItem)
		}
	}
}

func fail(out []client.OutboxPutResult, err error) {
	for i := range out {
		if out[i].Err == nil {
			out[i].Err = err
		}
		out[i].Item = client.OutboxItem{}
	}
}

// stageAll seals the contents of the items that are not there yet.
func (o *Outbox) stageAll(ctx context.Context, all []client.OutboxPut, out []client.OutboxPutResult) (fresh []*putting) {
	mine := map[string]bool{}
	for i, p := range all {
		it := out[i].Item
		if out[i].Err != nil {
			continue
		}
		if out[i].Had = mine[it.ID] || o.has(it.ID); out[i].Had {
			continue
		}
		one, err := o.stageOne(ctx, it, p, mine)
		if err != nil {
			out[i].Err = err
			continue
		}
		mine[it.ID] = true
		one.at = i
		fresh = append(fresh, one)
	}
	return fresh
}

func (o *Outbox) stageOne(ctx context.Context, it client.OutboxItem, p client.OutboxPut, mine map[string]bool) (*putting, error) {
	if ctx.Err() != nil {
		return nil, fhir.Wrap(fhir.Canceled, ctx.Err())
	}
	if it.After != "" && !mine[it.After] && !o.has(it.After) {
		return nil, gone()
	}
	one := &putting{store: &stored{OutboxItem: o.fresh(it)}}
	if it.Kind != client.OutboxFile {
		return one, nil
	}
	src, err := p.Open()
	if err != nil {
		var e *client.Error
		if errors.As(err, &e) {
			return nil, e
		}
		return nil, contentError(err, err)
	}
	s, err := o.stage(src, it.PatientID)
	_ = src.Close() // it was only read
	one.bytes = &s
	return one, err
}

// settleAll makes the contents durable.
func (o *Outbox) settleAll(fresh []*putting, out []client.OutboxPutResult) {
	var all []*staged
	for _, p := range fresh {
		if p.bytes != nil {
			all = append(all, p.bytes)
		}
	}
	if len(all) > 0 {
		o.settle(all)
	}
	for _, p := range fresh {
		if p.bytes != nil {
			out[p.at].Err = p.bytes.fail
			p.store.Content, p.store.Sum = p.bytes.c, p.bytes.sum
		}
	}
}

// keepAll writes the items as one record.
func (o *Outbox) keepAll(fresh []*putting, out []client.OutboxPutResult) {
	lost := map[string]bool{}
	var ops []op
	for _, p := range fresh {
		if out[p.at].Err == nil && lost[p.store.After] {
			out[p.at].Err = gone()
			o.dropContent(p.store.Content)
		}
		if out[p.at].Err != nil {
			lost[p.store.ID] = true
			continue
		}
		p.store.Seq = o.nextSeq()
		ops = append(ops, op{Put: p.store})
	}
	if len(ops) == 0 {
		return
	}
	err := o.keep(ops...)
	for i := range out {
		if err != nil && out[i].Err == nil && !(out[i].Had && o.has(out[i].Item.ID)) {
			out[i].Err = err
		}
	}
	for _, p := range fresh {
		if err != nil && !lost[p.store.ID] {
			o.dropContent(p.store.Content)
		}
	}
}
