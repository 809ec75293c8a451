package outbox

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

var _ client.BulkOutbox = (*Outbox)(nil)

// Config says where an outbox lives and what it uses. Dir and Seal are
// required, Sender for Run.
type Config struct {
	Dir      string        // its own folder
	Seal     *vault.Sealer // of an unlocked vault, purpose "outbox"
	Sender   Sender
	Workers  int           // items sent at the same time; 0 means 4
	KeepDone time.Duration // how long done items stay visible; 0 means a week
	Now      func() time.Time
	After    func(time.Duration) <-chan time.Time // nil: time.After
	Random   func() float64                       // in [0,1); nil: math/rand
}

// Outbox is a durable queue. It is safe for concurrent use; one program at a
// time has a folder open.
type Outbox struct {
	c      Config
	lock   *flock.Flock
	log    *journal
	report Report

	commits sync.RWMutex // held by whoever writes a record, and alone by tidy

	mu      sync.Mutex // guards what follows; never held during input or output
	changed *sync.Cond // busy changed
	items   map[string]*stored
	active  []*stored       // not final, by Seq
	queue   *queue          // of those, what may go
	alone   map[string]bool // items of a lot that leave by themselves: the server refused one with them, and did not say which
	busy    map[string]bool // items that somebody is changing or sending
	closed  bool
	seq     uint64
	records int // in the log since it was written anew
	hurry   chan struct{}
	gate    gate

	people    people // who was met
	followers followers
	live      live // who waits for an attempt
}

// Open opens the outbox in a folder, or makes one. Errors: StateConflict when
// another program has it open, Unauthenticated when the vault is locked,
// Forbidden when the log was sealed under another key (nothing is changed then),
// Unavailable. See Report for what was found.
func Open(c Config) (*Outbox, error) {
	c = c.withDefaults()
	o := &Outbox{c: c, items: map[string]*stored{}, busy: map[string]bool{}, alone: map[string]bool{}, queue: newQueue(), hurry: make(chan struct{}, 1)}
	o.changed = sync.NewCond(&o.mu)
	if err := os.MkdirAll(filepath.Join(c.Dir, contentDir), 0o700); err != nil {
		return nil, diskError(err)
	}
	o.lock = flock.New(filepath.Join(c.Dir, "outbox.lock"))
	if got, err := o.lock.TryLock(); err != nil || !got {
		return nil, &client.Error{Code: fhir.StateConflict, Message: "La file d’envoi est déjà ouverte par un autre programme. Fermez-le d’abord.", Err: err}
	}
	if err := o.load(); err != nil {
		if o.log != nil {
			_ = o.log.Close() // the first error is told
		}
		o.lock.Unlock()
		return nil, err
	}
	return o, nil
}

