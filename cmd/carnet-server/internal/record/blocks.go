package record

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Block keeps a professional or a structure out. It wins over whatever lets
// them in and ends none of it: unblocked, they are where they were. Twice is
// once. Errors: NotFound, BusinessRule (the declared médecin traitant),
// NoRecord.
func (s *Service) Block(ctx context.Context, c Citizen, rec, actor string) error {
	return s.manages(ctx, c, rec, func(h *held) error {
		l, err := s.actor(ctx, h, actor)
		if err != nil {
			return err
		}
		if r := consent.MayBlock(requesterOf(l), l.Org, h.rec.Facts); r != "" {
			return ruleRefused(r)
		}
		e := s.heldEntry(h, fhir.KindConsent, detailBlock)
		if slices.Contains(h.rec.Facts.Blocks, consent.Actor{ID: l.ID, Org: l.Org}) {
			e.Detail = detailAgain
			return s.wrote(ctx, h, e, nil)
		}
		now := s.now()
		p := store.Provision{
			ID: newID(), Record: h.rec.N, Kind: store.KindBlock, Actor: l.ID, Org: l.Org, Starts: now, Active: true,
			Declarer: h.declarer(), Version: 1, Updated: now,
		}
		return s.wrote(ctx, h, e, func(tx store.Tx) error {
			if err := tx.AddProvision(&p); err != nil {
				return err
			}
			return s.tellHolder(tx, h, detailBlock)
		})
	})
}

// Unblock ends a block; without one there is nothing to end, and that is no
// error. Errors: NotFound, NoRecord.
func (s *Service) Unblock(ctx context.Context, c Citizen, rec, actor string) error {
	return s.manages(ctx, c, rec, func(h *held) error {
		e := s.heldEntry(h, fhir.KindConsent, detailUnblock)
		if !slices.ContainsFunc(h.rec.Facts.Blocks, func(a consent.Actor) bool { return a.ID == actor }) {
			e.Detail = detailAgain
		}
		return s.wrote(ctx, h, e, func(tx store.Tx) error {
			n, err := tx.EndProvisions(h.rec.N, store.KindBlock, actor, s.now())
			if err != nil || n == 0 {
				return err
			}
			return s.tellHolder(tx, h, detailUnblock)
		})
	})
}

// DeclareMT declares the médecin traitant, "" none. Twice is once. Errors:
// NotFound (not in the directory), BusinessRule (not a doctor who treats;
// blocked), NoRecord.
func (s *Service) DeclareMT(ctx context.Context, c Citizen, rec, actor string) error {
	return s.manages(ctx, c, rec, func(h *held) error {
		detail := detailNoMT
		if actor != "" {
			detail = detailMT
			l, err := s.st.Listed(ctx, actor)
			if err != nil {
				return unlisted(err)
			}
			if r := consent.MayBeMT(requesterOf(l), l.Org, h.rec.Facts); r != "" {
				return ruleRefused(r)
			}
		}
		e := s.heldEntry(h, fhir.KindConsent, detail)
		if h.rec.Facts.MT == actor {
			e.Detail = detailAgain
			return s.wrote(ctx, h, e, nil)
		}
		return s.wrote(ctx, h, e, func(tx store.Tx) error {
			if err := tx.SetMT(h.rec.N, actor); err != nil {
				return err
			}
			return s.tellHolder(tx, h, detail)
		})
	})
}

// ruleRefused is what a holder is told of a decision that they cannot make.
func ruleRefused(r consent.Refusal) error {
	message := map[consent.Refusal]string{
		consent.RefusalIsMT:       "Votre médecin traitant déclaré ne peut pas être bloqué : déclarez-en d’abord un autre, ou aucun.",
		consent.RefusalIsBlocked:  "Vous avez bloqué ce professionnel ou sa structure : débloquez d’abord.",
		consent.RefusalNotDoctor:  "Le médecin traitant est un médecin qui soigne : choisissez un médecin dans l’annuaire.",
		consent.RefusalNeverReads: "La médecine du travail ne lit jamais les dossiers : l’autoriser n’aurait aucun effet.",
	}[r]
	return fhir.E(r.Code(), "%s", cmp.Or(message, "Cela n’est pas possible."))
}

// unlisted tells that an actor is not in the directory.
func unlisted(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fhir.E(fhir.NotFound, "Ce professionnel ou cette structure n’est pas dans l’annuaire : cherchez par nom, ville ou identifiant.")
	}
	return err
}
