package store

import (
	"context"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
)

// Life is what the store keeps of a record's life. Only State, Version and Due
// lie in clear, under the seal of the record's facts; the rest is Body.
type Life struct {
	Record  int64
	Patient string    // logical id; read only
	State   string    // as package record names it; "erased" is EraseRecord's alone
	Version int64     // of the one that was read; SaveLife moves it
	Due     time.Time // when something is to be done of itself; zero: nothing
	Body    []byte    // opened when read, sealed by the store; nil once erased
}

// Lives keeps the life of each record.
type Lives interface {
	// Life gives the life of a record; ErrNotFound when none was kept, or the
	// record is erased.
	Life(ctx context.Context, record int64) (Life, error)
	// LivesDue gives those in which something is to be done at a time, the
	// longest due first.
	LivesDue(ctx context.Context, at time.Time, limit int) ([]Life, error)
	// Erased tells when the record of a logical id was erased; ErrNotFound when
	// it was not.
	Erased(ctx context.Context, patientID string) (time.Time, error)
	// Unfinished tells what an interruption, or a database that was put back from
	// a copy, left of erasures: records whose rows are gone and whose key is
	// there, and records whose key is gone and whose rows are there.
	Unfinished(ctx context.Context) (keys, rows []int64, err error)
}

// LifeTx is what an Op may do to the life of a record.
type LifeTx interface {
	// SaveLife keeps a life in the place of the version that was read (0: none
	// yet; ErrVersion) and sets l.Version. The state of the decision follows.
	SaveLife(l *Life, state consent.State, closed time.Time) error
	// EraseRecord removes everything of a record but its number, its logical id
	// and the sealed entries of the log, and tells how many documents there
	// were. From then on nobody finds it. The caller destroys its key once this
	// is durable: Keys.Destroy.
	EraseRecord(n int64, at time.Time) (documents int, err error)
	// MandatesFor lists the mandates of a person, in force or not.
	MandatesFor(person string) ([]Mandate, error)
}
