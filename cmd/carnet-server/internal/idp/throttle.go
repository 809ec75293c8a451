package idp

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// throttle slows guessing down: after a number of free failures each further
// one doubles the wait, up to a maximum. One instance counts per account,
// another per address. It is bounded: the longest unused is forgotten first.
type throttle struct {
	free     int
	step     time.Duration // the first wait
	max      time.Duration
	forgets  time.Duration // a failure counts no longer after so much quiet
	mu       sync.Mutex
	failures *lru.Cache[string, failure]
}

type failure struct {
	count int
	last  time.Time
}

func newThrottle(free int, step, longest time.Duration) *throttle {
	failures, _ := lru.New[string, failure](10_000) // errs only on a size ≤ 0
	return &throttle{free: free, step: step, max: longest, forgets: 24 * time.Hour, failures: failures}
}

// wait gives how long key has to wait from now; 0 when it may try.
func (t *throttle) wait(key string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, ok := t.failures.Get(key)
	if !ok || now.Sub(f.last) > t.forgets {
		return 0
	}
	return max(0, f.last.Add(t.delay(f.count)).Sub(now))
}

// delay is the wait after so many failures.
func (t *throttle) delay(count int) time.Duration {
	over := count - t.free
	if over < 0 {
		return 0
	}
	if over > 20 {
		return t.max
	}
	return min(t.max, t.step<<over)
}

// failed counts a failure, before the password is looked at, so that attempts
// at the same moment count as well.
func (t *throttle) failed(key string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, ok := t.failures.Get(key)
	if !ok || now.Sub(f.last) > t.forgets {
		f = failure{}
	}
	t.failures.Add(key, failure{count: f.count + 1, last: now})
}

// succeeded forgets the failures of key.
func (t *throttle) succeeded(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures.Remove(key)
}

// forgive takes back the failure counted for an attempt that was right, and no
// other: knowing one password does not pay for guesses at others.
func (t *throttle) forgive(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f, ok := t.failures.Get(key); ok && f.count > 0 {
		t.failures.Add(key, failure{count: f.count - 1, last: f.last})
	}
}
