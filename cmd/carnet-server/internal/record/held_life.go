package record

import (
	"context"
	"errors"

	lru "github.com/hashicorp/golang-lru/v2"

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

// activatedRecords remembers which records their persons made theirs. What is
// remembered is never old: no step of a life takes an own activation back, the
// number of a record is given once, and of an erased one nothing is left to
// enter, whatever is remembered. That somebody did not is not remembered: they
// may do it at any moment. Who is let in is decided on the record's facts and
// epoch as ever.
type activatedRecords struct{ of *lru.Cache[int64, struct{}] }

// rememberedRecords is how many of them are remembered.
const rememberedRecords = 100_000

func newActivatedRecords() activatedRecords {
	of, err := lru.New[int64, struct{}](rememberedRecords)
	if err != nil { // only for a size below one
		panic(err)
	}
	return activatedRecords{of}
}

// activated tells whether the person whose record it is made it theirs. It never
// turns back while the record is there, so that it may be read after the record.
func (s *Service) activated(ctx context.Context, record int64) (bool, error) {
	if _, known := s.activations.of.Get(record); known {
		return true, nil
	}
	kept, err := s.st.Life(ctx, record)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	l, err := openLife(kept)
	if err != nil || !isActivated(l) {
		return false, err
	}
	s.activations.of.Add(record, struct{}{})
	return true, nil
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
