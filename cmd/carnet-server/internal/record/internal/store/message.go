package store

import (
	"context"
	"io"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
)

// Who may write in a dialogue.
const (
	ReplyOpen  = 0 // everybody in it
	ReplyNone  = 1 // the professionals alone
	ReplyEnded = 2 // nobody, for good
)

// Dialogue is an exchange between professionals and a patient.
type Dialogue struct {
	N       int64
	ID      string
	Record  int64
	Patient string // logical id
	Reply   int    // Reply…
	Version int64
	Opened  time.Time
	Moved   time.Time // when the newest message was sent
	Newest  int64     // n of that message
	Members []string  // national ids of the professionals in it, by when they came
	Body    []byte    // opened by Open…; sealed by the store

	// Of who asked.
	Unread int
	Listed int64 // n of the newest message that was on their list
	Read   int64 // n of the newest message that they opened
}

// Message is one message of a dialogue.
type Message struct {
	N         int64
	ID        string
	Before    string // id of the message before it in the dialogue
	Dialogue  int64
	Record    int64
	Sender    string // national id, or consent.CitizenID
	Key       string // idempotency key
	Sent      time.Time
	Delivered time.Time // when it first was on the other side's list
	Read      time.Time // when somebody of the other side first opened it
	SHA256    [32]byte  // of the file that came with it and is no document
	Stored    Stored    // where that lies; zero: none
	Body      []byte    // nil when it does not open: it was damaged
}

// Below is a piece of a dialogue, newest first: what is below a message (0: from
// the newest), at most so many.
type Below struct {
	N     int64
	Limit int
}

// Look is a dialogue that a grant opens.
type Look struct {
	Grant    *consent.Grant
	Record   *Record
	Dialogue Dialogue
}

// Words is a part of the words of a dialogue.
type Words struct {
	At   int // of the looks
	Upto int64
	Text string
}

// Folding gives the words of a body, folded: of a dialogue, or of a message.
type Folding struct {
	Dialogue, Message func(body []byte) []string
}

// Letters keeps dialogues and messages. What is in them is given against a
// grant of their record; who is in a dialogue is for the caller to decide.
type Letters interface {
	// DialoguesFor lists the dialogues that a professional is in, DialoguesOf those
	// of a record, as a reader stands to them; the one that moved last first. Body
	// is not there.
	DialoguesFor(ctx context.Context, actor string) ([]Dialogue, error)
	DialoguesOf(ctx context.Context, record int64, reader string) ([]Dialogue, error)
	// UnreadOf counts the messages of a record that a reader has not read.
	UnreadOf(ctx context.Context, record int64, reader string) (int, error)
	// Dialogue finds one by id, without Body; ErrNotFound.
	Dialogue(ctx context.Context, id, reader string) (Dialogue, error)
	// OpenDialogue gives the Body of one; ErrSealed when it was damaged.
	OpenDialogue(ctx context.Context, g *consent.Grant, r *Record, d Dialogue) ([]byte, error)
	// Messages lists those of a dialogue, opened, newest first. One that does not
	// open is among them, without Body.
	Messages(ctx context.Context, g *consent.Grant, r *Record, d Dialogue, at Below) ([]Message, error)
	// Words gives the words of dialogues and of their patients' names, folded, for
	// searching: in parts, each " one two", with the n of the newest message that is
	// in it, or -1 when it does not open. The parts of a dialogue come one after the
	// other; one that is not indexed has none.
	Words(ctx context.Context, of []Look, yield func(Words)) error
	// Message finds one by id, MessageOnce by who sent it under which key, both
	// without Body, with the id of its dialogue; ErrNotFound.
	Message(ctx context.Context, id string) (m Message, dialogue string, err error)
	MessageOnce(ctx context.Context, sender, key string) (m Message, dialogue string, err error)
	// MessageFile opens the file that came with a message.
	MessageFile(ctx context.Context, g *consent.Grant, r *Record, m Message) (io.ReadCloser, error)
}

// LetterTx is what an Op may do of Letters.
type LetterTx interface {
	// Dialogue gives one as it is in this transaction, opened; ErrNotFound. One that
	// was damaged has no Body.
	Dialogue(id string) (Dialogue, error)
	// AddDialogue adds one with its members and sets d.N.
	AddDialogue(d *Dialogue) error
	// SetDialogue writes the rule and the body of the next version; ErrSealed without
	// a body, which would lose what one that was damaged still tells.
	SetDialogue(d *Dialogue) error
	// SetMember lets a professional in, or out.
	SetMember(d Dialogue, actor string, in bool, at time.Time) error
	// CountMessages tells how many messages a record has.
	CountMessages(record int64) (int, error)
	// AddMessage adds a message, with the bytes that Put wrote when m.Stored says
	// so, and sets m.N; its sender has read the dialogue. ErrDuplicate: the key
	// served before.
	AddMessage(d Dialogue, m *Message) error
	// IndexDialogue adds to the words of a dialogue those of the messages that are
	// not in them yet.
	IndexDialogue(d Dialogue, f Folding) error
	// MarkDialogue notes that a reader listed, or opened, a dialogue up to a
	// message.
	MarkDialogue(d Dialogue, reader string, upto int64, opened bool, at time.Time) error
}
