package record

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	lru "github.com/hashicorp/golang-lru/v2"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Kinds of notices.
const (
	noticeFirstAccess = "first-access" // a professional is in the record for the first time
	noticeEmergency   = "emergency"    // an emergency access
	noticeConsent     = "consent"      // a professional declared the patient's consent
	noticeDocument    = "document"     // a document was added, changed or withdrawn
)

// visit is the access session of a request; the zero visit is a request
// without one, in normal mode.
type visit struct {
	id, patient, mode, reason string
	end                       time.Time
}

// on is the visit as it counts for one record: a session of another record
// counts for nothing.
func (v visit) on(patient string) visit {
	if v.patient != patient {
		return visit{mode: fhir.ModeNormal}
	}
	return v
}

// visit resolves an access session. It must be this principal's, of this
// sign-in, and running; anything else is refused alike, whatever is asked.
func (s *Service) visit(ctx context.Context, p Principal, session string) (visit, error) {
	if err := p.check(); err != nil {
		return visit{}, err
	}
	if session == "" {
		return visit{mode: fhir.ModeNormal}, nil
	}
	a, err := s.st.Access(ctx, session)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return visit{}, fault(err)
	}
	if err != nil || a.Closed || a.Actor != p.ID || a.SignIn != p.Session || !s.now().Before(a.Ends) {
		return visit{}, fhir.E(fhir.Forbidden, "Cet accès est terminé : rouvrez le dossier.")
	}
	return visit{id: a.ID, patient: a.Patient, mode: a.Mode, reason: a.Reason, end: a.Ends}, nil
}

// decide asks package consent.
func (s *Service) decide(p Principal, v visit, f consent.Function, rec *store.Record) consent.Decision {
	v = v.on(rec.Facts.PatientID)
	return consent.Decide(consent.Request{
		Requester: p.requester(), Mode: v.mode, Reason: v.reason, SessionEnd: v.end, Function: f, Now: s.now(),
	}, rec.Facts, s.matrix)
}

// about fills what an entry says of a visit and a record.
func about(e audit.Entry, v visit, d consent.Decision, rec *store.Record) audit.Entry {
	v = v.on(rec.Facts.PatientID)
	e.Mode, e.Reason, e.Session, e.Basis, e.Patient = v.mode, v.reason, v.id, d.Basis, rec.Facts.PatientID
	return e
}

// OpenAccess enters a record ($open). A professional without a right to read
// gets a session all the same: filing needs none. Errors: NotFound, NoRecord,
// Required (no reason), NoConsent and Forbidden for an emergency mode.
func (s *Service) OpenAccess(ctx context.Context, p Principal, patientID, mode, reason string) (fhir.Access, error) {
	if err := p.check(); err != nil {
		return fhir.Access{}, err
	}
	if err := s.Known(ctx, p); err != nil {
		return fhir.Access{}, err
	}
	rec, err := s.st.RecordOf(ctx, patientID)
	if errors.Is(err, store.ErrNotFound) {
		if err := s.probe(ctx, p, visit{}, nil); err != nil {
			return fhir.Access{}, err
		}
		return fhir.Access{}, s.missed(ctx, p, patientID)
	}
	if err != nil {
		return fhir.Access{}, fault(err)
	}
	if mode == "" {
		mode = fhir.ModeNormal
	}
	if mode == fhir.ModeNormal {
		reason = ""
	}
	if utf8.RuneCountInString(reason) > maxReason {
		return fhir.Access{}, longReason()
	}
	var out fhir.Access
	err = s.decided(rec, func() error {
		if rec, err = s.st.Record(ctx, rec.N); err != nil {
			return err
		}
		out, err = s.open(ctx, p, rec, visit{id: newID(), patient: patientID, mode: mode, reason: reason})
		return err
	})
	return durable(out, err)
}

// maxReason bounds the typed reason of an emergency access, in characters: the
// patient and the médecin traitant read it.
const maxReason = 400

func longReason() error {
	const message = "Le motif dépasse 400 caractères : résumez-le."
	return &fhir.Error{Code: fhir.Invalid, Message: message, Issues: []fhir.Issue{{
		Code: fhir.Invalid, Expression: "Parameters.parameter.where(name='reason')", Message: message,
	}}}
}

