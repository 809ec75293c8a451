package sqlite

import (
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// What is remembered of lists and documents is right for one state of their
// record. Whoever uses it confirms that state in the transaction that logs the
// access (store.Still), so nothing remembered outlives what it was read from.

// pageKey names a page that holds as long as the record does not change.
type pageKey struct {
	countKey
	after store.DocPos
	limit int
}

// pageCache remembers opened pages, up to a number of bytes.
type pageCache struct {
	max int

	mu   sync.Mutex // guards size and all
	size int
	all  *simplelru.LRU[pageKey, store.DocPage]
}

func newPageCache(maxBytes int) *pageCache {
	c := &pageCache{max: maxBytes}
	all, err := simplelru.NewLRU(1<<20, func(_ pageKey, p store.DocPage) { c.size -= pageSize(p) })
	if err != nil { // only for a size below one
		panic(err)
	}
	c.all = all
	return c
}

// pageSize is about what a page takes.
func pageSize(p store.DocPage) int {
	size := 256
	for i := range p.Docs {
		size += 512 + len(p.Docs[i].Served)
	}
	return size
}

// get gives a page, shared with all who ask for it.
func (c *pageCache) get(key pageKey) (store.DocPage, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all.Get(key)
}

func (c *pageCache) add(key pageKey, p store.DocPage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all.Contains(key) {
		return
	}
	c.size += pageSize(p)
	c.all.Add(key, p)
	for c.size > c.max {
		c.all.RemoveOldest()
	}
}

const (
	cachedLocations = 20_000
	longestKey      = 200 // bytes: ids are shorter, and what is longer is not worth remembering
)

// location is a document as it was at an epoch of its record; no number means
// that there was none.
type location struct {
	doc   store.Doc
	epoch int64
}

// locations remembers documents, and ids of none alike, so that answering for
// an unknown one takes as long as for a hidden one.
type locations struct {
	docs *lru.Cache[string, location]

	mu    sync.Mutex // orders misses against new documents
	added int64      // how often a document was added
}

func newLocations() *locations {
	docs, err := lru.New[string, location](cachedLocations)
	if err != nil { // only for a size below one
		panic(err)
	}
	return &locations{docs: docs}
}

func (l *locations) get(key string) (location, bool) { return l.docs.Get(key) }

func (l *locations) forget(key string) { l.docs.Remove(key) }

// mark notes the moment before a look that may end in a miss.
func (l *locations) mark() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.added
}

// add remembers what a look found; a miss only if no document was added since
// the mark.
func (l *locations) add(key string, at location, mark int64) {
	if len(key) > longestKey {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.doc.N != 0 || l.added == mark {
		l.docs.Add(key, at)
	}
}

// created forgets misses that are none any longer.
func (l *locations) created(d *store.Doc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.added++
	for _, key := range [][2]string{{d.ID, ""}, {"", d.UniqueID}} {
		column, value := byID(key[0], key[1])
		l.docs.Remove(column + value)
	}
}
