package batch

import (
	"sync"
	"time"
)

const (
	eventPause = 100 * time.Millisecond // between two events
	manyRows   = 500                    // beyond, an event says All
)

// followers are told what moved, gathered.
type followers struct {
	mu      sync.Mutex // guards all
	list    map[int]func(Event)
	last    int
	rows    map[string]bool
	every   bool
	pending bool // a timer runs
	closed  bool
	telling sync.Mutex // held while they are told
}

func (w *followers) add(f func(Event)) (stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.list == nil {
		w.list = map[int]func(Event){}
	}
	w.last++
	id := w.last
	w.list[id] = f
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.list, id)
	}
}

// one notes that a row moved.
func (w *followers) one(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) == 0 || w.every {
		return
	}
	if w.rows == nil {
		w.rows = map[string]bool{}
	}
	w.rows[id] = true
	w.every = len(w.rows) > manyRows
	w.soon()
}

// all notes that everything may have moved.
func (w *followers) all() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) > 0 {
		w.every = true
		w.soon()
	}
}

func (w *followers) soon() {
	if !w.pending && !w.closed {
		w.pending = true
		time.AfterFunc(eventPause, w.tell)
	}
}

// tell gives what was gathered to everybody.
func (w *followers) tell() {
	w.telling.Lock()
	defer w.telling.Unlock()
	w.mu.Lock()
	ev := Event{All: w.every}
	if !w.every {
		for id := range w.rows {
			ev.Rows = append(ev.Rows, id)
		}
	}
	w.rows, w.every, w.pending = nil, false, false
	list := make([]func(Event), 0, len(w.list))
	for _, f := range w.list {
		list = append(list, f)
	}
	w.mu.Unlock()
	for _, f := range list {
		f(ev)
	}
}

func (w *followers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
}
