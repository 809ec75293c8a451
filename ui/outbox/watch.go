package outbox

import (
	"context"
	"sync"

	"carnet/client"
	"carnet/ui/task"
)

// Watch follows a queue as long as its scope lives, and tells how much waits whenever
// that may have changed. The window shows it in its navigation.
func Watch(scope *task.Scope, box client.Outbox, tell func(Count)) {
	s := &State{lean: true}
	follow(scope, box, s, func(bool) { tell(s.Count()) })
}

// follow lists a queue and keeps s true; shown is told each time, with whether the rows
// are others. It listens before it lists, so that nothing falls between.
func follow(on task.Owner, box client.Outbox, s *State, shown func(others bool)) {
	told := &gathered{}
	task.Follow(on, func(ctx context.Context, report func(struct{})) error {
		stop := box.Follow(func(e client.OutboxEvent) {
			told.add(e)
			report(struct{}{})
		})
		defer stop()
		told.list(box.List(ctx))
		report(struct{}{})
		<-ctx.Done()
		return nil
	}, func(struct{}) {
		list, events := told.take()
		if list != nil {
			s.Listed(list.items, list.err)
		}
		others := s.Moved(events)
		shown(others || list != nil)
	}, func(error) {})
}

// listing is what asking for the whole queue gave.
type listing struct {
	items []client.OutboxItem
	err   error
}

// gathered keeps what the queue tells, from any goroutine, until it is shown. Of how far
// an item is only the newest counts.
type gathered struct {
	mu     sync.Mutex
	whole  *listing             // guarded by mu
	events []client.OutboxEvent // guarded by mu
	listed bool                 // once; guarded by mu
	far    map[string]int       // place in events of an item's last progress; guarded by mu
}

// list takes the whole queue. What was told before it is still told after it: the last
// word on an item is never older than the listing.
func (g *gathered) list(items []client.OutboxItem, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.whole = &listing{items, err}
}

func (g *gathered) add(e client.OutboxEvent) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.far == nil {
		g.far = map[string]int{}
	}
	if i, ok := g.far[e.Item.ID]; ok && e.Total > 0 {
		g.events[i] = e
		return
	}
	delete(g.far, e.Item.ID)
	if e.Total > 0 {
		g.far[e.Item.ID] = len(g.events)
	}
	g.events = append(g.events, e)
}

// take gives what came since the last time; until the queue was listed, events wait for
// it.
func (g *gathered) take() (*listing, []client.OutboxEvent) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.whole == nil && !g.listed {
		return nil, nil
	}
	whole, events := g.whole, g.events
	g.listed = true
	g.whole, g.events, g.far = nil, nil, nil
	return whole, events
}
