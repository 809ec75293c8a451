package record

import (
	"context"
	"errors"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Set gives one submission set, as a search shows it (SearchSets): with those
// of its documents that the caller may read. Errors: NotFound, for one that
// shows none of them as for one that does not exist.
func (s *Service) Set(ctx context.Context, p Principal, session, id string) (out Resource, err error) {
	v, err := s.visit(ctx, p, session)
	if err != nil {
		return out, err
	}
	n, err := s.st.SetOf(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return out, s.missed(ctx, p, id)
	}
	if err != nil {
		return out, fault(err)
	}
	var rec *store.Record
	err = s.decided(nil, func() error {
		if rec != nil {
			s.st.Forget(n)
		}
		if rec, err = s.st.Record(ctx, n); err != nil {
			return err
		}
		d := s.decide(p, v, consent.FunctionRead, rec)
		if d.Grant == nil {
			return s.missed(ctx, p, id)
		}
		found, err := s.oneSet(ctx, d.Grant, rec, id)
		if errors.Is(err, store.ErrNotFound) {
			return s.missed(ctx, p, id)
		}
		if err != nil {
			return err
		}
		e := about(s.entry(p, fhir.KindSearchSets), v, d, rec)
		e.Detail = "_id"
		return s.logged(ctx, logging{p, v, rec, e}, func() error {
			out = found
			return nil
		})
	})
	return durable(out, err)
}

// oneSet finds a set of a record, for a grant. Errors: store.ErrNotFound.
func (s *Service) oneSet(ctx context.Context, g *consent.Grant, rec *store.Record, id string) (Resource, error) {
	found, err := s.st.Sets(ctx, g, rec, store.SetQuery{ID: id, Limit: 1})
	if err != nil {
		return Resource{}, err
	}
	if len(found.Sets) == 0 {
		return Resource{}, store.ErrNotFound
	}
	set := found.Sets[0]
	return Resource{ID: set.ID, Version: "1", LastUpdated: set.Filed, JSON: set.Body}, nil
}

// HeldSet gives one submission set of a record that the reader may enter, as
// HeldSets shows it. Errors: NotFound, as of Set.
func (s *Service) HeldSet(ctx context.Context, c Citizen, id string) (out Resource, err error) {
	n, err := s.st.SetOf(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return out, fault(err)
	}
	patient := id // of which there is none
	if err == nil {
		rec, err := s.st.Record(ctx, n)
		if err != nil {
			return out, fault(err)
		}
		patient = rec.Facts.PatientID
	}
	err = s.enters(ctx, c, patient, func(h *held) error {
		if out, err = s.oneSet(ctx, h.grant, h.rec, id); errors.Is(err, store.ErrNotFound) {
			return s.missedBy(ctx, c, id)
		}
		if err != nil {
			return err
		}
		e := s.heldEntry(h, fhir.KindSearchSets, "")
		e.Detail = "_id"
		return s.wrote(ctx, h, e, nil)
	})
	return durable(out, err)
}
