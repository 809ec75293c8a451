package task_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"carnet/ui/task"
	"carnet/ui/task/tasktest"
)

// said collects what was shown, in order.
type said struct{ lines []string }

func (s *said) show(v string, err error) {
	if err != nil {
		v = "error: " + err.Error()
	}
	s.lines = append(s.lines, v)
}

func (s *said) want(t *testing.T, lines ...string) {
	t.Helper()
	if len(s.lines) == 0 && len(lines) == 0 {
		return
	}
	if !reflect.DeepEqual(s.lines, lines) {
		t.Errorf("shown %q, want %q", s.lines, lines)
	}
}

// until returns v when released, or the context's error.
func until(release <-chan struct{}, v string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		select {
		case <-release:
			return v, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func at(v string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return v, nil }
}

func TestRunShowsTheResultOnce(t *testing.T) {
	h := tasktest.New(t)
	var s said
	job := task.Run(h.Scope(), at("a"), s.show)
	h.Settle()
	s.want(t, "a")
	if !job.Done() {
		t.Error("the job does not know that it is done")
	}
}

func TestClosedScopeCancelsAndStaysSilent(t *testing.T) {
	h := tasktest.New(t)
	var s said
	page := h.Scope()
	part := page.Scope()
	stopped := make(chan struct{})
	task.Run(part, func(ctx context.Context) (string, error) {
		<-ctx.Done()
		close(stopped)
		return "late", nil
	}, s.show)
	page.Close()
	h.Settle()
	<-stopped
	s.want(t)
	if !part.Closed() {
		t.Error("the part outlives its page")
	}
}

func TestScopeClosedBetweenWorkAndShow(t *testing.T) {
	h := tasktest.New(t)
	var s said
	first, second := h.Scope(), h.Scope()
	// The first callback closes the second scope, whose result may already be queued.
	task.Run(first, at("first"), func(v string, err error) {
		second.Close()
		s.show(v, err)
	})
	h.Settle()
	task.Run(second, at("second"), s.show)
	h.Settle()
	s.want(t, "first")
}

func TestLatestWins(t *testing.T) {
	h := tasktest.New(t)
	var s said
	search := h.Scope().Latest()
	never := make(chan struct{})
	cancelled := make(chan struct{})
	task.Run(search, func(ctx context.Context) (string, error) {
		defer close(cancelled)
		return until(never, "m")(ctx)
	}, s.show)
	task.Run(search, at("ma"), s.show)
	task.Run(search, at("mar"), s.show)
	<-cancelled
	h.Settle()
	s.want(t, "mar")

	task.Run(search, until(never, "mart"), s.show)
	search.Cancel()
	h.Settle()
	s.want(t, "mar")
}

func TestCancelledJobTellsItsEnd(t *testing.T) {
	h := tasktest.New(t)
	var s said
	job := task.Run(h.Scope(), until(nil, "never"), s.show)
	job.Cancel()
	h.Settle()
	s.want(t, "error: context canceled")
}

func TestPanicIsContained(t *testing.T) {
	var stack []byte
	queue := make(chan func(), 1)
	r := task.New(task.Config{Dispatch: func(f func()) { queue <- f }, OnPanic: func(s []byte) { stack = s }})
	defer r.Close(time.Minute)
	var got error
	task.Run(r.Scope(), func(context.Context) (int, error) { panic("MARTIN Léa") }, func(_ int, err error) { got = err })
	(<-queue)()
	if !errors.Is(got, task.ErrPanic) || len(stack) == 0 {
		t.Errorf("got %v, stack of %d bytes", got, len(stack))
	}
}

func TestProgressShowsOnlyForWhatLasts(t *testing.T) {
	names := map[task.Stage]string{task.Busy: "busy", task.Slow: "slow", task.Finished: "finished"}
	rows := []struct {
		name  string
		lasts time.Duration
		want  []string
	}{
		{"quick", 299 * time.Millisecond, []string{"a"}},
		{"a while", 300 * time.Millisecond, []string{"busy", "finished", "a"}},
		{"long", 2 * time.Second, []string{"busy", "slow", "finished", "a"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			h := tasktest.New(t)
			var s said
			release := make(chan struct{})
			task.RunStaged(h.Scope(), func(g task.Stage) { s.show(names[g], nil) }, until(release, "a"), s.show)
			h.Advance(row.lasts)
			close(release)
			h.Settle()
			h.Advance(time.Minute)
			s.want(t, row.want...)
		})
	}
}

func TestReportsKeepTheNewestAndEndWithTheWork(t *testing.T) {
	h := tasktest.New(t)
	var s said
	reported, release := make(chan struct{}), make(chan struct{})
	task.RunReporting(h.Scope(), func(_ context.Context, report func(string)) (string, error) {
		report("1 %")
		report("2 %")
		close(reported)
		<-release
		report("99 %")
		return "done", nil
	}, func(p string) { s.show(p, nil) }, s.show)
	<-reported
	h.Drain()
	close(release)
	h.Settle()
	if s.lines[0] != "2 %" || s.lines[len(s.lines)-1] != "done" {
		t.Errorf("shown %q", s.lines)
	}
}

func TestDebounceWaitsForAPause(t *testing.T) {
	h := tasktest.New(t)
	var s said
	d := h.Scope().Debounce(150 * time.Millisecond)
	ask := func(v string) func() { return func() { s.show(v, nil) } }
	d.Do(ask("m"))
	h.Advance(149 * time.Millisecond)
	d.Do(ask("ma"))
	h.Advance(149 * time.Millisecond)
	s.want(t)
	h.Advance(time.Millisecond)
	s.want(t, "ma")

	d.Do(ask("mar"))
	d.Now(ask("mart"))
	h.Advance(time.Second)
	s.want(t, "ma", "mart")

	d.Do(ask("no"))
	d.Cancel()
	h.Advance(time.Second)
	s.want(t, "ma", "mart")
}

func TestEveryTicksUntilStopped(t *testing.T) {
	h := tasktest.New(t)
	scope := h.Scope()
	ticks := 0
	stop := scope.Every(time.Second, func() { ticks++ })
	h.Advance(3500 * time.Millisecond)
	stop()
	h.Advance(time.Minute)
	if ticks != 3 {
		t.Errorf("%d ticks, want 3", ticks)
	}
	scope.Every(time.Second, func() { ticks++ })
	scope.Close()
	h.Advance(time.Minute)
	if ticks != 3 {
		t.Errorf("a closed scope ticked: %d", ticks)
	}
}
