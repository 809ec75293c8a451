package pdfcheck

import (
	"regexp"
	"strconv"

	"carnet/client/pdfcheck/internal/pattern"
)

// Identity is the chosen patient, as a document would name them.
type Identity struct {
	INS       string // 15 characters; empty when not qualified
	BirthName string
	UsedName  string
	Given     []string // the first one first
	BirthDate string   // YYYY-MM-DD
	Sex       string   // "male", "female", or "" to take it from the INS
	// Namesake says that another known person has the same names and day of
	// birth, so that nothing but the INS tells them apart.
	Namesake bool
}

// Outcome says whether a text speaks of a patient.
type Outcome string

// The outcomes.
const (
	Match    Outcome = "match"    // certainly this patient
	Unsure   Outcome = "unsure"   // cannot be told; no text, no identity in it, half of one, or several
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
	NoText  bool     // the document has no text: a picture
	Several bool     // the document speaks of several people as its patient
	INS     Presence // Different: a valid one that is not the patient's
	Name    Presence // birth name or used name
	Given   Presence // the first given name, beside the name
	Birth   Presence // date of birth
}

// CompareIdentity compares the text of a document with the chosen patient. It
// answers Match only on an equal INS, or on name, first given name and date of
// birth together, and only when nothing speaks against it: another INS, another
// person named as the patient, a name or given name with more parts, the other
// sex. Twins and namesakes differ in at least one. Who prescribes, signs,
// receives a copy or is family does not count.
func CompareIdentity(text string, id Identity) Comparison { return NewText(text).Compare(id) }

var (
	anyDate   = pattern.NewForm(dateForm)
	dateParts = regexp.MustCompile(`^(\d{1,4})(?:er)?[ ./-]+(\d{1,2}|[a-z]+\.?)[ ./-]+(\d{2,4})$`)
)

// dateForm is a date as French documents write it.
const dateForm = `\b\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}(?:er)? (?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|janv\.?|fevr?\.?|avr\.?|juil\.?|sept?\.?|oct\.?|nov\.?|dec\.?) \d{4}\b`

// months by their first letters; juin and juillet need four.
var months = map[string]int{
	"jan": 1, "fev": 2, "mar": 3, "avr": 4, "mai": 5, "juin": 6, "juil": 7, "aou": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
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
