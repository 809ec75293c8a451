package outbox

import (
	"errors"
	"slices"
	"strings"
	"time"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

// Later is an error of a Sender that knows when to try again (Retry-After).
type Later struct {
	After time.Duration
	Err   error
}

// Error tells what the cause tells.
func (l *Later) Error() string { return l.Err.Error() }

// Unwrap gives the cause.
func (l *Later) Unwrap() error { return l.Err }

// meaning is what a code means for an item.
type meaning struct {
	event     event
	uncertain bool // the attempt may have taken effect
	everybody bool // it says nothing of this item: the others would meet the same
}

// meanings has a row for every code; a test holds that none is missing.
func meanings() map[fhir.Code]meaning {
	final, clash := meaning{event: denied}, meaning{event: clashed}
	return map[fhir.Code]meaning{
		fhir.Offline:     {event: delayed, uncertain: true, everybody: true},
		fhir.Unavailable: {event: delayed, everybody: true}, // nothing was done
		fhir.Throttled:   {event: delayed, everybody: true},
		fhir.Internal:    {event: delayed, uncertain: true},
		fhir.Canceled:    {event: stop, uncertain: true},
		fhir.Queued:      {event: delayed}, // no server says so

		fhir.Unauthenticated: {event: signOut, everybody: true},
		fhir.TokenExpired:    {event: signOut, everybody: true},

		fhir.Duplicate: clash, fhir.VersionConflict: clash, fhir.StateConflict: clash,
		fhir.NoConsent: clash, fhir.Withdrawn: clash, // revoked, deleted meanwhile

		fhir.NoRecord: final, fhir.Invalid: final, fhir.BadCode: final, fhir.BusinessRule: final,
		fhir.RuleForbids: final, fhir.Forbidden: final, fhir.NotFound: final, fhir.TooLarge: final,
		fhir.Malformed: final, fhir.Required: final, fhir.BadValue: final, fhir.UnsupportedMedia: final,
		fhir.PatchRefused: final, fhir.NotAllowed: final, fhir.NotAcceptable: final,
	}
}

// meaningOf says what an error means. A code of a later server that is not
// known here is tried again: nothing is given up for want of a word.
func meaningOf(err error) meaning {
	if errors.Is(err, vault.ErrLocked) {
		return meaning{event: stop, everybody: true}
	}
	if m, ok := meanings()[fhir.CodeOf(err)]; ok {
		return m
	}
	return meaning{event: delayed, uncertain: true}
}

// maxSaid bounds what is kept of a server's words, in bytes.
const maxSaid = 2 << 10

// wordsOf gives what a server said of each finding, or of the whole.
func wordsOf(e *client.Error) string {
	var all []string
	for _, i := range e.Issues {
		if i.Message != "" && !slices.Contains(all, i.Message) {
			all = append(all, i.Message)
		}
	}
	if len(all) == 0 {
		all = []string{e.Message}
	}
	words := strings.Join(all, " ")
	return strings.ToValidUTF8(words[:min(len(words), maxSaid)], "")
}

// stepOf makes the step of an attempt's error.
func stepOf(it client.OutboxItem, err error, random float64) step {
	m := meaningOf(err)
	s := step{event: m.event, reason: fhir.CodeOf(err), uncertain: m.uncertain}
	if it.Uncertain && (m.event == delayed || m.event == signOut) {
		s.uncertain = true // what an earlier attempt did is still not known
	}
	var e *client.Error
	if errors.As(err, &e) {
		s.requestID, s.existing = e.RequestID, e.Location
		if s.event == denied || s.event == clashed {
			s.said = wordsOf(e)
		}
	}
	var later *Later
	asked := time.Duration(0)
	if e != nil {
		asked = e.RetryAfter
	}
	if errors.As(err, &later) {
		asked = later.After
	}
	s.wait = backoff(it.Attempts, asked, random)
	return s
}
