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

// keybox holds the data key while the vault is unlocked, and the keys of single
// purposes that outlive it.
type keybox struct {
	mu   sync.RWMutex
	key  []byte            // nil when locked
	kept map[string][]byte // by info; keys that LockBut left
}

// put takes a data key, or none; what was there before is overwritten.
func (b *keybox) put(key []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop()
	b.key = key
}

// keep overwrites the data key and leaves what was derived from it for some
// uses.
func (b *keybox) keep(infos []string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.key == nil {
		return nil // what an earlier call left stays
	}
	kept := map[string][]byte{}
	for _, info := range infos {
		key, err := derive(b.key, nil, info)
		if err != nil {
			return err
		}
		kept[info] = key
	}
	b.drop()
	b.kept = kept
	return nil
}

// drop overwrites everything; the caller holds mu.
func (b *keybox) drop() {
	wipe(b.key)
	for _, key := range b.kept {
		wipe(key)
	}
	b.key, b.kept = nil, nil
}

// with lends a key that is derived from the data key for one use; f must not
// keep it. Lock waits until f has returned.
func (b *keybox) with(info string, f func(key []byte) error) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if key := b.kept[info]; key != nil {
		return f(key)
	}
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

// sealInfo and nameInfo tell the keys of one purpose apart.
func sealInfo(purpose string) string { return "carnet seal\x00" + purpose }
func nameInfo(purpose string) string { return "carnet name\x00" + purpose }

func (s *Sealer) with(f func(key []byte) error) error {
	return s.box.with(sealInfo(s.purpose), f)
}

// Name gives the name under which a thing is kept where names can be seen
// (file names, database keys): 32 hexadecimal digits of a keyed hash, the same
// for the same parts in this vault and purpose. Errors: ErrLocked.
func (s *Sealer) Name(parts ...string) (string, error) {
	var out string
	err := s.box.with(nameInfo(s.purpose), func(key []byte) error {
		mac := hmac.New(sha256.New, key)
		mac.Write(bind(envelopeVersion, parts...))
		out = hex.EncodeToString(mac.Sum(nil)[:16])
		return nil
	})
	return out, err
}
