package clienttest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// Watch follows an access until its session is over.
func (f *Fake) Watch(ctx context.Context, a client.Access, tell func(client.AccessEvent)) error {
	if err := f.begin(ctx, Call{Op: OpWatch, PatientID: a.PatientID}); err != nil {
		return err
	}
	f.mu.Lock()
	s := f.sessions[a.Session]
	f.mu.Unlock()
	if s == nil || s.patientID != a.PatientID {
		return fhir.E(fhir.Forbidden, "this access is over; open the record again")
	}
	was, wasRights := "", ""
	for {
		f.mu.Lock()
		e, moved, cut := f.standing(a, s), f.moved, f.cut
		f.mu.Unlock()
		if is, rights := fmt.Sprint(e), fmt.Sprint(e.Kind, e.Access); is != was {
			if rights == wasRights {
				e.Kind = fhir.EventDocuments
			}
			tell(e)
			was, wasRights = is, rights
		}
		if e.Over() {
			return nil
		}
		select {
		case <-ctx.Done():
			return canceled(ctx)
		case <-cut:
			return lost()
		case <-moved:
			select {
			case <-cut: // what came after the cut is not heard
				return lost()
			default:
			}
		}
	}
}

func lost() error { return fhir.E(fhir.Offline, "the server gives no answer") }

// standing is how an access stands. f.mu is held.
func (f *Fake) standing(a client.Access, s *session) client.AccessEvent {
	if f.sessions[a.Session] != s || !f.now().Before(s.end) {
		return client.AccessEvent{Kind: fhir.EventClosed, Reason: fhir.ReasonSession, Access: client.Access{Session: a.Session, PatientID: a.PatientID}}
	}
	p, now := f.reader(a)
	if p == nil {
		return client.AccessEvent{Kind: fhir.EventClosed, Reason: fhir.ReasonRecord, Access: client.Access{Session: a.Session, PatientID: a.PatientID, Refusal: "no-record"}}
	}
	now.Session, now.LastVisit, now.End = a.Session, time.Time{}, s.end
	e := client.AccessEvent{Kind: fhir.EventRights, Access: now}
	if !slices.Contains(now.Rights, fhir.RightRead) {
		e.Kind, e.Reason = fhir.EventClosed, fhir.ReasonConsent
		return e
	}
	for _, d := range p.documents {
		if !readable(d, now) || d.Archived {
			continue
		}
		e.Total++
		if d.Status == "current" && !d.byMe && d.filedAt.After(s.opened) {
			e.New++
		}
	}
	return e
}

// stir wakes those who watch. f.mu is held.
func (f *Fake) stir() {
	f.settle()
	close(f.moved)
	f.moved = make(chan struct{})
}

// Revoke is the patient taking away what lets the caller in; within a block,
// which nothing tells apart.
func (f *Fake) Revoke(patientID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.person(patientID)
	p.relation, p.Relation, p.RelationEnd = "", "", time.Time{}
	f.stir()
}

// Allow is the patient letting the caller in.
func (f *Fake) Allow(patientID, basis string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.person(patientID)
	p.relation, p.Relation, p.blocked = basis, basis, false
	f.stir()
}

// Shut is the patient closing the record.
func (f *Fake) Shut(patientID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.person(patientID)
	p.Active, p.ClosedAt = false, f.now()
	f.stir()
}

// EndSessions ends every access session, as a server does when a sign-in ends.
func (f *Fake) EndSessions() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.sessions)
	f.stir()
}

// CutWatches cuts the line of all who watch.
func (f *Fake) CutWatches() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.cut)
	f.cut = make(chan struct{})
}

// FileByColleague adds a document of somebody else's to a record, newer than
// every session.
func (f *Fake) FileByColleague(patientID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.person(patientID)
	f.fill(p)
	f.serial++
	d := *p.documents[0]
	d.ID, d.UniqueID = fmt.Sprintf("%s-c%05d", p.ID, f.serial), fmt.Sprintf("urn:oid:1.2.3.%d", f.serial)
	d.Status, d.ReplacedBy, d.Masked, d.Archived, d.byMe = "current", "", false, false, false
	d.Author = fhir.Party{ID: "810000009999", Name: "Dr Luc COLLÈGUE"}
	d.PeriodStart = f.now().UTC().Format(time.RFC3339)
	d.filedAt = f.now().Add(time.Second)
	p.documents = append(p.documents, &d)
	f.stir()
}

// RequestAccess keeps the request in the log of calls.
func (f *Fake) RequestAccess(ctx context.Context, patientID, words string) error {
	if err := f.begin(ctx, Call{Op: OpRequestAccess, PatientID: patientID, Argument: words}); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch p := f.person(patientID); {
	case p == nil:
		return fhir.E(fhir.NotFound, "no such record")
	case !p.Active:
		return fhir.E(fhir.NoRecord, "this person has no open record")
	case len([]rune(words)) > MaxWords:
		return fhir.E(fhir.Invalid, "the words are too long; shorten them")
	}
	return nil
}

// MaxWords is how many characters a request may hold.
const MaxWords = 400
