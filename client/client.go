// Package client is the contract between the desktop and a health record: what
// can be asked, what comes back, which errors to expect. Pages know this
// package and nothing behind it.
//
// Three implementations live by the same conformance suite
// (client/clienttest): the HTTP client of this package, the in-memory fake for
// tests and stories, and later the offline decorator of package cache.
//
// Words. A Patient is a person with a record. An Access is the way a
// professional entered that record: a session with a mode, an end and the
// rights that the server granted; clients grey out what is not among the
// rights and know no rule of their own. A Document is the description of one
// thing filed; its Content are the bytes. Provenance says how old an answer is.
//
// Rules for every implementation: all methods are safe for concurrent use;
// they block until done, honour ctx and return *Error (code Canceled when ctx
// ended, Offline when the server gave no answer); nothing returned shares
// memory with the implementation; no error text holds a name, an identifier,
// a title or an address.
package client

import (
	"context"
	"io"
	"time"

	"carnet/client/fhir"
)

// Error is the one error type; see package fhir for the codes.
type Error = fhir.Error

// The values that need no second form on this side of the wire.
type (
	Patient  = fhir.Patient
	Document = fhir.DocumentReference
	Access   = fhir.Access
	Traits   = fhir.Traits
	Consent  = fhir.Consent
	Trace    = fhir.AuditEvent

	AccessEvent = fhir.AccessEvent
)

// Provenance says where an answer comes from, so that a page can show its age.
type Provenance struct {
	Cached bool      // from the offline copy
	AsOf   time.Time // when the server last confirmed it
}

// PatientQuery asks for my patients: those who authorised me, whose médecin
// traitant I am, or in whose care team I am.
type PatientQuery struct {
	Text  string // parts of names, a birth year or date, digits of an INS; empty: most recently visited first
	Limit int    // rows a page; 0 means 20
	Page  string // PatientPage.Next of the page before
}

// EmergencyQuery asks for anyone, for who regulates calls to centre 15: a name of
// four letters or more, or a name and a birth date.
type EmergencyQuery struct {
	Name      string // birth or used name, given names, or parts of them
	BirthDate string // YYYY, YYYY-MM or YYYY-MM-DD; empty: any
	Limit     int    // rows a page; 0 means 20, which is the most
	Page      string // PatientPage.Next of the page before
}

// PatientPage is one page of patients.
type PatientPage struct {
	Patients []Patient
	Total    int
	Next     string // empty on the last page
	Provenance
}

// OpenRequest says how to enter a record.
type OpenRequest struct {
	Mode   string // fhir.ModeNormal …
	Reason string // typed by the person; mandatory in the emergency modes
}

// DocumentQuery narrows the list of a record's documents.
type DocumentQuery struct {
	Statuses []string // empty: current
	Types    []string // type codes
	Classes  []string
	From, To time.Time // period of the act
	Archived bool      // also archived ones
	Limit    int       // rows a page; 0 means 50
	Page     string
}

// DocumentPage is one page of documents, newest act first.
type DocumentPage struct {
	Documents []Document
	Total     int // what this reader may read
	Next      string
	Provenance
}

// Content is the bytes of a document, already compared with size and hash.
type Content struct {
	Type  string // media type
	Bytes []byte
	Provenance
}

// Draft is a document to be filed.
type Draft struct {
	ID            string // idempotency key (UUID): the same Draft sent twice takes effect once
	UniqueID      string // urn:uuid:… or urn:oid:…; empty: derived from ID
	PatientID     string
	PatientINS    fhir.Identifier
	Type          fhir.Coding
	Class         fhir.Coding // follows from the type (terminology.ClassOf)
	Title         string
	ActDate       time.Time
	ContentType   string
	Content       io.ReadSeeker // read from its start, possibly more than once
	Size          int64         // bytes
	Hash          string        // base64 of the SHA-1 of the content where it is known; a content that has another one does not arrive. Empty: the content is read once more for it
	Masked        bool
	HiddenPatient bool
	Facility      fhir.Coding
	Practice      fhir.Coding
	Replaces      *Document // the document that this one corrects
	Author        fhir.Party
}

// Change is an alteration of a document's metadata: exactly one field is set.
type Change struct {
	Masked        *bool
	HiddenPatient *bool
	Archived      *bool
	Delete        bool // status entered-in-error
}

// ConsentDeclaration is the consent a patient gave in front of the professional.
type ConsentDeclaration struct {
	PatientID string
	Form      string    // oral, ecrit
	End       time.Time // zero: without limit
	Visit     bool      // for this consultation: the server chooses the end
}

