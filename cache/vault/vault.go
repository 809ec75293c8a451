package vault

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
	"unicode/utf8"

	"carnet/client/fhir"
)

// Owner is whose vault it is: a person by issuer of the sign-in and id there.
type Owner struct{ Issuer, ID string }

// Config says where vaults live and what they use. Dir is required.
type Config struct {
	Dir     string           // of all vaults of this profile
	Keyring Keyring          // nil: the operating system's
	KDF     KDF              // for new passphrases; zero: 64 MiB, three passes
	Now     func() time.Time // nil: time.Now
	After   func(time.Duration) <-chan time.Time
}

// Vault is one owner's vault. It is safe for concurrent use.
type Vault struct {
	dir  string
	name string // keyed hash of the owner
	kdf  KDF
	now  func() time.Time
	ring *guarded
	box  keybox

	mu    sync.Mutex // guards state and file, and that one change happens at a time
	state State
	file  vaultFile
}

// vaultFile is what is written: nothing of it is secret.
type vaultFile struct {
	Version  int       `json:"version"`
	Method   Method    `json:"method"`
	KDF      *KDF      `json:"kdf,omitempty"`
	Wrapped  []byte    `json:"wrapped"`            // envelope of the data key
	Failures int       `json:"failures,omitempty"` // wrong passphrases in a row, counted before each is tried
	Last     time.Time `json:"last,omitzero"`
}

const (
	fileVersion = 1
	fileName    = "vault.json"
)

// Open gives the vault of an owner, absent or locked. It asks for no secret.
// When the vault's file is damaged (ErrDamaged) the vault comes with the error:
// nothing unlocks it any more, Erase makes room for a new one.
func Open(c Config, o Owner) (*Vault, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fail(err)
	}
	name, err := ownerName(c.Dir, o)
	if err != nil {
		return nil, err
	}
	v := &Vault{dir: filepath.Join(c.Dir, name), name: name, kdf: c.KDF, now: c.Now, state: Absent}
	has := HasKeyring
	if c.Keyring == nil {
		c.Keyring = system{}
	} else {
		has = func() bool { return true }
	}
	if v.now == nil {
		v.now = time.Now
	}
	if c.After == nil {
		c.After = time.After
	}
	v.ring = &guarded{ring: c.Keyring, has: has, after: c.After}
	if v.kdf.Time == 0 {
		v.kdf = defaultKDF
	}
	return v, v.read()
}

// Folder gives the folder of something that several owners share, under a name that
// says nothing; it is not made.
func Folder(dir string, o Owner) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fail(err)
	}
	name, err := ownerName(dir, o)
	return filepath.Join(dir, "shared-"+name), err
}

// ownerName hashes the owner under a key of this profile, so that a list of
// known identifiers is no list of folder names.
func ownerName(dir string, o Owner) (string, error) {
	path := filepath.Join(dir, "names.key")
	whole := func(key []byte) bool { return len(key) == keySize }
	key, err := readTwice(path, whole)
	if errors.Is(err, fs.ErrNotExist) {
		if owned(dir) { // a new key would name other folders, and what is in these be lost without a word
			return "", fail(ErrDamaged)
		}
		key = make([]byte, keySize)
		rand.Read(key)
		err = writeTwice(path, key)
	}
	if err != nil {
		return "", fail(err)
	}
	if !whole(key) {
		return "", fail(ErrDamaged)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(bind(fileVersion, o.Issuer, o.ID))
	return hex.EncodeToString(mac.Sum(nil)[:16]), nil
}

// owned tells whether owners have folders here already.
func owned(dir string) bool {
	found, _ := filepath.Glob(filepath.Join(dir, "*", fileName+"*"))
	return len(found) > 0
}

func (v *Vault) read() error {
	data, err := readTwice(filepath.Join(v.dir, fileName), func(data []byte) bool {
		_, err := parseFile(data)
		return err == nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fail(err)
	}
	v.state = Locked
	f, err := parseFile(data)
	if err == nil {
		v.file = f
	}
	return err
}

// parseFile reads a vault's file, knowing no key.
func parseFile(data []byte) (vaultFile, error) {
	var f vaultFile
	if err := json.Unmarshal(data, &f); err != nil || f.Version != fileVersion || f.Failures < 0 {
		return f, fail(ErrDamaged)
	}
	if _, err := parseEnvelope(f.Wrapped); err != nil || len(f.Wrapped) != keySize+overhead {
		return f, fail(ErrDamaged)
	}
	switch f.Method {
	case ByKeyring, ByKeyFile:
		return f, nil
	case ByPassphrase:
		if f.KDF != nil && f.KDF.sound() {
			return f, nil
		}
	}
	return f, fail(ErrDamaged)
}

func (v *Vault) write(f vaultFile) error {
	data, err := json.Marshal(f)
	if err == nil {
		err = os.MkdirAll(v.dir, 0o700)
	}
	if err == nil {
		err = SyncDir(filepath.Dir(v.dir))
	}
	if err == nil {
		err = writeTwice(filepath.Join(v.dir, fileName), data)
	}
	if err != nil {
		return fail(err)
	}
	v.file = f
	return nil
}

// State tells the state.
func (v *Vault) State() State {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.state
}

// Method tells how the data key is wrapped; empty when absent.
func (v *Vault) Method() Method {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.file.Method
}

// RetryAt tells when a passphrase may be tried again; zero: now.
func (v *Vault) RetryAt() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return retryAt(v.file.Failures, v.file.Last, v.now())
}

// Dir is the owner's folder, where cache and outbox may keep theirs.
func (v *Vault) Dir() string { return v.dir }

// For gives the sealer of one purpose. It works while the vault is unlocked.
func (v *Vault) For(purpose string) *Sealer { return &Sealer{box: &v.box, purpose: purpose} }

// Lock overwrites the data key: every Sealer answers ErrLocked.
func (v *Vault) Lock() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.state, _ = next(v.state, locking)
	v.box.put(nil)
}

