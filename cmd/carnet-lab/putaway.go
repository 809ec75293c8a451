package main

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"carnet/client/batch"
	"carnet/client/fhir"
	"carnet/cmd/carnet-lab/internal/folder"
)

// putAway tells what became of rows and moves their files. It gives how many
// rows are not at their end.
func (w *watcher) putAway(ctx context.Context, rows []batch.Row) (open int, err error) {
	var files []fileRecord
	plans := map[string]folder.Plan{}
	for _, r := range rows {
		if w.away[r.ID] {
			continue
		}
		f := w.l.tellOf(r)
		if !f.Outcome.final() || w.awaited(ctx, r) {
			open++
			if slices.Contains(r.Problems, batch.Changed) { // while it was read: once more
				_ = w.l.engine.Again(ctx, r.ID)
			}
			continue
		}
		w.count(r, f)
		if inside, err := filepath.Rel(w.dir, w.pathOf(r)); err == nil {
			f.Folder, f.File = w.dir, strings.ToValidUTF8(inside, "\uFFFD")
		}
		p, ok := w.moves[r.ID] // of a run before this one, which could not make it
		if !ok {
			p, ok = w.plan(r, f)
		}
		if ok {
			plans[r.ID] = p
			f.MovedTo, _ = filepath.Rel(w.dir, p.To)
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return open, nil
	}
	if err := w.l.history.tell(ctx, files, plans); err != nil {
		return open, err
	}
	for _, f := range files {
		w.away[f.ID] = true
		w.say(f)
	}
	for id, p := range plans {
		w.moves[id] = p
	}
	w.move(ctx)
	return open, nil
}

// awaited tells whether a file that a manifest names may still come, or is read
// anew because it came, or changed.
func (w *watcher) awaited(ctx context.Context, r batch.Row) bool {
	if len(r.Problems) != 1 || r.Problems[0] != batch.Missing {
		return false
	}
	path := w.pathOf(r)
	if s, err := folder.StampOf(path); err == nil && w.l.now().Sub(s.Time) >= w.l.o.settle {
		w.picked[path] = s
		return w.l.engine.Again(ctx, r.ID) == nil
	}
	for _, x := range w.manifests {
		if w.l.now().Sub(x.since) < max(10*w.l.o.settle, w.l.o.wait) {
			return true
		}
	}
	return false
}

// count notes for the manifests of a row's folder what became of it.
func (w *watcher) count(r batch.Row, f fileRecord) {
	if r.Line == 0 {
		return
	}
	for path, x := range w.manifests {
		if filepath.Dir(path) != r.Folder {
			continue
		}
		x.rows[f.Outcome]++
		if _, err := os.Lstat(w.pathOf(r)); err != nil && f.Outcome == person {
			x.words = append(x.words, oneLine(r.Path)+"\n"+strings.Join(f.Words, "\n"))
		}
	}
}

// plan chooses where a row's file goes; false when there is none to move: it is
// gone, it is not in the folder, or another is at its place now.
func (w *watcher) plan(r batch.Row, f fileRecord) (folder.Plan, bool) {
	path := w.pathOf(r)
	now, err := folder.StampOf(path)
	inside, rerr := filepath.Rel(w.dir, path)
	if err != nil || rerr != nil || !filepath.IsLocal(inside) {
		return folder.Plan{}, false
	}
	was, ok := w.picked[path]
	if ok && !was.Same(now) || !ok && r.Size >= 0 && r.Size != now.Size {
		return folder.Plan{}, false
	}
	return w.planTo(path, inside, f.Outcome, reasonText(w.l.o.lang, f))
}

// planTo chooses where a file goes by its outcome.
func (w *watcher) planTo(path, inside string, o outcome, words string) (folder.Plan, bool) {
	day := w.l.now().Format(time.DateOnly)
	below := map[outcome]string{
		arrived: filepath.Join(sentDir, day), already: filepath.Join(sentDir, day),
		noRecord: filepath.Join(noRecordDir, day), refused: refusedDir, person: fixDir,
	}[o]
	if o == arrived || o == already {
		words = ""
	}
	p, err := folder.NewPlan(path, filepath.Join(w.dir, below), inside, words)
	if err != nil {
		w.l.log.WithError(err).Error("no place was found for a file that is done with")
	}
	return p, err == nil
}

// move makes the moves that were written down; those that fail stay for later.
func (w *watcher) move(ctx context.Context) {
	var ended []string
	for id, p := range w.moves {
		err := folder.Move(p)
		if errors.Is(err, fs.ErrExist) {
			// Somebody put a file there: another place is chosen, and written down.
			inside, _ := filepath.Rel(w.dir, p.From)
			if other, perr := folder.NewPlan(p.From, filepath.Dir(p.To), filepath.Base(inside), p.Reason); perr == nil {
				if w.l.history.tell(ctx, nil, map[string]folder.Plan{id: other}) == nil {
					w.moves[id] = other
				}
			}
		}
		if err != nil {
			if why := err.Error(); w.stuck[id] != why { // told once, not at every look
				w.stuck[id] = why
				w.l.log.WithField("event", shortID(id)).WithError(err).Warn("a file could not be moved; it is tried again")
			}
			continue
		}
		ended = append(ended, id)
	}
	if len(ended) == 0 || w.l.history.moved(context.WithoutCancel(ctx), ended...) != nil {
		return // once more, to the same end
	}
	for _, id := range ended {
		delete(w.moves, id)
		delete(w.stuck, id)
	}
}

// drain forgets what is done with, when nothing is under way.
func (w *watcher) drain(ctx context.Context, rows []batch.Row) error {
	for path, x := range w.manifests {
		o := arrived
		if x.rows[person]+x.rows[refused] > 0 {
			o = person
		}
		inside, _ := filepath.Rel(w.dir, path)
		if _, err := os.Lstat(path); err == nil {
			p, ok := w.planTo(path, inside, o, manifestText(w.l.o.lang, x))
			if !ok {
				continue
			}
			id := "manifest-" + watchName(path)
			if err := w.l.history.tell(ctx, nil, map[string]folder.Plan{id: p}); err != nil {
				return err
			}
			w.moves[id] = p
		}
		delete(w.manifests, path)
	}
	w.move(ctx)
	if len(rows) == 0 {
		return nil
	}
	for _, r := range rows {
		if r.State.Final() {
			continue
		}
		if err := w.l.engine.Remove(ctx, r.ID); err != nil && fhir.CodeOf(err) != fhir.StateConflict {
			return err
		}
	}
	if err := errors.Join(w.l.engine.Clear(ctx), w.l.forgetRefused(ctx)); err != nil {
		return err
	}
	// What cannot be taken out yet (an attempt that may have arrived) stays told.
	left, _ := w.l.engine.Rows(batch.Query{})
	maps.DeleteFunc(w.away, func(id string, _ bool) bool {
		return !slices.ContainsFunc(left, func(r batch.Row) bool { return r.ID == id })
	})
	clear(w.picked)
	clear(w.real)
	return nil
}
