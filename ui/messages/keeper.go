package messages

import (
	"context"
	"sync"

	"carnet/client"
	"carnet/ui/task"
)

// keeper writes pages into a notebook in the order in which they were given: one
// writing at a time, and of one name the last word alone. Two writings at once
// could end the other way round, and bring back what was sent.
//
// What was given is written to its end when the page goes, too: the window waits
// for work that is under way before it ends.
type keeper struct {
	scope *task.Scope
	notes client.Notebook // nil: nothing is kept

	mu      sync.Mutex
	waiting map[string]client.Note // by name; guarded by mu
	writing bool                   // guarded by mu
}

func newKeeper(scope *task.Scope, notes client.Notebook) *keeper {
	return &keeper{scope: scope, notes: notes, waiting: map[string]client.Note{}}
}

// put gives a page; an empty one is forgotten.
func (k *keeper) put(page client.Note) {
	if k.notes == nil || !k.begins(page) {
		return
	}
	task.Run(k.scope, func(ctx context.Context) (struct{}, error) {
		k.write(context.WithoutCancel(ctx))
		return struct{}{}, nil
	}, func(struct{}, error) {})
}

// begins takes a page, and tells whether somebody must begin to write.
func (k *keeper) begins(page client.Note) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.waiting[page.Name] = page
	begins := !k.writing
	k.writing = true
	return begins
}

// write writes until nothing waits. What the disk refuses waits for the next page:
// a full disk is told by what is sent, not at every key.
func (k *keeper) write(ctx context.Context) {
	for page, ok := k.next(); ok; page, ok = k.next() {
		if k.notes.Put(ctx, page) != nil {
			k.giveUp(page)
			return
		}
	}
}

// next takes a page that waits; when none does, the writing has ended.
func (k *keeper) next() (client.Note, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name, page := range k.waiting {
		delete(k.waiting, name)
		return page, true
	}
	k.writing = false
	return client.Note{}, false
}

// giveUp ends the writing with a page that could not be written.
func (k *keeper) giveUp(page client.Note) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, newer := k.waiting[page.Name]; !newer {
		k.waiting[page.Name] = page
	}
	k.writing = false
}
