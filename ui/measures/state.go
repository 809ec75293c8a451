package measures

import (
	"cmp"
	"math"
	"slices"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
)

// Phase is what the page shows.
type Phase int

// The phases.
const (
	Loading   Phase = iota // nothing yet
	Empty                  // no measure of any kind
	Shown                  // a curve and its table
	NoneYet                // there are measures, none of the chosen kind
	NoneThen               // there are some of the chosen kind, none in this period
	Forbidden              // this reader may not read measures here
	Failed                 // no answer, and nothing to show
)

// Period is how far back the curve goes.
type Period int

// The periods, in the order of the choice.
const (
	ThreeMonths Period = iota
	OneYear
	FiveYears
	Always
)

// Since gives the beginning of a period; the zero time for Always.
func (p Period) Since(now time.Time) time.Time {
	switch p {
	case ThreeMonths:
		return now.AddDate(0, -3, 0)
	case OneYear:
		return now.AddDate(-1, 0, 0)
	case FiveYears:
		return now.AddDate(-5, 0, 0)
	}
	return time.Time{}
}

// Row is one measure.
type Row struct {
	Item     client.Item // as the server has it; zero when Computed
	At       time.Time
	Day      bool // the moment is known to the day, or less
	Reading  terminology.MeasureReading
	Drawn    bool   // it has a place on the curve
	Raw      string // what was written, when it cannot be read in this unit
	Computed bool   // of a weight and a height
	Of       string // what it was computed of
	Own      bool   // this reader wrote it
}

// Kind is a measure that one can choose, with what there is of it.
type Kind struct {
	terminology.Measure
	Count int
	Last  Row  // the newest; zero when Count is 0
	Other bool // not in the table: a laboratory's own
}

// State is the page, without its looks.
type State struct {
	Phase  Phase
	Kinds  []Kind
	Chosen string // code
	Period Period
	Rows   []Row // of the chosen kind in the period, the newest first
	Busy   bool
	Prov   client.Provenance
	Err    error // of the last attempt

	language string
	me       string // national id of this reader
	born     string // FHIR date
	zone     *time.Location
	items    []client.Item
	all      map[string][]Row // by code of the kind, the newest first
}

// NewState makes the state of a patient's page before anything is known.
func NewState(patient client.Patient, me client.Person, language string, zone *time.Location) State {
	return State{Period: OneYear, Chosen: terminology.LOINCBloodPressure, language: language, me: me.ID, born: patient.BirthDate, zone: zone}
}

// Ask says that a question is on its way.
func (s *State) Ask() {
	s.Busy, s.Err = true, nil
	if s.Phase == Failed || s.Phase == Forbidden {
		s.Phase = Loading
	}
}

// Answer takes all measures. A failure keeps what is shown.
func (s *State) Answer(items []client.Item, prov client.Provenance, err error, now time.Time) {
	s.Busy = false
	if err != nil {
		s.Err = err
		code := fhir.CodeOf(err)
		refused := code == fhir.Forbidden || code == fhir.NoConsent
		switch {
		case refused:
			*s = State{Phase: Forbidden, Err: err, Period: s.Period, Chosen: s.Chosen, language: s.language, me: s.me, born: s.born, zone: s.zone}
		case len(s.items) == 0:
			s.Phase = Failed
		}
		return
	}
	s.items, s.Prov, s.Err = items, prov, nil
	s.arrange(now)
}

// Keep puts an item that was just written in its place.
func (s *State) Keep(item client.Item, now time.Time) {
	s.items = slices.DeleteFunc(slices.Clone(s.items), func(i client.Item) bool { return i.ID == item.ID })
	s.items = append(s.items, item)
	s.arrange(now)
}

// Drop takes out an item that was entered in error.
func (s *State) Drop(id string, now time.Time) {
	s.items = slices.DeleteFunc(slices.Clone(s.items), func(i client.Item) bool { return i.ID == id })
	s.arrange(now)
}

// Choose shows another kind; an unknown code does nothing.
func (s *State) Choose(code string, now time.Time) {
	if slices.ContainsFunc(s.Kinds, func(k Kind) bool { return k.Code == code }) {
		s.Chosen = code
		s.show(now)
	}
}

// SetPeriod shows another stretch of time.
func (s *State) SetPeriod(p Period, now time.Time) {
	s.Period = p
	s.show(now)
}

// Kind gives the chosen kind.
func (s *State) Kind() Kind {
	for _, k := range s.Kinds {
		if k.Code == s.Chosen {
			return k
		}
	}
	return Kind{}
}

// Points gives the rows that have a place on the curve, the oldest first, by
// their places among Rows.
func (s *State) Points() []int {
	var out []int
	for i := len(s.Rows) - 1; i >= 0; i-- {
		if s.Rows[i].Drawn {
			out = append(out, i)
		}
	}
	return out
}

