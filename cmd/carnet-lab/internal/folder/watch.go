package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Stamp tells a file from a later one at its place.
type Stamp struct {
	Size int64
	Time time.Time // of the last change
}

// StampOf looks at a file. Errors: fs.ErrNotExist; fs.ErrInvalid for what is no
// regular file, a link included.
func StampOf(path string) (Stamp, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return Stamp{}, err
	}
	if !info.Mode().IsRegular() {
		return Stamp{}, fs.ErrInvalid
	}
	return Stamp{info.Size(), info.ModTime()}, nil
}

// Same tells whether two looks saw the same file.
func (s Stamp) Same(o Stamp) bool { return s.Size == o.Size && s.Time.Equal(o.Time) }

// Watcher looks at one folder. It is used by one goroutine.
type Watcher struct {
	Dir    string
	Skip   []string      // names of folders directly in Dir that are not looked into
	Settle time.Duration // how long a file must stay as it is
	seen   map[string]sighting
}

// sighting is a file as it was seen, and since when it is so.
type sighting struct {
	stamp Stamp
	since time.Time
}

// File is a complete file.
type File struct {
	Path  string // in Dir, with the system's separators
	Stamp Stamp
}

// Why says why something in the folder is passed over.
type Why string

// The reasons.
const (
	Empty      Why = "empty-file" // of no byte, and so for Settle
	Link       Why = "link"       // not followed: it may lead anywhere
	Odd        Why = "no-file"    // a pipe, a socket, a device
	Unreadable Why = "unreadable-file"
)

// Passed is something that is passed over.
type Passed struct {
	Path string    // in Dir
	Why  Why       // the reason
	Time time.Time // of its last change; zero when that cannot be told
}

// Scan looks at the folder and gives the complete files in the order of their
// names: those seen twice, unchanged for Settle. A file whose own time is older
// than that was moved in whole: the second look is enough. passed is what nobody
// will send as it is: to be told. Files that are being written, hidden ones and
// those of programs are neither.
func (w *Watcher) Scan(now time.Time) (complete []File, passed []Passed, err error) {
	seen := map[string]sighting{}
	err = filepath.WalkDir(w.Dir, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(w.Dir, path)
		switch {
		case err != nil && rel == ".":
			return err
		case d != nil && d.IsDir() && rel != "." && (Hidden(d.Name()) || slices.Contains(w.Skip, rel)):
			return fs.SkipDir
		case err != nil:
			passed = append(passed, Passed{Path: rel, Why: Unreadable})
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || Passing(d.Name()):
			return nil
		}
		info, err := d.Info()
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				passed = append(passed, Passed{Path: rel, Why: Unreadable})
			}
			return nil
		}
		if why := whyNot(info.Mode()); why != "" {
			passed = append(passed, Passed{rel, why, info.ModTime()})
			return nil
		}
		s, settled := w.settled(rel, info, now)
		seen[rel] = s
		switch {
		case settled && s.stamp.Size > 0:
			complete = append(complete, File{rel, s.stamp})
		case settled:
			passed = append(passed, Passed{rel, Empty, s.stamp.Time})
		}
		return nil
	})
	if err == nil {
		w.seen = seen
	}
	return complete, passed, err
}

// whyNot tells why something is no file that can be sent; empty for a file.
func whyNot(mode fs.FileMode) Why {
	switch {
	case mode.IsRegular():
		return ""
	case mode&fs.ModeSymlink != 0:
		return Link
	}
	return Odd
}

// settled tells whether a file has stayed as it is for long enough.
func (w *Watcher) settled(rel string, info fs.FileInfo, now time.Time) (s sighting, settled bool) {
	s = sighting{Stamp{info.Size(), info.ModTime()}, now}
	before, ok := w.seen[rel]
	if !ok || !before.stamp.Same(s.stamp) {
		return s, false
	}
	s.since = before.since
	whole := now.Sub(s.stamp.Time) >= w.Settle && now.After(before.since)
	return s, whole || now.Sub(s.since) >= w.Settle
}

// Hidden tells whether a name is one that systems hide.
func Hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") }

// Passing tells whether a name is that of a file that its writer has not
// finished, or of one that is nobody's document.
func Passing(name string) bool {
	lower := strings.ToLower(name)
	if Hidden(name) || lower == "thumbs.db" || lower == "desktop.ini" || strings.HasSuffix(name, "~") {
		return true
	}
	return slices.Contains([]string{".part", ".tmp", ".temp", ".partial", ".crdownload", ".filepart", ".swp", ".lock"}, filepath.Ext(lower))
}
