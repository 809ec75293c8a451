package cache

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"golang.org/x/time/rate"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

// apply writes one batch of changes, whole or not at all, and gives the copy as it
// is then; nil when it was dropped.
func (c *Cache) apply(e *entry, got client.CopyChanges, pending map[string]Pending, r *Synced) (*entry, error) {
	h := e.head
	h.Documents = slices.Clone(h.Documents)
	h.Lease.Stamp, h.Whole = got.Stamp, h.Whole || !got.More
	h.AsOf, _ = c.clock.now()
	gone := slices.DeleteFunc(slices.Clone(got.Gone), func(id string) bool {
		return Decide(c.held(e, id), ToldGone, pending[id]) != Purge
	})
	h.Documents = slices.DeleteFunc(h.Documents, func(id string) bool { return slices.Contains(gone, id) })
	var stale []string // whose bytes are others now
	for _, d := range got.Documents {
		if d.PatientID != "" && d.PatientID != e.Patient.ID || d.ID == "" {
			return nil, &client.Error{Code: fhir.Malformed, Err: errors.New("cache: a document of another record")}
		}
		told := c.told(e, d)
		switch Decide(c.held(e, d.ID), told, pending[d.ID]) {
		case Conflict:
			r.Conflicts = append(r.Conflicts, d.ID)
			fallthrough
		case Fetch:
			if told == ToldContent && slices.Contains(e.Documents, d.ID) { // of one that is new here a colleague may have the bytes
				stale = append(stale, d.ID)
			}
		}
		if !slices.Contains(h.Documents, d.ID) {
			h.Documents = append(h.Documents, d.ID)
		}
	}
	r.Documents += len(got.Documents)
	r.Gone += len(gone)
	next := newEntry(e.record, h)
	if err := c.commit(next, got.Documents, gone); err != nil {
		return nil, c.unwritten(e, len(gone) > 0 || got.More, err)
	}
	for _, id := range append(stale, gone...) {
		if err := c.dropContent(e, id); err != nil {
			return nil, err
		}
	}
	if len(gone) > 0 {
		return c.rekeyWhole(next)
	}
	return next, nil
}

// held tells what the copy has of a document.
func (c *Cache) held(e *entry, id string) Held {
	if !slices.Contains(e.Documents, id) {
		return HeldNothing
	}
	if name, err := c.docName(e.record, id); err == nil && c.contents.has(e.record, name) {
		return HeldContent
	}
	if c.inPool(e) && c.pool.has(e.Card, id) {
		return HeldContent
	}
	return HeldDescription
}

// told compares what the server says of a document with the copy.
func (c *Cache) told(e *entry, d client.Document) Told {
	if !slices.Contains(e.Documents, d.ID) {
		return ToldContent
	}
	key := c.keys.get(e.record)
	defer clear(key)
	var mine client.Document
	err := contained(func() error {
		return c.db.View(func(txn *badger.Txn) (err error) {
			mine, err = c.getDocument(txn, e.record, key, d.ID)
			return err
		})
	})
	if err != nil || mine.Attachment.Hash != d.Attachment.Hash || mine.Attachment.Size != d.Attachment.Size {
		return ToldContent
	}
	return ToldDescription
}

