package outbox

import (
	"slices"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
)

// Phase is what the page shows.
type Phase int

// The phases.
const (
	Loading Phase = iota
	Failed        // the queue cannot be read, and nothing is there to show
	Empty         // nothing waits, nothing arrived lately
	NoMatch       // nothing fits the words typed
	Shown
)

// Group is a part of the list.
type Group int

// The groups, in their order.
const (
	ToChoose Group = iota // needs a person's choice
	ToSee                 // refused for good: to be corrected, or forgotten
	Going                 // leaves by itself, or once it is let go
	Arrived               // done, of the last days
	groups                // how many there are
)

// GroupOf tells where an item stands.
func GroupOf(it client.OutboxItem) Group { return groupOf(it.State) }

func groupOf(state client.OutboxState) Group {
	switch state {
	case client.OutboxConflict:
		return ToChoose
	case client.OutboxRefused:
		return ToSee
	case client.OutboxDone:
		return Arrived
	}
	return Going
}

// Row is a line of the list: the heading of a group, or an item.
type Row struct {
	Head  bool
	Group Group
	Count int // of a heading: items under it
	Item  client.OutboxItem
	Sent  int64 // bytes that left, of Total; 0 and 0: not told
	Total int64
}

// Count is what waits: the number of the navigation.
type Count struct {
	Waiting int // everything that is not done
	Asking  int // of these: needs a person
}

// State is the page, without its looks.
type State struct {
	Phase Phase
	Text  string
	Rows  []Row
	Err   error // of the last time the queue was read
	Away  bool  // the server does not answer

	all      []client.OutboxItem // oldest first
	at       map[string]int      // of an id in all
	progress map[string][2]int64
	cursor   string // id of the item in hand
	lean     bool   // only counted: no rows are made
}

// Listed takes the whole queue.
func (s *State) Listed(items []client.OutboxItem, err error) {
	s.Err = err
	if err != nil {
		if len(s.all) == 0 {
			s.Phase, s.Rows = Failed, nil
		}
		return
	}
	s.all, s.progress = items, map[string][2]int64{}
	s.number()
	s.arrange()
}

// number notes where each item stands.
func (s *State) number() {
	s.at = make(map[string]int, len(s.all))
	for i, it := range s.all {
		s.at[it.ID] = i
	}
}

// Moved takes what the queue told, in order. It reports whether the rows are others,
// not only how far one is.
func (s *State) Moved(events []client.OutboxEvent) bool {
	if s.at == nil {
		return false // listing says it all
	}
	others, gone := false, false
	for _, e := range events {
		i, known := s.at[e.Item.ID]
		switch {
		case e.Gone && known:
			s.all[i].ID = "" // taken away below, all at once
			delete(s.at, e.Item.ID)
			gone = true
		case e.Gone:
		case e.Total > 0:
			s.progress[e.Item.ID] = [2]int64{e.Sent, e.Total}
		case known:
			others = others || GroupOf(s.all[i]) != GroupOf(e.Item)
			s.all[i] = e.Item
			delete(s.progress, e.Item.ID)
		default:
			s.at[e.Item.ID] = len(s.all)
			s.all = append(s.all, e.Item)
			others = true
		}
	}
	if gone {
		s.all = slices.DeleteFunc(s.all, func(it client.OutboxItem) bool { return it.ID == "" })
		s.number()
	}
	s.arrange()
	return others || gone
}

// SetText narrows the list to what holds every word.
func (s *State) SetText(text string) {
	s.Text = text
	s.arrange()
}

