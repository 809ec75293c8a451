package upload

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// dated is a date in a text: numbers as 12/11/2026 or 2026-11-12, or with the
// month in letters. Years have four digits: 12/11/26 is too often something else.
var dated = regexp.MustCompile(`\b(?:(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{2})-(\d{2})|(\d{1,2})(?:er)? (janv|fevr|mars|avr|mai|juin|juil|aout|sept|oct|nov|dec)[a-z]*\.? (\d{4}))\b`)

// months are the beginnings of the months' names, without accents.
var months = []string{"janv", "fevr", "mars", "avr", "mai", "juin", "juil", "aout", "sept", "oct", "nov", "dec"}

// What stands before the date of an act, the surest first: words that name the
// act, then the words that begin a letter ("Nantes, le …") or stand alone.
var actLabels = []*regexp.Regexp{
	regexp.MustCompile(`(?:` +
		`\bdate (?:et heure )?(?:de l |de la |du |des |de |d )(?:acte|examens?|consultation|prelevements?|intervention|realisation|passage|vaccination|dispensation|delivrance|visite)` +
		`|\b(?:acte|examens?|consultation|intervention|prelevements?|radiographie|scanner|irm|echographie|mammographie|passage|visite|dispensation|vaccination)(?: [a-z ]{1,30})? du` +
		`|\b(?:preleve|realise|effectue|pratique|examine|vu|recu|opere|vaccine|dispense|delivre|fait)e?s?(?: en consultation| aux urgences| au laboratoire| au cabinet)? le` +
		`)$`),
	regexp.MustCompile(`(?:^|, ?)(?:fait (?:a )?[a-z -]*)?le$|^date$`),
}

// notTheAct are words on the line before a date which say that it is another
// one: a birth, an appointment, an examination of before.
var notTheAct = regexp.MustCompile(`\b(?:nee?|naissance|rendez-vous|rdv|prochaine?|prevue?|revoir|comparaison|comparee?s?|par rapport|anterieure?s?|anteriorite|precedente?s?|depuis|jusqu au|avant|peremption|imprime|edite|ordonnance|prescription|prescrite?)\b`)

// besideDate is what may stand between those words and the date.
var besideDate = regexp.MustCompile(`(?:[\s:.]|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b)+$`)

// plain takes the accents of French out of lower-case text. Unlike
// terminology.Fold it leaves hyphens and lines as they are: dates are made of
// them.
var plain = strings.NewReplacer(
	"à", "a", "â", "a", "ä", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i",
	"ô", "o", "ö", "o", "ù", "u", "û", "u", "ü", "u", "œ", "oe", "’", " ", "'", " ",
	"\u00a0", " ", "\u202f", " ", "\r\n", "\n", "\t", " ",
)

// ActDates gives the days that a French text names as the day of its act, best
// first, at noon in loc. Two different days under words that are equally sure
// are no answer: then there is none. Whether a day can be one at all (birth,
// future) is for the caller.
func ActDates(text string, loc *time.Location) []time.Time {
	text = plain.Replace(strings.ToLower(text))
	found := make([][]time.Time, len(actLabels))
	for _, at := range dated.FindAllStringSubmatchIndex(text, -1) {
		day, ok := dayAt(text, at, loc)
		rank := rankOf(text[:at[0]])
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

// rankOf tells which words stand before a date; -1 when none of them do.
func rankOf(before string) int {
	before = before[max(0, len(before)-160):]
	before = besideDate.ReplaceAllString(before, "")
	line := strings.TrimSpace(before[strings.LastIndexByte(before, '\n')+1:])
	if notTheAct.MatchString(line) {
		return -1
	}
	return slices.IndexFunc(actLabels, func(l *regexp.Regexp) bool { return l.MatchString(line) })
}

// dayAt reads a date that was found; false for what no calendar has.
func dayAt(text string, at []int, loc *time.Location) (time.Time, bool) {
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
		d, m, y = part(7), 1+slices.Index(months, text[at[16]:at[17]]), part(9)
	}
	day := time.Date(y, time.Month(m), d, 12, 0, 0, 0, loc)
	return day, day.Day() == d && int(day.Month()) == m && y > 1900
}
