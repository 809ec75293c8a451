package pdfcheck

import (
	"strings"
	"testing"
	"time"
)

// TestTheDateOfTheActIsFoundInTheText: what documents say, and what they say
// that is not it.
func TestTheDateOfTheActIsFoundInTheText(t *testing.T) {
	for text, want := range map[string]string{
		"Acte du 12/11/2026": "2026-11-12",
		"Prélevé le 12/11/2026 à 08:10, édité le 13/11/2026":                  "2026-11-12",
		"Prélevé le :\n12.11.2026":                                            "2026-11-12",
		"Date de l'examen : 12-11-2026":                                       "2026-11-12",
		"Date de l’examen : jeudi 12 novembre 2026":                           "2026-11-12",
		"Date et heure de prélèvement : 2026-11-12 08:00":                     "2026-11-12",
		"Scanner thoracique du 3 mars 2026":                                   "2026-03-03",
		"Reims, le 1er février 2026\nCher confrère,":                          "2026-02-01",
		"Fait à Châlons-en-Champagne, le 12 nov. 2026":                        "2026-11-12",
		"Le 12 août 2026\nCompte rendu":                                       "2026-08-12",
		"Consultation du\u00a012\u00a0novembre\u00a02026":                     "2026-11-12",
		"Date : 12/11/2026":                                                   "2026-11-12",
		"Reims, le 14 novembre 2026\nExamen réalisé le 12/11/2026":            "2026-11-12 2026-11-14",
		"Prélevé le 12/11/2026\nSuite : prélevé le 12/11/2026":                "2026-11-12",
		"Vue en consultation le 12/11/2026":                                   "2026-11-12",
		"Examen du 12/11/2026\nComparaison avec l'examen du 03/02/2024":       "2026-11-12",
		"Examen du 12/11/2026, par rapport à l’examen du 03/02/2024 : stable": "2026-11-12",
		// traps
		"":                 "",
		"Né le 28/03/1979": "",
		"MARTIN Léa, née à Reims, le 28 mars 1979":                               "",
		"Date de naissance : 28/03/1979":                                         "",
		"Date de naissance :\n28/03/1979":                                        "",
		"Prochain examen le 12/12/2026":                                          "",
		"Rendez-vous le 12/12/2026":                                              "",
		"Édité le 13/11/2026":                                                    "",
		"Ordonnance du 10/11/2026":                                               "",
		"Examen prescrit, ordonnance du 10/11/2026":                              "",
		"Traitement depuis le 10/11/2026, jusqu’au 12/12/2026":                   "",
		"Acte du 32/11/2026":                                                     "",
		"Acte du 31/02/2026":                                                     "",
		"Acte du 12/13/2026":                                                     "",
		"Lot 12/11/2026":                                                         "",
		"Prélevé le 11/11/2026, examen du 12/11/2026":                            "2026-11-11 2026-11-12",
		"Hospitalisée du 02/11/2026 au 09/11/2026, Reims, le 10/11/2026":         "2026-11-09 2026-11-10",
		"Prélevé le 12/11/26":                                                    "",
		"tél. 12.11.20.26.12":                                                    "",
		"Examen du 12/11/2026\nExamen du 03/02/2024":                             "", // two answers are none
		"Reims, le 14 novembre 2026\nExamen du 12/11/2026\nExamen du 03/02/2024": "",
	} {
		var got []string
		for _, d := range ActDates(text, time.UTC) {
			got = append(got, d.Format(time.DateOnly))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q gives %v, want %q", text, got, want)
		}
	}
}

// FuzzActDates: any text gives days of the calendar, at noon.
func FuzzActDates(f *testing.F) {
	for _, s := range []string{"", "Acte du 12/11/2026", "le 1er mars 2026", "acte du 99/99/9999", "\xff, le 3 mai 2026"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range ActDates(text, time.UTC) {
			if d.Hour() != 12 || d.Year() < 1901 || d.Year() > 9999 {
				t.Errorf("%q gives %v", text, d)
			}
		}
	})
}
