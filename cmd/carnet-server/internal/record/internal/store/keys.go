package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"carnet/cmd/carnet-server/internal/record/internal/audit"
)

// KeyFile is the name of the master key within the data directory. It lies
// beside the database, never in it: a copy of the database alone opens
// nothing.
const KeyFile = "master.key"

// ErrSealed says that something does not open: it was altered, or belongs to
// another record, or to another master key.
var ErrSealed = errors.New("store: sealed value does not open")

const (
	keySize       = 32
	cachedRecords = 50_000 // unwrapped keys held in memory, about 0.6 kB each
)

// Keys seals what the store keeps. Each record has a key of its own, wrapped
// by the master key in a slot of a file beside the database (slots.go), so that
// overwriting one slot makes one record unreadable for ever, in every copy of
// the database. Safe for concurrent use.
type Keys struct {
	wrap    cipher.AEAD // wraps record keys
	system  cipher.AEAD // seals what belongs to no record
	cursors cipher.AEAD // seals page links
	pools   []byte      // makes the keys of pools of offline copies
	records *lru.Cache[int64, recordKey]
	slots   *slots // the file of record keys; nil until MakeSlots in an older data directory

	mu   sync.Mutex     // orders what was unwrapped against what is destroyed
	gone map[int64]bool // destroyed since the start
}

// Missing says that a key of an existing database is not there, or not the one
// that it was written with. A new key would open nothing.
func Missing(file, how string) error {
	return fmt.Errorf("%s %s: restore the saved keys, which are kept apart from the backups (carnet-server keys restore)", file, how)
}

// OpenKeys reads the master key of a data directory, and makes one (mode 0600)
// when create is set and there is none.
func OpenKeys(dir string, create bool) (*Keys, error) {
	path := filepath.Join(dir, KeyFile)
	master, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && create {
		master, err = makeKeyFile(path)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, Missing(KeyFile, "is missing")
	}
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if len(master) != keySize {
		return nil, errors.New("master key: wrong length")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		return nil, errors.New("master key: others may read the file; set its mode to 0600")
	}
	k, err := newKeys(master)
	if err != nil {
		return nil, err
	}
	return k, k.openSlots(dir)
}

func makeKeyFile(path string) ([]byte, error) {
	master := make([]byte, keySize)
	rand.Read(master)
	return master, WriteSecret(path, master)
}

// WriteSecret makes a file that its owner alone can read. It replaces none.
func WriteSecret(path string, secret []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(secret)
	return errors.Join(err, f.Sync(), f.Close(), SyncDir(filepath.Dir(path)))
}

// SyncDir makes the names in a directory durable: a key must not be lost that
// a database after it needs.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if runtime.GOOS == "windows" { // which has no such thing
		err = nil
	}
	return errors.Join(err, d.Close())
}

func newKeys(master []byte) (*Keys, error) {
	k := &Keys{gone: map[int64]bool{}}
	for _, use := range []struct {
		name string
		to   *cipher.AEAD
	}{{"carnet wrap v1", &k.wrap}, {"carnet system v1", &k.system}, {"carnet cursor v1", &k.cursors}} {
		key, err := hkdf.Key(sha256.New, master, nil, use.name, keySize)
		if err != nil {
			return nil, err
		}
		if *use.to, err = newAEAD(key); err != nil {
			return nil, err
		}
	}
	var err error
	if k.pools, err = hkdf.Key(sha256.New, master, nil, "carnet pool v1", keySize); err != nil {
		return nil, err
	}
	k.records, err = lru.New[int64, recordKey](cachedRecords)
	return k, err
}

// Pool gives the key of what the members of a structure share on one computer of
// theirs: the same each time, and known to who has the master key alone.
func (k *Keys) Pool(org, pool string) ([]byte, error) {
	return hkdf.Key(sha256.New, k.pools, nil, fmt.Sprintf("%q %q", org, pool), keySize)
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	// Random nonces are chosen by the AEAD: 2³² seals under one record's key are
	// out of reach of one record.
	return cipher.NewGCMWithRandomNonce(block)
}

// recordKey is what a record's key makes: what seals its values, and the salt of
// its tag in the log, which is destroyed with the key and kept nowhere else.
type recordKey struct {
	aead cipher.AEAD
	salt [audit.SaltSize]byte
}

