package pdfcheck

import (
	"sync"
	"time"
)

// lookPause is how often a request is looked at while it runs.
const lookPause = 10 * time.Millisecond

// every calls look after a pause, and again after each, until it says no or stop
// is called: look does not run any more once stop has returned. What is over
// before the first pause costs nothing.
func every(pause time.Duration, look func() (more bool)) (stop func()) {
	var mu sync.Mutex // held while it looks
	over := false
	var timer *time.Timer
	mu.Lock()
	timer = time.AfterFunc(pause, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over && look() {
			timer.Reset(pause)
		}
	})
	mu.Unlock()
	return func() {
		mu.Lock()
		defer mu.Unlock()
		over = true
		timer.Stop()
	}
}

// crowded is how much longer a check may take by the clock on the wall than by
// the processor's: on a busy machine a worker gets a small part of it, and a
// good file must not be refused for that.
const crowded = 6

// stint is one request's use of a worker's time.
type stint struct {
	began time.Time
	used  time.Duration // of the processor before it; 0: it cannot be told
}

// late tells whether a request has used up its patience. used asks for the
// processor's time, and is asked only when the wall's is up.
func (s stint) late(now time.Time, patience time.Duration, used func() time.Duration) bool {
	wall := now.Sub(s.began)
	if wall <= patience {
		return false
	}
	total := used()
	return total == 0 || total-s.used > patience || wall > crowded*patience
}