// LockBut overwrites the data key, as Lock does, and leaves the Sealers of some
// purposes working until the next Unlock or Lock: the screen is locked at once,
// and what is being sent may still leave. Their keys open nothing of the other
// purposes.
func (v *Vault) LockBut(purposes ...string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	infos := make([]string, 0, 2*len(purposes))
	for _, p := range purposes {
		infos = append(infos, sealInfo(p), nameInfo(p))
	}
	if err := v.box.keep(infos); err != nil {
		v.box.put(nil)
		v.state, _ = next(v.state, locking)
		return err
	}
	v.state, _ = next(v.state, locking)
	return nil
}

// bound ties a wrapped key to its owner and to how it is wrapped: parameters
// that were made cheaper do not open it.
func (v *Vault) bound(m Method, k *KDF) []byte {
	text := ""
	if k != nil {
		data, _ := json.Marshal(k) // numbers and bytes: cannot fail
		text = string(data)
	}
	return bind(fileVersion, "data key", v.name, string(m), text)
}

// wrap wraps a data key under a new secret.
func (v *Vault) wrap(ctx context.Context, key []byte, s Secret) (vaultFile, error) {
	f := vaultFile{Version: fileVersion, Method: s.method}
	var under []byte
	var err error
	switch s.method {
	case ByKeyring:
		under, err = v.newKeyringKey(ctx)
	case ByPassphrase:
		if utf8.RuneCount(s.passphrase) < minPassphrase {
			return f, fhir.E(fhir.BadValue, "La phrase secrète est trop courte. Prenez-en une de huit caractères ou plus.")
		}
		k := v.kdf
		k.Salt = make([]byte, 16)
		rand.Read(k.Salt)
		f.KDF = &k
		under, err = passphraseKey(s.passphrase, k)
	case ByKeyFile:
		under, err = fileKey(s)
	default:
		err = fail(ErrState)
	}
	if err != nil {
		return f, err
	}
	defer wipe(under)
	f.Wrapped, err = sealWith(under, key, v.bound(f.Method, f.KDF))
	return f, err
}

// unwrap gives the data key. A passphrase is counted as wrong, durably, before
// it is tried: killing the program wins no free try.
func (v *Vault) unwrap(ctx context.Context, s Secret) ([]byte, error) {
	if s.method != v.file.Method {
		return nil, fail(ErrWrong)
	}
	var under []byte
	var err error
	switch s.method {
	case ByKeyring:
		under, err = v.keyringKey(ctx)
	case ByKeyFile:
		under, err = fileKey(s)
	case ByPassphrase:
		if !retryAt(v.file.Failures, v.file.Last, v.now()).IsZero() {
			return nil, v.tooSoon()
		}
		f := v.file
		f.Failures, f.Last = f.Failures+1, v.now()
		if err := v.write(f); err != nil {
			return nil, err
		}
		under, err = passphraseKey(s.passphrase, *v.file.KDF)
	}
	if err != nil {
		return nil, err
	}
	defer wipe(under)
	key, err := openWith(under, v.file.Wrapped, v.bound(v.file.Method, v.file.KDF))
	if err != nil {
		return nil, fail(ErrWrong)
	}
	if v.file.Failures > 0 {
		f := v.file
		f.Failures, f.Last = 0, time.Time{}
		err = v.write(f)
	}
	return key, err
}

// tooSoon refuses a try; when the clock was turned back, the wait begins anew
// from now, so that it ends.
func (v *Vault) tooSoon() error {
	if now := v.now(); now.Before(v.file.Last) {
		f := v.file
		f.Last = now
		if err := v.write(f); err != nil {
			return err
		}
	}
	return fail(ErrTooSoon)
}