// arrange makes the rows.
func (s *State) arrange() {
	if s.lean {
		return
	}
	var parts [groups][]int
	words := strings.Fields(terminology.Fold(s.Text))
	for i := range s.all {
		if len(words) == 0 || fits(s.all[i], words) {
			g := groupOf(s.all[i].State)
			parts[g] = append(parts[g], i)
		}
	}
	slices.Reverse(parts[Arrived]) // what arrived last comes first
	s.Rows = s.Rows[:0]
	for g, items := range parts {
		if len(items) == 0 {
			continue
		}
		s.Rows = append(s.Rows, Row{Head: true, Group: Group(g), Count: len(items)})
		for _, i := range items {
			it := s.all[i]
			far := s.progress[it.ID]
			s.Rows = append(s.Rows, Row{Group: Group(g), Item: it, Sent: far[0], Total: far[1]})
		}
	}
	switch {
	case len(s.Rows) > 0:
		s.Phase = Shown
	case len(s.all) > 0:
		s.Phase = NoMatch
	case s.at != nil:
		s.Phase = Empty
	}
}

// fits tells whether an item holds every word.
func fits(it client.OutboxItem, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := terminology.Fold(strings.Join([]string{whatWords(it), insOf(it), it.Whose.BirthName, it.Whose.UsedName, it.Whose.FirstGiven}, " "))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// Item gives an item as it is now.
func (s *State) Item(id string) (client.OutboxItem, bool) {
	i, ok := s.at[id]
	if !ok {
		return client.OutboxItem{}, false
	}
	return s.all[i], true
}

// Hold says which row is in hand.
func (s *State) Hold(row int) {
	s.cursor = ""
	if row >= 0 && row < len(s.Rows) {
		s.cursor = s.Rows[row].Item.ID
	}
}

// Held finds the row of the item in hand; -1 when it has left the list.
func (s *State) Held() int {
	if s.cursor == "" {
		return -1
	}
	return slices.IndexFunc(s.Rows, func(r Row) bool { return !r.Head && r.Item.ID == s.cursor })
}

// Count gives what waits.
func (s *State) Count() Count {
	var c Count
	for i := range s.all {
		switch groupOf(s.all[i].State) {
		case Going:
			c.Waiting++
		case ToChoose, ToSee:
			c.Waiting++
			c.Asking++
		}
	}
	return c
}

// Retryable tells what Retry changes: what waits for its time, and what was let wait.
func Retryable(it client.OutboxItem) bool {
	return it.State == client.OutboxWaiting || it.State == client.OutboxPaused
}

// Resendable tells what a person can have tried again as it is, once who decides has
// decided otherwise: the patient, or the rules.
func Resendable(it client.OutboxItem) bool {
	switch it.Reason {
	case fhir.NoRecord, fhir.NoConsent, fhir.Forbidden, fhir.RuleForbids:
		return slices.Contains(it.Choices, client.OutboxAgain)
	}
	return false
}

// Pausable tells what can be kept from leaving.
func Pausable(it client.OutboxItem) bool {
	return it.State == client.OutboxQueued || it.State == client.OutboxWaiting
}

// Deletable tells what can be forgotten: not what is on its way.
func Deletable(it client.OutboxItem) bool { return it.State != client.OutboxSending }

// holdsWork tells what is gone for good when it is forgotten: a document, words.
func holdsWork(it client.OutboxItem) bool {
	switch it.Kind {
	case client.OutboxChange, client.OutboxUndo, client.OutboxItemDrop:
		return false
	}
	return true
}

// Editable tells what a person can correct: a filing, a message or a request that has not
// arrived, and of which no attempt may have.
func Editable(it client.OutboxItem) bool {
	switch it.State {
	case client.OutboxSending, client.OutboxDone, client.OutboxConflict:
		return false
	}
	if it.Uncertain {
		return false
	}
	switch it.Kind {
	case client.OutboxFile:
		return it.Draft != nil
	case client.OutboxMessage:
		return outgoingOf(it).Text != ""
	}
	return it.Kind == client.OutboxRequest
}

// Resumable gives the ids of everything that Retry would change.
func (s *State) Resumable() []string {
	var ids []string
	for _, it := range s.all {
		if Retryable(it) {
			ids = append(ids, it.ID)
		}
	}
	return ids
}
