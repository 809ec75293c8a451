//go:build !windows

package vault

import "os"

// SyncDir makes the names in a folder durable: a renamed or created file is
// there after a power cut only when its folder was synced too.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// private tells whether a file of this mode is closed to others. Of systemd's
// credentials the group bit may be set: it is the mask of an ACL for the
// service's own user.
func private(mode os.FileMode, credential bool) bool {
	if credential {
		return mode.Perm()&0o007 == 0
	}
	return mode.Perm()&0o077 == 0
}
