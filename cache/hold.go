package cache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"carnet/client/fhir"
)

// Holding says what the cache holds.
type Holding struct {
	Records int       // copies that can be opened now
	Bytes   int64     // of contents, on disk
	Last    time.Time // when the last of these copies ends; zero without one
}

// Holds tells what can be opened without the server. It is quick.
func (c *Cache) Holds() Holding {
	if !c.life.TryRLock() { // it is being cleared or shut
		return Holding{}
	}
	defer c.life.RUnlock()
	now, ok := c.clock.now()
	c.mu.RLock()
	defer c.mu.RUnlock()
	h := Holding{Bytes: c.contents.size()}
	if c.pool != nil {
		h.Bytes += c.pool.contents.size()
	}
	for _, e := range c.entries {
		if !ok || !e.Whole || !now.Before(e.Lease.Until) || c.shutOut(e, now) {
			continue
		}
		h.Records++
		if e.Lease.Until.After(h.Last) {
			h.Last = e.Lease.Until
		}
	}
	return h
}

// Clear erases every copy: keys, contents and Badger's folder, and what is shared, for
// all members of the establishment: their copies of it stay closed until the server
// confirms each. What was shown offline and not yet reported stays in the journal.
func (c *Cache) Clear(ctx context.Context) error {
	if ctx.Err() != nil {
		return fhir.Wrap(fhir.Canceled, ctx.Err())
	}
	c.syncing.Lock()
	defer c.syncing.Unlock()
	leases, err := c.erase()
	for _, lease := range leases {
		if err != nil || c.copies == nil || c.copies.ReturnCopy(ctx, lease) != nil {
			break // the server learns it when the lease ends
		}
	}
	return err
}

// erase is Clear without the server: it gives the leases of what was erased.
func (c *Cache) erase() (leases []string, err error) {
	c.life.Lock()
	defer c.life.Unlock()
	if c.closed {
		return nil, closedError()
	}
	if _, err := c.seal.Name("ready"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	for _, e := range c.entries {
		leases = append(leases, e.Lease.ID)
	}
	c.entries, c.wanted = map[string]*entry{}, nil
	c.mu.Unlock()
	err = c.rebuild()
	if err == nil {
		err = passed(c.dir)
	}
	if err == nil && c.report.Aside != "" {
		err = os.RemoveAll(filepath.Join(c.dir, c.report.Aside))
	}
	c.report = Report{}
	if err == nil {
		c.contents, err = openContents(c.dir, c.cfg.Budget, c.cfg.Now)
	}
	if c.pool != nil {
		err = errors.Join(err, c.pool.erase())
	}
	return leases, diskError(err)
}
