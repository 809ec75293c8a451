package batch

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
)

// Add takes files, folders and manifests.
func (e *Engine) Add(ctx context.Context, paths ...string) error {
	e.act.Lock()
	defer e.act.Unlock()
	for _, path := range paths {
		if err := e.addPath(ctx, path); err != nil {
			return err
		}
	}
	return e.flush(ctx)
}

// addPath takes one path. Something that is not there is a row that says so.
func (e *Engine) addPath(ctx context.Context, path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return &client.Error{Code: fhir.BadValue, Message: "Ce chemin ne se lit pas. Choisissez le fichier de nouveau.", Err: err}
	}
	info, err := os.Stat(abs)
	switch {
	case err == nil && info.IsDir():
		return e.addFolder(ctx, abs)
	case strings.EqualFold(filepath.Ext(abs), ".csv"):
		return e.addManifest(ctx, abs)
	}
	x := newEntry("", abs)
	at := stampAt(x)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.take(x, at, true)
	return nil
}

// take adds an entry unless its file is here; at is what the disk says of it now. A file that became another one
// since its row ended is a new row; so is one that was removed and is now chosen
// by name. The caller holds mu. It gives the entry that stands for the file.
func (e *Engine) take(x *entry, at stamp, chosen bool) *entry {
	old := e.byPath[string(x.Path)]
	if old == nil || chosen && old.row.State == Removed {
		e.insert(x)
		e.dirty[x] = true
		e.keepSoon()
		return x
	}
	if at == (stamp{}) || old.Stamp == at || old.Stamp == (stamp{}) || old.inOutbox() {
		return old
	}
	if old.row.State.Final() {
		e.insert(x)
		e.dirty[x] = true
		e.keepSoon()
		return x
	}
	e.readAgain(old)
	return old
}

// readAgain has a file read again. The caller holds mu.
func (e *Engine) readAgain(x *entry) {
	if x.row.State == Found || x.row.State == Reading || x.inOutbox() || x.row.State.Final() || x.FileProblem == Outside {
		return
	}
	e.unclaim(x)
	e.dropText(x)
	e.update(x, func(r *Row) { r.State = Found })
}

// addFolder takes what is below a folder. A manifest in it, called manifest.csv
// or manifeste.csv, says of which file is whose.
func (e *Engine) addFolder(ctx context.Context, dir string) error {
	for _, name := range manifestNames() {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return e.addManifest(ctx, path)
		}
	}
	return e.walk(ctx, dir, "", func(inside string) {
		x := newEntry(dir, inside)
		at := stampAt(x)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.take(x, at, false)
	})
}

func manifestNames() []string { return []string{"manifest.csv", "manifeste.csv"} }

// walk gives every file below a folder but manifest, which is in use. Links are not followed: one that leads
// out, or in a circle, is a row that cannot be read, as is a folder without
// permission.
func (e *Engine) walk(ctx context.Context, dir, manifest string, file func(inside string)) error {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		real = dir
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return canceled(ctx)
		}
		inside, errRel := filepath.Rel(dir, path)
		if errRel != nil {
			return nil
		}
		switch name := filepath.Base(path); {
		case err != nil:
			e.cannot(dir, inside, Unreadable)
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
		case inside == ".", inside == manifest:
		case ignored(name):
			e.tell(Notice{Kind: Ignored, Path: inside})
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type()&fs.ModeSymlink != 0:
			leads, err := filepath.EvalSymlinks(path)
			switch {
			case err != nil:
				e.cannot(dir, inside, problemOf(err))
			case !within(real, leads):
				e.cannot(dir, inside, Unreadable)
			}
		case d.IsDir():
		case strings.EqualFold(filepath.Ext(name), ".csv"):
			e.tell(Notice{Kind: Ignored, Path: inside})
		default:
			file(inside)
		}
		return nil
	})
}

// within tells whether a path is in a folder, or that folder.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// ignored tells the files that nobody means: hidden ones, and those that
// programs leave while they write or for themselves.
func ignored(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") || strings.HasSuffix(name, "~") ||
		slices.Contains([]string{".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp", ".lock", ".bak"}, filepath.Ext(lower)) ||
		slices.Contains([]string{"thumbs.db", "desktop.ini", "lost+found", "__macosx"}, lower)
}

// tell notices something.
func (e *Engine) tell(n Notice) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.notice(n)
}

// cannot adds a row of what cannot be read, or says so of the one there is.
func (e *Engine) cannot(dir, inside string, p Problem) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x := newEntry(dir, inside)
	if e.byPath[string(x.Path)] != nil {
		return
	}
	x.row.State, x.row.Problems, x.FileProblem = Fix, []Problem{p}, p
	e.take(x, stamp{}, false)
}

// isFolder takes what is in a folder that could not be read when it was added,
// and can now, in place of its row.
func (e *Engine) isFolder(ctx context.Context, x *entry) bool {
	e.mu.Lock()
	path, listed := string(x.Path), x.Listed != nil // a manifest names files
	e.mu.Unlock()
	info, err := os.Lstat(path)
	if listed || err != nil || !info.IsDir() {
		return false
	}
	if _, err := os.ReadDir(path); err != nil {
		return false
	}
	e.mu.Lock()
	e.update(x, func(r *Row) { r.State = Removed })
	e.mu.Unlock()
	return e.addFolder(ctx, path) == nil
}

// fold makes names comparable.
func fold(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(terminology.Fold(strings.ReplaceAll(s, "_", " ")), "  ", " "))
}
