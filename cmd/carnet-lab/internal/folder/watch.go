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

// Scan looks at the folder and gives the complete files in the order of their
// names: those seen twice, unchanged for Settle. A file whose own time is older
// than that was moved in whole: the second look is enough. unread counts the
// folders and files that could not be looked at.
func (w *Watcher) Scan(now time.Time) (complete []File, unread int, err error) {
	seen := map[string]sighting{}
	err = filepath.WalkDir(w.Dir, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(w.Dir, path)
		if err != nil {
			if rel == "." {
				return err
			}
			unread++
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			if rel != "." && (Hidden(d.Name()) || slices.Contains(w.Skip, rel)) {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || Passing(d.Name()) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				unread++
			}
			return nil
		}
		s := sighting{Stamp{info.Size(), info.ModTime()}, now}
		if before, ok := w.seen[rel]; ok && before.stamp.Same(s.stamp) {
			s.since = before.since
			whole := now.Sub(s.stamp.Time) >= w.Settle && now.After(before.since)
			if s.stamp.Size > 0 && (whole || now.Sub(s.since) >= w.Settle) {
				complete = append(complete, File{rel, s.stamp})
			}
		}
		seen[rel] = s
		return nil
	})
	if err == nil {
		w.seen = seen
	}
	return complete, unread, err
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
