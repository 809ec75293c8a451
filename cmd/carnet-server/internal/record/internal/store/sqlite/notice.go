package sqlite

import (
	"context"
	"errors"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// AddNotice adds something that the patient is to be told, and an e-mail that
// says that there is something. One e-mail that waits stands for all.
func (t *tx) AddNotice(n store.Notice) error {
	box, err := t.box(n.Record)
	if err != nil {
		return err
	}
	_, err = t.run(`INSERT INTO notice (patient, kind, at, body) VALUES (?1,?2,?3,?4)`,
		n.Record, n.Kind, millis(n.At), box.Seal("notice", uint64(millis(n.At)), 0, n.Body))
	if err != nil {
		return err
	}
	var hidden int64
	if n.Document != "" {
		err := t.w.row(`SELECT hidden FROM document WHERE id = ?1`, []any{&hidden}, n.Document)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	if hidden&hiddenPatient != 0 {
		return nil
	}
	_, err = t.run(`INSERT INTO mail (patient, at, holder_only) VALUES (?1,?2,?3) ON CONFLICT (patient, holder_only) DO UPDATE SET at = ?2`,
		n.Record, millis(n.At), flag(hidden&hiddenReps != 0))
	return err
}

// Notices lists the notices of a record.
func (d *DB) Notices(ctx context.Context, record, below int64, limit int) (all []store.Told, err error) {
	box, err := d.sealed(ctx, record)
	if err != nil {
		return nil, err
	}
	err = each(d.queries(ctx), `SELECT n, kind, at, body FROM notice WHERE patient = ?1 AND (?2 = 0 OR n < ?2) ORDER BY n DESC LIMIT ?3`,
		[]any{record, below, limit}, func(r rows) error {
			var one store.Told
			var at int64
			var sealed []byte
			if err := r.Scan(&one.N, &one.Kind, &at, &sealed); err != nil {
				return err
			}
			one.At = fromMillis(at)
			one.Body, err = box.Open(nil, "notice", uint64(at), 0, sealed)
			all = append(all, one)
			return err
		})
	return all, err
}

// NoticesRead tells up to which notice a person has read.
func (d *DB) NoticesRead(ctx context.Context, record int64, person string) (upto int64, err error) {
	err = each(d.queries(ctx), `SELECT upto FROM notice_read WHERE patient = ?1 AND person = ?2`, []any{record, person},
		func(r rows) error { return r.Scan(&upto) })
	return upto, err
}

// MarkNoticesRead notes up to which notice a person has read; never less far
// than before, and never past what there is.
func (t *tx) MarkNoticesRead(record int64, person string, upto int64) error {
	_, err := t.run(`INSERT INTO notice_read SELECT ?1, ?2, min(?3, COALESCE((SELECT max(n) FROM notice WHERE patient = ?1), 0)) WHERE true
		ON CONFLICT (patient, person) DO UPDATE SET upto = max(upto, excluded.upto)`, record, person, upto)
	return err
}

// EveryVisit tells whether the holder is to be told of every visit.
func (t *tx) EveryVisit(record int64) (every bool, err error) {
	err = t.w.row(`SELECT every_visit FROM choice WHERE patient = ?1`, []any{&every}, record)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return every, err
}

// Mails lists e-mails to be sent.
func (d *DB) Mails(ctx context.Context, limit int) (all []store.Mail, err error) {
	err = each(d.queries(ctx), `SELECT n, patient, at, holder_only FROM mail ORDER BY at, n LIMIT ?1`, []any{limit}, func(r rows) error {
		var m store.Mail
		var at int64
		err := r.Scan(&m.N, &m.Record, &at, &m.HolderOnly)
		m.At = fromMillis(at)
		all = append(all, m)
		return err
	})
	return all, err
}

// DropMail takes an e-mail away, unless more happened since it was listed.
func (t *tx) DropMail(m store.Mail) error {
	_, err := t.run(`DELETE FROM mail WHERE n = ?1 AND at = ?2`, m.N, millis(m.At))
	return err
}

const complaintColumns = `SELECT c.id, c.patient, c.seq, c.at, c.answered, c.body, r.key FROM complaint c JOIN record r ON r.patient = c.patient `

func (d *DB) scanComplaint(r rows) (c store.Complaint, err error) {
	var at, answered int64
	var sealed, key []byte
	if err := r.Scan(&c.ID, &c.Record, &c.Seq, &at, &answered, &sealed, &key); err != nil {
		return c, err
	}
	c.At, c.Answered = fromMillis(at), fromMillis(answered)
	box, err := d.keys.Box(c.Record, key)
	if err != nil {
		return c, err
	}
	c.Body, err = box.Open(nil, "complaint", store.RowOf(c.ID), int(answered), sealed)
	return c, err
}

// Complaints lists contested accesses.
func (d *DB) Complaints(ctx context.Context, limit int) (all []store.Complaint, err error) {
	err = each(d.queries(ctx), complaintColumns+`ORDER BY c.answered <> 0, c.n DESC LIMIT ?1`, []any{limit}, func(r rows) error {
		c, err := d.scanComplaint(r)
		if errors.Is(err, store.ErrErased) { // just now
			return nil
		}
		all = append(all, c)
		return err
	})
	return all, err
}

// Complaint finds a contested access.
func (d *DB) Complaint(ctx context.Context, id string) (c store.Complaint, err error) {
	err = store.ErrNotFound
	found := each(d.queries(ctx), complaintColumns+`WHERE c.id = ?1`, []any{id}, func(r rows) error {
		c, err = d.scanComplaint(r)
		return err
	})
	return c, errors.Join(found, err)
}

// AddComplaint adds a contested access.
func (t *tx) AddComplaint(c store.Complaint) error {
	box, err := t.box(c.Record)
	if err != nil {
		return err
	}
	_, err = t.run(`INSERT INTO complaint (id, patient, seq, at, answered, body) VALUES (?1,?2,?3,?4,0,?5)`,
		c.ID, c.Record, c.Seq, millis(c.At), box.Seal("complaint", store.RowOf(c.ID), 0, c.Body))
	if err != nil {
		return unique(err)
	}
	return t.sealFacts(c.Record)
}

// AnswerComplaint answers a contested access.
func (t *tx) AnswerComplaint(c store.Complaint) error {
	box, err := t.box(c.Record)
	if err != nil {
		return err
	}
	answered := millis(c.Answered)
	r, err := t.w.exec(`UPDATE complaint SET answered = ?2, body = ?3 WHERE id = ?1 AND answered = 0`,
		c.ID, answered, box.Seal("complaint", store.RowOf(c.ID), int(answered), c.Body))
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(store.ErrVersion, err)
	}
	return t.sealFacts(c.Record)
}

const leaseColumns = `SELECT l.id, l.patient, l.actor, l.signin, l.taken, l.until, l.ended, l.logged, l.body, r.key FROM lease l JOIN record r ON r.patient = l.patient `

// runningLeases picks those of a record that run at a time.
const runningLeases = `WHERE l.patient = ?1 AND l.until > ?2 AND l.ended = 0 ORDER BY l.n DESC`

func (d *DB) leases(q queryFunc, where string, args ...any) (all []store.Lease, err error) {
	err = each(q, leaseColumns+where, args, func(r rows) error {
		var l store.Lease
		var taken, until, ended, logged int64
		var sealed, key []byte
		if err := r.Scan(&l.ID, &l.Record, &l.Actor, &l.SignIn, &taken, &until, &ended, &logged, &sealed, &key); err != nil {
			return err
		}
		l.Taken, l.Until, l.Ended, l.Logged = fromMillis(taken), fromMillis(until), fromMillis(ended), fromMillis(logged)
		box, err := d.keys.Box(l.Record, key)
		if err != nil {
			return err
		}
		l.Body, err = box.Open(nil, "lease", store.RowOf(l.ID), 0, sealed)
		all = append(all, l)
		return err
	})
	return all, err
}

// Leases lists the offline copies of a record that run at a time.
func (d *DB) Leases(ctx context.Context, record int64, at time.Time) ([]store.Lease, error) {
	return d.leases(d.queries(ctx), runningLeases, record, millis(at))
}

// Running is Leases within a transaction.
func (t *tx) Running(record int64, at time.Time) ([]store.Lease, error) {
	return t.w.db.leases(t.w.queries(), runningLeases, record, millis(at))
}

// NoOffline tells whether the holder wants no offline copy.
func (t *tx) NoOffline(record int64) (none bool, err error) {
	err = t.w.row(`SELECT no_offline FROM choice WHERE patient = ?1`, []any{&none}, record)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return none, err
}

// Lease finds a lease.
func (d *DB) Lease(ctx context.Context, id string) (store.Lease, error) {
	all, err := d.leases(d.queries(ctx), `WHERE l.id = ?1`, id)
	if err == nil && len(all) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Lease{}, err
	}
	return all[0], nil
}

