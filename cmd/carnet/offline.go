package main

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"carnet/cache"
	"carnet/cache/outbox"
	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui"
	"carnet/ui/unlock"

	"github.com/sirupsen/logrus"
)

// The purposes of keys of what is kept of records, and its folder.
const (
	forCache = "cache"
	forReads = "offline reads"
	forPool  = "pool" // of what the members of an establishment share
)

// copied are the copies of the records that somebody opened, and what brings them
// up to date until it is ended.
type copied struct {
	*cache.Cache
	queue *outbox.Outbox
	log   logrus.FieldLogger
	stop  context.CancelFunc
	ended chan struct{} // closed when nothing is being brought up to date any more

	mu     sync.Mutex
	synced time.Time // when all were last up to date; guarded by mu
	untold int       // offline reads that wait to be told; guarded by mu
}

var (
	_ ui.Copies      = (*copied)(nil)
	_ ui.OfflineKeep = (*keep)(nil)
)

// copy opens the copies of who is signed in, where the server gives any. Where they
// cannot be opened one works on without: nothing is lost by that.
func (k *keep) copy(o *opened) {
	copies, ok := k.records.(client.Copies)
	if !ok {
		return
	}
	got, err := k.openCopies(o.outbox, copies)
	o.copies, o.closed = got, nil
	if err != nil {
		k.log.WithField("code", fhir.CodeOf(err)).Error("the copies could not be opened")
		o.closed = &unopened{dir: filepath.Join(k.vault.Dir(), forCache), full: cache.Full(err)}
	}
}

// openCopies opens the copies of a vault's owner and begins to bring them up to date.
func (k *keep) openCopies(queue *outbox.Outbox, copies client.Copies) (*copied, error) {
	v := k.vault
	c := &copied{queue: queue, log: k.log, ended: make(chan struct{})}
	var err error
	c.Cache, err = cache.Open(cache.Config{
		Dir: filepath.Join(v.Dir(), forCache), Seal: v.For(forCache), Reads: v.For(forReads),
		Records: k.front(), Copies: copies, Shared: k.shared(copies), As: capacity(k.person),
		Auto: true, Pending: c.pending, Between: c.between,
		Log: func(event string) { k.log.Warn(event) },
	})
	if err != nil {
		return nil, err
	}
	var running context.Context
	running, c.stop = context.WithCancel(context.Background())
	go func() {
		defer close(c.ended)
		c.Run(running, cache.Pace{Told: c.told})
	}()
	return c, nil
}

// shared says what the person shares with their establishment; nil: nothing.
func (k *keep) shared(copies client.Copies) *cache.Shared {
	server, ok := copies.(client.SharedCopies)
	if !ok || k.person.OrgID == "" {
		return nil
	}
	dir, err := vault.Folder(k.dir, vault.Owner{Issuer: k.server, ID: k.person.OrgID})
	if err != nil {
		k.log.WithField("code", fhir.CodeOf(err)).Error("the folder of what is shared could not be named")
		return nil
	}
	return &cache.Shared{Dir: dir, Seal: k.vault.For(forPool), Server: server, Org: k.person.OrgID, Member: k.person.ID}
}

// capacity is in which capacity somebody signed in: what was copied in one stays
// closed in another.
func capacity(p client.Person) string {
	return strings.Join([]string{p.Profession, p.Specialty, p.OrgID, p.Sector}, "|")
}

// end ends what is under way, then closes the copies.
func (c *copied) end() error {
	c.stop()
	<-c.ended
	return c.Shut()
}

// pending tells the cache on what work waits.
func (c *copied) pending(ctx context.Context) (map[string]cache.Pending, error) {
	items, err := c.queue.List(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]cache.Pending{}
	for _, it := range items {
		switch {
		case it.State == client.OutboxDone || it.State == client.OutboxRefused:
		case it.Draft != nil && it.Draft.Replaces != nil:
			out[it.Draft.Replaces.ID] = cache.PendingReplace
		case it.Document != nil:
			out[it.Document.ID] = cache.PendingChange
		}
	}
	return out, nil
}

