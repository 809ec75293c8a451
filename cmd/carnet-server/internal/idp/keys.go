package idp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
)

const (
	keyLife   = 90 * 24 * time.Hour // a signing key is replaced after this
	keyLinger = 24 * time.Hour      // a retired key still verifies for this
)

// signingKey is one ES256 key of the provider; it is also a library key, both
// private (op.SigningKey) and public (op.Key).
type signingKey struct {
	id      string
	private *ecdsa.PrivateKey
	created time.Time
	retired time.Time // zero: in use
}

func (k *signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k *signingKey) ID() string                                  { return k.id }
func (k *signingKey) Key() any                                    { return k.private }

// publicKey is the other half.
type publicKey struct{ *signingKey }

func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return k.private.Public() }

// keyRing holds the provider's keys: the newest signs, the others verify until
// they are forgotten.
type keyRing struct {
	store *store
	now   func() time.Time
	mu    sync.RWMutex
	keys  []*signingKey // newest first
}

// load reads the keys and makes the first one.
func (r *keyRing) load(ctx context.Context) error {
	rows, err := r.store.db.QueryContext(ctx, `SELECT id, private, created, retired FROM key ORDER BY created DESC, id`)
	if err != nil {
		return fmt.Errorf("read signing keys: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var keys []*signingKey
	for rows.Next() {
		k, err := r.scan(rows)
		if err != nil {
			return fmt.Errorf("read signing keys: %w", err)
		}
		keys = append(keys, k)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read signing keys: %w", err)
	}
	r.mu.Lock()
	r.keys = keys
	r.mu.Unlock()
	if len(keys) == 0 {
		return r.rotate(ctx)
	}
	return nil
}

func (r *keyRing) scan(rows *sql.Rows) (*signingKey, error) {
	var k signingKey
	var box string
	var created, retired int64
	if err := rows.Scan(&k.id, &box, &created, &retired); err != nil {
		return nil, err
	}
	der, err := r.store.opened(sealSigning, k.id, box)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey([]byte(der))
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("not an ECDSA key")
	}
	k.private, k.created = private, time.Unix(created, 0)
	if retired != 0 {
		k.retired = time.Unix(retired, 0)
	}
	return &k, nil
}

// rotate makes a new signing key, retires the one before and forgets those
// that nobody holds a token of any more.
func (r *keyRing) rotate(ctx context.Context) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("make signing key: %w", err)
	}
	now := r.now()
	k := &signingKey{id: uuid.NewString(), private: private, created: now}
	box := r.store.sealed(sealSigning, k.id, string(der))
	r.mu.Lock()
	defer r.mu.Unlock()
	err = r.store.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE key SET retired = ? WHERE retired = 0`, now.Unix()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM key WHERE retired <> 0 AND retired < ?`, now.Add(-keyLinger).Unix()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO key (id, private, created) VALUES (?,?,?)`, k.id, []byte(box), now.Unix())
		return err
	})
	if err != nil {
		return fmt.Errorf("keep signing key: %w", err)
	}
	kept := []*signingKey{k}
	for _, old := range r.keys {
		if old.retired.IsZero() {
			old = &signingKey{id: old.id, private: old.private, created: old.created, retired: now}
		}
		if now.Sub(old.retired) <= keyLinger {
			kept = append(kept, old)
		}
	}
	r.keys = kept
	return nil
}

// signing gives the key to sign with; one that is too old is replaced first.
func (r *keyRing) signing(ctx context.Context) (*signingKey, error) {
	if k := r.newest(); r.now().Sub(k.created) < keyLife {
		return k, nil
	}
	if err := r.rotate(ctx); err != nil {
		return nil, err
	}
	return r.newest(), nil
}

func (r *keyRing) newest() *signingKey {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.keys[0]
}

// verifying gives the keys that still verify.
func (r *keyRing) verifying() []publicKey {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []publicKey
	for _, k := range r.keys {
		if k.retired.IsZero() || r.now().Sub(k.retired) <= keyLinger {
			out = append(out, publicKey{k})
		}
	}
	return out
}

// key is the verifier's way in, without HTTP.
func (r *keyRing) key(_ context.Context, id string) (any, error) {
	for _, k := range r.verifying() {
		if k.id == id {
			return k.Key(), nil
		}
	}
	return nil, errUnknownKey
}
