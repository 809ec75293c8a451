package sqlite

import (
	"context"
	"errors"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// stateErased is the one state of a life that the store itself knows.
const stateErased = "erased"

const lifeText = `SELECT l.patient, p.id, l.state, l.version, l.due, l.body, r.key
	FROM life l JOIN patient p ON p.n = l.patient JOIN record r ON r.patient = l.patient `

// Life gives the life of a record.
func (d *DB) Life(ctx context.Context, record int64) (store.Life, error) {
	all, err := d.lives(ctx, `WHERE l.patient = ?1 AND l.state <> 'erased'`, record)
	if err == nil && len(all) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Life{}, err
	}
	return all[0], nil
}

// LivesDue gives those in which something is to be done.
func (d *DB) LivesDue(ctx context.Context, at time.Time, limit int) ([]store.Life, error) {
	return d.lives(ctx, `WHERE l.due <> 0 AND l.due <= ?1 ORDER BY l.due, l.patient LIMIT ?2`, millis(at), limit)
}

func (d *DB) lives(ctx context.Context, where string, args ...any) (all []store.Life, err error) {
	err = each(d.queries(ctx), lifeText+where, args, func(r rows) error {
		var l store.Life
		var due int64
		var key []byte
		if err := r.Scan(&l.Record, &l.Patient, &l.State, &l.Version, &due, &l.Body, &key); err != nil {
			return err
		}
		l.Due = fromMillis(due)
		box, err := d.keys.Box(l.Record, key)
		if err != nil {
			return err
		}
		l.Body, err = box.Open(nil, "life", uint64(l.Record), int(l.Version), l.Body)
		all = append(all, l)
		return err
	})
	return all, err
}

// Erased tells when a record was erased.
func (d *DB) Erased(ctx context.Context, patientID string) (time.Time, error) {
	var at int64
	err := one(d.queries(ctx), `SELECT l.at FROM life l JOIN patient p ON p.n = l.patient WHERE p.id = ?1 AND l.state = 'erased'`, []any{&at}, patientID)
	return fromMillis(at), err
}

// SaveLife keeps a life in the place of the one that was read.
func (t *tx) SaveLife(l *store.Life, state consent.State, closed time.Time) error {
	box, err := t.box(l.Record)
	if err != nil {
		return err
	}
	var version int64
	err = t.w.row(`SELECT version FROM life WHERE patient = ?1`, []any{&version}, l.Record)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if version != l.Version {
		return store.ErrVersion
	}
	l.Version++
	_, err = t.run(`INSERT INTO life VALUES (?1,?2,?3,?4,?5,?6)
		ON CONFLICT (patient) DO UPDATE SET state = ?2, version = ?3, due = ?4, at = ?5, body = ?6`,
		l.Record, l.State, l.Version, millis(l.Due), millis(t.w.db.now()), box.Seal("life", uint64(l.Record), int(l.Version), l.Body))
	if err != nil {
		return err
	}
	return t.setState(l.Record, state, closed)
}

// setState sets the state that the decision reads, when it is another one.
func (t *tx) setState(n int64, state consent.State, closed time.Time) error {
	var mt string
	var before, at int64
	if err := t.w.row(`SELECT mt, state, closed_at FROM record WHERE patient = ?1`, []any{&mt, &before, &at}, n); err != nil {
		return err
	}
	if before == int64(state) && at == millis(closed) {
		return t.sealFacts(n)
	}
	if _, err := t.run(`UPDATE record SET state = ?2, closed_at = ?3 WHERE patient = ?1`, n, int64(state), millis(closed)); err != nil {
		return err
	}
	return errors.Join(t.bumpPanel(mt), t.bumpRelated(n), t.BumpEpoch(n), t.sealFacts(n))
}
