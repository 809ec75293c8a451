package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// keepHandedIn is how long it is remembered that a read was handed in: longer
// than the lease it was done under is known.
const keepHandedIn = 3 * keepLeases

// LeasesNow gives leases by id, in one read.
func (d *DB) LeasesNow(ctx context.Context, ids []string, known func(id string) bool) (map[string]store.LeaseNow, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]store.LeaseNow, len(ids))
	text := `SELECT l.id, l.patient, l.actor, l.signin, l.taken, l.until, l.ended, l.logged, l.body, r.key, r.epoch, r.docs, COALESCE(c.no_offline, 0)
		FROM json_each(?1) j JOIN lease l ON l.id = j.value JOIN record r ON r.patient = l.patient LEFT JOIN choice c ON c.patient = l.patient`
	err = each(d.queries(ctx), text, []any{string(list)}, func(r rows) error {
		var l store.LeaseNow
		var taken, until, ended, logged int64
		var sealed, key sql.RawBytes
		err := r.Scan(&l.ID, &l.Record, &l.Actor, &l.SignIn, &taken, &until, &ended, &logged, &sealed, &key, &l.Epoch, &l.Docs, &l.NoOffline)
		if err != nil {
			return err
		}
		l.Taken, l.Until, l.Ended, l.Logged = fromMillis(taken), fromMillis(until), fromMillis(ended), fromMillis(logged)
		if known(l.ID) {
			out[l.ID] = l
			return nil
		}
		box, err := d.keys.Box(l.Record, key)
		if errors.Is(err, store.ErrErased) { // just now: it is not there
			return nil
		}
		if err != nil {
			return err
		}
		l.Body, err = box.Open(nil, "lease", store.RowOf(l.ID), 0, sealed)
		out[l.ID] = l
		return err
	})
	return out, err
}

// LeasesOf lists the leases of an actor on a record.
func (d *DB) LeasesOf(ctx context.Context, actor string, record int64) ([]store.Lease, error) {
	return d.leases(d.queries(ctx), `WHERE l.patient = ?1 AND l.actor = ?2 ORDER BY l.n DESC`, record, actor)
}

// Marks lists what the filter lets pass.
func (d *DB) Marks(ctx context.Context, g *consent.Grant, r *store.Record) (all []store.DocMark, err error) {
	if !d.opens(g, r) {
		return nil, store.ErrNoGrant
	}
	if g.Filter().Empty() {
		return nil, nil
	}
	text := `SELECT d.n, d.version, d.period_start, d.filed, d.type, d.status, d.archived FROM document d WHERE ` + filterText +
		` ORDER BY d.period_start DESC, d.n DESC`
	err = each(d.queries(ctx), text, d.filterArgs(r.N, g.Filter(), statusNames), func(row rows) error {
		var m store.DocMark
		var start, filed, kind, status int64
		var archived bool
		err := row.Scan(&m.N, &m.Version, &start, &filed, &kind, &status, &archived)
		m.Start, m.Filed, m.Type = fromMillis(start), fromMillis(filed), d.types.name(kind)
		m.Current = statusNames[status] == consent.StatusCurrent && !archived
		all = append(all, m)
		return err
	})
	return all, err
}

// ItemMarks lists the items of the profile that a filter lets pass, unopened.
func (d *DB) ItemMarks(ctx context.Context, g *consent.Grant, r *store.Record) (all []store.ItemMark, err error) {
	if !d.opens(g, r) {
		return nil, store.ErrNoGrant
	}
	filter := g.Filter()
	text := `SELECT n, kind, author, masked, version FROM item WHERE patient = ?1 AND removed = 0 ORDER BY n`
	err = each(d.queries(ctx), text, []any{r.N}, func(row rows) error {
		var m store.ItemMark
		var f consent.ItemFacts
		err := row.Scan(&m.N, &f.Resource, &f.AuthorID, &f.Masked, &m.Version)
		if err == nil && filter.AllowsItem(f) {
			all = append(all, m)
		}
		return err
	})
	return all, err
}

// Copied lists what a copy was given.
func (d *DB) Copied(ctx context.Context, lease string) (all []store.Copied, err error) {
	text := `SELECT c.document, d.id, c.version, c.batch FROM lease l JOIN copied c ON c.lease = l.n JOIN document d ON d.n = c.document WHERE l.id = ?1`
	err = each(d.queries(ctx), text, []any{lease}, func(r rows) error {
		var c store.Copied
		err := r.Scan(&c.N, &c.ID, &c.Version, &c.Batch)
		all = append(all, c)
		return err
	})
	return all, err
}

// HandedIn gives reads that were handed in.
func (d *DB) HandedIn(ctx context.Context, actor string, ids []string) (map[string]store.HandedIn, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	out := map[string]store.HandedIn{}
	text := `SELECT o.id, o.patient, o.at, o.sum, o.revoked FROM json_each(?2) j JOIN offline_read o ON o.actor = ?1 AND o.id = j.value`
	err = each(d.queries(ctx), text, []any{actor, string(list)}, func(r rows) error {
		h := store.HandedIn{Actor: actor}
		var at int64
		var sum []byte
		if err := r.Scan(&h.ID, &h.Record, &at, &sum, &h.Revoked); err != nil {
			return err
		}
		if h.At = fromMillis(at); len(sum) == sha256.Size {
			h.Sum = [sha256.Size]byte(sum)
		}
		out[h.ID] = h
		return nil
	})
	return out, err
}

// RenewLease moves the end of a lease.
func (t *tx) RenewLease(id string, until time.Time) error {
	var record int64
	err := t.w.row(`SELECT patient FROM lease WHERE id = ?1 AND ended = 0`, []any{&record}, id)
	if errors.Is(err, store.ErrNotFound) { // it ended meanwhile
		return store.ErrStale
	}
	if err != nil {
		return err
	}
	if _, err := t.run(`UPDATE lease SET until = ?2 WHERE id = ?1`, id, millis(until)); err != nil {
		return err
	}
	return t.sealFacts(record)
}

// NoteLease notes that the history told of a copy.
func (t *tx) NoteLease(id string, at time.Time) error {
	_, err := t.run(`UPDATE lease SET logged = ?2 WHERE id = ?1`, id, millis(at))
	return err
}

// KeepCopied notes what a copy is given.
func (t *tx) KeepCopied(lease string, all []store.Copied) error {
	var n int64
	err := t.w.row(`SELECT n FROM lease WHERE id = ?1 AND ended = 0`, []any{&n}, lease)
	if errors.Is(err, store.ErrNotFound) { // it ended meanwhile
		return store.ErrStale
	}
	if err != nil {
		return err
	}
	for _, c := range all {
		_, err := t.run(`INSERT INTO copied VALUES (?1,?2,?3,?4) ON CONFLICT (lease, document) DO UPDATE SET version = ?3, batch = ?4`, n, c.N, c.Version, c.Batch)
		if err != nil {
			return err
		}
	}
	return nil
}

// AddHandedIn adds a read that was handed in.
func (t *tx) AddHandedIn(h store.HandedIn) error {
	_, err := t.run(`INSERT INTO offline_read (actor, id, patient, at, sum, revoked) VALUES (?1,?2,?3,?4,?5,?6)`,
		h.Actor, h.ID, h.Record, millis(h.At), h.Sum[:], flag(h.Revoked))
	return unique(err)
}
