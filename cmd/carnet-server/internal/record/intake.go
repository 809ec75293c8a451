package record

import (
	"cmp"
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"carnet/client/fhir"
)

// Intake is how much a service takes in at once, so that it says "later" in
// time instead of breaking down. What is zero takes its default.
type Intake struct {
	Filings       int           // documents and submission sets on their way in, of all senders; default 512
	Bytes         int64         // of their contents, which wait in the spool; default 8 GiB
	SenderFilings int           // the same, of one sender; default 256
	SenderBytes   int64         // default 4 GiB
	SenderRate    int           // documents a second that one sender may file; default 500, twice as many at once
	Checks        int           // contents that are checked at once; default 2
	Waiting       int           // contents that wait for their check; default 512
	Patience      time.Duration // how long one waits for it, a submission set eight times as long; default 15 s: clients give up after 20
}

// DefaultIntake is what the zero Intake means.
func DefaultIntake() Intake { return Intake{}.or() }

func (i Intake) or() Intake {
	i.Filings, i.Bytes = cmp.Or(i.Filings, 512), cmp.Or(i.Bytes, 8<<30)
	i.SenderFilings, i.SenderBytes = cmp.Or(i.SenderFilings, 256), cmp.Or(i.SenderBytes, 4<<30)
	i.SenderRate, i.Checks, i.Waiting = cmp.Or(i.SenderRate, 500), cmp.Or(i.Checks, 2), cmp.Or(i.Waiting, 512)
	i.Patience = cmp.Or(i.Patience, 15*time.Second)
	return i
}

// The reasons for which a filing is told to come back later.
const (
	refusedFilings       = "filings"
	refusedBytes         = "bytes"
	refusedSenderFilings = "sender-filings"
	refusedSenderBytes   = "sender-bytes"
	refusedSenderRate    = "sender-rate"
	refusedQueue         = "check-queue"
	refusedPatience      = "check-patience"
)

// IntakeStats tells what is on its way in, for the metrics.
type IntakeStats struct {
	Filings int              // admitted and not yet done
	Bytes   int64            // of their contents
	Waiting int              // contents that wait for their check
	Checks  int              // contents that are being checked
	Refused map[string]int64 // told to come back later since the start, by reason: a closed list
}

// intake keeps the books of an Intake.
type intake struct {
	Intake
	now     func() time.Time
	turns   chan struct{} // one for each check that runs
	waiting atomic.Int64
	refused map[string]*atomic.Int64
	rates   *lru.Cache[string, *rate.Limiter]

	mu      sync.Mutex
	all     load
	senders map[string]load // of whoever has something on its way
}

// load is what is on its way in.
type load struct {
	filings int
	bytes   int64
}

func newIntake(i Intake, now func() time.Time) *intake {
	i = i.or()
	rates, err := lru.New[string, *rate.Limiter](limitedWho)
	if err != nil { // only for a size below one
		panic(err)
	}
	out := &intake{Intake: i, now: now, turns: make(chan struct{}, i.Checks), rates: rates, senders: map[string]load{}, refused: map[string]*atomic.Int64{}}
	for _, reason := range []string{
		refusedFilings, refusedBytes, refusedSenderFilings, refusedSenderBytes, refusedSenderRate, refusedQueue, refusedPatience,
	} {
		out.refused[reason] = &atomic.Int64{}
	}
	return out
}

// Admit asks whether a filing of about so many bytes of content may come in,
// before any of it is read; who is the sender. Call leave when it is done,
// whatever became of it. Errors: Throttled, with the time to wait.
func (s *Service) Admit(who string, bytes int64) (leave func(), err error) {
	return s.intake.admit(who, bytes)
}

// IntakeStats tells what is on its way in.
func (s *Service) IntakeStats() IntakeStats { return s.intake.stats() }

