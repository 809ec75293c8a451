package segment

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Files are the files of one data directory. Safe for concurrent use; one
// Files at a time may write in a directory.
type Files struct {
	dir  string // the data directory
	disk Disk
	size int64 // when the next file is begun

	flushing sync.Mutex // held while files are made durable: whoever comes next waits

	mu   sync.Mutex // guards what follows, and the segments' fields
	open map[int64]*segment
	last int64 // number of the file that is appended to; 0 none yet
}

type segment struct {
	file  File
	end   int64 // where the next run begins
	dirty bool  // written to since it was last made durable
	// failed: it could not be made durable once. The system may by then have
	// forgotten what it did not write, so nothing more is trusted to this file.
	failed error
}

// Open finds the files of a data directory. It opens none: what is appended to
// and what is read is opened then.
func Open(dir string, disk Disk) (*Files, error) {
	f := &Files{dir: dir, disk: disk, size: fileSize, open: map[int64]*segment{}}
	all, err := os.ReadDir(filepath.Join(dir, Dir))
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		name, ok := strings.CutSuffix(e.Name(), ".seg")
		if n, err := strconv.ParseInt(name, 10, 64); ok && err == nil {
			f.last = max(f.last, n)
		}
	}
	return f, nil
}

// Check makes sure that a file is there with at least the bytes that rows name.
func (f *Files) Check(n, length int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.get(n)
	if err != nil {
		return err
	}
	size, err := s.file.Size()
	if err != nil {
		return err
	}
	if size < length {
		return fmt.Errorf("%s is cut short: %w", Name(n), ErrLost)
	}
	return nil
}

// get gives an open file; mu is held.
func (f *Files) get(n int64) (*segment, error) {
	if s, ok := f.open[n]; ok {
		return s, nil
	}
	file, err := f.disk.Open(filepath.Join(f.dir, Name(n)), false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing: %w", Name(n), ErrLost)
	}
	if err != nil {
		return nil, err
	}
	size, err := file.Size()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f.open[n] = &segment{file: file, end: size}
	return f.open[n], nil
}

// Run is room for what belongs to one document.
type Run struct {
	Segment int64 // number of the file
	Start   int64
	Length  int64
	file    File
}

// Reserve gives room at the end of the last file, or of a new one.
func (f *Files) Reserve(length int64) (Run, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var s *segment
	if f.last != 0 {
		var err error
		if s, err = f.get(f.last); err != nil {
			return Run{}, err
		}
	}
	if s == nil || s.failed != nil || s.end > 0 && s.end+length > f.size {
		var err error
		if s, err = f.begin(f.last + 1); err != nil {
			return Run{}, err
		}
	}
	r := Run{f.last, s.end, length, s.file}
	s.end += length
	return r, nil
}

// begin makes the next file; its name is durable before anything is in it.
func (f *Files) begin(n int64) (*segment, error) {
	file, err := f.disk.Open(filepath.Join(f.dir, Name(n)), true)
	if err != nil {
		return nil, err
	}
	s := &segment{file: file}
	f.open[n], f.last = s, n
	return s, nil
}

// WriteAt writes into a run, at an offset from its start.
func (r Run) WriteAt(p []byte, at int64) error {
	if at+int64(len(p)) > r.Length {
		return errors.New("segment: more than was reserved")
	}
	_, err := r.file.WriteAt(p, r.Start+at)
	return err
}

// Written says that all of a run is written: the next Flush makes it durable.
func (f *Files) Written(r Run) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.open[r.Segment]; s != nil {
		s.dirty = true
	}
}

// Discard gives back the room of a run that no row names and none will. The
// run must not be used after.
func (f *Files) Discard(r Run) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.open[r.Segment]
	if s == nil {
		return
	}
	if s.end == r.Start+r.Length {
		s.end = r.Start
		return
	}
	s.file.Free(r.Start, r.Length)
}

// Erase gives the room of a run back to the system, whose document is gone for
// good. Its bytes read as zeros from then on, where the system can; the file
// keeps its length, and nothing is ever written there again: a copy that is
// being read stays as long as its rows say.
func (f *Files) Erase(r Run) {
	f.mu.Lock()
	s, err := f.get(r.Segment)
	f.mu.Unlock()
	if err == nil { // else there is nothing to give back
		s.file.Free(r.Start, r.Length)
	}
}

// Flush makes durable what was written before it was called. What could not be
// made durable is told by Durable.
func (f *Files) Flush() {
	f.flushing.Lock()
	defer f.flushing.Unlock()
	f.mu.Lock()
	var dirty []*segment
	for _, s := range f.open {
		if s.dirty {
			s.dirty = false
			dirty = append(dirty, s)
		}
	}
	f.mu.Unlock()
	for _, s := range dirty {
		if err := s.file.Datasync(); err != nil {
			f.mu.Lock()
			s.failed = err
			f.mu.Unlock()
		}
	}
}

// Durable tells why runs of a file that Flush came after may not be durable;
// nil: they are.
func (f *Files) Durable(n int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.open[n]
	switch {
	case s == nil:
		return fmt.Errorf("%s is not open", Name(n))
	case s.failed != nil:
		return fmt.Errorf("%s: %w", Name(n), s.failed)
	}
	return nil
}

// ReadAt fills p from a file. Error: ErrLost when the bytes are not there.
func (f *Files) ReadAt(p []byte, n, at int64) error {
	f.mu.Lock()
	s, err := f.get(n)
	f.mu.Unlock()
	if err != nil {
		return err
	}
	got, err := s.file.ReadAt(p, at)
	if got == len(p) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s is cut short: %w", Name(n), ErrLost)
	}
	return err
}

// Close closes the files.
func (f *Files) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, s := range f.open {
		errs = append(errs, s.file.Close())
	}
	f.open = map[int64]*segment{}
	return errors.Join(errs...)
}
