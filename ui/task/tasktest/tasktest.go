// Package tasktest runs the tasks of a page in a test: deterministically, on
// the test's goroutine, with a clock that stands still.
//
//	h := tasktest.New(t)
//	page := patients.New(patients.Config{Scope: h.Scope(), …})
//	page.Search("mart")
//	h.Advance(200 * time.Millisecond) // the debounce passes
//	h.Settle()                        // all work has returned and was shown
//
// Work runs on goroutines as in the application, so -race sees what it does;
// what it wants to show waits in a queue until the test asks for it.
package tasktest

import (
	"sort"
	"sync"
	"time"

	"carnet/ui/task"
)

// T is the part of testing.TB in use.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// patience is how long Settle waits for work before the test fails.
const patience = 20 * time.Second

// Harness is a Runner under control.
type Harness struct {
	*task.Runner
	t T

	mu     sync.Mutex
	wake   *sync.Cond
	queue  []func() // guarded by mu
	now    time.Time
	timers []*timer // guarded by mu
}

// New makes a Harness whose clock stands at 21 Nov 2026, 10:00 UTC. It is closed
// with the test.
func New(t T) *Harness {
	h := &Harness{t: t, now: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
	h.wake = sync.NewCond(&h.mu)
	h.Runner = task.New(task.Config{Dispatch: h.post, Clock: clock{h}})
	t.Cleanup(func() {
		if !h.Close(patience) {
			t.Fatalf("work did not end with its context")
		}
	})
	return h
}

func (h *Harness) post(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queue = append(h.queue, f)
	h.wake.Broadcast()
}

// Drain runs what is waiting to be shown, without waiting for work.
func (h *Harness) Drain() {
	for f := h.next(); f != nil; f = h.next() {
		f()
	}
}

func (h *Harness) next() func() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.queue) == 0 {
		return nil
	}
	f := h.queue[0]
	h.queue = h.queue[1:]
	return f
}

// Settle waits until all work has returned and was shown, including the work
// that showing started. Timers do not count: see Advance.
func (h *Harness) Settle() {
	h.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		h.Drain()
		if h.Idle() && h.empty() {
			return
		}
		if !h.await(deadline) {
			h.t.Fatalf("work did not end within %s", patience)
			return
		}
	}
}

// Until runs what comes to be shown until cond holds, for work that lasts and
// that Settle does not wait for. The test fails when it never does.
func (h *Harness) Until(what string, cond func() bool) {
	h.t.Helper()
	deadline := time.Now().Add(patience)
	for h.Drain(); !cond(); h.Drain() {
		if !h.await(deadline) {
			h.t.Fatalf("not within %s: %s", patience, what)
			return
		}
	}
}

func (h *Harness) empty() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.queue) == 0
}

// await waits for something to be shown.
func (h *Harness) await(deadline time.Time) bool {
	watchdog := time.AfterFunc(time.Until(deadline), h.wake.Broadcast)
	defer watchdog.Stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.queue) == 0 {
		if !time.Now().Before(deadline) {
			return false
		}
		h.wake.Wait()
	}
	return true
}

// Advance moves the clock by d and runs the timers that fall due, in order,
// each followed by what it shows.
func (h *Harness) Advance(d time.Duration) {
	h.mu.Lock()
	end := h.now.Add(d)
	h.mu.Unlock()
	for {
		due := h.due(end)
		if due == nil {
			break
		}
		due.f()
		h.Drain()
	}
	h.mu.Lock()
	h.now = end
	h.mu.Unlock()
	h.Drain()
}

// due takes the next timer that falls due until end and moves the clock to it.
func (h *Harness) due(end time.Time) *timer {
	h.mu.Lock()
	defer h.mu.Unlock()
	sort.SliceStable(h.timers, func(i, j int) bool { return h.timers[i].at.Before(h.timers[j].at) })
	if len(h.timers) == 0 || h.timers[0].at.After(end) {
		return nil
	}
	first := h.timers[0]
	h.timers = h.timers[1:]
	if first.at.After(h.now) {
		h.now = first.at
	}
	return first
}

type timer struct {
	h  *Harness
	at time.Time
	f  func()
}

// Stop implements task.Timer.
func (t *timer) Stop() bool {
	t.h.mu.Lock()
	defer t.h.mu.Unlock()
	for i, other := range t.h.timers {
		if other == t {
			t.h.timers = append(t.h.timers[:i], t.h.timers[i+1:]...)
			return true
		}
	}
	return false
}

type clock struct{ h *Harness }

func (c clock) Now() time.Time {
	c.h.mu.Lock()
	defer c.h.mu.Unlock()
	return c.h.now
}

func (c clock) AfterFunc(d time.Duration, f func()) task.Timer {
	c.h.mu.Lock()
	defer c.h.mu.Unlock()
	t := &timer{h: c.h, at: c.h.now.Add(d), f: f}
	c.h.timers = append(c.h.timers, t)
	return t
}
