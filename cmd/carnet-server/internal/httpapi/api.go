// Package httpapi speaks FHIR R4 over HTTP for package record, and decides
// nothing: who may read what is record's answer.
//
// routes.go is the one table of what is served, and to whom: to professionals,
// to patients (held*.go), or to anyone; who stands in no column of a line is
// refused. The CapabilityStatement is made from it and from the tables of search
// parameters, so that it cannot say what is not true. Each interaction has its
// file (document.go, create.go …): it reads the request into a query, asks
// record, and writes what came back. What every request goes through is in
// serve.go: request id, token, body limit, panics contained, one line of log,
// metrics.
//
// Rules. Errors are OperationOutcomes (answer.go), also for routes that do not
// exist. A hidden thing and an unknown one get the same bytes. No identifier,
// name or title in a log line, a metric, an address that we make, or an error.
// The bytes of documents are streams in both directions.
//
// To add an interaction: a method on *call in a file of its own, a line in
// routes, and a scenario in package e2e.
package httpapi

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a date without a zone means a day in France, on any machine

	"github.com/sirupsen/logrus"
	"golang.org/x/time/rate"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Base is the path under which FHIR is served.
const Base = "/fhir"

// Verifier knows who an access token stands for: a record.Principal, a
// record.Citizen, or somebody for whom nothing is served here. Errors:
// Unauthenticated, TokenExpired, Unavailable.
type Verifier interface {
	Identify(ctx context.Context, bearer string) (any, error)
}

// Records is the only door to the records; *record.Service is one.
type Records interface {
	MyPatients(ctx context.Context, p record.Principal, q record.PatientQuery) (record.Page, error)
	Patient(ctx context.Context, p record.Principal, id string) (record.Resource, error)
	Match(ctx context.Context, p record.Principal, t fhir.Traits) (record.Page, error)
	EmergencySearch(ctx context.Context, p record.Principal, session string, q record.PatientQuery) (record.Page, error)
	OpenAccess(ctx context.Context, p record.Principal, patientID, mode, reason string) (fhir.Access, error)
	CloseAccess(ctx context.Context, p record.Principal, session string) error
	SearchDocuments(ctx context.Context, p record.Principal, session string, q record.DocumentQuery) (record.Page, error)
	SearchSets(ctx context.Context, p record.Principal, session string, q record.SetQuery) (record.Page, error)
	Set(ctx context.Context, p record.Principal, session, id string) (record.Resource, error)
	Document(ctx context.Context, p record.Principal, session, id string) (record.Resource, error)
	Content(ctx context.Context, p record.Principal, session, id string) (record.Content, error)
	File(ctx context.Context, p record.Principal, session string, u record.Upload) (record.Resource, bool, error)
	Submit(ctx context.Context, p record.Principal, session string, lot record.Lot) ([]fhir.Entry, bool, error)
	PatchDocument(ctx context.Context, p record.Principal, session string, target record.PatchTarget, patch record.Patch) (record.Resource, error)
	Undo(ctx context.Context, p record.Principal, session, id string) error
	DeclareConsent(ctx context.Context, p record.Principal, body []byte) (record.Resource, error)
	Consents(ctx context.Context, p record.Principal, patientID, cursor string) (record.Page, error)
	WithdrawOwn(ctx context.Context, p record.Principal, patientID string) error
	Items(ctx context.Context, p record.Principal, session string, q record.ItemQuery) (record.ItemPage, error)
	Item(ctx context.Context, p record.Principal, session, kind, id string) (record.Resource, error)
	FileItem(ctx context.Context, p record.Principal, session string, u record.ItemUpload) (record.Resource, bool, error)
	CorrectItem(ctx context.Context, p record.Principal, session string, u record.ItemUpload) (record.Resource, error)
	WithdrawItem(ctx context.Context, p record.Principal, session string, u record.ItemUpload) error
	CareTeam(ctx context.Context, p record.Principal, session, patientID string, ins *fhir.Identifier) ([]fhir.CareMember, string, error)
	RequestAccess(ctx context.Context, p record.Principal, patientID, words string) error
	Watch(ctx context.Context, p record.Principal, patientID, session string, tell func(fhir.AccessEvent) error) error
	Audit(ctx context.Context, p record.Principal, q record.AuditQuery) (record.Page, error)
	Copies
	Head(ctx context.Context) ([]byte, error)
	LogKey(ctx context.Context) (string, error)
	Consistency(ctx context.Context, from, to int64) ([]byte, error)
	Ready(ctx context.Context) error
	Stats() record.Stats
	Admit(who string, bytes int64) (leave func(), err error)
	IntakeStats() record.IntakeStats
}

