package advice

import (
	"strings"
	"testing"
)

// TestWordsAreCompleteInBothLanguages also holds that nothing promises safety.
func TestWordsAreCompleteInBothLanguages(t *testing.T) {
	var fr, en []string
	add := func(f func(lang string) string) {
		fr, en = append(fr, f("fr")), append(en, f("en"))
	}
	for _, l := range []Level{Consider, Caution, NotAdvised, Contraindicate} {
		add(l.Label)
	}
	side := Side{Written: "x", Name: "x", Group: "g"}
	for _, k := range kindOrder {
		w := Warning{Kind: k, Levels: []Level{NotAdvised, Caution}, A: side, B: side, Months: 3, Cite: Citation{Source: "s", Edition: "e", Note: "n"}}
		add(w.Label)
		add(w.Title)
		add(w.Cite.Text)
		if k != SameSubstance {
			add(w.Detail)
		}
	}
	for _, r := range []Reason{UnknownName, BrandName, EmptyName, NoRules, FreeText, NothingKnown, NoBirthDate, NoDate} {
		add(Unverified{Reason: r, Hint: "h"}.Message)
	}
	for _, s := range []DueState{DueLate, DueNow, DueUnknown, DueSoon, DueDone} {
		add(s.Label)
		add(Vaccination{State: s, Basis: "obligatoire", Undated: true}.Detail)
	}
	add(func(lang string) string { return Limits("2019-09", lang) })
	add(func(lang string) string { return CalendarLimits("2025", lang) })
	for i := range fr {
		if strings.Trim(fr[i], " ") == "" || strings.Trim(en[i], " ") == "" {
			t.Errorf("no words: %q %q", fr[i], en[i])
		}
		for _, sign := range []string{" :", " ;", " ?", " !", "'"} {
			if strings.Contains(fr[i], sign) {
				t.Errorf("typography of %q", fr[i])
			}
		}
		for _, promise := range []string{"à jour.", "est à jour", "sans danger", "up to date"} {
			if strings.Contains(fr[i]+en[i], promise) {
				t.Errorf("%q promises", fr[i])
			}
		}
	}
}
