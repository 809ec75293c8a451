package cache

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"

	"carnet/cache/vault"
)

const (
	keysName = "keys"
	keysOld  = "keys.old"
	nameSize = 16 // bytes of a keyed name
	keySize  = chacha20poly1305.KeySize
)

var keysLabel = vault.Label{Name: "keys"}

// keyTable holds the key of every record by the record's keyed name. The caller
// serialises changes (Cache.write).
type keyTable struct {
	dir  string
	seal *vault.Sealer

	mu   sync.RWMutex // guards keys; not held during input or output
	keys map[string][]byte
}

// get gives a copy of a record's key, nil when it has none.
func (t *keyTable) get(name string) []byte {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.keys[name])
}

// has tells whether a record has a key.
func (t *keyTable) has(name string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.keys[name] != nil
}

// names gives the records that have a key.
func (t *keyTable) names() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := make([]string, 0, len(t.keys))
	for name := range t.keys {
		out = append(out, name)
	}
	return out
}

// loadKeys reads the table. A damaged table is an empty one, with an error that
// is ErrDamaged: nothing that was sealed under its keys opens again.
func loadKeys(dir string, seal *vault.Sealer) (*keyTable, error) {
	t := &keyTable{dir: dir, seal: seal, keys: map[string][]byte{}}
	path, old := filepath.Join(dir, keysName), filepath.Join(dir, keysOld)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		// A crash between the two renames of save.
		if err := os.Rename(old, path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return t, err
		}
	}
	if err := vault.Overwrite(old); err != nil {
		return t, err
	}
	sealed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	plain, err := seal.Open(sealed, keysLabel)
	if err != nil {
		return t, err
	}
	defer clear(plain)
	if len(plain)%(nameSize+keySize) != 0 {
		return t, vault.ErrDamaged
	}
	for row := range len(plain) / (nameSize + keySize) {
		at := row * (nameSize + keySize)
		t.keys[hex.EncodeToString(plain[at:at+nameSize])] = append([]byte(nil), plain[at+nameSize:at+nameSize+keySize]...)
	}
	return t, nil
}

// add makes the keys of records that have none, and returns when they are on disk.
func (t *keyTable) add(names ...string) error {
	var added []string
	t.mu.Lock()
	for _, name := range names {
		if t.keys[name] == nil {
			key := make([]byte, keySize)
			rand.Read(key) // never fails (crypto/rand since Go 1.24)
			t.keys[name] = key
			added = append(added, name)
		}
	}
	t.mu.Unlock()
	if len(added) == 0 {
		return nil
	}
	err := t.save()
	if err != nil {
		t.forget(added)
	}
	return err
}

// drop forgets keys, in memory at once and on disk.
func (t *keyTable) drop(names ...string) error {
	t.forget(names)
	return t.save()
}

func (t *keyTable) forget(names []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range names {
		clear(t.keys[name])
		delete(t.keys, name)
	}
}

// save writes the table, and overwrites the one before: its keys must not linger.
// A solid-state disk may keep the old cells; the vault's key seals those too.
func (t *keyTable) save() error {
	plain, err := t.plain()
	if err != nil {
		return err
	}
	defer clear(plain)
	sealed, err := t.seal.Seal(plain, keysLabel)
	if err != nil {
		return err
	}
	path, old := filepath.Join(t.dir, keysName), filepath.Join(t.dir, keysOld)
	if err := os.Rename(path, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := vault.WriteFile(path, sealed); err != nil {
		os.Rename(old, path) // what cannot be written leaves the table as it was
		return err
	}
	return vault.Overwrite(old)
}

// plain is the table as bytes: names and keys in rows.
func (t *keyTable) plain() ([]byte, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := make([]byte, 0, len(t.keys)*(nameSize+keySize))
	for name, key := range t.keys {
		raw, err := hex.DecodeString(name)
		if err != nil || len(raw) != nameSize {
			clear(out)
			return nil, vault.ErrDamaged
		}
		out = append(append(out, raw...), key...)
	}
	return out, nil
}
