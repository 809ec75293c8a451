package record

import (
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"carnet/client/fhir"
)

// How fast one person may look up people who are not their patients: a busy
// counter scans one card a few seconds, and nobody browses the population.
const (
	lookupEvery = 3 * time.Second
	lookupBurst = 40
	limitedWho  = 10_000 // people remembered
)

// limits throttles lookups, per person.
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
	fresh := rate.NewLimiter(rate.Every(lookupEvery), lookupBurst)
	limiter, known, _ := l.of.PeekOrAdd(who, fresh)
	if !known {
		limiter = fresh
	}
	if !limiter.AllowN(l.now(), 1) {
		return fhir.E(fhir.Throttled, "Trop de recherches de personnes hors de votre patientèle : réessayez dans une minute.")
	}
	return nil
}
