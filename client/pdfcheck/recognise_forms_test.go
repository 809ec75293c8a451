package pdfcheck

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"carnet/client/pdfcheck/internal/pattern"
)

// TestFormsMeanWhatTheySay: every pattern that texts are searched for is found
// where package regexp finds it, in documents of all wordings.
func TestFormsMeanWhatTheySay(t *testing.T) {
	forms := []pattern.Form{
		spaced, afterRelative, afterOther, afterDoctor, anyDate, birthDay, insLabel, nirLabel, insured, fieldName, tableBirth,
		dated, notTheAct, besideDate, printed, resultLine, medicine,
	}
	var exprs []string
	for _, f := range []*pattern.Family{textForms, clueForms, lineForms, refinedForms, actLabels} {
		exprs = append(exprs, f.Patterns()...)
	}
	for _, f := range forms {
		exprs = append(exprs, f.String())
	}
	slow := make([]*regexp.Regexp, len(exprs))
	for i, e := range exprs {
		slow[i] = regexp.MustCompile(e)
		if slow[i].MatchString("") && !strings.HasSuffix(e, "$") {
			t.Errorf("%s fits nothing at all", e)
		}
	}
	all := pattern.NewFamily(exprs...)
	for _, wordings := range []string{"dev", "heldout", "fresh"} {
		a := newAuthor(wordings, wordings, 31)
		for range 16 / min(share, 4) {
			c := newCitizen(a.r)
			written := a.write(c, "Dr "+pick(a.r, menNames)+" "+pick(a.r, familyNames)).text
			for _, text := range []string{newReading(written).plain, plain(written), written} {
				which, found := all.Which(text), all.FindAll(text)
				for i, re := range slow {
					if want := spans(re, text); !reflect.DeepEqual(found[i], want) || which[i] != (want != nil) {
						t.Fatalf("%s: %v, %v, regexp says %v, in\n%s", exprs[i], which[i], found[i], want, text)
					}
				}
			}
		}
	}
}

func spans(re *regexp.Regexp, text string) (out [][2]int) {
	for _, m := range re.FindAllStringIndex(text, -1) {
		out = append(out, [2]int{m[0], m[1]})
	}
	return out
}

// BenchmarkRecognise is what the engine asks of the text of each file.
func BenchmarkRecognise(b *testing.B) {
	a := newAuthor("dev", "dev", 5)
	var texts []string
	for len(texts) < 50 {
		texts = append(texts, a.write(newCitizen(a.r), "Dr Anne MOREL").text+strings.Repeat("Hémoglobine 13.37 g/dL 12.00 - 16.00\nCréatinine 57.58 µmol/L 45.00 - 90.00\n", 90))
	}
	for name, read := range map[string]func(string){
		"GuessType":       func(s string) { GuessType(s) },
		"ReadIdentity":    func(s string) { ReadIdentity(s) },
		"CompareIdentity": func(s string) { CompareIdentity(s, lea()) },
	} {
		b.Run(name, func(b *testing.B) {
			for _, s := range texts {
				read(s) // the automata are made once
			}
			for i := 0; b.Loop(); i++ {
				read(texts[i%len(texts)])
			}
		})
	}
}
