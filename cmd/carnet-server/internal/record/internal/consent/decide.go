package consent

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"carnet/client/fhir"
)

// How long an access session lasts, from its opening.
const (
	SessionTime   = 4 * time.Hour    // normal mode: a half-day of work
	EmergencyTime = 60 * time.Minute // break-glass and centre 15 are time-boxed
)

// minReason is the fewest letters and digits of a typed reason: enough for
// "AVP", too many for a space bar.
const minReason = 3

// Decision is the answer to a Request. Exactly one of Grant and Refusal is
// set. The other fields serve $open: they are filled whenever the record is
// open and the mode is the professional's to use, even when the function was
// refused.
type Decision struct {
	Grant   *Grant
	Refusal Refusal
	Step    int // the line of the decision order that refused, 0 when granted

	Rights      []string  // what this professional may do here in this mode (fhir.Right…)
	ReadRefusal Refusal   // why nothing can be read; "" when something can
	Basis       string    // fhir.Basis…, "" when nothing lets the professional read
	Until       time.Time // end of the authorisation or membership, zero when none
	End         time.Time // end of the access session
}

// Decide applies lines 1 to 8 of the decision order to a professional's
// request. Line 9, the durable audit record, is the caller's: nothing leaves
// before it is written, and a refusal is written as well.
func Decide(r Request, f Facts, m Matrix) Decision {
	if r.ID == "" || !isProfession(r.Profession) {
		return Decision{Refusal: RefusalIdentity, Step: 1}
	}
	if f.State != StateOpen || f.PatientID == "" {
		return Decision{Refusal: RefusalNoRecord, Step: 2}
	}
	if refusal := checkMode(r); refusal != "" {
		return Decision{Refusal: refusal, Step: 3}
	}
	col := columnOf(r, f)
	reading := decideReading(r, f, m)
	d := Decision{
		Rights:      rightsOf(col, r.Requester, f, reading.refusal),
		ReadRefusal: reading.refusal,
		Basis:       reading.basis,
		Until:       reading.until,
		End:         sessionEnd(r),
	}
	d.Refusal, d.Step = refuseFunction(r, f, d.Rights, reading)
	if d.Refusal == "" {
		d.Grant = newGrant(r, f, m, d)
	}
	return d
}

// refuseFunction is lines 3 to 5 for the function asked. Filing, changing,
// declaring and reading traces are not reading: lines 4 to 8 do not stop them.
// An emergency visit is opened in order to read, so it is stopped like reading.
func refuseFunction(r Request, f Facts, rights []string, reading reading) (Refusal, int) {
	switch r.Function {
	case FunctionRead:
		return reading.refusal, reading.step
	case FunctionOpen:
		if r.Mode != fhir.ModeNormal {
			return reading.refusal, reading.step
		}
		return "", 0
	case FunctionFile:
		return needs(rights, fhir.RightUpload)
	case FunctionChange: // the document decides: MayChange
		return "", 0
	case FunctionDeclare:
		if isBarred(r, f) {
			return RefusalContested, 5
		}
		return needs(rights, fhir.RightDeclareConsent)
	case FunctionWithdrawOwn:
		return needs(rights, fhir.RightWithdrawOwn)
	case FunctionTraces:
		return needs(rights, fhir.RightTracesOwn, fhir.RightTracesAll)
	default:
		return RefusalFunction, 3
	}
}

func needs(rights []string, oneOf ...string) (Refusal, int) {
	for _, right := range oneOf {
		if slices.Contains(rights, right) {
			return "", 0
		}
	}
	return RefusalFunction, 3
}

// checkMode is the part of line 3 that concerns the mode: who may use it, with
// a typed reason when it is opened and inside its time box afterwards.
func checkMode(r Request) Refusal {
	switch r.Mode {
	case fhir.ModeNormal:
		return ""
	case fhir.ModeBreakGlass:
		if isOccupational(r.Requester) {
			return RefusalMode
		}
	case fhir.ModeCentre15:
		if !IsRegulator(r.Requester) {
			return RefusalMode
		}
	default:
		return RefusalMode
	}
	if r.Function == FunctionOpen {
		return checkReason(r.Reason)
	}
	if !r.Now.Before(r.SessionEnd) {
		return RefusalSession
	}
	return ""
}

func checkReason(reason string) Refusal {
	n := 0
	for _, c := range reason {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			n++
		}
	}
	if n < minReason {
		return RefusalReason
	}
	return ""
}

// reading is what lines 3 to 5 say about reading the record at all.
type reading struct {
	refusal Refusal
	step    int
	basis   string
	until   time.Time
}

