package outbox

import (
	"sync"

	"carnet/client"
)

// followers are told what moves, one event at a time.
type followers struct {
	mu   sync.Mutex // guards list and last
	list map[int]func(client.OutboxEvent)
	last int
	one  sync.Mutex // held while they are told
}

// Follow tells f what moves until stop is called. f is called by one goroutine
// at a time and must neither wait nor change the outbox itself.
func (o *Outbox) Follow(f func(client.OutboxEvent)) (stop func()) {
	w := &o.followers
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.list == nil {
		w.list = map[int]func(client.OutboxEvent){}
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

func (w *followers) tell(events ...client.OutboxEvent) {
	w.one.Lock()
	defer w.one.Unlock()
	for _, e := range events {
		w.mu.Lock()
		list := make([]func(client.OutboxEvent), 0, len(w.list))
		for _, f := range w.list {
			list = append(list, f)
		}
		w.mu.Unlock()
		for _, f := range list {
			f(e)
		}
	}
}
