package patients

import (
	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/choose"
)

// Phase is what the list area shows.
type Phase int

// The phases of the list.
const (
	Loading Phase = iota // nothing to show yet: skeleton after 300 ms
	Shown                // rows, possibly of an earlier answer while a new one is on its way
	Empty                // the question was answered: nobody
	Offer                // nobody among my patients has this INS: Enter looks everywhere, which is traced
	Failed               // no answer, and nothing to show instead
)

// Op is what the page has to do for a step of the state.
type Op int

// The operations that the state asks for.
const (
	Nothing     Op = iota
	AskMine        // Finder.MyPatients with Step.Query
	AskINS         // Finder.FindByINS with Step.INS
	AskTraits      // Finder.Match with Step.Traits
	AskEveryone    // Finder.EmergencySearch with Step.Everyone
	OpenRecord     // leave for the record of Step.Patient
)

// Step is one thing to do. Gen is handed back with the answer, so that stale
// answers are recognised.
type Step struct {
	Op       Op
	Gen      uint64
	Query    client.PatientQuery
	INS      fhir.Identifier
	Traits   client.Traits
	Everyone client.EmergencyQuery
	Patient  client.Patient
}

// State is the whole of what the page knows. All its methods are called on the
// UI goroutine; none blocks.
type State struct {
	TestIdentities bool // typed INS are of the test domain, whose keys may be wrong

	Input    string
	Ask      choose.Ask
	Phase    Phase
	Rows     []Row
	Total    int
	Next     string
	Selected int
	Busy     bool // an answer is awaited
	Prov     client.Provenance
	Err      error // of the last answer; rows of before may still be shown
	Outside  bool  // the one row is not necessarily one of my patients
	Mismatch Trait // what the scanned code says otherwise than the record

	everyone client.EmergencyQuery // what the rows of Everyone answer
	gen      uint64
	answered bool
	wantOpen bool // Enter was pressed before the answer came
}

// Start asks for the patients seen most recently.
func (s *State) Start() Step {
	s.Ask = choose.Ask{Intent: choose.Nobody}
	return s.ask(Step{Op: AskMine, Query: client.PatientQuery{Limit: pageSize}})
}

const pageSize = 100

// Typed takes what is in the box and says what to ask, once typing has paused.
// An unreadable or unfinished input asks nothing and leaves the rows alone.
func (s *State) Typed(input string) Step {
	if input == s.Input && s.Ask.Intent != choose.Nobody {
		return Step{}
	}
	s.Input = input
	s.Ask = choose.Interpret(input, s.TestIdentities)
	switch s.Ask.Intent {
	case choose.Nobody, choose.Search, choose.ByINS:
		return s.ask(Step{Op: AskMine, Query: client.PatientQuery{Text: s.Ask.Text, Limit: pageSize}})
	case choose.Scanned:
		return s.ask(Step{Op: AskINS, INS: s.Ask.INS})
	}
	s.gen++ // whatever is on its way answers another question
	s.Busy = false
	return Step{}
}

// Again repeats the last question, after a failure or when the server is back.
func (s *State) Again() Step {
	input := s.Input
	if input == "" {
		return s.Start()
	}
	s.Input = ""
	return s.Typed(input)
}

// Return is coming back to the page: the same list, as it is now. One person
// found by a code or by strict traits is not looked for again: that would leave
// another line in their history, or open the record that was just left.
func (s *State) Return() Step {
	switch s.Ask.Intent {
	case choose.Search, choose.ByINS:
		return s.Again()
	}
	s.Input = ""
	return s.Start()
}

// More asks for the next page when the selection or the eye comes near the end.
func (s *State) More(visible int) Step {
	if s.Next == "" || s.Busy || visible < len(s.Rows)-pageSize/4 {
		return Step{}
	}
	if s.Ask.Intent == Everyone {
		q := s.everyone
		q.Page = s.Next
		return s.ask(Step{Op: AskEveryone, Everyone: q})
	}
	return s.ask(Step{Op: AskMine, Query: client.PatientQuery{Text: s.Ask.Text, Limit: pageSize, Page: s.Next}})
}

// Emergency asks for anyone by name.
func (s *State) Emergency(q client.EmergencyQuery) Step {
	s.Input, s.Ask, s.everyone = "", choose.Ask{Intent: Everyone}, q
	return s.ask(Step{Op: AskEveryone, Everyone: q})
}

// Strict asks for the one person with these traits.
func (s *State) Strict(t client.Traits) Step {
	s.Input, s.Ask = "", choose.Ask{Intent: Traits}
	return s.ask(Step{Op: AskTraits, Traits: t})
}

