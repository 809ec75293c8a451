package ui

import (
	"time"

	"carnet/client/fhir"
)

// Link is what is known of the connection.
type Link int

// The states, in the words of the top bar.
const (
	Unknown Link = iota // not asked yet
	Online              // En ligne
	Slow                // Lent
	Offline             // Hors ligne depuis …
	Trouble             // Serveur en difficulté
	Expired             // Session expirée
)

// slowAnswer is how long the lightest question may take before the line is
// called slow.
const slowAnswer = 1500 * time.Millisecond

// How long any question may wait for its answer before the line is called slow,
// and the server in trouble.
const (
	slowWait    = 2 * time.Second
	troubleWait = 6 * time.Second
)

// Waiting times between questions to the server.
const (
	calm       = 10 * time.Second // while all is well
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// link is the one truth about the connection: a state, since when, and how many
// questions failed since.
type link struct {
	state    Link
	since    time.Time
	failures int
}

// outcome is how a question to the server ended.
type outcome struct {
	code fhir.Code // "" is success
	took time.Duration
	at   time.Time
	ping bool // asked by the shell itself, whose size is known: only these tell slow
}

// after gives what is known once a question has ended so.
func (l link) after(o outcome) link {
	var next Link
	switch o.code {
	case fhir.Offline:
		next = Offline
	case fhir.Unavailable, fhir.Internal:
		next = Trouble
	case fhir.TokenExpired, fhir.Unauthenticated:
		next = Expired
	case fhir.Canceled:
		return l
	default: // any other answer is an answer
		next = l.answered(o)
	}
	failures := 0
	if next == Offline || next == Trouble {
		failures = l.failures
		if o.ping {
			failures++
		}
	}
	if next == l.state {
		return link{next, l.since, failures}
	}
	return link{next, o.at, failures}
}

func (l link) answered(o outcome) Link {
	switch {
	case l.state == Expired && o.ping:
		return Expired // the server is there, but who I am is not known: signing in ends it
	case o.ping && o.took >= slowAnswer:
		return Slow
	case l.state == Slow && !o.ping:
		return Slow
	default:
		return Online
	}
}

// waiting gives what is known while a question has waited so long: it only ever
// makes things look worse, an answer sets them right.
func (l link) waiting(longest time.Duration, now time.Time) link {
	next := l.state
	switch {
	case l.state != Online && l.state != Slow:
	case longest > troubleWait:
		next = Trouble
	case longest > slowWait:
		next = Slow
	}
	if next == l.state {
		return l
	}
	return link{next, now, l.failures}
}

// wait gives how long to wait before the next question; chance, in [0, 1),
// spreads the desks of a clinic over time after an outage.
func (l link) wait(chance float64) time.Duration {
	if l.state != Offline && l.state != Trouble {
		return calm - calm/4 + time.Duration(chance*float64(calm)/2)
	}
	step := lastRetry
	if l.failures < 6 {
		step = min(firstRetry<<max(l.failures-1, 0), lastRetry)
	}
	return step/2 + time.Duration(chance*float64(step)/2)
}

// recovered tells whether going from l to next is the return of the server.
func (l link) recovered(next link) bool {
	away := l.state == Offline || l.state == Trouble
	here := next.state == Online || next.state == Slow
	return away && here
}
