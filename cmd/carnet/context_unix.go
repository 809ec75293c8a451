//go:build unix

package main

import (
	"os"
	"syscall"
)

// openHanded opens a file that other software left, when it is a plain file of
// this person and of nobody else. A link is not followed.
func openHanded(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil {
		owner, ok := info.Sys().(*syscall.Stat_t)
		if !ok || int(owner.Uid) != os.Getuid() || info.Mode().Perm()&0o077 != 0 || !info.Mode().IsRegular() {
			err = errForeign
		}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