// Enter is the key: open the selected person, or look everywhere for an INS
// that none of my patients has.
func (s *State) Enter() Step {
	switch {
	case s.Phase == Offer:
		s.Ask.Intent = choose.Scanned
		return s.ask(Step{Op: AskINS, INS: s.Ask.INS})
	case s.Ask.Intent == choose.Unfinished:
		s.Ask = choose.Ask{Intent: choose.Refused, Fault: choose.FaultCut}
		return Step{}
	case s.Busy:
		s.wantOpen = true // the rows shown answer an earlier question; one answer alone is opened when it comes
		return Step{}
	case s.Phase != Shown || s.Selected >= len(s.Rows):
		return Step{}
	}
	return Step{Op: OpenRecord, Patient: s.Rows[s.Selected].Patient}
}

// Move moves the selection by n rows and says whether it moved.
func (s *State) Move(n int) bool {
	to := min(max(s.Selected+n, 0), len(s.Rows)-1)
	if to < 0 || to == s.Selected {
		return false
	}
	s.Selected = to
	return true
}

// Clear empties the box; cleared is false when there was nothing to empty.
func (s *State) Clear() (step Step, cleared bool) {
	if s.Input == "" && s.Ask.Intent == choose.Nobody {
		return Step{}, false
	}
	s.Input = ""
	return s.Start(), true
}

// Answered takes the answer to a list question; false when it is stale and
// was dropped.
func (s *State) Answered(gen uint64, q client.PatientQuery, page client.PatientPage, err error) (Step, bool) {
	want, ok := s.take(gen, err)
	if !ok {
		return Step{}, false
	}
	if err != nil {
		if q.Page == "" {
			s.fail()
		}
		return Step{}, true
	}
	patients := page.Patients
	if q.Page != "" {
		patients = make([]client.Patient, 0, len(s.Rows)+len(page.Patients))
		for _, r := range s.Rows {
			patients = append(patients, r.Patient)
		}
		patients = append(patients, page.Patients...)
	} else {
		s.Selected = 0
	}
	s.Rows, s.Total, s.Next, s.Prov = Rows(patients), max(page.Total, len(patients)), page.Next, page.Provenance
	s.Outside, s.Mismatch = s.Ask.Intent == Everyone && len(s.Rows) > 0, 0
	switch {
	case len(s.Rows) > 0:
		s.Phase = Shown
	case s.Ask.Intent == choose.ByINS:
		s.Phase = Offer
	default:
		s.Phase = Empty
	}
	if want && len(s.Rows) == 1 {
		return s.Enter(), true
	}
	return Step{}, true
}

// AnsweredOne takes the answer to an INS or traits question. A scanned code
// that agrees with the record found opens it at once: the card was in hand.
func (s *State) AnsweredOne(gen uint64, p client.Patient, err error) (Step, bool) {
	if fhir.CodeOf(err) == fhir.NotFound {
		err = nil
		p = client.Patient{}
	}
	if _, ok := s.take(gen, err); !ok {
		return Step{}, false
	}
	if err != nil {
		s.fail()
		return Step{}, true
	}
	s.Selected, s.Next, s.Prov, s.Mismatch = 0, "", client.Provenance{}, 0
	if p.ID == "" {
		s.Rows, s.Total, s.Phase, s.Outside = nil, 0, Empty, false
		return Step{}, true
	}
	s.Rows, s.Total, s.Phase = Rows([]client.Patient{p}), 1, Shown
	s.Outside = RelationOf(p) == RelationNone
	if !s.Ask.FromCode {
		return Step{}, true
	}
	if s.Mismatch = mismatch(s.Ask, p); s.Mismatch != 0 {
		return Step{}, true
	}
	return Step{Op: OpenRecord, Patient: p}, true
}

// ask numbers a question and marks the page busy.
func (s *State) ask(step Step) Step {
	s.gen++
	step.Gen = s.gen
	s.Busy, s.wantOpen = true, false
	if !s.answered || s.Phase == Failed {
		s.Phase = Loading
	}
	return step
}

// take closes the question gen and says whether Enter awaits its answer; not
// ok when another was asked since.
func (s *State) take(gen uint64, err error) (wantOpen, ok bool) {
	if gen != s.gen || fhir.CodeOf(err) == fhir.Canceled {
		return false, false
	}
	wantOpen, s.wantOpen = s.wantOpen, false
	s.Busy, s.Err = false, err
	s.answered = s.answered || err == nil
	return wantOpen, true
}

// fail shows the failure alone: rows that answer another question would
// deceive.
func (s *State) fail() {
	s.Phase, s.Rows, s.Total, s.Next, s.Selected = Failed, nil, 0, "", 0
}
