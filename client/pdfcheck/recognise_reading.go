package pdfcheck

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"carnet/client/pdfcheck/internal/pattern"
)

// reading is a text in two spellings that run in step: text as written, put in
// order; plain without accents and case, for patterns. Byte i of plain is rune
// i of text.
type reading struct {
	text   []rune
	plain  string
	found  [][][2]int // where each of the patterns that every text is searched for stands
	others []span     // where other people than the patient are named

	surnames  []int       // where words stand that are names there only
	rowBirths []birth     // dates of birth that stand in tables
	bound     []statement // names before days that nothing is said of
}

// span is a half-open range of positions.
type span struct{ from, to int }

func (s span) has(i int) bool { return s.from <= i && i < s.to }

var (
	ordered = strings.NewReplacer("œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE", "ﬁ", "fi", "ﬂ", "fl", "ß", "ss",
		"’", "'", "ʼ", "'", "‘", "'", "‐", "-", "‑", "-", "–", "-", "—", "-", "−", "-", "\u00ad", "",
		"\r\n", "\n", "\r", "\n", "\f", "\n", "\v", "\n", "´", "", "¨", "", "\u02c6", "", "\u200b", "", "\ufeff", "")
	// spaced is a word whose letters stand apart: "M A R T I N".
	spaced = pattern.NewForm(`(?:^|[ \n:])\p{L}(?: \p{L}){2,}(?:[ \n:,]|$)`)
)

func newReading(text string) *reading {
	text = norm.NFC.String(ordered.Replace(strings.ToValidUTF8(text, " ")))
	r := &reading{text: make([]rune, 0, len(text))}
	space := false
	for _, c := range text {
		switch {
		case c == '\n':
			r.text, space = append(r.text, c), true
		case unicode.IsSpace(c):
			if !space {
				r.text = append(r.text, ' ')
			}
			space = true
		case c >= 0x300 && unicode.Is(unicode.Mn, c) || unicode.IsControl(c):
		default:
			r.text, space = append(r.text, c), false
		}
	}
	r.join()
	b := make([]byte, len(r.text))
	for i, c := range r.text {
		b[i] = folded(c)
	}
	r.plain = string(b)
	r.found = textForms.FindAll(r.plain)
	return r
}

// join joins the letters of words that are written apart.
func (r *reading) join() {
	text := string(r.text)
	apart := spaced.All(text)
	if len(apart) == 0 {
		return
	}
	var b strings.Builder
	done := 0
	for _, m := range apart {
		b.WriteString(text[done:m[0]])
		b.WriteString(together(text[m[0]:m[1]]))
		done = m[1]
	}
	b.WriteString(text[done:])
	r.text = []rune(b.String())
}

// The patterns that every text is searched for, by their place in textForms; the
// labels stand behind.
const (
	findOther = iota
	findRelative
	findDoctor
	findBirth
	findDate
	findNumber
	findSex
	findTitle
	findLabels
)

var textForms = pattern.NewFamily(append([]string{otherLine, relative, doctor, birthForm, dateForm, numberForm, sexForm, titleForm}, labelForms()...)...)

func labelForms() []string {
	var out []string
	for _, l := range labels {
		out = append(out, l.form)
	}
	return out
}

