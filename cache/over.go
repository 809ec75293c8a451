package cache

import (
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// standing is what is known of a record on the screen while no server answers.
type standing struct {
	now    time.Time
	known  bool // now can be trusted
	copied bool // the record has a copy that may be opened, but for its lease
	until  time.Time
}

// over tells why what was opened under an access may no longer stay on the screen, by
// the time alone; "" when it may. What was opened from a copy lasts as long as the copy;
// what was opened online lasts as long as the right that let its reader in, an emergency
// as long as its time box, and the rest as long as the copy or, without one, the session.
func over(a client.Access, s standing) string {
	ends := func(t time.Time) bool { return !t.IsZero() && !s.now.Before(t) }
	fromCopy := strings.HasPrefix(a.Session, sessionPrefix)
	switch {
	case emergency(a):
		if ends(a.End) {
			return fhir.ReasonSession
		}
	case ends(a.Until):
		return fhir.ReasonConsent
	case fromCopy && !s.known, fromCopy && !s.copied, s.copied && ends(s.until), !s.copied && ends(a.End):
		return fhir.ReasonSession
	}
	return ""
}

// overNow tells an access that is over by the time to who watches it.
func (c *Cache) overNow(a client.Access, f func(client.AccessEvent)) error {
	if c.sleeps() { // nothing is on the screen, which is locked
		return nil
	}
	var s standing
	s.now, s.known = c.clock.now()
	if e := c.entry(a.PatientID); e != nil && e.Whole && !c.shutOut(e, s.now) {
		s.copied, s.until = true, e.Lease.Until
	}
	reason := over(a, s)
	if reason == "" {
		return nil
	}
	f(client.AccessEvent{Kind: fhir.EventClosed, Reason: reason, Access: client.Access{Session: a.Session, PatientID: a.PatientID, Mode: a.Mode}})
	return fhir.E(fhir.Forbidden, "Cet accès est terminé : rouvrez le dossier.")
}
