package pdfcheck

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"carnet/client/pdfcheck/internal/pattern"
)

// dateInWords is a date in a text: numbers as 12/11/2026 or 2026-11-12, or with the
// month in letters. Years have four digits: 12/11/26 is too often something else.
const dateInWords = `\b(?:(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{2})-(\d{2})|(\d{1,2})(?:er)? (janv|fevr|mars|avr|mai|juin|juil|aout|sept|oct|nov|dec)[a-z]*\.? (\d{4}))\b`

var (
	dated      = pattern.NewForm(dateInWords)
	datedParts = regexp.MustCompile(`^` + dateInWords)
)

// dayMonths are the beginnings of the months' names, without accents.
var dayMonths = []string{"janv", "fevr", "mars", "avr", "mai", "juin", "juil", "aout", "sept", "oct", "nov", "dec"}

// What stands before the date of an act, the surest first: the sample, which
// is the day that results speak of; words that name the act; the end of a stay;
// then the words that begin a letter ("Nantes, le …") or stand alone.
var actLabels = pattern.NewFamily(
	`\bdate (?:et heure )?(?:de |du |des |de la )(?:prelevements?|collecte|recueil)$|\bprelevements?(?: [a-z ]{1,30})? du$|\bpreleve(?:e|s|es|ment)?(?: au laboratoire| a domicile)?(?: le)?$`,
	`(?:`+
		`\bdate (?:et heure )?(?:de l |de la |du |des |de |d )(?:acte|examens?|consultation|intervention|realisation|passage|vaccination|dispensation|delivrance|visite)`+
		`|\b(?:acte|examens?|consultation|intervention|radiographie|scanner|irm|echographie|mammographie|passage|visite|dispensation|vaccination)(?: [a-z ]{1,30})? du`+
		`|\b(?:realise|effectue|pratique|examine|vu|recu|opere|vaccine|dispense|delivre|fait)e?s?(?: en consultation| aux urgences| au laboratoire| au cabinet)? le`+
		`)$`,
	`\bhospitalisee?s? (?:[a-z ]{0,40})?du [^\n]{6,20} au$|\b(?:date de )?sortie?e? (?:le)?$`,
	`(?:^|, ?)(?:fait (?:a )?[a-z -]*)?le$|^date$`,
)

// notTheAct are words on the line before a date which say that it is another
// one: a birth, an appointment, an examination of before.
var notTheAct = pattern.NewForm(`\b(?:nee?|naissance|rendez-vous|rdv|prochaine?|prevue?|revoir|comparaison|comparee?s?|par rapport|anterieure?s?|anteriorite|precedente?s?|depuis|jusqu au|avant|peremption|imprime|edite|ordonnance|prescription|prescrite?)\b`)

// besideDate is what may stand between those words and the date.
var besideDate = pattern.NewForm(`(?:[\s:.]|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b)+$`)

// dateFold takes the accents of French out of lower-case text. Unlike
// terminology.Fold it leaves hyphens and lines as they are: dates are made of
// them.
var dateFold = strings.NewReplacer(
	"à", "a", "â", "a", "ä", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i",
	"ô", "o", "ö", "o", "ù", "u", "û", "u", "ü", "u", "œ", "oe", "’", " ", "'", " ",
	"\u00a0", " ", "\u202f", " ", "\r\n", "\n", "\t", " ",
)

// ActDates gives the days that a French text names as the day of its act, best
// first, at noon in loc. Two different days under words that are equally sure
// are no answer: then there is none. Whether a day can be one at all (birth,
// future) is for the caller.
func ActDates(text string, loc *time.Location) []time.Time { return datesIn(text).acts(loc) }

// dates are a text, folded, and where dates stand in it.
type dates struct {
	text string
	at   [][2]int
}

func datesIn(text string) dates {
	text = dateFold.Replace(strings.ToLower(text))
	return dates{text, dated.All(text)}
}

// acts is ActDates.
func (d dates) acts(loc *time.Location) []time.Time {
	text := d.text
	found := make([][]time.Time, len(actLabels.Patterns()))
	last := 0 // where the date before ended
	for _, at := range d.at {
		day, ok := dayAt(text[at[0]:at[1]], loc)
		from := max(0, at[0]-160)
		rank := rankOf(text[from:at[0]], max(0, last-from))
		last = at[1]
		if ok && rank >= 0 && !slices.ContainsFunc(found[rank], day.Equal) {
			found[rank] = append(found[rank], day)
		}
	}
	var out []time.Time
	for _, days := range found {
		switch {
		case len(days) > 1:
			return out
		case len(days) == 1 && !slices.ContainsFunc(out, days[0].Equal):
			out = append(out, days[0])
		}
	}
	return out
}

// rankOf tells which words stand before a date; -1 when none of them do. What
// stands before an earlier date speaks of that one, but for lists.
func rankOf(before string, last int) int {
	from := last
	if strings.Trim(before[last:], " ,;:") == "" || listed.MatchString(before[last:]) {
		from = 0
	}
	line := before[max(from, strings.LastIndexByte(withoutBeside(before), '\n')+1):]
	line = strings.TrimSpace(withoutBeside(line))
	if notTheAct.In(line) {
		return -1
	}
	return slices.Index(actLabels.Which(line), true)
}

// withoutBeside leaves out what may stand between words and a date.
func withoutBeside(before string) string {
	if from, _, ok := besideDate.First(before); ok {
		return before[:from]
	}
	return before
}

// listed is what joins dates that the same words announce.
var listed = regexp.MustCompile(`^ ?(?:et|puis|ou|au|,)? ?(?:du|le|au)? ?$`)

// dayAt reads a date that was found; false for what no calendar has.
func dayAt(text string, loc *time.Location) (time.Time, bool) {
	at := datedParts.FindStringSubmatchIndex(text)
	if at == nil {
		return time.Time{}, false
	}
	part := func(i int) int {
		if at[2*i] < 0 {
			return 0
		}
		n, _ := strconv.Atoi(text[at[2*i]:at[2*i+1]]) // digits by the pattern
		return n
	}
	var d, m, y int
	switch {
	case at[2] >= 0:
		d, m, y = part(1), part(2), part(3)
	case at[8] >= 0:
		y, m, d = part(4), part(5), part(6)
	default:
		d, m, y = part(7), 1+slices.Index(dayMonths, text[at[16]:at[17]]), part(9)
	}
	day := time.Date(y, time.Month(m), d, 12, 0, 0, 0, loc)
	return day, day.Day() == d && int(day.Month()) == m && y > 1900
}

// printed is what stands before the day on which a document was made.
var printed = pattern.NewForm(`\b(?:edite|imprime|valide|emis|compte[- ]rendu|document|edition|impression|validation|resultats?)e?s? (?:biologiquement )?(?:le|du|du document)?$`)

// printed gives the one day on which a text says that it was made.
func (d dates) printed() string {
	text := d.text
	found := ""
	for _, at := range d.at {
		before := withoutBeside(text[max(0, at[0]-160):at[0]])
		day, ok := dayAt(text[at[0]:at[1]], time.UTC)
		if !ok || !printed.In(before[strings.LastIndexByte(before, '\n')+1:]) {
			continue
		}
		if d := day.Format(time.DateOnly); found == "" || found == d {
			found = d
		} else {
			return ""
		}
	}
	return found
}
