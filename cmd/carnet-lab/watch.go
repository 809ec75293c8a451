package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client/batch"
	"carnet/client/fhir"
	"carnet/cmd/carnet-lab/internal/folder"
)

// The folders into which watch puts files, in the watched one.
const (
	sentDir, noRecordDir, fixDir, refusedDir = "envoyes", "sans-dossier", "a-corriger", "refuses"
)

// signInAgain is after how many looks what a refused sign-in held is tried again:
// five minutes, at the usual pace.
const signInAgain = 100

// watch sends what arrives in a folder, until ctx ends.
func (m *Main) watch(ctx context.Context, o *options, args []string) (int, error) {
	if len(args) != 1 {
		return 0, usageError(o.lang.say("« watch » attend un dossier", "watch wants one folder"))
	}
	dir, err := filepath.Abs(args[0])
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return 0, configError(o.lang.say("ce dossier ne se lit pas : ", "this folder cannot be read: ") + args[0])
	}
	if err := writable(dir); err != nil {
		return 0, configError(o.lang.say("ce programme ne peut pas ranger les fichiers de ce dossier ; donnez-lui le droit d’y écrire : ", "this program cannot sort the files of this folder; let it write there: ") + args[0])
	}
	o.patient = true
	if !m.Terminal {
		o.level = logrus.InfoLevel // the journal has a line for each file
	}
	l, err := m.open(ctx, o, watchName(dir), func(*lab) error { return nil })
	if err != nil {
		return 0, err
	}
	w := newWatcher(m, l, dir)
	stop := m.serveControl(l)
	err = w.run(ctx)
	stop()
	return exitDone, errors.Join(err, l.close())
}

// writable tries to write in a folder.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".carnet-*.part")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// watcher is one watched folder. One goroutine uses it.
type watcher struct {
	m   *Main
	l   *lab
	dir string
	in  folder.Watcher

	picked    map[string]folder.Stamp // by path, as it was when it was given to the engine
	real      map[string]string       // path as the engine shows it, where the disk has other bytes
	away      map[string]bool         // rows that were told, and moved or about to be
	moves     map[string]folder.Plan  // that are to be made
	stuck     map[string]string       // why they could not be, as the log was told
	manifests map[string]*listed      // by path
	nextSign  time.Time
}

// listed is a manifest under way.
type listed struct {
	since time.Time
	rows  map[outcome]int
	words []string // of its lines that name no file
}

func newWatcher(m *Main, l *lab, dir string) *watcher {
	return &watcher{
		m: m, l: l, dir: dir,
		in:     folder.Watcher{Dir: dir, Skip: []string{sentDir, noRecordDir, fixDir, refusedDir}, Settle: l.o.settle},
		picked: map[string]folder.Stamp{}, real: map[string]string{}, away: map[string]bool{}, stuck: map[string]string{}, manifests: map[string]*listed{},
		nextSign: l.now().Add(signInAgain * l.o.every),
	}
}