// TraceQuery asks for accesses.
type TraceQuery struct {
	PatientID string    // one record; empty: every record, own accesses only
	From, To  time.Time // zero: open
	Limit     int       // 0 means 50
	Page      string
}

// TracePage is one page of accesses, newest first.
type TracePage struct {
	Traces []Trace
	Total  int
	Next   string
	Provenance
}

// Progress is told how many bytes have left, of how many. It is called from
// the goroutine that sends.
type Progress func(sent, total int64)

// Finder finds people.
type Finder interface {
	// MyPatients lists my patients. Errors: Unauthenticated, TokenExpired, Offline.
	MyPatients(ctx context.Context, q PatientQuery) (PatientPage, error)
	// FindByINS gives the one person with this INS, whoever they are; NotFound
	// when there is none. Looking up someone who is not my patient leaves a line
	// in that person's history and may answer Throttled.
	FindByINS(ctx context.Context, ins fhir.Identifier) (Patient, error)
	// Match gives the one person whose strict traits are these, or NotFound;
	// never a list. Same trace and throttle as FindByINS.
	Match(ctx context.Context, t Traits) (Patient, error)
	// EmergencySearch lists anyone by name, in centre 15 mode (ITI-78). Each person
	// shown has a line of it in their history, and may be opened. Errors:
	// Forbidden for who does not regulate, Required for too little of a name.
	EmergencySearch(ctx context.Context, q EmergencyQuery) (PatientPage, error)
}

// Reader reads one record.
type Reader interface {
	// Open enters a record. A refusal to read is not an error: Access.Rights
	// then lacks fhir.RightRead and Access.Refusal says why. Errors: NotFound,
	// NoRecord (closed or opposed), NoConsent (an emergency mode that the
	// patient objected to), Required (no reason), Forbidden.
	Open(ctx context.Context, patientID string, how OpenRequest) (Access, error)
	// Close ends the session; closing twice is no error.
	Close(ctx context.Context, a Access) error
	// Documents lists what this reader may read.
	Documents(ctx context.Context, a Access, q DocumentQuery) (DocumentPage, error)
	// Document gives one document's description; NotFound when unknown or hidden.
	Document(ctx context.Context, a Access, id string) (Document, error)
	// Content gives a document's bytes, verified; Invalid when they are not what
	// the description says, Withdrawn when it was deleted since.
	Content(ctx context.Context, a Access, d Document) (Content, error)
}

// Writer files and changes documents.
type Writer interface {
	// File files a document and gives its description as the server keeps it.
	// Errors: Invalid and BadCode with Issues, NoRecord (final), Duplicate (with
	// Location), TooLarge, Unavailable. Filing the same Draft twice is no error.
	File(ctx context.Context, a Access, d Draft, p Progress) (Document, error)
	// Change alters masking, visibility, archiving or deletes; VersionConflict
	// when somebody changed the document meanwhile.
	Change(ctx context.Context, a Access, d Document, c Change) (Document, error)
	// Undo withdraws a document that I filed to the wrong patient.
	Undo(ctx context.Context, a Access, d Document) error
}

// Lot is a submission set: up to MaxLot drafts of one patient, which are filed
// together or not at all. A set is never of several patients.
type Lot struct {
	ID       string  // idempotency key (UUID): the same Lot sent twice takes effect once
	Drafts   []Draft // with one PatientID and PatientINS; at most MaxLotSize bytes in all
	Progress Progress
}

// LotResult is what became of one draft of a Lot.
type LotResult struct {
	DocumentID string // of the document as the server keeps it; empty when it is not there
	Existed    bool   // I had filed it before, with the same bytes: it counts as done
	Err        error  // *Error: what is wrong with this draft
}

// Submitter files many documents at once.
type Submitter interface {
	// Submit files the drafts of a lot, whole or not at all, and gives a result for
	// each, in their order. Without an error every draft is there, filed now or
	// before. With one, nothing was filed now: the drafts at fault have an Err, and
	// those that Existed are there all the same. A draft that Existed does not keep
	// the others from being filed.
	//
	// Errors: those of Writer.File; Duplicate when a draft's unique id is that of
	// another content, of a version since replaced, or of somebody else's document;
	// TooLarge and Invalid for a lot that is none. Submitting the same Lot twice is
	// no error.
	Submit(ctx context.Context, lot Lot) ([]LotResult, error)
}

