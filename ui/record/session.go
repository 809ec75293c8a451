package record

import (
	"strings"
	"time"
	"unicode"

	"carnet/client"
	"carnet/client/fhir"
)

// Phase is what the page shows.
type Phase int

// The phases.
const (
	Opening  Phase = iota // the record is being opened
	NoRight               // opened, but nothing may be read: why, and what is possible
	NoRecord              // closed, or the person objected to it: final
	Refused               // an emergency access was refused, or the function is not for this profession
	Reading               // the documents
	Ended                 // the emergency access has ended: nothing stays on the screen
	Failed                // no answer
)

// PhaseOf decides what to show of an answer to Open.
func PhaseOf(a client.Access, err error) Phase {
	switch fhir.CodeOf(err) {
	case "":
		if Has(a, fhir.RightRead) {
			return Reading
		}
		return NoRight
	case fhir.NoRecord:
		return NoRecord
	case fhir.NoConsent, fhir.Forbidden:
		return Refused
	}
	return Failed
}

// Emergency tells the modes that need a reason and are told to the patient at
// once.
func Emergency(mode string) bool { return mode == fhir.ModeBreakGlass || mode == fhir.ModeCentre15 }

// Remaining is how long an access still lasts; never negative. limited is
// false for one whose end need not be shown: a normal session is opened anew
// without asking.
func Remaining(a client.Access, now time.Time) (left time.Duration, limited bool) {
	if !Emergency(a.Mode) || a.End.IsZero() {
		return 0, false
	}
	return max(a.End.Sub(now), 0), true
}

// Lost tells the errors after which the right to read is gone or in doubt, so
// that the record is to be opened again.
func Lost(err error) bool {
	switch fhir.CodeOf(err) {
	case fhir.NoConsent, fhir.Forbidden, fhir.NoRecord, fhir.StateConflict:
		return true
	}
	return false
}

// MinReason is the fewest letters of a reason for an emergency access.
const MinReason = 10

// Hold is how long the warning stays before an emergency access is opened, so
// that it can be thought over.
const Hold = 5 // seconds

// Alarm is the form of an emergency access: a reason, then a countdown.
type Alarm struct {
	Mode   string
	Reason string
	Left   int // seconds of the countdown; 0 when it does not run
}

// Missing is how many letters the reason still lacks.
func (f *Alarm) Missing() int {
	n := 0
	for _, r := range f.Reason {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return max(MinReason-n, 0)
}

// Arm starts the countdown; false when the reason is too short.
func (f *Alarm) Arm() bool {
	if f.Missing() > 0 {
		return false
	}
	f.Left = Hold
	return true
}

// Tick lets a second pass; fire is true when the access is to be opened.
func (f *Alarm) Tick() (fire bool) {
	if f.Left == 0 {
		return false
	}
	f.Left--
	return f.Left == 0
}

// Cancel stops the countdown; false when none ran.
func (f *Alarm) Cancel() bool {
	ran := f.Left > 0
	f.Left = 0
	return ran
}

// Request is what Open is asked.
func (f *Alarm) Request() client.OpenRequest {
	return client.OpenRequest{Mode: f.Mode, Reason: strings.Join(strings.Fields(f.Reason), " ")}
}

// Duration is how long a patient's consent lasts.
type Duration int

// The durations offered.
const (
	ThisVisit Duration = iota
	ThreeMonths
	Unlimited
)

// Declare makes the declaration of a consent given orally or in writing.
func Declare(patientID string, written bool, d Duration, now time.Time) client.ConsentDeclaration {
	c := client.ConsentDeclaration{PatientID: patientID, Form: "oral"}
	if written {
		c.Form = "ecrit"
	}
	switch d {
	case ThisVisit:
		c.Visit = true
	case ThreeMonths:
		c.End = endOfDay(addMonths(now, 3))
	}
	return c
}

// addMonths adds months without running over the end of a shorter month: three
// months after 30 November are 28 February.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// endOfDay is the last second of a day: an end is given to people as a day.
func endOfDay(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 23, 59, 59, 0, t.Location())
}
