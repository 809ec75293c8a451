package segment

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// put writes a run of one byte repeated and makes it durable.
func put(t *testing.T, f *Files, b byte, length int) Run {
	t.Helper()
	r, err := f.Reserve(int64(length))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.WriteAt(bytes.Repeat([]byte{b}, length), 0); err != nil {
		t.Fatal(err)
	}
	f.Written(r)
	f.Flush()
	if err := f.Durable(r.Segment); err != nil {
		t.Fatal(err)
	}
	return r
}

func holds(t *testing.T, f *Files, r Run, b byte) {
	t.Helper()
	got := make([]byte, r.Length)
	if err := f.ReadAt(got, r.Segment, r.Start); err != nil || !bytes.Equal(got, bytes.Repeat([]byte{b}, len(got))) {
		t.Errorf("run %+v does not hold %c: %.20q, %v", r, b, got, err)
	}
}

func open(t *testing.T, dir string, disk Disk) *Files {
	t.Helper()
	f, err := Open(dir, disk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// Files follow one another, a run is never cut in two, and after a restart the
// last one goes on behind all that was ever written.
func TestRunsFollowOneAnother(t *testing.T) {
	dir := t.TempDir()
	var runs []Run
	for restart := range 3 {
		f := open(t, dir, System{})
		f.size = 100
		for i := range 5 {
			runs = append(runs, put(t, f, byte('a'+5*restart+i), 30+7*i))
		}
		for i, r := range runs {
			holds(t, f, r, byte('a'+i))
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for i, r := range runs {
		for _, other := range runs[:i] {
			if r.Segment == other.Segment && r.Start < other.Start+other.Length && other.Start < r.Start+r.Length {
				t.Errorf("%+v and %+v overlap", r, other)
			}
		}
	}
	if last := runs[len(runs)-1].Segment; last < 6 {
		t.Errorf("all in %d files", last)
	}
	for _, path := range []string{Dir, Name(1)} {
		if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	f := open(t, dir, System{})
	f.size = 100
	if r := put(t, f, 'x', 1000); r.Length != 1000 || r.Start != 0 {
		t.Errorf("a run longer than a file: %+v", r)
	}
}

// The room of a run that was given back is used again when it is the last, and
// what lies beside it stays.
func TestDiscardedRoom(t *testing.T) {
	f := open(t, t.TempDir(), System{})
	a, b, c := put(t, f, 'a', 9000), put(t, f, 'b', 9000), put(t, f, 'c', 9000)
	f.Discard(b)
	f.Discard(c)
	d := put(t, f, 'd', 5000)
	if d.Start != c.Start {
		t.Errorf("the last room was not used again: %+v after %+v", d, c)
	}
	holds(t, f, a, 'a')
	holds(t, f, d, 'd')
	f.Discard(Run{Segment: 9, Length: 5}) // of no file: nothing to do
}

// Many write at once, each into room of its own.
func TestManyWrite(t *testing.T) {
	f := open(t, t.TempDir(), System{NoSync: true})
	f.size = 10_000
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			b := byte('a' + i)
			for n := range 50 {
				r, err := f.Reserve(int64(1 + 37*n%501))
				if err == nil {
					err = r.WriteAt(bytes.Repeat([]byte{b}, int(r.Length)), 0)
				}
				if err != nil {
					t.Error(err)
					return
				}
				f.Written(r)
				f.Flush()
				if err := f.Durable(r.Segment); err != nil {
					t.Error(err)
				}
				holds(t, f, r, b)
			}
		})
	}
	all.Wait()
}

func TestWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir, System{})
	r := put(t, f, 'a', 100)
	for name, err := range map[string]error{
		"behind the end":    f.ReadAt(make([]byte, 1), r.Segment, 100),
		"across the end":    f.ReadAt(make([]byte, 2), r.Segment, 99),
		"another file":      f.ReadAt(make([]byte, 1), 2, 0),
		"longer than it is": f.Check(1, 101),
		"a file to check":   f.Check(2, 0),
		"a file to copy":    Copy(dir, t.TempDir(), 2, 1),
		"bytes to copy":     Copy(dir, t.TempDir(), 1, 101),
	} {
		if !errors.Is(err, ErrLost) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := f.Check(1, 100); err != nil {
		t.Error(err)
	}
	if err := r.WriteAt(make([]byte, 101), 0); err == nil {
		t.Error("more than the room was written")
	}
	to := t.TempDir()
	if err := Copy(dir, to, 1, 60); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(to, Name(1))); err != nil || len(got) != 60 {
		t.Errorf("%d bytes were copied, %v", len(got), err)
	}
}

// faulty is a disk that fails on demand.
type faulty struct {
	System
	create, sync error
}

func (d *faulty) Open(path string, create bool) (File, error) {
	if create && d.create != nil {
		return nil, d.create
	}
	f, err := d.System.Open(path, create)
	return &faultyFile{f, d}, err
}

type faultyFile struct {
	File
	disk *faulty
}

func (f *faultyFile) Datasync() error { return f.disk.sync }

// A file that could not be made durable once is never trusted again, even when
// the disk says that all is well from then on.
func TestAFileThatFailedIsLeft(t *testing.T) {
	disk := &faulty{}
	f := open(t, t.TempDir(), disk)
	first := put(t, f, 'a', 10)
	disk.sync = errors.New("input/output error")
	r, err := f.Reserve(10)
	if err != nil {
		t.Fatal(err)
	}
	f.Written(r)
	f.Flush()
	disk.sync = nil
	for range 2 {
		if err := f.Durable(r.Segment); err == nil {
			t.Error("durable after all")
		}
		f.Flush()
	}
	if next := put(t, f, 'b', 10); next.Segment != first.Segment+1 {
		t.Errorf("went on in the file that failed: %+v", next)
	}
	holds(t, f, first, 'a')
	if err := f.Durable(77); err == nil {
		t.Error("a file that is not open is durable")
	}
}

// Without room for a new file nothing is reserved, and it works again later.
func TestNoNewFile(t *testing.T) {
	disk := &faulty{create: fmt.Errorf("no space left")}
	f := open(t, t.TempDir(), disk)
	for range 2 {
		if _, err := f.Reserve(10); !errors.Is(err, disk.create) {
			t.Errorf("reserved: %v", err)
		}
	}
	disk.create = nil
	if r := put(t, f, 'a', 10); r.Segment != 1 || r.Start != 0 {
		t.Errorf("%+v", r)
	}
}
