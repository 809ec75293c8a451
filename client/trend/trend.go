// Package trend makes of the items of a health profile what a curve of measures
// and the table beside it show: which measures there are, each with its readings,
// the newest first. The desktop and the patient's pages both read measures here,
// so that both sides see the same.
//
// Values stay as they were entered. Where a curve needs one unit, what stands in
// another is converted exactly and says so. What a laboratory filed as
// Observation is a measure like any other; a code that the table of measures
// (package terminology) does not have makes a kind of its own. The body mass
// index is computed of a weight and a height of the same period, and says so.
// What cannot be drawn (another unit, words, no date) has its row all the same.
package trend

import (
	"cmp"
	"math"
	"slices"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
)

// Row is one measure.
type Row struct {
	Item     fhir.Item // as the server has it; zero when Computed
	At       time.Time
	Day      bool // the moment is known to the day, or less
	Reading  terminology.MeasureReading
	Drawn    bool      // it has a place on the curve
	Raw      string    // what was written, when it cannot be read in this unit
	Computed bool      // of a weight and a height
	Of       string    // what it was computed of
	Height   time.Time // of a computed index: when the height was measured
	Own      bool      // this reader wrote it, as a professional
	Waits    bool      // it is still to be sent, as it is here
}

// Say writes the value in words.
func (r Row) Say(language string) string {
	if r.Raw != "" {
		return r.Raw
	}
	return r.Reading.Say(language)
}

// Kind is a measure that one can look at, with what there is of it.
type Kind struct {
	terminology.Measure
	Rows  []Row // the newest first
	Other bool  // not in the table: a laboratory's own
}

// Last gives the newest row, the zero Row when there is none.
func (k Kind) Last() Row {
	if len(k.Rows) == 0 {
		return Row{}
	}
	return k.Rows[0]
}

// Since gives the rows from a moment on; those without a date are always there.
func (k Kind) Since(from time.Time) []Row {
	out := make([]Row, 0, len(k.Rows))
	for _, r := range k.Rows {
		if r.At.IsZero() || !r.At.Before(from) {
			out = append(out, r)
		}
	}
	return out
}

// Reader is for whom measures are read.
type Reader struct {
	Language string // "fr" or "en"
	Me       string // national id of a professional, "" for none
	Born     string // FHIR date of birth of the patient
	Zone     *time.Location
	Waits    func(fhir.Item) bool // which are still to be sent; nil: none
}

// Adult tells whether the patient is of age at a moment; not when the birth date
// is unknown. Bands of reference speak of adults.
func (r Reader) Adult(at time.Time) bool {
	born := fhir.ParseTime(r.Born)
	return !born.IsZero() && !at.Before(born.AddDate(18, 0, 0))
}

// Read gives every kind of the table, with or without rows, then the others by
// their labels.
func (r Reader) Read(items []fhir.Item) []Kind {
	rows, others := map[string][]Row{}, map[string]Kind{}
	for _, item := range items {
		if item.Resource != "Observation" {
			continue
		}
		m, _, known := terminology.MeasureByCode(item.Code.Code)
		if !known {
			k := otherKind(item)
			if had, ok := others[k.Code]; ok {
				k = had
			}
			others[k.Code] = k
			m = k.Measure
		}
		rows[m.Code] = append(rows[m.Code], r.row(m, item))
	}
	r.compute(rows)
	var out []Kind
	for _, m := range terminology.Measures() {
		out = append(out, Kind{Measure: m, Rows: newest(rows[m.Code])})
	}
	rest := make([]Kind, 0, len(others))
	for code, k := range others {
		k.Rows = newest(rows[code])
		rest = append(rest, k)
	}
	slices.SortFunc(rest, func(a, b Kind) int {
		return cmp.Or(cmp.Compare(terminology.Fold(a.Label), terminology.Fold(b.Label)), cmp.Compare(a.Code, b.Code))
	})
	return append(out, rest...)
}

func newest(rows []Row) []Row {
	slices.SortStableFunc(rows, func(a, b Row) int { return b.At.Compare(a.At) })
	return rows
}

// otherKind makes a kind of a code that the table does not have, in the unit of
// the first item met.
func otherKind(item fhir.Item) Kind {
	label := cmp.Or(item.Code.Display, item.Text, item.Code.Code)
	code := item.Code.Code
	if code == "" {
		code = "text:" + item.Text
	}
	return Kind{Measure: terminology.OtherMeasure(code, label, item.Unit), Other: true}
}

