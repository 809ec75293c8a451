//go:build !linux

package cache

import (
	"errors"
	"os"
)

// allocate gives a new file its room on the disk. Of one that exists the system gives
// room as it is written (Windows: all at once, when it was made).
func allocate(path string, size int64, create bool) error {
	if !create {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(fill(f, size), f.Close())
}
