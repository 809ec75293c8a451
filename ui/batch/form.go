package batch

import (
	"slices"
	"strings"
	"time"

	"carnet/client"
	engine "carnet/client/batch"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/widget"
)

// Field is a part of the sheet of a row that a person has to answer.
type Field int

// The fields, in the order in which they are answered.
const (
	FieldNone Field = iota
	FieldPatient
	FieldConfirm
	FieldType
	FieldDate
	FieldFile // nothing here can answer it: the file itself, or the server
)

// Form is a row being corrected: what the engine knows and what a person has put over
// it.
type Form struct {
	Row     engine.Row
	Patient *client.Patient // picked here; nil: the row's
	Confirm bool            // "it is this patient"
	Type    string          // code; as the row has it, or picked here
	Date    string          // as typed
	Title   string
	Asked   bool // saving was tried with something missing
	Saving  bool
	Err     error // of the last try to save
}

// FormOf begins to correct a row.
func FormOf(r engine.Row) *Form {
	return &Form{Row: r, Type: r.Type.Code, Date: widget.FormatTypedDate(r.ActDate), Title: r.Title}
}

// Take puts the engine's new answer under what a person has typed: fields that they did
// not touch follow it.
func (f *Form) Take(r engine.Row) {
	before := FormOf(f.Row)
	if f.Type == before.Type {
		f.Type = r.Type.Code
	}
	if f.Date == before.Date {
		f.Date = widget.FormatTypedDate(r.ActDate)
	}
	if f.Title == before.Title {
		f.Title = r.Title
	}
	f.Row = r
}

// Whose gives the patient chosen; nil when nobody is.
func (f *Form) Whose() *client.Patient {
	if f.Patient != nil {
		return f.Patient
	}
	return f.Row.Patient
}

// Open tells whether the row can still be corrected.
func (f *Form) Open() bool {
	switch f.Row.State {
	case engine.Fix, engine.Ready, engine.Found, engine.Reading:
		return true
	}
	return false
}

// Doubtful tells whether somebody must say that it is this patient: the document names
// another one, several, or nobody whole. A patient picked just now is compared first.
func (f *Form) Doubtful() bool {
	if f.Whose() == nil || f.Patient != nil {
		return false
	}
	return slices.ContainsFunc(f.Row.Problems, ofIdentity)
}

// ofIdentity tells the problems that a person answers by saying that it is this patient.
func ofIdentity(p engine.Problem) bool {
	switch p {
	case engine.Mismatch, engine.Unsure, engine.Several, engine.Ambiguous:
		return true
	}
	return false
}

// Needs gives what is still to be answered, in order.
func (f *Form) Needs(now time.Time) []Field {
	var out []Field
	if f.Whose() == nil || f.Patient == nil && (has(f.Row, engine.NoIdentity) || has(f.Row, engine.UnknownPatient) || has(f.Row, engine.Unqualified) || has(f.Row, engine.BadINS)) {
		out = append(out, FieldPatient)
	}
	if f.Doubtful() && !f.Confirm {
		out = append(out, FieldConfirm)
	}
	if _, ok := terminology.TypeByCode(f.Type); !ok {
		out = append(out, FieldType)
	}
	if _, ok := f.Act(now); !ok {
		out = append(out, FieldDate)
	}
	if slices.ContainsFunc(f.Row.Problems, ofFile) {
		out = append(out, FieldFile)
	}
	return out
}

// ofFile tells the problems that no field of the sheet answers.
func ofFile(p engine.Problem) bool {
	switch p {
	case engine.Missing, engine.Unreadable, engine.Changed, engine.Conflict, engine.Offline, engine.Twice, engine.NoOriginal, engine.Outside:
		return true
	}
	return false
}

// Act reads the date: 21/11/2026, 21-11-2026, 21112026; not in the future.
func (f *Form) Act(now time.Time) (time.Time, bool) {
	day, ok := choose.ParseDay(f.Date, now.Location())
	return day, ok && choose.Past(day, now)
}

// Correction is what a person decided that the engine does not know yet.
func (f *Form) Correction(now time.Time) engine.Correction {
	c := engine.Correction{Patient: f.Patient, Confirmed: f.Confirm && f.Doubtful()}
	if f.Type != f.Row.Type.Code || has(f.Row, engine.NoType) || has(f.Row, engine.BadType) {
		c.Type = f.Type // a guess that was not sure is accepted by saving
	}
	if day, ok := f.Act(now); ok && (widget.FormatTypedDate(day) != widget.FormatTypedDate(f.Row.ActDate) || has(f.Row, engine.NoDate) || has(f.Row, engine.BadDate)) {
		c.ActDate = day
	}
	if title := strings.TrimSpace(f.Title); title != f.Row.Title {
		c.Title = title
	}
	return c
}

// Changed tells whether there is something to save.
func (f *Form) Changed(now time.Time) bool { return f.Correction(now) != engine.Correction{} }

// Chord tells whether saving must not follow from a habit: it says that a document is
// of somebody whom it does not name.
func (f *Form) Chord() bool { return f.Doubtful() }

// Trait is one line of the comparison: what the chosen record says, and what was found
// of it in the document.
type Trait struct {
	Kind  TraitKind
	Value string // of the chosen patient; empty when the record has none
	Found pdfcheck.Presence
}

// TraitKind names a trait.
type TraitKind int

// The traits, in the order in which identities are read.
const (
	TraitName TraitKind = iota
	TraitGiven
	TraitBirth
	TraitINS
)

// Traits sets the chosen patient beside the document. Somebody picked just now was not
// compared yet: nothing is found then.
func (f *Form) Traits() []Trait {
	p := f.Whose()
	if p == nil {
		return nil
	}
	c := f.Row.Identity
	if f.Patient != nil && (f.Row.Patient == nil || f.Row.Patient.ID != f.Patient.ID) {
		c = pdfcheck.Comparison{}
	}
	ins := ""
	if choose.Qualified(*p) {
		ins = p.INS.Value
	}
	name := p.BirthName
	if p.UsedName != "" && p.UsedName != p.BirthName {
		name = p.UsedName + " (" + p.BirthName + ")"
	}
	return []Trait{
		{TraitName, name, c.Name},
		{TraitGiven, choose.FirstGiven(*p), c.Given},
		{TraitBirth, p.BirthDate, c.Birth},
		{TraitINS, ins, c.INS},
	}
}
