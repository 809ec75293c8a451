package pdfcheck

import (
	"slices"
	"strings"
	"unicode"
)

// weighing is what a text says, before one patient.
type weighing struct {
	r      *reading
	id     Identity
	found  Found
	people []statement
	days   []birth

	twin     bool // another INS that could be that of somebody born in the same month
	named    bool // another valid INS, and a label says that it is one
	odd      bool // what is said to be an INS is neither valid nor the patient's
	stranger bool // the text names somebody else as its patient, and not this one
	both     bool // it names somebody else beside this one
	pairs    []span
}

// numbers looks for the patient's INS and for others.
func (w *weighing) numbers(c *Comparison) {
	mine := strings.ToUpper(strings.ReplaceAll(w.id.INS, " ", ""))
	if len(mine) != 15 {
		mine = ""
	}
	for _, n := range w.r.numbers(w.id.BirthDate) {
		switch {
		case mine != "" && (n.value == mine || n.keyless && n.value[:13] == mine[:13]):
			c.INS = Same
		case n.valid && !n.mended:
			if c.INS == Absent {
				c.INS = Different
			}
			w.named = w.named || n.named && !n.insured
			w.twin = w.twin || !n.insured && sameBirth(n.value, mine, w.id.BirthDate)
		case n.named && !n.insured:
			w.odd = true
		}
	}
}

// sameBirth tells whether an INS speaks of somebody born in the same month. For
// want of the patient's own number the birth date is compared.
func sameBirth(n, mine, birth string) bool {
	if mine != "" {
		return n[1:5] == mine[1:5]
	}
	return len(birth) >= 7 && n[1:5] == birth[2:4]+birth[5:7]
}

// names looks for the name, and for the first given name beside it.
func (w *weighing) names(c *Comparison) {
	all := w.r.places()
	var at [][2]int
	for _, n := range []string{w.id.BirthName, w.id.UsedName} {
		at = append(at, occurrences(bareWords(all), n)...)
	}
	at = slices.DeleteFunc(at, func(p [2]int) bool { return all[p[0]].other })
	if len(at) == 0 || len(w.id.Given) == 0 {
		if len(at) > 0 {
			c.Name = Same
		}
		return
	}
	c.Name = Same
	own := w.own()
	for _, given := range occurrences(bareWords(all), w.id.Given[0]) {
		for _, name := range at {
			from, to := min(given[0], name[0]), max(given[1], name[1])
			apart := max(given[0], name[0]) - min(given[1], name[1])
			if all[given[0]].other || broken(all, given) || broken(all, name) || apart < 0 || apart > near || !clean(all, [2]int{from, to}, own) {
				continue
			}
			c.Given = Same
			w.pairs = append(w.pairs, span{all[from].at, all[to-1].at})
		}
	}
}

// broken tells whether a sign or a line's end stands inside a name: "Jean,
// Pierre" is no Jean-Pierre.
func broken(all []place, at [2]int) bool {
	for _, p := range all[at[0]+1 : at[1]] {
		if p.cut {
			return true
		}
	}
	return false
}

// own gives the words of the patient's names, each, and each name as one word.
func (w *weighing) own() map[string]bool {
	out := map[string]bool{}
	for _, n := range append([]string{w.id.BirthName, w.id.UsedName}, w.id.Given...) {
		out[bare(n)] = true
		for _, p := range words(plain(n)) {
			out[p.text] = true
		}
	}
	return out
}

// near is how many words may stand between a name and a given name: "MARTIN,
// née DUBOIS, prénom : Léa".
const near = 6

// place is a word where it stands.
type place struct {
	word
	at      int
	capital bool
	other   bool // where somebody else is named
	cut     bool // a line's end or a sign stands before it
	surname bool // a name, though the word is none elsewhere
}

func bareWords(all []place) []word {
	out := make([]word, len(all))
	for i, p := range all {
		out[i] = p.word
	}
	return out
}

// places cuts the text into words that know where they stand.
func (r *reading) places() []place {
	out := make([]place, 0, len(r.text)/6)
	isWord := func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }
	end := 0
	for i := 0; i < len(r.text); {
		if !isWord(r.text[i]) {
			i++
			continue
		}
		j := i
		for j < len(r.text) && isWord(r.text[j]) {
			j++
		}
		out = append(out, place{
			word: word{text: r.folded(i, j), glued: i-end == 1 && r.text[end] == '-' && len(out) > 0},
			at:   i, capital: unicode.IsUpper(r.text[i]), other: r.other(i),
			cut:     end == 0 || slices.ContainsFunc(r.text[end:i], cuts),
			surname: slices.Contains(r.surnames, i),
		})
		i, end = j, j
	}
	return out
}

// cuts tells whether a sign ends what is said before it.
func cuts(c rune) bool { return strings.ContainsRune("\n:;,()[]|/*.", c) }

// folded gives the plain spelling of a word.
func (r *reading) folded(from, to int) string {
	for _, c := range r.text[from:to] {
		if c >= 0x80 {
			return strings.TrimSpace(plain(string(r.text[from:to])))
		}
	}
	return r.plain[from:to]
}

// clean tells whether a name with its given name has no more parts than the
// patient's: no capitalised word that is neither theirs nor a label stands
// between, before or behind.
func clean(all []place, at [2]int, own map[string]bool) bool {
	foreign := func(p place) bool {
		return p.capital && !own[p.text] && (p.surname || !notNames[p.text] && !besideNames[p.text] && len(p.text) > 1)
	}
	for _, p := range all[at[0]:at[1]] {
		if foreign(p) {
			return false
		}
	}
	if i := at[0]; i > 0 && (!all[i].cut && foreign(all[i-1]) || all[i].glued) {
		return false
	}
	for i := at[1]; i < len(all) && !all[i].cut; i++ {
		if all[i].glued || foreign(all[i]) {
			return false
		}
		if !own[all[i].text] {
			break
		}
	}
	return true
}

