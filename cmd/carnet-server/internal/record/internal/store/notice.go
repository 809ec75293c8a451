package store

import (
	"context"
	"iter"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/audit"
)

// RecordEntry is an entry of the log about a record.
type RecordEntry struct {
	LogEntry
	Form   int   // of the leaf
	Number int64 // among the record's entries, from 1; 0 of before they were numbered
}

// Told is a notice as kept.
type Told struct {
	N    int64
	Kind string
	At   time.Time
	Body []byte // opened
}

// Mail is an e-mail that is to say that something happened in a record.
type Mail struct {
	N          int64
	Record     int64
	At         time.Time // when it happened
	HolderOnly bool      // nothing of it is for representatives
}

// Complaint is an access that the holder contested.
type Complaint struct {
	ID       string
	Record   int64
	Seq      int64 // of the entry in the log
	At       time.Time
	Answered time.Time // zero: not yet
	Body     []byte    // sealed in the store
}

// Lease is an offline copy that somebody holds.
type Lease struct {
	ID     string
	Record int64
	Actor  string
	SignIn string
	Taken  time.Time
	Until  time.Time
	Ended  time.Time // before Until; zero: it was not
	Logged time.Time // when the history last told of it
	Body   []byte    // sealed in the store
}

// HistoryAsk asks for entries about one record, newest first.
type HistoryAsk struct {
	Record int64
	Actor  string // "" anyone
	Below  int64  // seq; 0: from the newest
	Limit  int
}

// Histories keeps what a record's holder is told of who did what in it.
type Histories interface {
	// History lists entries newest first; an erased one has no body.
	History(ctx context.Context, q HistoryAsk) ([]RecordEntry, error)
	// Chronicle gives all entries about a record up to seq last, oldest first.
	Chronicle(ctx context.Context, record, last int64) iter.Seq2[RecordEntry, error]
	// SeqAt gives the seq of the first entry about a record that was logged at a
	// time or after it, and 0 when there is none. Times of neighbours in the log
	// may be out of order by moments.
	SeqAt(ctx context.Context, record int64, at time.Time) (int64, error)
	// LastSeq gives the seq of a record's last entry.
	LastSeq(ctx context.Context, record int64) (int64, error)
	// Hashes gives the hashes of the log's tree.
	Hashes(ctx context.Context) audit.HashStore
	// Exports gives the sizes of the heads that exports of a record were given,
	// the newest first, at most limit.
	Exports(ctx context.Context, record int64, limit int) ([]int64, error)

	// Notices lists those of a record with n below a number (0: from the newest),
	// newest first.
	Notices(ctx context.Context, record, below int64, limit int) ([]Told, error)
	// NoticesRead tells up to which notice a person has read those of a record.
	NoticesRead(ctx context.Context, record int64, person string) (int64, error)
	// Mails lists e-mails to be sent, the oldest first.
	Mails(ctx context.Context, limit int) ([]Mail, error)

	// Complaints lists those of all records, the unanswered first, then the
	// newest; one of an erased record is not there. Complaint is one of them.
	Complaints(ctx context.Context, limit int) ([]Complaint, error)
	Complaint(ctx context.Context, id string) (Complaint, error)
	// Leases lists those of a record that run at a time.
	Leases(ctx context.Context, record int64, at time.Time) ([]Lease, error)
	// Lease is one of them, ended or not; ErrNotFound.
	Lease(ctx context.Context, id string) (Lease, error)
}

// HistoryTx is what an Op may do of Histories.
type HistoryTx interface {
	// EveryVisit tells whether the holder is to be told of every visit.
	EveryVisit(record int64) (bool, error)
	MarkNoticesRead(record int64, person string, upto int64) error
	// DropMail takes e-mails away that were sent, or that nobody is to get. One of
	// which more happened since it was listed stays.
	DropMail(m Mail) error
	// AddComplaint adds a contested access; ErrDuplicate when it was contested.
	AddComplaint(c Complaint) error
	// AnswerComplaint answers one that was not answered; ErrVersion when it was.
	AnswerComplaint(c Complaint) error
	// AddLease adds a lease, in the place of the actor's one of this sign-in.
	AddLease(l Lease) error
	// Running lists the leases of a record that run at a time, and NoOffline tells
	// whether its holder wants no offline copy, as this transaction sees them.
	Running(record int64, at time.Time) ([]Lease, error)
	NoOffline(record int64) (bool, error)
	// EndLease ends a lease before its time; one that ended stays as it is.
	EndLease(id string, at time.Time) error
	// AddExport notes the size of a head that an export was given.
	AddExport(record, size int64, at time.Time) error
}
