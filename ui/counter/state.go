package counter

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/fhir"
)

// Phase is what the page shows.
type Phase int

// The phases.
const (
	Nobody  Phase = iota // waiting for a patient
	Opening              // the record is being opened, what it holds is on its way
	Served               // the columns
	NoRight              // opened, but nothing may be read
	NoRecord
	Gone   // the right to read ended while the patient was served
	Failed // no answer
)

// State is who is served and what is known of them.
type State struct {
	Phase   Phase
	Patient client.Patient
	Access  client.Access
	Err     error
	Prov    client.Provenance // the oldest of what is shown

	Prescriptions []client.Document // newest act first
	Given         []client.Document // dispensations, newest first
	Documents     []client.Document // both, newest first
	Allergies     []client.Item
	Treatments    []client.Item
	Injections    []client.Item // vaccinations
	Waiting       []string      // ids of items that are still to be sent, as they are

	Lines []Line
}

// The types of documents of the counter (contract, section 15).
var (
	typesPrescribed = []string{"57833-6", "57828-6"}
	typesGiven      = []string{"60593-1"}
)

// How far back the columns look.
const (
	monthsPrescribed = 12 // the longest that a prescription runs (Code de la santé publique, R. 5123-2)
	mostDocuments    = 50
)

// Known is what is asked for once a record is open.
type Known struct {
	Prescriptions, Given client.DocumentPage
	Items                []client.Item     // the whole profile: an allergy on a later page warns, too
	Waiting              []string          // ids of items that are still to be sent, as they are
	Profile              client.Provenance // of Items
}

// Serve begins with a patient; what was known of the one before is gone.
func (s *State) Serve(p client.Patient) { *s = State{Phase: Opening, Patient: p} }

// Leave ends with the patient.
func (s *State) Leave() { *s = State{} }

// Opened takes the answer to opening the record; true says that it can be read.
func (s *State) Opened(a client.Access, err error) bool {
	s.Err = err
	switch {
	case fhir.CodeOf(err) == fhir.NoRecord:
		s.Phase = NoRecord
	case err != nil:
		s.Phase = Failed
	default:
		s.Access = a
		if slices.Contains(a.Rights, fhir.RightRead) {
			return true
		}
		s.Phase = NoRight
	}
	return false
}

// Arrived takes what is known on a day.
func (s *State) Arrived(k Known, err error, now time.Time) {
	if err != nil {
		s.Err = err
		if s.Phase != Served {
			s.Phase = Failed
		}
		return
	}
	s.Phase, s.Err = Served, nil
	s.Prescriptions, s.Given = k.Prescriptions.Documents, k.Given.Documents
	s.Documents = append(slices.Clone(s.Prescriptions), s.Given...)
	slices.SortStableFunc(s.Documents, func(a, b client.Document) int {
		return fhir.ParseTime(b.PeriodStart).Compare(fhir.ParseTime(a.PeriodStart))
	})
	s.Allergies, s.Treatments, s.Injections, s.Waiting = nil, nil, nil, k.Waiting
	for _, i := range k.Items {
		switch {
		case i.Resource == "AllergyIntolerance" && advice.Live(i):
			s.Allergies = append(s.Allergies, i)
		case advice.Current(i, now): // a treatment, as the summary tells it
			s.Treatments = append(s.Treatments, i)
		case i.Resource == "Immunization" && i.Status != "entered-in-error" && i.Status != "not-done":
			s.Injections = append(s.Injections, i)
		}
	}
	slices.SortStableFunc(s.Allergies, func(a, b client.Item) int { return cmp.Compare(weight(b), weight(a)) })
	s.Prov = oldest(k.Prescriptions.Provenance, k.Given.Provenance, k.Profile)
}

// weight puts the allergies first that count at a counter: to medicines, severe ones.
func weight(i client.Item) int {
	n := 0
	if i.Category == "medication" {
		n += 2
	}
	if i.Criticality == "high" {
		n++
	}
	return n
}

// Prescribed tells a prescription from a dispensation.
func Prescribed(d client.Document) bool { return slices.Contains(typesPrescribed, d.Type.Code) }

// oldest gives the provenance that says most of how old the screen is.
func oldest(all ...client.Provenance) client.Provenance {
	var out client.Provenance
	for _, p := range all {
		if p.Cached && (!out.Cached || p.AsOf.Before(out.AsOf)) {
			out = p
		}
	}
	return out
}

// Lost takes everything off the screen: the right to read ended.
func (s *State) Lost() {
	*s = State{Phase: Gone, Patient: s.Patient, Lines: s.Lines}
}

// Names gives the treatments as advice reads them: substances when they are said,
// else the words. One that is ticked counts once, as what is handed out.
func (s *State) Names() []string {
	names := make([]string, 0, len(s.Treatments)+len(s.Lines))
	for _, i := range s.Treatments {
		if !s.Ticked(i.ID) {
			names = append(names, nameOf(i.Substances, i.Text, i.Code.Display))
		}
	}
	for _, l := range s.Lines {
		names = append(names, nameOf(l.Substances, l.Text, ""))
	}
	return names
}

// nameOf writes a treatment for advice: its substances joined as a combination is.
func nameOf(substances []fhir.Coding, text, display string) string {
	var all []string
	for _, c := range substances {
		if c.Display != "" {
			all = append(all, c.Display)
		}
	}
	switch {
	case len(all) > 0:
		return strings.Join(all, " + ")
	case text != "":
		return text
	}
	return display
}

// Advice gives what is worth a second look: interactions, allergies, duplicates, over
// the current treatments and what is being handed out.
func (s *State) Advice(t *advice.Thesaurus) advice.Report {
	names := s.Names()
	allergies := make([]advice.Allergy, 0, len(s.Allergies))
	for _, i := range s.Allergies {
		allergies = append(allergies, advice.AllergyOf(i))
	}
	return advice.Join(t.Allergies(allergies, names), t.Check(names), t.Duplicates(names))
}

// OfLines tells whether a warning is about something that is being handed out.
func (s *State) OfLines(w advice.Warning) bool {
	first := 0
	for _, i := range s.Treatments {
		if !s.Ticked(i.ID) {
			first++
		}
	}
	if w.Kind == advice.Allergic || w.Kind == advice.CrossReaction {
		return w.B.Index >= first // A is of the list of allergies
	}
	return w.A.Index >= first || w.B.Index >= first
}

// ToAnswer gives the warnings that have to be answered before a dispensation leaves:
// an allergy, a contraindication, about what is handed out.
func (s *State) ToAnswer(r advice.Report) []advice.Warning {
	var out []advice.Warning
	for _, w := range r.Warnings {
		if s.OfLines(w) && (w.Kind == advice.Allergic || w.Worst() == advice.Contraindicate) {
			out = append(out, w)
		}
	}
	return out
}

// prescribedSince is how far back prescriptions are asked for.
func prescribedSince(now time.Time) time.Time { return now.AddDate(0, -monthsPrescribed, 0) }
