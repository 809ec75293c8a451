package batch

import (
	"context"
	"io"

	engine "carnet/client/batch"
	"carnet/client/fhir"
	"carnet/ui/task"
)

// opened is what an Opener gave.
type opened struct {
	lot         engine.Batch
	responsible fhir.Party
}

// open opens the lot for a professional who answers for it; the one before, if there
// is one, ends first.
func (p *Page) open(responsible fhir.Party) {
	p.running.Cancel()
	p.lot = nil
	p.state.Shut(BarrierOf(p.cfg.Me, responsible), nil)
	p.draw()
	if p.state.Phase == Barred {
		return
	}
	before := p.ran
	task.RunStaged(p.opening, func(s task.Stage) { p.view.busy(s != task.Finished && p.state.Phase == Opening) },
		func(ctx context.Context) (opened, error) {
			select {
			case <-before:
			case <-ctx.Done():
				return opened{}, ctx.Err()
			}
			lot, who, err := p.cfg.Open(ctx, p.cfg.Me, responsible)
			return opened{lot, who}, err
		}, p.opened)
}

// opened shows the lot and begins to run it, or says why there is none.
func (p *Page) opened(o opened, err error) {
	switch fhir.CodeOf(err) {
	case "":
		p.lot = o.lot
		p.state.Open(o.lot, o.responsible)
		p.run(o.lot)
	case fhir.Forbidden:
		p.state.Shut(NotAllowed, nil)
	case fhir.Unauthenticated:
		p.state.Shut(NotKept, nil)
	case fhir.Required:
		p.state.Shut(NoResponsible, nil)
	default:
		p.state.Shut(NoBarrier, err)
	}
	p.state.Away = p.cfg.Shell.Offline()
	p.draw()
	if p.shown {
		p.cfg.Shell.Focus(p.view.first(&p.state))
	}
}

// run lets the engine read and send as long as the page lives, and follows it.
func (p *Page) run(lot engine.Batch) {
	over := make(chan struct{})
	p.ran = over
	gathered := &moved{}
	task.Follow(p.running, func(ctx context.Context, report func(struct{})) error {
		defer close(over)
		stop := lot.Follow(func(e engine.Event) {
			gathered.add(e)
			report(struct{}{})
		})
		defer stop()
		if closer, ok := lot.(io.Closer); ok {
			defer closer.Close()
		}
		return lot.Run(ctx)
	}, func(struct{}) { p.moved(gathered.take()) }, p.ended)
}

// moved shows what the engine told: the counts, and the rows when one of those in sight
// is another.
func (p *Page) moved(rows map[string]bool, all bool) {
	touched := p.state.Moved(rows, all)
	if !p.shown {
		return
	}
	p.view.counts(&p.state)
	if touched {
		p.view.rows(&p.state)
	}
	if p.sheet != nil && (all || rows[p.sheet.form.Row.ID]) {
		p.sheet.moved()
	}
}

// ended says that the engine stopped by itself.
func (p *Page) ended(err error) {
	if err == nil {
		return
	}
	p.lot = nil
	p.state.Shut(NoBarrier, err)
	p.draw()
}

// glance looks at what changes without being told: the line, and the time left.
func (p *Page) glance() {
	away := p.cfg.Shell.Offline()
	if p.lot == nil || away == p.state.Away && p.state.Progress().Work == AtRest {
		return
	}
	p.state.Away = away
	p.state.Moved(nil, false)
	p.view.counts(&p.state)
}