// arrange reads all items anew.
func (s *State) arrange(now time.Time) {
	s.all = map[string][]Row{}
	others := map[string]Kind{}
	for _, item := range s.items {
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
		s.all[m.Code] = append(s.all[m.Code], s.row(m, item))
	}
	s.compute()
	s.Kinds = nil
	for _, m := range terminology.Measures() {
		s.addKind(m, false)
	}
	rest := make([]Kind, 0, len(others))
	for _, k := range others {
		rest = append(rest, k)
	}
	slices.SortFunc(rest, func(a, b Kind) int {
		return cmp.Or(cmp.Compare(terminology.Fold(a.Label), terminology.Fold(b.Label)), cmp.Compare(a.Code, b.Code))
	})
	for _, k := range rest {
		s.addKind(k.Measure, true)
	}
	s.show(now)
}

func (s *State) addKind(m terminology.Measure, other bool) {
	rows := s.all[m.Code]
	slices.SortStableFunc(rows, func(a, b Row) int { return b.At.Compare(a.At) })
	k := Kind{Measure: m, Count: len(rows), Other: other}
	if len(rows) > 0 {
		k.Last = rows[0]
	}
	s.Kinds = append(s.Kinds, k)
}

// otherKind makes a kind of a code that the table does not have, in the unit of
// the first item met.
func otherKind(item client.Item) Kind {
	label := item.Code.Display
	if label == "" {
		label = item.Text
	}
	if label == "" {
		label = item.Code.Code
	}
	code := item.Code.Code
	if code == "" {
		code = "text:" + item.Text
	}
	return Kind{Measure: terminology.OtherMeasure(code, label, item.Unit), Other: true}
}

// row reads one item as a measure, in the measure's usual unit.
func (s *State) row(m terminology.Measure, item client.Item) Row {
	r := Row{Item: item, Own: item.Author.ID != "" && item.Author.ID == s.me && !item.ByHolder}
	r.At, r.Day = Moment(item.Start, s.zone)
	values := Written(item)
	reading, ok := m.Read(values, m.Units[0].Code, s.language)
	r.Reading, r.Drawn = reading, ok && !r.At.IsZero()
	if !ok {
		r.Raw = rawWords(item, values, s.language)
	}
	return r
}

// Written gives the values of an item with their codes.
func Written(item client.Item) []terminology.WrittenValue {
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

// rawWords says what was written when it is not in a unit of the measure.
func rawWords(item client.Item, values []terminology.WrittenValue, language string) string {
	said := ""
	for i, v := range values {
		if i > 0 {
			said += " / "
		}
		said += terminology.SayDecimal(v.Value, language) + "\u00a0" + v.Unit
	}
	if said == "" {
		return item.Text
	}
	return said
}

// compute adds the body mass indexes that follow from weights and heights; they
// are on the screen alone.
func (s *State) compute() {
	weights, heights := s.dated(terminology.LOINCWeight), s.dated(terminology.LOINCHeight)
	bmi, _, _ := terminology.MeasureByCode(terminology.LOINCBMI)
	for _, b := range terminology.BMIs(weights.values, heights.values, fhir.ParseTime(s.born)) {
		w, h := weights.rows[b.Weight], heights.rows[b.Height]
		n, _ := bmi.Number(b.Value, bmi.Units[0].Code, bmi.Units[0].Code)
		s.all[bmi.Code] = append(s.all[bmi.Code], Row{
			At: w.At, Day: w.Day, Drawn: true, Computed: true,
			Reading: terminology.MeasureReading{Amounts: [2]terminology.Amount{b.Amount}, Numbers: [2]float64{n, math.NaN()}},
			Of:      rawWords(w.Item, Written(w.Item), s.language) + ", " + rawWords(h.Item, Written(h.Item), s.language),
		})
	}
}

type datedRows struct {
	values []terminology.DatedValue
	rows   []Row
}

// dated gives the rows of a measure with one value and a known day.
func (s *State) dated(code string) (out datedRows) {
	for _, r := range s.all[code] {
		if r.Drawn {
			out.values = append(out.values, terminology.DatedValue{At: r.At, Value: r.Item.Value, Unit: r.Item.Unit})
			out.rows = append(out.rows, r)
		}
	}
	return out
}

// show makes the rows of the chosen kind and period.
func (s *State) show(now time.Time) {
	since := s.Period.Since(now)
	all := s.all[s.Chosen]
	s.Rows = make([]Row, 0, len(all))
	for _, r := range all {
		if r.At.IsZero() || !r.At.Before(since) {
			s.Rows = append(s.Rows, r)
		}
	}
	switch {
	case len(s.items) == 0:
		s.Phase = Empty
	case len(all) == 0:
		s.Phase = NoneYet
	case len(s.Rows) == 0:
		s.Phase = NoneThen
	default:
		s.Phase = Shown
	}
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

// Adult tells whether the patient is of age at a moment; not when the birth date
// is unknown. Bands of reference speak of adults.
func (s *State) Adult(at time.Time) bool {
	born := fhir.ParseTime(s.born)
	return !born.IsZero() && !at.Before(born.AddDate(18, 0, 0))
}
