package advice

import (
	"slices"
	"strings"
	"testing"
)

// TestWhatIsWrittenOnABox is the rule of a counter: a box names a substance and who
// makes it, or a brand; both warn somebody who is allergic.
func TestWhatIsWrittenOnABox(t *testing.T) {
	th := CurrentThesaurus()
	penicillin := []Allergy{{Names: []string{"Pénicilline"}, Label: "Pénicilline"}}
	for written, brand := range map[string]bool{
		"AMOXICILLINE BIOGARAN 1 g":                                        false,
		"AMOXICILLINE BIOGARAN 1 g, comprimé dispersible":                  false,
		"Amoxicilline Mylan 500 mg, gélule":                                false,
		"AMOXICILLINE/ACIDE CLAVULANIQUE ARROW LAB 500 mg/62,5 mg ADULTES": false,
		"amoxicilline EG Labo 1g cp disp sans sucre":                       false,
		"Clamoxyl 1 g":      true,
		"AUGMENTIN 500 mg":  true,
		"Clamoxyl, gélule":  true,
		"clamoxyl pdr susp": true,
	} {
		r := th.Allergies(penicillin, []string{written})
		if len(r.Warnings) != 1 || r.Warnings[0].Kind != Allergic || r.Warnings[0].Worst() != Contraindicate {
			t.Errorf("%q warns of nothing: %+v", written, r)
			continue
		}
		w := r.Warnings[0]
		if w.B.Brand != brand {
			t.Errorf("%q is a brand: %v", written, w.B.Brand)
		}
		said := strings.Contains(w.Title("fr"), written) && strings.Contains(w.Detail("fr"), "marque")
		unverified := slices.ContainsFunc(r.Unverified, func(u Unverified) bool { return u.Reason == BrandName && u.Compared })
		if said != brand || unverified != brand {
			t.Errorf("%q: %q, %q, %+v", written, w.Title("fr"), w.Detail("fr"), r.Unverified)
		}
	}
}

// TestABrandIsComparedAndStaysUnverified: a warning too many is better than one too
// few, and nobody is told that a brand was checked.
func TestABrandIsComparedAndStaysUnverified(t *testing.T) {
	th := CurrentThesaurus()
	for _, c := range []struct {
		all  []string
		kind Kind
	}{
		{[]string{"Eliquis 5 mg", "kétoprofène"}, Interaction},
		{[]string{"Eliquis", "Profénid 100"}, Interaction},
		{[]string{"Kardégic 75", "warfarine"}, Interaction},
		{[]string{"Doliprane 1000 mg", "paracétamol"}, SameSubstance},
		{[]string{"Ibuprofène EG 400 mg", "Nurofen"}, SameSubstance},
	} {
		r := Join(th.Check(c.all), th.Duplicates(c.all))
		if len(r.Warnings) == 0 || r.Warnings[0].Kind != c.kind {
			t.Errorf("%v: %+v", c.all, r.Warnings)
		}
		if len(r.Unverified) == 0 || r.Unverified[0].Reason != BrandName || !r.Unverified[0].Compared {
			t.Errorf("%v counts as verified: %+v", c.all, r.Unverified)
		}
	}
	if _, known := th.ClassesOf("Augmentin"); known {
		t.Error("a brand is proposed as a substance")
	}
	r := th.Allergies([]Allergy{{Names: []string{"Augmentin"}}}, []string{"Augmentin 1 g"})
	for i, w := range r.Warnings {
		for _, o := range r.Warnings[:i] {
			if w.Kind == o.Kind && w.B.Name == o.B.Name {
				t.Errorf("told twice: %+v", w)
			}
		}
	}
	if len(r.Warnings) == 0 {
		t.Error("a brand against itself warns of nothing")
	}
}

func TestAnExaminationIsFoundByTheWordsOfAPrescription(t *testing.T) {
	for typed, want := range map[string]string{"iono": "ionogramme", "kaliemie": "ionogramme", "fonction rénale": "creatinine", "crp": "crp", "glycated": "hba1c", "HBA1C": "hba1c"} {
		found := ""
		for _, e := range Examinations() {
			if e.Matches(typed) {
				found += e.ID + " "
			}
		}
		if !strings.Contains(found, want) {
			t.Errorf("%q finds %q", typed, found)
		}
	}
}

// TestHowPeopleWriteTheirAllergy.
func TestHowPeopleWriteTheirAllergy(t *testing.T) {
	th := CurrentThesaurus()
	for written, treatment := range map[string]string{
		"péni": "amoxicilline", "B-lactamines": "amoxicilline", "β-lactamines": "céfixime", "Pénicilline G": "amoxicilline", "Allergie pénicilline": "amoxicilline",
		"sulfamide": "cotrimoxazole", "anti inflammatoires": "ibuprofène", "Clamoxyl": "amoxicilline", "aspirine et AINS": "ibuprofène", "iode": "produit de contraste iodé",
	} {
		if r := th.Allergies([]Allergy{{Names: []string{written}}}, []string{treatment}); len(r.Warnings) == 0 {
			t.Errorf("%q against %q: %+v", written, treatment, r)
		}
	}
}
