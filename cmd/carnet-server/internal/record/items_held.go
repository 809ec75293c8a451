package record

import (
	"context"

	"carnet/client/fhir"
)

// HeldItems lists the health profile of a record to whom it is of, or who represents
// them, as Items does to a professional: all of it, what is masked to others too, and
// nothing of a source that waits for its announcement. It is one line of the history.
// Errors: NotFound, BadValue for a cursor of another sign-in.
func (s *Service) HeldItems(ctx context.Context, c Citizen, q ItemQuery) (ItemPage, error) {
	at := itemCursor{Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(c.principal(), cursorItems, q.Cursor, &at); err != nil {
			return ItemPage{}, err
		}
	}
	var page ItemPage
	err := s.enters(ctx, c, at.Query.PatientID, func(h *held) error {
		e := s.heldEntry(h, fhir.KindProfile, detailRead)
		e.Action = "E"
		return s.shown(ctx, h, e, func() (err error) {
			page, err = s.listItems(ctx, c.principal(), h.grant, h.rec, at)
			return err
		})
	})
	return durable(page, err)
}
