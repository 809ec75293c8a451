package curve

import (
	"math"
	"time"
)

// Ticks gives round values between low and high, at most so many, and the
// decimals that they are written with.
func Ticks(low, high float64, most int) (values []float64, decimals int) {
	if most < 1 || math.IsNaN(high-low) || math.IsInf(high-low, 0) || high <= low {
		return nil, 0
	}
	power := math.Floor(math.Log10((high - low) / float64(most)))
	for ; ; power++ {
		for _, n := range []float64{1, 2, 5} {
			step := n * math.Pow(10, power)
			first, last := math.Ceil(low/step), math.Floor(high/step)
			if last-first+1 > float64(most) {
				continue
			}
			for k := first; k <= last; k++ {
				values = append(values, k*step)
			}
			return values, int(max(0, -power))
		}
	}
}

// Step is what lies between two marks of the axis of time.
type Step int

// The steps.
const (
	Hours Step = iota
	Days
	Months
	Years
)

// strides are the distances that marks may have, from short to long, with
// about how many seconds each has.
var strides = []struct {
	step    Step
	n       int
	seconds int64
}{
	{Hours, 1, 3600},
	{Hours, 3, 3 * 3600},
	{Hours, 6, 6 * 3600},
	{Hours, 12, 12 * 3600},
	{Days, 1, 86400},
	{Days, 2, 2 * 86400},
	{Days, 7, 7 * 86400},
	{Days, 14, 14 * 86400},
	{Months, 1, 30 * 86400},
	{Months, 3, 91 * 86400},
	{Months, 6, 182 * 86400},
	{Years, 1, 365 * 86400},
	{Years, 2, 730 * 86400},
	{Years, 5, 1826 * 86400},
	{Years, 10, 3652 * 86400},
	{Years, 20, 7305 * 86400},
	{Years, 50, 18262 * 86400},
}

// Dates gives the marks of the axis of time within a stretch, about most of
// them at most, each at the beginning of an hour, a day, a month or a year of
// the zone.
func Dates(w Window, zone *time.Location, most int) ([]time.Time, Step) {
	if most < 1 || w.Length() <= 0 {
		return nil, Years
	}
	chosen := strides[len(strides)-1]
	for _, s := range strides {
		if w.Length()/s.seconds < int64(most) {
			chosen = s
			break
		}
	}
	var out []time.Time
	for t := begin(time.Unix(w.From, 0).In(zone), chosen.step, chosen.n); t.Unix() <= w.To && len(out) <= 2*most; t = next(t, chosen.step, chosen.n) {
		if t.Unix() >= w.From {
			out = append(out, t)
		}
	}
	return out, chosen.step
}

// begin gives the last mark at or before a moment.
func begin(t time.Time, step Step, n int) time.Time {
	y, m, d := t.Date()
	switch step {
	case Hours:
		return time.Date(y, m, d, t.Hour()/n*n, 0, 0, 0, t.Location())
	case Days:
		if n > 1 { // weeks and pairs of days are counted within the month
			d = (d-1)/n*n + 1
		}
		return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
	case Months:
		return time.Date(y, (m-1)/time.Month(n)*time.Month(n)+1, 1, 0, 0, 0, 0, t.Location())
	}
	return time.Date(y-y%n, 1, 1, 0, 0, 0, 0, t.Location())
}

// next gives the mark after one. Days begin anew with each month, and a mark
// too near to the next month's first is left out.
func next(t time.Time, step Step, n int) time.Time {
	switch step {
	case Hours:
		return begin(t.Add(time.Duration(n)*time.Hour+time.Minute), step, n)
	case Days:
		first := time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, t.Location())
		on := t.AddDate(0, 0, n)
		if !on.Before(first) || n > 1 && first.Sub(on) < time.Duration(n)*12*time.Hour {
			return first
		}
		return on
	case Months:
		return t.AddDate(0, n, 0)
	}
	return t.AddDate(n, 0, 0)
}
