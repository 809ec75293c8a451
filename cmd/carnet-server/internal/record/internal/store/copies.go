package store

import (
	"context"
	"crypto/sha256"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
)

// LeaseNow is a lease with what its record was in the same instant.
type LeaseNow struct {
	Lease
	Epoch, Docs int64
	NoOffline   bool // its holder wants no offline copies
}

// DocMark is what tells whether a copy of a document is still the document.
type DocMark struct {
	N       int64
	Version int64
	Start   time.Time // of the act
	Filed   time.Time
	Type    string
	Current bool // neither superseded nor archived
}

// ItemMark is what tells whether a copy of an item of the profile is still the item.
type ItemMark struct{ N, Version int64 }

// Copied is a document that a copy was given.
type Copied struct {
	N       int64
	ID      string
	Version int64 // 0: the copy was told to let go of it
	Batch   int64 // the answer that said so, from 1
}

// HandedIn is a read from an offline copy that was handed in.
type HandedIn struct {
	Actor, ID string
	Record    int64
	At        time.Time         // when it was handed in
	Sum       [sha256.Size]byte // of what was said of it
	Revoked   bool
}

// Copies is what is kept of offline copies beside their leases.
type Copies interface {
	// LeasesNow gives leases by id, ended or not; unknown ones are not there. The
	// body of one of which known says so is left out: it never changes.
	LeasesNow(ctx context.Context, ids []string, known func(id string) bool) (map[string]LeaseNow, error)
	// LeasesOf lists those of an actor on a record, ended or not.
	LeasesOf(ctx context.Context, actor string, record int64) ([]Lease, error)
	// Marks lists all documents that the grant's filter lets pass, newest act first.
	Marks(ctx context.Context, g *consent.Grant, r *Record) ([]DocMark, error)
	// ItemMarks lists all items of the profile that the grant's filter lets pass, in
	// the order of their writing.
	ItemMarks(ctx context.Context, g *consent.Grant, r *Record) ([]ItemMark, error)
	// Copied lists what a copy was given, or told to let go of.
	Copied(ctx context.Context, lease string) ([]Copied, error)
	// HandedIn gives those reads of an actor that were handed in, by id.
	HandedIn(ctx context.Context, actor string, ids []string) (map[string]HandedIn, error)
}

// CopiesTx is what an Op may do of Copies.
type CopiesTx interface {
	// RenewLease moves the end of a lease that runs.
	RenewLease(id string, until time.Time) error
	// NoteLease notes that the history told of a copy.
	NoteLease(id string, at time.Time) error
	// KeepCopied notes what a copy is given.
	KeepCopied(lease string, all []Copied) error
	// AddHandedIn adds a read; ErrDuplicate when the actor handed it in before.
	AddHandedIn(h HandedIn) error
}
