package seallog

import "sync"

// Group gathers what waits for one fsync: while a batch is written, the next one
// fills.
type Group[T any] struct {
	write func([]T) error
	after func()

	mu      sync.Mutex
	idle    *sync.Cond
	next    *batch[T]
	writing bool
}

type batch[T any] struct {
	all  []T
	done chan struct{}
	err  error
}

// NewGroup makes a group. write writes a batch and after is called when it was
// acknowledged, both by one goroutine at a time; after may be nil.
func NewGroup[T any](write func([]T) error, after func()) *Group[T] {
	g := &Group[T]{write: write, after: after}
	g.idle = sync.NewCond(&g.mu)
	return g
}

// Add puts something into the next batch; wait gives that batch's error when it
// is written. What is added first is written first.
func (g *Group[T]) Add(what T) (wait func() error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next == nil {
		g.next = &batch[T]{done: make(chan struct{})}
	}
	b := g.next
	b.all = append(b.all, what)
	if !g.writing {
		g.writing = true
		go g.drain()
	}
	return func() error {
		<-b.done
		return b.err
	}
}

// drain writes batch after batch until none waits.
func (g *Group[T]) drain() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.next != nil {
		b := g.next
		g.next = nil
		g.mu.Unlock()
		b.err = g.write(b.all)
		close(b.done)
		if g.after != nil {
			g.after()
		}
		g.mu.Lock()
	}
	g.writing = false
	g.idle.Broadcast()
}

// Quiet waits until nothing is being written; the caller sees to it that nothing
// new comes.
func (g *Group[T]) Quiet() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.writing {
		g.idle.Wait()
	}
}

// Waiting is how much waits for the next batch.
func (g *Group[T]) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next == nil {
		return 0
	}
	return len(g.next.all)
}
