//go:build unix

package cache

import "syscall"

// freeOn gives the bytes that a program may still write on a folder's disk; known is
// false where the file system does not count them.
func freeOn(dir string) (bytes int64, known bool, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false, err
	}
	return int64(s.Bavail) * int64(s.Bsize), s.Blocks > 0, nil
}
