package pdfcheck

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"carnet/client/pdfcheck/internal/pattern"
	"carnet/client/terminology"
)

// birth is a day that a text says to be the patient's birth.
type birth struct {
	day  string // YYYY-MM-DD
	at   int
	weak bool // nothing but its place behind a name says so
}

// birthForm is what announces a date of birth.
const birthForm = `\b(?:ne\(e\)|nee?s?)\.? ?:?[ \n]*(?:[a-z][a-z'-]+ ){0,4}?(?:le\b)?:?[ :\n]*(?:` + dateForm + `)|\b(?:date (?:de )?naiss(?:ance|\.)?|naissance|ddn|d\.? ?d\.? ?n\.?|d\.? ?n\.?|dnaiss)(?: du patient| de la patiente| de l'enfant)?[ :\n]*(?:le )?(?:` + dateForm + `)|\((?:` + dateForm + `)\)`

// birthDay is the date behind it.
var birthDay = pattern.NewForm(`(?:` + dateForm + `)\)?$`)

// births gives the days said to be of birth, the surest first: one in
// parentheses alone counts last, and only beside a name.
func (r *reading) births() []birth {
	var said, bracketed []birth
	for _, m := range r.found[findBirth] {
		if r.other(m[0]) {
			continue
		}
		from, to, _ := birthDay.First(r.plain[m[0]:m[1]])
		written := strings.Trim(r.plain[m[0]+from:m[0]+to], "()")
		day, ok := calendarDay(written)
		if !ok {
			continue
		}
		if r.plain[m[0]] != '(' {
			said = append(said, birth{day: day, at: m[0]})
			continue
		}
		if p := r.person(r.nameEnding(span{r.lineStart(m[0]), m[0]})); p.birthName != "" && len(p.given) > 0 {
			bracketed = append(bracketed, birth{day: day, at: m[0]})
		}
	}
	said = append(said, r.rowBirths...)
	said = append(said, bracketed...)
	return append(said, r.unlabelled(said)...)
}

// recent is the age below which a day that nothing is said of is taken for that
// of an act, not of a birth.
const recent = 400 * 24 * time.Hour

// unlabelled gives the days that stand right behind a name, with no word to say
// what they are: "MARTIN Léa - 28/03/1979".
func (r *reading) unlabelled(known []birth) []birth {
	var out []birth
	for _, m := range r.found[findDate] {
		day, ok := calendarDay(r.plain[m[0]:m[1]])
		to := len(strings.TrimRight(r.plain[:m[0]], " \n,-(:;/*"))
		if !ok || m[0]-to > 6 || r.other(m[0]) || slices.ContainsFunc(known, func(b birth) bool { return b.day == day }) {
			continue
		}
		if t, _ := time.Parse(time.DateOnly, day); time.Since(t) < recent {
			continue
		}
		p := r.person(r.nameEnding(span{r.lineStart(to), to}))
		if p.birthName == "" || len(p.given) == 0 {
			continue
		}
		p.rank = rankBeside
		r.bound = append(r.bound, p)
		out = append(out, birth{day: day, at: m[0], weak: true})
	}
	return out
}

// calendarDay reads a written date; false for what no calendar has. Two digits
// of a year are the latest such year that is not to come.
func calendarDay(written string) (string, bool) {
	m := dateParts.FindStringSubmatch(written)
	if m == nil {
		return "", false
	}
	d, month, y := m[1], m[2], m[3]
	if len(d) == 4 {
		d, y = y, d
	}
	mm := monthOf(month)
	dd, _ := strconv.Atoi(d)
	yy, _ := strconv.Atoi(y)
	if len(y) == 2 {
		yy += 2000
		if yy > time.Now().Year() {
			yy -= 100
		}
	}
	day := time.Date(yy, time.Month(mm), dd, 0, 0, 0, 0, time.UTC)
	if mm == 0 || day.Day() != dd || int(day.Month()) != mm || yy < 1850 {
		return "", false
	}
	return day.Format(time.DateOnly), true
}

// insNumber is an INS, or what looks like one.
type insNumber struct {
	value   string // 15 characters
	valid   bool   // its key is right
	named   bool   // a label says INS
	insured bool   // a label says that it is of an insured person, who may be another
	mended  bool   // letters were read as digits, or the key was reckoned
	keyless bool   // the key is not written
	at      int
}

// numberForm is an INS as written or as badly read: O for 0, l or I for 1,
// S for 5, B for 8.
const numberForm = `\b[1-478il][ .-]?[0-9oilsb]{2}[ .-]?[0-9oilsb]{2}[ .-]?(?:2[ab]|[0-9oilsb]{2})[ .-]?[0-9oilsb]{3}[ .-]?[0-9oilsb]{3}(?:[ .-]*(?:cle ?:? ?|/ ?)?[0-9oilsb]{2})?\b`

