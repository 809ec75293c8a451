package batch

import (
	"time"

	"carnet/client"
	engine "carnet/client/batch"
	"carnet/client/fhir"
)

// Phase is what the page shows.
type Phase int

// The phases.
const (
	Opening Phase = iota // the lot is being opened
	Barred               // no lot for who is signed in: State.Barrier says why
	Failed               // the lot could not be opened
	Empty                // nothing was added yet
	NoMatch              // there are files, none fits the filter
	Shown                // rows
)

// Barrier is why somebody has no lot.
type Barrier int

// The barriers.
const (
	NoBarrier     Barrier = iota
	NoSender              // the sign-in names no organisation, and keys are derived from it
	NoResponsible         // nobody answers for the lot yet, and who is signed in cannot
	NotAllowed            // this organisation may not send lots
	NotKept               // nothing is kept on this computer: what is sent could get lost
)

// Filter narrows the rows by where they stand.
type Filter int

// The filters, in the order of their words.
const (
	All Filter = iota
	ToRead
	ToFix
	Ready
	Going
	Sent
	NoRecord
	Refused
	Removed
	filters // how many there are
)

// States gives the engine's states of a filter; none for All.
func (f Filter) States() []engine.State {
	switch f {
	case ToRead:
		return []engine.State{engine.Found, engine.Reading}
	case ToFix:
		return []engine.State{engine.Fix}
	case Ready:
		return []engine.State{engine.Ready}
	case Going:
		return []engine.State{engine.Queued, engine.Sending, engine.Waiting}
	case Sent:
		return []engine.State{engine.Sent, engine.Already}
	case NoRecord:
		return []engine.State{engine.NoRecord}
	case Refused:
		return []engine.State{engine.Refused}
	case Removed:
		return []engine.State{engine.Removed}
	}
	return nil
}

// Always tells the filters that are offered even when nothing is there.
func (f Filter) Always() bool {
	switch f {
	case All, Ready, Sent, ToFix, Refused:
		return true
	}
	return false
}

// Source is what the state asks the engine; all of it answers at once.
type Source interface {
	Rows(q engine.Query) (rows []engine.Row, total int)
	Row(id string) (engine.Row, bool)
	Counts() engine.Counts
}

// stretch is how many rows are asked for at a time: more than a window holds.
const stretch = 64

// State is the page, without its looks. All its methods are called on the UI
// goroutine; none waits.
type State struct {
	Phase       Phase
	Barrier     Barrier
	Err         error // why opening failed
	Filter      Filter
	Text        string
	Counts      engine.Counts
	Total       int // rows that fit the filter
	Marks       map[string]bool
	Responsible fhir.Party
	Away        bool // the server does not answer
	Busy        bool // a deed is under way

	source    Source
	stretches map[int][]engine.Row
	cursor    string // id of the row in hand
}

// Open begins to show an engine's rows.
func (s *State) Open(source Source, responsible fhir.Party) {
	s.source, s.Responsible, s.Err, s.Barrier = source, responsible, nil, NoBarrier
	s.Refresh()
}

// Shut says that there is no engine (any longer), and why; a barrier goes before an
// error.
func (s *State) Shut(b Barrier, err error) {
	s.source, s.stretches, s.Total, s.Err, s.Barrier = nil, nil, 0, err, b
	s.Phase = Opening
	switch {
	case b != NoBarrier:
		s.Phase = Barred
	case err != nil:
		s.Phase = Failed
	}
}

// BarrierOf tells, before anything is opened, whether somebody can have a lot.
// responsible is who was chosen; who is signed in answers when nobody was.
func BarrierOf(me client.Person, responsible fhir.Party) Barrier {
	switch {
	case me.OrgID == "":
		return NoSender
	case responsible.ID == "" && !IsProfessional(me.ID):
		return NoResponsible
	}
	return NoBarrier
}

// query is what the rows answer.
func (s *State) query() engine.Query {
	return engine.Query{States: s.Filter.States(), Text: s.Text}
}

// SetFilter narrows by state; false when it is that already.
func (s *State) SetFilter(f Filter) bool {
	if f == s.Filter || f < 0 || f >= filters {
		return false
	}
	s.Filter = f
	s.Refresh()
	return true
}

// SetText narrows by words.
func (s *State) SetText(text string) {
	s.Text = text
	s.Refresh()
}

// Refresh asks anew: something moved.
func (s *State) Refresh() {
	if s.source == nil {
		return
	}
	s.stretches = nil
	s.Counts = s.source.Counts()
	s.load(0)
	switch {
	case s.Total > 0:
		s.Phase = Shown
	case s.Text != "" || s.Filter != All && s.Count(All) > 0:
		s.Phase = NoMatch
	default:
		s.Phase = Empty
	}
}

// load asks for a stretch of rows.
func (s *State) load(at int) []engine.Row {
	q := s.query()
	q.Offset, q.Limit = at*stretch, stretch
	rows, total := s.source.Rows(q)
	if s.stretches == nil {
		s.stretches = map[int][]engine.Row{}
	}
	s.stretches[at], s.Total = rows, total
	return rows
}

