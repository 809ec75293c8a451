package cache

import (
	"carnet/cache/vault"
	"carnet/client"
)

// Sleep drops from memory what a locked screen has no use for: who is copied, and the
// records' keys. The vault is to be locked. The first use after it is unlocked reads
// them again.
func (c *Cache) Sleep() {
	c.write.Lock()
	defer c.write.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asleep = true
	c.entries, c.people, c.wanted, c.screen = map[string]*entry{}, map[string]client.Patient{}, nil, ""
	c.keys.hide()
}

// sleeps tells whether what is copied is out of memory.
func (c *Cache) sleeps() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.asleep
}

// wake reads what Sleep dropped. The caller holds life.
func (c *Cache) wake() error {
	c.waking.Lock()
	defer c.waking.Unlock()
	if !c.sleeps() {
		return nil
	}
	lost, err := c.recall()
	if err != nil {
		return diskError(err)
	}
	return diskError(c.forget(lost...))
}

// recall reads keys and heads.
func (c *Cache) recall() (lost []string, err error) {
	c.write.Lock()
	defer c.write.Unlock()
	keys, err := loadKeys(c.dir, c.seal)
	if err != nil && len(keys.keys) == 0 && len(c.keys.rows) > 0 {
		return nil, err
	}
	c.keys.show(keys)
	found, lost, err := c.heads()
	if err != nil {
		c.keys.hide()
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asleep = false
	for record, h := range found {
		c.entries[h.Patient.ID] = newEntry(record, *h)
	}
	return lost, nil
}

// hide overwrites the keys in memory; where they are on the disk stays known.
func (t *keyTable) hide() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range t.keys {
		clear(key)
	}
	t.keys = map[string][]byte{}
}

// show takes what was read again from the disk.
func (t *keyTable) show(read *keyTable) {
	t.rows, t.free, t.size, t.damaged = read.rows, read.free, read.size, read.damaged
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keys = read.keys
}

// awake refuses what would be written while what is copied is out of memory.
func (c *Cache) awake() error {
	if c.sleeps() {
		return vault.ErrLocked
	}
	return nil
}
