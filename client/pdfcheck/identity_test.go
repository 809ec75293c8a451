package pdfcheck

import "testing"

// lea and her kin. The numbers are test identities.
func lea() Identity {
	return Identity{INS: "279035121518989", BirthName: "MARTIN", UsedName: "DUBOIS", Given: []string{"Léa", "Marie"}, BirthDate: "1979-03-28"}
}

func TestCompareIdentity(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Outcome
	}{
		"the INS":                          {"Laboratoire Cernay\nINS 2 79 03 51 215 189 89\nHémogramme", Match},
		"the INS without groups":           {"Compte rendu pour le dossier 279035121518989 du jour", Match},
		"the number without its key":       {"Compte rendu, assurée 2 79 03 51 215 189, résultats", Match},
		"all traits":                       {"Patiente : Mme MARTIN Léa, née le 28/03/1979\nHémoglobine 13 g/dL", Match},
		"accents and capitals lost":        {"PATIENTE : MARTIN LEA  DDN 28.03.1979 GLYCEMIE", Match},
		"given name first, date in words":  {"Madame Léa Martin (née le 28 mars 1979) a consulté ce jour", Match},
		"the used name":                    {"Mme DUBOIS née MARTIN, prénom : Léa, naissance : 1979-03-28, consultation", Match},
		"split over lines":                 {"Nom : MARTIN\nPrénom : Léa\nDate de naissance :\n28/03/1979\nRésultats", Match},
		"year of two digits":               {"MARTIN Léa née le 28/03/79, résultats du bilan", Match},
		"a twin, by given name":            {"Patient : MARTIN Jeanne, née le 28/03/1979\nHémoglobine 13 g/dL", Mismatch},
		"a twin, said so":                  {"Nom : MARTIN\nPrénom : Jeanne\nDate de naissance : 28/03/1979\nRésultats", Mismatch},
		"a twin, by INS":                   {"MARTIN Léa 28/03/1979 INS 279035121519088 résultats", Mismatch},
		"a namesake":                       {"Patiente : Mme MARTIN Léa, née le 12/11/1985\nHémoglobine 13 g/dL", Mismatch},
		"a double name":                    {"Patiente : Mme MARTIN-DURAND Léa, née le 28/03/1979", Unsure},
		"a double given name":              {"Patiente : Mme MARTIN Marie-Léa, née le 28/03/1979 résultats", Unsure},
		"somebody else":                    {"Patient : M. BERNARD Paul, né le 02/01/1950\nScanner thoracique", Mismatch},
		"somebody else without date":       {"Patient : M. BERNARD Paul\nScanner thoracique sans injection", Mismatch},
		"nobody":                           {"Conseils pour bien suivre un traitement par anticoagulants, à lire avec attention.", Unsure},
		"a picture":                        {"", Unsure},
		"a doctor of that name":            {"Docteur Léa MARTIN\nPatient : M. BERNARD Paul, né le 02/01/1950", Mismatch},
		"the name alone":                   {"Courrier concernant MARTIN, merci de votre accueil", Unsure},
		"a parent's number on it":          {"MARTIN Léa née le 28/03/1979, assuré 155086304902111 résultats", Unsure},
		"another number and nothing else":  {"Assuré 155086304902111, résultats du laboratoire", Mismatch},
		"another date, not said of birth":  {"MARTIN Léa, prélèvement du 28/02/2026, résultats", Unsure},
		"hyphens of the printer's choice":  {"Patiente : MARTIN – Léa – 28/03/1979 résultats", Match},
		"only half of a birth date equals": {"MARTIN Léa née le 28/03/1978 résultats", Mismatch},
	} {
		if got := CompareIdentity(c.text, lea()); got.Outcome != c.want {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
	if c := CompareIdentity("", lea()); !c.NoText {
		t.Error("a picture must say that it has no text")
	}
}

func TestCompareIdentityOfUnusualNames(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		id   Identity
	}{
		"a particle written as one word": {"LEGOFF Yann né le 01/02/1960 résultats", Identity{BirthName: "LE GOFF", Given: []string{"Yann"}, BirthDate: "1960-02-01"}},
		"an apostrophe":                  {"Mme D’ARC Jeanne née le 1er mai 1990 résultats", Identity{BirthName: "D'ARC", Given: []string{"Jeanne"}, BirthDate: "1990-05-01"}},
		"a hyphenated given name":        {"M. DUPONT Jean Pierre né le 05/12/1944 résultats", Identity{BirthName: "DUPONT", Given: []string{"Jean-Pierre"}, BirthDate: "1944-12-05"}},
		"a hyphenated name":              {"MARTIN-DUBOIS Hélène, 2 novembre 1979, bilan", Identity{BirthName: "MARTIN-DUBOIS", Given: []string{"Hélène"}, BirthDate: "1979-11-02"}},
		"a Corsican number":              {"INS 1 84 12 2A 123 456 resultats", Identity{INS: "184122A12345642", BirthName: "X"}},
		"a ligature":                     {"Patiente NOEL Œnone née le 03/04/2001", Identity{BirthName: "NOËL", Given: []string{"Oenone"}, BirthDate: "2001-04-03"}},
	} {
		if got := CompareIdentity(c.text, c.id); got.Outcome != Match {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func FuzzCompareIdentity(f *testing.F) {
	f.Add("Nom : MARTIN\nPrénom : Léa née le 28 mars 1979 279035121518989")
	f.Add("1er mai --- \xff 2a")
	f.Fuzz(func(t *testing.T, text string) {
		c := CompareIdentity(text, lea())
		if c.Outcome == Match && c.INS != Same && (c.Name != Same || c.Given != Same || c.Birth != Same) {
			t.Fatalf("a match that rests on nothing: %+v", c)
		}
		if _, sure := GuessType(text); sure < 0 || sure > 1 {
			t.Fatalf("confidence %v", sure)
		}
	})
}
