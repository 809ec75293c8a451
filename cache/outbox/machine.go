package outbox

import (
	"slices"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// event is what happens to an item.
type event string

const (
	start     event = "start"     // a worker takes it
	stop      event = "stop"      // the worker or the program ended; nobody knows whether it arrived
	succeeded event = "succeeded" // the server has it
	delayed   event = "delayed"   // try again later
	signOut   event = "sign-out"  // the sign-in ended
	denied    event = "denied"    // refused for good
	clashed   event = "clashed"   // somebody must choose
	retry     event = "retry"     // somebody wants it now
	pause     event = "pause"     // somebody wants it to wait
	hold      event = "hold"      // what it depends on failed, or its log was damaged
	chosen    event = "chosen"    // a conflict was decided: once more
	regroup   event = "regroup"   // nothing happened: another item of its lot was at fault
)

// table is the whole machine: what is not in it is refused and changes nothing.
func table() map[client.OutboxState]map[event]client.OutboxState {
	return map[client.OutboxState]map[event]client.OutboxState{
		client.OutboxQueued: {
			start: client.OutboxSending, retry: client.OutboxQueued, pause: client.OutboxPaused, hold: client.OutboxPaused,
		},
		client.OutboxSending: {
			stop: client.OutboxQueued, succeeded: client.OutboxDone, delayed: client.OutboxWaiting,
			signOut: client.OutboxPaused, denied: client.OutboxRefused, clashed: client.OutboxConflict,
			regroup: client.OutboxQueued,
		},
		client.OutboxWaiting: {
			start: client.OutboxSending, retry: client.OutboxQueued, pause: client.OutboxPaused, hold: client.OutboxPaused,
		},
		client.OutboxPaused:   {retry: client.OutboxQueued, pause: client.OutboxPaused, hold: client.OutboxPaused},
		client.OutboxConflict: {chosen: client.OutboxQueued},
		client.OutboxRefused:  {},
		client.OutboxDone:     {},
	}
}

// step is an event with what it brings along.
type step struct {
	event     event
	now       time.Time
	reason    fhir.Code
	requestID string
	said      string // the server's words
	existing  string
	uncertain bool          // the attempt may have arrived
	wait      time.Duration // of delayed
	resultID  string
	existed   bool // of succeeded: the server had it
}

// advance gives the item after a step; ok is false when the state does not
// allow it, and the item is then as before.
func advance(it client.OutboxItem, s step) (_ client.OutboxItem, ok bool) {
	to, ok := table()[it.State][s.event]
	if !ok {
		return it, false
	}
	was := it.State
	it.State, it.Updated = to, s.now
	it.Next, it.Choices, it.Existing = time.Time{}, nil, ""
	if was == client.OutboxSending {
		it.Reason, it.RequestID, it.Said = s.reason, s.requestID, s.said
		it.Uncertain = s.uncertain || s.event == stop
	}
	switch s.event {
	case start:
		it.Attempts++
	case retry, chosen:
		it.Reason, it.RequestID, it.Said = "", "", ""
	case delayed:
		it.Next = s.now.Add(s.wait)
	case pause, hold:
		it.Reason = s.reason
	case clashed, denied:
		it.Existing, it.Choices = s.existing, choices(it, s.reason, s.existing)
	case succeeded:
		it.ResultID, it.Existed = s.resultID, s.existed
	}
	return it, true
}

// final tells that nothing more happens to an item by itself or by a choice.
func final(s client.OutboxState) bool {
	return slices.Contains([]client.OutboxState{client.OutboxDone, client.OutboxRefused}, s)
}

const (
	firstWait = 2 * time.Second
	longest   = 5 * time.Minute
)

// backoff gives the wait before attempt n+1, n ≥ 1: full jitter (a random part
// of 2 s doubling up to 5 minutes; random is in [0,1)), and never less than what
// the server asked for, spread by up to a quarter so that not all come at once.
func backoff(n int, asked time.Duration, random float64) time.Duration {
	limit := longest
	if n < 9 {
		limit = min(firstWait<<max(n-1, 0), longest)
	}
	wait := time.Duration(random * float64(limit))
	if asked > 0 {
		wait = max(wait, asked+time.Duration(random*float64(asked)/4))
	}
	return wait
}
