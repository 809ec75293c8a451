package vault

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/zalando/go-keyring"
	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"carnet/client/fhir"
)

// Method is how a vault's data key is wrapped.
type Method string

// The methods.
const (
	ByKeyring    Method = "keyring"
	ByPassphrase Method = "passphrase"
	ByKeyFile    Method = "keyfile"
)

// Secret is what wraps or unwraps the data key: FromKeyring, FromPassphrase,
// FromKeyFile or FromCredential.
type Secret struct {
	method     Method
	passphrase []byte
	path       string
	credential bool
}

// FromKeyring has the operating system keep the wrapping key.
func FromKeyring() Secret { return Secret{method: ByKeyring} }

// FromPassphrase wraps by a passphrase of eight characters or more. The slice
// is the caller's, who overwrites it after use. Accents count the same however
// the keyboard composes them (NFC).
func FromPassphrase(p []byte) Secret { return Secret{method: ByPassphrase, passphrase: p} }

// FromKeyFile wraps by a file of 32 random bytes, raw or in base64, readable by
// its owner alone.
func FromKeyFile(path string) Secret { return Secret{method: ByKeyFile, path: path} }

// FromCredential is FromKeyFile for a credential that systemd loaded
// (LoadCredential= or LoadCredentialEncrypted=) under this name.
func FromCredential(name string, getenv func(string) string) (Secret, error) {
	dir := getenv("CREDENTIALS_DIRECTORY")
	if dir == "" || name == "" || name != filepath.Base(name) {
		return Secret{}, fhir.E(fhir.NotFound, "systemd n’a pas fourni la clé. Ajoutez LoadCredential= à l’unité.")
	}
	return Secret{method: ByKeyFile, path: filepath.Join(dir, name), credential: true}, nil
}

// NewKeyFile makes a key file with a random key; it never replaces a file.
func NewKeyFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fail(err)
	}
	key := make([]byte, keySize)
	defer wipe(key)
	rand.Read(key)
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(path)
		return fail(err)
	}
	return SyncDir(filepath.Dir(path))
}

// KDF are the parameters of argon2id (RFC 9106), stored with what they wrap.
type KDF struct {
	Time    uint32 `json:"time"`    // passes
	Memory  uint32 `json:"memory"`  // KiB
	Threads uint8  `json:"threads"` // lanes
	Salt    []byte `json:"salt"`
}

// defaultKDF is the second recommended option of RFC 9106, section 4: 64 MiB.
var defaultKDF = KDF{Time: 3, Memory: 64 << 10, Threads: 4}

// sound refuses parameters that a damaged or altered file could use to fill
// the memory or to make guessing cheap.
func (k KDF) sound() bool {
	return k.Time >= 1 && k.Time <= 16 && k.Threads >= 1 && k.Threads <= 16 &&
		k.Memory >= 8*uint32(k.Threads) && k.Memory <= 1<<20 && len(k.Salt) == 16
}

// minPassphrase is the fewest characters of a new passphrase.
const minPassphrase = 8

func passphraseKey(p []byte, k KDF) ([]byte, error) {
	if !k.sound() {
		return nil, fail(ErrDamaged)
	}
	text := norm.NFC.Bytes(p)
	defer wipe(text)
	return argon2.IDKey(text, k.Salt, k.Time, k.Memory, k.Threads, keySize), nil
}

// fileKey reads a key file.
func fileKey(s Secret) ([]byte, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, &fhir.Error{Code: fhir.NotFound, Message: "Le fichier de clé ne se lit pas. Vérifiez son chemin et ses droits.", Err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fail(err)
	}
	if !info.Mode().IsRegular() || !private(info.Mode(), s.credential) {
		return nil, fhir.E(fhir.Forbidden, "Le fichier de clé est ouvert à d’autres. Réservez-le à son propriétaire (chmod 600).")
	}
	data, err := io.ReadAll(io.LimitReader(f, 128))
	defer wipe(data)
	if err != nil {
		return nil, fail(err)
	}
	if len(data) == keySize {
		return append([]byte(nil), data...), nil
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(data)))
	if err != nil || len(key) != keySize {
		return nil, fhir.E(fhir.Invalid, "Le fichier de clé ne tient pas 32 octets. Faites-en un autre.")
	}
	return key, nil
}

// keyringKey asks the keyring for the wrapping key of an owner.
func (v *Vault) keyringKey(ctx context.Context) ([]byte, error) {
	text, err := v.ring.ask(ctx, func(r Keyring) (string, error) { return r.Get(service, v.name) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil, fail(ErrWrong)
	}
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != keySize {
		return nil, fail(ErrWrong)
	}
	return key, nil
}

// newKeyringKey makes a wrapping key, has the keyring keep it, and reads it
// back: a keyring that forgets at once must not be trusted with the only copy.
func (v *Vault) newKeyringKey(ctx context.Context) ([]byte, error) {
	key := make([]byte, keySize)
	rand.Read(key)
	_, err := v.ring.ask(ctx, func(r Keyring) (string, error) {
		return "", r.Set(service, v.name, base64.StdEncoding.EncodeToString(key))
	})
	if err != nil {
		return nil, err
	}
	back, err := v.keyringKey(ctx)
	if err != nil || string(back) != string(key) {
		return nil, fail(ErrNoKeyring)
	}
	wipe(back)
	return key, nil
}
