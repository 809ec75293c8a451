package pdfcheck

import "time"

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
