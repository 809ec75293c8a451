package batch

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
)

// putMany is how many files are given to the outbox at a time.
const putMany = 50

// Send hands what is ready to the outbox. While the batch is paused nothing is
// handed over: StateConflict.
func (e *Engine) Send(ctx context.Context, ids ...string) (int, error) {
	e.act.Lock()
	defer e.act.Unlock()
	e.mu.Lock()
	if e.paused {
		e.mu.Unlock()
		return 0, fhir.E(fhir.StateConflict, "Le lot est en pause. Reprenez-le, puis envoyez.")
	}
	all, err := e.readyOnes(ids)
	e.mu.Unlock()
	if err != nil {
		return 0, err
	}
	sent := 0
	for part := range slices.Chunk(all, putMany) {
		n, err := e.put(ctx, part)
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, e.flush(ctx)
}

// readyOnes gives the ready entries, those of a person together, and what
// corrects another one of the batch after it. The caller holds mu.
func (e *Engine) readyOnes(ids []string) (all []*entry, err error) {
	if len(ids) == 0 {
		for _, x := range e.order {
			if x.row.State == Ready {
				all = append(all, x)
			}
		}
	}
	for _, id := range ids {
		x, err := e.the(id)
		if err != nil {
			return nil, err
		}
		if x.row.State == Ready {
			all = append(all, x)
		}
	}
	depth := map[*entry]int{}
	for _, x := range all {
		for y := e.original(x); y != nil && y != x && depth[x] < client.MaxLot; y = e.original(y) {
			depth[x]++
		}
	}
	slices.SortStableFunc(all, func(a, b *entry) int {
		return cmp.Or(depth[a]-depth[b], strings.Compare(a.row.Patient.INS.Value, b.row.Patient.INS.Value))
	})
	return all, nil
}

// original gives the entry whose document another one corrects, nil when that
// is none of this batch. The caller holds mu.
func (e *Engine) original(x *entry) *entry {
	r := x.row.Replaces
	if r == "" {
		return nil
	}
	if y := e.byPath[e.besides(x, r)]; y != nil {
		return y
	}
	if namesFile(r) {
		return nil
	}
	for _, y := range e.order {
		if id, ok := e.unique(y); ok && (id == r || y.row.DocumentID == r && r != "") {
			return y
		}
	}
	return nil
}

// outgoing is what is needed to put an entry, taken at once.
type outgoing struct {
	x    *entry
	src  source
	sum  [32]byte
	img  bool
	item client.OutboxItem
}

// prepare makes the item of a ready entry. The caller holds mu.
func (e *Engine) prepare(x *entry) (outgoing, bool) {
	id, ok := e.key(x)
	if !ok || x.row.State != Ready {
		return outgoing{}, false
	}
	r := &x.row
	kind, _ := terminology.TypeByCode(r.Type.Code)
	title := r.Title
	if title == "" {
		title = kind.Label
	}
	d := &client.Draft{
		UniqueID: documentID(e.c.Sender, r.Patient.INS, x.Sum), PatientID: r.Patient.ID, PatientINS: r.Patient.INS,
		Type:  fhir.Coding{System: kind.System, Code: kind.Code, Display: kind.Label},
		Class: fhir.Coding{System: fhir.SystemClass, Code: kind.Class, Display: terminology.ClassLabel(kind.Class)},
		Title: title, ActDate: r.ActDate, ContentType: "application/pdf", Hash: x.SentHash, Facility: e.c.Facility, Practice: e.c.Practice, Author: e.c.Responsible,
	}
	it := client.OutboxItem{ID: id, Kind: client.OutboxFile, PatientID: r.Patient.ID, Draft: d, Lot: e.c.Name, Created: e.c.Now()}
	if r.Replaces != "" {
		d.Replaces = &client.Document{ID: r.Replaces}
		if strings.HasPrefix(r.Replaces, "urn:") {
			d.Replaces = &client.Document{UniqueID: r.Replaces}
		}
		y := e.original(x)
		switch {
		case y != nil && y != x:
			unique, _ := e.unique(y)
			d.Replaces = &client.Document{ID: y.row.DocumentID, UniqueID: unique}
			it.After = y.Item
		case x.Original != "":
			d.Replaces = &client.Document{UniqueID: x.Original}
		}
	}
	return outgoing{x, x.source(), x.SentSum, x.Image, it}, true
}

// unique gives the unique id of an entry's document. The caller holds mu.
func (e *Engine) unique(x *entry) (string, bool) {
	if _, ok := e.key(x); !ok {
		return "", false
	}
	return documentID(e.c.Sender, x.row.Patient.INS, x.Sum), true
}

// put gives some entries to the outbox and says how many it took.
func (e *Engine) put(ctx context.Context, part []*entry) (int, error) {
	var out []outgoing
	var puts []client.OutboxPut
	e.mu.Lock()
	for _, x := range part {
		o, ok := e.prepare(x)
		if !ok || !e.originalGoes(x) {
			continue
		}
		x.Item, e.byItem[o.item.ID] = o.item.ID, x
		out = append(out, o)
		puts = append(puts, client.OutboxPut{Item: o.item, Open: func() (io.ReadCloser, error) { return e.content(ctx, o.src, o.sum, o.img) }})
	}
	e.mu.Unlock()
	results := e.putAll(ctx, puts)
	n := 0
	var failed error
	for i, r := range results {
		if r.Err == nil && r.Had && r.Item.State == client.OutboxRefused {
			r = e.putAnew(ctx, puts[i])
		}
		e.mu.Lock()
		err := e.noted(out[i].x, r)
		e.mu.Unlock()
		switch {
		case err != nil && failed == nil:
			failed = err
		case r.Err == nil:
			n++
		}
	}
	return n, failed
}

// originalGoes tells whether what an entry corrects is sent or on its way; where
// it is of this batch and is not, or is a file of which nobody knows, the entry
// waits for a person. The caller holds mu.
func (e *Engine) originalGoes(x *entry) bool {
	y, r := e.original(x), x.row.Replaces
	if y == nil && (x.Original != "" || r == "" || !namesFile(r)) {
		return true
	}
	if y != nil && (y.Item != "" && y.row.State != Refused && y.row.State != NoRecord || y.row.State == Sent || y.row.State == Already) {
		return true
	}
	e.update(x, func(r *Row) { r.State, r.Problems = Fix, []Problem{NoOriginal} })
	return false
}

// putAll gives items to the outbox, all at once where it can.
func (e *Engine) putAll(ctx context.Context, puts []client.OutboxPut) []client.OutboxPutResult {
	if e.bulk != nil {
		return e.bulk.PutAll(ctx, puts)
	}
	out := make([]client.OutboxPutResult, len(puts))
	for i, p := range puts {
		content, err := p.Open()
		if err != nil {
			out[i].Err = err
			continue
		}
		out[i].Item, out[i].Err = e.c.Outbox.Put(ctx, p.Item, content)
		_ = content.Close() // it was only read
		out[i].Had = out[i].Err == nil && !out[i].Item.Created.Equal(p.Item.Created)
	}
	return out
}

// putAnew puts an item in the place of one that was refused: somebody corrected
// what was wrong with it.
func (e *Engine) putAnew(ctx context.Context, p client.OutboxPut) client.OutboxPutResult {
	if err := e.c.Outbox.Delete(ctx, p.Item.ID); err != nil && fhir.CodeOf(err) != fhir.NotFound {
		return client.OutboxPutResult{Err: err}
	}
	return e.putAll(ctx, []client.OutboxPut{p})[0]
}

// noted takes the outbox's answer about an entry; it gives the errors that are
// of the outbox and not of the file. The caller holds mu.
func (e *Engine) noted(x *entry, r client.OutboxPutResult) error {
	if r.Err == nil {
		e.show(x, r.Item)
		return nil
	}
	if x.row.State == Ready { // else the outbox has told already
		delete(e.byItem, x.Item)
		x.Item = ""
	}
	if fhir.CodeOf(r.Err) == fhir.Invalid { // the file is not the one that was checked
		e.readAgain(x)
		return nil
	}
	return r.Err
}

// follow takes what the outbox tells. It must not wait.
func (e *Engine) follow(ev client.OutboxEvent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x := e.ofItem(ev.Item)
	switch {
	case x == nil || e.closed:
	case ev.Gone:
		e.gone(x)
	case ev.Total > 0:
		if x.row.State == Sending {
			x.row.Bytes = ev.Sent // not worth a place on the disk
			e.followers.one(x.row.ID)
		}
	default:
		e.show(x, ev.Item)
	}
}

// ofItem gives the entry of an item, also of one that took another's place. The
// caller holds mu.
func (e *Engine) ofItem(it client.OutboxItem) *entry {
	if x := e.byItem[it.ID]; x != nil || it.Was == "" {
		return x
	}
	x := e.byItem[it.Was]
	if x != nil {
		delete(e.byItem, it.Was)
		x.Item, e.byItem[it.ID] = it.ID, x
	}
	return x
}

// gone takes an item's deletion: somebody took the row out, on the page of the
// outbox if not here. The caller holds mu.
func (e *Engine) gone(x *entry) {
	delete(e.byItem, x.Item)
	x.Item = ""
	if !x.row.State.Final() && !x.recalled {
		e.update(x, func(r *Row) { r.State = Removed })
	}
}

// reconcile takes all items of the outbox as they are after a start.
func (e *Engine) reconcile(items []client.OutboxItem) {
	e.mu.Lock()
	defer e.mu.Unlock()
	there := map[string]bool{}
	for _, it := range items {
		there[it.ID] = true
		x := e.ofItem(it)
		if x == nil {
			// Put before a crash that came before its note; or by an earlier batch.
			if x = e.claims[it.ID]; x == nil || x.row.State != Ready {
				continue
			}
			x.Item, e.byItem[it.ID] = it.ID, x
		}
		e.show(x, it)
	}
	for id, x := range e.byItem {
		if !there[id] && !x.row.State.Final() {
			delete(e.byItem, id)
			x.Item = ""
			if x.row.State != Found && x.row.State != Ready {
				e.update(x, func(r *Row) { r.State = Removed })
			}
		}
	}
}
