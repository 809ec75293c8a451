package client

import (
	"slices"
	"strings"

	"carnet/client/fhir"
	"carnet/client/terminology"
)

// Place gives where a person works, as a document says it: what the sign-in says
// (Secteur_Activite), and by their profession where it says nothing we know.
// (JDV_J02 and JDV_J04, ANS.)
func (p Person) Place() (facility, practice fhir.Coding) {
	code := p.Sector
	if _, ok := terminology.FacilityByCode(code); !ok {
		code = p.usualPlace()
	}
	setting := "AMBULATOIRE"
	if slices.Contains([]string{"SA01", "SA02", "SA03", "SA04"}, code) { // hospitals
		setting = "ETABLISSEMENT"
	}
	f, _ := terminology.FacilityByCode(code)
	s, _ := terminology.PracticeByCode(setting)
	return fhir.Coding{System: f.System, Code: f.Code, Display: f.Label}, fhir.Coding{System: s.System, Code: s.Code, Display: s.Label}
}

// usualPlace guesses where a profession works.
func (p Person) usualPlace() string {
	switch {
	case strings.HasSuffix(p.Specialty, "SM03") || p.Profession == "21" && strings.HasSuffix(p.Specialty, "/G"):
		return "SA25" // laboratoire
	case p.Profession == "21":
		return "SA33" // officine
	case strings.HasSuffix(p.Specialty, "SM25"):
		return "SA66" // service de santé au travail
	case strings.HasSuffix(p.Specialty, "SM59"):
		return "SA01" // établissement public
	}
	return "SA08" // cabinet de groupe
}

// Party is the person as the author of a document.
func (p Person) Party() fhir.Party {
	return fhir.Party{ID: p.ID, Name: p.Name, Specialty: p.Specialty, OrgID: p.OrgID, OrgName: p.OrgName}
}

// Draft begins a document that the person files: of a type, with its class, from where
// they work, by them.
func (p Person) Draft(typeCode string) Draft {
	t, _ := terminology.TypeByCode(typeCode)
	facility, practice := p.Place()
	return Draft{
		Type:     fhir.Coding{System: t.System, Code: t.Code, Display: t.Label},
		Class:    fhir.Coding{System: terminology.SystemClass, Code: t.Class, Display: terminology.ClassLabel(t.Class)},
		Facility: facility, Practice: practice, Author: p.Party(),
	}
}
