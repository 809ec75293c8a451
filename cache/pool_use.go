package cache

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"
	"time"

	"carnet/cache/vault"
	"carnet/client"
)

// bytesKey makes the key of a document's bytes in a pool: of the record's card, and
// of what the server says of the document to who may read it. A member whom it never
// told of the document does not have it.
func (p *pool) bytesKey(card string, d client.Document) ([]byte, error) {
	c, err := p.read(card)
	if err != nil {
		return nil, err
	}
	defer clear(c.Key)
	return hkdf.Key(sha256.New, c.Key, nil, "carnet pool bytes\x00"+d.ID+"\x00"+d.Attachment.Hash+"\x00"+strconv.FormatInt(d.Attachment.Size, 10), keySize)
}

func (p *pool) bytesName(card, id string) (string, error) { return p.named("document", card, id) }

// has tells whether a document's bytes are in the pool.
func (p *pool) has(card, id string) bool {
	name, err := p.bytesName(card, id)
	return err == nil && p.contents.has(card, name)
}

// get gives a document's bytes as pack made them.
func (p *pool) get(card string, d client.Document) ([]byte, error) {
	name, err := p.bytesName(card, d.ID)
	if err != nil {
		return nil, err
	}
	sealed, err := p.contents.get(card, name)
	if err != nil {
		return nil, err
	}
	key, err := p.bytesKey(card, d)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return vault.OpenUnder(key, sealed, "bytes", vault.Label{Name: name, Patient: card})
}

// keep seals a document's bytes into the pool.
func (p *pool) keep(card string, d client.Document, packed []byte, held func(string) bool) error {
	name, err := p.bytesName(card, d.ID)
	if err != nil {
		return err
	}
	key, err := p.bytesKey(card, d)
	if err != nil {
		return err
	}
	defer clear(key)
	sealed, err := vault.SealUnder(key, packed, "bytes", vault.Label{Name: name, Patient: card})
	if err != nil {
		return err
	}
	return p.contents.put(card, name, sealed, held)
}

// drop removes a document's bytes.
func (p *pool) drop(card, id string) error {
	name, err := p.bytesName(card, id)
	if err != nil {
		return err
	}
	return p.contents.drop(card, name)
}

// openShared opens what the establishment shares, beside the copies. Without it each
// member has their own copies alone.
func (c *Cache) openShared() {
	if c.cfg.Shared == nil {
		return
	}
	p, err := openPool(*c.cfg.Shared, c.dir, c.cfg.Budget, c.cfg.Now)
	if err != nil {
		c.cfg.Log("cache: what the establishment shares could not be opened")
		return
	}
	c.pool = p
}

// inPool tells whether a copy lies in the pool that is open here.
func (c *Cache) inPool(e *entry) bool { return c.pool != nil && e.Pool != "" && e.Pool == c.pool.id }

// shutOut tells that a copy whose lease runs is closed all the same: it was taken in
// another capacity of its reader's, or a colleague was told at a contact of theirs
// that the record may no longer be kept, and the server has not said since that this
// reader still may.
func (c *Cache) shutOut(e *entry, now time.Time) bool {
	return e.As != c.cfg.As || e.Pool != "" && !(c.inPool(e) && c.pool.holds(e.Card, now))
}

// share puts a copy that the server has just confirmed among what is shared, or
// takes it out when it is shared no longer.
func (c *Cache) share(h *head, record string) error {
	now, _ := c.clock.now()
	h.As = c.cfg.As
	if !h.Lease.Shared || !c.pool.open(now) {
		h.Pool, h.Card = "", ""
		return nil
	}
	card, err := c.pool.join(newEntry(record, *h))
	if errors.Is(err, vault.ErrLocked) {
		return err
	}
	if err != nil {
		c.cfg.Log("cache: a copy could not be shared")
		h.Pool, h.Card = "", ""
		return nil
	}
	h.Pool, h.Card = c.pool.id, card
	return nil
}

// unshare takes the reader's marks off the cards of copies that go, or the cards
// themselves when the server refused.
func (c *Cache) unshare(gone []*entry, refused bool) (err error) {
	for _, e := range gone {
		if !c.inPool(e) {
			continue
		}
		if refused {
			err = errors.Join(err, c.pool.end(e.Card))
		} else {
			err = errors.Join(err, c.pool.leave(e.Card))
		}
	}
	return err
}

// pooled gives the records of copies that are shared.
func (c *Cache) pooled() (records []string) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, e := range c.entries {
		if e.Pool != "" {
			records = append(records, e.record)
		}
	}
	return records
}

// colleagues gives who was served lately by colleagues and has no copy here.
func (c *Cache) colleagues(now time.Time) ([]slip, error) {
	if !c.pool.open(now) {
		return nil, nil
	}
	all, err := c.pool.lately(now)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s slip) bool {
		c.mu.RLock()
		at, asked := c.declined[s.Patient.ID]
		c.mu.RUnlock()
		return c.entry(s.Patient.ID) != nil || asked && now.Sub(at) < confirmEvery
	}), nil
}
