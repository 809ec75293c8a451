package segment

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// System is the Disk of the operating system.
type System struct {
	ReadOnly bool
	NoSync   bool // tests only
}

// Open implements Disk. The name of a new file is durable when it returns.
func (d System) Open(path string, create bool) (File, error) {
	flags := os.O_RDWR
	switch {
	case create:
		flags |= os.O_CREATE | os.O_EXCL
		if err := makeDir(filepath.Dir(path)); err != nil {
			return nil, err
		}
	case d.ReadOnly:
		flags = os.O_RDONLY
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	if create {
		if err := store.SyncDir(filepath.Dir(path)); err != nil {
			return nil, errors.Join(err, f.Close(), os.Remove(path)) // or its name stayed taken
		}
	}
	return file{f, d.NoSync}, nil
}

// makeDir makes the files' directory when there is none.
func makeDir(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return store.SyncDir(filepath.Dir(dir))
}

// file is an *os.File.
type file struct {
	*os.File
	noSync bool
}

// Size implements File.
func (f file) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Datasync implements File.
func (f file) Datasync() error {
	if f.noSync {
		return nil
	}
	return datasync(f.File)
}

// Free implements File.
func (f file) Free(at, length int64) { free(f.File, at, length) }

// Copy copies the first length bytes of a file from one data directory to
// another, durably.
func Copy(from, to string, n, length int64) (err error) {
	in, err := os.Open(filepath.Join(from, Name(n)))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing: %w", Name(n), ErrLost)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	target := filepath.Join(to, Name(n))
	if err := makeDir(filepath.Dir(target)); err != nil {
		return err
	}
	out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err = io.CopyN(out, in, length); errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s is cut short: %w", Name(n), ErrLost)
	}
	return errors.Join(err, out.Sync(), out.Close(), store.SyncDir(filepath.Dir(target)))
}
