package client

import (
	"context"
	"errors"
	"time"

	"carnet/client/fhir"
)

// Why something is not shown without the server; causes of errors with the code
// Offline, for who words them.
var (
	ErrNoCopy      = errors.New("client: there is no copy of this here")
	ErrCopyEnded   = errors.New("client: the lease of the copy ended")
	ErrCopyDamaged = errors.New("client: the copy was damaged")
	ErrClockBack   = errors.New("client: the clock went back, no copy opens")
	ErrNeedsSignIn = errors.New("client: nothing but signing in tells who is there")
	ErrNeedsServer = errors.New("client: this is never done without the server")
	ErrNotKept     = errors.New("client: this could not be kept to be sent later")
	ErrDiskFull    = errors.New("client: this could not be kept to be sent later: the disk is full")
)

// Lease is the server's leave to keep a copy of one record for offline use. Who
// holds it may show the copy until Until without asking; then, or as soon as the
// server says that it no longer runs, the copy goes.
type Lease struct {
	ID        string
	PatientID string
	Basis     string    // of the access it rests on: fhir.Access.Basis
	Until     time.Time // the server's decision: 72 h, and no longer than the right or the session lasts
	// Stamp is another one whenever what this reader may see of the record changed, or
	// whether: a document came, went, was masked, a right ended. It says nothing else.
	Stamp string
	// Shared says that the right was given to the establishment: its signed-in members
	// may use one copy, each with a lease of their own that filters it and under
	// their own name.
	Shared bool
}

// CopyCheck asks how one copy stands.
type CopyCheck struct {
	Lease string
	Stamp string // of the copy as it is here
}

// CopyState is the answer: a copy that does not run must go at once.
type CopyState struct {
	Lease string
	Runs  bool
	Until time.Time // renewed by asking, when it runs
	Stamp string    // other than the one asked with: ask CopyChanges
}

// CopyChanges is what became of a record's documents since a stamp.
type CopyChanges struct {
	Documents []Document // new, or whose description, confidentiality or status changed; at most CopyBatch
	Gone      []string   // ids of documents that this copy has been given and may no longer keep
	Stamp     string     // to ask from next time
	More      bool       // ask again from Stamp now
}

// CopyBatch is how many documents CopyChanges gives at once (the national
// algorithm's batches, contract section 10).
const CopyBatch = 20

// MaxCopyChecks is how many copies are asked about at once.
const MaxCopyChecks = 500

// OfflineRead is a document, or the health profile, shown from an offline copy: an access like any
// other, which the patient's history tells with both its times.
type OfflineRead struct {
	ID         string // UUID: reporting it twice counts once
	Lease      string // under which it was shown
	PatientID  string
	DocumentID string    // empty: the list of documents was shown, or the Profile
	At         time.Time // when it was shown, by the desktop's clock; one that cannot be is told as uncertain
	Mode       string    // of the access: fhir.ModeNormal …
	Profile    bool      // the health profile was shown; DocumentID is empty
}

// ReadReceipt says what the server made of an OfflineRead.
type ReadReceipt struct {
	ID      string
	Kept    bool      // it is in the history; the journal may forget it
	Revoked bool      // the right had ended before At: the history says so too
	Code    fhir.Code // why it was not kept: Invalid for good, Unavailable to try again
}

// Copies is the server's side of offline work. Nothing of it is a consultation but
// ReportReads: taking a copy is logged as a working copy.
type Copies interface {
	// TakeCopy asks for leave to keep a copy of the record that was opened. Errors:
	// those of Reader.Documents; BusinessRule when the patient wants no copies.
	TakeCopy(ctx context.Context, a Access) (Lease, error)
	// CheckCopies asks about many copies in one request, and renews those that run.
	// It answers each, in order; one that the server does not know does not run.
	CheckCopies(ctx context.Context, held []CopyCheck) ([]CopyState, error)
	// CopyChanges gives what changed in a copied record since a stamp; "" means all
	// current documents whose act is of the last two years, and every vaccination.
	// Errors: NoConsent when the lease no longer runs.
	CopyChanges(ctx context.Context, lease, since string) (CopyChanges, error)
	// CopyContent gives a document's bytes for the copy, verified as Reader.Content
	// does. Errors: NoConsent when the lease no longer runs, NotFound, Withdrawn.
	CopyContent(ctx context.Context, lease string, d Document) (Content, error)
	// ReturnCopy tells that a copy is gone; returning twice is no error.
	ReturnCopy(ctx context.Context, lease string) error
	// ReportReads hands in what was shown offline; a receipt for each, in order.
	ReportReads(ctx context.Context, reads []OfflineRead) ([]ReadReceipt, error)
}
