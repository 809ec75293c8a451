package session

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"runtime"

	"github.com/go-jose/go-jose/v4"

	"carnet/client/fhir"
)

// Key is the private key by which a system proves who it is. Its public half is
// given to the server's administrator (JWKS).
type Key struct {
	private jose.JSONWebKey
}

// NewKey makes a key: ECDSA on P-256, for ES256.
func NewKey() (Key, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Key{}, badKey(err)
	}
	return keyOf(k, "")
}

// keyLimit is how long a key file may be, in bytes.
const keyLimit = 64 << 10

// ReadKey reads a key file: PEM (PKCS #8, SEC 1 or PKCS #1) or a JSON Web Key,
// ECDSA P-256 or RSA of 2048 bits or more. It must be its owner's alone (0600);
// one that systemd loaded (credential) may be the group's. Errors: NotFound,
// Forbidden (others may read it), Invalid.
func ReadKey(path string, credential bool) (Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return Key{}, &fhir.Error{Code: fhir.NotFound, Message: "La clé de signature ne se lit pas. Vérifiez son chemin et ses droits.", Err: err}
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return Key{}, badKey(err)
	}
	others := os.FileMode(0o077)
	if credential {
		others = 0o007
	}
	if !info.Mode().IsRegular() || (runtime.GOOS != "windows" && info.Mode().Perm()&others != 0) {
		return Key{}, fhir.E(fhir.Forbidden, "La clé de signature est ouverte à d’autres. Réservez-la à son propriétaire (chmod 600).")
	}
	data, err := io.ReadAll(io.LimitReader(f, keyLimit))
	defer clear(data)
	if err != nil {
		return Key{}, badKey(err)
	}
	return ParseKey(data)
}

// ParseKey reads a key; see ReadKey.
func ParseKey(data []byte) (Key, error) {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		var k jose.JSONWebKey
		if err := json.Unmarshal(data, &k); err != nil {
			return Key{}, badKey(err)
		}
		return keyOf(k.Key, k.KeyID)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return Key{}, badKey(errors.New("no PEM"))
	}
	var k any
	var err error
	switch block.Type {
	case "EC PRIVATE KEY":
		k, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		k, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		k, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return Key{}, badKey(err)
	}
	return keyOf(k, "")
}

// keyOf takes a private key that we sign with. A key without a name is named by
// its thumbprint (RFC 7638).
func keyOf(k any, id string) (Key, error) {
	out := jose.JSONWebKey{Key: k, KeyID: id, Use: "sig"}
	switch k := k.(type) {
	case *ecdsa.PrivateKey:
		if k.Curve != elliptic.P256() {
			return Key{}, badKey(errors.New("not P-256"))
		}
		out.Algorithm = string(jose.ES256)
	case *rsa.PrivateKey:
		if k.Size() < 256 {
			return Key{}, badKey(errors.New("RSA below 2048 bits"))
		}
		out.Algorithm = string(jose.RS256)
	default:
		return Key{}, badKey(errors.New("not a private key for signing"))
	}
	if id == "" {
		print, err := out.Thumbprint(crypto.SHA256)
		if err != nil {
			return Key{}, badKey(err)
		}
		out.KeyID = base64.RawURLEncoding.EncodeToString(print)
	}
	return Key{private: out}, nil
}

func badKey(err error) error {
	return &fhir.Error{Code: fhir.Invalid, Message: "La clé de signature ne convient pas : il faut une clé privée ECDSA P-256, ou RSA d’au moins 2048 bits, en PEM ou en JWK.", Err: err}
}

// PEM gives the private key in PKCS #8. Write it where its owner alone reads.
func (k Key) PEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.private.Key)
	if err != nil {
		return nil, badKey(err)
	}
	defer clear(der)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// JWKS gives the public half as a JSON Web Key Set, for the server's
// administrator.
func (k Key) JWKS() ([]byte, error) {
	out, err := json.MarshalIndent(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k.private.Public()}}, "", "  ")
	if err != nil {
		return nil, badKey(err)
	}
	return append(out, '\n'), nil
}

// Fingerprint is what two people compare over the telephone: the SHA-256 of the
// public key, in groups of four.
func (k Key) Fingerprint() (string, error) {
	public := k.private.Public()
	der, err := x509.MarshalPKIXPublicKey(public.Key)
	if err != nil {
		return "", badKey(err)
	}
	sum := sha256.Sum256(der)
	const digits = "0123456789ABCDEF"
	var out []byte
	for i, b := range sum[:16] {
		if i > 0 && i%2 == 0 {
			out = append(out, ' ')
		}
		out = append(out, digits[b>>4], digits[b&15])
	}
	return string(out), nil
}
