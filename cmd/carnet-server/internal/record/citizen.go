package record

import (
	"io"
	"time"

	"carnet/client/fhir"
)

// Citizen is a natural person signed in on the patient's side: for their own
// record, or for one that they represent. The zero Citizen may do nothing.
type Citizen struct {
	ID        string // logical id of the person (Patient/<ID>)
	Name      string // for the history: "Léa MARTIN"
	Session   string // the sign-in
	RequestID string
}

// Roles of Staff.
const (
	StaffOperator = "operator" // support by telephone or at a counter: objection, closing, a new code
	StaffDPO      = "dpo"      // the data-protection officer: contested accesses
	StaffSystem   = "system"   // the server itself: what falls due
)

// Staff is who serves patients and never sees medical content. The zero Staff
// may do nothing.
type Staff struct {
	ID        string // account
	Name      string
	Role      string // Staff…
	Session   string
	RequestID string
}

// How a Citizen stands to a record.
const (
	RelationSelf           = "self"
	RelationRepresentative = "representative"
	RelationHeir           = "heir"    // of a closed record, article L. 1110-4
	RelationPartner        = "partner" // of a closed record, likewise
)

// HeldRecord is one record that a Citizen may enter.
type HeldRecord struct {
	Patient  fhir.Patient
	Relation string    // Relation…
	Until    time.Time // end of a mandate; zero: none
	Life     Life
	// Waits: it is their own and not activated yet. It is named, and not entered.
	Waits bool
}

// Choices are the switches of a record that the holder alone sets.
type Choices struct {
	OpposeBreakGlass bool // no access by break-glass
	OpposeCentre15   bool // no access by the emergency centre
	MaskedEmergency  bool // masked documents may be read in an emergency
	NoOffline        bool // no offline copy of the record
	EveryVisit       bool // a notice of every visit, not of the first alone
	Email            string
}

// Kinds of Party decided about (Rule.Kind).
const (
	RuleAuthorisation = "authorisation"
	RuleTeam          = "team"
	RuleBlock         = "block"
)

// Rule is what is decided about one professional or structure.
type Rule struct {
	ID        string
	Kind      string // Rule…
	Actor     Listed
	Start     time.Time
	End       time.Time // zero: without limit
	Active    bool      // in force now
	By        string    // in words: who declared it; "" the holder
	ByPro     bool      // declared by a professional: may be contested
	Form      string    // oral, ecrit of a professional's declaration
	Contested time.Time // zero: never
}

// Rules is everything that is decided about a record.
type Rules struct {
	MT       Listed // the declared médecin traitant; zero: none
	Rules    []Rule
	Requests []Request // waiting for an answer
	Choices  Choices
}

// Listed is a professional or a structure of the directory.
type Listed struct {
	ID         string // national id
	Name       string
	Profession string // TRE_G15; "" of a structure
	Specialty  string
	OrgID      string // of a professional
	OrgName    string
	City       string
	Org        bool
}

// Request is a professional's wish to be allowed in.
type Request struct {
	ID    string
	Actor Listed
	At    time.Time
	Words string // what the professional wrote, at most 400 characters
}

// Reply is a holder's answer to a Request.
type Reply struct {
	Accept bool
	Until  time.Time // zero: without limit
}

// GrantAsked is a holder's decision to let somebody in.
type GrantAsked struct {
	Actor string // national id, in the directory
	Kind  string // RuleAuthorisation or RuleTeam
	Start time.Time
	End   time.Time // zero: without limit; for a team three months when zero
}

// HeldQuery narrows a holder's list of documents.
type HeldQuery struct {
	ID       string // one document by its logical id; "" all
	Words    string // in titles, types and authors, folded
	Class    string
	Archived bool
	Statuses []string // current, superseded; none: current
	Limit    int
	Cursor   string
}

// HeldDocuments is one page of them, newest act first.
type HeldDocuments struct {
	Total int
	Items []fhir.DocumentReference
	Next  string
}

// HeldChange is a holder's change of a document: exactly one field is set.
// Archiving and deleting are for the holder's own deposits.
type HeldChange struct {
	Masked     *bool
	HiddenReps *bool
	Archived   *bool
	Delete     bool
}