func newRecordKey(key []byte) (r recordKey, err error) {
	if r.aead, err = newAEAD(key); err != nil {
		return r, err
	}
	salt, err := hkdf.Key(sha256.New, key, nil, "carnet tag v1", audit.SaltSize)
	copy(r.salt[:], salt)
	return r, err
}

// record gives the key of a record, unwrapping it when it is not known yet: from
// its slot, or, of a database from before there were slots, from the row.
func (k *Keys) record(record int64, row []byte) (recordKey, error) {
	if a, ok := k.records.Get(record); ok {
		return a, nil
	}
	if k.slots != nil {
		var err error
		if row, err = k.inSlot(record); err != nil {
			return recordKey{}, err
		}
	}
	key, err := k.wrap.Open(nil, nil, row, aad("key", record, 0, 0))
	if err != nil {
		return recordKey{}, ErrSealed
	}
	a, err := newRecordKey(key)
	if err != nil {
		return recordKey{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone[record] {
		return recordKey{}, ErrErased
	}
	k.records.Add(record, a)
	return a, nil
}

// Box seals and opens the values of one record (or, from System, of none).
type Box struct {
	aead   cipher.AEAD
	salt   [audit.SaltSize]byte
	record int64
}

// Box gives the box of a record. row is the column key of the record's row,
// empty since keys lie in their file. Errors: ErrErased, ErrSealed.
func (k *Keys) Box(record int64, row []byte) (Box, error) {
	r, err := k.record(record, row)
	return Box{r.aead, r.salt, record}, err
}

// Known gives the box of a record whose key was unwrapped before.
func (k *Keys) Known(record int64) (Box, bool) {
	r, ok := k.records.Get(record)
	return Box{r.aead, r.salt, record}, ok
}

// Forget drops a record's unwrapped key.
func (k *Keys) Forget(record int64) { k.records.Remove(record) }

// System gives the box for what belongs to no record.
func (k *Keys) System() Box { return Box{aead: k.system} }

// TagSalt opens the record's tag in the log (audit.TagOf). It tells nothing of
// the key. That of System is of no record, and zero.
func (b Box) TagSalt() [audit.SaltSize]byte { return b.salt }

// Seal seals a value for one place: kind names the column, row and part the
// row. Opened in any other place it is refused.
func (b Box) Seal(kind string, row uint64, part int, clear []byte) []byte {
	return b.Append(make([]byte, 0, len(clear)+SealOverhead), kind, row, part, clear)
}

// SealOverhead is how much longer a sealed value is, in bytes: a nonce of 12
// and a tag of 16.
const SealOverhead = 28

// Append is Seal, appending to dst. Clear may lie right behind dst, where it is
// then overwritten.
func (b Box) Append(dst []byte, kind string, row uint64, part int, clear []byte) []byte {
	return b.aead.Seal(dst, nil, clear, aad(kind, b.record, row, part))
}

// Open opens what Seal sealed for the same place, appending to dst.
func (b Box) Open(dst []byte, kind string, row uint64, part int, sealed []byte) ([]byte, error) {
	out, err := b.aead.Open(dst, nil, sealed, aad(kind, b.record, row, part))
	if err != nil {
		return nil, ErrSealed
	}
	return out, nil
}

// aad names the place of a sealed value.
func aad(kind string, record int64, row uint64, part int) []byte {
	out := make([]byte, 0, 64)
	out = append(out, kind...)
	out = append(out, 0)
	out = binary.BigEndian.AppendUint64(out, uint64(record))
	out = binary.BigEndian.AppendUint64(out, row)
	return binary.BigEndian.AppendUint64(out, uint64(part))
}

// SealCursor seals a page link for one sign-in session.
func (k *Keys) SealCursor(session string, clear []byte) []byte {
	return k.cursors.Seal(nil, nil, clear, []byte(session))
}

// OpenCursor opens a page link of the same sign-in session.
func (k *Keys) OpenCursor(session string, sealed []byte) ([]byte, error) {
	out, err := k.cursors.Open(nil, nil, sealed, []byte(session))
	if err != nil {
		return nil, ErrSealed
	}
	return out, nil
}