// Moved takes what the engine told; rows names what moved, unless all may have. It
// tells whether what is in sight may be other than before.
func (s *State) Moved(rows map[string]bool, all bool) bool {
	if s.source == nil {
		return false
	}
	if all || s.Filter != All || s.Text != "" || s.Total == 0 {
		s.Refresh()
		return true
	}
	before := s.Counts
	s.Counts = s.source.Counts()
	if s.Counts.Total != before.Total || s.Counts.By[engine.Removed] != before.By[engine.Removed] {
		s.Refresh() // rows came or went: all stand elsewhere
		return true
	}
	touched := false
	for at, stretch := range s.stretches {
		for i := range stretch {
			if rows[stretch[i].ID] {
				delete(s.stretches, at)
				touched = true
				break
			}
		}
	}
	return touched
}

// At gives the row at a place of the list.
func (s *State) At(i int) (engine.Row, bool) {
	if s.source == nil || i < 0 || i >= s.Total {
		return engine.Row{}, false
	}
	rows, ok := s.stretches[i/stretch]
	if !ok {
		rows = s.load(i / stretch)
	}
	if i%stretch >= len(rows) {
		return engine.Row{}, false
	}
	return rows[i%stretch], true
}

// Row gives a row by its id, as it is now.
func (s *State) Row(id string) (engine.Row, bool) {
	if s.source == nil {
		return engine.Row{}, false
	}
	return s.source.Row(id)
}

// Hold says which place of the list is in hand.
func (s *State) Hold(i int) {
	s.cursor = ""
	if row, ok := s.At(i); ok {
		s.cursor = row.ID
	}
}

// near is how far from its last place a row in hand is looked for.
const near = stretch

// Held finds the place of the row in hand, which others may have moved; it is looked
// for around was. When it has left the list the place stays, with the row that is there
// now.
func (s *State) Held(was int) int {
	if s.cursor == "" || was < 0 {
		return was
	}
	for d := range near {
		for _, i := range []int{was - d, was + d} {
			if row, ok := s.At(i); ok && row.ID == s.cursor {
				return i
			}
		}
	}
	return min(was, s.Total-1)
}

// Count gives how many rows a filter holds.
func (s *State) Count(f Filter) int {
	n := 0
	for state, rows := range s.Counts.By {
		if f == All && state != engine.Removed {
			n += rows
		}
	}
	for _, state := range f.States() {
		n += s.Counts.By[state]
	}
	return n
}

// Mark puts a mark on a row, or takes it away.
func (s *State) Mark(id string) {
	if s.Marks == nil {
		s.Marks = map[string]bool{}
	}
	if s.Marks[id] {
		delete(s.Marks, id)
		return
	}
	s.Marks[id] = true
}

// MarkAll marks every row that fits the filter; none when all of them are marked.
func (s *State) MarkAll() {
	if s.source == nil {
		return
	}
	rows, _ := s.source.Rows(s.query())
	all := map[string]bool{}
	fresh := false
	for _, r := range rows {
		all[r.ID] = true
		fresh = fresh || !s.Marks[r.ID]
	}
	s.Marks = nil
	if fresh {
		s.Marks = all
	}
}

// Chosen gives the rows that a deed is about: the marked ones, else the one in hand,
// of those that want holds for.
func (s *State) Chosen(want func(engine.Row) bool) []string {
	ids := []string{}
	if len(s.Marks) == 0 && s.cursor != "" {
		ids = append(ids, s.cursor)
	}
	for id := range s.Marks {
		ids = append(ids, id)
	}
	out := ids[:0]
	for _, id := range ids {
		if row, ok := s.Row(id); ok && want(row) {
			out = append(out, id)
		}
	}
	return out
}

// Sendable gives how many files Send would hand over, and their ids when only the
// marked ones are meant.
func (s *State) Sendable() (n int, ids []string) {
	if len(s.Marks) == 0 {
		return s.Count(Ready), nil
	}
	ids = s.Chosen(func(r engine.Row) bool { return r.State == engine.Ready })
	return len(ids), ids
}

// MayRemove tells rows that can be taken out.
func MayRemove(r engine.Row) bool { return !r.State.Final() && r.State != engine.Sending }

// MayRead tells rows whose file can be read again.
func MayRead(r engine.Row) bool { return r.State == engine.Fix || r.State == engine.Refused }

// Work is what is under way.
type Work int

// The kinds of work.
const (
	AtRest  Work = iota // nothing
	InFiles             // files are read
	InSends             // files leave
)

// Progress is how far the lot is.
type Progress struct {
	Work        Work
	Done, Total int
	Rate        float64       // files a second; 0: unknown
	Left        time.Duration // 0: unknown
	Paused      bool
	Arrived     bool // all that could leave has arrived, and something has
}

// Progress tells how far the lot is: what leaves goes before what is read.
func (s *State) Progress() Progress {
	p := Progress{Rate: s.Counts.Rate, Left: s.Counts.Left, Paused: s.Counts.Paused}
	going, reading := s.Count(Going), s.Count(ToRead)
	arrived := s.Count(Sent) + s.Count(NoRecord)
	switch {
	case going > 0:
		p.Work, p.Done, p.Total = InSends, arrived, arrived+going
	case reading > 0:
		p.Work, p.Total = InFiles, s.Count(All)
		p.Done = p.Total - reading
	default:
		p.Rate, p.Left = 0, 0
		p.Arrived = arrived > 0 && s.Count(Ready) == 0
	}
	if p.Paused || s.Away {
		p.Rate, p.Left = 0, 0 // what they were is no promise
	}
	return p
}
