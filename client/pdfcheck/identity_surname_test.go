package pdfcheck

import "testing"

// TestShortSurnames: words that are no names elsewhere are the patient's name
// behind its label, and then tell people apart.
func TestShortSurnames(t *testing.T) {
	const rest = "\nPrénoms : Léa\nDate de naissance : 28/03/1979   Sexe : F\nHémogramme, résultats"
	for text, want := range map[string]string{
		"Nom de naissance : SA" + rest:                                          "SA",
		"Nom de naissance : MARTIN OU" + rest:                                   "MARTIN OU",
		"NOM DE NAISSANCE : LE GOFF CE   SEXE : F" + rest:                       "LE GOFF CE",
		"Nom : PLACE" + rest:                                                    "PLACE",
		"Nom d'usage : BP   Nom de naissance : CE" + rest:                       "CE",
		"Nom de naissance : MARTIN" + rest:                                      "MARTIN",
		"Nom de naissance ou nom d'usage : MARTIN" + rest:                       "",
		"NOM DE NAISSANCE OU D'USAGE\nMARTIN" + rest:                            "",
		"Nom : MARTIN ou DUBOIS" + rest:                                         "MARTIN",
		"NOM : MARTIN OU DUBOIS" + rest:                                         "MARTIN",
		"NOM : EN COURS" + rest:                                                 "",
		"Nom de naissance :\nAU" + rest:                                         "",
		"Nom du médecin : SA\nNom de naissance : MARTIN\nLaboratoire SA" + rest: "MARTIN",
	} {
		if got := ReadIdentity(text).BirthName; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	who := func(name string) Identity {
		return Identity{BirthName: name, Given: []string{"Léa"}, BirthDate: "1979-03-28"}
	}
	for _, c := range []struct {
		text, name string
		want       Outcome
	}{
		{"SA", "SA", Match},
		{"MARTIN OU", "MARTIN OU", Match},
		{"MARTIN OU", "MARTIN", Unsure},
		{"SA", "CE", Unsure},
		{"SA", "MARTIN", Unsure},
		{"MARTIN", "SA", Unsure},
		{"MARTIN", "MARTIN OU", Unsure},
		{"OU", "MARTIN OU", Unsure},
	} {
		if got := CompareIdentity("Nom de naissance : "+c.text+rest, who(c.name)); got.Outcome != c.want {
			t.Errorf("%s in the record of %s: %+v, want %s", c.text, c.name, got, c.want)
		}
	}
}
