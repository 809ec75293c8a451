package vault

import (
	"crypto/rand"
	"encoding/binary"

	"golang.org/x/crypto/chacha20poly1305"
)

// An envelope is: version (1 byte), nonce (24), ciphertext and tag of
// XChaCha20-Poly1305. The associated data are the version, the purpose, the
// name under which the value is kept and the patient's logical id, each with
// its length, so that a value moved to another place does not open there.
const (
	envelopeVersion = 1
	overhead        = 1 + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
)

// Label says where a sealed value belongs. The same label is needed to open it.
type Label struct {
	Name    string // the key under which it is kept
	Patient string // the patient's logical id; empty when it is about nobody
}

// envelope is a parsed envelope; the slices share memory with the input.
type envelope struct {
	version byte
	nonce   []byte
	sealed  []byte // ciphertext and tag
}

// parseEnvelope takes an envelope apart, knowing no key.
func parseEnvelope(data []byte) (envelope, error) {
	if len(data) < overhead || data[0] != envelopeVersion {
		return envelope{}, fail(ErrDamaged)
	}
	return envelope{data[0], data[1 : 1+chacha20poly1305.NonceSizeX], data[1+chacha20poly1305.NonceSizeX:]}, nil
}

// bind makes the associated data: unambiguous, because every part has its length.
func bind(version byte, parts ...string) []byte {
	out := append([]byte("carnet envelope"), version)
	for _, p := range parts {
		out = binary.AppendUvarint(out, uint64(len(p)))
		out = append(out, p...)
	}
	return out
}

// Seal seals a value under a label. Errors: ErrLocked.
func (s *Sealer) Seal(plain []byte, l Label) ([]byte, error) {
	var out []byte
	err := s.with(func(key []byte) error {
		var err error
		out, err = sealWith(key, plain, bind(envelopeVersion, s.purpose, l.Name, l.Patient))
		return err
	})
	return out, err
}

// Open gives back what was sealed under the same label. Errors: ErrLocked;
// ErrDamaged when one bit differs, or the label does. An empty value opens to
// an empty, non-nil slice.
func (s *Sealer) Open(sealed []byte, l Label) ([]byte, error) {
	var out []byte
	err := s.with(func(key []byte) error {
		var err error
		out, err = openWith(key, sealed, bind(envelopeVersion, s.purpose, l.Name, l.Patient))
		return err
	})
	return out, err
}

// SealUnder seals a value under a key of the caller's own (32 bytes), for one use and
// label, in the same envelope.
func SealUnder(key, plain []byte, use string, l Label) ([]byte, error) {
	return sealWith(key, plain, bind(envelopeVersion, use, l.Name, l.Patient))
}

// OpenUnder gives back what SealUnder sealed. Errors: ErrDamaged.
func OpenUnder(key, sealed []byte, use string, l Label) ([]byte, error) {
	return openWith(key, sealed, bind(envelopeVersion, use, l.Name, l.Patient))
}

func sealWith(key, plain, bound []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fail(err)
	}
	out := make([]byte, 1+chacha20poly1305.NonceSizeX, len(plain)+overhead)
	out[0] = envelopeVersion
	rand.Read(out[1:]) // never fails (crypto/rand since Go 1.24)
	return aead.Seal(out, out[1:], plain, bound), nil
}

func openWith(key, sealed, bound []byte) ([]byte, error) {
	e, err := parseEnvelope(sealed)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fail(err)
	}
	plain, err := aead.Open(make([]byte, 0, len(e.sealed)), e.nonce, e.sealed, bound)
	if err != nil {
		return nil, fail(ErrDamaged)
	}
	return plain, nil
}
