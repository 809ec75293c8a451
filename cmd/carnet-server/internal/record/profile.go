package record

import (
	"context"
	"slices"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Details of entries of kind profile.
const (
	detailRead = "read"
	detailKeep = "keep"
	detailDrop = "drop"
)

// largestProfile bounds the items of one record: no life has more allergies,
// vaccinations and measures than one types.
const largestProfile = 2000

// Profile lists the health profile: the items of a record, oldest first.
// Errors: NotFound.
func (s *Service) Profile(ctx context.Context, c Citizen, rec string) ([]ProfileItem, error) {
	var out []ProfileItem
	err := s.enters(ctx, c, rec, func(h *held) error {
		e := s.heldEntry(h, fhir.KindProfile, detailRead)
		e.Action = "E"
		return s.shown(ctx, h, e, func() (err error) {
			out, err = s.profile(ctx, h)
			return err
		})
	})
	return durable(out, err)
}

// profile reads the items that the grant lets pass.
func (s *Service) profile(ctx context.Context, h *held) ([]ProfileItem, error) {
	all, err := s.st.Items(ctx, h.grant, h.rec)
	if err != nil {
		return nil, err
	}
	out := make([]ProfileItem, 0, len(all))
	names := map[string]string{h.rec.Facts.PatientID: ""}
	see := newSources(s, h.grant, h.rec) // a source may be hidden from its patient
	for _, i := range all {
		if i.Body, err = s.servedItem(ctx, see, i); err != nil {
			return nil, err
		}
		item, err := readItem(i)
		if err != nil {
			return nil, err
		}
		if i.Facts.AuthorID != consent.CitizenID(h.rec.Facts.PatientID) {
			if _, ok := names[i.Facts.AuthorID]; !ok {
				if names[i.Facts.AuthorID], err = s.actorName(ctx, i.Facts.AuthorID); err != nil {
					return nil, err
				}
			}
			item.By = names[i.Facts.AuthorID]
		}
		out = append(out, item)
	}
	return out, nil
}

// actorName names who did something, a professional or a natural person.
func (s *Service) actorName(ctx context.Context, id string) (string, error) {
	if isCitizen(id) {
		return s.actingName(ctx, id)
	}
	l, err := s.nameOf(ctx, id)
	return l.Name, err
}

// KeepItem adds an item to the health profile (ID "") or changes one, whose
// Version is then the one that was read. JSON, when it is there, is the whole
// resource as received: it is checked strictly, and the other fields but ID,
// Version and Masked do not count. Errors: NotFound, Invalid, BadCode,
// Required, Malformed, VersionConflict, Forbidden (what a professional wrote:
// see MaskItem), BusinessRule (too many), NoRecord.
func (s *Service) KeepItem(ctx context.Context, c Citizen, rec string, item ProfileItem) (string, error) {
	var id string
	err := s.manages(ctx, c, rec, func(h *held) error {
		all, err := s.st.Items(ctx, h.grant, h.rec)
		if err != nil {
			return err
		}
		next, err := s.nextItem(ctx, h, all, item)
		if err != nil {
			return err
		}
		if next.Body, err = s.itemBody(ctx, h, next, item); err != nil {
			return err
		}
		id = next.ID
		e := s.heldEntry(h, fhir.KindProfile, detailKeep)
		e.Document, e.Action = next.ID, "U"
		if next.Version == 1 {
			e.Action = "C"
		}
		return s.wrote(ctx, h, e, func(tx store.Tx) error { return tx.KeepItem(&next) })
	})
	return durable(id, err)
}

// nextItem gives the next version of an item, or the first of a new one.
func (s *Service) nextItem(ctx context.Context, h *held, all []store.Item, item ProfileItem) (store.Item, error) {
	now := s.now()
	if item.ID == "" {
		if len(all) >= largestProfile {
			return store.Item{}, fhir.E(fhir.BusinessRule, "Le profil est plein : retirez des éléments anciens.")
		}
		return store.Item{
			ID: newID(), Record: h.rec.N, Version: 1, Updated: now,
			Facts: consent.ItemFacts{Resource: item.Resource, AuthorID: consent.CitizenID(h.c.ID), Masked: item.Masked},
		}, nil
	}
	next, err := s.itemOf(ctx, h, all, item.ID, item.Version)
	if err != nil {
		return next, err
	}
	if item.Resource != "" && item.Resource != next.Facts.Resource {
		return next, fhir.E(fhir.Invalid, "Un élément du profil ne change pas de nature : retirez-le et ajoutez-en un autre.")
	}
	next.Facts.Masked, next.Updated = item.Masked, now
	next.Version++
	return next, nil
}

// itemOf finds an item that a holder wants to change.
func (s *Service) itemOf(ctx context.Context, h *held, all []store.Item, id string, version int64) (store.Item, error) {
	at := slices.IndexFunc(all, func(i store.Item) bool { return i.ID == id })
	switch {
	case at < 0:
		return store.Item{}, s.missedBy(ctx, h.c, id)
	case all[at].Version != version:
		return store.Item{}, store.ErrVersion
	case !isCitizen(all[at].Facts.AuthorID):
		return store.Item{}, fhir.E(fhir.Forbidden, "Seul le professionnel qui l’a écrit peut changer cet élément.")
	}
	return all[at], nil
}

// DropItem takes an item out of the health profile, with what it said. Errors:
// NotFound, VersionConflict, Forbidden, NoRecord.
func (s *Service) DropItem(ctx context.Context, c Citizen, rec, id string, version int64) error {
	return s.manages(ctx, c, rec, func(h *held) error {
		all, err := s.st.Items(ctx, h.grant, h.rec)
		if err != nil {
			return err
		}
		next, err := s.itemOf(ctx, h, all, id, version)
		if err != nil {
			return err
		}
		next.Version, next.Updated, next.Removed, next.Body = next.Version+1, s.now(), true, nil
		e := s.heldEntry(h, fhir.KindProfile, detailDrop)
		e.Document, e.Action = id, "D"
		return s.wrote(ctx, h, e, func(tx store.Tx) error { return tx.KeepItem(&next) })
	})
}

// MaskItem gives an item of the health profile the mask that item says, whoever
// wrote it: what it says and whose it is stay; of item, ID, Version and Masked
// count. As it is already is no error. Errors: NotFound, VersionConflict,
// NoRecord, Forbidden.
func (s *Service) MaskItem(ctx context.Context, c Citizen, rec string, item ProfileItem) error {
	return s.manages(ctx, c, rec, func(h *held) error {
		all, err := s.st.Items(ctx, h.grant, h.rec)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(i store.Item) bool { return i.ID == item.ID })
		switch {
		case at < 0:
			return s.missedBy(ctx, c, item.ID)
		case all[at].Version != item.Version:
			return store.ErrVersion
		}
		e := s.heldEntry(h, fhir.KindProfile, detailKeep)
		e.Document, e.Action = item.ID, "U"
		next := all[at]
		if next.Facts.Masked == item.Masked {
			return s.wrote(ctx, h, e, nil)
		}
		next.Version, next.Updated, next.Facts.Masked = next.Version+1, s.now(), item.Masked
		if next.Body, err = remasked(next); err != nil { // with what the patient may not see of it
			return err
		}
		return s.wrote(ctx, h, e, func(tx store.Tx) error { return tx.KeepItem(&next) })
	})
}

// itemBody gives the resource of an item: as it was received, or made from its
// fields; in any case held against FHIR.
func (s *Service) itemBody(ctx context.Context, h *held, next store.Item, item ProfileItem) ([]byte, error) {
	owner := h.rec.Facts.PatientID
	var n *fhir.Node
	var err error
	if item.JSON != nil {
		n, err = fhir.Parse(item.JSON)
	} else {
		n, err = buildItem(item, owner)
	}
	if err != nil {
		return nil, err
	}
	author := fhir.Item{ByHolder: true}
	if next.Facts.AuthorID != consent.CitizenID(owner) {
		if author.Author.Name, err = s.actorName(ctx, next.Facts.AuthorID); err != nil {
			return nil, err
		}
	}
	return s.completeItem(ctx, h.grant, writtenItem{node: n, next: next, rec: h.rec, author: author})
}
