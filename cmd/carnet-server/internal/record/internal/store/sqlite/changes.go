package sqlite

import (
	"sync/atomic"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// ear is who is told of commits; nobody until OnChange.
type ear struct {
	tell atomic.Pointer[func(store.Changed)]
}

// OnChange says who is told of commits.
func (d *DB) OnChange(tell func(store.Changed)) { d.ear.tell.Store(&tell) }

// told tells of a change once it is durable, and before it is acknowledged.
func (t *tx) told(c store.Changed) {
	t.onCommit(func() {
		if tell := t.w.db.ear.tell.Load(); tell != nil {
			(*tell)(c)
		}
	})
}
