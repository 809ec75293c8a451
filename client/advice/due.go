package advice

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"carnet/client/fhir"
)

// DueState says where a vaccination stands. None of them says that somebody is
// up to date.
type DueState string

// The states.
const (
	DueLate    DueState = "late"       // expected, and its time is over
	DueNow     DueState = "due"        // expected now
	DueUnknown DueState = "unverified" // expected by now, and nothing of this vaccine is recorded
	DueSoon    DueState = "soon"       // expected within three months
	DueDone    DueState = "done"       // the doses expected until now are recorded
)

// soon is how long before its day a dose is told.
const soonMonths = 3

// Vaccination is one series of the calendar that concerns a person now.
type Vaccination struct {
	Vaccine string // id of the vaccine
	Series  string // which doses: an age, a season
	State   DueState
	Dose    int       // the next dose; of DueDone the last that is recorded
	Doses   int       // of the series
	Due     time.Time // from when it is expected; zero for DueDone
	Age     int       // the age in months from which it is expected; of a season, the least
	Last    time.Time // the last injection of this vaccine that is recorded; zero when none
	Undated bool      // an injection is recorded without its day: it was not counted
	Basis   string    // obligatoire or recommandée
	Cite    Citation

	fr, en string
}

// Due tells the vaccinations that concern a person on a day, those to be looked at
// first: late, due, not verified, soon, done. birthDate is YYYY-MM-DD; no rule of
// this edition depends on the sex. recorded are the Immunizations that
// this reader may read. Where nothing of a vaccine is recorded and its time has
// come, it is DueUnknown and never late: it may have been given and not written
// here. Without a birth date nothing is told but that.
func (c *Calendar) Due(birthDate string, recorded []fhir.Item, on time.Time) ([]Vaccination, []Unverified) {
	birth, err := time.Parse(time.DateOnly, birthDate)
	if err != nil || birth.After(on) {
		return nil, []Unverified{{Of: OfVaccination, Index: -1, Written: birthDate, Reason: NoBirthDate}}
	}
	today := time.Date(on.Year(), on.Month(), on.Day(), 0, 0, 0, 0, time.UTC)
	var all []Vaccination
	for _, s := range c.series {
		if v, ok := s.due(birth, recorded, today); ok {
			v.Cite = Citation{Source: calendarSource, Edition: c.Edition, Note: s.doses[0].citationTitle}
			all = append(all, v)
		}
	}
	order := []DueState{DueLate, DueNow, DueUnknown, DueSoon, DueDone}
	slices.SortStableFunc(all, func(a, b Vaccination) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.State), slices.Index(order, b.State)), a.Due.Compare(b.Due))
	})
	var unverified []Unverified
	for i, v := range all {
		if v.State == DueUnknown {
			unverified = append(unverified, Unverified{Of: OfVaccination, Index: i, Written: v.fr, Reason: NothingKnown})
		}
	}
	return all, unverified
}

// due tells a series; false when it does not concern the person now.
func (s series) due(birth time.Time, recorded []fhir.Item, today time.Time) (Vaccination, bool) {
	first := s.doses[0]
	born := birth.Format(time.DateOnly)
	if first.bornFrom != "" && born < first.bornFrom || first.bornTo != "" && born > first.bornTo {
		return Vaccination{}, false
	}
	if today.Before(addMonths(first.due.at(birth), -soonMonths)) || !today.Before(first.until.at(birth)) {
		return Vaccination{}, false
	}
	kind := vaccines()[s.vaccine]
	days, undated := kind.injections(recorded)
	v := Vaccination{Vaccine: s.vaccine, Series: s.name, Doses: len(s.doses), Undated: undated, Basis: first.basis, fr: kind.fr, en: kind.en}
	related := days
	if kind.broader != "" {
		related, _ = vaccines()[kind.broader].injections(recorded)
	}
	related = slices.DeleteFunc(slices.Clone(related), today.Before)
	if len(related) > 0 {
		v.Last = related[len(related)-1]
	}
	if first.season.from != "" {
		return s.seasonal(v, birth, today)
	}
	var counted []time.Time
	for _, d := range days {
		if !d.Before(first.countFrom.at(birth)) && d.Before(first.countTo.at(birth)) && !d.After(today) {
			counted = append(counted, d)
		}
	}
	return s.next(v, counted, birth, today), true
}

// next tells the first dose of a series that is not recorded.
func (s series) next(v Vaccination, counted []time.Time, birth, today time.Time) Vaccination {
	n := len(counted)
	if n >= len(s.doses) {
		v.State, v.Dose = DueDone, len(s.doses)
		return v
	}
	d := s.doses[n]
	v.Dose, v.Due, v.Age = d.number, d.due.at(birth), int(d.due)
	before := v.Last // a booster waits after any dose before it
	if n > 0 {
		before = counted[n-1]
	}
	if after := addMonths(before, d.interval); !before.IsZero() && after.After(v.Due) {
		v.Due = after
	}
	v.State = stateOf(v.Due, addMonths(v.Due, int(d.late-d.due)), today)
	switch {
	case v.Last.IsZero() && v.State != DueSoon:
		v.State = DueUnknown
	case v.State == DueSoon && n > 0 && today.Before(addMonths(v.Due, -soonMonths)):
		v.State, v.Dose, v.Due = DueDone, n, time.Time{} // what is expected until now is recorded
	}
	return v
}

// stateOf compares a day with when a dose is expected, and late.
func stateOf(due, late, today time.Time) DueState {
	switch {
	case today.Before(due):
		return DueSoon
	case !late.After(due) || today.Before(late):
		return DueNow
	}
	return DueLate
}

// seasonal tells a vaccination that is given anew each season: only during it and
// in the months before.
func (s series) seasonal(v Vaccination, birth, today time.Time) (Vaccination, bool) {
	d := s.doses[0]
	from, to := d.season.around(today)
	if start := d.due.at(birth); start.After(from) {
		from = start
	}
	if today.Before(addMonths(from, -1)) || today.After(to) {
		return Vaccination{}, false
	}
	v.Dose, v.Due = 1, from
	opened := addMonths(from, -1) // somebody may have come a little early
	if !v.Last.Before(opened) {
		v.State, v.Due = DueDone, time.Time{}
		return v, true
	}
	v.State = stateOf(from, to, today)
	if v.Last.IsZero() && v.State != DueSoon {
		v.State = DueUnknown
	}
	return v, true
}

// around gives the season that a day lies in, or the next one: its first and last
// day.
func (s season) around(today time.Time) (from, to time.Time) {
	for year := today.Year() - 1; ; year++ {
		from, _ = time.Parse(time.DateOnly, strconv.Itoa(year)+"-"+s.from)
		to, _ = time.Parse(time.DateOnly, strconv.Itoa(year)+"-"+s.to)
		if to.Before(from) {
			to = to.AddDate(1, 0, 0)
		}
		if !today.After(to) {
			return from, to
		}
	}
}
