package store

import (
	"context"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
)

// Mandate lets a natural person enter a record that is not their own.
type Mandate struct {
	ID     string
	Record int64
	Person string // logical id
	Bond   consent.Bond
	Starts time.Time
	Ends   time.Time // zero: without limit
	Ended  time.Time // when it was ended before its end; zero: it was not
	By     string    // agent who added it
}

// Choices are the switches of a record that no decision of consent needs.
type Choices struct {
	NoOffline  bool   // no offline copy
	EveryVisit bool   // a notice of every visit
	Email      string // sealed in the store
}

// Contest is what a holder says against a consent that a professional declared.
type Contest struct {
	Provision string // id
	Record    int64
	Declarer  string
	At        time.Time
	Until     time.Time // until then the declarer may declare nothing
	Words     string    // sealed in the store
}

// States of a Wish.
const (
	WishWaiting  = 0
	WishAccepted = 1
	WishRefused  = 2
)

// Wish is a professional's wish to be let into a record.
type Wish struct {
	ID       string
	Record   int64
	Actor    string
	At       time.Time
	State    int // Wish…
	Answered time.Time
	Words    string // sealed in the store
}

// Listed is a professional or a structure of the directory. It is public.
type Listed struct {
	ID         string // national id
	Org        bool
	Name       string
	Profession string
	Specialty  string
	Sector     string
	OrgID      string
	OrgName    string
	City       string
	Since      string   // day on which their activity at the structure begins, YYYY-MM-DD of France; "" when nothing is said
	Until      string   // its last day, likewise
	Words      []string // folded: of the name, the structure and the city
	Updated    time.Time
}

// Item is an item of the health profile.
type Item struct {
	N       int64
	ID      string
	Record  int64
	Facts   consent.ItemFacts
	Version int64
	Updated time.Time
	Removed bool   // the item is gone, its content too
	Body    []byte // the resource; sealed in the store
}

// Holders is what holders of records, and those who represent them, keep.
type Holders interface {
	// MandatesOf lists the mandates over a record, MandatesFor those of a person,
	// in force or not.
	MandatesOf(ctx context.Context, record int64) ([]Mandate, error)
	MandatesFor(ctx context.Context, person string) ([]Mandate, error)
	Choices(ctx context.Context, record int64) (Choices, error)
	// Decisions lists all provisions of a record, newest first; Contests what was
	// contested of them.
	Decisions(ctx context.Context, record int64) ([]Provision, error)
	Contests(ctx context.Context, record int64) ([]Contest, error)
	// Wishes lists the wishes of a record, newest first.
	Wishes(ctx context.Context, record int64) ([]Wish, error)
	// Listed finds one of the directory; Directory those of whom every word
	// starts a word, by name.
	Listed(ctx context.Context, id string) (Listed, error)
	Directory(ctx context.Context, words []string, limit int) ([]Listed, error)
	// Places lists where the documents stand that the grant's filter and the query
	// let pass, all of them, none opened. The query's page does not count.
	Places(ctx context.Context, g *consent.Grant, r *Record, q DocQuery) ([]DocPos, error)
	// Items lists the items of the profile that the grant's filter lets pass.
	Items(ctx context.Context, g *consent.Grant, r *Record) ([]Item, error)
}

// HolderTx is what an Op may do of Holders.
type HolderTx interface {
	AddMandate(m Mandate) error
	// EndMandate ends a mandate that is in force; ErrNotFound when there is none.
	EndMandate(record int64, id string, at time.Time) error
	SetChoices(record int64, c Choices) error
	// SetSwitches sets the three emergency switches, SetMT the médecin traitant.
	SetSwitches(record int64, s RecordState) error
	SetMT(record int64, mt string) error
	// EndProvision ends one provision by id and tells whether it was active.
	EndProvision(record int64, id string, at time.Time) (bool, error)
	AddContest(c Contest) error
	AddWish(w Wish) error
	AnswerWish(record int64, id string, state int, at time.Time) error
	// KeepListed adds to the directory, or renews, one entry.
	KeepListed(l Listed) error
	// KeepItem writes an item: Version 1 adds it and sets N, a higher one follows
	// the one before (ErrVersion).
	KeepItem(i *Item) error
	Item(record int64, id string) (Item, error)
}
