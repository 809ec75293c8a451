// Package store keeps records durably and gives them back against a grant.
//
// It has one interface, Store, and one conformance suite (storetest) that each
// implementation passes; package sqlite is the first. Three rules hold for all
// of them:
//
//   - Content and resources leave only against a consent.Grant that opens their
//     record now; the Grant's Filter is part of the query, before it counts and
//     pages.
//   - Everything that is written goes through Do. What arrives together is
//     committed together, with its audit entries, in one transaction that also
//     checks that the records' epochs are those that the decision knew.
//   - What is sealed opens only in its own place (record, row, version, part):
//     see Keys.
//
// Words. n is the store's number of a person, and of the record of that
// person. The epoch of a record counts the changes of who may read what in it,
// docs the changes of what there is.
package store

import (
	"context"
	"errors"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
)

// Errors of a Store. Any other error is a fault of the machine (disk full,
// database locked): nothing was done.
var (
	ErrNotFound  = errors.New("store: not found")
	ErrStale     = errors.New("store: the record changed since the decision")
	ErrNoGrant   = errors.New("store: no grant opens this")
	ErrDuplicate = errors.New("store: unique id already there")
	ErrVersion   = errors.New("store: another version is current")
	ErrClosed    = errors.New("store: closed")
)

// Person is a person and the outer state of their record.
type Person struct {
	N int64
	fhir.Patient
	VersionN int64
	Updated  time.Time
	State    consent.State
	SortName string   // folded, for sorting
	MatchKey string   // folded strict traits
	Words    []string // folded words of the names
}

// Record is what a decision needs of a record, read in one transaction.
type Record struct {
	N     int64
	Docs  int64 // counts the changes of what there is
	Facts consent.Facts
	Key   []byte // wrapped
}

// Doc is a document without its content.
type Doc struct {
	N           int64
	Record      int64
	ID          string
	UniqueID    string
	Facts       consent.DocFacts
	Class       string
	Family      string // of the author, folded
	GivenName   string
	Filer       string // who filed it
	Conf        string
	Facility    string
	Setting     string
	Format      string
	Events      []string
	ContentType string
	Size        int64
	SHA256      [32]byte
	Date        time.Time
	Creation    time.Time
	PeriodStart time.Time
	PeriodEnd   time.Time
	Filed       time.Time
	Version     int64
	Updated     time.Time
	Replaces    int64 // n of the document that this one replaces; 0 none
	ReplacedBy  int64
	Stored      Stored

	Served []byte // the resource: of a document to be written, or of one that was listed
}

// DocQuery narrows a record's documents. Empty fields narrow nothing, but
// Statuses empty finds nothing.
type DocQuery struct {
	Statuses   []string
	UniqueID   string
	Types      []string
	Classes    []string
	Given      string // of the author, folded prefix
	Family     string
	Facilities []string
	Settings   []string
	Formats    []string
	Events     []string
	Conf       []string
	Masked     bool  // only masked ones (security-label=MASQUE_PS)
	Hidden     bool  // only those hidden from the patient
	Replaces   int64 // n of the document that they replace
	Archived   *bool
	Creation   []Range
	Date       []Range
	Period     []Range
	FiledAfter time.Time
	NotBy      string // national id of the author whose documents are left out; empty: nobody's
	Limit      int
	After      DocPos // zero: from the start
	CountOnly  bool
	Among      []int64 // n of those that count; nil: any
}

// Range is half open, From ≤ t < To; a zero end is open.
type Range struct{ From, To time.Time }

// DocPos is the place of a document in a list: newest act first.
type DocPos struct{ Start, N int64 }

// DocPage is one page of documents, opened. Total counts the whole list.
type DocPage struct {
	Total int
	Docs  []Doc // Served holds the opened resource
	More  bool
}

// Set is one submission set.
type Set struct {
	N     int64
	ID    string
	Filed time.Time
	Body  []byte // opened
}

// SetPage is one page of submission sets, newest first.
type SetPage struct {
	Total int
	Sets  []Set
	More  bool
}

// Panel is the list of an actor's patients.
type Panel struct {
	Version PanelVersion
	Rows    []PanelRow
}

