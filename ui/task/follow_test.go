package task_test

import (
	"context"
	"errors"
	"testing"

	"carnet/ui/task"
	"carnet/ui/task/tasktest"
)

func TestFollowShowsTheNewestAndItsEnd(t *testing.T) {
	h := tasktest.New(t)
	gone := errors.New("the line is cut")
	var shown []int
	var end error
	told := make(chan struct{})
	job := task.Follow(h.Scope(), func(_ context.Context, report func(int)) error {
		for i := range 100 {
			report(i)
		}
		close(told)
		return gone
	}, func(n int) { shown = append(shown, n) }, func(err error) { end = err })
	<-told
	h.Until("the end", func() bool { return job.Done() })
	if len(shown) == 0 || shown[len(shown)-1] != 99 || len(shown) > 100 || !errors.Is(end, gone) {
		t.Errorf("shown %v, ended %v", shown, end)
	}
}

func TestFollowIsNotWaitedForAndEndsWithItsOwner(t *testing.T) {
	h := tasktest.New(t)
	latest := h.Scope().Latest()
	ended := make(chan struct{})
	task.Follow(latest, func(ctx context.Context, report func(int)) error {
		<-ctx.Done()
		report(1)
		close(ended)
		return ctx.Err()
	}, func(int) { t.Error("shown after its owner ended") }, func(error) { t.Error("told after its owner ended") })
	h.Settle() // does not wait
	latest.Cancel()
	<-ended
	h.Drain()
}