func (c Config) withDefaults() Config {
	if c.Workers == 0 {
		c.Workers = 4
	}
	if c.KeepDone == 0 {
		c.KeepDone = 7 * 24 * time.Hour
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.After == nil {
		c.After = time.After
	}
	if c.Random == nil {
		c.Random = rand.Float64
	}
	return c
}

func (o *Outbox) load() error {
	log, l, err := openJournal(o.c.Dir, o.c.Seal)
	if err != nil {
		return err
	}
	o.log = log
	changed := l.settle(o.c.Now())
	o.report = l.report
	for _, id := range l.order {
		if it := l.items[id]; it != nil {
			o.seq = max(o.seq, it.Seq)
			if !o.expired(it) {
				o.items[id] = it
			}
		}
	}
	for _, it := range o.sorted() {
		if !final(it.State) {
			o.active = append(o.active, it)
			o.queue.set(o.items, nil, it)
		}
	}
	switch {
	case l.dirty:
		if err := log.rewrite(o.sorted()); err != nil {
			return err
		}
	case len(changed) > 0:
		// On a full disk it stays in memory: the next Open comes to the same.
		_ = log.commit(changed)
	}
	o.records = int(log.Records())
	if l.report.Damaged == 0 {
		o.sweep()
	}
	return nil
}

func (o *Outbox) expired(it *stored) bool {
	return it.State == client.OutboxDone && o.c.Now().Sub(it.Updated) > o.c.KeepDone
}

// sorted gives all items in the order of their arrival.
func (o *Outbox) sorted() []*stored {
	out := make([]*stored, 0, len(o.items))
	for _, it := range o.items {
		out = append(out, it)
	}
	slices.SortFunc(out, func(a, b *stored) int {
		if a.Seq < b.Seq {
			return -1
		}
		return 1
	})
	return out
}

// Report says what Open found on the disk.
func (o *Outbox) Report() Report { return o.report }

// Close closes the outbox after what is being written; Run must have returned.
func (o *Outbox) Close() error {
	o.mu.Lock()
	for len(o.busy) > 0 {
		o.changed.Wait()
	}
	was := o.closed
	o.closed = true
	o.mu.Unlock()
	if was {
		return nil
	}
	o.log.group.Quiet()
	return errors.Join(o.log.Close(), o.lock.Unlock())
}

// take waits until none of the items is being changed and reserves them.
// Unknown ids can be reserved, too.
func (o *Outbox) take(ids ...string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for slices.ContainsFunc(ids, func(id string) bool { return o.busy[id] }) {
		o.changed.Wait()
	}
	if o.closed {
		return fhir.E(fhir.Unavailable, "La file d’envoi est fermée. Rouvrez l’application.")
	}
	for _, id := range ids {
		o.busy[id] = true
	}
	return nil
}

// release ends a reservation.
func (o *Outbox) release(ids ...string) {
	o.mu.Lock()
	for _, id := range ids {
		delete(o.busy, id)
	}
	o.changed.Broadcast()
	o.mu.Unlock()
	o.wake() // Run may have passed them by
}

// get gives a reserved item.
func (o *Outbox) get(id string) (*stored, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if it := o.items[id]; it != nil {
		return it, nil
	}
	return nil, gone()
}

func gone() error {
	return fhir.E(fhir.NotFound, "Cet envoi n’est plus dans la file. Actualisez la liste.")
}

// has tells whether there is an item, reserved or not.
func (o *Outbox) has(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.items[id] != nil
}

// keep writes changes of reserved items, then makes them visible. Items are
// replaced, never altered: whoever holds one sees it as it was.
func (o *Outbox) keep(ops ...op) error {
	o.commits.RLock()
	defer o.commits.RUnlock()
	if err := o.log.commit(ops); err != nil {
		return err
	}
	o.show(ops...)
	return nil
}

// show makes changes visible in memory.
func (o *Outbox) show(ops ...op) {
	o.mu.Lock()
	o.records++
	events := make([]client.OutboxEvent, 0, len(ops))
	for _, c := range ops {
		id := c.id()
		old := o.items[id]
		if c.Put == nil {
			delete(o.items, id)
			delete(o.alone, id)
			if old != nil {
				o.deactivate(old)
				o.queue.set(o.items, old, nil)
				events = append(events, client.OutboxEvent{Item: copyOf(old.OutboxItem), Gone: true})
			}
			continue
		}
		o.items[id] = c.Put
		if final(c.Put.State) {
			o.deactivate(c.Put)
			delete(o.alone, id)
		} else {
			o.activate(c.Put)
		}
		o.queue.set(o.items, old, c.Put)
		events = append(events, client.OutboxEvent{Item: copyOf(c.Put.OutboxItem)})
	}
	o.mu.Unlock()
	o.followers.tell(events...)
	o.wake()
}

func (o *Outbox) place(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(o.active, seq, func(it *stored, seq uint64) int {
		switch {
		case it.Seq < seq:
			return -1
		case it.Seq > seq:
			return 1
		}
		return 0
	})
}

func (o *Outbox) activate(it *stored) {
	if i, found := o.place(it.Seq); found {
		o.active[i] = it
	} else {
		o.active = slices.Insert(o.active, i, it)
	}
}

func (o *Outbox) deactivate(it *stored) {
	if i, found := o.place(it.Seq); found && o.active[i].ID == it.ID {
		o.active = slices.Delete(o.active, i, i+1)
	}
}

// nextSeq gives the next number of arrival.
func (o *Outbox) nextSeq() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seq++
	return o.seq
}

// wake lets Run look again.
func (o *Outbox) wake() {
	select {
	case o.hurry <- struct{}{}:
	default:
	}
}

// tidy writes the log anew when most of it is history, and forgets done items
// that are old enough.
func (o *Outbox) tidy() error {
	o.mu.Lock()
	enough := o.records >= 4*len(o.items)+1000 && !o.closed
	o.mu.Unlock()
	if !enough {
		return nil
	}
	o.commits.Lock()
	defer o.commits.Unlock()
	o.mu.Lock()
	for id, it := range o.items {
		if o.expired(it) {
			delete(o.items, id)
		}
	}
	all := o.sorted()
	o.mu.Unlock()
	o.log.group.Quiet()
	err := o.log.rewrite(all)
	o.mu.Lock()
	o.records = len(all) / 64 // also after an error: not every change tries again
	o.mu.Unlock()
	return err
}
