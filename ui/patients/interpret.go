package patients

import (
	"carnet/client"
	"carnet/ui/choose"
)

// What the page asks for beside what is typed in its box.
const (
	Traits   choose.Intent = -1 - iota // the strict-traits sheet was answered
	Everyone                           // the sheet of the emergency centre was answered
)

// mismatch compares the traits read from a code with those of the record
// found: what differs is shown, never merged.
func mismatch(a choose.Ask, p client.Patient) Trait {
	var d Trait
	if a.Family != "" && !same(a.Family, p.BirthName) {
		d |= TraitBirthName
	}
	if len(a.Given) > 0 && !same(a.Given[0], choose.FirstGiven(p)) {
		d |= TraitGiven
	}
	if a.Sex != "" && sex(p) != "" && a.Sex != sex(p) {
		d |= TraitSex
	}
	if a.Birth != "" && a.Birth != p.BirthDate {
		d |= TraitBirthDate
	}
	return d
}