// PanelVersion moves with every change of a panel: the part of the actor, and
// that of their structure.
type PanelVersion [2]int64

// PanelRow is one patient of a panel. One patient may have several rows: the
// best relation counts.
type PanelRow struct {
	Person
	Kind   ProvisionKind // KindMT, KindTeam or KindAuthorisation
	Starts time.Time
	Ends   time.Time
	Visit  time.Time
	// Blocked: the patient blocked one of the actors; only a KindMT row counts.
	Blocked bool
}

// ProvisionKind says what the patient decided about an actor.
type ProvisionKind int

// The kinds. KindMT is no provision: it stands in panels for the record's MT.
const (
	KindAuthorisation ProvisionKind = 1
	KindTeam          ProvisionKind = 2
	KindBlock         ProvisionKind = 3
	KindMT            ProvisionKind = 4
)

// Provision is what the patient decided about one actor.
type Provision struct {
	N        int64
	ID       string
	Record   int64
	Kind     ProvisionKind
	Actor    string
	Org      bool
	Starts   time.Time // zero: always
	Ends     time.Time // zero: without limit
	Active   bool
	Declarer string
	Version  int64
	Updated  time.Time
	Body     []byte // Consent resource; opened when read, sealed by the store
}

// Access is an access session.
type Access struct {
	ID      string
	Record  int64
	Actor   string
	SignIn  string
	Mode    string
	Ends    time.Time
	Closed  bool
	Reason  string
	Patient string // logical id
}

// Notice is something the patient is to be told.
type Notice struct {
	Record int64
	Kind   string
	At     time.Time
	Body   []byte
	// Document is the logical id of the one that it tells of, "" none: who is not
	// to know of it gets no e-mail.
	Document string
}

// Entry is an audit entry ready to be appended: Prepare made it.
type Entry struct {
	At     time.Time
	Actor  string
	Record int64 // 0: about no record
	Nonce  uint64
	Sealed []byte
	Leaf   audit.Leaf // without its number, which the log gives
}

// LogEntry is an audit entry as read back, opened.
type LogEntry struct {
	Seq    int64
	At     time.Time
	Actor  string
	Record int64
	Salt   [audit.SaltSize]byte
	Body   []byte // nil once erased
}

// EntryQuery asks for audit entries, newest first. At least one of Actor and
// Record is set.
type EntryQuery struct {
	Actor  string
	Record int64
	Date   []Range
	Limit  int
	Before int64 // seq; 0: from the newest
}

// EntryPage is one page of audit entries.
type EntryPage struct {
	Total   int
	Entries []LogEntry
	More    bool
}

// Still is a condition of an Op: the record's epoch, as the decision knew it,
// and Docs as a list knew it (0: not asked).
type Still struct{ Record, Epoch, Docs int64 }

// Op is one unit of work: it takes effect as a whole, with its entries, or not
// at all.
type Op struct {
	Still []Still
	Log   []Entry
	Do    func(Tx) error // nil: only the entries. Runs on the writer's goroutine
	Size  int            // bytes it writes, about; keeps batches small
}

// Tx is what an Op may do. It is valid inside Op.Do only.
type Tx interface {
	HolderTx
	LifeTx
	HistoryTx
	LetterTx
	ProfilesTx
	CopiesTx
	Log(e Entry)
	AddPerson(p *Person, s RecordState) error
	SetRecord(n int64, s RecordState) error
	AddProvision(p *Provision) error
	EndProvisions(record int64, kind ProvisionKind, actor string, at time.Time) (int, error)
	Touch(actor string, record int64, at time.Time) (Touched, error)
	AddAccess(a Access) error
	CloseAccess(id string) error
	AddLooked(session string, record int64, at time.Time) error
	AddDocument(d *Doc, s Stored) error
	UpdateDocument(d *Doc, received []byte) error
	AddSet(id string, d *Doc, body []byte) error
	AddOnce(actor, key string, doc int64, at time.Time) error
	AddNotice(n Notice) error
	Locate(id, uniqueID string) (Doc, error)
	LocateN(n int64) (Doc, error)
	// Unseal gives a document's resource, to write a new version of it.
	Unseal(d Doc) ([]byte, error)
	Record(n int64) (Record, error)
	BumpEpoch(n int64) error
}

