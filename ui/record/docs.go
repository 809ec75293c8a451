package record

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/terminology"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// Order is the column that sorts the list, and by which it is grouped.
type Order int

// The orders. Each has its headings: by date "new since your last visit" and
// years, by type the types, by author the authors.
const (
	ByDate Order = iota
	ByType
	ByAuthor
)

// Entry is one document with what the list computes of it once.
type Entry struct {
	Doc    client.Document
	Act    time.Time // date of the act; zero when it cannot be read
	Type   string    // label of the type
	Author string
	Org    string
	New    bool // filed by somebody else since my last visit
	Own    bool // I am its author
	Wait   Wait // what of it waits here to be sent
	folded string
	byType string
	byName string
}

// Item is one row of the list: a heading, or a document.
type Item struct {
	Heading Heading // zero Kind for a document
	Entry   *Entry
}

// HeadingKind says what a heading announces.
type HeadingKind int

// The headings.
const (
	NoHeading   HeadingKind = iota
	HeadNew                 // new since the last visit
	HeadYear                // Text is the year
	HeadUndated             // documents whose date cannot be read
	HeadText                // Text is a type or an author
)

// Heading is a row that announces the ones below it.
type Heading struct {
	Kind  HeadingKind
	Text  string
	Count int
}

// Docs is the list of a record's documents: what was received, and the rows
// that follow from order, filter and toggles. Nothing in it blocks; 5,000
// documents re-filter in about a millisecond.
type Docs struct {
	By       Order
	Reverse  bool            // oldest first, or Z to A
	Filter   string          // as typed
	Masked   bool            // masked documents are shown
	Selected string          // document id
	Waits    map[string]Wait // by document id; see Waiting

	me        string // national id of the professional
	lastVisit time.Time
	entries   []*Entry
	byID      map[string]*Entry
	items     []Item
	rowOf     map[string]int
	shown     int
}

// NewDocs makes an empty list for a professional and their last visit.
func NewDocs(me string, lastVisit time.Time) *Docs {
	return &Docs{me: me, lastVisit: lastVisit, Masked: true, byID: map[string]*Entry{}, rowOf: map[string]int{}}
}

// Add takes documents as pages of them arrive; one already there is replaced.
func (l *Docs) Add(docs ...client.Document) {
	for _, d := range docs {
		e := l.entry(d)
		if old, ok := l.byID[d.ID]; ok {
			*old = *e
			continue
		}
		l.byID[d.ID] = e
		l.entries = append(l.entries, e)
	}
	l.sort()
}

// Remove forgets a document and selects its neighbour.
func (l *Docs) Remove(id string) {
	if l.Selected == id {
		if next := l.Neighbour(1); next != "" && next != id {
			l.Selected = next
		} else if next = l.Neighbour(-1); next != id {
			l.Selected = next
		}
	}
	delete(l.byID, id)
	l.entries = slices.DeleteFunc(l.entries, func(e *Entry) bool { return e.Doc.ID == id })
	if l.Selected == id {
		l.Selected = ""
	}
	l.Refresh()
}

// Clear forgets all documents, and keeps order, filter and selection.
func (l *Docs) Clear() {
	l.entries, l.byID = nil, map[string]*Entry{}
	l.Refresh()
}

// Get gives a document by id; nil when it is not in the list.
func (l *Docs) Get(id string) *Entry { return l.byID[id] }

// Items are the rows, headings included.
func (l *Docs) Items() []Item { return l.items }

// Len is how many documents arrived; Shown how many the filter lets through.
func (l *Docs) Len() int { return len(l.entries) }

// Shown is how many documents pass filter and toggles.
func (l *Docs) Shown() int { return l.shown }

// Row gives the row of a document, or -1 when it is not shown.
func (l *Docs) Row(id string) int {
	if row, ok := l.rowOf[id]; ok {
		return row
	}
	return -1
}

// SortBy orders by a column; the same column again turns the order round.
func (l *Docs) SortBy(o Order) {
	l.Reverse = o == l.By && !l.Reverse
	l.By = o
	l.sort()
}

// Neighbour gives the id of the document n documents away from the selected
// one, the nearest end when there are fewer, the first when none is selected.
func (l *Docs) Neighbour(n int) string {
	row := l.Row(l.Selected)
	if row < 0 {
		row = -1
		n = 1
	}
	step, left, found := 1, n, ""
	if n < 0 {
		step, left = -1, -n
	}
	for i := row + step; i >= 0 && i < len(l.items) && left > 0; i += step {
		if e := l.items[i].Entry; e != nil {
			found = e.Doc.ID
			left--
		}
	}
	if found == "" {
		return l.Selected
	}
	return found
}