// keepLeases is how long a lease that is over is kept.
const keepLeases = 30 * 24 * time.Hour

// AddLease adds a lease, in the place of the actor's one of this sign-in.
func (t *tx) AddLease(l store.Lease) error {
	box, err := t.box(l.Record)
	if err != nil {
		return err
	}
	_, err = t.run(`UPDATE lease SET ended = ?4 WHERE patient = ?1 AND actor = ?2 AND signin = ?3 AND ended = 0`, l.Record, l.Actor, l.SignIn, millis(l.Taken))
	if err != nil {
		return err
	}
	if _, err := t.run(`DELETE FROM lease WHERE patient = ?1 AND until < ?2`, l.Record, millis(l.Taken.Add(-keepLeases))); err != nil {
		return err
	}
	_, err = t.run(`INSERT INTO lease (id, patient, actor, signin, taken, until, ended, logged, body) VALUES (?1,?2,?3,?4,?5,?6,0,?7,?8)`,
		l.ID, l.Record, l.Actor, l.SignIn, millis(l.Taken), millis(l.Until), millis(l.Logged), box.Seal("lease", store.RowOf(l.ID), 0, l.Body))
	if err != nil {
		return unique(err)
	}
	return t.sealFacts(l.Record)
}

// EndLease ends a lease before its time.
func (t *tx) EndLease(id string, at time.Time) error {
	var record int64
	err := t.w.row(`SELECT patient FROM lease WHERE id = ?1 AND ended = 0`, []any{&record}, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := t.run(`UPDATE lease SET ended = ?2 WHERE id = ?1`, id, millis(at)); err != nil {
		return err
	}
	return t.sealFacts(record)
}
