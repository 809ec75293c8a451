package record

import (
	"context"
	"errors"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// How fast one person may look up, or otherwise try, people who are not their patients: a busy
// counter scans one card a few seconds, and nobody browses the population.
const (
	lookupEvery = 3 * time.Second
	lookupBurst = 40
	limitedWho  = 10_000 // people remembered
)

// limits throttles what tells of people who are not one's patients, per person.
type limits struct {
	now func() time.Time
	of  *lru.Cache[string, *rate.Limiter]
}

func newLimits(now func() time.Time) *limits {
	of, err := lru.New[string, *rate.Limiter](limitedWho)
	if err != nil { // only for a size below one
		panic(err)
	}
	return &limits{now, of}
}

// allow takes one lookup from a person's allowance. Errors: Throttled.
func (l *limits) allow(who string) error {
	if !l.limiter(who).AllowN(l.now(), 1) {
		return throttled()
	}
	return nil
}

func throttled() error {
	return fhir.E(fhir.Throttled, "Trop de recherches de personnes hors de votre patientèle : réessayez dans une minute.")
}

// spent tells that a person's allowance is used up for now.
func (l *limits) spent(who string) bool { return l.limiter(who).TokensAt(l.now()) < 1 }

func (l *limits) limiter(who string) *rate.Limiter {
	if known, ok := l.of.Get(who); ok {
		return known
	}
	fresh := rate.NewLimiter(rate.Every(lookupEvery), lookupBurst)
	if known, ok, _ := l.of.PeekOrAdd(who, fresh); ok {
		return known
	}
	return fresh
}

// stranger tells whether someone is neither a patient of the caller's, nor
// looked up in this sign-in, nor the patient of the running visit: whoever is
// one of these, the caller knows them already.
func (s *Service) stranger(ctx context.Context, p Principal, v visit, rec *store.Record) (bool, error) {
	if v.patient == rec.Facts.PatientID {
		return false, nil
	}
	mine, err := s.panels.get(ctx, p)
	if err != nil {
		return false, fault(err)
	}
	if place, ok := mine.byN[rec.N]; ok && mine.in(place, s.now()) {
		return false, nil
	}
	looked, err := s.st.Looked(ctx, p.Session, rec.N)
	return !looked, fault(err)
}

// probe takes a lookup from the caller's allowance for an answer that tells
// whether a stranger exists and has a record; rec is nil for nobody. Without
// it, ids and identifiers could be tried one after the other. Errors:
// Throttled.
func (s *Service) probe(ctx context.Context, p Principal, v visit, rec *store.Record) error {
	if rec != nil {
		stranger, err := s.stranger(ctx, p, v, rec)
		if err != nil || !stranger {
			return err
		}
	}
	return s.limits.allow(p.ID)
}

// probeFiled is probe for filing, which is free for everyone when it works out:
// it leaves a document with its filer's name. But whoever has no allowance left
// files for nobody that they do not know.
func (s *Service) probeFiled(ctx context.Context, p Principal, v visit, rec *store.Record) error {
	if !s.limits.spent(p.ID) {
		return nil
	}
	stranger, err := s.stranger(ctx, p, v, rec)
	if err == nil && stranger {
		err = throttled()
	}
	return err
}

// asked finds the record that a caller names by its patient's logical id.
// Errors: NotFound, Throttled.
func (s *Service) asked(ctx context.Context, p Principal, patientID string) (*store.Record, error) {
	rec, err := s.st.RecordOf(ctx, patientID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fault(err)
	}
	if err := s.probe(ctx, p, visit{}, rec); err != nil {
		return nil, err
	}
	if rec == nil {
		return nil, s.missed(ctx, p, patientID)
	}
	return rec, nil
}
