package advice

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"carnet/client/fhir"
)

// ExaminationEdition is the edition of the table of examinations
// (data/examinations.csv).
const ExaminationEdition = "2026-11"

// Examination is a kind of examination: how it is recognised, and within how many
// months doing it again is worth a look.
type Examination struct {
	ID     string
	Months int
	Source string // of the months; "proposition" when they are ours

	fr, en string
	types  []string // document types (LOINC) under which it is filed
	titles []string // words of a title, by key
	events []string // codes of DocumentReference.context.event
	loinc  []string // codes of an Observation
}

// Label is its name on screen; lang is "fr" or "en".
func (e Examination) Label(lang string) string { return words{e.fr, e.en}.in(lang) }

// Matches tells whether what somebody types may mean it: a part of its name, or of a
// word by which it is recognised, in either language.
func (e Examination) Matches(typed string) bool {
	k := key(typed)
	return strings.Contains(key(e.fr), k) || strings.Contains(key(e.en), k) || slices.ContainsFunc(e.titles, func(t string) bool { return strings.Contains(t, k) })
}

// Examinations are the kinds that are recognised, by French name. The caller owns
// the slice.
func Examinations() []Examination { return slices.Clone(examinations()) }

var examinations = sync.OnceValue(func() []Examination {
	var all []Examination
	for _, r := range mustRead("examinations.csv", "kind", "match", "value", "source") {
		i := slices.IndexFunc(all, func(e Examination) bool { return e.ID == r.cells[0] })
		if i < 0 {
			i = len(all)
			all = append(all, Examination{ID: r.cells[0]})
		}
		all[i].add(r.cells[1], r.cells[2], r.cells[3])
	}
	slices.SortFunc(all, func(a, b Examination) int { return cmp.Compare(key(a.fr), key(b.fr)) })
	return all
})

func (e *Examination) add(match, value, source string) {
	switch match {
	case "label":
		e.fr, e.en, _ = strings.Cut(value, "|")
	case "months":
		e.Months, _ = strconv.Atoi(value)
		e.Source = source
	case "type":
		e.types = append(e.types, value)
	case "title":
		e.titles = append(e.titles, key(value))
	case "event":
		e.events = append(e.events, value)
	case "loinc":
		e.loinc = append(e.loinc, value)
	default:
		panic("advice: embedded examinations.csv: match " + match)
	}
}

// RecogniseExamination gives the kinds that a written request or title names.
func RecogniseExamination(text string) []Examination {
	var all []Examination
	k := key(text)
	for _, e := range examinations() {
		if e.named(k) {
			all = append(all, e)
		}
	}
	return all
}

// named tells whether a key holds one of its words, as whole words.
func (e Examination) named(k string) bool {
	return slices.ContainsFunc(e.titles, func(t string) bool { return strings.Contains(" "+k+" ", " "+t+" ") })
}

// Done is what the reader may read of what was done: documents and measures.
type Done struct {
	Documents []fhir.DocumentReference
	Measures  []fhir.Item // Observations
}

// Again tells whether an examination was done within its months before a day:
// one warning for each time, the latest first. A document counts when its title or
// an event names the examination; one whose type is not one of those under which
// it is filed is told as one that may be it. A document without a day is told in
// Unverified.
func Again(e Examination, done Done, on time.Time) Report {
	var r Report
	from := on.AddDate(0, -e.Months, 0).Format(time.DateOnly)
	until := on.Format(time.DateOnly)
	for i, d := range done.Documents {
		kind, ok := e.document(d)
		if !ok || d.Status == "entered-in-error" || d.Status == "superseded" {
			continue
		}
		day := dayOf(cmp.Or(d.PeriodStart, d.Date))
		if day == "" {
			r.Unverified = append(r.Unverified, Unverified{Of: OfExamination, Index: i, Written: titleOf(d), Reason: NoDate})
			continue
		}
		if day >= from && day <= until {
			r.Warnings = append(r.Warnings, e.warning(kind, Side{Index: i, Written: titleOf(d), Name: e.fr}, day))
		}
	}
	for i, m := range done.Measures {
		day := dayOf(m.Start)
		if m.Resource == "Observation" && m.Status != "entered-in-error" && slices.Contains(e.loinc, m.Code.Code) && day >= from && day <= until {
			w := e.warning(SameExamination, Side{Index: -1, Name: e.fr}, day)
			w.B = Side{Index: i, Written: cmp.Or(m.Code.Display, m.Text), Name: e.fr}
			r.Warnings = append(r.Warnings, w)
		}
	}
	slices.SortStableFunc(r.Warnings, func(a, b Warning) int { return cmp.Compare(b.Date, a.Date) })
	return r
}

// warning is about a document (A) or a measure (B).
func (e Examination) warning(kind Kind, s Side, day string) Warning {
	return Warning{
		Kind: kind, Levels: []Level{Consider}, A: s, B: Side{Index: -1}, Date: day, Months: e.Months,
		Cite: Citation{Source: "Carnet, examens", Edition: ExaminationEdition, Note: e.Source},
	}
}

func (e Examination) document(d fhir.DocumentReference) (Kind, bool) {
	named := e.named(key(d.Attachment.Title)) || e.named(key(d.Description))
	coded := slices.ContainsFunc(d.Event, func(c fhir.Coding) bool {
		return slices.Contains(e.events, c.Code) || slices.Contains(e.loinc, c.Code) || e.named(key(c.Display))
	})
	switch typed := slices.Contains(e.types, d.Type.Code); {
	case !named && !coded:
		return "", false
	case typed || coded:
		return SameExamination, true
	}
	return LookAlike, true
}

func titleOf(d fhir.DocumentReference) string {
	return cmp.Or(d.Attachment.Title, d.Description, d.Type.Display)
}

// dayOf gives the day of a FHIR dateTime, "" when it is not known to the day.
func dayOf(s string) string {
	if len(s) < len(time.DateOnly) {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)]); err != nil {
		return ""
	}
	return s[:len(time.DateOnly)]
}
