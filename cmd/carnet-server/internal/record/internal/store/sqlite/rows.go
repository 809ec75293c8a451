package sqlite

import (
	"context"
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// rows is what *sql.Rows is, for reads that run on either side.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// queryFunc reads, from the pool or inside the writer's transaction.
type queryFunc func(text string, args ...any) (rows, error)

func (d *DB) queries(ctx context.Context) queryFunc {
	return func(text string, args ...any) (rows, error) { return d.query(ctx, text, args...) }
}

func (w *writer) queries() queryFunc {
	return func(text string, args ...any) (rows, error) { return w.rows(text, args...) }
}

// one reads one row; store.ErrNotFound when there is none.
func one(query queryFunc, text string, dest []any, args ...any) error {
	found, err := query(text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }() // a read: Err tells what matters
	if !found.Next() {
		if err := found.Err(); err != nil {
			return err
		}
		return store.ErrNotFound
	}
	return found.Scan(dest...)
}

// each reads all rows.
func each(query queryFunc, text string, args []any, row func(rows) error) error {
	found, err := query(text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }() // a read: Err tells what matters
	for found.Next() {
		if err := row(found); err != nil {
			return err
		}
	}
	return found.Err()
}

// unique tells a key that is already there from the machine's faults.
func unique(err error) error {
	var e *driver.Error
	if errors.As(err, &e) && (e.Code() == codes.SQLITE_CONSTRAINT_UNIQUE || e.Code() == codes.SQLITE_CONSTRAINT_PRIMARYKEY) {
		return fmt.Errorf("%w (%d)", store.ErrDuplicate, e.Code())
	}
	return err
}
