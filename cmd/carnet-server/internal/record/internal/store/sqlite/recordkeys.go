package sqlite

import (
	"context"
	"errors"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// openKeys makes sure that the keys are those of this database, before anything
// is written: their file is made for a new one, keys of before there was a file
// are moved into it, and the last record's must be there.
func (d *DB) openKeys(ctx context.Context, dir string) error {
	if !d.keys.HasSlots() {
		var lost bool
		err := one(d.queries(ctx), `SELECT EXISTS (SELECT 1 FROM record WHERE key = x'')`, []any{&lost})
		if err != nil {
			return err
		}
		if lost {
			return store.Missing(store.RecordKeyFile, "is missing")
		}
		if err := d.keys.MakeSlots(dir); err != nil {
			return err
		}
	}
	if err := d.moveKeys(ctx); err != nil {
		return err
	}
	var n int64
	err := one(d.queries(ctx), `SELECT patient FROM record WHERE state <> 0 ORDER BY patient DESC LIMIT 1`, []any{&n})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := d.keys.Box(n, nil); err != nil && !errors.Is(err, store.ErrErased) {
		return store.Missing(store.RecordKeyFile, "is not the one of this database, or is older")
	}
	return nil
}

// moveKeys moves keys out of the rows of a database that had them there; its
// user_version says that this is done. They are durable in their file first;
// then no byte of them is left in the database: rows, pages that were freed
// before, and the write-ahead log.
func (d *DB) moveKeys(ctx context.Context) error {
	var moved bool
	if err := one(d.queries(ctx), `SELECT user_version > 0 FROM pragma_user_version`, []any{&moved}); err != nil || moved {
		return err
	}
	keys := map[int64][]byte{}
	err := each(d.queries(ctx), `SELECT patient, key FROM record WHERE length(key) > 0`, nil, func(r rows) error {
		var n int64
		var key []byte
		err := r.Scan(&n, &key)
		keys[n] = key
		return err
	})
	if err != nil {
		return err
	}
	for n, key := range keys {
		if err := d.keys.Adopt(n, key); err != nil {
			return err
		}
	}
	if err := d.keys.Flush(); err != nil {
		return err
	}
	for _, text := range []string{
		`UPDATE record SET key = x'' WHERE length(key) > 0`, `VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`, `PRAGMA user_version = 1`,
	} {
		if _, err := d.write.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// Unfinished tells what an interruption, or a database that was put back from a
// copy, left of erasures: records whose rows are gone and whose key is there,
// and records whose key is gone and whose rows are there.
func (d *DB) Unfinished(ctx context.Context) (keys, rowsLeft []int64, err error) {
	err = each(d.queries(ctx), `SELECT patient FROM record WHERE state = 0`, nil, func(r rows) error {
		var n int64
		if err := r.Scan(&n); err != nil {
			return err
		}
		gone, err := d.keys.Destroyed(n)
		if !gone {
			keys = append(keys, n)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	gone, err := d.keys.AllDestroyed()
	for _, n := range gone {
		var id int64
		err := one(d.queries(ctx), `SELECT patient FROM record WHERE patient = ?1 AND state <> 0`, []any{&id}, n)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		rowsLeft = append(rowsLeft, n)
	}
	return keys, rowsLeft, err
}

// Erased gives the logical ids of erased records, by number.
func (r *Reader) Erased(ctx context.Context) (map[int64]string, error) {
	ids := map[int64]string{}
	err := each(r.db.queries(ctx), `SELECT p.n, p.id FROM patient p JOIN record r ON r.patient = p.n WHERE r.state = 0`, nil, func(row rows) error {
		var n int64
		var id string
		err := row.Scan(&n, &id)
		ids[n] = id
		return err
	})
	return ids, err
}