// run looks at the folder until ctx ends.
func (w *watcher) run(ctx context.Context) (err error) {
	if w.moves, err = w.l.history.moves(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(w.l.o.every)
	defer tick.Stop()
	for {
		if err := w.step(ctx); err != nil && ctx.Err() == nil {
			w.l.log.WithError(err).Error("the folder could not be looked after; it is tried again")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// step does once what is to be done.
func (w *watcher) step(ctx context.Context) error {
	l := w.l
	if now := l.now(); now.After(w.nextSign) {
		w.nextSign = now.Add(signInAgain * l.o.every)
		if err := w.signInAgain(ctx); err != nil {
			return err
		}
	}
	_, sending := l.engine.Send(ctx)
	w.move(ctx)
	rows, _ := l.engine.Rows(batch.Query{})
	for _, r := range rows {
		if outcomeOf(r) == barred {
			l.refusedSignIn(true, r.Reason)
			break
		}
	}
	open, err := w.putAway(ctx, rows)
	if err != nil {
		return errors.Join(sending, err)
	}
	if open == 0 && len(w.moves) == 0 {
		if err := w.drain(ctx, rows); err != nil {
			return errors.Join(sending, err)
		}
		rows = nil
	}
	return errors.Join(sending, w.pick(ctx, rows))
}

// signInAgain sends what a refused sign-in held, once it is refused no more.
func (w *watcher) signInAgain(ctx context.Context) error {
	l := w.l
	token, err := l.system.Token(ctx)
	if l.out && err == nil { // the one that was refused
		l.system.Invalidate(token)
		_, err = l.system.Token(ctx)
	}
	if code := fhir.CodeOf(err); refusedSignIn(code) {
		l.refusedSignIn(true, code)
		return nil
	}
	if err != nil { // it does not answer: nothing is known
		return nil
	}
	was := l.out
	l.refusedSignIn(false, "")
	if err := l.box.SignedIn(ctx); err != nil || !was {
		return err
	}
	rows, _ := l.engine.Rows(batch.Query{States: []batch.State{batch.Fix}})
	for _, r := range rows {
		if outcomeOf(r) == barred {
			err = errors.Join(err, l.engine.Again(ctx, r.ID))
		}
	}
	return err
}

// pathOf is where a row's file is.
func (w *watcher) pathOf(r batch.Row) string {
	path := r.Path
	if r.Folder != "" {
		path = filepath.Join(r.Folder, r.Path)
	}
	if real, ok := w.real[path]; ok {
		return real
	}
	return path
}

// pick gives complete files to the engine, manifests first. A file at the place
// of one that is done with waits until that is forgotten.
func (w *watcher) pick(ctx context.Context, rows []batch.Row) error {
	files, passed, err := w.in.Scan(w.l.now())
	if err == nil {
		err = w.tellPassed(ctx, passed)
	}
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, r := range rows {
		path := w.pathOf(r)
		if w.away[r.ID] && w.again(path) && !slices.Contains(r.Problems, batch.Conflict) {
			return nil // nothing new until what is done is forgotten
		}
		known[path] = true
	}
	var plain []folder.File
	for _, f := range files {
		path := filepath.Join(w.dir, f.Path)
		if strings.EqualFold(filepath.Ext(f.Path), ".csv") {
			w.pickManifest(ctx, path)
		} else if !known[path] && !w.l.o.manifests {
			plain = append(plain, f)
		}
	}
	var paths []string
	for _, f := range plain {
		path := filepath.Join(w.dir, f.Path)
		w.picked[path] = f.Stamp
		if text := strings.ToValidUTF8(path, "\uFFFD"); text != path {
			w.real[text] = path
		}
		paths = append(paths, path)
	}
	if len(paths) == 0 {
		return nil
	}
	return w.l.engine.Add(ctx, paths...)
}

// again tells whether something lies at a place that was put away.
func (w *watcher) again(path string) bool {
	_, err := folder.StampOf(path)
	return err == nil
}

// pickManifest gives a manifest to the engine, once.
func (w *watcher) pickManifest(ctx context.Context, path string) {
	if w.manifests[path] != nil {
		return
	}
	w.manifests[path] = &listed{since: w.l.now(), rows: map[outcome]int{}}
	err := w.l.engine.Add(ctx, path)
	if err == nil || fhir.CodeOf(err) == fhir.Canceled {
		return
	}
	w.manifests[path].rows[person]++
	w.manifests[path].words = append(w.manifests[path].words, w.l.o.lang.failure(err))
}

// say tells of a file: a line of JSON for a program, words on a terminal, and in
// a log nothing that names anybody.
func (w *watcher) say(f fileRecord) {
	switch {
	case w.l.o.json:
		_ = json.NewEncoder(w.m.Stdout).Encode(f) // who listens may be gone
	case w.m.Terminal:
		w.m.tellFile(w.l.o.lang, f)
	default:
		code := ""
		if len(f.Codes) > 0 {
			code = f.Codes[0]
		}
		w.l.log.WithField("event", shortID(f.ID)).WithField("state", string(f.Outcome)).WithField("reason", code).
			WithField("request_id", f.Reference).Info("a file has its outcome")
	}
}

// shortID shows the beginning of a row's id in groups, as the report has it.
func shortID(id string) string {
	if len(id) < 12 {
		return id
	}
	return id[:4] + "-" + id[4:8] + "-" + id[8:12]
}
