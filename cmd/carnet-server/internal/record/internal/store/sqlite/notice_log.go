package sqlite

import (
	"context"
	"errors"
	"iter"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// entryColumns with form and number; the index entry_patient gives order and place.
const entryColumns = `SELECT e.form, e.number, e.seq, e.at, e.actor, e.patient, e.nonce, e.body, r.key
	FROM entry e JOIN record r ON r.patient = e.patient WHERE e.patient <> 0 AND e.patient = ?1 `

// recordEntry opens an entry with its form and number.
func (d *DB) recordEntry(r rows) (e store.RecordEntry, err error) {
	e.LogEntry, err = d.scanEntry(ahead{r, []any{&e.Form, &e.Number}})
	e.Form = formOf(e.Form, e.Number)
	return e, err
}

// ahead scans columns before those that are asked for.
type ahead struct {
	rows
	first []any
}

// Scan implements rows.
func (a ahead) Scan(dest ...any) error { return a.rows.Scan(append(a.first, dest...)...) }

// History lists entries about a record.
func (d *DB) History(ctx context.Context, q store.HistoryAsk) (all []store.RecordEntry, err error) {
	text, args := entryColumns+`AND (?2 = 0 OR e.seq < ?2) ORDER BY e.seq DESC LIMIT ?3`, []any{q.Record, q.Below, q.Limit}
	if q.Actor != "" {
		text, args = entryColumns+`AND (?2 = 0 OR e.seq < ?2) AND e.actor = ?4 ORDER BY e.seq DESC LIMIT ?3`, append(args, q.Actor)
	}
	all = make([]store.RecordEntry, 0, min(q.Limit, 1000))
	err = each(d.queries(ctx), text, args, func(r rows) error {
		e, err := d.recordEntry(r)
		all = append(all, e)
		return err
	})
	return all, err
}

// chroniclePage is how many entries are read at once: no reader is held open
// while the one who listens is slow.
const chroniclePage = 1000

// Chronicle gives all entries about a record, oldest first.
func (d *DB) Chronicle(ctx context.Context, record, last int64) iter.Seq2[store.RecordEntry, error] {
	return func(yield func(store.RecordEntry, error) bool) {
		page := make([]store.RecordEntry, 0, chroniclePage)
		for after := int64(-1); ; {
			page = page[:0]
			err := each(d.queries(ctx), entryColumns+`AND e.seq > ?2 AND e.seq <= ?3 ORDER BY e.seq LIMIT ?4`,
				[]any{record, after, last, chroniclePage}, func(r rows) error {
					e, err := d.recordEntry(r)
					page = append(page, e)
					return err
				})
			if err != nil {
				yield(store.RecordEntry{}, err)
				return
			}
			for _, e := range page {
				if after = e.Seq; !yield(e, nil) {
					return
				}
			}
			if len(page) < chroniclePage {
				return
			}
		}
	}
}

// SeqAt gives the first entry about a record at a time or after it. The log is
// written in the order of time but for moments, so halving finds the place.
func (d *DB) SeqAt(ctx context.Context, record int64, at time.Time) (int64, error) {
	query := d.queries(ctx)
	low, err := d.edge(ctx, record, `ORDER BY seq`)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	high, highErr := d.edge(ctx, record, `ORDER BY seq DESC`)
	if err := errors.Join(err, highErr); err != nil {
		return 0, err
	}
	found := int64(0)
	for low <= high {
		middle := low + (high-low)/2
		var seq, when int64
		err := one(query, `SELECT seq, at FROM entry WHERE patient <> 0 AND patient = ?1 AND seq >= ?2 ORDER BY seq LIMIT 1`, []any{&seq, &when}, record, middle)
		if err != nil {
			return 0, err
		}
		if when >= millis(at) {
			found, high = seq, middle-1
		} else {
			low = seq + 1
		}
	}
	return found, nil
}

// LastSeq gives the seq of a record's last entry.
func (d *DB) LastSeq(ctx context.Context, record int64) (int64, error) {
	return d.edge(ctx, record, `ORDER BY seq DESC`)
}

// edge gives the seq at one end of a record's entries.
func (d *DB) edge(ctx context.Context, record int64, order string) (seq int64, err error) {
	err = one(d.queries(ctx), `SELECT seq FROM entry WHERE patient <> 0 AND patient = ?1 `+order+` LIMIT 1`, []any{&seq}, record)
	return seq, err
}

// Hashes gives the hashes of the log's tree.
func (d *DB) Hashes(ctx context.Context) audit.HashStore { return hashReader{d.queries(ctx)} }

// Exports gives the sizes of the heads that exports were given.
func (d *DB) Exports(ctx context.Context, record int64, limit int) (all []int64, err error) {
	err = each(d.queries(ctx), `SELECT size FROM export WHERE patient = ?1 ORDER BY size DESC LIMIT ?2`, []any{record, limit}, func(r rows) error {
		var size int64
		err := r.Scan(&size)
		all = append(all, size)
		return err
	})
	return all, err
}

// AddExport notes the size of a head that an export was given.
func (t *tx) AddExport(record, size int64, at time.Time) error {
	_, err := t.run(`INSERT OR IGNORE INTO export VALUES (?1,?2,?3)`, record, size, millis(at))
	return err
}
