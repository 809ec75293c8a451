package outbox

import (
	"context"
	"encoding/json"
	"io"
	"slices"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// SendItems tells how changes of the health profile are sent, for NewSender: the body
// of one is its client.Item. The outbox item's ID is the idempotency key: however often
// it is tried, it takes effect once.
func SendItems(p client.Profiles) map[client.OutboxKind]Send {
	with := func(f func(context.Context, client.OutboxItem, client.Item) (client.Document, error)) Send {
		return func(ctx context.Context, it client.OutboxItem, _ io.ReadSeeker, _ client.Progress) (client.Document, error) {
			var item client.Item
			if err := json.Unmarshal(it.Body, &item); err != nil {
				return client.Document{}, fhir.Wrap(fhir.Malformed, err)
			}
			if item.ID != "" && item.Version == "" { // somebody chose to do it on what the server has now
				now, err := itemNow(ctx, p, access(it), item)
				if err != nil {
					return client.Document{}, err
				}
				item.Version = now.Version
			}
			return f(ctx, it, item)
		}
	}
	return map[client.OutboxKind]Send{
		client.OutboxItemKeep: with(func(ctx context.Context, it client.OutboxItem, item client.Item) (client.Document, error) {
			kept, err := p.KeepItem(ctx, access(it), it.ID, item)
			return client.Document{ID: kept.ID, Version: kept.Version, LastUpdated: kept.Updated, Author: kept.Author, PatientID: it.PatientID}, err
		}),
		client.OutboxItemDrop: with(func(ctx context.Context, it client.OutboxItem, item client.Item) (client.Document, error) {
			return client.Document{ID: item.ID, PatientID: it.PatientID}, p.DropItem(ctx, access(it), item)
		}),
	}
}

// itemNow finds an item as the server has it.
func itemNow(ctx context.Context, p client.Profiles, a client.Access, item client.Item) (client.Item, error) {
	q := client.ItemQuery{Resources: []string{item.Resource}}
	for {
		page, err := p.Items(ctx, a, q)
		if err != nil {
			return client.Item{}, err
		}
		if at := slices.IndexFunc(page.Items, func(i client.Item) bool { return i.ID == item.ID }); at >= 0 {
			return page.Items[at], nil
		}
		if q.Page = page.Next; q.Page == "" {
			return client.Item{}, fhir.E(fhir.Withdrawn, "Cet élément n’est plus dans le profil. Relisez-le.")
		}
	}
}

// anew gives the body of an item of the profile without the version that was read: the
// sender looks up what the server has now.
func anew(it client.OutboxItem) json.RawMessage {
	var item client.Item
	if !profileKind(it.Kind) || json.Unmarshal(it.Body, &item) != nil {
		return it.Body
	}
	item.Version = ""
	return bodyOr(it.Body, item)
}

func profileKind(k client.OutboxKind) bool {
	return k == client.OutboxItemKeep || k == client.OutboxItemDrop
}

// WritingItems is the health profile with the queue before what is written: see Writing.
// What waits is in the list, and said to wait.
type WritingItems struct {
	client.Profiles
	w *Writing
}

var _ client.Profiles = (*WritingItems)(nil)

// Profile puts the same queue before what is written to a health profile; the outbox's
// Sender has to know SendItems.
func (w *Writing) Profile(p client.Profiles) *WritingItems { return &WritingItems{p, w} }

// KeepItem implements client.Profiles. What waits is given with the error that says so.
func (w *WritingItems) KeepItem(ctx context.Context, a client.Access, key string, item client.Item) (client.Item, error) {
	if emergency(a) {
		return w.Profiles.KeepItem(ctx, a, key, item)
	}
	if _, waits := client.QueuedItem(item.ID); waits {
		return client.Item{}, onItsWay()
	}
	if key == "" {
		key = uuid.NewString()
	}
	if it, err := w.w.box.get(key); err == nil && it.State == client.OutboxDone {
		return w.Profiles.KeepItem(ctx, a, key, item) // sent before: the server says what of it is kept
	}
	got, kept, err := w.send(ctx, client.OutboxItem{ID: key, Kind: client.OutboxItemKeep, PatientID: a.PatientID}, item)
	switch {
	case !kept:
		it, direct := w.Profiles.KeepItem(ctx, a, key, item)
		return it, unkept(direct, err)
	case fhir.CodeOf(err) == fhir.Queued && item.ID == "":
		item.ID = client.QueuedID(key)
		return item, err
	case err != nil:
		return client.Item{}, err
	}
	item.ID, item.Version, item.Updated, item.Author, item.ByHolder = got.ID, got.Version, got.LastUpdated, got.Author, false
	return item, nil
}

// DropItem implements client.Profiles. An item that waits is taken out of the queue,
// unless it may have arrived.
func (w *WritingItems) DropItem(ctx context.Context, a client.Access, item client.Item) error {
	if emergency(a) {
		return w.Profiles.DropItem(ctx, a, item)
	}
	if adding, waits := client.QueuedItem(item.ID); waits {
		return w.w.box.recall(adding)
	}
	_, kept, err := w.send(ctx, client.OutboxItem{Kind: client.OutboxItemDrop, PatientID: a.PatientID}, item)
	if !kept {
		return unkept(w.Profiles.DropItem(ctx, a, item), err)
	}
	return err
}

func (w *WritingItems) send(ctx context.Context, it client.OutboxItem, item client.Item) (_ client.Document, kept bool, err error) {
	if it.Body, err = json.Marshal(item); err != nil {
		return client.Document{}, true, fhir.Wrap(fhir.Internal, err)
	}
	return w.w.send(ctx, it, nil, nil)
}

// recall takes a thing out of the queue that cannot have arrived.
func (o *Outbox) recall(id string) error {
	if err := o.take(id); err != nil {
		return err
	}
	defer o.release(id)
	it, err := o.get(id)
	if err != nil {
		return nil // gone, or never there
	}
	if it.Attempts > 0 {
		return onItsWay()
	}
	return o.remove(it)
}

// onItsWay is the error for what is neither here nor there.
func onItsWay() error {
	return fhir.E(fhir.StateConflict, "Cet élément attend le serveur, et y est peut-être déjà arrivé. « Envois » permet de l’arrêter ; relisez ensuite le profil.")
}

// Items implements client.Profiles: the list, with what waits in its place, new things
// first. What waits to be taken out is not in it any more.
func (w *WritingItems) Items(ctx context.Context, a client.Access, q client.ItemQuery) (client.ItemPage, error) {
	page, err := w.Profiles.Items(ctx, a, q)
	if err != nil {
		return page, err
	}
	all, err := w.w.box.List(ctx)
	if err != nil {
		return client.ItemPage{}, err
	}
	for _, it := range all {
		var item client.Item
		if !profileKind(it.Kind) || it.PatientID != a.PatientID || final(it.State) || json.Unmarshal(it.Body, &item) != nil {
			continue
		}
		page = waiting(page, it, item, q)
	}
	return page, nil
}

// waiting puts one thing that waits into a page.
func waiting(page client.ItemPage, it client.OutboxItem, item client.Item, q client.ItemQuery) client.ItemPage {
	at := slices.IndexFunc(page.Items, func(i client.Item) bool { return item.ID != "" && i.ID == item.ID && i.Resource == item.Resource })
	switch {
	case it.Kind == client.OutboxItemDrop && at >= 0 && it.State != client.OutboxConflict:
		page.Items = slices.Delete(slices.Clone(page.Items), at, at+1)
		page.Total--
	case it.Kind == client.OutboxItemDrop:
	case at >= 0:
		was := page.Items[at]
		item.Version, item.Updated, item.Author, item.ByHolder = was.Version, was.Updated, was.Author, was.ByHolder
		page.Items = slices.Clone(page.Items)
		page.Items[at] = item
		page.Waiting = append(page.Waiting, item.ID)
	case item.ID == "" && q.Page == "" && q.Asks(item):
		item.ID, item.Updated = client.QueuedID(it.ID), it.Created
		page.Items = append([]client.Item{item}, page.Items...)
		page.Total++
		page.Waiting = append(page.Waiting, item.ID)
	}
	return page
}
