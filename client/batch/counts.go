package batch

import (
	"strings"
	"time"

	"carnet/client/terminology"
)

// counts keeps Counts true at every change.
type counts struct {
	by         map[State]int
	problems   int
	sentSize   int64
	read, sent meter
}

// add counts a row in (1) or out (-1).
func (c *counts) add(r *Row, n int) {
	c.by[r.State] += n
	if needsPerson(r) {
		c.problems += n
	}
	if r.State == Sent {
		c.sentSize += int64(n) * max(0, r.Size)
	}
}

// needsPerson tells whether nothing moves before a person answers: a server that
// does not answer, and a twin, are settled without.
func needsPerson(r *Row) bool {
	for _, p := range r.Problems {
		if p != Offline && p != Twice {
			return true
		}
	}
	return false
}

// give makes Counts of it.
func (c *counts) give(now time.Time) Counts {
	out := Counts{By: make(map[State]int, len(c.by)), Problems: c.problems, SentSize: c.sentSize}
	for s, n := range c.by {
		if n != 0 {
			out.By[s] = n
			out.Total += n
		}
	}
	out.Total -= c.by[Removed]
	left, m := c.by[Queued]+c.by[Sending]+c.by[Waiting], &c.sent
	if left == 0 {
		left, m = c.by[Found]+c.by[Reading], &c.read
	}
	if out.Rate = m.rate(now); left > 0 && out.Rate > 0 {
		out.Left = time.Duration(float64(left) / out.Rate * float64(time.Second))
	}
	return out
}

// meterSpan is over how many seconds a rate is taken.
const meterSpan = 30

// meter counts what was done in each of the last seconds.
type meter struct {
	first time.Time // of the run of things done that goes on
	last  int64     // second of the newest bucket
	n     [meterSpan]int
}

// tick counts one thing done now.
func (m *meter) tick(now time.Time) {
	if m.turn(now) {
		m.first = now
	}
	m.n[m.last%meterSpan]++
}

// turn drops what is older than the span; it tells whether nothing is left.
func (m *meter) turn(now time.Time) (empty bool) {
	second := now.Unix()
	for i := max(m.last+1, second-meterSpan+1); i <= second; i++ {
		m.n[i%meterSpan] = 0
	}
	m.last = max(m.last, second)
	for _, n := range m.n {
		if n > 0 {
			return false
		}
	}
	return true
}

// rate gives how many things a second, 0 when nothing was done.
func (m *meter) rate(now time.Time) float64 {
	if m.turn(now) {
		return 0
	}
	sum := 0
	for _, n := range m.n {
		sum += n
	}
	span := min(max(now.Sub(m.first).Seconds(), 1), meterSpan)
	return float64(sum) / span
}

// searchWords are the folded words of what is looked for.
func searchWords(text string) []string { return strings.Fields(terminology.Fold(text)) }
