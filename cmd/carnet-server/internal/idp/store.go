package idp

import (
	"context"
	"crypto/cipher"
	"database/sql"
	"embed"
	"fmt"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"carnet/client/fhir"
)

// FileName is the provider's file in the data directory.
const FileName = "idp.db"

//go:embed schema.sql
var schema string

//go:embed login.html style.css
var pages embed.FS

// store keeps accounts, clients, keys and sign-ins in one SQLite file of mode
// 0600. Times are Unix seconds; what others could sign in with is sealed.
type store struct {
	db   *sql.DB
	aead cipher.AEAD // seals second factors and signing keys, see seal.go
}

// openStore opens the file in dir and makes it when it is not there.
func openStore(ctx context.Context, dir string) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	path := filepath.Join(dir, FileName)
	// The driver would make the file with the umask's mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open accounts: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open accounts: %w", err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open accounts: %w", err)
	}
	db.SetMaxOpenConns(4)
	if _, err := db.ExecContext(ctx, schema); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("prepare accounts: %w", err)
	}
	s := &store{db: db}
	if err := s.unlock(ctx, dir); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open accounts: %w", err)
	}
	return s, nil
}

// unopened is how a command says that the accounts cannot be opened: in words.
func unopened(err error) error {
	return &fhir.Error{Code: fhir.Unavailable, Message: err.Error(), Err: err}
}

// tx runs f in one transaction.
func (s *store) tx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// Backup writes a consistent copy of the provider's file to dest while the
// server runs; dest must not exist. Its secrets are sealed under a key that is
// not with them.
func Backup(ctx context.Context, dir, dest string) error {
	s, err := openStore(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { _ = s.db.Close() }()
	if _, err := s.db.ExecContext(ctx, `VACUUM INTO ?`, dest); err != nil {
		return fmt.Errorf("copy accounts: %w", err)
	}
	return os.Chmod(dest, 0o600)
}
