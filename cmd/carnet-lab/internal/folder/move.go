package folder

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"
)

// longest is how long a name may be on every usual file system, in bytes.
const longest = 255

// reasonExt is what the file beside a refused one is called: NAME.motif.txt.
const reasonExt = ".motif.txt"

// Plan is where a file goes: from and to, both absolute. It is written down
// before Move, so that a Move that a crash cut short is done again.
type Plan struct {
	From, To string
	Reason   string // words that are put beside it; empty: none
}

// NewPlan chooses a free place for a file below a folder: its path inside the
// watched one, with a number before the extension when that is taken.
func NewPlan(from, below, inside, reason string) (Plan, error) {
	if !filepath.IsLocal(inside) {
		return Plan{}, fs.ErrInvalid
	}
	dir, name := filepath.Split(filepath.Join(below, inside))
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	for n := 1; n < 100_000; n++ {
		number := ""
		if n > 1 {
			number = fmt.Sprintf(" (%d)", n)
		}
		to := dir + short(stem, longest-len(number)-len(ext)-len(reasonExt)) + number + ext
		if !taken(to) && !taken(to+reasonExt) {
			return Plan{From: from, To: to, Reason: reason}, nil
		}
	}
	return Plan{}, fs.ErrExist
}

func taken(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// short cuts a name to so many bytes, between characters.
func short(name string, most int) string {
	if most < 1 {
		most = 1
	}
	for len(name) > most {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}

// Move takes a file where a Plan says. What is at the place already and is not
// of an earlier try of the same Plan stays (fs.ErrExist). A file that is gone
// because an earlier try moved it is no error.
func Move(p Plan) error {
	dir := filepath.Dir(p.To)
	if err := makeLike(dir); err != nil {
		return err
	}
	from, err := os.Lstat(p.From)
	if errors.Is(err, fs.ErrNotExist) {
		if info, err := os.Lstat(p.To); err == nil && info.Size() > 0 {
			return p.reason() // moved before; the words may be missing
		}
		os.Remove(p.To) // an empty place that nobody will need
		return nil
	}
	if err != nil {
		return err
	}
	if !from.Mode().IsRegular() {
		return fs.ErrInvalid
	}
	if err := p.place(from); err != nil {
		return err
	}
	if err := p.reason(); err != nil {
		return err
	}
	err = os.Rename(p.From, p.To)
	if errors.Is(err, syscall.EXDEV) || crossDevice(err) {
		err = p.copy(from)
	}
	if err != nil {
		return err
	}
	return errors.Join(syncDir(dir), syncDir(filepath.Dir(p.From)))
}

// makeLike makes a folder, and those above it, with the rights of the first that
// is there: whoever may look into the watched folder may look into ours.
func makeLike(dir string) error {
	info, err := os.Stat(dir)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir {
		if err == nil && !info.IsDir() {
			err = fs.ErrExist
		}
		return err
	}
	above := filepath.Dir(dir)
	if err := makeLike(above); err != nil {
		return err
	}
	if info, err = os.Stat(above); err != nil {
		return err
	}
	if err := os.Mkdir(dir, info.Mode().Perm()|0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// place takes the place with an empty file. What is there already is ours when
// it is empty, or when it holds the very same bytes: of a copy whose first file
// could not be removed.
func (p Plan) place(from fs.FileInfo) error {
	f, err := os.OpenFile(p.To, os.O_CREATE|os.O_EXCL|os.O_WRONLY, from.Mode().Perm()|0o600)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	there, err := os.Lstat(p.To)
	switch {
	case err != nil:
		return err
	case !there.Mode().IsRegular():
		return fs.ErrExist
	case there.Size() == 0 && from.Size() != 0:
		return nil
	}
	same, err := equal(p.From, p.To)
	if err == nil && !same {
		err = fs.ErrExist
	}
	return err
}

// reason puts the words beside the file, whole or not at all.
func (p Plan) reason() error {
	if p.Reason == "" {
		return nil
	}
	if now, err := os.ReadFile(p.To + reasonExt); err == nil && string(now) == p.Reason {
		return nil
	}
	return writeNew(filepath.Dir(p.To), p.To+reasonExt, strings.NewReader(p.Reason), 0o640)
}

// copy copies the file to the other device, and removes the first one when the
// second is on disk and the same.
func (p Plan) copy(from fs.FileInfo) error {
	src, err := os.Open(p.From)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := writeNew(filepath.Dir(p.To), p.To, src, from.Mode().Perm()|0o600); err != nil {
		return err
	}
	_ = os.Chtimes(p.To, from.ModTime(), from.ModTime()) // a convenience
	same, err := equal(p.From, p.To)
	if err != nil {
		return err
	}
	if !same {
		return errors.New("folder: the file changed while it was copied")
	}
	return os.Remove(p.From)
}

// writeNew writes a file beside its place, syncs it, and puts it there.
func writeNew(dir, path string, data io.Reader, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(dir, ".carnet-*.part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = io.Copy(f, data); err != nil {
		return err
	}
	_ = f.Chmod(mode) // not every file system has modes
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// equal compares two files.
func equal(a, b string) (bool, error) {
	x, err := digest(a)
	if err != nil {
		return false, err
	}
	y, err := digest(b)
	return bytes.Equal(x, y), err
}

func digest(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return h.Sum(nil), err
}
