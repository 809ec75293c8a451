package batch

import (
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
)

// State is where a file stands.
type State string

// The states, in the order of a good day. Sent, Already, NoRecord, Refused and
// Removed are final.
const (
	Found    State = "found"     // seen, not read yet
	Reading  State = "reading"   // being checked and recognised
	Fix      State = "fix"       // a person has to answer: see Problems
	Ready    State = "ready"     // nothing is missing
	Queued   State = "queued"    // in the durable outbox
	Sending  State = "sending"   // on its way
	Waiting  State = "waiting"   // tried; the outbox tries again by itself
	Sent     State = "sent"      // the record has it
	Already  State = "already"   // the record had it before, with the same bytes
	NoRecord State = "no-record" // the person has no record (opposed or closed): nothing to send, and no error
	Refused  State = "refused"   // by the check of files, or by the server, for good
	Removed  State = "removed"   // a person took it out
)

// States gives all states in the order of a good day.
func States() []State {
	return []State{Found, Reading, Fix, Ready, Queued, Sending, Waiting, Sent, Already, NoRecord, Refused, Removed}
}

// Final tells whether nothing more will happen to a file in this state.
func (s State) Final() bool {
	switch s {
	case Sent, Already, NoRecord, Refused, Removed:
		return true
	}
	return false
}

// Problem says why a row is not ready. Words and what to do: Problem.Message.
type Problem string

// The problems. Those up to Unsure are answered by Correction.Patient or
// Correction.Confirmed, the next by another field, the last by mending the file.
const (
	NoIdentity     Problem = "no-identity"      // nothing tells for whom it is
	UnknownPatient Problem = "unknown-patient"  // nobody has this INS, or these traits
	Mismatch       Problem = "mismatch"         // the document speaks of somebody else than the patient chosen
	Unsure         Problem = "unsure"           // no text, or half an identity
	Homonym        Problem = "homonym"          // somebody else has the same names and birth date, and the document no INS
	Several        Problem = "several-patients" // the document speaks of several people
	Unqualified    Problem = "unqualified"      // the identity has no qualified INS: nothing can be filed
	NoType         Problem = "no-type"          // what it is could not be told
	BadType        Problem = "bad-type"         // the manifest's type is not in the value set
	NoDate         Problem = "no-date"          // no date of the act
	BadDate        Problem = "bad-date"         // the manifest's date is none, or lies in the future
	Missing        Problem = "missing-file"     // the manifest names a file that is not there
	Unreadable     Problem = "unreadable-file"  // no permission, a link loop, a failing disk
	Changed        Problem = "changed"          // it changed while it was read: still being written?
	Twice          Problem = "twice"            // the same bytes for the same patient are in this batch already: see Row.Twin
	Conflict       Problem = "conflict"         // the outbox asks for a choice
	Offline        Problem = "offline"          // the patient could not be looked up: the server does not answer, or is busy; tried again by itself
	BadINS         Problem = "bad-ins"          // the manifest's INS is none: its length or its key is wrong
	Ambiguous      Problem = "ambiguous"        // the manifest names the file on two lines that say different things
	NoOriginal     Problem = "no-original"      // the document that it corrects is one of this batch that is not sent, or a file that nobody knows to be filed
	Superseded     Problem = "superseded"       // the document that it corrects was corrected already
	Outside        Problem = "outside"          // the manifest names a file that is not in its folder
)

// Source says how the patient, type or date became known.
type Source string

// The sources, from the strongest.
const (
	ByPerson   Source = "person"   // corrected by hand
	ByManifest Source = "manifest" // a column of the CSV
	ByINS      Source = "ins"      // an INS read in the document
	ByTraits   Source = "traits"   // all strict traits read in the document
	ByText     Source = "text"     // words of the document
	ByFile     Source = "file"     // the file's own date
)

// Row is one file of a batch. It is a value: nothing in it is shared.
type Row struct {
	ID       string // stable over restarts, says nothing of the file or the person
	Path     string `json:",omitempty"` // as a person chose it, relative to Folder when there is one
	Folder   string `json:",omitempty"` // the folder, or that of the manifest, with which it came; empty for a single file
	Line     int    `json:",omitempty"` // of the manifest; 0: not from one
	Size     int64  // bytes; -1 when unknown
	State    State
	Problems []Problem `json:",omitempty"` // why it is Fix; empty otherwise

	Patient     *client.Patient     `json:",omitempty"` // nil: not recognised
	PatientFrom Source              `json:",omitempty"`
	Identity    pdfcheck.Comparison `json:",omitzero"` // the document against Patient
	Type        fhir.Coding         `json:",omitzero"` // empty: not known
	TypeFrom    Source              `json:",omitempty"`
	TypeSure    float64             `json:",omitempty"` // 0 to 1, of a guess
	ActDate     time.Time           `json:",omitzero"`
	DateFrom    Source              `json:",omitempty"`
	Title       string              `json:",omitempty"` // empty: the type's label
	Replaces    string              `json:",omitempty"` // unique id of the document that this one corrects (manifest)

	Verdict  pdfcheck.Verdict   `json:",omitempty"`
	Findings []pdfcheck.Finding `json:",omitempty"`

	Reason     fhir.Code `json:",omitempty"` // of the last answer that was an error
	Said       string    `json:",omitempty"` // the server's own words of a refusal, without what tells of a person
	RequestID  string    `json:",omitempty"` // the reference to quote
	DocumentID string    `json:",omitempty"` // of the document that the record keeps
	Done       time.Time `json:",omitzero"`  // when the state became final
	Twin       string    `json:",omitempty"` // id of the row with the same bytes for the same patient
	Bytes      int64     `json:",omitempty"` // sent so far, while Sending
}

// Correction is what a person decided about a row; nil and empty fields leave
// things as they are.
type Correction struct {
	Patient   *client.Patient // whom it is for
	Confirmed bool            // "it is this patient, although the document does not say so"
	Type      string          // a code of the value set
	ActDate   time.Time
	Title     string
}

// Query chooses rows.
type Query struct {
	States []State // empty: all but Removed
	Text   string  // part of the path or of the patient's name, accents and case aside
	Offset int
	Limit  int // 0: all
}

// Counts is the batch at a glance.
type Counts struct {
	Total    int
	By       map[State]int
	Problems int           // rows that need a person
	Paused   bool          // nothing is read or sent until Resume
	Rate     float64       // files a second over the last half minute, of what is being done; 0: unknown
	Left     time.Duration // until all that is under way is done, at this rate; 0: unknown
	SentSize int64         // bytes of files that arrived
	Notices  int           // how many Notices there are
}

// NoticeKind says what a Notice is about.
type NoticeKind string

// The kinds.
const (
	Ignored     NoticeKind = "ignored"      // a hidden or temporary file was left aside
	NotListed   NoticeKind = "not-listed"   // it lies in the manifest's folder, and the manifest does not name it
	ListedTwice NoticeKind = "listed-twice" // the manifest names it twice, with the same words
	ExtraColumn NoticeKind = "extra-column" // the manifest has a column that means nothing here
	MissingMore NoticeKind = "missing-more" // more files that the manifest names are not there than have a row: from Line on, so many as Name says
)

// Notice is something to be told that is no row: nothing is sent for it. Words:
// Notice.Message.
type Notice struct {
	Kind NoticeKind
	Path string // the file, or the manifest of an extra column
	Line int    // of the manifest; 0: none
	Name string // of an extra column; a number of files
}

// Event tells who follows what moved. Rows are given by id: ask for those that
// are on screen.
type Event struct {
	Rows []string // ids that changed; nil with All
	All  bool     // too many to say, or the order changed
}
