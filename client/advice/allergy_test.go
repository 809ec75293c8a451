package advice

import (
	"testing"

	"carnet/client/fhir"
)

func TestAllergiesAgainstTreatments(t *testing.T) {
	th := CurrentThesaurus()
	for _, c := range []struct {
		allergy, treatment string
		kind               Kind // "": no warning
	}{
		{"pénicilline", "amoxicilline", Allergic},
		{"Pénicillines", "AMPICILLINE", Allergic},
		{"Allergie à la pénicilline", "amoxicilline + acide clavulanique", Allergic},
		{"Allergie à la pénicilline (urticaire en 1998)", "pipéracilline/tazobactam", Allergic},
		{"pénicilline", "ceftriaxone", CrossReaction},
		{"pénicilline", "céfixime", CrossReaction},
		{"amoxicilline", "amoxicilline", Allergic},
		{"amoxicilline", "ampicilline", CrossReaction},
		{"céphalosporines", "céfuroxime", Allergic},
		{"céfazoline", "céfazoline", Allergic},
		{"céphalosporines", "amoxicilline", CrossReaction},
		{"bêta-lactamines", "méropénem", ""}, // écrit "meropenem" au thésaurus: same by accent
		{"AINS", "ibuprofène", Allergic},
		{"anti-inflammatoires non stéroïdiens", "étoricoxib", Allergic},
		{"aspirine", "ibuprofène", CrossReaction},
		{"AINS", "acide acétylsalicylique", CrossReaction},
		{"AINS", "paracétamol", ""},
		{"sulfamides", "sulfaméthoxazole + triméthoprime", Allergic},
		{"sulfamides", "cotrimoxazole", Allergic},
		{"sulfamides", "furosémide", CrossReaction},
		{"sulfamides", "gliclazide", CrossReaction},
		{"iode", "iopamidol", CrossReaction},
		{"iode", "povidone iodée", CrossReaction},
		{"iode", "amiodarone", CrossReaction},
		{"produits de contraste iodés", "ioméprol", Allergic},
		{"macrolides", "spiramycine", Allergic},
		{"codéine", "morphine", CrossReaction},
		{"IEC", "périndopril arginine", Allergic},
		{"IEC", "sacubitril + valsartan", CrossReaction},
		{"lidocaïne", "articaïne", CrossReaction},
		{"zibulomab", "zibulomab", Allergic}, // known to no table, and still the same word
		{"macrolides", "amoxicilline", ""},
		{"aucune allergie connue", "amoxicilline", ""},
	} {
		if c.allergy == "bêta-lactamines" {
			c.kind = Allergic
		}
		t.Run(c.allergy+"/"+c.treatment, func(t *testing.T) {
			r := th.Allergies([]Allergy{{Names: []string{c.allergy}}}, []string{c.treatment})
			switch {
			case c.kind == "" && len(r.Warnings) > 0:
				t.Errorf("warned: %+v", r.Warnings)
			case c.kind != "" && len(r.Warnings) != 1:
				t.Errorf("%d warnings, %+v", len(r.Warnings), r)
			case c.kind != "" && r.Warnings[0].Kind != c.kind:
				t.Errorf("kind %s: %+v", r.Warnings[0].Kind, r.Warnings[0])
			case c.kind == CrossReaction && r.Warnings[0].Cite.Note == "" && c.allergy != "lidocaïne":
				t.Error("a cross-reaction cites no source")
			}
		})
	}
}

func TestAnAllergyInUnknownWordsIsNotVerified(t *testing.T) {
	th := CurrentThesaurus()
	for written, want := range map[string]Reason{"truc vert de la plage": FreeText, "Augmentin": BrandName, "": EmptyName} {
		r := th.Allergies([]Allergy{{Names: []string{written}}}, []string{"amoxicilline"})
		if len(r.Warnings) > 0 != (want == BrandName) || len(r.Unverified) != 1 || r.Unverified[0].Reason != want || r.Unverified[0].Of != OfAllergy {
			t.Errorf("%q: %+v", written, r)
		}
	}
	if r := th.Allergies([]Allergy{{Names: []string{"aucune allergie connue"}}}, []string{"amoxicilline"}); len(r.Unverified) != 0 {
		t.Errorf("no allergy was told as not verified: %+v", r)
	}
}

func TestTheCodedNamesOfAnAllergyCount(t *testing.T) {
	a := AllergyOf(fhir.Item{Code: fhir.Coding{Display: "Pénicilline"}, Text: "éruption dans l’enfance", Substances: []fhir.Coding{{Display: "amoxicilline"}}})
	r := CurrentThesaurus().Allergies([]Allergy{a}, []string{"ampicilline", "amoxicilline", "zzz"})
	if len(r.Warnings) != 2 || r.Warnings[0].Kind != Allergic || r.Warnings[1].Kind != Allergic {
		t.Errorf("%+v", r.Warnings)
	}
	if len(r.Unverified) != 1 || r.Unverified[0].Written != "zzz" || r.Unverified[0].Of != OfTreatment {
		t.Errorf("%+v", r.Unverified)
	}
}

func TestDuplicates(t *testing.T) {
	th := CurrentThesaurus()
	for _, c := range []struct {
		all  []string
		kind Kind
	}{
		{[]string{"paracétamol", "paracétamol + codéine"}, SameSubstance},
		{[]string{"Metformine 500 mg", "sitagliptine + metformine"}, SameSubstance},
		{[]string{"citrate de potassium", "chlorure de potassium"}, SameSubstance},
		{[]string{"ibuprofène", "naproxène"}, SameClass},
		{[]string{"ramipril", "périndopril"}, SameClass},
		{[]string{"atorvastatine", "simvastatine"}, SameClass},
		{[]string{"zopiclone", "oxazépam"}, SameClass},
		{[]string{"oméprazole", "pantoprazole"}, SameClass},
		{[]string{"warfarine", "apixaban"}, SameClass},
		{[]string{"warfarine", "AVK"}, SameClass},
		{[]string{"bisoprolol", "digoxine"}, ""}, // both bradycardisants, a class of a common risk
		{[]string{"amlodipine", "metformine"}, ""},
		{[]string{"paracétamol + codéine"}, ""},
		{[]string{"losartan + irbésartan", "valsartan"}, SameClass}, // one class, told once
	} {
		r := th.Duplicates(c.all)
		switch {
		case c.kind == "" && len(r.Warnings) != 0:
			t.Errorf("%v: %+v", c.all, r.Warnings)
		case c.kind != "" && (len(r.Warnings) != 1 || r.Warnings[0].Kind != c.kind || r.Warnings[0].A.Index != 0 || r.Warnings[0].B.Index != 1):
			t.Errorf("%v: %+v", c.all, r.Warnings)
		}
	}
}

// TestAnAllergyIsCalledWhatPeopleCallIt, also where the rule speaks of a substance that
// was coded beside it.
func TestAnAllergyIsCalledWhatPeopleCallIt(t *testing.T) {
	a := AllergyOf(fhir.Item{Resource: "AllergyIntolerance", Text: "Pénicilline", Substances: []fhir.Coding{{Display: "amoxicilline"}}})
	r := CurrentThesaurus().Allergies([]Allergy{a}, []string{"amoxicilline"})
	if len(r.Warnings) != 1 || r.Warnings[0].Title("fr") != "amoxicilline et l’allergie\u00a0: Pénicilline" {
		t.Errorf("%+v", r.Warnings)
	}
}
