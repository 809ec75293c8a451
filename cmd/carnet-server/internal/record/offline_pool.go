package record

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// CopyPool confirms that the caller works in an establishment, and gives them the
// key of a pool of its: what its members share on one computer of their copies. A
// key is of one establishment and one pool, the same for each member and never
// kept: who works elsewhere tomorrow is given another one. It opens nothing alone:
// what is in a pool opens with what the server told the member of it under their
// own lease. Nothing of a record is told, so it is not logged. Errors: BadValue for
// a pool that is none, Forbidden for who works in no establishment.
func (s *Service) CopyPool(ctx context.Context, p Principal, pool string) (fhir.CopyPool, error) {
	if err := p.check(); err != nil {
		return fhir.CopyPool{}, err
	}
	if p.OrgID == "" {
		return fhir.CopyPool{}, refused(consent.RefusalFunction)
	}
	if _, err := uuid.Parse(pool); err != nil {
		return fhir.CopyPool{}, fhir.E(fhir.BadValue, "Cet espace partagé n’en est pas un\u00a0: recommencez.")
	}
	if err := ctx.Err(); err != nil {
		return fhir.CopyPool{}, fhir.Wrap(fhir.Canceled, err)
	}
	key, err := s.st.Keys().Pool(p.OrgID, pool)
	return fhir.CopyPool{OrgID: p.OrgID, Key: key, Until: s.now().Add(leaseTime)}, fault(err)
}

// maxTakenCopies is how many copies are taken at once.
const maxTakenCopies = 100

// TakeCopies lets a member of an establishment keep copies of records that its
// other members copied: of each that is among their patients and that they may read
// by a right which the establishment was given. Each is a lease of their own, told in
// the history as their working copy. Of the others nothing is said and nothing is
// logged: nobody asked to see them. Errors: BadValue for too many.
func (s *Service) TakeCopies(ctx context.Context, p Principal, patients []string) ([]Lease, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(patients) > maxTakenCopies {
		return nil, fhir.E(fhir.BadValue, "Au plus %d copies à la fois\u00a0: répartissez la demande.", maxTakenCopies)
	}
	out := []Lease{}
	for _, id := range patients {
		rec, err := s.st.RecordOf(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fault(err)
		}
		var l Lease
		err = s.decided(rec, func() (err error) {
			l, err = s.takeShared(ctx, p, rec.N)
			return err
		})
		if err != nil {
			return nil, err
		}
		if l.ID != "" {
			out = append(out, l)
		}
	}
	return out, nil
}

// takeShared takes a copy of a record; a zero lease when nothing is to be said.
func (s *Service) takeShared(ctx context.Context, p Principal, n int64) (Lease, error) {
	rec, err := s.st.Record(ctx, n)
	if err != nil {
		return Lease{}, err
	}
	v, err := s.visit(ctx, p, "")
	if err != nil {
		return Lease{}, err
	}
	stranger, err := s.stranger(ctx, p, v, rec)
	if err != nil || stranger {
		return Lease{}, err
	}
	choices, err := s.st.Choices(ctx, n)
	if err != nil {
		return Lease{}, err
	}
	d := s.decide(p, v, consent.FunctionRead, rec)
	if d.Refusal != "" || choices.NoOffline || !shared(p, fhir.ModeNormal, rec.Facts, s.now()) {
		return Lease{}, nil
	}
	l, err := s.takeCopy(ctx, p, v, rec)
	l.Patient, l.Rights = rec.Facts.PatientID, d.Rights
	return l, err
}