func (i *intake) admit(who string, bytes int64) (leave func(), err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	own := i.senders[who]
	switch {
	case own.filings >= i.SenderFilings:
		return nil, i.refuse(refusedSenderFilings, soon)
	case own.filings > 0 && own.bytes+bytes > i.SenderBytes: // whatever its size, one gets in
		return nil, i.refuse(refusedSenderBytes, soon)
	case i.all.filings >= i.Filings:
		return nil, i.refuse(refusedFilings, soon)
	case i.all.filings > 0 && i.all.bytes+bytes > i.Bytes:
		return nil, i.refuse(refusedBytes, soon)
	}
	if l := i.rate(who); !l.AllowN(i.now(), 1) {
		return nil, i.refuse(refusedSenderRate, untilNext(l, i.now()))
	}
	i.senders[who] = load{own.filings + 1, own.bytes + bytes}
	i.all = load{i.all.filings + 1, i.all.bytes + bytes}
	return sync.OnceFunc(func() { i.leave(who, bytes) }), nil
}

func (i *intake) leave(who string, bytes int64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.all = load{i.all.filings - 1, i.all.bytes - bytes}
	own := i.senders[who]
	if own = (load{own.filings - 1, own.bytes - bytes}); own.filings == 0 {
		delete(i.senders, who)
		return
	}
	i.senders[who] = own
}

// charge counts the documents of a submission set beyond the first: the next
// filings of its sender wait for them.
func (i *intake) charge(who string, documents int) {
	if l := i.rate(who); documents > 0 {
		l.ReserveN(i.now(), min(documents, l.Burst()))
	}
}

// rate gives a sender's allowance. A race makes two of one: no harm.
func (i *intake) rate(who string) *rate.Limiter {
	if known, ok := i.rates.Get(who); ok {
		return known
	}
	fresh := rate.NewLimiter(rate.Limit(i.SenderRate), 2*i.SenderRate)
	if known, ok, _ := i.rates.PeekOrAdd(who, fresh); ok {
		return known
	}
	return fresh
}

// patience is how long a filing still waits for the checks of its contents.
type patience struct{ left time.Duration }

// turn waits for a content's turn to be checked; first come, first served.
// Errors: Throttled when too many wait, or it took too long; Canceled.
func (i *intake) turn(ctx context.Context, p *patience) (done func(), err error) {
	done = func() { <-i.turns }
	select {
	case i.turns <- struct{}{}:
		return done, nil
	default:
	}
	defer i.waiting.Add(-1)
	if i.waiting.Add(1) > int64(i.Waiting) {
		return nil, i.refuse(refusedQueue, soon)
	}
	began := time.Now()
	defer func() { p.left -= time.Since(began) }()
	late := time.NewTimer(p.left)
	defer late.Stop()
	select {
	case i.turns <- struct{}{}:
		return done, nil
	case <-late.C:
		return nil, i.refuse(refusedPatience, i.Patience)
	case <-ctx.Done():
		return nil, fhir.Wrap(fhir.Canceled, ctx.Err())
	}
}

// soon is when it is worth while to come back to a full house.
const soon = 2 * time.Second

func (i *intake) refuse(reason string, wait time.Duration) error {
	i.refused[reason].Add(1)
	e := fhir.E(fhir.Throttled, "Le serveur reçoit trop de documents à la fois, rien n'a été déposé : renvoyez ce document dans un moment.")
	e.RetryAfter = spread(wait)
	return e
}

func (i *intake) stats() IntakeStats {
	i.mu.Lock()
	out := IntakeStats{Filings: i.all.filings, Bytes: i.all.bytes, Waiting: int(i.waiting.Load()), Checks: len(i.turns), Refused: map[string]int64{}}
	i.mu.Unlock()
	for reason, n := range i.refused {
		out.Refused[reason] = n.Load()
	}
	return out
}

// spread adds up to half as much to a wait of a second at least: those who were
// refused together do not come back together.
func spread(wait time.Duration) time.Duration {
	wait = max(wait, time.Second)
	return wait + rand.N(wait/2+time.Second)
}

// untilNext is how long an allowance takes to give one more.
func untilNext(l *rate.Limiter, now time.Time) time.Duration {
	return time.Duration(max(0, 1-l.TokensAt(now)) / float64(l.Limit()) * float64(time.Second))
}