// besideNames are the other words that stand between and beside names.
var besideNames = setOf(`ne nee epouse epoux ep epse veuve vve divorcee utilise usage usuel famille de du jeune fille liste premier premiers
	mr m identite concerne enfant bebe melle mademoiselle dossier le la l d examen prescrit delivre assure assuree lit unite uf entre sorti preleve
	edite imprime recu valide genre civilite titre beneficiaire usager usagere residente resident etiquette sejour objet pour ordonnance
	bonjour votre notre patients nom noms prenoms civil etat`)

// births looks for the date of birth: Different when days are said to be of
// birth and none is the patient's. A day that nothing is said of counts beside
// the name only.
func (w *weighing) births(c *Comparison) {
	if len(w.id.BirthDate) != 10 {
		return
	}
	for _, b := range w.days {
		if b.day == w.id.BirthDate {
			c.Birth = Same
			return
		}
		if !b.weak {
			c.Birth = Different
		}
	}
	if c.Birth == Different {
		return
	}
	for _, m := range w.r.found[findDate] {
		day, ok := calendarDay(w.r.plain[m[0]:m[1]])
		if !ok || day != w.id.BirthDate || w.r.other(m[0]) {
			continue
		}
		for _, p := range w.pairs {
			if m[0] < p.from && p.from-m[0] < 60 || m[0] >= p.from && m[0]-p.to < 90 {
				c.Birth = Same
				return
			}
		}
	}
}

// statements compares who is said to be the patient.
func (w *weighing) statements(c *Comparison) {
	here, others, beside, siblings := 0, 0, 0, 0
	for _, s := range w.people {
		if s.birthName == "" || len(s.given) == 0 {
			continue
		}
		name, given := w.hasName(s), w.hasGiven(s)
		switch {
		case name && given:
			here++
		case name && !w.nearGiven(s):
			siblings++
		case !name && !given && !w.nearName(s):
			beside++
			if s.rank <= rankTitle {
				others++
			}
		}
	}
	if siblings > 0 && here == 0 && c.Given != Same {
		c.Given = Different
	}
	w.stranger = others > 0 && here == 0
	w.both = here > 0 && (siblings > 0 || beside > 0)
}

// spelled gives all words of a statement.
func (s statement) spelled() []string {
	var out []string
	for _, x := range append([]string{s.birthName, s.usedName}, s.given...) {
		for _, ws := range words(plain(x)) {
			out = append(out, ws.text)
		}
	}
	return out
}

// hasName tells whether a statement holds one of the patient's names.
func (w *weighing) hasName(s statement) bool {
	spelled := strings.Join(s.spelled(), "")
	for _, n := range []string{w.id.BirthName, w.id.UsedName} {
		if n = bare(n); n != "" && strings.Contains(spelled, n) {
			return true
		}
	}
	return false
}

// hasGiven tells whether a statement holds one of the patient's given names.
func (w *weighing) hasGiven(s statement) bool {
	spelled := s.spelled()
	joined := strings.Join(spelled, "")
	for i, g := range w.id.Given {
		if g = bare(g); g != "" && (slices.Contains(spelled, g) || i == 0 && strings.Contains(joined, g) && len(g) > 4) {
			return true
		}
	}
	return false
}

// nearGiven tells whether a given name may be the patient's, badly written or
// cut short.
func (w *weighing) nearGiven(s statement) bool {
	for _, theirs := range s.given {
		for _, g := range w.id.Given {
			if alike(bare(theirs), bare(g)) {
				return true
			}
		}
	}
	return len(w.id.Given) == 0
}

// nearName is nearGiven for the names.
func (w *weighing) nearName(s statement) bool {
	for _, theirs := range []string{s.birthName, s.usedName} {
		for _, n := range []string{w.id.BirthName, w.id.UsedName} {
			if n != "" && theirs != "" && alike(bare(theirs), bare(n)) {
				return true
			}
		}
	}
	return false
}

// alike tells whether one spelling may stand for the other: an initial, a
// beginning, one letter off.
func alike(a, b string) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	if strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(b) < 3 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	return a[i:] == b[i+1:] || len(a) == len(b) && a[min(i+1, len(a)):] == b[min(i+1, len(b)):]
}

// outcome weighs what was found.
func (w *weighing) outcome(c Comparison) Outcome {
	traits := c.Name == Same && c.Given == Same && c.Birth == Same
	against := w.both || c.Several
	switch {
	case c.INS == Same:
		if against || w.named || w.stranger || c.Given == Different || c.Birth == Different && c.Given != Same {
			return Unsure
		}
		return Match
	case c.INS == Different && (w.twin || w.named && !traits || !w.named && c.Name != Same && c.Birth != Same):
		return Mismatch
	case c.Several:
		return Unsure
	case c.Birth == Different || c.Given == Different:
		return Mismatch
	case w.stranger && c.Birth != Same:
		return Mismatch
	case traits && c.INS == Absent && !against && !w.otherSex() && !w.odd && !w.stranger && !w.id.Namesake:
		return Match
	}
	return Unsure
}

// otherSex tells whether the text says the other sex.
func (w *weighing) otherSex() bool {
	mine := w.id.Sex
	if mine == "" && len(w.id.INS) == 15 {
		mine = sexOfINS(w.id.INS)
	}
	return mine != "" && w.found.Sex != "" && mine != w.found.Sex
}
