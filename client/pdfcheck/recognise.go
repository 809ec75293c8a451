package pdfcheck

import (
	"slices"
	"strings"
	"time"
)

// Found is what a text says of the patient whom it is about, read without
// knowing whom to expect. Every field may be empty; names are as the document
// writes them. It is a proposal to be searched for and looked at, never an
// identification by itself.
type Found struct {
	INS       []string // valid INS (15 characters, key checked), the most trusted first
	BirthName string
	UsedName  string
	Given     []string
	Sex       string // "male", "female" or ""
	BirthDate string // YYYY-MM-DD or ""
	ActDate   string // day of the sample, the examination, the letter: YYYY-MM-DD or ""
	Several   bool   // the text speaks of several people as its patient
}

// ReadIdentity reads what a French report, letter or prescription says of its
// patient: INS, names, sex, date of birth, and the day of the act. Who
// prescribes, signs or receives a copy is not the patient, nor are relatives.
func ReadIdentity(text string) Found { return NewText(text).Identity() }

// readPeople gives what a text says of its patient, but for the day of the act,
// each statement of it, and the days said to be of birth.
func readPeople(r *reading) (Found, []statement, []birth) {
	r.others = r.otherPeople()
	all := r.statements()
	f := Found{}
	births := r.births()
	all = append(all, r.bound...)
	for _, s := range all {
		f.take(s)
	}
	if len(births) > 0 {
		f.BirthDate = births[0].day
	}
	numbers := r.numbers(f.BirthDate)
	for _, n := range numbers {
		parents := n.insured && f.BirthDate != "" && !sameBirth(n.value, "", f.BirthDate)
		if n.valid && !parents && !slices.Contains(f.INS, n.value) {
			f.INS = append(f.INS, n.value)
		}
	}
	if f.Sex == "" {
		f.Sex = r.sex(f.INS)
	}
	f.Several = severalDays(births) || severalNumbers(numbers) || severalNames(all)
	return f, all, births
}

// take keeps of a statement what is not known yet: statements come the surest
// first.
func (f *Found) take(s statement) {
	if f.Sex == "" {
		f.Sex = s.sex
	}
	if f.BirthName != "" && s.birthName != "" && !sameName(f.BirthName, s.birthName) && !sameName(f.UsedName, s.birthName) {
		return // somebody else, or the used name on its own
	}
	if f.BirthName == "" {
		f.BirthName = s.birthName
	}
	if f.UsedName == "" && !sameName(s.usedName, f.BirthName) {
		f.UsedName = s.usedName
	}
	if len(f.Given) == 0 {
		f.Given = s.given
	}
}

// sameName tells whether two spellings are one name.
func sameName(a, b string) bool { return bare(a) == bare(b) }

// bare is a name without accents, case, hyphens and blanks.
func bare(name string) string {
	var b strings.Builder
	for _, w := range words(plain(name)) {
		b.WriteString(w.text)
	}
	return b.String()
}

// severalDays tells whether more than one day is said to be the patient's birth.
func severalDays(births []birth) bool {
	for _, b := range births {
		if b.day != births[0].day {
			return true
		}
	}
	return false
}

// severalNumbers tells whether more than one number is said to be the INS.
func severalNumbers(numbers []insNumber) bool {
	first := ""
	for _, n := range numbers {
		if !n.valid || !n.named {
			continue
		}
		if first == "" {
			first = n.value
		}
		if n.value != first {
			return true
		}
	}
	return false
}

// severalNames tells whether labels that name the patient name two people: two
// names at birth, or two given names of which none is the other's beginning.
func severalNames(all []statement) bool {
	var first *statement
	field := ""
	for i := range all {
		s := &all[i]
		if s.rank == rankField && s.birthName != "" {
			if field != "" && bare(field) != bare(s.birthName) && bare(field) != bare(s.usedName) && bare(field) != bare(all[0].usedName) {
				return true
			}
			field = s.birthName
		}
		if s.rank > rankPatient || len(s.given) == 0 || s.birthName == "" {
			continue
		}
		if first == nil {
			first = s
			continue
		}
		if !sharesGiven(first.given, s.given) {
			return true
		}
	}
	return false
}

// sharesGiven tells whether two lists of given names may be one person's.
func sharesGiven(a, b []string) bool {
	x, y := bare(strings.Join(a, " ")), bare(strings.Join(b, " "))
	return strings.HasPrefix(x, y) || strings.HasPrefix(y, x)
}

// actDay gives the day of the act; a text's own day of printing only for want
// of better.
func (r *reading) actDay(born string) string {
	days := datesIn(string(r.text))
	for _, d := range days.acts(time.UTC) {
		if day := d.Format(time.DateOnly); day > born {
			return day
		}
	}
	return days.printed()
}
