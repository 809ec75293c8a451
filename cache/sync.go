package cache

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"carnet/client"
	"carnet/client/fhir"
)

// Synced says what one Sync did.
type Synced struct {
	Requests  int      // to the server
	Checked   int      // copies asked about
	Purged    int      // copies that no longer run, or were damaged
	Taken     int      // copies begun
	Documents int      // descriptions written
	Gone      int      // documents that may no longer be kept
	Profiles  int      // health profiles written
	Fetched   int      // contents
	Bytes     int64    // of contents
	Reported  int      // offline reads that are in the history now
	Refused   int      // offline reads that the server refused for good
	Conflicts []string // ids of documents that changed under what waits in the outbox
}

// Sync brings the copies up to date, once: it asks which copies still run and
// purges the others, reports what was shown offline, takes what changed (contract
// section 10), begins the copies that are wanted, copies health profiles, and fetches
// contents by priority. It stops when the
// server gives no answer, and gives what was done in every case.
func (c *Cache) Sync(ctx context.Context) (Synced, error) {
	var r Synced
	if c.copies == nil {
		return r, nil
	}
	c.syncing.Lock()
	defer c.syncing.Unlock()
	done, err := c.use()
	if err != nil {
		return r, err
	}
	defer done()
	r.Requests++
	status, err := c.Records.Status(ctx)
	if err != nil {
		return r, err
	}
	if err := c.clock.told(status.Now); err != nil {
		return r, diskError(err)
	}
	if err := c.sweep(); err != nil {
		return r, diskError(err)
	}
	moved, err := c.refusals(ctx, &r)
	if err != nil {
		return r, diskError(err)
	}
	pending := map[string]Pending{}
	if c.cfg.Pending != nil {
		if pending, err = c.cfg.Pending(ctx); err != nil {
			return r, err
		}
	}
	steps := []func() error{
		func() error { return c.reportReads(ctx, &r) },
		func() error {
			if c.cfg.Between != nil {
				c.cfg.Between(ctx)
			}
			return nil
		},
		func() error { return c.follow(ctx, moved, pending, &r) },
		func() error { return c.takeWanted(ctx, pending, &r) },
		func() error { return c.takeShared(ctx, pending, &r) },
		func() error { return c.followProfiles(ctx, &r) },
		func() error { return c.prefetch(ctx, pending, &r) },
	}
	var failed error
	for _, step := range steps {
		if err := step(); stops(err) {
			return r, diskError(err)
		} else if err != nil {
			failed = err
		}
	}
	return r, diskError(failed)
}

// refusals are obeyed first, whatever else fails. It gives the copies whose record
// changed.
func (c *Cache) refusals(ctx context.Context, r *Synced) ([]*entry, error) {
	member := c.confirmMember(ctx, r)
	moved, err := c.check(ctx, r)
	if err == nil && stops(member) {
		err = member
	}
	return moved, err
}

// check asks how all copies stand, purges those that do not run, renews the
// others, and gives those whose record changed.
func (c *Cache) check(ctx context.Context, r *Synced) (moved []*entry, err error) {
	c.mu.RLock()
	all := make([]*entry, 0, len(c.entries))
	for _, e := range c.entries {
		all = append(all, e)
	}
	c.mu.RUnlock()
	slices.SortFunc(all, func(a, b *entry) int { return strings.Compare(a.record, b.record) })
	now, _ := c.clock.now()
	for chunk := range slices.Chunk(all, client.MaxCopyChecks) {
		held := make([]client.CopyCheck, len(chunk))
		for i, e := range chunk {
			held[i] = client.CopyCheck{Lease: e.Lease.ID, Stamp: e.Lease.Stamp}
		}
		r.Requests++
		states, err := c.copies.CheckCopies(ctx, held)
		if err != nil {
			return nil, err
		}
		r.Checked += len(states)
		var over []string
		var renewed []*entry
		for i, e := range chunk {
			// An answer that is missing, or of another lease, is no leave.
			if i >= len(states) || states[i].Lease != e.Lease.ID || !states[i].Runs {
				over = append(over, e.record)
				continue
			}
			h := e.head
			h.Lease.Until = states[i].Until
			if states[i].Stamp == h.Lease.Stamp && h.Whole {
				h.AsOf = now
			}
			if err := c.share(&h, e.record); err != nil {
				return nil, err
			}
			fresh := newEntry(e.record, h)
			renewed = append(renewed, fresh)
			if states[i].Stamp != h.Lease.Stamp || !h.Whole {
				moved = append(moved, fresh)
			}
		}
		r.Purged += len(over)
		if err := errors.Join(c.refuse(over...), c.renew(renewed)); err != nil {
			return nil, err
		}
	}
	return moved, nil
}

