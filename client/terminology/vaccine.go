package terminology

import (
	"slices"
	"sync"
)

// vaccineTable is the value set of vaccines (JDV_VaccinCSE24-CISIS, ATC codes).
var vaccineTable = sync.OnceValue(func() *table {
	t := &table{}
	for _, r := range rows("JDV_VaccinCSE24_CISIS.csv") {
		t.add(Code{Code: r[0], System: systemOf(r[1]), Label: r[2]})
	}
	return t
})

// Vaccines gives the vaccines that an injection can be of, by ATC code with French
// labels, as JDV_VaccinCSE24 has them. The caller owns the slice.
func Vaccines() []Code { return slices.Clone(vaccineTable().rows) }

// VaccineByCode finds a vaccine by its ATC code.
func VaccineByCode(code string) (Code, bool) { return vaccineTable().find(code) }
