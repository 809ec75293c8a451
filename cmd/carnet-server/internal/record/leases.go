package record

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// leaseTime is how long an offline copy may be kept without a word from the
// server.
const leaseTime = 72 * time.Hour

// leaseBody is what is sealed of a lease: who holds the copy, as the decision
// knows them.
type leaseBody struct {
	Holder Principal `json:"holder"`
	Mode   string    `json:"mode"`            // of the visit in which it was taken
	Visit  string    `json:"visit,omitempty"` // that visit, of an emergency mode: the copy ends with it
}

// TakeCopy lets the caller keep a copy of a record for offline use: for three
// days, and no longer than they may read it. Taking one again renews it. It is
// logged as a working copy, which is no consultation and no first access.
// Errors: those of a search; BusinessRule when the patient wants no offline
// copies.
func (s *Service) TakeCopy(ctx context.Context, p Principal, session, patientID string) (Lease, error) {
	v, err := s.visit(ctx, p, session)
	if err != nil {
		return Lease{}, err
	}
	rec, err := s.asked(ctx, p, patientID)
	if err != nil {
		return Lease{}, err
	}
	var out Lease
	n := rec.N
	err = s.decided(rec, func() error {
		if rec, err = s.st.Record(ctx, n); err != nil {
			return err
		}
		out, err = s.takeCopy(ctx, p, v, rec)
		return err
	})
	return durable(out, err)
}

// takeCopy decides and writes a lease.
func (s *Service) takeCopy(ctx context.Context, p Principal, v visit, rec *store.Record) (Lease, error) {
	d := s.decide(p, v, consent.FunctionRead, rec)
	e := about(s.entry(p, fhir.KindCopy), v, d, rec)
	if d.Refusal != "" {
		return Lease{}, s.denied(ctx, e, d, rec)
	}
	choices, err := s.st.Choices(ctx, rec.N)
	if err != nil {
		return Lease{}, err
	}
	if choices.NoOffline {
		e.Kind, e.Action, e.Outcome, e.Refusal = fhir.KindDenial, "", audit.OutcomeMinor, string(consent.RefusalFunction)
		if err := s.record(ctx, e, rec); err != nil {
			return Lease{}, err
		}
		return Lease{}, fhir.E(fhir.BusinessRule, "Le patient ne veut pas de copie hors ligne de son dossier\u00a0: consultez-le en ligne.")
	}
	now := s.now()
	l := store.Lease{ID: newID(), Record: rec.N, Actor: p.ID, SignIn: p.Session, Taken: now, Logged: now}
	v = v.on(rec.Facts.PatientID)
	body := leaseBody{Holder: p, Mode: v.mode}
	body.Holder.RequestID = ""
	if l.Until = leaseEnd(now, d); v.mode != fhir.ModeNormal {
		body.Visit = v.id
		if v.end.Before(l.Until) {
			l.Until = v.end
		}
	}
	if l.Body, err = json.Marshal(body); err != nil {
		return Lease{}, err
	}
	op := store.Op{Still: still(rec), Do: func(tx store.Tx) error { return tx.AddLease(l) }}
	known, err := s.toldToday(ctx, p, rec)
	if err != nil {
		return Lease{}, err
	}
	if known.IsZero() {
		log, err := s.prepare(e, rec)
		if err != nil {
			return Lease{}, err
		}
		op.Log = []store.Entry{log}
	} else {
		l.Logged = known
	}
	look, err := s.stateOf(ctx, copying{p, v.mode, d, rec})
	if err != nil {
		return Lease{}, err
	}
	out := Lease{ID: l.ID, Who: p.listed(), Taken: l.Taken, Until: l.Until, Basis: d.Basis, Shared: shared(p, v.mode, rec.Facts, now)}
	out.Stamp = s.sealStamp(l.ID, copyStamp{State: look})
	return out, s.st.Do(ctx, op)
}

// leaseEnd is until when a copy may be kept by a decision.
func leaseEnd(now time.Time, d consent.Decision) time.Time {
	until := now.Add(leaseTime)
	if !d.Until.IsZero() && d.Until.Before(until) {
		until = d.Until
	}
	return until
}

// toldToday gives when the history told, today, of a copy that the caller holds
// of a record: taking it again is no news. Zero: it did not.
func (s *Service) toldToday(ctx context.Context, p Principal, rec *store.Record) (time.Time, error) {
	all, err := s.st.Leases(ctx, rec.N, s.now())
	if err != nil {
		return time.Time{}, err
	}
	for _, l := range all {
		if l.Actor == p.ID && sameDay(l.Logged, s.now()) {
			return l.Logged, nil
		}
	}
	return time.Time{}, nil
}

// sameDay compares days as they are in France.
func sameDay(a, b time.Time) bool {
	zone := france()
	y, m, d := a.In(zone).Date()
	y2, m2, d2 := b.In(zone).Date()
	return y == y2 && m == m2 && d == d2
}

// shared tells whether the right was given to the caller's structure, so that
// its members may use one copy, each with a lease of their own.
func shared(p Principal, mode string, f consent.Facts, now time.Time) bool {
	given := func(r consent.Relation) bool {
		return r.Org && r.ID == p.OrgID && !now.Before(r.Start) && (r.End.IsZero() || now.Before(r.End))
	}
	return mode == fhir.ModeNormal && p.OrgID != "" &&
		(slices.ContainsFunc(f.Team, given) || slices.ContainsFunc(f.Authorisations, given))
}

// listed is a professional as people see them.
func (p Principal) listed() Listed {
	return Listed{ID: p.ID, Name: p.Name, Profession: p.Profession, Specialty: p.Specialty, OrgID: p.OrgID, OrgName: p.OrgName}
}