// putHeads writes heads, in as few transactions as Badger allows, and shows them.
func (c *Cache) putHeads(all []*entry) error {
	if len(all) == 0 {
		return nil
	}
	c.write.Lock()
	defer c.write.Unlock()
	err := c.writing(func() error {
		txn := c.db.NewTransaction(true)
		defer func() { txn.Discard() }()
		for _, e := range all {
			if !c.keys.has(e.record) {
				continue // purged meanwhile
			}
			err := c.putHead(txn, e.record, &e.head)
			if errors.Is(err, badger.ErrTxnTooBig) {
				if err = txn.Commit(); err != nil {
					return err
				}
				txn = c.db.NewTransaction(true)
				err = c.putHead(txn, e.record, &e.head)
			}
			if err != nil {
				return err
			}
		}
		return txn.Commit()
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range all {
		if c.keys.has(e.record) {
			c.entries[e.Patient.ID] = e
		}
	}
	return nil
}

// follow takes what changed in copies, the record on screen first.
func (c *Cache) follow(ctx context.Context, moved []*entry, pending map[string]Pending, r *Synced) error {
	var failed error
	for _, e := range c.byPriority(moved) {
		if err := c.changes(ctx, e, pending, r); stops(err) {
			return err
		} else if err != nil {
			failed = err // one record's trouble keeps no other from being followed
		}
	}
	return failed
}

// stops tells errors after which asking for more is no use now.
func stops(err error) bool {
	switch fhir.CodeOf(err) {
	case fhir.Offline, fhir.Canceled, fhir.Unavailable, fhir.Throttled, fhir.Unauthenticated, fhir.TokenExpired:
		return true
	}
	var e *client.Error
	// The disk's do, unless it is full: what may no longer be kept goes all the same.
	return err != nil && !errors.As(err, &e) && !full(err)
}

// byPriority puts the record on screen first, then those opened last.
func (c *Cache) byPriority(all []*entry) []*entry {
	c.mu.RLock()
	screen := c.screen
	c.mu.RUnlock()
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b *entry) int {
		switch {
		case a.Patient.ID == screen && b.Patient.ID != screen:
			return -1
		case b.Patient.ID == screen && a.Patient.ID != screen:
			return 1
		}
		return b.Opened.Compare(a.Opened)
	})
	return out
}

// maxRounds bounds how often one record's changes are asked for in one Sync.
const maxRounds = 10_000

// changes takes a record's changes, batch after batch, each in one transaction.
func (c *Cache) changes(ctx context.Context, e *entry, pending map[string]Pending, r *Synced) error {
	for range maxRounds {
		r.Requests++
		got, err := c.copies.CopyChanges(ctx, e.Lease.ID, e.Lease.Stamp)
		if fhir.CodeOf(err) == fhir.NoConsent {
			r.Purged++
			return c.refuse(e.record)
		}
		if err != nil {
			return err
		}
		if e, err = c.apply(e, got, pending, r); err != nil || !got.More || e == nil {
			return err
		}
	}
	return &client.Error{Code: fhir.Malformed, Err: errors.New("cache: the changes of a record never end")}
}

// takeWanted begins the copies of records that were opened.
func (c *Cache) takeWanted(ctx context.Context, pending map[string]Pending, r *Synced) error {
	var failed error
	for {
		c.mu.Lock()
		n := len(c.wanted)
		if n == 0 || c.roomy() != nil {
			c.mu.Unlock()
			return failed
		}
		a := c.wanted[n-1]
		p, met := c.people[a.PatientID]
		if e := c.entries[a.PatientID]; e != nil && !met {
			p, met = e.row(), true
		}
		c.mu.Unlock()
		if met {
			if err := c.take(ctx, p, a, pending, r); stops(err) {
				return err
			} else if err != nil {
				failed = err // it is wanted again when the record is opened again
			}
		}
		c.mu.Lock() // others may have been added meanwhile
		c.wanted = slices.DeleteFunc(c.wanted, func(x client.Access) bool { return x.PatientID == a.PatientID && x.Session == a.Session })
		c.mu.Unlock()
	}
}

// take begins a copy, or renews one that is there. A record of which no copy may
// be kept loses the one there was.
func (c *Cache) take(ctx context.Context, p client.Patient, a client.Access, pending map[string]Pending, r *Synced) error {
	now, _ := c.clock.now()
	if e := c.entry(p.ID); e != nil {
		h := e.head
		h.Patient, h.Access, h.Opened = p, a, now
		if err := c.share(&h, e.record); err != nil {
			return err
		}
		return c.putHeads([]*entry{newEntry(e.record, h)})
	}
	r.Requests++
	lease, err := c.copies.TakeCopy(ctx, a)
	switch fhir.CodeOf(err) {
	case "":
	case fhir.BusinessRule, fhir.NoConsent, fhir.NotFound, fhir.NoRecord, fhir.Forbidden:
		return nil // nothing may be kept; that is an answer
	default:
		return err
	}
	return c.begin(ctx, head{Patient: p, Lease: lease, Access: a, AsOf: now, Opened: now}, pending, r)
}

// begin begins a copy under a lease.
func (c *Cache) begin(ctx context.Context, h head, pending map[string]Pending, r *Synced) error {
	if h.Lease.PatientID != h.Patient.ID {
		return &client.Error{Code: fhir.Malformed, Err: errors.New("cache: a lease of another record")}
	}
	record, err := c.recordName(h.Patient.ID)
	if err == nil {
		err = c.awake()
	}
	if err != nil {
		return err
	}
	c.write.Lock()
	err = c.keys.add(record)
	c.write.Unlock()
	if err != nil {
		return err
	}
	h.Lease.Stamp = "" // everything is still to come
	if err := c.share(&h, record); err != nil {
		return err
	}
	e := newEntry(record, h)
	if err := c.putHeads([]*entry{e}); err != nil {
		return err
	}
	r.Taken++
	return c.changes(ctx, e, pending, r)
}
