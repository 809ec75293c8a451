package record

import (
	"cmp"
	"context"
	"slices"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// RepresentedPerson is somebody whom a citizen represents, now or from a day to
// come, until that citizen's own record is erased: the mandate ends with it.
type RepresentedPerson struct {
	Patient string // logical id
	Name    string // "Tom GARNIER"
	Start   time.Time
	Until   time.Time // zero: without limit
	// Others is how many other people represent them, now or from a day to come:
	// with 0, nobody is left. They are counted and not named, since a
	// representative is not told who the others are (see Mandates).
	Others int
}

// Represented tells whom a citizen represents, by name, and how many others
// represent each: what a page that offers to erase their own record warns of.
// Who represents nobody gets none.
func (s *Service) Represented(ctx context.Context, c Citizen) ([]RepresentedPerson, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	all, err := s.st.MandatesFor(ctx, c.ID)
	if err != nil {
		return nil, fault(err)
	}
	now := s.now()
	var out []RepresentedPerson
	for _, m := range all {
		if !represented(m, now) {
			continue
		}
		who, err := s.representedPerson(ctx, m)
		if err != nil {
			return nil, fault(err)
		}
		// Two mandates of the same person are one line: the one that lasts longer.
		at := slices.IndexFunc(out, func(p RepresentedPerson) bool { return p.Patient == who.Patient })
		switch {
		case at < 0:
			out = append(out, who)
		case !out[at].Until.IsZero() && (who.Until.IsZero() || who.Until.After(out[at].Until)):
			out[at] = who
		}
	}
	slices.SortFunc(out, func(a, b RepresentedPerson) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Patient, b.Patient))
	})
	e := audit.Entry{At: now, Kind: fhir.KindPatientQuery, Request: c.RequestID, Agent: c.agent(rolePatient), Detail: "represented", Count: len(out)}
	return durable(out, s.record(ctx, e, nil))
}

// representedPerson gives the person of a mandate, and counts who else
// represents them.
func (s *Service) representedPerson(ctx context.Context, m store.Mandate) (RepresentedPerson, error) {
	who, err := s.st.PersonByN(ctx, m.Record)
	if err != nil {
		return RepresentedPerson{}, err
	}
	all, err := s.st.MandatesOf(ctx, m.Record)
	if err != nil {
		return RepresentedPerson{}, err
	}
	others := map[string]bool{}
	for _, other := range all {
		if other.Person != m.Person && represented(other, s.now()) {
			others[other.Person] = true
		}
	}
	return RepresentedPerson{Patient: who.ID, Name: personName(who.Patient), Start: m.Starts, Until: m.Ends, Others: len(others)}, nil
}

// represented tells a mandate that makes somebody a legal representative, now
// or from a day to come: those that end when its person is erased.
func represented(m store.Mandate, now time.Time) bool {
	return m.Bond == consent.BondRepresentative && inForce(m, now)
}
