package idp

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// KeyFile is the file, in the data directory, of the key under which the
// provider's secrets lie sealed in its database. It is never part of a backup.
const KeyFile = "idp.key"

const sealKeySize = 32 // AES-256

// What is sealed: the purpose that a secret is bound to, besides its row. One
// moved to another row, or taken for something else, does not open.
const (
	sealMark    = "mark" // of nothing: tells the right key from another
	sealFactor  = "factor"
	sealSigning = "signing key"
)

// keyProblem says that the key of an existing file is not there, or is another.
// A new key would open nothing.
func keyProblem(how string) error {
	return fmt.Errorf("%s %s: restore the saved keys, which are kept apart from the backups (carnet-server keys restore)", KeyFile, how)
}

// sealed binds a secret to its purpose and its row.
func (s *store) sealed(purpose, row, secret string) string {
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(secret)+s.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails, see crypto/rand
	return base64.RawStdEncoding.EncodeToString(s.aead.Seal(nonce, nonce, []byte(secret), place(purpose, row)))
}

// opened gives a secret back. It fails for another purpose, row or key.
func (s *store) opened(purpose, row, text string) (string, error) {
	box, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(box) < s.aead.NonceSize() {
		return "", errors.New("a secret in the accounts is damaged")
	}
	secret, err := s.aead.Open(nil, box[:s.aead.NonceSize()], box[s.aead.NonceSize():], place(purpose, row))
	if err != nil {
		return "", errors.New("a secret in the accounts was changed, or belongs elsewhere")
	}
	return string(secret), nil
}

// place is what a secret is bound to; the length keeps purpose and row apart.
func place(purpose, row string) []byte {
	return []byte("carnet idp v1\x00" + strconv.Itoa(len(purpose)) + "\x00" + purpose + row)
}

// unlock reads the key, and makes it the first time. A file from before there
// was a key has its secrets sealed, and the bytes in clear are overwritten.
func (s *store) unlock(ctx context.Context, dir string) error {
	clean := false
	// The transaction is immediate: of two who open a new file at once the second
	// finds the key of the first.
	err := s.tx(ctx, func(tx *sql.Tx) error {
		var mark string
		err := tx.QueryRowContext(ctx, `SELECT mark, clean FROM sealed`).Scan(&mark, &clean)
		fresh := errors.Is(err, sql.ErrNoRows)
		if err != nil && !fresh {
			return err
		}
		if s.aead, err = readKey(dir, fresh); err != nil {
			return err
		}
		if fresh {
			clean, err = s.sealAll(ctx, tx)
			return err
		}
		if _, err := s.opened(sealMark, "", mark); err != nil {
			return keyProblem("is not the one of these accounts")
		}
		return nil
	})
	if err != nil || clean {
		return err
	}
	return s.scrub(ctx)
}

// sealAll seals what lies in clear, and notes that it is; clean says that
// nothing did.
func (s *store) sealAll(ctx context.Context, tx *sql.Tx) (clean bool, err error) {
	clean = true
	for _, what := range []struct{ purpose, read, write string }{
		{sealFactor, `SELECT subject, secret FROM factor`, `UPDATE factor SET secret = ? WHERE subject = ?`},
		{sealSigning, `SELECT id, private FROM key`, `UPDATE key SET private = CAST(? AS BLOB) WHERE id = ?`},
	} {
		inClear, err := pairs(ctx, tx, what.read)
		if err != nil {
			return false, err
		}
		clean = clean && len(inClear) == 0
		for _, p := range inClear {
			if _, err := tx.ExecContext(ctx, what.write, s.sealed(what.purpose, p[0], p[1]), p[0]); err != nil {
				return false, err
			}
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO sealed (id, mark, clean) VALUES (1, ?, ?)`, s.sealed(sealMark, "", ""), clean)
	return clean, err
}

func pairs(ctx context.Context, tx *sql.Tx, query string) (all [][2]string, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var p [2]string
		if err := rows.Scan(&p[0], &p[1]); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// scrub rewrites the whole file and empties its log, so that no page and no
// frame of before keeps a secret. What stopped on the way is done at the next
// opening.
func (s *store) scrub(ctx context.Context) error {
	if _, err := s.db.ExecContext(ctx, `VACUUM`); err != nil {
		return fmt.Errorf("overwrite former secrets (another process may use the file; stop it): %w", err)
	}
	var busy, frames, moved int
	if err := s.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return errors.New("another process uses the accounts, whose former secrets are to be overwritten: stop it, then start again")
	}
	_, err := s.db.ExecContext(ctx, `UPDATE sealed SET clean = 1`)
	return err
}

// readKey reads the key of a data directory; with fresh it makes one (mode
// 0600) where there is none. It is durable when readKey returns.
func readKey(dir string, fresh bool) (cipher.AEAD, error) {
	path := filepath.Join(dir, KeyFile)
	key, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if !fresh {
			return nil, keyProblem("is missing")
		}
		key = make([]byte, sealKeySize)
		_, _ = rand.Read(key) // never fails, see crypto/rand
		err = writeKey(path, key)
	}
	if err != nil {
		return nil, fmt.Errorf("the accounts' key: %w", err)
	}
	if len(key) != sealKeySize {
		return nil, keyProblem("is damaged")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// writeKey makes the file whole or not at all, and its name durable.
func writeKey(path string, key []byte) error {
	half := path + ".new"
	_ = os.Remove(half) // of a start that was interrupted
	f, err := os.OpenFile(half, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(key)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(half, path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	if err = d.Sync(); runtime.GOOS == "windows" { // which has no such thing
		err = nil
	}
	return errors.Join(err, d.Close())
}

// EnsureKey makes the key of a data directory from before there was one, so
// that it can be saved.
func EnsureKey(ctx context.Context, dir string) error {
	s, err := openStore(ctx, dir)
	if err != nil {
		return err
	}
	return s.db.Close()
}
