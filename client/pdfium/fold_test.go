package pdfium

import "testing"

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Hémoglobine GLYQUÉE":             "hemoglobine glyquee",
		"Cœur\u00a0: régulier":            "coeur : regulier",
		"e\u0301te\u0301":                 "ete",
		"o\ufb03ce":                       "office",
		"d\u2019été":                      "d'ete",
		"a \r\n\t b":                      "a b",
		"exa\u00admen":                    "examen",
		"exa\u0002\r\nmen":                "examen",
		"\u00c6gilops \u2013 Stra\u00dfe": "aegilops - strasse",
	} {
		f := fold([]rune(in))
		if string(f.runes) != want || len(f.at) != len(f.runes) {
			t.Errorf("%q folds to %q, want %q", in, string(f.runes), want)
		}
	}
}

func TestFindGivesTheCharactersOfTheOriginal(t *testing.T) {
	text := []rune("un œuf, un ŒUF\r\ndur")
	f := fold(text)
	spans := f.find(foldQuery("Oeuf"), 10)
	if len(spans) != 2 || string(text[spans[0][0]:spans[0][1]]) != "œuf" || string(text[spans[1][0]:spans[1][1]]) != "ŒUF" {
		t.Fatalf("%v", spans)
	}
	if spans = f.find(foldQuery("uf dur"), 10); len(spans) != 1 || string(text[spans[0][0]:spans[0][1]]) != "UF\r\ndur" {
		t.Fatalf("%v", spans)
	}
	if spans = f.find(foldQuery("u"), 2); len(spans) != 2 {
		t.Fatalf("the bound was passed: %v", spans)
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Hémoglobine\r\n", "hemo")
	f.Add("\ufb03\u0301", "i")
	f.Add("\xff\u0002\r", "")
	f.Fuzz(func(t *testing.T, text, query string) {
		chars := []rune(text)
		for _, s := range fold(chars).find(foldQuery(query), 100) {
			if s[0] < 0 || s[0] >= s[1] || s[1] > len(chars) {
				t.Fatalf("span %v of %d characters", s, len(chars))
			}
		}
	})
}
