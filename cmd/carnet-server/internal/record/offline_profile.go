package record

import (
	"context"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// CopyProfile gives the health profile for an offline copy: every item that its
// holder may read, in the order of Items, and who cares for the patient. Nobody
// looks at it: it is no consultation, and the history told that the copy was taken.
// Errors: NoConsent when the lease does not run.
func (s *Service) CopyProfile(ctx context.Context, p Principal, lease string) (fhir.CopyProfile, error) {
	if err := p.check(); err != nil {
		return fhir.CopyProfile{}, err
	}
	var out fhir.CopyProfile
	err := s.decided(nil, func() (err error) {
		out, err = s.copyProfile(ctx, p, lease)
		return err
	})
	return durable(out, err)
}

func (s *Service) copyProfile(ctx context.Context, p Principal, lease string) (out fhir.CopyProfile, err error) {
	l, c, err := s.heldCopy(ctx, p, lease)
	if err != nil {
		return out, err
	}
	tell, err := s.tellOfCopy(l.Lease, c)
	if err != nil {
		return out, err
	}
	found, err := s.foundItems(ctx, c.d.Grant, c.rec, ItemQuery{})
	if err != nil {
		return out, err
	}
	out.PatientID = c.rec.Facts.PatientID
	see := newSources(s, c.d.Grant, c.rec)
	for _, one := range found {
		body, err := s.servedItem(ctx, see, one.Item)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, fhir.Entry{Resource: body})
	}
	if out.Team, err = s.careTeam(ctx, c.rec); err != nil {
		return out, err
	}
	op := store.Op{Still: still(c.rec), Log: tell}
	if len(tell) > 0 {
		op.Do = func(tx store.Tx) error { return tx.NoteLease(lease, s.now()) }
	}
	return out, s.st.Do(ctx, op)
}
