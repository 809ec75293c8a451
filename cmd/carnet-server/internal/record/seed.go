package record

import (
	"time"

	"carnet/client/fhir"
)

// States of a record (RecordSeed.State).
const (
	StateOpen    = "open"    // the holder has an active record
	StateClosed  = "closed"  // closed: archived ten years, nothing is read or filed
	StateOpposed = "opposed" // the person objected before it was made
	StatePending = "pending" // in the six weeks in which the person may object
)

// PatientSeed is a fictional person. ID is the logical id, chosen by the
// caller so that a demo is the same at every start.
type PatientSeed struct {
	ID          string
	INS         fhir.Identifier // system fhir.SystemINSTest; zero when Reliability is not QUAL
	BirthName   string
	UsedName    string   // "" when the same
	Given       []string // all given names in order; the first is the first given name
	Gender      string   // male, female, unknown
	BirthDate   string   // YYYY-MM-DD, YYYY-MM or YYYY
	BirthPlace  string   // INSEE code
	City        string
	Reliability string // PROV, VALI, RECUP, QUAL; "" means QUAL
}

// RecordSeed is the state of a person's record. A patient without one has an
// open record without médecin traitant.
type RecordSeed struct {
	PatientID        string
	State            string    // State…; "" means open
	ClosedAt         time.Time // for StateClosed
	MT               string    // national id of the médecin traitant, "" when none
	OpposeBreakGlass bool      // no access by break-glass
	OpposeCentre15   bool      // no access by the emergency centre
	MaskedEmergency  bool      // masked documents may be read in an emergency
}

// AuthorisationSeed lets a professional or an establishment read a record.
type AuthorisationSeed struct {
	PatientID string
	Actor     string // national id of a professional (8 + RPPS) or of a structure
	ActorName string
	Form      string    // oral, ecrit
	Source    string    // patient or professional; "" means patient
	Start     time.Time // zero: at once
	End       time.Time // zero: without limit
}

// BlockSeed keeps a professional or an establishment out of a record.
type BlockSeed struct {
	PatientID string
	Actor     string
}

// TeamSeed makes a professional or an establishment a member of the care team.
type TeamSeed struct {
	PatientID string
	Actor     string
	Start     time.Time // zero: at once
	End       time.Time // zero: three months after Start
	Creator   string    // who said so; "" means the patient
}

// VisitSeed says when a professional was last in a record.
type VisitSeed struct {
	PatientID string
	Actor     string
	At        time.Time
}

// DocumentSeed is a document as if it had been filed at FiledAt. The bytes
// pass no gate.
type DocumentSeed struct {
	ID          string // logical id; "" derives one from UniqueID
	UniqueID    string // urn:oid:… or urn:uuid:…
	PatientID   string
	Type        fhir.Coding // system and display may be left out
	Class       fhir.Coding // zero: the class of the type
	Title       string
	Date        time.Time // of the document (DocumentReference.date); zero: FiledAt
	PeriodStart time.Time // of the act; zero: Date
	PeriodEnd   time.Time
	Author      fhir.Party
	Custodian   fhir.Party  // OrgID and OrgName; zero: the author's
	ByPatient   bool        // deposited by the patient
	Facility    fhir.Coding // JDV_J02; zero: SA07
	Practice    fhir.Coding // JDV_J04; zero: ETABLISSEMENT
	Status      string      // "" means current
	Masked      bool
	HiddenPat   bool
	HiddenReps  bool
	Archived    bool
	Replaces    string // UniqueID of the document that this one replaces; it becomes superseded
	ContentType string // media type
	Data        []byte
	FiledAt     time.Time
}