// Consents records what the patient allows.
type Consents interface {
	// DeclareConsent records the consent given in front of me; it tells the
	// patient at once and never lifts a block (NoConsent).
	DeclareConsent(ctx context.Context, c ConsentDeclaration) (Consent, error)
	// WithdrawOwn ends my own authorisation on a record.
	WithdrawOwn(ctx context.Context, patientID string) error
	// RequestAccess asks the patient to be let in, with words of mine (at most
	// 400 characters, may be empty) that the patient reads beside my name. The
	// patient answers when they like, or never; asking again while
	// one waits changes nothing. It says nothing of what the patient decided before:
	// a blocked professional gets the same answer. Errors: NotFound, NoRecord,
	// Invalid (too long), Forbidden (a profession that never reads), Throttled.
	RequestAccess(ctx context.Context, patientID, words string) error
}

// Traces shows accesses.
type Traces interface {
	// Accesses lists what I did (all for the médecin traitant of PatientID).
	Accesses(ctx context.Context, q TraceQuery) (TracePage, error)
}

// Watcher follows what becomes of an access while the record is open.
type Watcher interface {
	// Watch tells f at once how an access stands, and then whenever that has
	// changed: a right was given or taken away, documents came or went, the
	// session ended. What follows a change that the server acknowledged is told
	// within a second. Each event tells the whole state, and several changes may
	// be one event; f is called by one goroutine at a time and must not wait.
	//
	// Watch blocks. It returns nil once f was told that the session is over, and
	// otherwise an error: Canceled with ctx, Offline or Unavailable when the line
	// was lost (KeepWatching begins anew), Forbidden when there is no such session
	// of mine any longer, Throttled when too many are watched at once, Malformed.
	// An event that cannot be read is an error and never passed over.
	Watch(ctx context.Context, a Access, f func(AccessEvent)) error
}

// Records is the whole contract.
type Records interface {
	Finder
	Reader
	Watcher
	Writer
	Consents
	Traces
	// Status asks the server how it is, without signing in.
	Status(ctx context.Context) (Status, error)
}

// Outbox keeps what is still to be sent, over crashes and power cuts: what Put
// acknowledged is sent, once, or stays visible with the reason and what can be
// done. Its implementation is cache/outbox. Every method that changes something
// returns after the change is on disk; Unavailable says that it is not (disk full),
// Unauthenticated that the vault is locked, NotFound that there is no such item,
// StateConflict that the item's state does not allow it.
type Outbox interface {
	// Put takes one thing to be sent, and content (read to its end) for a
	// filing. Putting the same ID twice keeps the first. Errors: Required, BadValue,
	// TooLarge.
	Put(ctx context.Context, it OutboxItem, content io.Reader) (OutboxItem, error)
	// List gives all items, oldest first; done ones for some days.
	List(ctx context.Context) ([]OutboxItem, error)
	// Retry sends waiting and paused items now; no id means all.
	Retry(ctx context.Context, ids ...string) error
	// Pause keeps items from being sent until Retry.
	Pause(ctx context.Context, ids ...string) error
	// Edit puts what the person corrected in an item's place, with its content.
	// One that was refused, or tried, becomes another item with another ID. StateConflict
	// while sending or when an attempt may have arrived: only sending it again tells.
	Edit(ctx context.Context, id string, it OutboxItem) (OutboxItem, error)
	// Choose decides a conflict by one of the item's Choices.
	Choose(ctx context.Context, id string, c OutboxChoice) error
	// Delete forgets an item and its content; StateConflict while sending.
	Delete(ctx context.Context, id string) error
	// Follow tells f what moves until stop is called; f must not wait.
	Follow(f func(OutboxEvent)) (stop func())
}

// Status is what the server says of itself.
type Status struct {
	Version string
	Demo    bool
	Now     time.Time
}

// Person is who is signed in.
type Person struct {
	ID         string // national id, 8 + RPPS
	Name       string // as on screen: "Dr Anne MOREL"
	Profession string // TRE_G15 code
	Specialty  string
	OrgID      string
	OrgName    string
	Sector     string // kind of place they work in, a JDV_J02 code such as SA07 (claim Secteur_Activite); empty when the sign-in does not say it
	Expires    time.Time
}

// DemoAccount is a fictional account that needs no password.
type DemoAccount struct {
	ID     string
	Name   string
	Role   string // in words
	GoodTo string // what one can see with it
}

// SignIn is how a person becomes known to the server.
type SignIn interface {
	// Accounts lists the fictional accounts of a demo server; empty elsewhere.
	Accounts(ctx context.Context) ([]DemoAccount, error)
	// SignIn signs in: with a demo account's id directly, with "" through the
	// system browser. show is told the address to visit, in case no browser opens.
	SignIn(ctx context.Context, account string, show func(address string)) (Person, error)
	// SignOut forgets the tokens, here and at the provider.
	SignOut(ctx context.Context) error
}

// TokenSource gives the access token for a request. Errors: Unauthenticated,
// TokenExpired, Offline.
type TokenSource interface {
	Token(ctx context.Context) (string, error)
}
