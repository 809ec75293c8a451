package record

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"carnet/client/fhir"
)

// fold gives a name as it is compared: no accents, no case, ligatures
// undone, everything that is neither letter nor digit a single space.
// "L'Hœr-Élysée" is "l hoer elysee".
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range norm.NFD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		switch r = unicode.ToLower(r); r {
		case 'œ':
			b.WriteString("oe")
		case 'æ':
			b.WriteString("ae")
		case 'ß':
			b.WriteString("ss")
		case 'ø':
			b.WriteByte('o')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// nameWords gives the folded words of all names of a person, each once.
func nameWords(p fhir.Patient) []string {
	words := strings.Fields(fold(strings.Join(append([]string{p.BirthName, p.UsedName}, p.Given...), " ")))
	slices.Sort(words)
	return slices.Compact(words)
}

// sortName is the name by which lists are sorted: the used name first.
func sortName(p fhir.Patient) string {
	family := p.UsedName
	if family == "" {
		family = p.BirthName
	}
	return fold(family + " " + strings.Join(p.Given, " "))
}

// matchKey is the strict traits of an identity, folded ($match).
func matchKey(t fhir.Traits) string {
	return fold(t.BirthName) + "|" + fold(t.FirstGiven) + "|" + strings.ToUpper(t.Sex) + "|" + t.BirthDate
}

// sexOf gives the sex of the traits (M, F) from FHIR's gender.
func sexOf(gender string) string {
	switch gender {
	case "male":
		return "M"
	case "female":
		return "F"
	}
	return ""
}
