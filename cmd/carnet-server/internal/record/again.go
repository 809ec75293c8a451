package record

import (
	"context"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// detailAgain says in the log that a filing took effect before.
const detailAgain = "again"

// again answers a filing that took effect before: with the document as it is
// now, or Withdrawn. Who filed may have no right to read: they are told what
// was answered then, made again from what they sent again, and nothing of what
// changed since.
func (s *Service) again(ctx context.Context, f *filing, id string) (out Resource, err error) {
	err = s.decided(f.rec, func() error {
		old, rec, err := s.st.Locate(ctx, id, "")
		if err != nil {
			return err
		}
		d := s.decide(f.p, f.v, consent.FunctionRead, rec)
		e := about(s.entry(f.p, fhir.KindCreate), f.v, d, rec)
		e.Document, e.Detail = id, detailAgain
		switch {
		case old.Facts.Status == consent.StatusWithdrawn:
			e.Outcome = audit.OutcomeMinor
			if err := s.record(ctx, e, rec); err != nil {
				return err
			}
			return refused(consent.RefusalWithdrawn)
		case old.Version > 1 && d.Grant != nil && d.Grant.Filter().Allows(old.Facts):
			return s.logged(ctx, logging{f.p, f.v, rec, e}, func() error {
				body, err := s.st.Reveal(ctx, d.Grant, old, rec)
				if err != nil {
					return err
				}
				out, err = s.linked(ctx, d.Grant, rec, old, body)
				return err
			})
		}
		f.doc = store.Doc{ID: old.ID, Record: old.Record, Filed: old.Filed, Updated: old.Filed, Version: 1}
		if out, err = f.resource(); err != nil {
			return err
		}
		return s.record(ctx, e, rec)
	})
	return durable(out, err)
}
