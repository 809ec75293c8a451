package advice

import (
	"strings"
	"time"

	"carnet/client/fhir"
)

// TreatmentOf gives what a MedicationStatement is of, as Check takes it: its
// substances, else its code's words, else its text.
func TreatmentOf(i fhir.Item) string {
	var all []string
	for _, s := range i.Substances {
		if key(s.Display) != "" {
			all = append(all, s.Display)
		}
	}
	if len(all) > 0 {
		return strings.Join(all, " + ")
	}
	if key(i.Code.Display) != "" {
		return i.Code.Display
	}
	return i.Text
}

// Current tells whether a MedicationStatement is a treatment of this day. One
// whose end cannot be read, or that is on hold, counts: a warning too many is
// better than one too few.
func Current(i fhir.Item, on time.Time) bool {
	if i.Resource != "MedicationStatement" {
		return false
	}
	switch i.Status {
	case "completed", "stopped", "entered-in-error", "not-taken":
		return false
	}
	end := dayOf(i.End)
	return end == "" && !endedBefore(i.End, on) || end != "" && end >= on.Format(time.DateOnly)
}

// endedBefore reads an end that is known to the month or year only: it ended when
// the whole of it is over.
func endedBefore(end string, on time.Time) bool {
	switch len(end) {
	case len("2006"):
		return end < on.Format("2006")
	case len("2006-01"):
		return end < on.Format("2006-01")
	}
	return false
}

// Live tells whether an item counts as true: entered in error and refuted ones do
// not. (An allergy's status is its clinical status: a resolved one is no longer
// one.)
func Live(i fhir.Item) bool {
	switch i.Status {
	case "entered-in-error", "resolved", "inactive", "refuted":
		return false
	}
	return true
}
