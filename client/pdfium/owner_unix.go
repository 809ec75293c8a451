//go:build unix

package pdfium

import (
	"io/fs"
	"os"
	"syscall"
)

// ours tells whether a directory is this user's, and writable by nobody else.
func ours(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid() && info.Mode().Perm()&0o022 == 0
}
