package lifecycle

import (
	"context"
	"crypto/subtle"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Activation is what a person types to make their record their own.
type Activation struct {
	INS       string
	BirthDate string // YYYY-MM-DD
	Code      string // provisional, of the letter
	Card      string // serial number of the Carte Vitale
	Peer      string // address of who asks, for the throttle
}

// Activate makes the record the person's own and gives who gets an account: the
// person, or the parent to whom a child's code was sent. Code, INS, birth date
// and card must all fit; which of them does not is not told. Errors: Invalid,
// Throttled, TokenExpired (the code is right, and too old), StateConflict.
func (e *Engine) Activate(ctx context.Context, a Activation) (person string, err error) {
	if err := e.attempts.allow(a.Peer, a.INS); err != nil {
		return "", err
	}
	for range tries {
		l, err := e.Records.LifeByINS(ctx, a.INS)
		if err != nil && fhir.CodeOf(err) != fhir.NotFound {
			return "", err
		}
		l, err = e.activate(ctx, l, a) // also of nobody: it takes as long, about
		switch {
		case fhir.CodeOf(err) == fhir.VersionConflict:
			continue
		case err != nil:
			return "", err
		}
		e.attempts.forgive(a.Peer, a.INS)
		return holder(l), nil
	}
	return "", fhir.E(fhir.Unavailable, "Le serveur est occupé : réessayez dans un moment.")
}

// holder is who gets the account of a record.
func holder(l record.Life) string {
	if l.Parent != "" {
		return l.Parent
	}
	return l.Patient
}

// activate compares what was typed with a life that was read. Of wrong codes
// those count that come with one right part, the code or the card: whoever knows
// neither cannot use a person's tries up.
func (e *Engine) activate(ctx context.Context, l record.Life, a Activation) (record.Life, error) {
	code := same(l.CodeHash, record.HashCode(l.Patient, a.Code))
	card := same(l.Card, record.HashCard(a.INS, a.Card))
	born := same([]byte(l.BirthDate), []byte(a.BirthDate))
	by := record.LifeChange{By: record.LifeBy{Citizen: record.Citizen{ID: l.Patient, Name: l.Name}}}
	if code && card && born {
		return e.apply(ctx, l, Event{Kind: Activate}, by)
	}
	if l.Patient != "" && len(l.CodeHash) > 0 && (code || card && born) {
		by.By = system
		if _, err := e.apply(ctx, l, Event{Kind: WrongCode}, by); err != nil {
			return l, err
		}
	}
	return l, fhir.E(fhir.Invalid, "Le code, le numéro INS, la date de naissance et le numéro de la carte ne vont pas ensemble : vérifiez-les.")
}

// same compares in constant time; nothing is the same as nothing.
func same(a, b []byte) bool { return len(a) > 0 && subtle.ConstantTimeCompare(a, b) == 1 }

// How often one may try: a person who mistypes is not kept waiting, a program
// is.
const (
	peerEvery = 20 * time.Second
	peerBurst = 20
	insEvery  = 2 * time.Minute
	insBurst  = 6
	attempted = 50_000 // addresses and persons remembered
)

// attempts throttles by address and by person.
type attempts struct {
	now func() time.Time
	of  *lru.Cache[string, *rate.Limiter]
}

func newAttempts(now func() time.Time) *attempts {
	of, err := lru.New[string, *rate.Limiter](attempted)
	if err != nil { // only for a size below one
		panic(err)
	}
	return &attempts{now, of}
}

func (t *attempts) limiter(key string, every time.Duration, burst int) *rate.Limiter {
	if known, ok := t.of.Get(key); ok {
		return known
	}
	fresh := rate.NewLimiter(rate.Every(every), burst)
	if known, ok, _ := t.of.PeekOrAdd(key, fresh); ok {
		return known
	}
	return fresh
}

// allow takes one try from both allowances. Errors: Throttled.
func (t *attempts) allow(peer, ins string) error {
	now := t.now()
	if !t.limiter("peer "+peer, peerEvery, peerBurst).AllowN(now, 1) || !t.limiter("ins "+ins, insEvery, insBurst).AllowN(now, 1) {
		return tooMany()
	}
	return nil
}

func tooMany() error {
	return fhir.E(fhir.Throttled, "Trop d’essais : patientez quelques minutes, puis recommencez.")
}

// allowRenewal takes one wish for a new code from allowances of its own.
func (t *attempts) allowRenewal(peer, ins string) error {
	now := t.now()
	if !t.limiter("renew "+peer, renewEvery, renewBurst).AllowN(now, 1) || !t.limiter("renew ins "+ins, renewInsEvery, renewInsBurst).AllowN(now, 1) {
		return tooMany()
	}
	return nil
}

// forgive forgets the tries of a person who got it right.
func (t *attempts) forgive(_, ins string) { t.of.Remove("ins " + ins) }
