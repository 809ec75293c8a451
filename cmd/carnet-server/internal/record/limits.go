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

// How fast a laboratory may look people up, by its software or by who files its
// results at a desktop: it files two hundred results a second and looks up each
// patient before. What protects the population from being gone through is that
// numbers that are nobody's are few, and that each lookup is in its person's history.
const (
	systemLookupEvery = time.Second / 400
	systemLookupBurst = 2000
	systemMissEvery   = time.Second / 5
	systemMissBurst   = 500
)

// How fast one person may look up, or otherwise try, people who are not their patients: a busy
// counter scans one card a few seconds, and nobody browses the population.
const (
	lookupEvery = 3 * time.Second
	lookupBurst = 40
	limitedWho  = 10_000 // people remembered
)

// laboratories are the kinds of place (JDV_J02) that file results in quantity.
var laboratories = map[string]bool{"SA25": true, "SA29": true, "SA59": true}

// looksUpMany tells who has the allowance of a laboratory.
func looksUpMany(p Principal) bool { return !isNational(p.ID) || laboratories[p.Sector] }

// limits throttles what tells of people who are not one's patients, per person
// or system; see looksUpMany.
type limits struct {
	now    func() time.Time
	of     *lru.Cache[string, *rate.Limiter] // persons' lookups
	system *lru.Cache[string, *rate.Limiter] // laboratories' lookups
	misses *lru.Cache[string, *rate.Limiter] // laboratories' lookups of nobody
}

func newLimits(now func() time.Time) *limits {
	l := &limits{now: now}
	for _, of := range []**lru.Cache[string, *rate.Limiter]{&l.of, &l.system, &l.misses} {
		made, err := lru.New[string, *rate.Limiter](limitedWho)
		if err != nil { // only for a size below one
			panic(err)
		}
		*of = made
	}
	return l
}

// allow takes one lookup from a person's allowance. Errors: Throttled.
func (l *limits) allow(who string) error { return l.take(l.person(who)) }

// look takes one lookup from the caller's allowance. Errors: Throttled.
func (l *limits) look(p Principal) error {
	if !looksUpMany(p) {
		return l.allow(p.ID)
	}
	if misses := l.missesOf(p.ID); misses.TokensAt(l.now()) < 1 {
		return l.throttled(misses)
	}
	return l.take(limiter(l.system, p.ID, systemLookupEvery, systemLookupBurst))
}

// missed counts what a laboratory asked about nobody.
func (l *limits) missed(p Principal) {
	if looksUpMany(p) {
		l.missesOf(p.ID).AllowN(l.now(), 1)
	}
}

func (l *limits) take(from *rate.Limiter) error {
	if !from.AllowN(l.now(), 1) {
		return l.throttled(from)
	}
	return nil
}

func (l *limits) throttled(by *rate.Limiter) error {
	e := fhir.E(fhir.Throttled, "Trop de recherches de personnes hors de votre patientèle : réessayez dans une minute.")
	e.RetryAfter = spread(untilNext(by, l.now()))
	return e
}

// spent tells that the caller's allowance is used up for now; what is throttled
// comes with it.
func (l *limits) spent(p Principal) (*rate.Limiter, bool) {
	of := l.person(p.ID)
	if looksUpMany(p) {
		of = l.missesOf(p.ID)
	}
	return of, of.TokensAt(l.now()) < 1
}

func (l *limits) person(who string) *rate.Limiter {
	return limiter(l.of, who, lookupEvery, lookupBurst)
}

func (l *limits) missesOf(who string) *rate.Limiter {
	return limiter(l.misses, who, systemMissEvery, systemMissBurst)
}

// limiter gives somebody's allowance.
func limiter(of *lru.Cache[string, *rate.Limiter], who string, every time.Duration, burst int) *rate.Limiter {
	if known, ok := of.Get(who); ok {
		return known
	}
	fresh := rate.NewLimiter(rate.Every(every), burst)
	if known, ok, _ := of.PeekOrAdd(who, fresh); ok {
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
	if err := s.limits.look(p); err != nil {
		return err
	}
	if rec == nil {
		s.limits.missed(p)
	}
	return nil
}

// probeFiled is probe for filing, which is free for everyone when it works out:
// it leaves a document with its filer's name. But whoever has no allowance left
// files for nobody that they do not know.
func (s *Service) probeFiled(ctx context.Context, p Principal, v visit, rec *store.Record) error {
	by, spent := s.limits.spent(p)
	if !spent {
		return nil
	}
	stranger, err := s.stranger(ctx, p, v, rec)
	if err == nil && stranger {
		err = s.limits.throttled(by)
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
