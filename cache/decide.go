package cache

// Held is what the copy has of a document.
type Held int

// What the copy has.
const (
	HeldNothing     Held = iota
	HeldDescription      // no bytes
	HeldContent          // description and bytes
)

// Told is what the server said of a document.
type Told int

// What the server said.
const (
	ToldNothing     Told = iota // nothing has changed since the stamp
	ToldDescription             // it is new, or its description is another; the bytes are those of before
	ToldContent                 // it is new, or its bytes are others
	ToldGone                    // it may no longer be kept
	ToldEnded                   // the copy of the whole record may no longer be kept
)

// Pending is what waits in the outbox about a document.
type Pending int

// What waits.
const (
	PendingNothing Pending = iota
	PendingChange          // a change of its description: masking, archiving, deleting
	PendingReplace         // a correction that replaces it
)

// Action is what becomes of a document's copy.
type Action int

// The actions. Whatever waits in the outbox stays there in every case: a copy is
// disposable, what was acknowledged is not.
const (
	Keep     Action = iota // nothing to do
	Refresh                // write the description; bytes that are there stay
	Fetch                  // write the description, and ask for the bytes when their turn comes
	Purge                  // description and bytes go now
	Hold                   // keep it, bytes too, whatever the budget: somebody is at work on it
	Conflict               // write the description, drop bytes that are others, and tell the person: what waits was based on another version
)

// Decide is the whole three-way decision: copy × server × pending. Refusals win
// over everything; then what the server says wins over the copy, and is told when
// work of the person waits on it.
func Decide(h Held, s Told, p Pending) Action {
	switch {
	case (s == ToldGone || s == ToldEnded) && h == HeldNothing:
		return Keep
	case s == ToldGone || s == ToldEnded:
		return Purge
	case s == ToldNothing && h == HeldNothing:
		return Keep
	case s == ToldNothing && p != PendingNothing:
		return Hold
	case s == ToldNothing && h == HeldDescription:
		return Fetch
	case s == ToldNothing:
		return Keep
	case p != PendingNothing:
		return Conflict
	case s == ToldDescription && h == HeldContent:
		return Refresh
	}
	return Fetch
}
