package record

import (
	"context"
	"slices"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Watch follows an access session: tell is called at once with how it stands,
// then whenever that has changed, and with an event of no kind from time to
// time, so that the caller can see whether anybody still listens. All calls
// come from the caller's own goroutine. What happens between two calls is told
// as one event.
//
// Watch decides as a read does, for who watches is told no more than a reader
// would be: an event counts the documents that may be read and no others, and
// the reason of an end never is a block. It shows nothing of the record, so it
// is no access of its own: $open was.
//
// It returns nil once the session is over (after telling it) or ctx has ended,
// and the error of tell when that gives one. Errors of its own: Forbidden (no
// such session of the caller's, or of another record), Throttled (too many
// watched at once), Unavailable.
func (s *Service) Watch(ctx context.Context, p Principal, patientID, session string, tell func(fhir.AccessEvent) error) error {
	v, err := s.visit(ctx, p, session)
	if err != nil {
		return err
	}
	if session == "" || v.patient != patientID {
		return fhir.E(fhir.Forbidden, "Cet accès est terminé : rouvrez le dossier.")
	}
	a, err := s.st.Access(ctx, session)
	if err != nil {
		return fault(err)
	}
	// from here on every change wakes the watch, so the first look misses none
	one, err := s.watchers.add(a.Record, session, p.Session)
	if err != nil {
		return err
	}
	defer s.watchers.remove(one)
	w := watched{service: s, p: p, session: session, record: a.Record, since: openedAt(v)}
	return w.follow(ctx, one, tell)
}

// watched is one session that is followed.
type watched struct {
	service *Service
	p       Principal
	session string
	record  int64
	since   time.Time
}

// openedAt is when a session was opened: what is new is counted from there,
// however often its watch begins anew.
func openedAt(v visit) time.Time {
	if v.mode == fhir.ModeNormal {
		return v.end.Add(-consent.SessionTime)
	}
	return v.end.Add(-consent.EmergencyTime)
}

// follow looks, tells, and waits for the next reason to look.
func (w *watched) follow(ctx context.Context, one *watcher, tell func(fhir.AccessEvent) error) error {
	var was standing
	first := true
	for ctx.Err() == nil {
		is, err := w.look(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		e, changed := becomes(was, is, first)
		if !changed {
			e = fhir.AccessEvent{}
		}
		if err := tell(e); err != nil {
			return err
		}
		if is.over {
			return nil
		}
		was, first = is, false
		select {
		case <-ctx.Done():
		case <-one.wake:
		case <-w.service.watchers.after(is.wait(w.service.now())):
		}
	}
	return nil
}

// standing is how an access session stands at one moment.
type standing struct {
	access fhir.Access
	over   bool // the session has ended
	fresh  int  // documents that others filed since it was opened
	total  int
}

// reads tells whether something may be read.
func (s standing) reads() bool { return slices.Contains(s.access.Rights, fhir.RightRead) }

// wait is how long nothing is expected to change by itself.
func (s standing) wait(now time.Time) time.Duration {
	wait := watchBeat
	for _, end := range []time.Time{s.access.End, s.access.Until} {
		if left := end.Sub(now); !end.IsZero() && left > 0 {
			wait = min(wait, left)
		}
	}
	return wait
}

// look decides anew, from what is durable and not from memory.
func (w *watched) look(ctx context.Context) (standing, error) {
	s := w.service
	ended := standing{over: true, access: fhir.Access{Session: w.session}}
	v, err := s.visit(ctx, w.p, w.session)
	if fhir.CodeOf(err) == fhir.Forbidden {
		return ended, nil
	}
	if err != nil {
		return standing{}, err
	}
	rec, err := s.st.Fresh(ctx, w.record)
	if err != nil {
		return standing{}, fault(err)
	}
	d := s.decide(w.p, v, consent.FunctionRead, rec)
	if d.Refusal == consent.RefusalSession {
		return ended, nil
	}
	is := standing{access: fhir.Access{
		Session: w.session, PatientID: v.patient, Mode: v.mode, Basis: d.Basis, Until: d.Until, End: v.end,
		Rights: d.Rights, Refusal: d.Refusal.Public(),
	}}
	if d.Grant == nil {
		return is, nil
	}
	is.total, is.fresh, err = w.counts(ctx, d.Grant, rec)
	return is, err
}

// countTries bounds how often documents are counted again because some came
// meanwhile: each of those wakes the watch once more.
const countTries = 5

// counts counts at one moment: a document that comes between two counts would
// be told of as new, and not be among all.
func (w *watched) counts(ctx context.Context, g *consent.Grant, rec *store.Record) (total, fresh int, err error) {
	for try := 1; ; try++ {
		if total, fresh, err = w.count(ctx, g, rec); err != nil || try == countTries {
			return total, fresh, err
		}
		now, err := w.service.st.Fresh(ctx, w.record)
		if err != nil {
			return 0, 0, fault(err)
		}
		if now.Docs == rec.Docs {
			return total, fresh, nil
		}
		rec = now // the grant that it is counted with is as it was
	}
}

// count counts what the grant lets through: nothing else may be told of.
func (w *watched) count(ctx context.Context, g *consent.Grant, rec *store.Record) (total, fresh int, err error) {
	q := store.DocQuery{Statuses: []string{consent.StatusCurrent, consent.StatusSuperseded}, CountOnly: true}
	page, err := w.service.st.Documents(ctx, g, rec, q)
	if err != nil {
		return 0, 0, fault(err)
	}
	total = page.Total
	q.Statuses, q.FiledAfter, q.NotBy = []string{consent.StatusCurrent}, w.since, w.p.ID
	page, err = w.service.st.Documents(ctx, g, rec, q)
	return total, page.Total, fault(err)
}

// becomes tells the change from one standing to the next as at most one event;
// the first standing is told whatever it is.
func becomes(was, is standing, first bool) (fhir.AccessEvent, bool) {
	e := fhir.AccessEvent{Access: is.access, New: is.fresh, Total: is.total}
	switch {
	case is.over:
		e.Kind, e.Reason = fhir.EventClosed, fhir.ReasonSession
	case !is.reads() && (first || was.reads() || was.access.Refusal != is.access.Refusal):
		e.Kind, e.Reason = fhir.EventClosed, reasonOf(is.access.Refusal)
	case first, is.reads() != was.reads(), !sameRights(was.access, is.access):
		e.Kind = fhir.EventRights
	case was.fresh != is.fresh, was.total != is.total:
		e.Kind = fhir.EventDocuments
	default:
		return e, false
	}
	return e, true
}

// sameRights tells whether nothing about an access has changed that a client
// shows.
func sameRights(x, y fhir.Access) bool {
	return slices.Equal(x.Rights, y.Rights) && x.Basis == y.Basis && x.Until.Equal(y.Until) && x.Refusal == y.Refusal
}

// reasonOf puts a public refusal (consent.Refusal.Public) in the words of an
// event.
func reasonOf(refusal string) string {
	switch consent.Refusal(refusal) {
	case consent.RefusalNoConsent:
		return fhir.ReasonConsent
	case consent.RefusalNoRecord:
		return fhir.ReasonRecord
	case consent.RefusalProfession:
		return fhir.ReasonProfession
	}
	return fhir.ReasonFunction
}
