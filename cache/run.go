package cache

import (
	"context"
	"math/rand/v2"
	"time"
)

// Pace is how Run takes its time; the zero value is the usual one.
type Pace struct {
	Every time.Duration                        // between two rounds that went well; 0: 2 min
	First time.Duration                        // after the first failure, doubling; 0: 2 s
	Most  time.Duration                        // at most; 0: 5 min
	After func(time.Duration) <-chan time.Time // nil: time.After
	Told  func(Synced, error)                  // after each round; nil: nobody is told
}

// Run keeps the copies up to date until ctx ends: now, then every Pace.Every, soon
// after a record was opened, and after failures with a delay that grows and has a
// random half, so that a server that comes back is not met by everybody at once.
func (c *Cache) Run(ctx context.Context, p Pace) {
	p = p.filled()
	failures := 0
	for {
		did, err := c.Sync(ctx)
		if ctx.Err() != nil {
			return
		}
		if p.Told != nil {
			p.Told(did, err)
		}
		wait := p.Every
		failures++
		if err == nil {
			failures = 0
		} else {
			wait = p.backoff(failures, rand.Float64())
		}
		nudge := c.nudge
		if err != nil {
			nudge = nil // a failing server is not hurried
		}
		select {
		case <-ctx.Done():
			return
		case <-nudge:
		case <-c.hurry:
			failures = 0
		case <-p.After(wait):
		}
		c.expire()
	}
}

// Hurry has Run bring the copies up to date now, also after failures: somebody knows
// that the server answers again. It does not wait.
func (c *Cache) Hurry() {
	select {
	case c.hurry <- struct{}{}:
	default:
	}
}

// expire closes what ended while no server was there to say so.
func (c *Cache) expire() {
	done, err := c.use()
	if err != nil {
		return
	}
	defer done()
	if c.sweep() != nil {
		c.cfg.Log("cache: a copy that ended could not be removed from the disk; it stays closed")
	}
}

func (p Pace) filled() Pace {
	if p.Every == 0 {
		p.Every = 2 * time.Minute
	}
	if p.First == 0 {
		p.First = 2 * time.Second
	}
	if p.Most == 0 {
		p.Most = 5 * time.Minute
	}
	if p.After == nil {
		p.After = time.After
	}
	return p
}

// backoff gives the wait after so many failures in a row; chance is in [0, 1).
func (p Pace) backoff(failures int, chance float64) time.Duration {
	whole := p.Most
	if n := failures - 1; n < 20 {
		whole = min(p.First<<n, p.Most)
	}
	return whole/2 + time.Duration(chance*float64(whole/2))
}
