package record

import (
	"context"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// lifeShown is where a record stands in its life, as its holder sees it.
func (s *Service) lifeShown(_ context.Context, rec *store.Record) (Life, error) {
	states := map[consent.State]string{
		consent.StatePending: LifePending, consent.StateOpposed: LifeOpposed, consent.StateOpen: LifeActivated, consent.StateClosed: LifeClosed,
	}
	return Life{Patient: rec.Facts.PatientID, State: states[rec.Facts.State]}, nil
}
