package pdfcheck

import (
	"regexp"
	"strconv"
	"strings"

	"carnet/client/terminology"
)

// Identity is the chosen patient, as a document would name them.
type Identity struct {
	INS       string // 15 characters; empty when not qualified
	BirthName string
	UsedName  string
	Given     []string // the first one first
	BirthDate string   // YYYY-MM-DD
}

// Outcome says whether a text speaks of a patient.
type Outcome string

// The outcomes.
const (
	Match    Outcome = "match"    // certainly this patient
	Unsure   Outcome = "unsure"   // cannot be told; no text, no identity in it, or half of one
	Mismatch Outcome = "mismatch" // somebody else, or so it seems: a person must answer
)

// Presence is what was found of one trait.
type Presence string

// The presences.
const (
	Absent    Presence = ""          // nothing of the kind in the text
	Same      Presence = "same"      // the patient's
	Different Presence = "different" // another one, and not the patient's
)

// Comparison is the outcome with what it rests on.
type Comparison struct {
	Outcome Outcome
	NoText  bool // the document has no text: a picture
	INS     Presence
	Name    Presence // birth name or used name
	Given   Presence // the first given name, beside the name
	Birth   Presence // date of birth
}

// near is how many words may stand between a name and a given name: "MARTIN,
// née DUBOIS, prénom : Léa".
const near = 6

// CompareIdentity compares the text of a document with the chosen patient. It
// answers Match only on an equal INS, or on name, first given name and date of
// birth together with nothing that speaks against it: twins and namesakes
// differ in at least one.
func CompareIdentity(text string, id Identity) Comparison {
	p := plain(text)
	ws := words(p)
	c := Comparison{Outcome: Unsure}
	if len(ws) < 3 {
		c.NoText = true
		return c
	}
	var twin bool
	c.INS, twin = compareINS(p, id)
	c.Birth = compareBirth(p, id.BirthDate)
	c.Name, c.Given = compareNames(ws, id)
	if c.Given != Same && otherGiven(p, id.Given) {
		c.Given = Different
	}
	c.Outcome = c.judge(twin, namesSomebody(p))
	return c
}

// judge weighs the traits. twin: another INS that could be that of the patient's
// twin; named: the text says of whom it speaks.
func (c Comparison) judge(twin, named bool) Outcome {
	traits := c.Name == Same && c.Given == Same && c.Birth == Same
	switch {
	case c.INS == Same:
		if c.Name == Absent && c.Birth == Different {
			return Unsure
		}
		return Match
	case c.INS == Different && (twin || !traits):
		return Mismatch
	case c.Birth == Different || c.Given == Different:
		return Mismatch
	case c.INS == Different:
		return Unsure // a child's document often bears a parent's number
	case traits:
		return Match
	case c.Name == Absent && c.Birth != Same && named:
		return Mismatch
	}
	return Unsure
}

// insForm is an INS as written, with or without groups and key.
var insForm = regexp.MustCompile(`\b[1-8][ .]?\d\d[ .]?\d\d[ .]?(?:\d\d|2[ab])[ .]?\d{3}[ .]?\d{3}(?:[ .]?\d\d)?\b`)

// compareINS looks for the patient's INS and for others. twin tells that an
// other one has the patient's sex, year and month.
func compareINS(text string, id Identity) (p Presence, twin bool) {
	mine := strings.ToLower(strings.ReplaceAll(id.INS, " ", ""))
	for _, m := range insForm.FindAllString(text, -1) {
		n := strings.NewReplacer(" ", "", ".", "").Replace(m)
		switch {
		case len(mine) == 15 && (n == mine || len(n) == 13 && n == mine[:13]):
			return Same, false
		case len(n) == 15 && terminology.CheckNIR(strings.ToUpper(n)) == nil:
			p = Different
			twin = twin || sameBirth(n, mine, id.BirthDate)
		}
	}
	return p, twin
}

// sameBirth tells whether an INS speaks of somebody born in the same month. For
// want of the patient's own number the birth date is compared.
func sameBirth(n, mine, birth string) bool {
	if len(mine) == 15 {
		return n[:5] == mine[:5]
	}
	return len(birth) >= 7 && n[1:5] == birth[2:4]+birth[5:7]
}

