package sqlite

import (
	"sync/atomic"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// ear is who is told of commits, and who settles what follows from a change of
// rights; nobody until OnChange and OnRights.
type ear struct {
	tell   atomic.Pointer[func(store.Changed)]
	settle atomic.Pointer[func(store.Tx, int64) error]
}

// OnChange says who is told of commits.
func (d *DB) OnChange(tell func(store.Changed)) { d.ear.tell.Store(&tell) }

// OnRights says who settles what follows from a change of rights.
func (d *DB) OnRights(settle func(store.Tx, int64) error) { d.ear.settle.Store(&settle) }

// settle lets what follows from the op's changes of rights be done.
func (t *tx) settle() error {
	settle := t.w.db.ear.settle.Load()
	if settle == nil {
		return nil
	}
	for _, n := range t.rights {
		if err := (*settle)(t, n); err != nil {
			return err
		}
	}
	return nil
}

// told tells of a change once it is durable, and before it is acknowledged.
func (t *tx) told(c store.Changed) {
	t.onCommit(func() {
		if tell := t.w.db.ear.tell.Load(); tell != nil {
			(*tell)(c)
		}
	})
}
