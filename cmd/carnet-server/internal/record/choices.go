package record

import (
	"context"
	"net/mail"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// maxEmail bounds an e-mail address, in bytes (RFC 5321).
const maxEmail = 254

// Choose sets the switches of a record. A representative sees and sets no
// e-mail address: it is the holder's own. Errors: NotFound, Invalid (the
// address), NoRecord.
func (s *Service) Choose(ctx context.Context, c Citizen, rec string, ch Choices) error {
	email, err := checkEmail(ch.Email)
	if err != nil {
		return err
	}
	return s.manages(ctx, c, rec, func(h *held) error {
		before, err := s.st.Choices(ctx, h.rec.N)
		if err != nil {
			return err
		}
		next := store.Choices{NoOffline: ch.NoOffline, EveryVisit: ch.EveryVisit, Email: email}
		if !h.self() {
			next.Email = before.Email
		}
		f := h.rec.Facts
		switched := f.OpposeBreakGlass != ch.OpposeBreakGlass || f.OpposeCentre15 != ch.OpposeCentre15 || f.MaskedInEmergency != ch.MaskedEmergency
		return s.wrote(ctx, h, s.heldEntry(h, fhir.KindConsent, detailChoose), func(tx store.Tx) error {
			if switched {
				err := tx.SetSwitches(h.rec.N, store.RecordState{
					OpposeBTG: ch.OpposeBreakGlass, OpposeC15: ch.OpposeCentre15, MaskedEmergency: ch.MaskedEmergency,
				})
				if err != nil {
					return err
				}
			}
			if next != before {
				if err := tx.SetChoices(h.rec.N, next); err != nil {
					return err
				}
			}
			if !switched && next == before {
				return nil
			}
			return s.tellHolder(tx, h, detailChoose)
		})
	})
}

// checkEmail reads an address; "" is none.
func checkEmail(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", nil
	}
	a, err := mail.ParseAddress(typed)
	if err != nil || a.Name != "" || len(a.Address) > maxEmail || !strings.Contains(a.Address[strings.LastIndexByte(a.Address, '@')+1:], ".") {
		return "", fhir.E(fhir.Invalid, "Cette adresse de messagerie n’est pas valable : vérifiez-la.")
	}
	return a.Address, nil
}
