package measures

import (
	"slices"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/client/trend"
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

// Row is one measure, Kind a measure that one can choose.
type (
	Row  = trend.Row
	Kind = trend.Kind
)

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

	reader trend.Reader
	items  []client.Item
}

// NewState makes the state of a patient's page before anything is known.
func NewState(patient client.Patient, me client.Person, language string, zone *time.Location) State {
	return State{Period: OneYear, Chosen: terminology.LOINCBloodPressure, reader: trend.Reader{Language: language, Me: me.ID, Born: patient.BirthDate, Zone: zone}}
}

// Ask says that a question is on its way.
func (s *State) Ask() {
	s.Busy, s.Err = true, nil
	if s.Phase == Failed || s.Phase == Forbidden {
		s.Phase = Loading
	}
}

// Answer takes all measures. A failure keeps what is shown.
func (s *State) Answer(all client.ItemPage, err error, now time.Time) {
	s.Busy = false
	if err != nil {
		s.Err = err
		code := fhir.CodeOf(err)
		refused := code == fhir.Forbidden || code == fhir.NoConsent
		switch {
		case refused:
			*s = State{Phase: Forbidden, Err: err, Period: s.Period, Chosen: s.Chosen, reader: s.reader}
		case len(s.items) == 0:
			s.Phase = Failed
		}
		return
	}
	s.items, s.Prov, s.Err, s.reader.Waits = all.Items, all.Provenance, nil, all.Waits
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
	s.Kinds = s.reader.Read(s.items)
	s.show(now)
}

// show makes the rows of the chosen kind and period.
func (s *State) show(now time.Time) {
	k := s.Kind()
	s.Rows = k.Since(s.Period.Since(now))
	switch {
	case len(s.items) == 0:
		s.Phase = Empty
	case len(k.Rows) == 0:
		s.Phase = NoneYet
	case len(s.Rows) == 0:
		s.Phase = NoneThen
	default:
		s.Phase = Shown
	}
}
