package consent

import (
	"slices"
	"time"

	"carnet/client/fhir"
)

// Bond is why a natural person may enter a record that is not their own.
type Bond int

// The bonds. The zero Bond lets nobody in.
const (
	BondNone           Bond = iota
	BondRepresentative      // legal representative of a minor or of a protected adult
	BondHeir                // article L. 1110-4: of a closed record, until the end that was given
	BondPartner             // likewise
)

// Mandate lets a natural person (Relation.ID, a logical id) enter a record.
type Mandate struct {
	Relation
	Bond Bond
}

// letsIn tells a mandate from one that lets nobody in: of no bond, or an heir's
// without an end.
func (m *Mandate) letsIn() bool {
	switch m.Bond {
	case BondRepresentative:
		return true
	case BondHeir, BondPartner:
		return !m.End.IsZero()
	}
	return false
}

// agentPrefix makes a natural person's id that of an author and of an agent of
// the log: a national id never begins like it.
const agentPrefix = "Patient/"

// CitizenID is the id of a natural person as author and as agent of the log.
func CitizenID(person string) string { return agentPrefix + person }

// Person is a natural person who signed in. The zero Person may do nothing.
type Person struct {
	ID string // logical id
	// Activated: they made the record that is their own theirs, with a code and
	// a card of their own. An account proves less: a parent's may have come with
	// a child's code, which says nothing of who may read the parent's record.
	Activated bool
}

// Enter decides how a natural person enters a record: as its holder who
// activated it, or by the mandate in force that reaches furthest, whatever
// became of their own. Whoever may not is refused alike, whether the record
// exists or not: RefusalHidden; of their own record they are told.
func Enter(p Person, f Facts, mandates []Mandate, now time.Time) (*Grant, Refusal) {
	person := p.ID
	switch {
	case person == "":
		return nil, RefusalIdentity
	case f.PatientID == person && !p.Activated:
		return nil, RefusalNotActivated
	case f.PatientID == person:
		return hidden(ForHolder(CitizenID(person), f, now))
	}
	var best *Mandate
	for i := range mandates {
		m := &mandates[i]
		if !m.admits(person, now) {
			continue
		}
		if best == nil || m.Bond < best.Bond || m.Bond == best.Bond && endsBefore(best.End, m.End) {
			best = m
		}
	}
	if best == nil {
		return nil, RefusalHidden
	}
	by := *best
	by.ID = CitizenID(person)
	if by.Bond == BondRepresentative {
		return hidden(ForRepresentative(by.Relation, f, now))
	}
	return hidden(ForHeir(by, f, now))
}

// hidden tells whoever may not enter no more than that there is nothing.
func hidden(g *Grant, refusal Refusal) (*Grant, Refusal) {
	if refusal != "" {
		return nil, RefusalHidden
	}
	return g, ""
}

// Represents tells whether somebody is the legal representative of another
// person, by a mandate in force: also while nobody may enter that record.
func Represents(person string, mandates []Mandate, now time.Time) bool {
	return person != "" && slices.ContainsFunc(mandates, func(m Mandate) bool {
		return m.Bond == BondRepresentative && m.admits(person, now)
	})
}

// admits tells whether a mandate is somebody's, in force, and one that lets in.
func (m *Mandate) admits(person string, now time.Time) bool {
	return m.ID == person && !m.Org && m.inForce(now) && m.letsIn()
}

// ForHeir is the Grant of an heir, or of the partner, of a closed record
// (article L. 1110-4): until the end that was given to them, what the holder
// neither masked nor hid, and no change of anything. What the holder masked is
// taken as their wish that it stay so.
func ForHeir(m Mandate, f Facts, now time.Time) (*Grant, Refusal) {
	if m.Bond == BondRepresentative || !m.letsIn() || m.Org || !m.inForce(now) {
		return nil, RefusalNoConsent
	}
	if f.State != StateClosed {
		return nil, RefusalNoRecord
	}
	g, refusal := ForHolder(m.ID, f, now)
	if refusal != "" {
		return nil, refusal
	}
	g.reader = ReaderHeir
	g.rights = []string{fhir.RightRead}
	g.filter.HiddenReps, g.filter.Masked = false, MaskedNone
	if m.End.Before(g.expires) {
		g.expires = m.End
	}
	return g, ""
}

