package record

import (
	"sync"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// How many watch at once: of one sign-in, and in all.
const (
	watchesPerSignIn = 16
	watchesInAll     = 20_000
)

// watchBeat is how often a watch looks by itself: at what time alone changes,
// and at what another process committed, which no signal tells.
const watchBeat = 10 * time.Second

// watchers wakes those who watch an access session when something about it may
// have changed. It keeps no event: whoever is woken looks for themselves, so
// that many changes are one look, and none can be missed or pile up.
//
// changed is fed by the commits of this process (store.Changes). A reader of
// epochs that other processes moved can feed it just as well.
type watchers struct {
	after func(time.Duration) <-chan time.Time

	mu       sync.Mutex // guards the maps
	byRecord map[int64]map[*watcher]struct{}
	byAccess map[string]map[*watcher]struct{}
	signIns  map[string]int
	all      int
}

// watcher is one who watches.
type watcher struct {
	record         int64
	access, signIn string
	wake           chan struct{} // holds one: woken, and has not looked since
}

func newWatchers() *watchers {
	return &watchers{
		after:    time.After,
		byRecord: map[int64]map[*watcher]struct{}{}, byAccess: map[string]map[*watcher]struct{}{}, signIns: map[string]int{},
	}
}

// add starts a watch. Errors: Throttled.
func (w *watchers) add(record int64, access, signIn string) (*watcher, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.signIns[signIn] >= watchesPerSignIn || w.all >= watchesInAll {
		return nil, fhir.E(fhir.Throttled, "Trop de dossiers sont suivis à la fois : fermez-en un, puis réessayez.")
	}
	one := &watcher{record: record, access: access, signIn: signIn, wake: make(chan struct{}, 1)}
	put(w.byRecord, record, one)
	put(w.byAccess, access, one)
	w.signIns[signIn]++
	w.all++
	return one, nil
}

// remove ends a watch.
func (w *watchers) remove(one *watcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	drop(w.byRecord, one.record, one)
	drop(w.byAccess, one.access, one)
	if w.signIns[one.signIn]--; w.signIns[one.signIn] == 0 {
		delete(w.signIns, one.signIn)
	}
	w.all--
}

// changed wakes those concerned; it never waits.
func (w *watchers) changed(c store.Changed) {
	w.mu.Lock()
	defer w.mu.Unlock()
	woken := w.byRecord[c.Record]
	if c.Access != "" {
		woken = w.byAccess[c.Access]
	}
	for one := range woken {
		select {
		case one.wake <- struct{}{}:
		default: // woken already
		}
	}
}

func put[K comparable](in map[K]map[*watcher]struct{}, at K, one *watcher) {
	if in[at] == nil {
		in[at] = map[*watcher]struct{}{}
	}
	in[at][one] = struct{}{}
}

func drop[K comparable](in map[K]map[*watcher]struct{}, at K, one *watcher) {
	delete(in[at], one)
	if len(in[at]) == 0 {
		delete(in, at)
	}
}
