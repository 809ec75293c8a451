package pdfcheck

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"carnet/client/pdfcheck/internal/pattern"
)

// How sure a statement is that it names the patient, surest first.
const (
	rankField   = iota // "Nom de naissance : MARTIN"
	rankPatient        // "Patient : MARTIN Léa"
	rankTitle          // "Mme MARTIN Léa"
	rankBeside         // "MARTIN Léa", before a date of birth
)

// statement is one place where a text names its patient.
type statement struct {
	rank      int
	at        span
	birthName string
	usedName  string
	given     []string
	sex       string
	loose     bool // the birth name may hold the given names too
}

// What a label announces.
const (
	labelOther = iota // something else: it ends the value before it
	labelName
	labelUsed
	labelGiven
	labelFull
)

// labels are the words before a value. The first that fits counts.
var labels = []struct {
	kind int
	form string
}{
	{labelOther, `\b(?:nom (?:du |de l'|de la |des )?(?:medecin|prescripteur|laboratoire|etablissement|medicament|vaccin|produit|praticien|pharmac\w+|structure|personne|contact|commercial)\w*|nom et (?:adresse|qualite|signature)[a-z ]*)`},
	{labelFull, `\b(?:noms? ?(?:et|,|/|-|&) ?prenoms?|prenoms? ?(?:et|,|/|-|&) ?noms?|noms? prenoms?|identite)(?: (?:du|de la|de l'|des) ?(?:patiente?|assuree?|enfant))? ?:?`},
	{labelUsed, `\bnom (?:d'usage|usuel|utilise|marital|d'epoux|d'epouse) ?:?`},
	{labelName, `\bnom(?: (?:de naissance|de jeune fille|de famille|patronymique|de naiss\.?|naissance|du patient|de la patiente|de l'enfant))? ?:`},
	{labelName, `\bnom (?:de naissance|naissance|de jeune fille|de famille|patronymique|de naiss\.?|du patient|de la patiente|de l'enfant)\b`},
	{labelGiven, `\b(?:1er |premier |liste des )?prenoms?(?: ?\(s\))?(?: (?:de naissance|utilise|usuel|d'usage|du patient|de la patiente|de l'acte de naissance|de l'enfant))? ?:?`},
	{labelFull, `\b(?:patiente?|concerne|concernant|dossier (?:de|patient)|examens? de|resultats? de|ordonnance (?:pour|de)|pour(?: le patient| la patiente)?|delivree? a|objet|ref(?:erence)?\.? patient|beneficiaire) ?:`},
	{labelFull, `\b(?:patiente?|concerne|concernant)\b`},
	{labelOther, `\b(?:sexe|genre|age|ddn|date(?: de naissance| naiss\w*)?|nee? ?(?:\(e\))? le|ne\(e\) le|lieu|ins|matricule|nir|ipp|nip|nda|iep|dossier|n ?o|num\w*|adresse|tel\w*|service|chambre|lit|unite|prescripteur|prescription|medecin|prelev\w*|recu|edite|imprime|page|hospitalisee?|entree?|sortie|laboratoire|examen|resultat\w*|oid|rpps|finess|code)\b ?:?`},
}

// label is one label in a text.
type label struct {
	kind int
	at   span
}

// labelsIn finds the labels of a text in their order.
func (r *reading) labelsIn() []label {
	var out []label
	for i, l := range labels {
		for _, m := range r.found[findLabels+i] {
			at := span{m[0], m[1]}
			if !slices.ContainsFunc(out, func(o label) bool { return o.at.from < at.to && at.from < o.at.to }) {
				out = append(out, label{l.kind, at})
			}
		}
		if len(out) > 4000 {
			break
		}
	}
	slices.SortFunc(out, func(a, b label) int { return a.at.from - b.at.from })
	return out
}

// statements gives where the text names its patient, the surest first.
func (r *reading) statements() []statement {
	found := r.labelsIn()
	out := append(r.fields(found), r.rows(found)...)
	for i, l := range found {
		if l.kind != labelFull || r.other(l.at.from) {
			continue
		}
		s := r.person(r.valueOf(found, i))
		s.rank = rankPatient
		out = append(out, s)
	}
	out = append(out, r.titled()...)
	out = append(out, r.besideBirth()...)
	out = slices.DeleteFunc(out, func(s statement) bool { return s.birthName == "" && len(s.given) == 0 && s.usedName == "" })
	slices.SortStableFunc(out, func(a, b statement) int { return a.rank - b.rank })
	return out
}