// compareNames looks for the name, and for the first given name beside it.
func compareNames(ws []word, id Identity) (name, given Presence) {
	var at [][2]int
	for _, n := range []string{id.BirthName, id.UsedName} {
		at = append(at, occurrences(ws, n)...)
	}
	if len(at) == 0 {
		return Absent, Absent
	}
	if len(id.Given) == 0 {
		return Same, Absent
	}
	for _, g := range occurrences(ws, id.Given[0]) {
		for _, n := range at {
			if g[0] >= n[1] && g[0]-n[1] <= near || n[0] >= g[1] && n[0]-g[1] <= near {
				return Same, Same
			}
		}
	}
	return Same, Absent
}

// givenLabel is a line that says a given name.
var givenLabel = regexp.MustCompile(`\bprenoms?(?: de naissance| du patient| de la patiente|\(s\))? ?: ?([a-z][a-z' -]{1,30})`)

// otherGiven tells whether the text states a given name that is none of the
// patient's.
func otherGiven(text string, given []string) bool {
	found := givenLabel.FindAllStringSubmatch(text, -1)
	if len(found) == 0 || len(given) == 0 {
		return false
	}
	for _, f := range found {
		ws := words(f[1])
		for _, g := range given {
			if len(occurrences(ws, g)) > 0 {
				return false
			}
		}
	}
	return true
}

// somebody is what stands before the person whom a document is about.
var somebody = regexp.MustCompile(`\b(?:patiente?|nom(?: de naissance| d'usage| utilise)?) ?:|\bnee? le\b|\bdate de naissance\b|\bddn\b|\bconcerne ?:|\b(?:mme|mlle|madame|monsieur|m\.) [a-z]`)

func namesSomebody(text string) bool { return somebody.MatchString(text) }

var (
	birthLabel = regexp.MustCompile(`(?:\bnee?(?:\(e\))?\.? ?(?:le)?|naissance|\bddn|\bd\.?n\.?|\bnais\.?) ?:?[ \n]*(?:le )?(` + dateForm + `)`)
	anyDate    = regexp.MustCompile(dateForm)
	dateParts  = regexp.MustCompile(`^(\d{1,4})(?:er)?[ ./-]+(\d{1,2}|[a-z]+\.?)[ ./-]+(\d{2,4})$`)
)

// dateForm is a date as French documents write it.
const dateForm = `\b\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}(?:er)? (?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|janv\.?|fevr?\.?|avr\.?|juil\.?|sept?\.?|oct\.?|nov\.?|dec\.?) \d{4}\b`

// compareBirth looks for the date of birth: Different when dates are said to be
// of birth and none is the patient's.
func compareBirth(text, birth string) Presence {
	if len(birth) != 10 {
		return Absent
	}
	p := Absent
	for _, m := range birthLabel.FindAllStringSubmatch(text, -1) {
		if isDate(m[1], birth) {
			return Same
		}
		p = Different
	}
	if p == Different {
		return p
	}
	for _, m := range anyDate.FindAllString(text, -1) {
		if isDate(m, birth) {
			return Same
		}
	}
	return Absent
}

// months by their first letters; juin and juillet need four.
var months = map[string]int{
	"jan": 1, "fev": 2, "mar": 3, "avr": 4, "mai": 5, "juin": 6, "juil": 7, "aou": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}

// isDate tells whether a written date is day, YYYY-MM-DD.
func isDate(written, day string) bool {
	m := dateParts.FindStringSubmatch(written)
	if m == nil {
		return false
	}
	d, month, y := m[1], m[2], m[3]
	if len(d) == 4 { // 1979-03-28
		d, y = y, d
	}
	mm := monthOf(month)
	dd, _ := strconv.Atoi(d)
	wantM, _ := strconv.Atoi(day[5:7])
	wantD, _ := strconv.Atoi(day[8:10])
	return dd == wantD && mm == wantM && (y == day[:4] || len(y) == 2 && y == day[2:4])
}

// monthOf gives the month that digits or a name mean; 0 for none.
func monthOf(written string) int {
	mm, err := strconv.Atoi(written)
	if err != nil {
		mm = months[written[:min(3, len(written))]]
		if mm == 0 {
			mm = months[written[:min(4, len(written))]]
		}
	}
	return mm
}
