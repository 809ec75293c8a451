package task

import "context"

// Follow runs work that lasts, such as listening to a server: what it reports
// is shown on the UI goroutine, the newest in the place of what came faster
// than the screen, and ended is told once how it ended. Unlike other work it is
// never waited for: a Runner that only follows is Idle.
func Follow[P any](on Owner, work func(ctx context.Context, report func(P)) error, show func(P), ended func(error)) *Job {
	scope, wanted := on.owner()
	ctx, cancel := context.WithCancel(scope.ctx)
	job := &Job{cancel: cancel}
	reporter := &Reporter[P]{runner: scope.runner, wanted: func() bool { return !job.done && wanted() }, show: show}
	r := scope.runner
	r.running.Add(1)
	go func() {
		defer r.running.Done()
		_, err := contain(r, ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, work(ctx, reporter.Report) })
		r.dispatch(func() {
			cancel()
			ok := wanted()
			job.done = true
			if ok {
				ended(err)
			}
		})
	}()
	return job
}