// Copies is the part of Records for offline work.
type Copies interface {
	TakeCopy(ctx context.Context, p record.Principal, session, patientID string) (record.Lease, error)
	CheckCopies(ctx context.Context, p record.Principal, asked []fhir.CopyCheck) ([]fhir.CopyState, error)
	CopyChanges(ctx context.Context, p record.Principal, lease, since string) (fhir.CopyChanges, error)
	CopyProfile(ctx context.Context, p record.Principal, lease string) (fhir.CopyProfile, error)
	CopyContent(ctx context.Context, p record.Principal, lease, id string) (record.Content, error)
	CopyPool(ctx context.Context, p record.Principal, pool string) (fhir.CopyPool, error)
	TakeCopies(ctx context.Context, p record.Principal, patients []string) ([]record.Lease, error)
	ReturnCopy(ctx context.Context, p record.Principal, lease string) error
	ReportReads(ctx context.Context, p record.Principal, reads []fhir.OfflineRead) ([]fhir.ReadReceipt, error)
}

// Holders is the same door for patients, for themselves or whom they represent;
// *record.Service is one. Errors: NotFound for what is unknown, hidden or of
// others.
type Holders interface {
	Held(ctx context.Context, c record.Citizen) ([]record.HeldRecord, error)
	HeldOf(ctx context.Context, c record.Citizen, document string) (rec string, err error)
	HeldNamed(ctx context.Context, c record.Citizen, uniqueID string) (rec, document string, err error)
	DepositOnce(ctx context.Context, c record.Citizen, rec string, d record.Deposit) (id string, created bool, err error)
	HeldDocuments(ctx context.Context, c record.Citizen, rec string, q record.HeldQuery) (record.HeldDocuments, error)
	HeldPage(ctx context.Context, c record.Citizen, cursor string) (record.HeldDocuments, error)
	HeldContent(ctx context.Context, c record.Citizen, rec, document string) (record.Content, error)
	HeldPatch(ctx context.Context, c record.Citizen, rec, document string, ch record.HeldChange) error
	HeldConsents(ctx context.Context, c record.Citizen, rec, cursor string) (record.Page, error)
	HeldDeclare(ctx context.Context, c record.Citizen, body []byte) (record.Resource, error)
	HeldEnd(ctx context.Context, c record.Citizen, consentID string) error
	HeldItems(ctx context.Context, c record.Citizen, q record.ItemQuery) (record.ItemPage, error)
	HeldSets(ctx context.Context, c record.Citizen, q record.SetQuery) (record.Page, error)
	HeldSet(ctx context.Context, c record.Citizen, id string) (record.Resource, error)
	HeldAudit(ctx context.Context, c record.Citizen, q record.AuditQuery) (record.Page, error)
}

// Config is all that the API needs.
type Config struct {
	Records  Records
	Holders  Holders
	Letters  Letters
	Verifier Verifier
	Log      logrus.FieldLogger
	Now      func() time.Time // nil: time.Now
	URL      string           // public address without path, "https://carnet.example:8443"
	Version  string
	Demo     bool
	SpoolDir string // for large uploads on their way; "" means the system's
}

// API serves FHIR. Safe for concurrent use.
type API struct {
	Config
	base     string // URL + Base
	zone     *time.Location
	mux      *http.ServeMux
	metrics  *metrics
	metadata []byte
	proofs   *rate.Limiter
	bundles  *sync.Pool // buffers of Bundles, the large answers that many ask for
	copies   *sync.Pool // buffers of contents on their way out

	ending context.Context // of streams: done when the server stops
	end    context.CancelFunc
}

// New makes the handler of Base, /healthz, /metrics and /log.
func New(c Config) *API {
	if c.Now == nil {
		c.Now = time.Now
	}
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil { // embedded: it is always there
		panic(err)
	}
	a := &API{
		Config: c, base: strings.TrimSuffix(c.URL, "/") + Base, zone: zone,
		mux: http.NewServeMux(), metrics: newMetrics(c.Records), proofs: newProofLimit(),
		bundles: newBuffers(64 << 10), copies: newBuffers(64 << 10),
	}
	a.ending, a.end = context.WithCancel(context.Background())
	a.metadata = a.capability().JSON()
	a.mount()
	return a
}

// EndStreams ends what lasts as long as its reader likes, at once and for good:
// the server stops.
func (a *API) EndStreams() { a.end() }

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }
