package batch

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
)

// addManifest takes the files that a manifest names. It is read whole before a
// row is made: a manifest that cannot be read leaves nothing behind.
func (e *Engine) addManifest(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return &client.Error{Code: fhir.NotFound, Message: "Le manifeste ne s’ouvre pas. Vérifiez qu’il est accessible, puis recommencez.", Err: err}
	}
	defer f.Close()
	extra, err := readManifest(ctx, f, func(line) {})
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	for _, name := range extra {
		e.tell(Notice{Kind: ExtraColumn, Path: path, Line: 1, Name: name})
	}
	seen := map[string]int{}
	left := absent{room: maxMissing}
	if _, err := readManifest(ctx, f, func(l line) { e.list(dir, l, seen, &left) }); err != nil {
		return err
	}
	if left.more > 0 {
		e.tell(Notice{Kind: MissingMore, Path: path, Line: left.line, Name: strconv.Itoa(left.more)})
	}
	return e.walk(ctx, dir, filepath.Base(path), func(inside string) {
		if _, listed := seen[filepath.Join(dir, inside)]; !listed {
			e.tell(Notice{Kind: NotListed, Path: inside})
		}
	})
}

// readManifest gives every line of a manifest, from its start.
func readManifest(ctx context.Context, f io.ReadSeeker, row func(line)) (extra []string, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fhir.Wrap(fhir.Unavailable, err)
	}
	text, err := decoded(f)
	if err != nil {
		return nil, err
	}
	m, err := newManifest(text)
	if err != nil {
		return nil, err
	}
	for {
		if err := canceled(ctx); err != nil {
			return nil, err
		}
		l, err := m.next()
		if errors.Is(err, io.EOF) {
			return m.extra, nil
		}
		if err != nil {
			return nil, err
		}
		row(l)
	}
}

// maxMissing is how many files that a manifest names, and that are not there, have
// a row each: a person who finds ten thousand missing looks for the folder, not for
// each file, and the rest is told as a number.
const maxMissing = 10_000

// absent counts the files of a manifest that are not there.
type absent struct {
	room int // for how many more there are rows
	more int // without one
	line int // the first of these
}

// list takes one line of a manifest. seen holds the lines of the files named
// before.
func (e *Engine) list(dir string, l line, seen map[string]int, left *absent) {
	inside := insideOf(dir, l.File)
	outside := !filepath.IsLocal(inside)
	x := newEntry(dir, inside)
	x.Listed, x.row.Line = &l, l.Line
	if outside {
		x = newEntry("", l.File)
		x.Path = raw(dir + string(filepath.Separator) + l.File) // a key, never opened
		x.row.Folder, x.row.Line, x.FileProblem = shown(dir), l.Line, Outside
		x.row.State, x.row.Problems = Fix, []Problem{Outside}
	}
	at := stampAt(x)
	first, again := seen[string(x.Path)]
	if !again {
		seen[string(x.Path)] = l.Line
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if at == (stamp{}) && e.byPath[string(x.Path)] == nil {
		if left.room--; left.room < 0 {
			if !again {
				left.more++
				left.line = cmp.Or(left.line, l.Line)
			}
			return
		}
	}
	y := e.take(x, at, false)
	switch {
	case y == x || outside:
	case again && y.Listed != nil && y.Listed.same(l):
		e.notice(Notice{Kind: ListedTwice, Path: inside, Line: l.Line})
	case again && y.row.Line == first:
		e.say(y, l, true)
	case y.Listed == nil || !y.Listed.same(l):
		e.say(y, l, false)
	}
}

// say gives an entry what a manifest says of it. What is sent, or on its way, is
// not changed by that. The caller holds mu.
func (e *Engine) say(x *entry, l line, contradicts bool) {
	if x.inOutbox() || x.row.State.Final() {
		return
	}
	x.Ambiguous, x.version = contradicts, x.version+1
	if !contradicts {
		x.Listed = &l
	}
	e.update(x, func(r *Row) { r.Line = x.Listed.Line })
	e.readAgain(x)
}

// insideOf gives a manifest's path as the disk has it: with the separators of
// Windows where no such file is there.
func insideOf(dir, name string) string {
	if strings.Contains(name, `\`) && filepath.Separator == '/' {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			name = strings.ReplaceAll(name, `\`, "/")
		}
	}
	return filepath.Clean(filepath.FromSlash(name))
}

// besides gives the path of a file that is named beside another one.
func (e *Engine) besides(x *entry, name string) string {
	if len(x.Root) == 0 || strings.HasPrefix(name, "urn:") {
		return ""
	}
	return filepath.Join(string(x.Root), filepath.FromSlash(name))
}

// stampAt gives what the disk says of an entry's file now, zero when nothing.
func stampAt(x *entry) stamp {
	if x.FileProblem == Outside {
		return stamp{}
	}
	info, err := os.Stat(string(x.Path))
	if err != nil {
		return stamp{}
	}
	return stampOf(info)
}
