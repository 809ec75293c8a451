package patients

import (
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// Trait is one thing that tells two people apart. The row of a person whose
// namesake is on screen shows these in bold.
type Trait uint8

// The traits, as bits of a set.
const (
	TraitBirthName Trait = 1 << iota
	TraitGiven
	TraitSex
	TraitBirthDate
	TraitCity
	TraitINS
)

// Has tells whether the set holds t.
func (s Trait) Has(t Trait) bool { return s&t != 0 }

// Row is what one line of the list says of a person: decided here, worded and
// drawn by the view.
type Row struct {
	Patient client.Patient
	Family  string // capital letters: the used name, or the birth name
	Given   string
	Born    string // birth name in capitals, only when it is not Family
	Differs Trait  // what tells this person from a namesake in the list
	NoINS   bool   // provisional identity: can be seen, nothing can be filed
	Closed  bool   // the record is closed
	New     int    // documents filed since the last visit
}

// Name gives "NOM Prénom".
func (r Row) Name() string { return strings.TrimSpace(r.Family + " " + r.Given) }

// RowOf decides what one person's line says.
func RowOf(p client.Patient) Row {
	family := p.BirthName
	if p.UsedName != "" {
		family = p.UsedName
	}
	r := Row{
		Patient: p, Family: strings.ToUpper(family), Given: given(p),
		NoINS: p.Reliability != "QUAL" || p.INS.Value == "", Closed: !p.Active, New: p.New,
	}
	if !same(family, p.BirthName) {
		r.Born = strings.ToUpper(p.BirthName)
	}
	return r
}

// Rows decides the lines of a list and what tells namesakes apart.
func Rows(patients []client.Patient) []Row {
	rows := make([]Row, len(patients))
	groups := make(map[string][]int, len(patients))
	for i, p := range patients {
		rows[i] = RowOf(p)
		key := Fold(rows[i].Name())
		groups[key] = append(groups[key], i)
	}
	for _, group := range groups {
		if len(group) < 2 {
			continue
		}
		d := differences(rows, group)
		for _, i := range group {
			rows[i].Differs = d
		}
	}
	return rows
}

// differences gives the traits that are not the same over a whole group.
func differences(rows []Row, group []int) Trait {
	first := rows[group[0]].Patient
	var d Trait
	for _, i := range group[1:] {
		d |= Compare(first, rows[i].Patient)
	}
	return d
}

// Compare gives the traits in which two people differ.
func Compare(a, b client.Patient) Trait {
	var d Trait
	if !same(a.BirthName, b.BirthName) {
		d |= TraitBirthName
	}
	if !same(strings.Join(a.Given, " "), strings.Join(b.Given, " ")) {
		d |= TraitGiven
	}
	if a.Gender != b.Gender {
		d |= TraitSex
	}
	if a.BirthDate != b.BirthDate {
		d |= TraitBirthDate
	}
	if !same(a.City, b.City) {
		d |= TraitCity
	}
	if a.INS.Value != b.INS.Value {
		d |= TraitINS
	}
	return d
}

func given(p client.Patient) string {
	if p.FirstGiven != "" {
		return capitalised(p.FirstGiven)
	}
	if len(p.Given) > 0 {
		return capitalised(p.Given[0])
	}
	return ""
}

// capitalised writes a given name as people do: "DOMINIQUE" and "marie-louise"
// are how registers send them; mixed case is left as it came.
func capitalised(s string) string {
	if s != strings.ToUpper(s) && s != strings.ToLower(s) {
		return s
	}
	out := []rune(strings.ToLower(s))
	start := true
	for i, r := range out {
		if start {
			out[i] = []rune(strings.ToUpper(string(r)))[0]
		}
		start = r == ' ' || r == '-' || r == '\'' || r == '’'
	}
	return string(out)
}

func same(a, b string) bool { return Fold(a) == Fold(b) }

// Sex gives M, F or "" for unknown.
func (r Row) Sex() string {
	switch r.Patient.Gender {
	case "male":
		return "M"
	case "female":
		return "F"
	}
	return ""
}

// Age gives a person's age at a date from a birth date written YYYY-MM-DD,
// YYYY-MM or YYYY: whole years from two years on, whole months below, days
// below one month. known is false when the date cannot be read or is ahead.
func Age(birth string, now time.Time) (n int, unit AgeUnit, known bool) {
	b, exact := birthTime(birth)
	if b.IsZero() || b.After(now) {
		return 0, Years, false
	}
	years := now.Year() - b.Year()
	if now.YearDay() < b.AddDate(years, 0, 0).YearDay() && b.AddDate(years, 0, 0).After(now) {
		years--
	}
	if years >= 2 || !exact {
		return years, Years, true
	}
	months := (now.Year()-b.Year())*12 + int(now.Month()) - int(b.Month())
	if now.Day() < b.Day() {
		months--
	}
	if months >= 1 {
		return months, Months, true
	}
	return int(now.Sub(b).Hours() / 24), Days, true
}

// AgeUnit is the unit in which an age is said.
type AgeUnit int

// The units of an age.
const (
	Years AgeUnit = iota
	Months
	Days
)

func birthTime(s string) (t time.Time, exact bool) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, true
	}
	for _, layout := range []string{"2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, false
		}
	}
	return time.Time{}, false
}

// Relation is how the caller stands to a person, as the list says it.
type Relation int

// The relations, strongest first.
const (
	RelationMT Relation = iota
	RelationTeam
	RelationConsent // until Patient.RelationEnd, or without limit
	RelationNone
)

// RelationOf reads the relation that the server told.
func RelationOf(p client.Patient) Relation {
	switch p.Relation {
	case fhir.BasisMT:
		return RelationMT
	case fhir.BasisCareTeam:
		return RelationTeam
	case fhir.BasisAuthorised:
		return RelationConsent
	}
	return RelationNone
}
