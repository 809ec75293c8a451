package batch

import (
	"time"

	"carnet/client"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
)

// lookup is what is known of the patient.
type lookup string

const (
	notAsked   lookup = ""           // nothing says for whom it is
	known      lookup = "known"      // facts.patient
	unknown    lookup = "unknown"    // nobody is so named
	noRecord   lookup = "no-record"  // the server says that there is no record
	unanswered lookup = "unanswered" // the server did not answer
	badINS     lookup = "bad-ins"    // what the manifest gives is no INS
	crowd      lookup = "several"    // the document speaks of several people
	disagreed  lookup = "disagreed"  // the manifest's name or birth date is not the one of its INS
)

// typeSure is the confidence from which a guessed type needs no second look
// (pdfcheck.GuessType).
const typeSure = 0.8

// facts are all that judge looks at.
type facts struct {
	file       Problem // Missing, Unreadable, Changed, Outside; "" when it was read
	ambiguous  bool    // the manifest contradicts itself
	verdict    pdfcheck.Verdict
	who        lookup
	patient    *client.Patient
	comparison pdfcheck.Comparison
	several    bool // the document speaks of several people
	homonym    bool // somebody else bears the patient's name and birth date, and the document has not the INS
	named      bool // the manifest named the patient
	trust      bool // and is believed where the document is silent
	confirmed  bool // by a person

	typeCode string
	typeFrom Source
	typeSure float64 // of a guess
	date     time.Time
	badDate  bool
	dateFrom Source
	today    time.Time // the last moment that is not the future
	twin     string
}

// judge decides where a file stands that was read. It is the whole rule: Ready
// only when patient, type and date are certain and the file may be filed.
func judge(f facts) (State, []Problem) {
	switch {
	case f.file != "":
		return Fix, []Problem{f.file}
	case f.verdict == pdfcheck.Refused:
		return Refused, nil
	case f.ambiguous && !f.confirmed:
		return Fix, []Problem{Ambiguous}
	case f.who == noRecord:
		return NoRecord, nil
	}
	var problems []Problem
	patient := judgePatient(f)
	if patient == "" && !f.patient.Active {
		return NoRecord, nil
	}
	if patient == "" && f.twin != "" {
		patient = Twice
	}
	for _, p := range []Problem{patient, judgeType(f), judgeDate(f)} {
		if p != "" {
			problems = append(problems, p)
		}
	}
	if len(problems) > 0 {
		return Fix, problems
	}
	return Ready, nil
}

// judgePatient says what keeps the patient from being certain.
func judgePatient(f facts) Problem {
	switch f.who {
	case known:
	case unknown:
		return UnknownPatient
	case unanswered:
		return Offline
	case badINS:
		return BadINS
	case crowd:
		return Several
	case disagreed:
		return Mismatch
	default:
		return NoIdentity
	}
	if f.patient.Active && (f.patient.INS.Value == "" || f.patient.Reliability != "QUAL") {
		return Unqualified
	}
	c := f.comparison
	silent := c.INS != pdfcheck.Different && c.Name != pdfcheck.Different && c.Given != pdfcheck.Different && c.Birth != pdfcheck.Different
	switch {
	case f.confirmed:
		return ""
	case f.several:
		return Several
	case c.Outcome == pdfcheck.Match && !f.homonym:
		return ""
	case c.Outcome == pdfcheck.Mismatch:
		return Mismatch
	case f.named && f.trust && silent:
		return ""
	case f.homonym:
		return Homonym
	}
	return Unsure
}

// judgeType says what is missing of the type.
func judgeType(f facts) Problem {
	switch t, ok := terminology.TypeByCode(f.typeCode); {
	case f.typeCode == "":
		return NoType
	case !ok || t.Class == "":
		return BadType
	case f.typeFrom == ByText && f.typeSure < typeSure:
		return NoType
	}
	return ""
}

// judgeDate says what is missing of the date. A file's own date says nothing: it
// is that of a copy. A date before the patient's birth is none.
func judgeDate(f facts) Problem {
	switch {
	case f.badDate:
		return BadDate
	case f.date.IsZero():
		return NoDate
	case f.date.After(f.today):
		return BadDate
	case f.patient != nil && len(f.patient.BirthDate) == len(time.DateOnly) && f.date.Format(time.DateOnly) < f.patient.BirthDate:
		return BadDate
	}
	return ""
}
