package cache

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"carnet/cache/vault"
)

const (
	contentsName = "contents"
	// maxContent is the largest document that is kept, in bytes: it is sealed whole.
	maxContent = 32 << 20
)

// contents are the sealed files of the documents' bytes, one folder a record, by
// keyed names. A file's time is when it was last used. It knows no key.
type contents struct {
	root   string
	disk   disk
	budget int64
	now    func() time.Time

	mu    sync.Mutex
	total int64
	files map[string]*file // by record/name
}

type file struct {
	size int64
	used time.Time
}

// openContents lists what is there. What a crash left half written is removed.
func openContents(dir string, budget int64, now func() time.Time) (*contents, error) {
	s := &contents{root: filepath.Join(dir, contentsName), disk: diskOf(dir), budget: budget, now: now, files: map[string]*file{}}
	if err := os.MkdirAll(s.root, 0o700); err != nil {
		return nil, err
	}
	return s, filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if d.Name()[0] == '.' {
			return os.Remove(path)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(s.root, path)
		s.files[filepath.ToSlash(rel)] = &file{info.Size(), info.ModTime()}
		s.total += info.Size()
		return err
	})
}

// has tells whether a record's file is there.
func (s *contents) has(record, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[record+"/"+name] != nil
}

// size gives the bytes of all files.
func (s *contents) size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// get reads a sealed file and notes its use; fs.ErrNotExist when there is none.
func (s *contents) get(record, name string) ([]byte, error) {
	path := filepath.Join(s.root, record, name)
	sealed, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	now := s.now()
	s.mu.Lock()
	if f := s.files[record+"/"+name]; f != nil {
		f.used = now
	}
	s.mu.Unlock()
	return sealed, os.Chtimes(path, now, now)
}

// put writes a sealed file, and removes the least recently used ones (but not
// those that held names) when the budget is passed. Errors: errNoRoom.
func (s *contents) put(record, name string, sealed []byte, held func(key string) bool) error {
	if err := s.disk.fits(int64(len(sealed))); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(s.root, record), 0o700); err != nil {
		return err
	}
	if err := vault.WriteFile(filepath.Join(s.root, record, name), sealed); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := record + "/" + name
	if old := s.files[key]; old != nil {
		s.total -= old.size
	}
	s.files[key] = &file{int64(len(sealed)), s.now()}
	s.total += int64(len(sealed))
	return s.evict(key, held)
}

// evict makes room; the caller holds mu.
func (s *contents) evict(spare string, held func(key string) bool) error {
	if s.total <= s.budget {
		return nil
	}
	keys := make([]string, 0, len(s.files))
	for k := range s.files {
		if k != spare && (held == nil || !held(k)) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(s.files[a].used.Compare(s.files[b].used), cmp.Compare(a, b))
	})
	// A tenth more goes, so that not every file that comes sorts them all.
	for _, k := range keys {
		if s.total <= s.budget-s.budget/10 {
			break
		}
		if err := os.Remove(filepath.Join(s.root, filepath.FromSlash(k))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		s.total -= s.files[k].size
		delete(s.files, k)
	}
	return nil
}

// drop removes one file.
func (s *contents) drop(record, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := record + "/" + name
	if f := s.files[key]; f != nil {
		s.total -= f.size
		delete(s.files, key)
	}
	err := os.Remove(filepath.Join(s.root, record, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// dropRecord removes a record's files.
func (s *contents) dropRecord(record string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, f := range s.files {
		if filepath.ToSlash(filepath.Dir(k)) == record {
			s.total -= f.size
			delete(s.files, k)
		}
	}
	return os.RemoveAll(filepath.Join(s.root, record))
}

// room tells whether so many more bytes fit without evicting anything.
func (s *contents) room(size int64) bool {
	if s.disk.fits(size) != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total+size+1024 <= s.budget
}