// Manages tells that the Grant's reader decides in the holder's place who may
// read: the holder or a legal representative, of an open record.
func (g *Grant) Manages() bool { return g.Valid() && g.manages }

// Majority is the day a person born on a day (YYYY-MM-DD, YYYY-MM or YYYY)
// comes of age, at midnight of the zone: a representative of a minor reaches no
// further. Of a date that is not whole the earliest day counts, so that nobody
// reads an adult's record by a parent's mandate. ok is false when nothing of
// the date is known.
func Majority(birth string, zone *time.Location) (day time.Time, ok bool) {
	for _, form := range []string{time.DateOnly, "2006-01", "2006"} {
		if t, err := time.ParseInLocation(form, birth, zone); err == nil {
			return t.AddDate(18, 0, 0), true
		}
	}
	return time.Time{}, false
}

// MayAllow decides whether a holder may let an actor in: not whom they block,
// nor occupational medicine, which never reads (contract section 1).
func MayAllow(r Requester, org bool, f Facts) Refusal {
	switch {
	case blocks(r, org, f):
		return RefusalIsBlocked
	case isOccupational(r) || r.Sector == sectorOccupational:
		return RefusalNeverReads
	}
	return ""
}

// MayBlock decides whether a holder may keep an actor out: not the declared
// médecin traitant.
func MayBlock(r Requester, org bool, f Facts) Refusal {
	if !org && f.MT != "" && f.MT == r.ID {
		return RefusalIsMT
	}
	return ""
}

// MayBeMT decides whether a holder may declare somebody their médecin traitant:
// a doctor, not of occupational medicine, whom they do not block.
func MayBeMT(r Requester, org bool, f Facts) Refusal {
	switch {
	case org || r.Profession != doctor || isOccupational(r):
		return RefusalNotDoctor
	case blocks(r, org, f):
		return RefusalIsBlocked
	}
	return ""
}

// blocks tells whether an actor, or the structure they work in, is blocked.
func blocks(r Requester, org bool, f Facts) bool {
	return slices.ContainsFunc(f.Blocks, func(a Actor) bool {
		if a.Org {
			return a.ID == r.OrgID || org && a.ID == r.ID
		}
		return !org && a.ID == r.ID
	})
}

// ContestTime is how long a professional may declare no consent of a patient
// who contested one of theirs: the patient can always let them in themself.
const ContestTime = 90 * 24 * time.Hour

// isBarred tells that the patient contested a declaration of this professional
// not long ago.
func isBarred(r Request, f Facts) bool {
	return slices.ContainsFunc(f.Contested, func(rel Relation) bool { return rel.ID == r.ID && rel.inForce(r.Now) })
}

// Matrix rows that decide about items of the health profile (contract section 5).
const (
	rowProfile      = "DOCPAT08" // allergies, history: the patient's own words on their health
	rowMeasures     = "29274-8"
	rowVaccinations = "11369-6"
	rowMedication   = "57833-6"
)

// ItemFacts is everything about an item of the health profile that a decision
// depends on.
type ItemFacts struct {
	Resource string // FHIR type
	AuthorID string
	Masked   bool
}

// Row is the document type whose matrix row decides about an item; "" for a
// resource that is no item, which nobody reads.
func (i ItemFacts) Row() string {
	switch i.Resource {
	case "AllergyIntolerance", "Condition", "FamilyMemberHistory":
		return rowProfile
	case "Observation":
		return rowMeasures
	case "Immunization":
		return rowVaccinations
	case "MedicationStatement":
		return rowMedication
	}
	return ""
}

// AllowsItem is Allows for an item of the health profile.
func (f Filter) AllowsItem(i ItemFacts) bool {
	row := i.Row()
	return row != "" && f.Allows(DocFacts{Type: row, AuthorID: i.AuthorID, ByPatient: true, Status: StatusCurrent, Masked: i.Masked})
}
