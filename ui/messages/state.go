package messages

import (
	"slices"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// Phase is what a part of the page shows.
type Phase int

// The phases.
const (
	Loading Phase = iota // nothing yet
	Empty                // there is none
	NoMatch              // there are some, none fits what was asked
	Shown
	Failed // no answer, and nothing to show
)

// State is the list of dialogues, without its looks.
type State struct {
	Phase     Phase
	Text      string
	OnlyNew   bool
	PatientID string // of one patient alone; empty: everybody's
	Dialogues []client.Dialogue
	Total     int
	Unread    int // messages, of all dialogues
	Next      string
	Busy      bool
	Prov      client.Provenance
	Err       error
}

// Query is what to ask; more continues where the rows end.
func (s *State) Query(more bool) client.DialogueQuery {
	q := client.DialogueQuery{PatientID: s.PatientID, Text: strings.TrimSpace(s.Text), Unread: s.OnlyNew}
	if more {
		q.Page = s.Next
	}
	return q
}

// Narrowed tells whether the list is asked for with a condition.
func (s *State) Narrowed() bool { return strings.TrimSpace(s.Text) != "" || s.OnlyNew }

// Ask says that a question is on its way; what is shown stays until the answer.
func (s *State) Ask() {
	s.Busy, s.Err = true, nil
	if s.Phase != Shown {
		s.Phase = Loading
	}
}

// Answer takes a page; more tells that it continues the rows. A failure keeps
// what is shown.
func (s *State) Answer(p client.DialoguePage, err error, more bool) {
	s.Busy = false
	if err != nil {
		if s.Err = err; len(s.Dialogues) == 0 {
			s.Phase = Failed
		}
		return
	}
	if !more {
		s.Dialogues = nil
	}
	for _, d := range p.Dialogues {
		if s.Find(d.ID) < 0 { // one that moved between two pages comes twice
			s.Dialogues = append(s.Dialogues, d)
		}
	}
	s.Total, s.Unread, s.Next, s.Prov, s.Err = max(p.Total, len(s.Dialogues)), p.Unread, p.Next, p.Provenance, nil
	switch {
	case len(s.Dialogues) > 0:
		s.Phase = Shown
	case s.Narrowed():
		s.Phase = NoMatch
	default:
		s.Phase = Empty
	}
}

// Find gives the row of a dialogue, -1 when it has none.
func (s *State) Find(id string) int {
	return slices.IndexFunc(s.Dialogues, func(d client.Dialogue) bool { return d.ID == id })
}

// Opened notes that a dialogue was read.
func (s *State) Opened(d client.Dialogue) {
	if at := s.Find(d.ID); at >= 0 {
		s.Unread = max(0, s.Unread-s.Dialogues[at].Unread)
		s.Dialogues[at] = d
		s.Dialogues[at].Unread = 0
	}
}

// Thread is the dialogue in hand.
type Thread struct {
	Phase    Phase
	ID       string
	Dialogue client.Dialogue
	Messages []client.Message // oldest first
	Next     string           // cursor of the older ones
	Busy     bool
	Prov     client.Provenance
	Err      error
	Leaving  []Leaving // written here, not yet at the server
}

// Leaving is a message in the queue.
type Leaving struct {
	ID      string // of the outbox item, and the idempotency key
	Text    string
	Files   int
	Created time.Time
	State   client.OutboxState
	Reason  fhir.Code
}

// Open begins with another dialogue; the zero dialogue closes the one in hand.
func (t *Thread) Open(d client.Dialogue) {
	*t = Thread{ID: d.ID, Dialogue: d}
}

// Ask says that a question is on its way.
func (t *Thread) Ask() {
	t.Busy, t.Err = true, nil
	if t.Phase != Shown {
		t.Phase = Loading
	}
}

// Answer takes a page of the dialogue; older tells that it goes before what is
// shown. A newest page is joined to the older ones that had come.
func (t *Thread) Answer(p client.MessagePage, err error, older bool) {
	t.Busy = false
	if err != nil {
		if t.Err = err; len(t.Messages) == 0 {
			t.Phase = Failed
		}
		return
	}
	page := slices.Clone(p.Messages)
	slices.Reverse(page)
	t.Err, t.Dialogue, t.Prov = nil, p.Dialogue, p.Provenance
	switch {
	case older:
		t.Messages, t.Next = append(page, t.Messages...), p.Next
	default:
		kept := t.before(page)
		if len(kept) == 0 {
			t.Next = p.Next
		}
		t.Messages = append(kept, page...)
	}
	t.Phase = Shown
	if len(t.Messages) == 0 {
		t.Phase = Empty
	}
	t.arrived()
}

// before gives the messages that had come and stand before a newest page. When
// the page does not reach them there is a gap, which is not papered over: they go,
// and can be asked for again.
func (t *Thread) before(page []client.Message) []client.Message {
	if len(page) == 0 {
		return nil
	}
	at := slices.IndexFunc(t.Messages, func(m client.Message) bool { return m.ID == page[0].ID })
	return slices.Clone(t.Messages[:max(at, 0)])
}

// Queue takes what the queue holds for this dialogue.
func (t *Thread) Queue(items []Leaving) {
	t.Leaving = items
	t.arrived()
}

// arrived takes out of the queue's messages what the server shows by now.
func (t *Thread) arrived() {
	t.Leaving = slices.DeleteFunc(slices.Clone(t.Leaving), func(l Leaving) bool {
		return slices.ContainsFunc(t.Messages, func(m client.Message) bool { return m.ID == l.ID })
	})
}

// Writable tells whether the person may write here; the server decides, this
// spares a refusal that is known.
func (t *Thread) Writable() bool {
	return t.ID != "" && (t.Phase == Shown || t.Phase == Empty) && t.Dialogue.Reply != client.ReplyEnded
}
