package terminology

import "testing"

// TestVaccines: the value set is there, in ATC, each once.
func TestVaccines(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range Vaccines() {
		if v.System != "http://www.whocc.no/atc" || v.Label == "" || seen[v.Code] {
			t.Errorf("%+v", v)
		}
		seen[v.Code] = true
	}
	if v, ok := VaccineByCode("J07CA01"); !ok || v.Label == "" || len(seen) < 10 {
		t.Errorf("%+v of %d", v, len(seen))
	}
}
