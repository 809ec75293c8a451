package patients

import (
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/choose"
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
	Renamed bool  // the used name is not the birth name: both are shown
	Differs Trait // what tells this person from a namesake in the list
	NoINS   bool  // identity not qualified: can be seen, nothing can be filed
	Closed  bool  // the record is closed
}

// RowOf decides what one person's line says.
func RowOf(p client.Patient) Row {
	return Row{
		Patient: p,
		Renamed: p.UsedName != "" && !same(p.UsedName, p.BirthName),
		NoINS:   p.Reliability != "QUAL" || p.INS.Value == "",
		Closed:  !p.Active,
	}
}

// called is the name by which a person is called, folded.
func called(p client.Patient) string {
	if p.UsedName != "" {
		return terminology.Fold(p.UsedName + " " + choose.FirstGiven(p))
	}
	return terminology.Fold(p.BirthName + " " + choose.FirstGiven(p))
}

// Rows decides the lines of a list and what tells namesakes apart.
func Rows(patients []client.Patient) []Row {
	rows := make([]Row, len(patients))
	groups := make(map[string][]int, len(patients))
	for i, p := range patients {
		rows[i] = RowOf(p)
		key := called(p)
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

func same(a, b string) bool { return terminology.Fold(a) == terminology.Fold(b) }

// sex gives M, F or "" for unknown, as codes and sheets write it.
func sex(p client.Patient) string {
	switch p.Gender {
	case "male":
		return "M"
	case "female":
		return "F"
	}
	return ""
}

// Relation is how the caller stands to a person, as the list says it.
type Relation int

// The relations, strongest first.
const (
	RelationMT Relation = iota
	RelationTeam
	RelationConsent // until Patient.RelationEnd, or without limit
	RelationFiling  // my profession never reads, whatever the person consents to
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
	case fhir.BasisFiling:
		return RelationFiling
	}
	return RelationNone
}