// Touched is what a visit changed.
type Touched struct {
	Before time.Time // the visit before; zero when this is the first
	Panel  int64     // the actor's part of their panel's version, with this visit
}

// RecordState is the outer state of a record.
type RecordState struct {
	State           consent.State
	ClosedAt        time.Time
	MT              string
	OpposeBTG       bool
	OpposeC15       bool
	MaskedEmergency bool
}

// Stats is for the metrics.
type Stats struct {
	Queue   int   // ops waiting for the writer
	Batches int64 // transactions committed
	Ops     int64 // ops in them
	Failed  int64 // transactions that failed
}

// Store is where records live. All methods are safe for concurrent use.
type Store interface {
	Holders
	Changes
	Lives
	Histories
	Letters
	Profiles
	Copies
	// Person finds one person by logical id, number or identifier.
	PersonByID(ctx context.Context, id string) (Person, error)
	PersonByN(ctx context.Context, n int64) (Person, error)
	PersonByIdentifier(ctx context.Context, id fhir.Identifier) (Person, error)
	// PersonsByMatch gives those with these folded strict traits, at most three.
	PersonsByMatch(ctx context.Context, key string) ([]Person, error)
	// PersonsByTraits is the emergency centre's search over everyone.
	PersonsByTraits(ctx context.Context, q TraitQuery) ([]Person, int, error)
	// Panel gives the patients of an actor (first) and their structure.
	Panel(ctx context.Context, actors []string) (Panel, error)
	// PanelVersion moves with every change of Panel.
	PanelVersion(ctx context.Context, actors []string) (PanelVersion, error)
	// Looked tells whether a sign-in session looked the person up.
	Looked(ctx context.Context, session string, n int64) (bool, error)

	// Record gives the facts of a record, perhaps from memory: Op.Still is what
	// makes sure.
	Record(ctx context.Context, n int64) (*Record, error)
	// Fresh is Record as it is now, for what no Op.Still will confirm.
	Fresh(ctx context.Context, n int64) (*Record, error)
	// RecordOf is Record by the patient's logical id.
	RecordOf(ctx context.Context, patientID string) (*Record, error)
	// Forget drops what is remembered of a record, after ErrStale.
	Forget(n int64)
	// Locate finds a document for a decision, by logical id or unique id, with
	// the facts of its record at the same epoch; perhaps both from memory:
	// Op.Still is what makes sure. It takes as long for a document that there is
	// as for one that there is not.
	Locate(ctx context.Context, id, uniqueID string) (Doc, *Record, error)
	// Reveal gives the resource of a located document against a grant whose
	// filter it passes.
	Reveal(ctx context.Context, g *consent.Grant, d Doc, r *Record) ([]byte, error)
	// Documents lists what the grant's filter lets pass.
	Documents(ctx context.Context, g *consent.Grant, r *Record, q DocQuery) (DocPage, error)
	// Visible gives the logical ids of those among some documents of the record
	// that the filter lets pass, by number.
	Visible(ctx context.Context, g *consent.Grant, r *Record, docs []int64) (map[int64]string, error)
	// Sets lists submission sets whose document the filter lets pass.
	Sets(ctx context.Context, g *consent.Grant, r *Record, q SetQuery) (SetPage, error)
	// SetOf tells of which record a submission set is, by its id.
	SetOf(ctx context.Context, id string) (record int64, err error)
	Contents

	Provisions(ctx context.Context, record int64, declarer string) ([]Provision, error)
	Access(ctx context.Context, id string) (Access, error)
	Visit(ctx context.Context, actor string, record int64) (time.Time, error)
	Once(ctx context.Context, actor, key string) (doc int64, id string, err error)
	Entries(ctx context.Context, q EntryQuery) (EntryPage, error)
	Head(ctx context.Context) ([]byte, error)

	// Do commits an Op, together with others, and returns once it is durable.
	// Errors: ErrStale, ErrClosed, what Op.Do returned, or a fault.
	Do(ctx context.Context, op Op) error
	// Start is Do without waiting: the channel gives its one result.
	Start(ctx context.Context, op Op) <-chan error

	Keys() *Keys
	Stats() Stats
	Ready(ctx context.Context) error
	Close() error
}
