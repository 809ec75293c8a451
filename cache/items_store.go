package cache

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/dgraph-io/badger/v4"

	"carnet/cache/vault"
	"carnet/client"
)

// A copied profile is a few values, of a number of items each, all of one taking: a
// newer one is written beside it, then named by the head, then the old one goes.
// profilePrefix begins their names.
const (
	profilePrefix = "p"
	itemsAPart    = 200
)

// profileHead is what the head of a copy says of the profile in it.
type profileHead struct {
	Taking string    // names its values
	Parts  int       // 0: the copy has no profile
	Stamp  string    // the lease's when it was copied
	At     time.Time // when it was copied
}

// profilePart is one value.
type profilePart struct {
	Items []client.Item
	Team  []client.CareMember `json:",omitempty"` // in the first
}

func (c *Cache) partName(record, taking string, n int) (string, error) {
	name, err := c.seal.Name("profile", record, taking, strconv.Itoa(n))
	return profilePrefix + record + name, err
}

// profile reads a copied profile. Errors: vault.ErrDamaged for whatever is not there as
// it was written.
func (c *Cache) profile(e *entry) (p client.CopiedProfile, err error) {
	key := c.keys.get(e.record)
	if key == nil {
		return p, vault.ErrDamaged
	}
	defer clear(key)
	err = contained(func() error {
		return c.db.View(func(txn *badger.Txn) error {
			for n := range e.Profile.Parts {
				one, err := c.getPart(txn, e, key, n)
				if err != nil {
					return err
				}
				p.Items, p.Team = append(p.Items, one.Items...), append(p.Team, one.Team...)
			}
			return nil
		})
	})
	return p, err
}

func (c *Cache) getPart(txn *badger.Txn, e *entry, key []byte, n int) (p profilePart, err error) {
	name, err := c.partName(e.record, e.Profile.Taking, n)
	if err != nil {
		return p, err
	}
	item, err := txn.Get([]byte(name))
	if err != nil {
		return p, errors.Join(vault.ErrDamaged, err)
	}
	err = item.Value(func(value []byte) error {
		plain, err := c.opened(key, value, vault.Label{Name: name, Patient: e.record})
		if err == nil {
			err = json.Unmarshal(plain, &p)
		}
		return err
	})
	return p, err
}

// putProfile writes a profile as it was with a stamp, and gives the copy that has it.
// The caller holds syncing: nobody else writes heads meanwhile.
func (c *Cache) putProfile(e *entry, p client.CopiedProfile, stamp string) (*entry, error) {
	key := c.keys.get(e.record)
	if key == nil {
		return e, nil // purged meanwhile
	}
	defer clear(key)
	taking := make([]byte, 8)
	rand.Read(taking)
	h := e.head
	h.Profile = profileHead{Taking: hex.EncodeToString(taking), Stamp: stamp}
	h.Profile.At, _ = c.clock.now()
	parts := slices.Collect(slices.Chunk(p.Items, itemsAPart))
	if len(parts) == 0 {
		parts = append(parts, nil) // that there is nothing is known, too
	}
	h.Profile.Parts = len(parts)
	next := newEntry(e.record, h)
	err := c.writing(func() error {
		batch := c.db.NewWriteBatch()
		defer batch.Cancel()
		for n, items := range parts {
			one := profilePart{Items: items}
			if n == 0 {
				one.Team = p.Team
			}
			if err := c.setPart(batch, next, key, n, one); err != nil {
				return err
			}
		}
		return batch.Flush()
	})
	if err == nil {
		err = c.putHeads([]*entry{next})
	}
	if err != nil {
		return nil, err
	}
	return next, c.dropParts(next)
}

func (c *Cache) setPart(batch *badger.WriteBatch, e *entry, key []byte, n int, p profilePart) error {
	plain, err := json.Marshal(p)
	if err != nil {
		return err
	}
	name, err := c.partName(e.record, e.Profile.Taking, n)
	if err != nil {
		return err
	}
	value, err := c.sealed(key, plain, vault.Label{Name: name, Patient: e.record})
	if err != nil {
		return err
	}
	return batch.Set([]byte(name), value)
}

// dropParts takes the values of older takings out of Badger.
func (c *Cache) dropParts(e *entry) error {
	named := map[string]bool{}
	for n := range e.Profile.Parts {
		name, err := c.partName(e.record, e.Profile.Taking, n)
		if err != nil {
			return err
		}
		named[name] = true
	}
	return c.writing(func() error {
		names, err := c.namesUnder(profilePrefix + e.record)
		if err != nil {
			return err
		}
		batch := c.db.NewWriteBatch()
		defer batch.Cancel()
		for _, n := range names {
			if named[string(n)] {
				continue
			}
			if err := batch.Delete(n); err != nil {
				return err
			}
		}
		return batch.Flush()
	})
}

// namesUnder lists Badger's keys that begin with a prefix.
func (c *Cache) namesUnder(prefix string) (names [][]byte, err error) {
	err = c.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(prefix)})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			names = append(names, it.Item().KeyCopy(nil))
		}
		return nil
	})
	return names, err
}

// rekeyWhole is rekey for a copy with its profile.
func (c *Cache) rekeyWhole(e *entry) (*entry, error) {
	if e.Profile.Parts == 0 {
		return c.rekey(e)
	}
	held, err := c.profile(e)
	if err != nil {
		return nil, c.drop(e, err)
	}
	h := e.head
	h.Profile = profileHead{}
	next, err := c.rekey(newEntry(e.record, h))
	if err != nil || next == nil {
		return next, err
	}
	return c.putProfile(next, held, e.Profile.Stamp)
}
