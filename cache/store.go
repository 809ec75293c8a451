package cache

import (
	"crypto/rand"
	"encoding/json"
	"errors"

	"github.com/dgraph-io/badger/v4"
	"golang.org/x/crypto/chacha20poly1305"

	"carnet/cache/vault"
	"carnet/client"
)

// Badger's keys: a letter and keyed names.
const (
	headPrefix = "h"
	docPrefix  = "d"
)

// sealed makes the value of a name: under the record's key, then by the vault.
func (c *Cache) sealed(key, plain []byte, l vault.Label) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	inner := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	rand.Read(inner)
	inner = aead.Seal(inner, inner, plain, bound(l))
	return c.seal.Seal(inner, l)
}

// opened gives back what sealed made. An empty value is a damaged one: Badger
// answers so when it cannot read its own file.
func (c *Cache) opened(key, value []byte, l vault.Label) ([]byte, error) {
	inner, err := c.seal.Open(value, l)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil || len(inner) < chacha20poly1305.NonceSizeX {
		return nil, vault.ErrDamaged
	}
	n := chacha20poly1305.NonceSizeX
	plain, err := aead.Open(inner[n:n], inner[:n], inner[n:], bound(l))
	if err != nil {
		return nil, vault.ErrDamaged
	}
	return plain, nil
}

// bound is the associated data of the inner seal; keyed names have one length.
func bound(l vault.Label) []byte { return []byte(l.Name + "\x00" + l.Patient) }

// recordName and docName are the keyed names of a record and of a document in it.
func (c *Cache) recordName(patientID string) (string, error) { return c.seal.Name("record", patientID) }

func (c *Cache) docName(record, id string) (string, error) {
	name, err := c.seal.Name("document", record, id)
	return docPrefix + record + name, err
}

// putHead writes what a record's copy says of itself.
func (c *Cache) putHead(txn *badger.Txn, record string, h *head) error {
	plain, err := json.Marshal(h)
	if err != nil {
		return err
	}
	name := headPrefix + record
	value, err := c.sealed(c.keys.get(record), plain, vault.Label{Name: name, Patient: record})
	if err != nil {
		return err
	}
	return txn.Set([]byte(name), value)
}

func (c *Cache) putDocument(txn *badger.Txn, record string, d client.Document) error {
	plain, err := json.Marshal(d)
	if err != nil {
		return err
	}
	name, err := c.docName(record, d.ID)
	if err != nil {
		return err
	}
	value, err := c.sealed(c.keys.get(record), plain, vault.Label{Name: name, Patient: record})
	if err != nil {
		return err
	}
	return txn.Set([]byte(name), value)
}

// getDocument reads one description. Errors: vault.ErrDamaged for whatever is not
// there as it was written.
func (c *Cache) getDocument(txn *badger.Txn, record string, key []byte, id string) (d client.Document, err error) {
	name, err := c.docName(record, id)
	if err != nil {
		return d, err
	}
	item, err := txn.Get([]byte(name))
	if err != nil {
		return d, errors.Join(vault.ErrDamaged, err)
	}
	err = item.Value(func(value []byte) error {
		plain, err := c.opened(key, value, vault.Label{Name: name, Patient: record})
		if err == nil {
			err = json.Unmarshal(plain, &d)
		}
		return err
	})
	if err == nil && d.ID != id {
		err = vault.ErrDamaged
	}
	return d, err
}

// contained runs f over Badger and turns a panic in it into damage: Badger trusts
// its files.
func contained(f func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = vault.ErrDamaged
		}
	}()
	return f()
}

// heads reads every head that the key table knows; names whose head is missing or
// damaged, or whose key is, come apart. What purges left behind is removed.
func (c *Cache) heads() (found map[string]*head, lost []string, err error) {
	found = map[string]*head{}
	for _, record := range c.keys.names() {
		var h head
		key := c.keys.get(record)
		name := headPrefix + record
		err := contained(func() error {
			return c.db.View(func(txn *badger.Txn) error {
				item, err := txn.Get([]byte(name))
				if err != nil {
					return err
				}
				return item.Value(func(value []byte) error {
					plain, err := c.opened(key, value, vault.Label{Name: name, Patient: record})
					if err == nil {
						err = json.Unmarshal(plain, &h)
					}
					return err
				})
			})
		})
		if errors.Is(err, vault.ErrLocked) {
			return nil, nil, err
		}
		if err != nil {
			lost = append(lost, record)
			continue
		}
		found[record] = &h
	}
	var strays []string
	err = contained(func() (err error) { strays, err = c.strays(); return err })
	if c.keys.damaged > 0 {
		return found, append(lost, strays...), nil
	}
	if errors.Join(err, c.finish(strays)) != nil {
		c.cfg.Log("cache: what a purge left behind could not be removed; it stays closed")
	}
	return found, lost, nil
}

// deleteRecord takes a record's values out of Badger. On a full disk they stay until the
// next start with room: without their key they are noise.
func (c *Cache) deleteRecord(record string) error {
	err := c.writing(func() error {
		names, err := c.namesUnder(docPrefix + record)
		if err != nil {
			return err
		}
		parts, err := c.namesUnder(profilePrefix + record)
		if err != nil {
			return err
		}
		batch := c.db.NewWriteBatch()
		defer batch.Cancel()
		for _, n := range append(append(names, parts...), []byte(headPrefix+record)) {
			if err := batch.Delete(n); err != nil {
				return err
			}
		}
		return batch.Flush()
	})
	if full(err) {
		c.cfg.Log("cache: the disk is full: what was purged is closed, and is removed later")
		return nil
	}
	return err
}