// What a label before a number says.
var (
	insLabel = pattern.NewForm(`\b(?:ins(?:-?[ac]|-?nir|-?nia)?|matricule(?: ins)?|identite nationale(?: de)? sante|identifiant national(?: de)? sante)\b[^\n]{0,30}$`)
	nirLabel = pattern.NewForm(`\b(?:nir|securite sociale|secu|immatriculation|n ?o ?ss|nss)\b[^\n]{0,24}$`)
	insured  = pattern.NewForm(`\b(?:assuree?s?|ouvrant droit|ayant droit)\b[^\n]{0,40}$`)
)

// numbers gives what looks like INS, the most trusted first.
func (r *reading) numbers(born string) []insNumber {
	var out []insNumber
	for _, m := range r.found[findNumber] {
		n, ok := r.numberAt(span{m[0], m[1]})
		if ok {
			out = append(out, n)
		}
	}
	trust := func(n insNumber) int {
		t := 0
		if n.named {
			t += 8
		}
		if len(born) == 10 && n.value[1:5] == born[2:4]+born[5:7] {
			t += 4
		}
		if n.insured {
			t -= 6
		}
		if n.mended {
			t -= 3
		}
		return t
	}
	slices.SortStableFunc(out, func(a, b insNumber) int { return trust(b) - trust(a) })
	return out
}

func (r *reading) numberAt(at span) (insNumber, bool) {
	raw := strings.NewReplacer(" ", "", ".", "", "-", "", "/", "", "cle", "", ":", "").Replace(r.plain[at.from:at.to])
	before := r.plain[max(r.lineStart(at.from)-60, 0):at.from]
	line := r.plain[max(r.lineStart(at.from), at.from-100):at.from]
	if strings.TrimSpace(line) == "" { // the label stands on the line above
		line = strings.TrimRight(before, " \n")
		line = line[strings.LastIndexByte(line, '\n')+1:]
	}
	n := insNumber{at: at.from, named: insLabel.In(line), insured: insured.In(line) || r.other(at.from)}
	n.value = strings.ToUpper(mend(raw))
	n.mended = !strings.EqualFold(n.value, raw)
	labelled := n.named || n.insured || nirLabel.In(line)
	if n.mended && !labelled {
		return n, false
	}
	if len(n.value) == 13 {
		if !labelled {
			return n, false
		}
		n.value, n.mended, n.keyless = keyOf(n.value), true, true
	}
	n.valid = terminology.CheckNIR(n.value) == nil
	return n, len(n.value) == 15
}

// mend reads letters as the digits that they resemble, but Corsica's.
func mend(raw string) string {
	b := []byte(raw)
	for i, c := range b {
		if i == 6 && (c == 'a' || c == 'b') && b[5] == '2' {
			continue
		}
		switch c {
		case 'o':
			b[i] = '0'
		case 'i', 'l':
			b[i] = '1'
		case 's':
			b[i] = '5'
		case 'b':
			b[i] = '8'
		}
	}
	return string(b)
}

// keyOf adds the key to the 13 characters of a number; they come back as they
// are when they have none.
func keyOf(value string) string {
	digits := value
	switch digits[5:7] {
	case "2A":
		digits = digits[:5] + "19" + digits[7:]
	case "2B":
		digits = digits[:5] + "18" + digits[7:]
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return value
	}
	return fmt.Sprintf("%s%02d", value, 97-n%97)
}

// sexForm is what says the sex, and sexSaid the part of it that does.
const sexForm = `\b(?:sexe|genre) ?:? ?(?:\n ?)?(f\b|feminin|femme|m\b|h\b|masculin|homme)|\b(nee) (?:le )?\d|\bpatient(e) ?:`

var sexSaid = regexp.MustCompile(`^(?:` + sexForm + `)`)

// sex gives the sex that a text says, or that its INS does.
func (r *reading) sex(ins []string) string {
	for _, m := range r.found[findSex] {
		if r.other(m[0]) {
			continue
		}
		said := r.plain[m[0]:m[1]]
		if at := sexSaid.FindStringSubmatchIndex(said); at != nil && at[2] >= 0 && said[at[2]] != 'f' {
			return "male"
		}
		return "female"
	}
	if len(ins) > 0 {
		return sexOfINS(ins[0])
	}
	return ""
}

// sexOfINS gives the sex that a number's first digit says; "" for temporary
// numbers that say none.
func sexOfINS(value string) string {
	switch value[0] {
	case '1', '3', '7':
		return "male"
	case '2', '4', '8':
		return "female"
	}
	return ""
}