// together joins letters that stand apart.
func together(s string) string {
	var b strings.Builder
	runes := []rune(s)
	for i, c := range runes {
		if c == ' ' && i > 0 && i+1 < len(runes) && unicode.IsLetter(runes[i-1]) {
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// folded gives one byte for a rune: its letter without accent and case; "x" for
// a letter that has none, "*" for other signs.
func folded(c rune) byte {
	if c < 0x80 {
		return lowered(byte(c))
	}
	if c < latin {
		return foldedLatin()[c]
	}
	return decomposed(c)
}

// latin is behind the letters that French and its neighbours are written with.
const latin = 0x250

// foldedLatin is folded of these.
var foldedLatin = sync.OnceValue(func() *[latin]byte {
	var out [latin]byte
	for c := range out {
		out[c] = decomposed(rune(c))
	}
	return &out
})

// decomposed is folded of what is not ASCII.
func decomposed(c rune) byte {
	switch c {
	case 'ø', 'Ø':
		return 'o'
	case 'ł', 'Ł':
		return 'l'
	case '°', 'º':
		return 'o'
	}
	var buf [8]byte
	d := norm.NFKD.Append(buf[:0], []byte(string(c))...)
	switch {
	case len(d) > 0 && d[0] < 0x80:
		return byte(unicode.ToLower(rune(d[0])))
	case unicode.IsLetter(c):
		return 'x'
	}
	return '*'
}

// lineEnd gives where the line of a position ends.
func (r *reading) lineEnd(i int) int {
	if n := strings.IndexByte(r.plain[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(r.plain)
}

// lineStart gives where the line of a position begins.
func (r *reading) lineStart(i int) int { return strings.LastIndexByte(r.plain[:i], '\n') + 1 }

// other tells whether a position is where other people are named.
func (r *reading) other(i int) bool {
	for _, s := range r.others {
		if s.has(i) {
			return true
		}
	}
	return false
}

const (
	// otherLine is what begins a line, or a column, about somebody who is not
	// the patient: who prescribes, does, signs, receives.
	otherLine = `\b(?:prescripteur|prescrite? par|prescription (?:de|du) (?:dr|docteur)|medecins?(?: (?:traitant|prescripteur|demandeur|correspondant|biologiste|referent|adresseur|responsable))?|biologistes?(?: (?:medical|responsable|medicaux)s?)?|correspondants?|copies? ?(?:a|au|pour|adressee a)?|cc|destinataires?|adressee? par|demandeur|demandee? par|valide(?:e)? (?:biologiquement )?par|signe(?:e)? (?:electroniquement )?par|redige(?:e)? par|operateurs?|chirurgiens?|anesthesistes?|aides? operatoires?|radiologues?|manipulat\w+|pharmaciens?|infirmiere?s?|sages?-femmes?|kinesitherapeutes?|praticiens?|interlocuteur|secretariat|chefs? de (?:service|clinique)|internes?|vaccinateur) ?(?:\([^)\n]{0,20}\) ?)?:|(?m:^ ?(?:prescripteur|copies?|destinataires?|medecin (?:traitant|prescripteur))\b)`
	// relative is what begins a line about the patient's family.
	relative = `\b(?:mere|pere|parents?|conjointe?|mari|epoux|personnes? (?:de confiance|a prevenir|a contacter)|tut(?:eur|rice)|curat(?:eur|rice)|representante? legale?s?|assuree?s?|ouvrant droit|fil(?:s|le) de|frere|soeur|jumeau|jumelle|contact) ?(?:\([^)\n]{0,20}\) ?)?:|(?m:^ ?(?:mere|pere|conjointe?|personne de confiance|representante? legale?|assuree?)\b)`
	// doctor is a title and the name that follows it.
	doctor = `\b(?:drs?|docteurs?|prs?|professeurs?|dres?se)\b[. ]*(?:[a-z][a-z'.-]*[ ,]*){1,4}`
)

// What is said of the patient again, in another column or sentence.
var (
	afterRelative = pattern.NewForm(`\b(?:patiente?|concerne)\b`)
	afterOther    = pattern.NewForm(`\b(?:patiente?|concerne|nom de naissance|nom ?:|prenoms? ?:|ne\(?e?\)? le|nee? le|date de naissance|ddn)\b`)
	afterDoctor   = pattern.NewForm(`\b(?:patiente?|concerne|nom(?: de naissance)?|prenoms?|ne\(?e?\)? le|nee? le|date de naissance|ddn|mme|mlle|madame|monsieur)\b`)
)

// otherPeople gives where a text names other people than its patient.
func (r *reading) otherPeople() []span {
	plain := r.plain
	var out []span
	for find, after := range map[int]pattern.Form{findOther: afterOther, findRelative: afterRelative} {
		for _, m := range r.found[find] {
			from := m[1]
			line := strings.TrimLeft(plain[from:], " ")
			if strings.HasPrefix(line, "\n") { // the name stands on the next line
				from = len(plain) - len(strings.TrimLeft(line, " \n"))
			}
			out = append(out, span{m[0], cutAt(plain, from, from+lineLength(plain[from:]), after)})
		}
	}
	for _, m := range r.found[findDoctor] {
		out = append(out, span{m[0], cutAt(plain, m[0], m[1], afterDoctor)})
	}
	return out
}

// cutAt cuts a place where a form begins.
func cutAt(plain string, from, to int, form pattern.Form) int {
	if at, _, ok := form.First(plain[from:to]); ok {
		return from + at
	}
	return to
}

func lineLength(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}
