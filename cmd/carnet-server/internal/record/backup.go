package record

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"carnet/cmd/carnet-server/internal/record/internal/store"
	"carnet/cmd/carnet-server/internal/record/internal/store/sqlite"
)

// BackupData copies the database and the contents of a data directory into a new
// one, also while a server uses it: consistent, and without any key. Nothing in
// it opens by itself. Keep as many of these copies as you like: a record that
// was erased since opens in none of them, as long as the keys are kept as
// SaveKeys says.
func BackupData(ctx context.Context, dir, dest string) error {
	keys, err := store.OpenKeys(dir, false)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dest), 0o700); err != nil {
		return errors.Join(err, keys.Close())
	}
	if err := os.Mkdir(dest, 0o700); err != nil {
		return errors.Join(fmt.Errorf("the copy's directory: %w", err), keys.Close())
	}
	r, err := sqlite.OpenReader(ctx, dir, keys)
	if err != nil {
		return errors.Join(err, keys.Close())
	}
	return errors.Join(r.Copy(ctx, dest), r.Close(), keys.Close())
}

// SaveKeys copies all keys of a data directory, and the files of others that
// are named besides, into one file (mode 0600), also while a server uses it. It replaces the copy of before and overwrites its
// bytes: there is one copy, the latest. Keep it apart from the backups, and save
// it anew after each backup, or the persons who were announced since have no key
// in it; and after each erasure, or it still holds the key of who asked to be
// erased. A copy kept on a medium with snapshots, or beside an older one, brings
// erased records back.
func SaveKeys(dir, to string, others ...string) error {
	return store.Save(dir, to, append([]string{store.KeyFile, store.RecordKeyFile, logKeyFile}, others...))
}

// RestoreKeys puts saved keys into a data directory that has none: a backup that
// is to be used.
func RestoreKeys(from, dir string) error { return store.Restore(from, dir) }