// Deposit is a document that the holder files.
type Deposit struct {
	Type        string // DOCPAT01 … DOCPAT09
	Title       string
	Date        time.Time // of the act
	ContentType string    // application/pdf, image/jpeg, image/png, image/tiff, text/plain
	Data        io.ReaderAt
	Size        int64
	HiddenReps  bool
	Once        string // idempotency key
}

// Visit is one visit of one reader: a line of the patient's history.
type Visit struct {
	ID      string // of its first entry
	Start   time.Time
	End     time.Time
	Who     Listed
	Role    string // "professional", "holder", "representative", "heir", "partner", "operator", "dpo", "server"
	Mode    string // fhir.Mode…
	Reason  string // typed, of an emergency mode
	Refused bool   // nothing was shown
	Offline bool   // read from an offline copy
	Copy    bool   // a working copy for offline, no consultation
	Acts    []Act
}

// Act is one detail of a Visit.
type Act struct {
	Seq      int64 // of the log entry
	At       time.Time
	Synced   time.Time // of an offline read: when it was told
	Kind     string    // fhir.Kind…
	Document string    // logical id; "" when it waits for its announcement
	Title    string
	TypeCode string
	Waiting  bool // a document that waits for its announcement consultation
	Detail   string
	Count    int
	// Responsible is the professional who answers for what a system did; empty when
	// a person did it.
	Responsible string
}

// HistoryQuery narrows a history.
type HistoryQuery struct {
	From, To time.Time // zero: open
	Who      string    // national id
	Only     string    // "", "reads", "emergency", "changes", "refusals"
	Limit    int       // visits a page
	Cursor   string
}

// History is one page of visits, newest first.
type History struct {
	Visits []Visit
	Next   string
}

// Told is a notice as its reader sees it.
type Told struct {
	ID       int64
	Kind     string // first-access, access, document, changed, emergency, consent, team, request, life, complaint, message, appointment
	At       time.Time
	Read     bool
	Who      string // in words
	Document string // logical id, "" when none or waiting
	Title    string
	Detail   string // a word; of a complaint, the answer
	Rule     string // the Rule that it tells of, to be contested
	Act      int64  // the log entry that it tells of, to be contested
	Dialogue string // the exchange that a message is in
}

// Lease is an offline copy that somebody holds.
type Lease struct {
	ID    string
	Who   Listed
	Taken time.Time
	Until time.Time

	// For who took it: see fhir.OfflineLease.
	Basis   string
	Stamp   string
	Shared  bool
	Patient string   // logical id; with Rights, of what TakeCopies gives
	Rights  []string // of who took it, in normal mode: fhir.Right…
}

// ProfileItem is one item of the health profile: a FHIR resource
// (AllergyIntolerance, Condition, FamilyMemberHistory, MedicationStatement,
// Immunization, Observation) with what lists need.
type ProfileItem struct {
	ID       string
	Resource string // FHIR type
	Code     fhir.Coding
	Text     string
	Date     string // FHIR date
	Value    string // of an Observation: decimal text
	Unit     string // UCUM
	Note     string
	Status   string
	Masked   bool
	By       string // in words; "" the holder
	Version  int64
	Updated  time.Time
	JSON     []byte
	View     fhir.Item // all of it; when it says a Resource, the fields above that it holds do not count
}

// Complaint is a contested access on its way to the data-protection officer,
// who sees who, when and why, and no medical content.
type Complaint struct {
	ID       string
	Patient  string // name, in words
	At       time.Time
	Act      int64
	Who      Listed
	Mode     string
	Reason   string
	Words    string // of the patient
	Answer   string
	Answered time.Time
}

// Mandate lets a person enter another's record: a legal representative, or,
// once it is closed, an heir or the partner (article L. 1110-4).
type Mandate struct {
	ID       string
	Patient  string // logical id of whose record it is
	Person   string // logical id of who may enter
	Relation string // RelationRepresentative, RelationHeir or RelationPartner
	Start    time.Time
	End      time.Time // zero: without limit; a parent's ends when the child comes of age
}
