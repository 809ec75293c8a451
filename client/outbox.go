package client

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"

	"carnet/client/fhir"
)

// OutboxKind is what an item of the outbox does when it is sent.
type OutboxKind string

// The kinds. Others may be added by who also tells the outbox how to send them;
// their payload is OutboxItem.Body.
const (
	OutboxFile     OutboxKind = "file"      // Draft and a content
	OutboxChange   OutboxKind = "change"    // Document and Change
	OutboxUndo     OutboxKind = "undo"      // Document
	OutboxConsent  OutboxKind = "consent"   // Consent
	OutboxWithdraw OutboxKind = "withdraw"  // PatientID alone
	OutboxRequest  OutboxKind = "request"   // Words: asks the patient for access
	OutboxMessage  OutboxKind = "message"   // Body
	OutboxItemKeep OutboxKind = "item-keep" // Body: an Item of the health profile, added or corrected
	OutboxItemDrop OutboxKind = "item-drop" // Body: an Item of the health profile, taken back
	OutboxDamaged  OutboxKind = "damaged"   // what it was cannot be read any more; it can only be deleted
)

// OutboxState is where an item stands.
type OutboxState string

// The states. Only done and refused are final; a refused item can be edited, or has
// Choices, and each makes a new one of it.
const (
	OutboxQueued   OutboxState = "queued"
	OutboxSending  OutboxState = "sending"
	OutboxWaiting  OutboxState = "waiting"  // tried; again at Next
	OutboxPaused   OutboxState = "paused"   // until somebody resumes it: Reason says why
	OutboxConflict OutboxState = "conflict" // needs one of Choices
	OutboxRefused  OutboxState = "refused"  // the server said no for good: Reason says why
	OutboxDone     OutboxState = "done"
)

// OutboxChoice is what a person decides about a conflict or a refusal.
type OutboxChoice string

// The choices.
const (
	OutboxAgain   OutboxChoice = "again"   // do it on what the server has now
	OutboxReplace OutboxChoice = "replace" // file mine as a correction of the one that is there
	OutboxAsNew   OutboxChoice = "as-new"  // file mine as another document, write in another dialogue, add to the profile anew
	OutboxAsk     OutboxChoice = "ask"     // ask the patient for access; mine stays until a further choice
	OutboxDrop    OutboxChoice = "drop"    // leave the server as it is and forget mine
)

// OutboxItem is one thing that is still to be sent, or was. The fields up to
// After are given to Put; the rest is told by the outbox.
type OutboxItem struct {
	ID        string // UUID: the idempotency key of every attempt; empty: Put chooses one
	Kind      OutboxKind
	PatientID string
	Draft     *Draft              `json:",omitempty"` // its ID, Content and Size are the outbox's
	Document  *Document           `json:",omitempty"` // may be nil for a change After its filing
	Change    *Change             `json:",omitempty"`
	Consent   *ConsentDeclaration `json:",omitempty"`
	Words     string              `json:",omitempty"`
	Body      json.RawMessage     `json:",omitempty"`
	After     string              `json:",omitempty"` // the item that must be done before
	Whose     OutboxPerson        `json:",omitzero"`  // of PatientID, for the eyes of who sent it; zero: Put fills in who was met here
	Lot       string              `json:",omitempty"` // label of a batch: filings of one label and one patient leave together, up to MaxLot, as one submission set

	Was       string `json:",omitempty"` // the item in whose place Edit or Choose put this one
	State     OutboxState
	Reason    fhir.Code      `json:",omitempty"` // of the last answer, or of the pause
	Said      string         `json:",omitempty"` // the server's words of the last answer that was a refusal; they may tell of a person
	RequestID string         `json:",omitempty"` // the reference to quote
	Attempts  int            `json:",omitempty"`
	Uncertain bool           `json:",omitempty"` // an attempt may have arrived, its answer did not
	Created   time.Time      // when the person did it
	Updated   time.Time      // of the last change of state
	Next      time.Time      `json:",omitzero"`  // of the next attempt, when waiting
	Existing  string         `json:",omitempty"` // the document that a conflict is about
	Choices   []OutboxChoice `json:",omitempty"` // possible now
	ResultID  string         `json:",omitempty"` // the document that the server keeps, once done
	Existed   bool           `json:",omitempty"` // once done: the record had it before the first attempt
}

// OutboxPerson is as much of a patient as tells people apart on a screen.
type OutboxPerson struct {
	BirthName  string `json:",omitempty"`
	UsedName   string `json:",omitempty"` // empty when the same
	FirstGiven string `json:",omitempty"`
	BirthDate  string `json:",omitempty"` // as of a Patient
}

// QueuedID gives the id under which a document is known here that a filing in the
// outbox makes: the server has none for it yet.
func QueuedID(item string) string { return queuedPrefix + item }

// QueuedItem gives the filing of a document that QueuedID named.
func QueuedItem(document string) (item string, ok bool) {
	return strings.CutPrefix(document, queuedPrefix)
}

const queuedPrefix = "envoi:"

// OutboxEvent tells a page what moved.
type OutboxEvent struct {
	Item        OutboxItem // as it is now
	Gone        bool       // it was deleted
	Sent, Total int64      // bytes, while sending; 0 and 0: no progress, the state changed
}

// OutboxPut is one of many things given to a BulkOutbox.
type OutboxPut struct {
	Item OutboxItem
	// Open gives the content of a filing; it is read to its end and closed. An
	// error of it, or of reading, is the error of this item alone.
	Open func() (io.ReadCloser, error)
}

// OutboxPutResult is what became of one OutboxPut.
type OutboxPutResult struct {
	Item OutboxItem // as it is kept
	Had  bool       // it was there before: nothing was read
	Err  error      // as Outbox.Put
}

// BulkOutbox is an Outbox that takes many things at the cost of one.
type BulkOutbox interface {
	Outbox
	// PutAll puts many things, in their order, and gives a result for each. When it
	// returns, what has no error is on disk.
	PutAll(ctx context.Context, all []OutboxPut) []OutboxPutResult
}