// valueOf gives where the value of a label stands: up to the next label on the
// line, or the next line when there is nothing.
func (r *reading) valueOf(found []label, i int) span {
	from, to := found[i].at.to, r.lineEnd(found[i].at.to)
	if i+1 < len(found) && found[i+1].at.from < to {
		return span{from, found[i+1].at.from}
	}
	if strings.Trim(r.plain[from:to], " :.") != "" || to == len(r.plain) {
		return span{from, to}
	}
	next := to + 1
	for next < len(r.plain) && (r.plain[next] == '\n' || r.plain[next] == ' ') {
		next++
	}
	end := r.lineEnd(next)
	if i+1 < len(found) && found[i+1].at.from < end {
		end = max(next, found[i+1].at.from)
	}
	return span{next, end}
}

// fields puts "Nom :", "Prénom :" that follow each other together.
func (r *reading) fields(found []label) []statement {
	var out []statement
	var s *statement
	for i, l := range found {
		if l.kind != labelName && l.kind != labelUsed && l.kind != labelGiven || r.other(l.at.from) {
			continue
		}
		value := r.names(r.valueOf(found, i))
		if l.kind != labelGiven {
			value = r.surname(l.at, r.valueOf(found, i), value)
		}
		if len(value) == 0 {
			continue
		}
		repeated := s != nil && (l.kind == labelName && s.birthName != "" || l.kind == labelGiven && s.given != nil || l.kind == labelUsed && s.usedName != "")
		if s == nil || repeated || l.at.from-s.at.to > 200 {
			out = append(out, statement{rank: rankField, at: l.at})
			s = &out[len(out)-1]
		}
		s.at.to = l.at.to
		switch l.kind {
		case labelName:
			s.birthName = strings.Join(value, " ")
			s.loose = !strings.Contains(r.plain[l.at.from:l.at.to], " de ")
		case labelUsed:
			s.usedName = strings.Join(value, " ")
		default:
			s.given = value
		}
	}
	for i := range out {
		if len(out[i].given) == 0 && out[i].loose { // "Nom : MARTIN Léa"
			p := split(strings.Fields(out[i].birthName), "")
			out[i].birthName, out[i].given = p.birthName, p.given
		}
	}
	return out
}

// surname gives the words of a name behind its label, of which the last may be
// one that is no name elsewhere: "Nom de naissance : SA", "Nom : MARTIN OU". It
// is one only as all that stands between a colon and the next label, or the
// line's end.
func (r *reading) surname(label, value span, words []string) []string {
	all := r.tokens(value)
	n := len(all)
	if n == 0 || n != len(words)+1 || !alsoSurnames[all[n-1].plain] || !isUpper(all[n-1].text) ||
		value.from != label.to || !strings.HasSuffix(strings.TrimRight(r.plain[label.from:label.to], " "), ":") {
		return words
	}
	r.surnames = append(r.surnames, all[n-1].at)
	return append(words, all[n-1].text)
}

// rows reads tables: a line of labels alone, and the values under it.
func (r *reading) rows(found []label) []statement {
	var out []statement
	for i := range found {
		line := span{r.lineStart(found[i].at.from), r.lineEnd(found[i].at.from)}
		if i > 0 && found[i-1].at.from >= line.from || r.other(found[i].at.from) {
			continue
		}
		if line.to+1 >= len(r.plain) || !heading(found[i:], line.to) || strings.ContainsAny(r.plain[line.from:line.to], ":0123456789") {
			continue
		}
		row := span{line.to + 1, r.lineEnd(line.to + 1)}
		s := r.person(row)
		s.rank = rankPatient
		head := r.plain[line.from:line.to]
		if m := rowSex.FindStringSubmatch(r.plain[row.from:row.to]); m != nil && (strings.Contains(head, "sexe") || strings.Contains(head, "genre")) {
			s.sex = map[string]string{"f": "female", "m": "male", "h": "male"}[m[1]]
		}
		out = append(out, s)
		if tableBirth.In(head) {
			at, to, _ := anyDate.First(r.plain[row.from:row.to])
			if day, ok := calendarDay(r.plain[row.from+at : row.from+to]); ok {
				r.rowBirths = append(r.rowBirths, birth{day: day, at: row.from})
			}
		}
	}
	return out
}

var (
	rowSex     = regexp.MustCompile(`(?:^| )([fmh])(?: |$)`)
	tableBirth = pattern.NewForm(`naissance$|date (?:de )?naiss|ddn|naissance\b(?: [a-z]|$)|\bne(?:e|\(e\))? le`)
)

