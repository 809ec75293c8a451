package pdfcheck

import (
	"strings"
	"testing"
	"time"

	"carnet/client/terminology"
)

// brief writes what was found in one line.
func brief(f Found) string {
	several := ""
	if f.Several {
		several = "several"
	}
	return strings.Join([]string{strings.Join(f.INS, "+"), f.BirthName, f.UsedName, strings.Join(f.Given, " "), f.Sex, f.BirthDate, f.ActDate, several}, "|")
}

func TestReadIdentity(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "|||||||",
		"Tarte aux pommes": "|||||||",
		"Nom de naissance : MARTIN   Prénom : Léa\nNée le 28/03/1979   Sexe : F\nINS : 2 79 03 51 215 189 89": "279035121518989|MARTIN||Léa|female|1979-03-28||",
		"Patient : M. BERNARD Paul, né le 02/01/1950\nPrélevé le 12/11/2026, édité le 13/11/2026":             "|BERNARD||Paul|male|1950-01-02|2026-11-12|",
		"Mme DUBOIS Léa née MARTIN le 28 mars 1979":                                                           "|MARTIN|DUBOIS|Léa|female|1979-03-28||",
		"MARTIN ép. DUBOIS Léa (28.03.1979)":                                                                  "|MARTIN|DUBOIS|Léa|female|1979-03-28||",
		"Madame Léa Martin, née le 28 mars 1979, vue en consultation le 21 novembre 2026":                     "|Martin||Léa|female|1979-03-28|2026-11-21|",
		"Nom de naissance\nMARTIN\nNom utilisé\nDUBOIS\nPrénoms\nLéa Marie\nDate de naissance\n1979-03-28":    "|MARTIN|DUBOIS|Léa Marie||1979-03-28||",
		"Nom Prénom Date de naissance Sexe\nMARTIN Léa 28/03/1979 F":                                          "|MARTIN||Léa|female|1979-03-28||",
		"Dr Paul BERNARD\nPrescripteur : Dr Léa MARTIN\nPatiente : Mme LE GOFF Zoé née le 02.01.1950":         "|LE GOFF||Zoé|female|1950-01-02||",
		"M A R T I N  Léa né(e) le 28/03/1979":                                                                "|MARTIN||Léa||1979-03-28||",
		"Patient : MARTIN Léa née le 28/03/1979\nPatient : BERNARD Paul né le 02/01/1950":                     "|MARTIN||Léa|female|1979-03-28||several",
		"Enfant : MARTIN Zoé née le 01/02/2024\nMère : MARTIN Léa née le 28/03/1979":                          "|MARTIN||Zoé|female|2024-02-01||",
		"INS : 2 79 O3 51 2l5 189 89":                                                                         "279035121518989||||female|||",
		"Compte rendu\nÉdité le 13/11/2026":                                                                   "||||||2026-11-13|",
		"Cher confrère, merci.\nDr Léa MARTIN":                                                                "|||||||",
		"Madame, Monsieur,\nVeuillez trouver ci-joint":                                                        "|||||||",
		"NOM : DE LA TOUR\nPRENOM : JEANNE\nDDN 01/02/60":                                                     "|DE LA TOUR||JEANNE||1960-02-01||",
	} {
		if got := brief(ReadIdentity(text)); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
}

// TestReadIdentityOfLongTexts: the text of three full pages of what is hardest
// to read takes no time that a person would notice.
func TestReadIdentityOfLongTexts(t *testing.T) {
	for _, piece := range []string{"Mme MARTIN Léa née le 28/03/1979\n", "Nom : MARTIN Prénom : Léa ", "Dr A B C D ", "2 79 03 51 215 189 89 ", "M A R T I N ", "née née ", "((((", "ins : "} {
		text := strings.Repeat(piece, (32<<10)/len(piece))
		begun := time.Now()
		if c := CompareIdentity(text, lea()); c.Outcome == "" {
			t.Error("no outcome")
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("%q, repeated, took %v", piece, took)
		}
	}
}

// FuzzReadIdentity: any text is read, and what is found can be what it is
// called.
func FuzzReadIdentity(f *testing.F) {
	for _, s := range []string{labReport, "Nom Prénom Date de naissance\nMARTIN Léa 28/03/1979", "DUBOIS née MARTIN Léa (1979-03-28)", "M A R T I N\r\n\xff", "INS : 2 79 O3 5l", "œ´\u0301 Dr"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found := ReadIdentity(text)
		for _, n := range found.INS {
			if terminology.CheckNIR(n) != nil {
				t.Errorf("%q is no INS", n)
			}
		}
		for _, d := range []string{found.BirthDate, found.ActDate} {
			if _, err := time.Parse(time.DateOnly, d); d != "" && err != nil {
				t.Errorf("%q is no day", d)
			}
		}
		if found.Sex != "" && found.Sex != "male" && found.Sex != "female" {
			t.Errorf("%q is no sex", found.Sex)
		}
	})
}
