package record

import (
	"context"
	"errors"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// lifeShown is where a record stands in its life, as its holder sees it: no
// code, no card, no letter.
func (s *Service) lifeShown(ctx context.Context, rec *store.Record) (Life, error) {
	l, err := s.LifeOf(ctx, rec.Facts.PatientID)
	l.CodeHash, l.Card, l.Letters = nil, nil, nil
	return l, err
}

// activated tells whether the person whose record it is made it theirs. It never
// turns back while the record is there, so that it may be read after the record.
func (s *Service) activated(ctx context.Context, record int64) (bool, error) {
	kept, err := s.st.Life(ctx, record)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	l, err := openLife(kept)
	return isActivated(l), err
}

// isActivated tells a life whose person signed in with a code and a card of
// their own, also when it was closed since. A code that went to a parent is the
// parent's.
func isActivated(l Life) bool {
	return l.Parent == "" && (l.State == LifeActivated || l.State == LifeClosed && !l.Activated.IsZero())
}

// notActivated is told to who has an account, by a code that was not their own,
// and asks for their own record.
func notActivated() error {
	return fhir.E(fhir.Forbidden, "Votre propre dossier n’est pas encore activé\u00a0: activez-le avec le code reçu à votre nom et votre carte Vitale, ou demandez un code au support.")
}

// shut leaves in a record that its person asked for it and was refused.
func (s *Service) shut(ctx context.Context, c Citizen, rec *store.Record) error {
	return s.record(ctx, audit.Entry{
		At: s.now(), Kind: fhir.KindDenial, Request: c.RequestID, Agent: c.agent(rolePatient), Outcome: audit.OutcomeMinor,
		Refusal: string(consent.RefusalNotActivated), Mode: fhir.ModeNormal,
	}, rec)
}
