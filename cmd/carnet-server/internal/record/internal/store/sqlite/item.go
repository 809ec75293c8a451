package sqlite

import (
	"context"
	"errors"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

const locateItem = `SELECT i.n, i.id, i.patient, i.kind, i.author, i.masked, i.version, i.updated, i.removed, r.epoch
	FROM item i JOIN record r ON r.patient = i.patient WHERE i.id = ?1`

// LocateItem finds an item for a decision.
func (d *DB) LocateItem(ctx context.Context, id string) (i store.Item, rec *store.Record, err error) {
	for range 3 {
		var updated, epoch int64
		err = one(d.queries(ctx), locateItem, []any{
			&i.N, &i.ID, &i.Record, &i.Facts.Resource, &i.Facts.AuthorID, &i.Facts.Masked, &i.Version, &updated, &i.Removed, &epoch,
		}, id)
		if err != nil {
			return store.Item{}, nil, err
		}
		i.Updated = fromMillis(updated)
		// Both are of one moment: every change of an item moves the epoch.
		if rec, err = d.Record(ctx, i.Record); err != nil || rec.Facts.Epoch == epoch {
			return i, rec, err
		}
		d.Forget(i.Record)
	}
	return store.Item{}, nil, errors.New("sqlite: the record changes too often")
}

// RevealItem gives the body of a located item.
func (d *DB) RevealItem(ctx context.Context, g *consent.Grant, i store.Item, r *store.Record) (body []byte, err error) {
	if !d.opens(g, r) || i.Record != r.N || i.Removed || !g.Filter().AllowsItem(i.Facts) {
		return nil, store.ErrNoGrant
	}
	box, err := d.keys.Box(r.N, r.Key)
	if err != nil {
		return nil, err
	}
	err = one(d.queries(ctx), `SELECT body FROM item WHERE n = ?1 AND version = ?2 AND removed = 0`, []any{&body}, i.N, i.Version)
	if errors.Is(err, store.ErrNotFound) {
		return nil, store.ErrStale
	}
	if err != nil {
		return nil, err
	}
	return box.Open(nil, "item", store.RowOf(i.ID), int(i.Version), body)
}

// CountItems tells how many items a record has.
func (t *tx) CountItems(record int64) (n int, err error) {
	err = t.w.row(`SELECT count(*) FROM item WHERE patient = ?1 AND removed = 0`, []any{&n}, record)
	return n, err
}