// open decides, writes and answers one $open.
func (s *Service) open(ctx context.Context, p Principal, rec *store.Record, v visit) (fhir.Access, error) {
	d := s.decide(p, v, consent.FunctionOpen, rec)
	if d.Refusal != "" || d.ReadRefusal != "" {
		if err := s.probe(ctx, p, visit{}, rec); err != nil {
			return fhir.Access{}, err
		}
	}
	if d.Refusal != "" {
		return fhir.Access{}, s.denied(ctx, about(s.entry(p, fhir.KindOpen), v, d, rec), d, rec)
	}
	out := fhir.Access{
		Session: v.id, PatientID: v.patient, Mode: v.mode, Basis: d.Basis, Until: d.Until, End: d.End,
		Rights: d.Rights, Refusal: d.ReadRefusal.Public(),
	}
	log, err := s.prepare(about(s.entry(p, fhir.KindOpen), v, d, rec), rec)
	if err != nil {
		return out, err
	}
	reads := slices.Contains(d.Rights, fhir.RightRead)
	now := s.now()
	var touched store.Touched
	err = s.st.Do(ctx, store.Op{
		Still: still(rec), Log: []store.Entry{log},
		Do: func(tx store.Tx) (err error) {
			err = tx.AddAccess(store.Access{
				ID: v.id, Record: rec.N, Actor: p.ID, SignIn: p.Session, Mode: v.mode, Ends: d.End, Reason: v.reason,
			})
			if err != nil || !reads {
				return err
			}
			if touched, err = tx.Touch(p.ID, rec.N, now); err != nil {
				return err
			}
			return s.notifyVisit(tx, p, rec, entering{v, touched, true})
		},
	})
	if err == nil && reads {
		out.LastVisit = touched.Before
		s.visited(p, rec, now, touched)
	}
	return out, err
}

// visited makes memory know of a visit that is durable.
func (s *Service) visited(p Principal, rec *store.Record, at time.Time, t store.Touched) {
	s.visits.note(p.ID, rec.N, at)
	s.panels.visited(p, rec.N, at, t.Panel)
}

// CloseAccess ends an access session; ending one that is over, or is not the
// caller's, changes nothing and is no error.
func (s *Service) CloseAccess(ctx context.Context, p Principal, session string) error {
	if err := p.check(); err != nil {
		return err
	}
	a, err := s.st.Access(ctx, session)
	if errors.Is(err, store.ErrNotFound) || err == nil && (a.Closed || a.Actor != p.ID || a.SignIn != p.Session) {
		return nil
	}
	if err != nil {
		return fault(err)
	}
	rec, err := s.st.Record(ctx, a.Record)
	if err != nil {
		return fault(err)
	}
	e := s.entry(p, fhir.KindClose)
	e.Patient, e.Mode, e.Session = a.Patient, a.Mode, a.ID
	log, err := s.prepare(e, rec)
	if err != nil {
		return fault(err)
	}
	return fault(s.st.Do(ctx, store.Op{Log: []store.Entry{log}, Do: func(tx store.Tx) error {
		return errors.Join(tx.CloseAccess(session), s.endCopiesOf(tx, a))
	}}))
}

// still is the condition that a record is as its decision knew it.
func still(rec *store.Record) []store.Still {
	return []store.Still{{Record: rec.N, Epoch: rec.Facts.Epoch}}
}

// stillListed is still for a list: there is nothing else in the record either.
func stillListed(rec *store.Record) []store.Still {
	return []store.Still{{Record: rec.N, Epoch: rec.Facts.Epoch, Docs: rec.Docs}}
}

// recentVisits remembers who was just in which record, so that a client
// without access sessions does not cause a write of a visit with each read.
type recentVisits struct {
	seen *lru.Cache[visitKey, time.Time]
}

type visitKey struct {
	actor  string
	record int64
}

const (
	rememberedVisits = 100_000
	visitLasts       = consent.SessionTime // after that, a read is a new visit
)

func newRecentVisits() *recentVisits {
	seen, err := lru.New[visitKey, time.Time](rememberedVisits)
	if err != nil { // only for a size below one
		panic(err)
	}
	return &recentVisits{seen}
}

func (r *recentVisits) note(actor string, record int64, at time.Time) {
	r.seen.Add(visitKey{actor, record}, at)
}

// recent tells whether a visit of the actor is running.
func (r *recentVisits) recent(actor string, record int64, now time.Time) bool {
	at, ok := r.seen.Get(visitKey{actor, record})
	return ok && now.Sub(at) < visitLasts
}
