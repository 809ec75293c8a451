package trend

import (
	"time"

	"carnet/client/terminology"
)

// How far from the measure before a new one may lie before one asks: a factor. The
// choice is ours; it finds a slip of the hand (8,48 for 84,8), a wrong unit and the
// measure of somebody else, and lets pass what illness does.
const (
	adultWeight, childWeight = 1.3, 2.0
	adultHeight, childHeight = 1.06, 1.4
	anyOther                 = 4.0
	temperature              = 1.25
)

// remembered is how long the measure before says something of the next.
const remembered = 3 // years

// Far tells the newest measure of a kind before a moment when a value lies further from
// it than a person changes. item is the id of the one that is being corrected; it is
// not compared with itself.
func (r Reader) Far(k Kind, values []string, unit string, at time.Time, item string) (before Row, far bool) {
	for _, row := range k.Rows {
		if row.Computed || !row.Drawn || row.Item.ID == item || row.At.After(at) || row.At.Before(at.AddDate(-remembered, 0, 0)) {
			continue
		}
		most := r.factor(k.Measure, at)
		for i, v := range values {
			n, ok := k.Number(v, unit, k.Units[0].Code)
			if had := row.Reading.Numbers[min(i, 1)]; ok && n > 0 && had > 0 && (n > had*most || n < had/most) {
				far = true
			}
		}
		return row, far
	}
	return Row{}, false
}

// factor is how far a measure may lie from the one before.
func (r Reader) factor(m terminology.Measure, at time.Time) float64 {
	adult := r.Adult(at)
	switch {
	case m.Code == terminology.LOINCWeight && adult:
		return adultWeight
	case m.Code == terminology.LOINCWeight:
		return childWeight
	case m.Code == terminology.LOINCHeight && adult:
		return adultHeight
	case m.Code == terminology.LOINCHeight:
		return childHeight
	case m.Code == temperatureCode:
		return temperature
	}
	return anyOther
}

// temperatureCode is the LOINC code of a body's temperature.
const temperatureCode = "8310-5"