// row reads one item as a measure, in the measure's usual unit.
func (r Reader) row(m terminology.Measure, item fhir.Item) Row {
	row := Row{Item: item, Own: item.Author.ID != "" && item.Author.ID == r.Me && !item.ByHolder}
	row.At, row.Day = Moment(item.Start, r.Zone)
	row.Waits = r.Waits != nil && r.Waits(item)
	values := Written(item)
	reading, ok := m.Read(values, m.Units[0].Code, r.Language)
	row.Reading, row.Drawn = reading, ok && !row.At.IsZero()
	if !ok {
		row.Raw = raw(m, item, values, r.Language)
	}
	return row
}

// Written gives the values of an item with their codes.
func Written(item fhir.Item) []terminology.WrittenValue {
	if len(item.Parts) == 0 {
		if item.Value == "" {
			return nil
		}
		return []terminology.WrittenValue{{Code: item.Code.Code, Value: item.Value, Unit: item.Unit}}
	}
	out := make([]terminology.WrittenValue, len(item.Parts))
	for i, p := range item.Parts {
		out[i] = terminology.WrittenValue{Code: p.Code.Code, Value: p.Value, Unit: p.Unit}
	}
	return out
}

// raw says what was written, in its own unit.
func raw(m terminology.Measure, item fhir.Item, values []terminology.WrittenValue, language string) string {
	said := ""
	for i, v := range values {
		if i > 0 {
			said += " / "
		}
		unit := v.Unit
		if u, ok := m.Unit(unit); ok {
			unit = u.Name(language)
		}
		said += terminology.SayDecimal(v.Value, language) + "\u00a0" + unit
	}
	return cmp.Or(said, item.Text)
}

// compute adds the body mass indexes that follow from weights and heights.
func (r Reader) compute(rows map[string][]Row) {
	weightRows, weights := dated(rows[terminology.LOINCWeight])
	heightRows, heights := dated(rows[terminology.LOINCHeight])
	weight, _, _ := terminology.MeasureByCode(terminology.LOINCWeight)
	height, _, _ := terminology.MeasureByCode(terminology.LOINCHeight)
	bmi, _, _ := terminology.MeasureByCode(terminology.LOINCBMI)
	for _, b := range terminology.BMIs(weights, heights, fhir.ParseTime(r.Born)) {
		w, h := weightRows[b.Weight], heightRows[b.Height]
		n, _ := bmi.Number(b.Value, bmi.Units[0].Code, bmi.Units[0].Code)
		rows[bmi.Code] = append(rows[bmi.Code], Row{
			At: w.At, Day: w.Day, Drawn: true, Computed: true, Height: h.At,
			Reading: terminology.MeasureReading{Amounts: [2]terminology.Amount{b.Amount}, Numbers: [2]float64{n, math.NaN()}},
			Of:      raw(weight, w.Item, Written(w.Item), r.Language) + ", " + raw(height, h.Item, Written(h.Item), r.Language),
		})
	}
}

// dated gives the rows that have one value and a known day.
func dated(rows []Row) (of []Row, values []terminology.DatedValue) {
	for _, r := range rows {
		if v := Written(r.Item); r.Drawn && len(v) == 1 {
			of, values = append(of, r), append(values, terminology.DatedValue{At: r.At, Value: v[0].Value, Unit: v[0].Unit})
		}
	}
	return of, values
}

// Bound gives an end of a band for drawing, NaN when there is none.
func Bound(m terminology.Measure, value string) float64 {
	if n, ok := m.Number(value, m.Units[0].Code, m.Units[0].Code); ok {
		return n
	}
	return math.NaN()
}

// Moment reads a FHIR dateTime; day tells that it has no time. Of a partial date
// the middle is taken, which is nearest to all that it can mean; the zero time
// when it cannot be read.
func Moment(start string, zone *time.Location) (at time.Time, day bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, start, zone); err == nil {
			return t.In(zone), false
		}
	}
	switch t := fhir.ParseTime(start); {
	case t.IsZero():
		return time.Time{}, true
	case len(start) == len("2006"):
		return time.Date(t.Year(), time.July, 1, 12, 0, 0, 0, zone), true
	case len(start) == len("2006-01"):
		return time.Date(t.Year(), t.Month(), 15, 12, 0, 0, 0, zone), true
	default:
		return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, zone), true
	}
}