func decideReading(r Request, f Facts, m Matrix) reading {
	if isOccupational(r.Requester) || !hasColumn(m, r.Profession) {
		return reading{refusal: RefusalProfession, step: 3}
	}
	if r.Mode != fhir.ModeCentre15 && !isMT(r.Requester, f) && isBlocked(r.Requester, f) {
		return reading{refusal: RefusalBlocked, step: 4}
	}
	basis, until, refusal := findBasis(r, f)
	if refusal != "" {
		return reading{refusal: refusal, step: 5}
	}
	return reading{basis: basis, until: until}
}

// findBasis is line 5: what lets the professional in, and until when. Of an
// authorisation and a membership the longer one counts.
func findBasis(r Request, f Facts) (basis string, until time.Time, refusal Refusal) {
	switch {
	case r.Mode == fhir.ModeBreakGlass && f.OpposeBreakGlass,
		r.Mode == fhir.ModeCentre15 && f.OpposeCentre15:
		return "", time.Time{}, RefusalOpposed
	case r.Mode != fhir.ModeNormal:
		return fhir.BasisEmergency, time.Time{}, ""
	case isMT(r.Requester, f):
		return fhir.BasisMT, time.Time{}, ""
	}
	team, inTeam := longest(f.Team, r)
	auth, authorised := longest(f.Authorisations, r)
	switch {
	case inTeam && (!authorised || !endsBefore(team, auth)):
		return fhir.BasisCareTeam, team, ""
	case authorised:
		return fhir.BasisAuthorised, auth, ""
	default:
		return "", time.Time{}, RefusalNoConsent
	}
}

// longest gives the latest end among the relations in force; zero: no limit.
func longest(relations []Relation, r Request) (end time.Time, found bool) {
	for _, rel := range relations {
		if !rel.names(r.Requester) || !rel.inForce(r.Now) {
			continue
		}
		if !found || endsBefore(end, rel.End) {
			end, found = rel.End, true
		}
	}
	return end, found
}

// endsBefore compares two ends, of which zero is the latest.
func endsBefore(a, b time.Time) bool {
	if a.IsZero() {
		return false
	}
	return b.IsZero() || a.Before(b)
}

func (a Actor) names(r Requester) bool {
	if a.ID == "" {
		return false
	}
	if a.Org {
		return a.ID == r.OrgID
	}
	return a.ID == r.ID
}

func (rel Relation) inForce(now time.Time) bool {
	return !now.Before(rel.Start) && (rel.End.IsZero() || now.Before(rel.End))
}

func isBlocked(r Requester, f Facts) bool {
	return slices.ContainsFunc(f.Blocks, func(a Actor) bool { return a.names(r) })
}

// isMT: a médecin traitant is a doctor, whatever the facts say.
func isMT(r Requester, f Facts) bool {
	return f.MT != "" && f.MT == r.ID && r.Profession == doctor
}

// sessionEnd gives the end of the visit: the one that bound it, or a new one.
func sessionEnd(r Request) time.Time {
	if r.Function != FunctionOpen && r.Now.Before(r.SessionEnd) {
		return r.SessionEnd
	}
	if r.Mode == fhir.ModeNormal {
		return r.Now.Add(SessionTime)
	}
	return r.Now.Add(EmergencyTime)
}

// Professions and specialties of the decision (TRE_G15, TRE_R38, TRE_R02).
const (
	doctor             = "10"
	sectorOccupational = "SA66" // service de prévention et de santé au travail
	sectorOnCall       = "SA50" // permanence des soins ambulatoires hors cabinet
)

// isProfession accepts the two-digit codes of TRE_G15 and nothing else.
func isProfession(code string) bool {
	return len(code) == 2 && code[0] >= '0' && code[0] <= '9' && code[1] >= '0' && code[1] <= '9'
}

func specialtyOf(r Requester) string {
	return r.Specialty[strings.LastIndexByte(r.Specialty, '/')+1:]
}

// isOccupational: the occupational doctor, by specialty or by employer; they
// file and never read (article L. 1111-18; contract section 5).
func isOccupational(r Requester) bool {
	return r.Profession == doctor && (specialtyOf(r) == "SM25" || r.Sector == sectorOccupational)
}

// IsRegulator tells who may use centre 15 mode and search everyone by traits
// (ITI-78): a doctor of emergency medicine, or one on call outside a
// practice, who regulates the calls to centre 15.
func IsRegulator(r Requester) bool {
	if r.Profession != doctor || isOccupational(r) {
		return false
	}
	switch specialtyOf(r) {
	case "SM59", "DSM220", "DEC14":
		return true
	}
	return r.Sector == sectorOnCall
}

// hasColumn: the matrix knows the profession. One whose rows all say no still
// reads what it wrote; one without a row reads nothing.
func hasColumn(m Matrix, profession string) bool {
	if len(m.Column(profession)) > 0 {
		return true
	}
	_, known := m.Allowed(referenceType, profession)
	return known
}

// referenceType has a row for every profession of the matrix, which is
// rectangular: CR de consultation.
const referenceType = "11488-4"
