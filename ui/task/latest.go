package task

import (
	"context"
	"sync"
	"time"
)

// Latest runs one piece of work at a time for the newest question: starting
// another cancels the one before and drops what it would have shown. One Latest
// for each thing on the screen that questions race for (the search list, the
// document being drawn).
type Latest struct {
	scope      *Scope
	cancel     context.CancelFunc
	generation int // UI goroutine only
}

// Latest makes a group of which only the newest work counts.
func (s *Scope) Latest() *Latest {
	return &Latest{scope: s, cancel: func() {}}
}

// Cancel ends the work in progress; its show is not called.
func (l *Latest) Cancel() {
	l.generation++
	l.cancel()
}

func (l *Latest) owner() (*Scope, func() bool) {
	l.Cancel()
	mine := l.generation
	ctx, cancel := context.WithCancel(l.scope.ctx)
	l.cancel = cancel
	child := &Scope{runner: l.scope.runner, ctx: ctx, cancel: cancel, parent: l.scope}
	return child, func() bool { return mine == l.generation && !l.scope.Closed() }
}

// Reporter carries intermediate values from work to the UI. Report may be
// called from any goroutine and never blocks; values that come faster than the
// screen can take them are replaced by the newest.
type Reporter[P any] struct {
	runner *Runner
	wanted func() bool
	show   func(P)

	mu      sync.Mutex
	value   P    // guarded by mu
	pending bool // guarded by mu: a callback is on its way
}

// Report hands a value over.
func (r *Reporter[P]) Report(value P) {
	r.mu.Lock()
	r.value = value
	already := r.pending
	r.pending = true
	r.mu.Unlock()
	if !already {
		r.runner.dispatch(r.deliver)
	}
}

func (r *Reporter[P]) deliver() {
	r.mu.Lock()
	value := r.value
	r.pending = false
	r.mu.Unlock()
	if r.wanted() {
		r.show(value)
	}
}

// RunReporting is Run for work that tells how far it is: report may be called
// from any goroutine, progress runs on the UI goroutine, never after show.
func RunReporting[P, T any](on Owner, work func(ctx context.Context, report func(P)) (T, error), progress func(P), show func(T, error)) *Job {
	scope, wanted := on.owner()
	finished := false // UI goroutine only
	reporter := &Reporter[P]{
		runner: scope.runner,
		wanted: func() bool { return !finished && wanted() },
		show:   progress,
	}
	return Run(fixed{scope, wanted}, func(ctx context.Context) (T, error) {
		return work(ctx, reporter.Report)
	}, func(value T, err error) {
		finished = true
		show(value, err)
	})
}

// fixed is an Owner that was asked already.
type fixed struct {
	scope  *Scope
	wanted func() bool
}

func (f fixed) owner() (*Scope, func() bool) { return f.scope, f.wanted }

// After calls f on the UI goroutine after d, unless stop is called or the scope
// closed before.
func (s *Scope) After(d time.Duration, f func()) (stop func()) {
	stopped := false // UI goroutine only
	timer := s.runner.clock.AfterFunc(d, func() {
		s.runner.dispatch(func() {
			if !stopped && !s.Closed() {
				f()
			}
		})
	})
	return func() {
		stopped = true
		timer.Stop()
	}
}

// Every calls f on the UI goroutine every d until stop is called or the scope
// closed. A slow f delays the next call; calls never pile up.
func (s *Scope) Every(d time.Duration, f func()) (stop func()) {
	var cancel func()
	stopped := false
	var arm func()
	arm = func() {
		cancel = s.After(d, func() {
			f()
			if !stopped {
				arm()
			}
		})
	}
	arm()
	return func() {
		stopped = true
		cancel()
	}
}

// Debounce delays a function until calls have paused for d.
type Debounce struct {
	scope *Scope
	delay time.Duration
	stop  func()
}

// Debounce makes one; d is the pause that must pass.
func (s *Scope) Debounce(d time.Duration) *Debounce {
	return &Debounce{scope: s, delay: d, stop: func() {}}
}

// Do asks for f after the pause, instead of what was asked before.
func (d *Debounce) Do(f func()) {
	d.stop()
	d.stop = d.scope.After(d.delay, f)
}

// Now forgets what was asked and calls f at once, for a person who presses
// Return.
func (d *Debounce) Now(f func()) {
	d.stop()
	f()
}

// Cancel forgets what was asked.
func (d *Debounce) Cancel() { d.stop() }

// NewReporter makes a Reporter for things outside work (a signal, an observer):
// show runs on the UI goroutine while the scope lasts. Call NewReporter on the UI
// goroutine.
func NewReporter[P any](s *Scope, show func(P)) *Reporter[P] {
	return &Reporter[P]{runner: s.runner, wanted: func() bool { return !s.Closed() }, show: show}
}
