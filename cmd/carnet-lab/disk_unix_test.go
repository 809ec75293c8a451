//go:build unix

package main

import (
	"os/signal"
	"strconv"
	"syscall"
	"testing"
)

// odd puts something that is neither file nor folder.
func odd(t *testing.T, path string) {
	t.Helper()
	ok(t, "pipe", syscall.Mkfifo(path, 0o600))
}

// smallDisk makes files of this process end at so many bytes, in the middle of a
// write, as a full disk does.
func smallDisk(bytes string) {
	n, err := strconv.ParseUint(bytes, 10, 64)
	if err != nil {
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit) == nil {
		limit.Cur = n
		_ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
	}
}
