package terminology

import "strings"

// Fold makes two spellings of French words comparable, for filters and for
// names side by side: lower case, without accents, ligatures undone, hyphens,
// apostrophes and blanks as one space. "Hélène MARTIN-DUBOIS" and
// "helene martin dubois" are the same. What has no letter under an accent of
// ours stays as it is. The server compares names on its own.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := true // at the start, and after a separator
	for _, r := range strings.ToLower(s) {
		switch r {
		case ' ', '\t', '-', '\'', '’', '\u00a0', '\u202f', '‐', '‑':
			space = true
			continue
		case 'œ':
			writeFolded(&b, "oe", &space)
			continue
		case 'æ':
			writeFolded(&b, "ae", &space)
			continue
		}
		writeFolded(&b, string(base(r)), &space)
	}
	return b.String()
}

// writeFolded writes a letter, after one space when a separator came before.
func writeFolded(b *strings.Builder, s string, space *bool) {
	if *space && b.Len() > 0 {
		b.WriteByte(' ')
	}
	*space = false
	b.WriteString(s)
}

// base gives the letter under an accent of the languages met in French civil
// registers.
func base(r rune) rune {
	const from = "àáâãäåāçćčèéêëēęìíîïīłñńòóôõöøōùúûüūýÿšžß"
	const to__ = "aaaaaaaccceeeeeeiiiiilnnooooooouuuuuyyszs"
	if r < 0x80 {
		return r
	}
	i := 0
	for _, f := range from {
		if f == r {
			return rune(to__[i])
		}
		i++
	}
	return r
}
