package habilitations

import (
	"strings"

	"carnet/client/terminology"
)

// Show is which types are listed.
type Show int

// The choices.
const (
	Everything Show = iota
	Readable
	Unreadable
)

// Row is a line of the list: a class with its counts, or a type.
type Row struct {
	Class     string // label, of a heading; "" of a type
	Count     int    // of a heading: types listed
	May       int    // of a heading: those that may be read
	Type      terminology.Type
	Allowed   bool
	Published bool // the cell follows from a published list; else it is a proposal
}

// Heading tells a class from a type.
func (r Row) Heading() bool { return r.Class != "" }

// Column names the matrix's column for a professional: that of their specialty
// where the law treats it apart, else that of the profession. known is false
// when the matrix has neither: then nothing may be read.
func Column(m *terminology.Matrix, profession, specialty string) (column string, known bool) {
	apart := profession + "/" + specialty[strings.LastIndexByte(specialty, '/')+1:]
	if m.HasProfession(apart) {
		return apart, true
	}
	return profession, m.HasProfession(profession)
}

// Rows lists the types that the matrix knows by class, narrowed by words of
// their labels, class or code (accents and case do not count).
func Rows(m *terminology.Matrix, column, filter string, show Show) []Row {
	words := strings.Fields(terminology.Fold(filter))
	byClass := map[string][]Row{}
	for _, t := range terminology.Types() {
		if !m.HasType(t.Code) || !holds(t, words) {
			continue
		}
		allowed, _ := m.Allowed(t.Code, column)
		if show == Readable && !allowed || show == Unreadable && allowed {
			continue
		}
		byClass[t.Class] = append(byClass[t.Class], Row{Type: t, Allowed: allowed, Published: m.Published(t.Code, column)})
	}
	var out []Row
	for _, c := range terminology.Classes() {
		types := byClass[c.Code]
		if len(types) == 0 {
			continue
		}
		head := Row{Class: c.Label, Count: len(types)}
		for _, r := range types {
			if r.Allowed {
				head.May++
			}
		}
		out = append(append(out, head), types...)
	}
	return out
}

// holds tells whether every word is in what is known of a type.
func holds(t terminology.Type, words []string) bool {
	text := terminology.Fold(strings.Join([]string{t.Label, t.Short, t.LabelEN, t.Code, terminology.ClassLabel(t.Class)}, " "))
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// Sum counts the types of some rows, and those that may be read.
func Sum(rows []Row) (types, may int) {
	for _, r := range rows {
		if r.Heading() {
			types, may = types+r.Count, may+r.May
		}
	}
	return types, may
}
