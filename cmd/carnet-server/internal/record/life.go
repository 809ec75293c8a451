package record

import "time"

// States of a record's life (Life.State), richer than the decision's four:
// the decision reads State… of seed.go, which follows from these.
const (
	LifePending   = "pending"   // announced; the person may object for six weeks
	LifeOpposed   = "opposed"   // objected before it was made
	LifeOpened    = "opened"    // opened by itself after six weeks; nobody activated it yet
	LifeActivated = "activated" // the holder signed in with code and card
	LifeClosed    = "closed"    // closed, archived ten years
	LifeErased    = "erased"    // expressly deleted: the key is destroyed
)

// Channels of Life.Channel.
const (
	ChannelLetter = "letter"
	ChannelEmail  = "email"
)

// Life is where a record stands in its life. Times are zero when they do not
// apply. What may become of it is package lifecycle's to say.
type Life struct {
	Patient     string // logical id
	State       string // Life…
	Version     int64  // for SaveLife: the version read
	Announced   time.Time
	ObjectUntil time.Time // six weeks after Announced: objecting is possible before this moment
	CodeHash    []byte    // of the provisional code
	CodeUntil   time.Time // six weeks after it was sent: it is good before this moment
	CodeTries   int       // wrong ones since it was sent
	Channel     string    // Channel…
	Email       string    // where codes and notices go when Channel is email
	Card        []byte    // hash of the card's serial number and of the person
	Parent      string    // logical id of the person to whom a child's code goes
	Activated   time.Time
	Closed      time.Time
	ArchiveEnd  time.Time // ten years after Closed
	Erased      time.Time
	Erasing     time.Time // when its holder asked for it to be deleted; zero: not
	Due         time.Time // when something is to be done of itself; zero: nothing
	Letters     []Letter  // still to be sent
	Carry       bool      // what the former DMP held is still to be carried over

	// Read with it, never saved: who it is about.
	Name      string // in words
	BirthDate string // YYYY-MM-DD, YYYY-MM or YYYY
	City      string
	INS       string
	INSSystem string
	To        string // in words: whom Letters go to, the parent of a child
}

// Letter is a message that is still to be sent. It is saved with the change
// that it tells of and dropped once it is out, so that it is neither lost nor
// made twice, whenever the server stops.
type Letter struct {
	ID    string // the same whenever it is tried: a Message-ID and a file name
	Kind  string // announce, code, object, close, reopen, erase-asked
	Code  string // provisional, in clear, until it is out
	Made  time.Time
	Next  time.Time // when to try; zero: at once
	Tries int       // in vain
	By    string    // Channel…
	Email string
}

// LifeChange says why a Life is saved: it is logged and, with Notice, told.
type LifeChange struct {
	Detail string // announce, object, withdraw-objection, code, wrong-code, activate, open, close, reopen, archive-end, erase-asked, erase, archive, carried, sent, retry
	Words  string // of who asked for it on somebody's behalf; sealed under the record's key
	Notice bool
	By     LifeBy
}

// LifeBy is who changes a Life: exactly one is set.
type LifeBy struct {
	Citizen Citizen
	Staff   Staff
}

// Insured is a person for whom a record is announced, as the insurance knows
// them.
type Insured struct {
	PatientSeed        // without ID: the Life has it
	Card        string // serial number of the Carte Vitale on which the person is
	Email       string // "" when codes go by letter
	ParentINS   string // of the parent to whom a child's code goes; "" the person
}