// commit writes a head, descriptions that came and the absence of those that went,
// in one transaction.
func (c *Cache) commit(e *entry, came []client.Document, gone []string) error {
	c.write.Lock()
	defer c.write.Unlock()
	if !c.keys.has(e.record) {
		return nil // purged meanwhile
	}
	err := c.writing(func() error {
		return c.db.Update(func(txn *badger.Txn) error {
			for _, d := range came {
				if err := c.putDocument(txn, e.record, d); err != nil {
					return err
				}
			}
			for _, id := range gone {
				name, err := c.docName(e.record, id)
				if err != nil {
					return err
				}
				if err := txn.Delete([]byte(name)); err != nil {
					return err
				}
			}
			return c.putHead(txn, e.record, &e.head)
		})
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.entries[e.Patient.ID] = e
	c.mu.Unlock()
	return nil
}

// rekey gives a record a new key and writes what it may still keep anew, so that
// what went from it opens nowhere any more. Until it is done the copy is closed:
// a crash in between leaves a copy to be fetched again. Shared bytes stay where they
// are: without its description a document's open to nobody.
func (c *Cache) rekey(e *entry) (*entry, error) {
	docs, err := c.documents(e)
	if err != nil {
		return nil, c.drop(e, err)
	}
	bytesOf := map[string]client.Content{}
	for _, d := range docs {
		if name, err := c.docName(e.record, d.ID); err == nil && c.contents.has(e.record, name) {
			if got, err := c.content(e, d); err == nil {
				bytesOf[d.ID] = got
			}
		}
	}
	if _, err := c.destroy([]string{e.record}); err != nil {
		return nil, err
	}
	c.write.Lock()
	err = c.keys.add(e.record)
	c.write.Unlock()
	if err != nil {
		return nil, err
	}
	h := e.head
	h.Documents = nil
	next := newEntry(e.record, h)
	for chunk := range slices.Chunk(docs, client.CopyBatch) {
		for _, d := range chunk {
			h.Documents = append(h.Documents, d.ID)
		}
		part := h
		part.Whole = h.Whole && len(h.Documents) == len(docs)
		part.Documents = slices.Clone(h.Documents)
		if !part.Whole {
			part.Lease.Stamp = "" // after a crash here everything is asked for again
		}
		next = newEntry(e.record, part)
		if err := c.commit(next, chunk, nil); err != nil {
			return nil, err
		}
	}
	if len(docs) == 0 {
		if err := c.commit(next, nil, nil); err != nil {
			return nil, err
		}
	}
	for _, d := range docs {
		if got, ok := bytesOf[d.ID]; ok {
			if err := c.putContent(next, d, got, nil); err != nil {
				return nil, err
			}
		}
	}
	return next, nil
}

// drop forgets a copy that is damaged; it is wanted again.
func (c *Cache) drop(e *entry, cause error) error {
	if err := c.broken(e, cause); errors.Is(err, vault.ErrLocked) {
		return err
	}
	return nil
}

// dropContent removes a document's bytes, the shared ones too.
func (c *Cache) dropContent(e *entry, id string) error {
	name, err := c.docName(e.record, id)
	if err == nil {
		err = c.contents.drop(e.record, name)
	}
	if err == nil && c.inPool(e) {
		err = c.pool.drop(e.Card, id)
	}
	return err
}

// putContent seals a document's bytes into their file.
func (c *Cache) putContent(e *entry, d client.Document, got client.Content, held func(string) bool) error {
	name, err := c.docName(e.record, d.ID)
	if err != nil {
		return err
	}
	plain, err := pack(got)
	if err != nil {
		return err
	}
	if c.inPool(e) {
		err := c.pool.keep(e.Card, d, plain, held)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it ended for all meanwhile
		}
		return err
	}
	key := c.keys.get(e.record)
	if key == nil {
		return nil // purged meanwhile
	}
	defer clear(key)
	sealed, err := c.sealed(key, plain, contentLabel(e.record, name, d))
	if err != nil {
		return err
	}
	return c.contents.put(e.record, name, sealed, held)
}

const (
	// newestOf is how many contents of one record are fetched in advance.
	newestOf = 50
	// maxAhead is the largest document that is fetched in advance, in bytes.
	maxAhead = 10 << 20
)

// prefetch fetches contents, newest act first: of the record on screen, then of
// those opened last. It stops when the budget is full.
func (c *Cache) prefetch(ctx context.Context, pending map[string]Pending, r *Synced) error {
	c.mu.RLock()
	all := make([]*entry, 0, len(c.entries))
	for _, e := range c.entries {
		all = append(all, e)
	}
	c.mu.RUnlock()
	limit := rate.NewLimiter(rate.Inf, 0)
	if c.cfg.Rate > 0 {
		limit = rate.NewLimiter(rate.Limit(c.cfg.Rate), maxAhead)
	}
	heldFiles := c.heldFiles(all, pending)
	for _, e := range c.byPriority(all) {
		if !e.Whole {
			continue
		}
		missing, err := c.missing(e)
		if err != nil {
			if err := c.drop(e, err); err != nil {
				return err
			}
			continue
		}
		for _, d := range missing {
			if !c.filesOf(e).room(d.Attachment.Size) {
				return nil
			}
			if err := limit.WaitN(ctx, int(d.Attachment.Size)); err != nil {
				return fhir.Wrap(fhir.Canceled, err)
			}
			stop, err := c.fetch(ctx, e, d, heldFiles, r)
			if stops(err) {
				return err
			}
			if stop {
				break
			}
		}
	}
	return nil
}

// filesOf gives where a copy's bytes are kept.
func (c *Cache) filesOf(e *entry) *contents {
	if c.inPool(e) {
		return c.pool.contents
	}
	return c.contents
}

// missing gives the documents of a copy whose bytes are to be fetched.
func (c *Cache) missing(e *entry) ([]client.Document, error) {
	lacks := false
	for _, id := range e.Documents {
		if c.held(e, id) != HeldContent {
			lacks = true
			break
		}
	}
	if !lacks {
		return nil, nil
	}
	docs, err := c.documents(e)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(docs, func(x, y client.Document) int { return strings.Compare(y.PeriodStart, x.PeriodStart) })
	docs = docs[:min(len(docs), newestOf)]
	return slices.DeleteFunc(docs, func(d client.Document) bool {
		return d.Status != "current" || d.Attachment.Size > maxAhead || d.Attachment.Size < 0 || c.held(e, d.ID) == HeldContent
	}), nil
}

// fetch asks for one document's bytes and keeps them; stop means no more of this
// record.
func (c *Cache) fetch(ctx context.Context, e *entry, d client.Document, held func(string) bool, r *Synced) (stop bool, err error) {
	r.Requests++
	got, err := c.copies.CopyContent(ctx, e.Lease.ID, d)
	switch fhir.CodeOf(err) {
	case "":
	case fhir.NoConsent:
		r.Purged++
		return true, c.refuse(e.record)
	case fhir.NotFound, fhir.Withdrawn, fhir.Invalid:
		return false, nil // the next check tells what became of it
	default:
		return stops(err), err
	}
	sum := sha1.Sum(got.Bytes)
	if int64(len(got.Bytes)) != d.Attachment.Size || base64.StdEncoding.EncodeToString(sum[:]) != d.Attachment.Hash || len(got.Bytes) > maxContent {
		return false, nil
	}
	r.Fetched++
	r.Bytes += int64(len(got.Bytes))
	return false, c.putContent(e, d, got, held)
}

// heldFiles tells the files that stay whatever the budget: work waits on them.
func (c *Cache) heldFiles(all []*entry, pending map[string]Pending) func(string) bool {
	held := map[string]bool{}
	for _, e := range all {
		for id, p := range pending {
			if slices.Contains(e.Documents, id) && Decide(HeldContent, ToldNothing, p) == Hold {
				if name, err := c.docName(e.record, id); err == nil {
					held[e.record+"/"+name] = true
				}
				if c.inPool(e) {
					if name, err := c.pool.bytesName(e.Card, id); err == nil {
						held[e.Card+"/"+name] = true
					}
				}
			}
		}
	}
	return func(key string) bool { return held[key] }
}