// between lets what waits to be sent go, once refusals are obeyed.
func (c *copied) between(ctx context.Context) {
	if err := c.queue.Reachable(ctx); err != nil {
		c.log.WithField("code", fhir.CodeOf(err)).Warn("what waits could not be hurried")
	}
}

// told takes what a round did. What waits on documents that changed meanwhile is sent
// now: the server's answer makes it a conflict that its page explains.
func (c *copied) told(did cache.Synced, err error) {
	if err == nil {
		c.mu.Lock()
		c.synced = time.Now()
		c.mu.Unlock()
	}
	c.count()
	if did.Refused > 0 {
		c.log.WithField("reads", did.Refused).Error("the server refused offline reads for good; they stay in their journal")
	}
	if len(did.Conflicts) == 0 {
		return
	}
	items, err := c.queue.List(context.Background())
	if err != nil {
		return
	}
	changed := map[string]bool{}
	for _, id := range did.Conflicts {
		changed[id] = true
	}
	for _, it := range items {
		mine := it.Document != nil && changed[it.Document.ID] || it.Draft != nil && it.Draft.Replaces != nil && changed[it.Draft.Replaces.ID]
		if mine && it.State == client.OutboxWaiting {
			_ = c.queue.Retry(context.Background(), it.ID) // it goes at its own time otherwise
		}
	}
}

// count counts what the server has not been told yet.
func (c *copied) count() {
	reads, err := c.Unreported(context.Background())
	if err != nil {
		return // behind the lock, or damaged: Open says so
	}
	c.mu.Lock()
	c.untold = len(reads)
	c.mu.Unlock()
}

// MayEnterOffline implements ui.OfflineKeep.
func (k *keep) MayEnterOffline(p client.Person) bool {
	if !k.mu.TryLock() {
		return false // it is being locked or opened
	}
	defer k.mu.Unlock()
	return k.entersOffline(p)
}

// entersOffline tells whether somebody's own secret, or a demonstration's key, opens what
// is kept for who is signed in. The caller holds mu.
func (k *keep) entersOffline(p client.Person) bool {
	if k.vault == nil || k.opened == nil || p.ID == "" || k.owner != p.ID {
		return false
	}
	return k.vault.Method() == vault.ByPassphrase || k.vault.Method() == vault.ByKeyFile
}

// EnterOffline implements ui.OfflineKeep.
func (k *keep) EnterOffline(ctx context.Context, p client.Person) (unlock.Need, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.entersOffline(p) {
		return unlock.Lost, &client.Error{Code: fhir.Offline, Message: "Le serveur ne répond pas, et rien d’autre ne dit qui est là.", Err: client.ErrNeedsSignIn}
	}
	if k.vault.Method() == vault.ByPassphrase {
		return unlock.Ask, nil // also when it is open: the passphrase says who is there
	}
	need, err := k.enter(ctx)
	if need != unlock.Nothing || err != nil {
		return need, err
	}
	return unlock.Nothing, k.open(ctx)
}

// Held implements ui.Copies.
func (c *copied) Held() ui.CopiesHeld {
	h := c.Holds()
	c.mu.Lock()
	defer c.mu.Unlock()
	held := ui.CopiesHeld{Records: h.Records, Bytes: h.Bytes, LastTime: h.Last, Synced: c.synced, Untold: c.untold}
	if c.Short() {
		held.Trouble = ui.CopiesShort
	}
	return held
}

// found says what Open found on the disk.
func (c *copied) found() ui.CopiesFound {
	switch r := c.Report(); {
	case r.Torn || r.Journal != "":
		return ui.FoundJournal
	case r.Rebuilt:
		return ui.FoundRuined
	case r.Lost > 0:
		return ui.FoundPartly
	}
	return ui.FoundWell
}
