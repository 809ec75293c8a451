package pdfium

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// folded is text made comparable: without accents and case, ligatures undone,
// white space as one blank, hyphens at a line's end gone. at gives for each rune
// the index of the character that it comes from.
type folded struct {
	runes []rune
	at    []int
}

// fold makes characters comparable.
func fold(chars []rune) folded {
	f := folded{runes: make([]rune, 0, len(chars)), at: make([]int, 0, len(chars))}
	for i := 0; i < len(chars); i++ {
		r := chars[i]
		switch {
		case r == 0 || r == 0xFFFE || r == 0xAD || r == 2:
			// PDFium writes U+0002 for a hyphen at a line's end, then the line's end.
			for i+1 < len(chars) && (chars[i+1] == '\r' || chars[i+1] == '\n') {
				i++
			}
		case unicode.IsSpace(r):
			if n := len(f.runes); n > 0 && f.runes[n-1] != ' ' {
				f.runes, f.at = append(f.runes, ' '), append(f.at, i)
			}
		case r < 0x80:
			f.runes, f.at = append(f.runes, unicode.ToLower(r)), append(f.at, i)
		default:
			for _, x := range foldRune(r) {
				f.runes, f.at = append(f.runes, x), append(f.at, i)
			}
		}
	}
	return f
}

// foldRune folds one rune beyond ASCII into its plain lower-case letters.
func foldRune(r rune) []rune {
	switch r {
	case 'œ', 'Œ':
		return []rune("oe")
	case 'æ', 'Æ':
		return []rune("ae")
	case 'ß':
		return []rune("ss")
	case '\u2018', '\u2019', '\u02bc':
		return []rune{'\''}
	case '\u2010', '\u2011', '\u2012', '\u2013', '\u2014':
		return []rune{'-'}
	}
	var out []rune
	for _, x := range norm.NFKD.String(string(r)) {
		if !unicode.Is(unicode.Mn, x) {
			out = append(out, unicode.ToLower(x))
		}
	}
	return out
}

// foldQuery folds what a person typed.
func foldQuery(q string) []rune {
	return []rune(strings.TrimSpace(string(fold([]rune(q)).runes)))
}

// find gives the spans [from, to) of characters where query stands.
func (f folded) find(query []rune, most int) [][2]int {
	var spans [][2]int
	if len(query) == 0 {
		return nil
	}
	for i := 0; i+len(query) <= len(f.runes) && len(spans) < most; {
		if !match(f.runes[i:], query) {
			i++
			continue
		}
		spans = append(spans, [2]int{f.at[i], f.at[i+len(query)-1] + 1})
		i += len(query)
	}
	return spans
}

func match(text, query []rune) bool {
	for i, q := range query {
		if text[i] != q {
			return false
		}
	}
	return true
}
