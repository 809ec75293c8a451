package vault

import "time"

// State is what a vault can be in.
type State string

// The states. A vault that waits after wrong tries is Locked; RetryAt says until when.
const (
	Absent   State = "absent"   // nothing here yet, or erased
	Locked   State = "locked"   // the data key is on disk only, wrapped
	Unlocked State = "unlocked" // Sealers work
)

// event is what happens to a vault.
type event string

const (
	created event = "created"
	right   event = "right"   // a secret fitted
	wrong   event = "wrong"   // a secret did not fit
	locking event = "locking" // the idle lock, signing out, closing
	changed event = "changed" // wrapped by another secret
	erased  event = "erased"
)

// next is the whole machine: what is not in the table is refused and changes
// nothing.
func next(s State, e event) (State, bool) {
	to, ok := map[State]map[event]State{
		Absent:   {created: Unlocked, locking: Absent, erased: Absent},
		Locked:   {right: Unlocked, wrong: Locked, locking: Locked, changed: Locked, erased: Absent},
		Unlocked: {right: Unlocked, wrong: Locked, locking: Locked, changed: Unlocked, erased: Absent},
	}[s][e]
	if !ok {
		return s, false
	}
	return to, true
}

// freeTries are the wrong secrets that cost no wait: people mistype.
const freeTries = 3

// maxWait is the longest wait between two tries.
const maxWait = 15 * time.Minute

// waitAfter gives the wait after so many wrong tries in a row: none for the
// first three, then 2 s doubling up to a quarter of an hour.
func waitAfter(failures int) time.Duration {
	if failures < freeTries {
		return 0
	}
	n := failures - freeTries
	if n >= 9 {
		return maxWait
	}
	return min(2*time.Second<<n, maxWait)
}

// retryAt says when the next try is allowed; zero when now. A clock that was
// turned back starts the wait anew and never shortens it.
func retryAt(failures int, last, now time.Time) time.Time {
	wait := waitAfter(failures)
	if wait == 0 {
		return time.Time{}
	}
	if now.Before(last) {
		return now.Add(wait)
	}
	if at := last.Add(wait); now.Before(at) {
		return at
	}
	return time.Time{}
}