// ReturnCopy ends a copy that the caller took and no longer has. One that is
// over, or is not theirs, is left as it is, without an error.
func (s *Service) ReturnCopy(ctx context.Context, p Principal, lease string) error {
	if err := p.check(); err != nil {
		return err
	}
	l, err := s.st.Lease(ctx, lease)
	if errors.Is(err, store.ErrNotFound) || err == nil && (l.Actor != p.ID || !l.Ended.IsZero()) {
		return nil
	}
	if err != nil {
		return fault(err)
	}
	rec, err := s.st.Record(ctx, l.Record)
	if err != nil {
		return fault(err)
	}
	e := s.entry(p, fhir.KindCopy)
	e.Detail, e.Mode = "return", fhir.ModeNormal
	log, err := s.prepare(e, rec)
	if err != nil {
		return fault(err)
	}
	return fault(s.st.Do(ctx, store.Op{Log: []store.Entry{log}, Do: func(tx store.Tx) error { return tx.EndLease(lease, s.now()) }}))
}

// MayKeep tells whether the caller may still keep a copy that they took: the
// desktop asks whenever it has a server, and drops the copy when it may not.
func (s *Service) MayKeep(ctx context.Context, p Principal, lease string) (bool, error) {
	if err := p.check(); err != nil {
		return false, err
	}
	l, err := s.st.Lease(ctx, lease)
	if errors.Is(err, store.ErrNotFound) || err == nil && (l.Actor != p.ID || !l.Ended.IsZero() || !s.now().Before(l.Until)) {
		return false, nil
	}
	if err != nil {
		return false, fault(err)
	}
	rec, err := s.st.Fresh(ctx, l.Record)
	if err != nil {
		return false, fault(err)
	}
	_, runs, err := s.running(ctx, rec, l)
	return runs, fault(err)
}

// Leases lists who holds an offline copy of a record, and until when; none of
// whom may no longer read it. Looking is logged. Errors: NotFound, Forbidden
// (heirs and the partner).
func (s *Service) Leases(ctx context.Context, c Citizen, rec string) ([]Lease, error) {
	var out []Lease
	err := s.enters(ctx, c, rec, func(h *held) error {
		if err := h.reviews(); err != nil {
			return err
		}
		all, err := s.st.Leases(ctx, h.rec.N, s.now())
		if err != nil {
			return err
		}
		out = []Lease{}
		for _, l := range all {
			one, runs, err := s.running(ctx, h.rec, l)
			if err != nil {
				return err
			}
			if runs {
				out = append(out, one)
			}
		}
		return s.wrote(ctx, h, s.heldEntry(h, fhir.KindHistory, "copies"), nil)
	})
	return durable(out, err)
}

// running tells whether a lease still runs. One that does not is ended for good:
// should what ended it not have been seen when it came, as a time that passed,
// a later consent does not bring an old copy back to life.
func (s *Service) running(ctx context.Context, rec *store.Record, l store.Lease) (Lease, bool, error) {
	choices, err := s.st.Choices(ctx, rec.N)
	if err != nil {
		return Lease{}, false, err
	}
	b, runs, err := s.runs(rec, l, choices.NoOffline)
	if err != nil || runs {
		return Lease{ID: l.ID, Who: b.Holder.listed(), Taken: l.Taken, Until: l.Until}, runs, err
	}
	return Lease{}, false, s.st.Do(ctx, store.Op{Do: func(tx store.Tx) error { return tx.EndLease(l.ID, s.now()) }})
}

// runs decides whether a lease runs: its holder may read the record as long as
// it says, and the patient has not said that there be no copies.
func (s *Service) runs(rec *store.Record, l store.Lease, noOffline bool) (b leaseBody, ok bool, err error) {
	if err := json.Unmarshal(l.Body, &b); err != nil {
		return b, false, err
	}
	_, ok = s.leaseRuns(b, rec, l, noOffline)
	return b, ok, nil
}

// leaseRuns decides about a lease whose body is known.
func (s *Service) leaseRuns(b leaseBody, rec *store.Record, l store.Lease, noOffline bool) (consent.Decision, bool) {
	d := s.decide(b.Holder, visit{id: l.ID, patient: rec.Facts.PatientID, mode: b.Mode, end: l.Until}, consent.FunctionRead, rec)
	return d, !noOffline && d.Refusal == "" && (d.Until.IsZero() || !d.Until.Before(l.Until))
}

// settleLeases ends the leases whose holders a change keeps out, in the
// transaction of that change: a right that is given back later, before anybody
// looked, gives no old copy back.
func (s *Service) settleLeases(tx store.Tx, n int64) error {
	all, err := tx.Running(n, s.now())
	if err != nil || len(all) == 0 {
		return err
	}
	rec, err := tx.Record(n)
	if err != nil {
		return err
	}
	noOffline, err := tx.NoOffline(n)
	if err != nil {
		return err
	}
	for _, l := range all {
		_, ok, err := s.runs(&rec, l, noOffline)
		if err == nil && !ok {
			err = tx.EndLease(l.ID, s.now())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endCopiesOf ends the copies that were taken in an emergency visit with it.
func (s *Service) endCopiesOf(tx store.Tx, a store.Access) error {
	if a.Mode == fhir.ModeNormal {
		return nil
	}
	all, err := tx.Running(a.Record, s.now())
	if err != nil {
		return err
	}
	for _, l := range all {
		var b leaseBody
		if err := json.Unmarshal(l.Body, &b); err != nil {
			return err
		}
		if b.Visit == a.ID {
			if err := tx.EndLease(l.ID, s.now()); err != nil {
				return err
			}
		}
	}
	return nil
}
