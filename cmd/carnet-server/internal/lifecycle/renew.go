package lifecycle

import (
	"context"
	"errors"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Renewal is what a person types who has no code, or one that is no longer
// good.
type Renewal struct {
	INS       string
	BirthDate string // YYYY-MM-DD
	Card      string // serial number of the Carte Vitale
	Peer      string // address of who asks, for the throttle
}

const (
	askedAtOnce = 100 // wishes that wait for Run

	renewEvery    = time.Minute
	renewBurst    = 5
	renewInsEvery = 12 * time.Hour
	renewInsBurst = 2

	// renewDays is for how many days a code is not replaced by who asks for
	// another: the letter is on its way, and whoever holds a card could keep its
	// person from ever using one. The support replaces it at once.
	renewDays = 7
)

// RenewCode sends a new provisional code to the address that is on file, when
// the details fit. It says the same, as fast, whether they do or not: it only
// takes the wish, Run looks at it. Errors: Throttled, Unavailable.
func (e *Engine) RenewCode(_ context.Context, r Renewal) error {
	r.INS = strings.ToUpper(strings.Join(strings.Fields(r.INS), ""))
	if err := e.attempts.allowRenewal(r.Peer, r.INS); err != nil {
		return err
	}
	select {
	case e.asked <- r:
		return nil
	default:
		return fhir.E(fhir.Unavailable, "Le serveur est occupé : réessayez dans un moment.")
	}
}

// renewed does what was wished. What cannot be is told in the server's log, of
// nobody.
func (e *Engine) renewed(ctx context.Context, r Renewal) {
	if err := e.renew(ctx, r); err != nil {
		e.Log.WithError(err).Warn("lifecycle: a code that was asked for could not be renewed")
	}
}

// renew makes a new code for who typed what fits. Whoever types what does not,
// or asks for one where there can be none, gets none.
func (e *Engine) renew(ctx context.Context, r Renewal) error {
	for range tries {
		l, err := e.Records.LifeByINS(ctx, r.INS)
		if fhir.CodeOf(err) == fhir.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if !same(l.Card, record.HashCard(r.INS, r.Card)) || !same([]byte(l.BirthDate), []byte(r.BirthDate)) || e.fresh(l) {
			return nil
		}
		by := record.LifeChange{By: record.LifeBy{Citizen: record.Citizen{ID: l.Patient, Name: l.Name}}}
		_, err = e.apply(ctx, l, Event{Kind: NewCode, Code: record.NewCode()}, by)
		switch fhir.CodeOf(err) {
		case fhir.VersionConflict:
			continue
		case fhir.StateConflict:
			return nil
		}
		return err
	}
	return errors.New("the life changed each time")
}

// fresh tells whether the code that is good was sent within the last days, and
// can still be used.
func (e *Engine) fresh(l record.Life) bool {
	return len(l.CodeHash) > 0 && l.CodeTries < maxTries && l.CodeUntil.After(daysAfter(e.Now(), codeDays-renewDays))
}
