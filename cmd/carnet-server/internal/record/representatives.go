package record

import (
	"context"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
)

// Representative is who may enter a record by a mandate, in words.
type Representative struct {
	Name     string // "Sophie GARNIER"; "" of who is not known any more
	Relation string // Relation…
	Start    time.Time
	End      time.Time // zero: without limit
	You      bool      // who asks
}

// Representatives lists who may enter a record by a mandate, now or later: all
// of them to its holder, and to whoever represents them their own alone. An
// heir's or partner's mandate lets in once the record is closed. Errors:
// NotFound.
func (s *Service) Representatives(ctx context.Context, c Citizen, rec string) ([]Representative, error) {
	all, err := s.Mandates(ctx, c, rec)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var out []Representative
	for _, m := range all {
		if !m.End.IsZero() && !now.Before(m.End) {
			continue
		}
		name, err := s.actingName(ctx, consent.CitizenID(m.Person))
		if err != nil {
			return nil, fault(err)
		}
		out = append(out, Representative{Name: name, Relation: m.Relation, Start: m.Start, End: m.End, You: m.Person == c.ID})
	}
	return out, nil
}
