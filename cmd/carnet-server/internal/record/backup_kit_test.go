package record

import (
	"context"
	"errors"
	"os"
)

// Backup copies a data directory with its keys, as nobody but a test does.
func Backup(ctx context.Context, dir, dest string) error {
	if err := BackupData(ctx, dir, dest); err != nil {
		return err
	}
	saved := dest + ".keys"
	return errors.Join(SaveKeys(dir, saved), RestoreKeys(saved, dest), os.Remove(saved))
}
