package record

import (
	"context"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// lifeShown is where a record stands in its life, as its holder sees it: no
// code, no card, no letter.
func (s *Service) lifeShown(ctx context.Context, rec *store.Record) (Life, error) {
	l, err := s.LifeOf(ctx, rec.Facts.PatientID)
	l.CodeHash, l.Card, l.Letters = nil, nil, nil
	return l, err
}
