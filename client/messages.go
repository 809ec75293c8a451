package client

import (
	"context"
	"io"
	"time"

	"carnet/client/fhir"
)

// Bounds of messages.
const (
	MaxMessageText = 10_000 // characters
	MaxMessageName = 200    // characters of a subject
	MaxAttached    = 10     // attachments of one message
)

// Reply says who may write in a dialogue.
type Reply string

// The rules of a dialogue, the national semantics of secure messages to patients
// (contract, section 8).
const (
	ReplyOpen  Reply = "open"  // everybody in it may write
	ReplyNone  Reply = "none"  // the professionals alone
	ReplyEnded Reply = "ended" // nobody, for good: a professional ended the exchange
)

// Dialogue is an exchange between professionals and one patient. A professional
// opens it; the patient may answer from then on.
type Dialogue struct {
	ID          string
	PatientID   string
	PatientName string // as on screen; the national address, which holds the INS, is never seen
	Subject     string
	Members     []fhir.Party // professionals in it
	Reply       Reply
	EndedBy     string    // in words, when it is ended
	Unread      int       // messages that I have not read
	Last        time.Time // of the newest message
	LastFrom    string    // in words
	Mine        bool      // I may change its rule: I opened it or was let in
	Damaged     bool      // the server cannot read its newest message, or its subject, any more
}

// DialogueQuery asks for my dialogues.
type DialogueQuery struct {
	PatientID string // one patient's; empty: everybody's
	Text      string // words of subjects and messages, or of the patient's name, without regard to accents and case
	Unread    bool   // only those with something unread
	Limit     int    // rows a page; 0 means 50
	Page      string
}

// DialoguePage is one page of dialogues, the one that moved last first.
type DialoguePage struct {
	Dialogues []Dialogue
	Total     int
	Unread    int // messages unread, of all of mine
	Next      string
	Provenance
}

// MessageState is how far a message came, as its sender sees it.
type MessageState string

// The states.
const (
	MessageSent      MessageState = "sent"      // the server keeps it
	MessageDelivered MessageState = "delivered" // it is on the other side's list
	MessageRead      MessageState = "read"      // somebody of the other side opened it
)

// Message is one message of a dialogue.
type Message struct {
	ID          string
	Dialogue    string
	Sent        time.Time
	From        fhir.Party // zero ID when the patient wrote it
	FromPatient bool
	FromName    string // in words: a representative writes under their own name
	Text        string
	Attached    []Attached
	State       MessageState
	ReadAt      time.Time // by the other side, first; zero: not yet
	Read        bool      // by me
	Damaged     bool      // the server cannot read any more what was written
}

// Attached is one thing that came with a message.
type Attached struct {
	DocumentID  string // a document of the record, read by one's own rights; empty: only here
	ContentID   string // of a file that is only here: for MessageContent
	Title       string // empty when the document may not be read by this reader
	ContentType string
	Size        int64
}

// Outgoing is a message to be sent.
type Outgoing struct {
	ID        string // idempotency key (UUID)
	Dialogue  string // empty: opens one, which takes a PatientID and a Subject
	PatientID string
	Subject   string
	Members   []string // national ids of colleagues of the care team to let in; for a new dialogue
	Reply     Reply    // for a new dialogue; empty: ReplyOpen
	Text      string
	Documents []string // logical ids of documents of the record
	File      *OutgoingFile
}

// OutgoingFile is a new file of a message. With AsDocument it is filed in the
// record too, once: the same document by its unique id.
type OutgoingFile struct {
	Name        string // as the other side sees it; no path
	ContentType string
	Size        int64
	Content     io.ReadSeeker `json:"-"` // the outbox keeps it apart
	AsDocument  *Draft        `json:",omitempty"`
}

// MessagePage is one page of a dialogue, newest first.
type MessagePage struct {
	Dialogue Dialogue
	Messages []Message
	Next     string
	Provenance
}

// MessageEvent says that something moved: ask again for what is on screen. It
// holds no content.
type MessageEvent struct {
	Dialogue string // empty: any, after a line that was cut
	Unread   int    // of all of mine
}

// Messages is writing with patients. The patient never writes first. Reading and
// writing are accesses, in the patient's history.
type Messages interface {
	// Dialogues lists mine. Errors: Unauthenticated, TokenExpired, Offline.
	Dialogues(ctx context.Context, q DialogueQuery) (DialoguePage, error)
	// Messages gives one dialogue's messages and counts them as read by me. Errors:
	// NotFound for one that I am not in, and for one that is not.
	Messages(ctx context.Context, dialogue, page string) (MessagePage, error)
	// SendMessage sends; sending the same Outgoing twice is no error. Errors: Invalid
	// (text, control characters, attachments), StateConflict (the dialogue is ended),
	// NoRecord (final), NoConsent (no right to write to this patient), TooLarge,
	// NotFound (a document that I may not read, a dialogue that I am not in).
	SendMessage(ctx context.Context, m Outgoing, p Progress) (Message, error)
	// SetReply changes who may write; ReplyEnded is for good (StateConflict after).
	SetReply(ctx context.Context, dialogue string, r Reply) (Dialogue, error)
	// AddMember lets a colleague in, who has a right to read this record (NoConsent
	// otherwise); LeaveDialogue takes me out.
	AddMember(ctx context.Context, dialogue, member string) (Dialogue, error)
	LeaveDialogue(ctx context.Context, dialogue string) error
	// MessageContent gives a file that came with a message, verified.
	MessageContent(ctx context.Context, dialogue, content string) (Content, error)
	// WatchMessages tells f what moves in my dialogues, within a second; it blocks
	// as Watcher.Watch does, with the same errors (KeepWatchingMessages begins anew).
	WatchMessages(ctx context.Context, f func(MessageEvent)) error
}
