package terminology

import (
	"math"
	"time"
)

// WrittenValue is one value of an Observation as it was written: the code that
// it stands under (of the Observation, or of a component), the decimal, its unit
// in UCUM.
type WrittenValue struct{ Code, Value, Unit string }

// MeasureReading is one Observation read as a measure.
type MeasureReading struct {
	Amounts [2]Amount  // by part, in the unit asked for; no Value: none was written
	Numbers [2]float64 // the same for drawing; NaN: none
	Entered string     // in words, as it was entered, when Converted
	// Converted says that what was written stands in another unit.
	Converted bool
}

// Read brings the values of one Observation into a unit. ok is false when none
// of them can be: a unit that the measure does not know, no number. Nothing is
// left out silently: a reading has each value that it can have, or is none.
func (m Measure) Read(values []WrittenValue, unit, language string) (MeasureReading, bool) {
	r := MeasureReading{Numbers: [2]float64{math.NaN(), math.NaN()}}
	var entered [2]Amount
	for _, v := range values {
		part := m.part(v.Code)
		if part < 0 || part >= len(r.Amounts) || r.Amounts[part].Value != "" {
			return MeasureReading{}, false
		}
		a, err := m.Convert(v.Value, v.Unit, unit)
		n, ok := m.Number(v.Value, v.Unit, unit)
		if err != nil || !ok {
			return MeasureReading{}, false
		}
		r.Amounts[part], r.Numbers[part] = a, n
		r.Converted = r.Converted || a.Converted
		u, _ := m.Unit(v.Unit)
		entered[part] = Amount{Value: v.Value, Unit: u}
	}
	if r.Converted {
		r.Entered = sayAmounts(entered, len(m.Parts), language)
	}
	return r, len(values) > 0
}

// part gives the place of the part that a code names, -1 when it names none.
func (m Measure) part(code string) int {
	for i, p := range m.Parts {
		if p.Code != "" && p.Code == code {
			return i
		}
	}
	if len(m.Parts) == 1 {
		return 0
	}
	return -1
}

// Say writes a reading as people do: "132/84 mmHg", "72,5 kg"; of a part that is
// not there a dash.
func (r MeasureReading) Say(language string) string {
	parts := 1
	if r.Amounts[1].Value != "" || r.Amounts[0].Value == "" {
		parts = 2
	}
	return sayAmounts(r.Amounts, parts, language)
}

func sayAmounts(amounts [2]Amount, parts int, language string) string {
	said, unit := "", ""
	for i, a := range amounts[:min(parts, len(amounts))] {
		if i > 0 {
			said += "/"
		}
		if a.Value == "" {
			said += "–"
			continue
		}
		said += SayDecimal(a.Value, language)
		unit = a.Unit.Name(language)
	}
	return said + "\u00a0" + unit
}

// OtherMeasure makes a measure of a code that is not in the table, such as a
// laboratory's, in the one unit that its curve is drawn in: no conversion, no
// bounds, no band.
func OtherMeasure(code, label, unitCode string) Measure {
	return Measure{
		Code: code, Label: label, LabelEN: label, Parts: []MeasurePart{{}},
		Units: []MeasureUnit{{Code: unitCode, Label: unitCode, LabelEN: unitCode}},
	}
}

// DatedValue is a value of a moment.
type DatedValue struct {
	At          time.Time
	Value, Unit string
}

// DatedBMI is a body mass index computed for the moment of a weight.
type DatedBMI struct {
	Amount
	Weight int // place among the weights
	Height int // place among the heights
}

// Distances in time within which a height goes with a weight: adults keep
// theirs, children grow.
const (
	heightKeeps = 5 * 366 * 24 * time.Hour
	childKeeps  = 31 * 24 * time.Hour
	adultAge    = 20 // years
)

// BMIs computes the index for each weight that has a height of the same period:
// the nearest within five years, within a month for who is under twenty at the time
// (or of unknown birth). Heights of another period give none.
func BMIs(weights, heights []DatedValue, born time.Time) []DatedBMI {
	var out []DatedBMI
	for i, w := range weights {
		keeps := heightKeeps
		if born.IsZero() || w.At.Before(born.AddDate(adultAge, 0, 0)) {
			keeps = childKeeps
		}
		nearest, distance := -1, keeps+1
		for k, h := range heights {
			if d := h.At.Sub(w.At).Abs(); d < distance {
				nearest, distance = k, d
			}
		}
		if nearest < 0 {
			continue
		}
		if a, err := BMI(w.Value, w.Unit, heights[nearest].Value, heights[nearest].Unit); err == nil {
			out = append(out, DatedBMI{Amount: a, Weight: i, Height: nearest})
		}
	}
	return out
}
