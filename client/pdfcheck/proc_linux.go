package pdfcheck

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// residentBytes reads a process's resident memory; 0 when it cannot be told.
func residentBytes(pid int) int64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0
	}
	n, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return n * int64(os.Getpagesize())
}

// widen enlarges a pipe to 1 MiB: with 64 KiB a usual document crosses it in
// several turns of the scheduler. Best effort.
func widen(f *os.File) {
	const setPipeSize = 1031 // F_SETPIPE_SZ
	conn, err := f.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Control(func(fd uintptr) {
		_, _, _ = syscall.Syscall(syscall.SYS_FCNTL, fd, setPipeSize, 1<<20)
	})
}

// harden turns core dumps off: one would hold the document in clear.
func harden() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}
