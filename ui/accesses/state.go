package accesses

import (
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/widget"
)

// Phase is what the page shows.
type Phase int

// The phases.
const (
	Loading Phase = iota // nothing yet
	Empty                // the server knows no access in this period
	NoMatch              // there are accesses, none fits the text
	Shown                // rows
	Failed               // no answer, and nothing to show
)

// Period is how far back the page looks.
type Period int

// The periods, in the order of the choice.
const (
	Today Period = iota
	Week
	Month
	Year
	Always
)

// Since gives the beginning of a period: midnight of its first day; the zero
// time for Always.
func (p Period) Since(now time.Time) time.Time {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch p {
	case Today:
		return midnight
	case Week:
		return midnight.AddDate(0, 0, -6)
	case Month:
		return midnight.AddDate(0, -1, 0)
	case Year:
		return midnight.AddDate(-1, 0, 0)
	}
	return time.Time{}
}

// Row is a line of the list: a day, or an access.
type Row struct {
	Day   time.Time // of a heading; zero for an access
	Count int       // of a heading: accesses under it
	Trace client.Trace
	Times int // of an access: how often it was done in a row; Trace is the last time
}

// Heading tells whether the row is a day.
func (r Row) Heading() bool { return !r.Day.IsZero() }

// repeats tells whether an access is the same thing done once more: searching
// as one types, or leafing through a list, is one line.
func (r Row) repeats(t client.Trace) bool {
	return !r.Heading() && r.Trace.Kind == t.Kind && r.Trace.Action == t.Action && r.Trace.PatientID == t.PatientID && r.Trace.DocumentID == t.DocumentID &&
		r.Trace.Mode == t.Mode && r.Trace.AgentID == t.AgentID && r.Trace.Outcome == t.Outcome
}

// State is the page, without its looks.
type State struct {
	Phase  Phase
	Period Period
	Text   string
	Rows   []Row
	Total  int    // accesses in the period, as the server counts
	Loaded int    // of them, how many have come
	Next   string // cursor of the page to come
	Busy   bool   // a page is on its way
	Prov   client.Provenance
	Err    error // of the last attempt

	traces []client.Trace
}

// Query is what to ask the server; more continues where the rows end.
func (s *State) Query(now time.Time, more bool) client.TraceQuery {
	q := client.TraceQuery{From: s.Period.Since(now), Limit: 50}
	if more {
		q.Page = s.Next
	}
	return q
}

// Ask says that a question is on its way. The first page keeps what is shown
// until its answer comes, unless the period changed.
func (s *State) Ask() {
	s.Busy, s.Err = true, nil
	if s.Phase == Failed || s.Phase == Empty {
		s.Phase = Loading
	}
}

// SetPeriod changes the period; it reports whether that is another one, which
// empties the page.
func (s *State) SetPeriod(p Period, now time.Time) bool {
	if p == s.Period {
		return false
	}
	s.Period = p
	s.traces, s.Total, s.Next, s.Prov = nil, 0, "", client.Provenance{}
	s.arrange(now)
	s.Phase = Loading
	return true
}

// SetText filters what has come.
func (s *State) SetText(text string, now time.Time) {
	s.Text = text
	s.arrange(now)
}

// Answer takes a page; more tells that it continues the rows. A failure keeps
// what is shown.
func (s *State) Answer(p client.TracePage, err error, more bool, now time.Time) {
	s.Busy = false
	if err != nil {
		s.Err = err
		if len(s.traces) == 0 {
			s.Phase = Failed
		}
		return
	}
	if !more {
		s.traces = nil
	}
	s.traces = append(s.traces, p.Traces...)
	s.Total, s.Next, s.Prov, s.Err = max(p.Total, len(s.traces)), p.Next, p.Provenance, nil
	s.arrange(now)
}

// arrange makes the rows: those that fit the text, under a heading for each day.
func (s *State) arrange(now time.Time) {
	s.Rows, s.Loaded = nil, len(s.traces)
	words := strings.Fields(terminology.Fold(s.Text))
	heading := -1
	for _, t := range s.traces {
		if !fits(t, words) {
			continue
		}
		at := t.Recorded.In(now.Location())
		day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, now.Location())
		if heading < 0 || !s.Rows[heading].Day.Equal(day) {
			s.Rows = append(s.Rows, Row{Day: day})
			heading = len(s.Rows) - 1
		}
		s.Rows[heading].Count++
		if last := &s.Rows[len(s.Rows)-1]; last.repeats(t) {
			last.Times++
			continue
		}
		s.Rows = append(s.Rows, Row{Trace: t, Times: 1})
	}
	switch {
	case len(s.Rows) > 0:
		s.Phase = Shown
	case len(s.traces) > 0:
		s.Phase = NoMatch
	case s.Err != nil:
		s.Phase = Failed
	default:
		s.Phase = Empty
	}
}

// fits tells whether every word is in what a row shows.
func fits(t client.Trace, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := terminology.Fold(strings.Join([]string{t.PatientName, t.DocumentTitle, t.AgentName, t.OrgName, t.Reason, widget.FormatDeed(t.Kind, t.Action), widget.FormatMode(t.Mode)}, " "))
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// Emergency tells whether an access was in an emergency mode.
func Emergency(t client.Trace) bool {
	return t.Mode == fhir.ModeBreakGlass || t.Mode == fhir.ModeCentre15
}
