// Package task is where the desktop leaves the UI goroutine and comes back to
// it. It is the only package of ui that starts goroutines or calls fyne.Do.
//
// A Runner belongs to the window; a Scope belongs to a page, or a part of one,
// and ends everything that it started when it is closed. Work is a function
// that returns a value; show is a closure that puts it on the screen:
//
//	task.Run(scope, func(ctx context.Context) (client.Access, error) {
//		return records.Open(ctx, id, how)   // off the UI goroutine, no widget touched
//	}, func(a client.Access, err error) {
//		page.showAccess(a, err)             // on the UI goroutine
//	})
//
// Rules. Work honours ctx. show is called once, unless the scope was closed or,
// in a Latest, a newer piece of work began: that is looked at on the UI
// goroutine, in the callback itself, so there is no gap between looking and
// showing. A panic in work becomes ErrPanic for show. All methods are to be
// called on the UI goroutine, except those of a Reporter.
//
// Tests use package tasktest: callbacks wait in a queue until Settle, the clock
// stands still until Advance.
package task

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
)

// ErrPanic is what show gets when work panicked. The stack went to
// Config.OnPanic.
var ErrPanic = errors.New("task: work panicked")

// When progress shows: nothing for things that are quick, so that the screen
// does not flicker; a way out for those that are not.
const (
	BusyAfter   = 300 * time.Millisecond
	CancelAfter = 2 * time.Second
)

// Config is what a Runner needs. The zero value is the real thing.
type Config struct {
	Dispatch func(func())       // runs a function on the UI goroutine; nil: fyne.Do
	Clock    Clock              // nil: the system's
	OnPanic  func(stack []byte) // told the stack, never the panic's value (it may hold data); nil: nothing
}

// Runner starts work and brings results back.
type Runner struct {
	dispatch func(func())
	clock    Clock
	onPanic  func([]byte)
	root     *Scope
	running  sync.WaitGroup
	active   atomic.Int64 // pieces of work whose callback was not dispatched yet
}

// New makes a Runner.
func New(c Config) *Runner {
	r := &Runner{dispatch: c.Dispatch, clock: c.Clock, onPanic: c.OnPanic}
	if r.dispatch == nil {
		r.dispatch = fyne.Do
	}
	if r.clock == nil {
		r.clock = systemClock{}
	}
	if r.onPanic == nil {
		r.onPanic = func([]byte) {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.root = &Scope{runner: r, ctx: ctx, cancel: cancel}
	return r
}

// Scope makes a new life under the Runner's.
func (r *Runner) Scope() *Scope { return r.root.Scope() }

// Close ends every scope and waits until all work has returned, at most limit.
// It reports whether all had. What work still wanted to show is dropped.
func (r *Runner) Close(limit time.Duration) bool {
	r.root.Close()
	done := make(chan struct{})
	go func() {
		r.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}

// Idle reports whether no work is running and nothing waits to be shown.
func (r *Runner) Idle() bool { return r.active.Load() == 0 }

// Scope is the life of a page. Closing it cancels the contexts of its work,
// stops its timers and silences its callbacks.
type Scope struct {
	runner *Runner
	ctx    context.Context
	cancel context.CancelFunc
	closed bool // UI goroutine only
	parent *Scope
}

// Scope makes a shorter life inside this one.
func (s *Scope) Scope() *Scope {
	ctx, cancel := context.WithCancel(s.ctx)
	return &Scope{runner: s.runner, ctx: ctx, cancel: cancel, parent: s}
}

// Close ends the scope; closing twice does nothing.
func (s *Scope) Close() {
	s.closed = true
	s.cancel()
}

// Closed reports whether this scope or one above it has ended.
func (s *Scope) Closed() bool {
	return s.closed || (s.parent != nil && s.parent.Closed())
}

// Now is the time by the Runner's clock.
func (s *Scope) Now() time.Time { return s.runner.clock.Now() }

func (s *Scope) owner() (*Scope, func() bool) {
	return s, func() bool { return !s.Closed() }
}

// Owner is what work can belong to: a Scope, or a Latest inside one.
type Owner interface {
	// owner gives the scope whose context the work gets, and a look, made on the
	// UI goroutine, at whether its result is still wanted. For a Latest, calling
	// owner ends what ran before.
	owner() (*Scope, func() bool)
}

// Job is a running piece of work.
type Job struct {
	cancel context.CancelFunc
	timers []func()
	done   bool // UI goroutine only
}

// Cancel asks the work to stop; show is then told what the work returned,
// usually the error of its context.
func (j *Job) Cancel() { j.cancel() }

// Done reports whether the result has been shown or dropped.
func (j *Job) Done() bool { return j.done }

// Stage says how long a piece of work has been going.
type Stage int

// The stages, in order.
const (
	Busy     Stage = iota // after BusyAfter: show a skeleton or a bar
	Slow                  // after CancelAfter: offer to cancel
	Finished              // the result is about to be shown, or was dropped: take the above away
)

// Run runs work off the UI goroutine and show on it.
func Run[T any](on Owner, work func(context.Context) (T, error), show func(T, error)) *Job {
	return RunStaged(on, nil, work, show)
}

// RunStaged is Run with progress: stage is called on the UI goroutine with Busy
// and Slow when the work lasts that long, and with Finished if it was called at
// all.
func RunStaged[T any](on Owner, stage func(Stage), work func(context.Context) (T, error), show func(T, error)) *Job {
	scope, wanted := on.owner()
	ctx, cancel := context.WithCancel(scope.ctx)
	job := &Job{cancel: cancel}
	finish := job.stages(scope, stage)
	scope.runner.goDo(func() func() {
		value, err := contain(scope.runner, ctx, work)
		return func() {
			cancel()
			job.done = true
			ok := wanted()
			finish(ok)
			if ok {
				show(value, err)
			}
		}
	})
	return job
}

// stages arms the timers of a job's progress and gives the function that ends
// them.
func (j *Job) stages(scope *Scope, stage func(Stage)) func(wanted bool) {
	if stage == nil {
		return func(bool) {}
	}
	told := false
	arm := func(after time.Duration, s Stage) {
		j.timers = append(j.timers, scope.After(after, func() {
			if !j.done {
				told = true
				stage(s)
			}
		}))
	}
	arm(BusyAfter, Busy)
	arm(CancelAfter, Slow)
	return func(wanted bool) {
		for _, stop := range j.timers {
			stop()
		}
		if told && wanted {
			stage(Finished)
		}
	}
}

// goDo starts a goroutine for work and dispatches what it returns.
func (r *Runner) goDo(work func() (after func())) {
	r.running.Add(1)
	r.active.Add(1)
	go func() {
		defer r.running.Done()
		after := work()
		r.dispatch(func() {
			r.active.Add(-1)
			after()
		})
	}()
}

// contain runs work and turns a panic into ErrPanic.
func contain[T any](r *Runner, ctx context.Context, work func(context.Context) (T, error)) (value T, err error) {
	defer func() {
		if recover() != nil {
			r.onPanic(debug.Stack())
			var zero T
			value, err = zero, ErrPanic
		}
	}()
	return work(ctx)
}
