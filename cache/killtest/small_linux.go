package killtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Disk is a folder whose disk is to be filled.
type Disk struct {
	Dir     string
	Bounded bool // it is a disk of its own; else it is the machine's, and is not filled
	fillers int
}

// SmallDisk runs the test in a process of its own, which sees a disk of so many MiB that
// nobody else sees, and gives it; nil in the process that is not that one: the caller
// returns. Where the machine lets nobody mount a disk the folder is an ordinary one.
func SmallDisk(t *testing.T, mib int) *Disk {
	t.Helper()
	if os.Getenv(aloneName) != t.Name() {
		out, err := apart(t, true)
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) {
			out, err = apart(t, false)
		}
		if err != nil {
			t.Errorf("in a process of its own: %v\n%s", err, out)
		}
		return nil
	}
	d := &Disk{Dir: t.TempDir()}
	if err := syscall.Mount("tmpfs", d.Dir, "tmpfs", 0, "size="+strconv.Itoa(mib)+"m"); err != nil {
		t.Logf("no disk of its own: %v", err)
		return d
	}
	d.Bounded = true
	t.Cleanup(func() {
		if err := syscall.Unmount(d.Dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return d
}

// apart runs the test in a child, in namespaces of its own if it may have any.
func apart(t *testing.T, namespaces bool) ([]byte, error) {
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1", "-test.v")
	child.Env = append(os.Environ(), aloneName+"="+t.Name())
	if namespaces {
		child.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
	}
	return child.CombinedOutput()
}

// Fill writes until not one byte more fits.
func (d *Disk) Fill(t *testing.T) {
	t.Helper()
	if !d.Bounded {
		return
	}
	d.fillers++
	f, err := os.Create(d.filler(d.fillers))
	if err != nil {
		t.Fatalf("fill: %v", err)
	}
	for size := 1 << 20; size > 0; {
		if _, err = f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if !errors.Is(err, syscall.ENOSPC) || f.Close() != nil {
		t.Fatalf("fill: %v", err)
	}
}

// Leave takes so many bytes of the last filling away.
func (d *Disk) Leave(t *testing.T, bytes int64) {
	t.Helper()
	if !d.Bounded {
		return
	}
	info, err := os.Stat(d.filler(d.fillers))
	if err == nil {
		err = os.Truncate(d.filler(d.fillers), max(0, info.Size()-bytes))
	}
	if err != nil {
		t.Fatalf("leave room: %v", err)
	}
}

// Free removes all that filled the disk.
func (d *Disk) Free(t *testing.T) {
	t.Helper()
	for ; d.fillers > 0; d.fillers-- {
		if err := os.Remove(d.filler(d.fillers)); err != nil {
			t.Fatalf("free: %v", err)
		}
	}
}

func (d *Disk) filler(n int) string { return filepath.Join(d.Dir, "filler-"+strconv.Itoa(n)) }
