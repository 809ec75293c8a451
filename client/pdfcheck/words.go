package pdfcheck

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// word is a run of letters or digits, without accents and case. glued says that
// a hyphen joins it to the word before: MARTIN-DUBOIS is no MARTIN.
type word struct {
	text  string
	glued bool
}

var unligated = strings.NewReplacer("œ", "oe", "Œ", "oe", "æ", "ae", "Æ", "ae", "’", "'", "‑", "-", "–", "-", "\r\n", "\n", "\r", "\n")

// plain folds text: lower case, no accents, ligatures undone, every blank one
// space, except line ends, which stay.
func plain(text string) string {
	if isPlain(text) {
		return text
	}
	text = norm.NFKD.String(unligated.Replace(text))
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		switch {
		case r > ' ' && r < 0x7f:
			b.WriteByte(lowered(byte(r)))
		case unicode.Is(unicode.Mn, r):
		case r == '\n':
			b.WriteByte('\n')
		case unicode.IsSpace(r) || r == 0xAD:
			b.WriteByte(' ')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// isPlain tells whether folding changes nothing, as of most words.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c >= 0x7f || c < ' ' && c != '\n' || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

func lowered(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// words cuts plain text into words.
func words(text string) []word {
	var out []word
	start, hyphen := -1, false
	flush := func(end int) {
		if start >= 0 {
			out = append(out, word{text[start:end], hyphen && len(out) > 0})
			start, hyphen = -1, false
		}
	}
	for i, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			if start < 0 {
				start = i
				hyphen = i > 0 && text[i-1] == '-' && i > 1 && !unicode.IsSpace(rune(text[i-2]))
			}
			continue
		}
		flush(i)
	}
	flush(len(text))
	return out
}

// hasWords tells whether plain text has so many words.
func hasWords(text string, least int) bool {
	inside := false
	for _, r := range text {
		was := inside
		if inside = unicode.IsLetter(r) || unicode.IsDigit(r); inside && !was {
			if least--; least <= 0 {
				return true
			}
		}
	}
	return false
}

// occurrences gives the positions in ws where name stands as a whole: its words
// one after the other (or written as one), not a part of a longer hyphenated
// name. after is the position behind it.
func occurrences(ws []word, name string) (at [][2]int) {
	parts := words(plain(name))
	if len(parts) == 0 {
		return nil
	}
	joined := ""
	for _, p := range parts {
		joined += p.text
	}
	for i := range ws {
		n := len(parts)
		if ws[i].text == joined {
			n = 1
		} else if !sequence(ws[i:], parts) {
			continue
		}
		if ws[i].glued || i+n < len(ws) && ws[i+n].glued {
			continue
		}
		at = append(at, [2]int{i, i + n})
	}
	return at
}

func sequence(ws, parts []word) bool {
	if len(ws) < len(parts) {
		return false
	}
	for i, p := range parts {
		if ws[i].text != p.text {
			return false
		}
	}
	return true
}
