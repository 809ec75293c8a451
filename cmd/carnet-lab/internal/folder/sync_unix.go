//go:build unix

package folder

import (
	"errors"
	"os"
	"syscall"
)

// syncDir makes what was renamed in a folder last over a power cut. File
// systems that cannot (some network shares) say so, and are believed.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

// crossDevice is told by EXDEV alone.
func crossDevice(error) bool { return false }