// entry computes what the list needs of a document.
func (l *Docs) entry(d client.Document) *Entry {
	e := &Entry{Doc: d, Type: TypeLabel(d), Author: d.Author.Name, Org: d.Author.OrgName, Own: l.me != "" && d.Author.ID == l.me}
	e.Act = instant(d.PeriodStart)
	filed := instant(d.Date)
	if d.Version == "1" && !d.LastUpdated.IsZero() { // not changed since: when the server took it
		filed = d.LastUpdated
	}
	if e.Act.IsZero() {
		e.Act = filed
	}
	if e.Author == "" {
		e.Author = d.Author.OrgName
	}
	e.New = !e.Own && !l.lastVisit.IsZero() && filed.After(l.lastVisit) && d.Status == "current" && !d.Archived
	e.byType, e.byName = terminology.Fold(e.Type), terminology.Fold(e.Author)
	e.folded = strings.Join([]string{e.byType, terminology.Fold(d.Attachment.Title), e.byName, terminology.Fold(e.Org), terminology.Fold(d.Description)}, "\n")
	return e
}

// TypeLabel gives the words for a document's type in the language of the
// screens: those of the national set, otherwise what the document says itself.
func TypeLabel(d client.Document) string {
	if t, ok := terminology.TypeByCode(d.Type.Code); ok {
		if lang.X("carnet.language", "fr") == "en" {
			return t.LabelEN
		}
		return widget.FormatLabel(t.Label)
	}
	return widget.FormatLabel(cmp.Or(d.Type.Display, d.Attachment.Title))
}

func (l *Docs) sort() {
	slices.SortStableFunc(l.entries, func(a, b *Entry) int {
		c := 0
		switch l.By {
		case ByType:
			c = cmp.Compare(a.byType, b.byType)
		case ByAuthor:
			c = cmp.Compare(a.byName, b.byName)
		case ByDate:
			c = b.Act.Compare(a.Act)
		}
		if l.Reverse {
			c = -c
		}
		if c == 0 {
			c = b.Act.Compare(a.Act) // the newest first under any heading
		}
		return c
	})
	l.Refresh()
}

// Refresh recomputes the rows after Filter or Masked changed.
func (l *Docs) Refresh() {
	words := strings.Fields(terminology.Fold(l.Filter))
	l.items, l.shown = l.items[:0], 0
	clear(l.rowOf)
	passed := make([]*Entry, 0, len(l.entries))
	for _, e := range l.entries {
		e.Wait = l.Waits[e.Doc.ID]
		if l.passes(e, words) {
			passed = append(passed, e)
		}
	}
	l.shown = len(passed)
	if l.By == ByDate && !l.Reverse {
		var fresh []*Entry
		passed, fresh = split(passed)
		l.group(fresh, func(*Entry) Heading { return Heading{Kind: HeadNew} })
	}
	l.group(passed, l.heading)
}

func (l *Docs) passes(e *Entry, words []string) bool {
	if e.Doc.Masked && !l.Masked {
		return false
	}
	for _, w := range words {
		if !strings.Contains(e.folded, w) {
			return false
		}
	}
	return true
}

// split takes the new documents out of the list, order kept.
func split(entries []*Entry) (rest, fresh []*Entry) {
	for _, e := range entries {
		if e.New {
			fresh = append(fresh, e)
		} else {
			rest = append(rest, e)
		}
	}
	return rest, fresh
}

// group appends entries under the headings that head gives.
func (l *Docs) group(entries []*Entry, head func(*Entry) Heading) {
	at := -1
	for _, e := range entries {
		h := head(e)
		if at < 0 || l.items[at].Heading.Kind != h.Kind || l.items[at].Heading.Text != h.Text {
			at = len(l.items)
			l.items = append(l.items, Item{Heading: h})
		}
		l.items[at].Heading.Count++
		l.rowOf[e.Doc.ID] = len(l.items)
		l.items = append(l.items, Item{Entry: e})
	}
}

func (l *Docs) heading(e *Entry) Heading {
	switch {
	case l.By == ByType:
		return Heading{Kind: HeadText, Text: e.Type}
	case l.By == ByAuthor:
		return Heading{Kind: HeadText, Text: e.Author}
	case e.Act.IsZero():
		return Heading{Kind: HeadUndated}
	}
	return Heading{Kind: HeadYear, Text: e.Act.Format("2006")}
}

// instant reads a FHIR dateTime of any precision; zero when it cannot.
func instant(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// ReplacedBy gives the id of the document that replaces a superseded one; ""
// when there is none that the reader may follow.
func (e *Entry) ReplacedBy() string {
	ref := e.Doc.ReplacedBy
	return ref[strings.LastIndexByte(ref, '/')+1:]
}
