package consent

import "time"

// Requester is the professional who asks, as a verified token says. The zero
// Requester may do nothing.
type Requester struct {
	ID         string // national id, 8 + RPPS, or a system's client id
	Profession string // TRE_G15: two digits, "10" is a doctor
	Specialty  string // R38: "SM54"; "G15_10/SM54" is read as the same
	OrgID      string // national id of the structure, "" when none
	Sector     string // Secteur_Activite: "SA07"
}

// Function is what is asked of a record, coarser than an interaction: the
// rows of the functional-rights table that need a decision of their own.
type Function int

// The functions. The zero Function is none and always refused.
const (
	FunctionNone        Function = iota
	FunctionOpen                 // $open: starts a visit in a mode
	FunctionRead                 // search, metadata, content
	FunctionFile                 // create, replace
	FunctionChange               // PATCH and $undo; each document is then decided by MayChange
	FunctionDeclare              // declare the patient's consent
	FunctionWithdrawOwn          // remove one's own authorisation
	FunctionTraces               // read access traces of this record
)

// Request is one question. Mode is one of fhir.Mode…; an emergency mode other
// than in FunctionOpen needs the end of the access session that bound it.
type Request struct {
	Requester
	Mode       string
	Reason     string    // typed, when an emergency mode is opened
	SessionEnd time.Time // end of the access session; zero when opening or without one
	Function   Function
	Now        time.Time
}

// State is the state of a record. Only StateOpen takes or gives anything to
// professionals.
type State int

// The states. The zero State is a record that does not exist.
const (
	StateNone    State = iota
	StatePending       // the insured person may still object (six weeks)
	StateOpen
	StateClosed  // archived ten years for the holder
	StateOpposed // never created: the person objected
)

// Actor is a professional or a whole structure.
type Actor struct {
	ID  string // national id
	Org bool   // ID names a structure: everyone working there
}

// Relation lets an actor read during a period: an authorisation that the
// patient gave, or membership of the care team. Start ≤ now < End; a zero End
// has no limit, a zero Start has always been.
type Relation struct {
	Actor
	Start, End time.Time
}

// Facts is everything about a record that a decision depends on, read in one
// transaction together with Epoch.
type Facts struct {
	PatientID      string
	State          State
	Epoch          int64  // moves with every change of the other fields
	MT             string // national id of the médecin traitant, "" when none
	Authorisations []Relation
	Team           []Relation
	Blocks         []Actor
	Contested      []Relation // whose declarations the patient contested, for how long they may make none

	OpposeBreakGlass  bool // the patient objected to break-glass
	OpposeCentre15    bool // the patient objected to centre 15
	MaskedInEmergency bool // the patient lets masked documents be read in an emergency
}

// DocFacts is everything about a document that a decision depends on.
type DocFacts struct {
	Type          string // LOINC or local type code
	AuthorID      string // national id of the author
	ByPatient     bool   // deposited by the patient (DOCPAT types)
	Status        string // current, superseded, entered-in-error
	Masked        bool   // MASQUE_PS
	Archived      bool   // isArchived
	HiddenPatient bool   // INVISIBLE_PATIENT: waits for the announcement consultation
	HiddenReps    bool   // INVISIBLE_REPRESENTANTS_LEGAUX
}

// Matrix is the habilitation matrix: profession × document type.
// terminology.Matrix is one.
type Matrix interface {
	// Allowed tells whether a profession's column holds the type, and whether
	// the pair has a row at all.
	Allowed(typeCode, profession string) (allowed, known bool)
	// Column lists the types a profession may read.
	Column(profession string) []string
}
