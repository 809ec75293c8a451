package segment

import (
	"errors"
	"os"
	"syscall"
)

// datasync leaves out the times of the file, which nobody needs.
func datasync(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}

// free punches a hole. A file system that has none keeps the bytes, which
// nobody can ask for.
func free(f *os.File, at, length int64) {
	const keepSize, punchHole = 1, 2
	_ = syscall.Fallocate(int(f.Fd()), keepSize|punchHole, at, length)
}
