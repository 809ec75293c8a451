package record

import (
	"context"
	"encoding/json"
	"errors"
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
	Mode   string    `json:"mode"` // of the visit in which it was taken
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
	l := store.Lease{ID: newID(), Record: rec.N, Actor: p.ID, SignIn: p.Session, Taken: now, Until: now.Add(leaseTime)}
	if !d.Until.IsZero() && d.Until.Before(l.Until) {
		l.Until = d.Until
	}
	v = v.on(rec.Facts.PatientID)
	if v.mode != fhir.ModeNormal && v.end.Before(l.Until) {
		l.Until = v.end
	}
	kept := p
	kept.RequestID = ""
	if l.Body, err = json.Marshal(leaseBody{kept, v.mode}); err != nil {
		return Lease{}, err
	}
	log, err := s.prepare(e, rec)
	if err != nil {
		return Lease{}, err
	}
	err = s.st.Do(ctx, store.Op{Still: still(rec), Log: []store.Entry{log}, Do: func(tx store.Tx) error { return tx.AddLease(l) }})
	return Lease{ID: l.ID, Who: p.listed(), Taken: l.Taken, Until: l.Until}, err
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
	if noOffline {
		return b, false, nil
	}
	d := s.decide(b.Holder, visit{id: l.ID, patient: rec.Facts.PatientID, mode: b.Mode, end: l.Until}, consent.FunctionRead, rec)
	return b, d.Refusal == "" && (d.Until.IsZero() || !d.Until.Before(l.Until)), nil
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
