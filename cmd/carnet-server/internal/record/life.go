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

// Life is where a record stands in its life. Times are zero when they do not
// apply.
type Life struct {
	Patient     string // logical id
	State       string // Life…
	Version     int64  // for SaveLife: the version read
	Announced   time.Time
	ObjectUntil time.Time // six weeks after Announced
	CodeHash    []byte    // of the provisional code
	CodeUntil   time.Time // six weeks after it was sent
	CodeTries   int       // wrong ones since it was sent
	Channel     string    // letter, email
	Email       string    // where codes and notices go when Channel is email
	Card        []byte    // hash of the card's serial number and of the person
	Parent      string    // logical id of the person to whom a child's code goes
	Activated   time.Time
	Closed      time.Time
	ArchiveEnd  time.Time // ten years after Closed
	Erased      time.Time
}

// LifeChange says why a Life is saved: it is logged and, with Notice, told.
type LifeChange struct {
	Detail string // announce, object, withdraw-objection, code, wrong-code, activate, open, close, reopen, archive-end, erase
	Notice bool
	By     LifeBy
}

// LifeBy is who changes a Life: exactly one is set.
type LifeBy struct {
	Citizen Citizen
	Staff   Staff
}
