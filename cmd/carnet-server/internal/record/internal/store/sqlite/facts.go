package sqlite

import (
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

const (
	cachedRecords = 50_000
	factMarks     = 1024
)

// factCache remembers the facts of records. What was read before a change and
// arrives after it is not remembered: nothing would ever say that it is old,
// and a refusal is not confirmed by any store.Still.
type factCache struct {
	all *lru.Cache[int64, *store.Record]

	mu      sync.Mutex        // orders what was read against what is removed
	removed [factMarks]uint32 // how often records were removed, by number modulo factMarks
}

func newFactCache() *factCache {
	all, err := lru.New[int64, *store.Record](cachedRecords)
	if err != nil { // only for a size below one
		panic(err)
	}
	return &factCache{all: all}
}

func (c *factCache) get(n int64) (*store.Record, bool) { return c.all.Get(n) }

// mark notes the moment before a record is read.
func (c *factCache) mark(n int64) uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.removed[n%factMarks]
}

// add remembers a record unless it was removed since the mark.
func (c *factCache) add(r *store.Record, mark uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.removed[r.N%factMarks] == mark {
		c.all.Add(r.N, r)
	}
}

// remove forgets a record: it changed.
func (c *factCache) remove(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.removed[n%factMarks]++
	c.all.Remove(n)
}
