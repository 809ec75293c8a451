package advice

import (
	"cmp"
	"slices"
)

// Level is how much a warning weighs; the worst is the greatest. The four levels
// of an interaction are those of the French thesaurus.
type Level int

// The levels.
const (
	Consider       Level = iota + 1 // à prendre en compte
	Caution                         // précaution d'emploi
	NotAdvised                      // association déconseillée
	Contraindicate                  // contre-indication
)

// Kind is what a warning is about.
type Kind string

// The kinds of warnings.
const (
	Interaction     Kind = "interaction"       // two treatments
	Allergic        Kind = "allergy"           // a treatment is, or belongs to, what the patient is allergic to
	CrossReaction   Kind = "cross-reaction"    // a treatment is of a family that may cross-react: possible
	SameSubstance   Kind = "same-substance"    // the same substance in two treatments
	SameClass       Kind = "same-class"        // two treatments of one therapeutic class
	SameExamination Kind = "same-examination"  // the examination was done within the time of its rule
	LookAlike       Kind = "same-examination?" // a title or event speaks of it; its type does not say so
)

// Side is one of the two things that a warning compares.
type Side struct {
	Index   int    // of the list that was given; -1 when it is not of one
	Written string // as it was given
	Name    string // as the table writes it
	Label   string // of an allergy: what people call it; may be empty
	Group   string // the class or family by which the rule speaks; empty when it names it itself
	Brand   bool   // it is written as a brand: the substance is what the brand is known to hold
}

// Rule is a line of a table that speaks of two things.
type Rule struct {
	A, B   string  // its two headings, as the table writes them
	Levels []Level // worst first
	Table  string  // which table holds it: the key of its source
}

// Warning is one thing worth a second look.
type Warning struct {
	Kind   Kind
	Levels []Level // worst first, never empty; several when the rules depend on dose or situation
	A, B   Side
	Rules  []Rule // what it rests on, worst first
	Cite   Citation
	// Of an examination: when it was done (YYYY-MM-DD) and within how many months.
	Date   string
	Months int
}

// Worst is the warning's first level.
func (w Warning) Worst() Level { return w.Levels[0] }

// Citation says where a rule comes from.
type Citation struct {
	Source  string // name of the table, as people know it
	Edition string // YYYY-MM or YYYY, as the table says
	Note    string // what is particular about this rule's source; may be empty
}

// Reason is why something could not be checked.
type Reason string

// The reasons.
const (
	UnknownName  Reason = "unknown"       // the table does not know this name
	BrandName    Reason = "brand"         // a brand name: write the substance
	EmptyName    Reason = "empty"         // nothing is written
	NoRules      Reason = "no-rules"      // it is known by classes of which this edition holds no rule
	FreeText     Reason = "free-text"     // an allergy in words of which the table knows nothing
	NothingKnown Reason = "nothing-known" // of a vaccine: nothing recorded
	NoBirthDate  Reason = "no-birth-date" // of vaccinations: the birth date is not known to the day
	NoDate       Reason = "no-date"       // a date is missing or cannot be read
)

// Subject is what something that could not be checked is of.
type Subject string

// The subjects.
const (
	OfTreatment   Subject = "" // Index is of the list of treatments
	OfAllergy     Subject = "allergy"
	OfVaccination Subject = "vaccination"
	OfExamination Subject = "examination"
)

// Unverified is something that could not be checked. It is never silence: the
// screen shows it beside the warnings.
type Unverified struct {
	Of       Subject
	Index    int // of the list that was given; -1 when it is not of one
	Written  string
	Reason   Reason
	Hint     string   // of a brand: the substances it is known to hold, to be written by a person
	Compared bool     // of a brand: warnings were looked for by its Hint; their absence says even less
	Classes  []string // of NoRules: the classes
}

// Report is an answer: what to look at, worst first, and what nobody checked.
type Report struct {
	Warnings   []Warning
	Unverified []Unverified
}

// Join puts several reports on the same lists into one, worst first; what several
// could not check is told once.
func Join(all ...Report) Report {
	var out Report
	for _, r := range all {
		out.Warnings = append(out.Warnings, r.Warnings...)
		for _, u := range r.Unverified {
			if !slices.ContainsFunc(out.Unverified, u.same) {
				out.Unverified = append(out.Unverified, u)
			}
		}
	}
	sortWarnings(out.Warnings)
	return out
}

func (u Unverified) same(o Unverified) bool {
	return u.Of == o.Of && u.Index == o.Index && u.Written == o.Written && u.Reason == o.Reason
}

// kindOrder puts an allergy before an interaction of the same level.
var kindOrder = []Kind{Allergic, Interaction, CrossReaction, SameSubstance, SameClass, SameExamination, LookAlike}

func sortWarnings(all []Warning) {
	slices.SortStableFunc(all, func(a, b Warning) int {
		return cmp.Or(
			cmp.Compare(b.Worst(), a.Worst()),
			cmp.Compare(slices.Index(kindOrder, a.Kind), slices.Index(kindOrder, b.Kind)),
			cmp.Compare(a.A.Index, b.A.Index), cmp.Compare(a.B.Index, b.B.Index),
			cmp.Compare(a.A.Name, b.A.Name), cmp.Compare(a.B.Name, b.B.Name))
	})
}

// sortLevels puts the worst first and takes out repetitions.
func sortLevels(levels []Level) []Level {
	slices.SortFunc(levels, func(a, b Level) int { return cmp.Compare(b, a) })
	return slices.Compact(levels)
}
