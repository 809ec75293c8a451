package pdfcheck

// Text is the text of a document of which several things are asked: what is read
// for one is not read again for the next. It is for one goroutine at a time.
type Text struct {
	text    string
	folded  string // by plain
	reading *reading
	found   Found // but for the day of the act
	people  []statement
	days    []birth
}

// NewText takes a text (Report.TextSample). Nothing is read of it yet.
func NewText(text string) *Text { return &Text{text: text} }

// Identity is ReadIdentity.
func (t *Text) Identity() Found {
	t.read()
	f := t.found
	f.ActDate = t.reading.actDay(f.BirthDate)
	return f
}

// Type is GuessType.
func (t *Text) Type() (code string, confidence float64) { return guessType(t.plain()) }

// Compare is CompareIdentity.
func (t *Text) Compare(id Identity) Comparison {
	c := Comparison{Outcome: Unsure}
	if !hasWords(t.plain(), leastWords) {
		c.NoText = true
		return c
	}
	t.read()
	w := weighing{r: t.reading, id: id, found: t.found, people: t.people, days: t.days}
	w.numbers(&c)
	w.names(&c)
	w.births(&c)
	w.statements(&c)
	c.Several = t.found.Several
	c.Outcome = w.outcome(c)
	return c
}

// leastWords is how many words make a text of what a picture's file may hold.
const leastWords = 3

func (t *Text) plain() string {
	if t.folded == "" {
		t.folded = plain(t.text)
	}
	return t.folded
}

func (t *Text) read() {
	if t.reading == nil {
		t.reading = newReading(t.text)
		t.found, t.people, t.days = readPeople(t.reading)
	}
}
