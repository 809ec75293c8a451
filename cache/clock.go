package cache

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"carnet/cache/vault"
)

const (
	clockName = "clock"
	// slack is how far back a clock may go without being mistrusted: time servers
	// correct by less.
	slack = 5 * time.Minute
	// clockStep is how far time moves on before the high-water mark is written.
	clockStep = time.Minute
)

var clockLabel = vault.Label{Name: "clock"}

// clock is time that does not go back: the latest time ever seen is kept, sealed.
type clock struct {
	path string
	seal *vault.Sealer
	own  func() time.Time
	ran  func() time.Duration // how long the program has run, however the own clock is set; nil: unknown

	mu     sync.Mutex
	offset time.Duration // from the own clock to the server's, once it said so in this run
	seen   time.Time     // the latest time seen
	seenAt time.Duration // when it was seen in this run, by ran; negative: in an earlier one
	kept   time.Time     // the one on disk
	lost   bool          // the mark is missing or damaged: only the server knows
}

// loadClock reads the mark. A folder with copies and no mark trusts no clock.
func loadClock(cfg Config, copies bool) (*clock, error) {
	c := &clock{path: filepath.Join(cfg.Dir, clockName), seal: cfg.Seal, own: cfg.Now, ran: cfg.Ran, seenAt: -1}
	sealed, err := os.ReadFile(c.path)
	if err == nil {
		var plain []byte
		if plain, err = c.seal.Open(sealed, clockLabel); err == nil {
			err = json.Unmarshal(plain, &c.seen)
		}
	}
	if errors.Is(err, vault.ErrLocked) {
		return nil, err
	}
	c.kept = c.seen
	c.lost = err != nil && copies
	return c, nil
}

// wall is the own clock as it is set, moved to the server's. What Go measures
// beside it goes on when somebody sets the clock, and would hide that.
func (c *clock) wall() time.Time { return c.own().Round(0).Add(c.offset) }

// now gives the time, and whether it can be trusted. It moves on at least as much
// as the program ran: a clock that is set back a little, again and again, makes no
// lease last longer.
func (c *clock) now() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, least := c.wall(), c.least()
	if c.lost || t.Before(least.Add(-slack)) {
		return t, false
	}
	if t.Before(least) {
		t = least
	}
	if t.After(c.seen) {
		c.see(t)
		if t.Sub(c.kept) >= clockStep {
			// A mark that cannot be written leaves the older one: still no way back past it.
			if c.write(t) == nil {
				c.kept = t
			}
		}
	}
	return t, true
}

// least is the earliest that it can be.
func (c *clock) least() time.Time {
	if c.ran == nil || c.seenAt < 0 {
		return c.seen
	}
	return c.seen.Add(c.ran() - c.seenAt)
}

// see notes the latest time seen.
func (c *clock) see(t time.Time) {
	c.seen = t
	if c.ran != nil {
		c.seenAt = c.ran()
	}
}

// told takes the server's word for the time: it is trusted over any mark.
func (c *clock) told(server time.Time) error {
	if server.IsZero() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	server = server.Round(0)
	c.offset = server.Sub(c.own().Round(0))
	if d := c.offset; d > -2*time.Second && d < 2*time.Second {
		c.offset = 0 // the way of the answer, not the clock
	}
	c.see(server)
	c.lost = false
	if d := server.Sub(c.kept); d >= clockStep || d < 0 {
		switch err := c.write(server); {
		case full(err): // the older mark stays: still no way back past it
		case err != nil:
			return err
		default:
			c.kept = server
		}
	}
	return nil
}

func (c *clock) write(t time.Time) error {
	plain, err := json.Marshal(t)
	if err != nil {
		return err
	}
	sealed, err := c.seal.Seal(plain, clockLabel)
	if err != nil {
		return err
	}
	return vault.WriteFile(c.path, sealed)
}