// heading tells whether the labels of one line are a table's head: they name
// the patient, and something beside.
func heading(found []label, end int) bool {
	names, all, covered := 0, 0, 0
	for _, l := range found {
		if l.at.from >= end {
			break
		}
		all++
		covered += l.at.to - l.at.from + 1
		switch l.kind {
		case labelName, labelGiven, labelFull, labelUsed:
			names++
		}
	}
	return (names >= 2 || names == 1 && all >= 2) && end-found[0].at.from-covered < 10
}

// titleForm is a form of address before a name.
const titleForm = `\b(?:mme|mlle|melle|madame|mademoiselle|monsieur|mr|m\.|m|l'enfant|enfant|bebe)\b[. :]*`

// titled gives the people who are addressed or spoken of by title.
func (r *reading) titled() []statement {
	var out []statement
	for _, m := range r.found[findTitle] {
		if r.other(m[0]) {
			continue
		}
		s := r.person(span{m[0], r.lineEnd(m[1])})
		s.rank = rankTitle
		out = append(out, s)
	}
	return out
}

// nameEnding gives the end of a place that can be a name: "Pour Léa MARTIN"
// ends in Léa MARTIN.
func (r *reading) nameEnding(at span) span {
	if at.to-at.from > 120 {
		at.from = at.to - 120
	}
	all := r.tokens(at)
	from := at.to
	for i := len(all) - 1; i >= 0; i-- {
		t := all[i]
		if r.other(t.at) || !t.name() && !marriage[t.plain] && sexOfTitle[t.plain] == "" && t.plain != "," && t.plain != "." && t.plain != "(" && t.plain != ")" {
			break
		}
		from = t.at
	}
	return span{from, at.to}
}

// marriage are the words between a used name and a birth name.
var marriage = setOf("ne nee ep epouse epse epoux veuve vve divorcee")

var fieldName = pattern.NewForm(`\b(?:nom|prenoms?)\b`)

// besideBirth gives the names that stand before a date of birth, on its line or
// on the one above.
func (r *reading) besideBirth() []statement {
	var out []statement
	for _, m := range r.found[findBirth] {
		if r.other(m[0]) {
			continue
		}
		from := r.lineStart(m[0])
		to := m[0]
		if len(strings.TrimSpace(r.plain[from:to])) < 4 && from > 0 {
			to = from - 1
			from = r.lineStart(to)
		}
		if fieldName.In(r.plain[from:to]) {
			continue // fields says it better
		}
		s := r.person(r.nameEnding(span{from, to}))
		if s.birthName == "" || len(s.given) == 0 {
			continue
		}
		s.rank = rankBeside
		out = append(out, s)
	}
	return out
}

// particles belong to the word after them.
var particles = map[string]bool{
	"de": true, "du": true, "des": true, "la": true, "le": true, "les": true, "d": true, "l": true, "da": true, "dos": true,
	"von": true, "van": true, "der": true, "den": true, "ben": true, "el": true, "al": true, "di": true, "del": true, "o": true, "mac": true, "st": true, "saint": true, "sainte": true,
}

// names gives the words of a place that can be names, up to what cannot.
func (r *reading) names(at span) []string {
	var out []string
	for _, t := range r.tokens(at) {
		if !t.name() {
			if t.plain == "," || t.plain == "/" || t.plain == ";" {
				if len(out) > 0 {
					continue
				}
			}
			break
		}
		out = append(out, t.text)
	}
	return out
}

// nameToken is a word or a sign.
type nameToken struct {
	text, plain string
	at          int
}

// name tells whether a word can be a part of a name: a capital, or a particle.
func (t nameToken) name() bool {
	c := []rune(t.text)[0]
	return unicode.IsLetter(c) && (unicode.IsUpper(c) || particles[t.plain] || strings.HasPrefix(t.plain, "d'")) && !notNames[t.plain]
}

// tokens cuts a place into words, whose hyphens and apostrophes belong to them,
// and signs.
func (r *reading) tokens(at span) []nameToken {
	var out []nameToken
	i := at.from
	for i < at.to && len(out) < 24 {
		c := r.text[i]
		j := i + 1
		switch {
		case c == ' ':
			i++
			continue
		case unicode.IsLetter(c):
			for j < at.to && (unicode.IsLetter(r.text[j]) || (r.text[j] == '-' || r.text[j] == '\'') && j+1 < at.to && unicode.IsLetter(r.text[j+1])) {
				j++
			}
		case unicode.IsDigit(c):
			for j < at.to && unicode.IsDigit(r.text[j]) {
				j++
			}
		}
		out = append(out, nameToken{string(r.text[i:j]), r.plain[i:j], i})
		i = j
	}
	return out
}
