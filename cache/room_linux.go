package cache

import (
	"errors"
	"os"
	"syscall"
)

// allocate gives the first bytes of a file their room on the disk. What is in them
// stays. A file system that cannot promise room for a file that exists already is let
// be; a new one is filled.
func allocate(path string, size int64, create bool) error {
	flags := os.O_RDWR
	if create {
		flags |= os.O_CREATE
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return err
	}
	err = syscall.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS) {
		err = nil
		if create {
			err = fill(f, size)
		}
	}
	return errors.Join(err, f.Close())
}
