package advice

import (
	"cmp"
	"slices"
	"time"

	"carnet/client/fhir"
)

// ageOfMajority is when a patient decides alone and nobody represents them (Code
// civil, article 388).
const ageOfMajority = 18

// UnderAge tells whether a person is a minor on a day; one whose birth date is
// not known to the day is taken for the youngest that the date allows, and one of
// whom nothing is known for of age.
func UnderAge(birthDate string, on time.Time) bool {
	born := fhir.ParseTime(birthDate)
	if born.IsZero() {
		return false
	}
	switch len(birthDate) {
	case len("2006"):
		born = time.Date(born.Year(), time.December, 31, 0, 0, 0, 0, time.UTC)
	case len("2006-01"):
		born = time.Date(born.Year(), born.Month()+1, 0, 0, 0, 0, 0, time.UTC)
	}
	day := time.Date(on.Year(), on.Month(), on.Day(), 0, 0, 0, 0, time.UTC)
	return day.Before(time.Date(born.Year()+ageOfMajority, born.Month(), born.Day(), 0, 0, 0, 0, time.UTC))
}

// VaccineChoices are the vaccines of the calendar that have a code of their own
// (JDV_VaccinCSE24 or ATC), by name in a language. The caller owns the slice.
func VaccineChoices(lang string) []fhir.Coding {
	var all []fhir.Coding
	for id, v := range vaccines() {
		if len(v.codes) > 0 && id != "menc" {
			all = append(all, fhir.Coding{System: systemATC, Code: v.codes[0], Display: words{v.fr, v.en}.in(lang)})
		}
	}
	slices.SortFunc(all, func(a, b fhir.Coding) int { return cmp.Compare(key(a.Display), key(b.Display)) })
	return all
}

// systemATC is the code system of the ATC classification (OID 2.16.840.1.113883.6.73).
const systemATC = "http://www.whocc.no/atc"
