package vault

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// keySize is the size of every key, in bytes.
const keySize = 32

// wipe overwrites a key. The package comment says what this cannot reach.
func wipe(b []byte) { clear(b) }

// keybox holds the data key while the vault is unlocked.
type keybox struct {
	mu  sync.RWMutex
	key []byte // nil when locked
}

func (b *keybox) put(key []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	wipe(b.key)
	b.key = key
}

// with lends a key that is derived from the data key for one use; f must not
// keep it. Lock waits until f has returned.
func (b *keybox) with(info string, f func(key []byte) error) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.key == nil {
		return fail(ErrLocked)
	}
	key, err := derive(b.key, nil, info)
	if err != nil {
		return err
	}
	defer wipe(key)
	return f(key)
}

// derive makes a key from a key (HKDF-SHA256, RFC 5869).
func derive(key, salt []byte, info string) ([]byte, error) {
	out, err := hkdf.Key(sha256.New, key, salt, info, keySize)
	if err != nil {
		return nil, fail(err)
	}
	return out, nil
}

// Sealer seals and opens for one purpose. It is safe for concurrent use, and
// answers ErrLocked from Lock until the next Unlock.
type Sealer struct {
	box     *keybox
	purpose string
}

func (s *Sealer) with(f func(key []byte) error) error {
	return s.box.with("carnet seal\x00"+s.purpose, f)
}

// Name gives the name under which a thing is kept where names can be seen
// (file names, database keys): 32 hexadecimal digits of a keyed hash, the same
// for the same parts in this vault and purpose. Errors: ErrLocked.
func (s *Sealer) Name(parts ...string) (string, error) {
	var out string
	err := s.box.with("carnet name\x00"+s.purpose, func(key []byte) error {
		mac := hmac.New(sha256.New, key)
		mac.Write(bind(envelopeVersion, parts...))
		out = hex.EncodeToString(mac.Sum(nil)[:16])
		return nil
	})
	return out, err
}
