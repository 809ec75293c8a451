// Package record is the only door to a health record: whoever wants to find,
// read, file, change or look back comes through a use case of Service, for a
// Principal that a verified token names.
//
// Every use case has the same three steps. It decides (package consent, a pure
// function of what the patient allows), it logs (package audit, a Merkle tree
// written in the same transaction as the change), and only then it answers.
// There is no way around them: Go's internal rule keeps consent, audit and the
// store out of reach of every other package, and the store gives content only
// against the grant that a decision made.
//
// Words. A record is what the store keeps of one patient, under a key of its
// own. Its epoch counts every change of who may read what; a read that was
// decided under an older epoch is decided again before anything leaves. An
// access session is one visit of one professional in one mode ($open). A miss
// is an answer "not found", the same for unknown and hidden.
//
// The Seeder (seed.go) is the constructor of demo and benchmark data:
//
//	s, err := svc.Seed()          // needs Config.Demo
//	s.AddPatient(PatientSeed{…})  // then SetRecord, Authorise, Block, AddTeam,
//	s.AddDocument(DocumentSeed{…})//      AddVisit, AddDocument, in any number
//	err = s.Close()               // writes the rest and gives the first error
//
// Errors are *fhir.Error throughout, with the codes of the contract's section
// 11; Unavailable means that nothing was done.
package record

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
)

// Principal is who asks, as a verified token says. The zero Principal may do
// nothing.
type Principal struct {
	ID         string // SubjectNameID: national id, 8 + RPPS, or a system's client id
	Name       string // for the patient's history: "Dr Anne MOREL"
	Profession string // TRE_G15 code (SubjectRole)
	Specialty  string // R38 code: SM54 …
	OrgID      string // SubjectOrganizationID
	OrgName    string
	Sector     string // Secteur_Activite: SA07 …
	Session    string // the sign-in: binds page links and access sessions to it
	RequestID  string // of this request, for the audit record
}

// Config is all that a Service needs.
type Config struct {
	Dir     string           // data directory: database, master key, log key; made with mode 0700
	Now     func() time.Time // nil: time.Now
	Log     logrus.FieldLogger
	Gate    Gate   // checks a document's bytes; nil refuses every PDF
	Intake  Intake // how much is taken in at once; zero: DefaultIntake
	LogName string // origin line of the signed heads; empty: "carnet-log"
	Demo    bool   // allows Seed
	Memory  int    // bytes of opened lists that are kept; 0: a default
	NoSync  bool   // tests only: synchronous=OFF
}

// Gate checks the bytes of a document before they are stored (invariant 8).
type Gate interface {
	// CheckPDF gives nil when the PDF of size bytes behind file may be stored,
	// *fhir.Error{Code: Invalid or Unavailable} otherwise. Many are checked at
	// once: none is held whole in memory.
	CheckPDF(ctx context.Context, file io.ReaderAt, size int64) error
}

// Resource is one FHIR resource ready for the wire.
type Resource struct {
	ID          string
	Version     string
	LastUpdated time.Time
	JSON        []byte // with id, meta and what the server sets
}

// Page is one page of resources. Total counts what the caller may read.
type Page struct {
	Total int
	Items []Resource
	Next  string // cursor of the next page, "" at the end; sealed and bound to Principal.Session
}

// PatientQuery asks for the caller's patients.
type PatientQuery struct {
	Names      []string         // each must start a word of a name, accents and case folded
	BirthDate  string           // YYYY, YYYY-MM or YYYY-MM-DD
	Text       string           // free text of the search box: words, digits of a date or an INS
	Identifier *fhir.Identifier // exact; answers anyone
	ID         string           // logical id
	Limit      int
	Cursor     string
}

// DocumentQuery is ITI-67 after parsing.
type DocumentQuery struct {
	PatientID  string
	PatientINS *fhir.Identifier
	Statuses   []string
	Identifier *fhir.Identifier // masterIdentifier
	Types      []fhir.Coding
	Categories []fhir.Coding
	Authors    AuthorQuery
	Facilities []fhir.Coding
	Settings   []fhir.Coding
	Formats    []fhir.Coding
	Events     []fhir.Coding
	Labels     []fhir.Coding
	Related    string
	Archived   *bool
	Creation   []DateRange
	Date       []DateRange
	Period     []DateRange
	Limit      int
	Cursor     string
	Count      bool // _summary=count
}

// AuthorQuery narrows by author's name.
type AuthorQuery struct{ Given, Family string }

// DateRange is half open: From ≤ t < To; zero means unbounded.
type DateRange struct{ From, To time.Time }

// SetQuery is ITI-66 after parsing.
type SetQuery struct {
	PatientID  string
	PatientINS *fhir.Identifier
	Statuses   []string
	Date       []DateRange
	Limit      int
	Cursor     string
}

// AuditQuery asks for audit entries the caller may see.
type AuditQuery struct {
	PatientID string
	AgentID   string // own id, or "" for the same
	Date      []DateRange
	Limit     int
	Cursor    string
}

// Upload is a DocumentReference as received: the body with the attachment's
// data split out while it was read.
type Upload struct {
	Body        []byte // the received body, attachment.data replaced by its SHA-256 (see fhir.SplitData)
	Data        io.ReaderAt
	File        *os.File // the unlinked spool file behind Data, when it was large; may be nil
	Size        int64
	SHA1        [20]byte
	SHA256      [32]byte
	Idempotency string // Idempotency-Key, "" when none
	Base        string // address of this server's FHIR base: an absolute reference counts below it alone
}

// Content is a document's bytes on their way out. Close it.
type Content struct {
	Type   string
	Size   int64
	SHA256 [32]byte
	Reader io.ReadCloser
}

// Patch is a conditional PATCH after parsing: only what may change.
type Patch struct {
	Status   string        // "" leaves it
	Labels   []fhir.Coding // the whole new securityLabel; nil leaves it
	Archived *bool
	Ops      []byte // the JSON Patch as received, kept as the truth
}

// Stats tells how the writer is doing, for the metrics.
type Stats struct {
	Queue   int   // operations waiting for the writer
	Batches int64 // transactions committed since the start
	Ops     int64 // operations in them: Ops/Batches is the mean size of a group
	Failed  int64 // transactions that failed, with all their operations
}
