package cache

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
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
	nameSize = 16 // bytes of a keyed name
	keySize  = chacha20poly1305.KeySize
	// rowSize is what a row of the table takes on disk: the length of what is sealed, that,
	// and zeros. A row never lies across two sectors, so a power cut tears none.
	rowSize = 128
	// rowsMore is by how many rows the file grows: a page.
	rowsMore = 4096 / rowSize
)

var keysLabel = vault.Label{Name: "keys"}

// keyTable holds the key of every record by the record's keyed name. On disk it is a
// file of rows, each sealed alone, of zeros where it is free: a key is dropped by
// writing zeros in its place, which needs no room on any disk. The caller serialises
// changes (Cache.write).
type keyTable struct {
	dir     string
	seal    *vault.Sealer
	damaged int // rows that did not open when the table was read

	rows map[string]int // where each key is; changed with the file
	free []int          // rows that hold nothing, the first one last
	size int            // rows in the file

	mu   sync.RWMutex // guards keys; not held during input or output
	keys map[string][]byte
}

func newKeys(dir string, seal *vault.Sealer) *keyTable {
	return &keyTable{dir: dir, seal: seal, rows: map[string]int{}, keys: map[string][]byte{}}
}

func (t *keyTable) path() string { return filepath.Join(t.dir, keysName) }

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

// loadKeys reads the table. A damaged row is a free one: nothing that was sealed under
// its key opens again. A table of which no row opens is an empty one, with an error
// that is ErrDamaged.
func loadKeys(dir string, seal *vault.Sealer) (*keyTable, error) {
	t := newKeys(dir, seal)
	file, err := os.ReadFile(t.path())
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	var damaged []int
	for at := 0; at < len(file); at += rowSize {
		row := file[at:min(at+rowSize, len(file))]
		n := t.size
		t.size++
		if len(bytes.Trim(row, "\x00")) == 0 {
			t.free = append(t.free, n)
			continue
		}
		name, key, err := t.openRow(row)
		switch {
		case errors.Is(err, vault.ErrLocked):
			return t, err
		case err != nil || t.keys[name] != nil:
			damaged = append(damaged, n)
		default:
			t.rows[name], t.keys[name] = n, key
		}
	}
	slices.Reverse(t.free)
	if t.damaged = len(damaged); t.damaged > 0 && len(t.keys) == 0 {
		return newKeys(dir, seal), vault.ErrDamaged
	}
	if len(damaged) > 0 && overwriteRows(t.path(), damaged) == nil {
		t.free = append(damaged, t.free...)
	}
	return t, nil
}

// openRow gives what a row holds.
func (t *keyTable) openRow(row []byte) (name string, key []byte, err error) {
	if len(row) != rowSize {
		return "", nil, vault.ErrDamaged
	}
	end := 1 + int(row[0])
	if end > rowSize || len(bytes.Trim(row[end:], "\x00")) != 0 {
		return "", nil, vault.ErrDamaged
	}
	plain, err := t.seal.Open(row[1:end], keysLabel)
	if err != nil {
		return "", nil, err
	}
	defer clear(plain)
	if len(plain) != nameSize+keySize {
		return "", nil, vault.ErrDamaged
	}
	return hex.EncodeToString(plain[:nameSize]), slices.Clone(plain[nameSize:]), nil
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
	err := t.put(added)
	if err != nil {
		err = errors.Join(err, t.drop(added...))
	}
	return err
}

// put writes the rows of keys that have none yet.
func (t *keyTable) put(names []string) error {
	f, err := os.OpenFile(t.path(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	first := t.size == 0
	if t.rows == nil {
		t.rows = map[string]int{}
	}
	for _, name := range names {
		if len(t.free) == 0 {
			if err := t.grow(f); err != nil {
				return errors.Join(err, f.Close())
			}
		}
		row, err := t.row(name)
		if err != nil {
			return errors.Join(err, f.Close())
		}
		n := t.free[len(t.free)-1]
		t.free = t.free[:len(t.free)-1]
		t.rows[name] = n // also when it is written in part: drop overwrites it
		if _, err := f.WriteAt(row, int64(n)*rowSize); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil || !first {
		return err
	}
	return vault.SyncDir(t.dir)
}

// grow makes room for more rows at the end of the file.
func (t *keyTable) grow(f *os.File) error {
	if _, err := f.WriteAt(make([]byte, rowsMore*rowSize), int64(t.size)*rowSize); err != nil {
		return errors.Join(err, f.Truncate(int64(t.size)*rowSize))
	}
	for n := t.size + rowsMore - 1; n >= t.size; n-- {
		t.free = append(t.free, n)
	}
	t.size += rowsMore
	return nil
}

// row seals a record's key for its row.
func (t *keyTable) row(name string) ([]byte, error) {
	raw, err := hex.DecodeString(name)
	if err != nil || len(raw) != nameSize {
		return nil, vault.ErrDamaged
	}
	plain := append(raw, t.get(name)...)
	defer clear(plain)
	sealed, err := t.seal.Seal(plain, keysLabel)
	if err != nil {
		return nil, err
	}
	out := make([]byte, rowSize)
	out[0] = byte(len(sealed))
	copy(out[1:], sealed)
	return out, nil
}

// drop forgets keys, in memory at once and on disk: their rows become zeros, in place,
// so that a full disk keeps none of them. A solid-state disk may keep the old cells;
// the vault's key seals those too.
func (t *keyTable) drop(names ...string) error {
	t.mu.Lock()
	for _, name := range names {
		clear(t.keys[name])
		delete(t.keys, name)
	}
	t.mu.Unlock()
	var rows []int
	for _, name := range names {
		if n, found := t.rows[name]; found {
			rows = append(rows, n)
			delete(t.rows, name)
		}
	}
	return t.wipe(rows)
}

// wipe frees rows. Where a file cannot even be written in place, the whole table goes
// instead: rather all copies are fetched again than one opens that may not.
func (t *keyTable) wipe(rows []int) error {
	if len(rows) == 0 {
		return nil
	}
	err := overwriteRows(t.path(), rows)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		t.free = append(t.free, rows...)
		return nil
	}
	if os.Remove(t.path()) != nil {
		return err
	}
	t.mu.Lock()
	for _, key := range t.keys {
		clear(key)
	}
	t.keys = map[string][]byte{}
	t.mu.Unlock()
	t.rows, t.free, t.size = map[string]int{}, nil, 0
	return vault.SyncDir(t.dir)
}

func overwriteRows(path string, rows []int) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	end, err := f.Seek(0, io.SeekEnd)
	for _, n := range rows {
		at := int64(n) * rowSize // the last row of a file that was cut may be a part of one
		if err == nil && at < end {
			_, err = f.WriteAt(make([]byte, min(rowSize, end-at)), at)
		}
	}
	return errors.Join(err, f.Sync(), f.Close())
}
