package batch

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"carnet/client"
	"carnet/client/terminology"
)

// maxSaid is how much of a server's words is shown, in characters.
const maxSaid = 300

// telling is what may tell of a person or of a document: addresses, unique ids,
// references, and numbers of six digits and more, however they are set apart.
var telling = regexp.MustCompile(`\b(?:urn:|https?://)\S+|\S+@\S+|\b[A-Z][A-Za-z]+/[A-Za-z0-9.\-]+|\b[0-9a-fA-F]{8}-[0-9a-fA-F\-]{4,}|\d(?:[ .\-/\x{a0}\x{202f}]?\d){5,}`)

// sanitised gives a server's words without what tells of a person: whoever reads
// the row knows whom it is about, and words are copied where rows are not.
func sanitised(said string, p *client.Patient) string {
	said = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(said, " "), func(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' || unicode.IsControl(r) }), " ")
	said = telling.ReplaceAllString(said, "…")
	if p != nil {
		var names []string
		for _, n := range append([]string{p.BirthName, p.UsedName, p.FirstGiven}, p.Given...) {
			names = append(names, strings.Fields(terminology.Fold(n))...)
		}
		said = hide(said, names)
	}
	if runes := []rune(said); len(runes) > maxSaid {
		said = string(runes[:maxSaid]) + "…"
	}
	return said
}

// hide takes names out of words, whatever their case and accents.
func hide(text string, names []string) string {
	var out strings.Builder
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for text != "" {
		n := strings.IndexFunc(text, isWord)
		if n < 0 {
			break
		}
		out.WriteString(text[:n])
		text = text[n:]
		end := strings.IndexFunc(text, func(r rune) bool { return !isWord(r) })
		if end < 0 {
			end = len(text)
		}
		if slices.Contains(names, terminology.Fold(text[:end])) {
			out.WriteString("…")
		} else {
			out.WriteString(text[:end])
		}
		text = text[end:]
	}
	return out.String() + text
}
