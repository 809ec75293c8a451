package fhir

import "time"

// Identifier is a FHIR Identifier reduced to what tells things apart.
type Identifier struct {
	System string
	Value  string
}

// Coding is a FHIR Coding.
type Coding struct {
	System  string
	Code    string
	Display string
}

// Patient is the thin view of FRCorePatientINS, with what Carnet's server adds
// for the caller (extensions, see names.go).
type Patient struct {
	ID          string
	Version     string
	LastUpdated time.Time
	INS         Identifier // zero when the identity is not qualified
	BirthName   string     // nom de naissance
	UsedName    string     // nom utilisé; empty when the same
	Given       []string   // birth-list-given-name, in order
	FirstGiven  string     // premier prénom
	Gender      string     // male, female, unknown
	BirthDate   string     // YYYY-MM-DD, YYYY-MM or YYYY
	BirthPlace  string     // INSEE code
	City        string     // of the address, for telling two people apart
	Reliability string     // PROV, VALI, RECUP, QUAL
	Active      bool       // the record is open
	ClosedAt    time.Time  // extension dmp-fermeture; zero when open

	Relation    string    // how the caller may read: medecin-traitant, care-team, authorisation, "" (extension)
	RelationEnd time.Time // end of the authorisation or membership; zero when none (extension)
	LastVisit   time.Time // the caller's last visit; zero when never (extension)
	New         int       // documents the caller may read, filed since LastVisit (extension)
}

// Attachment is content.attachment of a DocumentReference.
type Attachment struct {
	ContentType string
	Language    string
	URL         string // Binary/[id], relative to the base
	Size        int64  // raw bytes
	Hash        string // base64 of the SHA-1 of the raw bytes (IHE MHD 4.2.4)
	Title       string
	Creation    string // dateTime as written
}

// Party is who wrote or keeps a document.
type Party struct {
	ID        string // national id, system urn:oid:1.2.250.1.71.4.2.1 (8 + RPPS) or …71.4.2.2
	Name      string
	Specialty string // JDV_J01 or TRE_G15 code
	OrgID     string
	OrgName   string
}

// DocumentReference is the thin view of a PDSm comprehensive DocumentReference.
type DocumentReference struct {
	ID            string // the logical id: stable over metadata versions
	Version       string
	LastUpdated   time.Time
	UniqueID      string // masterIdentifier.value, urn:oid:… or urn:uuid:…
	Status        string // current, superseded, entered-in-error
	Type          Coding
	Category      Coding
	PatientID     string // logical id, when subject is Patient/[id]
	PatientINS    Identifier
	Date          string // instant as written
	Author        Party
	Custodian     Party
	Description   string
	Confidential  string // N, R, V
	Masked        bool   // MASQUE_PS
	HiddenPatient bool   // INVISIBLE_PATIENT (NOPAT read as the same)
	HiddenReps    bool   // INVISIBLE_REPRESENTANTS_LEGAUX
	Archived      bool   // PDSm isArchived
	Attachment    Attachment
	Format        Coding
	PeriodStart   string // date of the act
	PeriodEnd     string
	Facility      Coding // JDV_J02
	Practice      Coding // JDV_J04
	Event         []Coding
	Replaces      []string // references of relatesTo with code replaces (as stored)
	ReplacedBy    string   // set by the server for a superseded document its reader may follow (extension)
}

// SubmissionSet is the thin view of a List with code submissionset (ITI-65/66).
type SubmissionSet struct {
	ID         string
	UniqueID   string
	PatientID  string
	PatientINS Identifier // as a sender names the patient; a server's answers leave it out
	Date       string
	Source     Party
	Title      string
	Entries    []string // references of the DocumentReferences
}

// Consent is the thin view of a PCF Consent.
type Consent struct {
	ID        string
	Version   string
	Status    string // active, inactive, entered-in-error
	PatientID string
	DateTime  time.Time
	Form      string // oral, ecrit (extension)
	Source    string // who recorded it: patient, professional
	ActorID   string // to whom: national id of a professional or structure
	ActorName string
	Start     time.Time
	End       time.Time // zero: without limit
	Visit     bool      // for this consultation: the server chooses the end (extension)
}

// AuditEvent is the thin view of a BALP AuditEvent: who did what, on which
// record, when, in which mode.
type AuditEvent struct {
	ID          string
	Recorded    time.Time
	Kind        string // see the Kind… constants in names.go (search, read, create, patch, replace, undo, open, close, consent, denial, history, lookup)
	Action      string // C R U D E
	Outcome     string // 0 4 8 12
	OutcomeDesc string
	AgentID     string
	AgentName   string
	AgentRole   string // profession code
	OrgID       string
	OrgName     string
	// Who answers for what a system did for them; empty when a person did it.
	ResponsibleID   string
	ResponsibleName string

	Mode          string // normal, bris_de_glace, centre_15
	Reason        string // the typed reason of an emergency access
	PatientID     string
	PatientName   string // display, for the caller who may see it
	DocumentID    string
	DocumentTitle string
	RequestID     string
	Query         string // the search as asked, without identifiers (searches only)
}

// Access is what $open answers: the session, its end, and the rights that the
// server grants here, so that a client greys out without knowing rules.
type Access struct {
	Session   string
	PatientID string
	Mode      string
	Basis     string    // medecin-traitant, care-team, authorisation, emergency, "" when there is none
	Until     time.Time // end of the authorisation or membership; zero when none
	End       time.Time // end of this session
	Rights    []string  // see the Right… constants in names.go
	Refusal   string    // why reading is not possible: no-consent, profession; "" when it is
	LastVisit time.Time // the caller's visit before this one
}

// Traits are the strict traits of an identity (Patient/$match).
type Traits struct {
	BirthName  string
	FirstGiven string
	Sex        string // M or F
	BirthDate  string // YYYY-MM-DD
	BirthPlace string // INSEE code, optional
}
