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

	mu     sync.Mutex
	offset time.Duration // from the own clock to the server's, once it said so in this run
	seen   time.Time     // the latest time seen
	kept   time.Time     // the one on disk
	lost   bool          // the mark is missing or damaged: only the server knows
}

// loadClock reads the mark. A folder with copies and no mark trusts no clock.
func loadClock(dir string, seal *vault.Sealer, own func() time.Time, copies bool) (*clock, error) {
	c := &clock{path: filepath.Join(dir, clockName), seal: seal, own: own}
	sealed, err := os.ReadFile(c.path)
	if err == nil {
		var plain []byte
		if plain, err = seal.Open(sealed, clockLabel); err == nil {
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

// now gives the time, and whether it can be trusted.
func (c *clock) now() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.own().Add(c.offset)
	if c.lost || t.Before(c.seen.Add(-slack)) {
		return t, false
	}
	if t.After(c.seen) {
		c.seen = t
		if t.Sub(c.kept) >= clockStep {
			// A mark that cannot be written leaves the older one: still no way back past it.
			if c.write(t) == nil {
				c.kept = t
			}
		}
	}
	return t, true
}

// told takes the server's word for the time: it is trusted over any mark.
func (c *clock) told(server time.Time) error {
	if server.IsZero() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = server.Sub(c.own())
	if d := c.offset; d > -2*time.Second && d < 2*time.Second {
		c.offset = 0 // the way of the answer, not the clock
	}
	c.seen, c.lost = server, false
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
