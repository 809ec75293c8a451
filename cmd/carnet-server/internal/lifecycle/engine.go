package lifecycle

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Records is what the engine asks of the record's door. record.Service is it.
type Records interface {
	LifeOf(ctx context.Context, patient string) (record.Life, error)
	LifeByINS(ctx context.Context, ins string) (record.Life, error)
	Lives(ctx context.Context, due time.Time, limit int) ([]record.Life, error)
	FindLife(ctx context.Context, who record.Staff, ins string) (record.Life, error)
	SaveLife(ctx context.Context, l record.Life, ch record.LifeChange) (record.Life, error)
	Announce(ctx context.Context, p record.Insured, l record.Life, by record.Staff) (record.Life, bool, error)
	Erase(ctx context.Context, l record.Life, ch record.LifeChange) error
	AddMandate(ctx context.Context, by record.LifeBy, m record.Mandate) error
}

// Config of an Engine.
type Config struct {
	Records Records
	Sender  Sender           // of letters; nil: they wait
	Address string           // of the patients' pages, for letters
	Now     func() time.Time // nil: time.Now
	Log     logrus.FieldLogger
	// Ticks gives when Run looks for what is due; nil: at once and every minute.
	Ticks <-chan time.Time
	// Former carries over what a person had in their former DMP, soon after they
	// activated their record, and again when it failed; nil: nothing is.
	Former *Former
	// Leave takes the account away of a person whose record is about to be erased
	// as they asked; again is no error. nil: there are no accounts.
	Leave func(ctx context.Context, person string) error
}

// Engine does what Step decides. Safe for concurrent use.
type Engine struct {
	Config
	attempts *attempts
	asked    chan Renewal
	erasing  sync.Mutex // held while a record is erased: its letter goes out once
}

// New makes an Engine.
func New(c Config) *Engine {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		quiet := logrus.New()
		quiet.SetOutput(io.Discard)
		c.Log = quiet
	}
	return &Engine{Config: c, attempts: newAttempts(c.Now), asked: make(chan Renewal, askedAtOnce)}
}

// system is the server itself.
var system = record.LifeBy{Staff: record.Staff{ID: "server", Name: "Carnet", Role: record.StaffSystem}}

// tick is how often Run looks for what is due.
const tick = time.Minute

// Run does what falls due until ctx ends. A pass that fails is logged and tried
// again at the next tick.
func (e *Engine) Run(ctx context.Context) {
	ticks := e.Ticks
	if ticks == nil {
		t := time.NewTicker(tick)
		defer t.Stop()
		ticks = t.C
	}
	for {
		if err := e.Work(ctx); err != nil && ctx.Err() == nil {
			e.Log.WithError(err).Warn("lifecycle: what is due could not all be done; it is tried again")
		}
		select {
		case <-ctx.Done():
			return
		case r := <-e.asked:
			e.renewed(ctx, r)
		case _, more := <-ticks:
			if !more {
				return
			}
		}
	}
}

// passSize is how many lives are read at once.
const passSize = 200

// Work does all that is due now: it opens, erases, and sends letters. It may be
// stopped at any moment and run again: each thing is done once. What cannot be
// done is put off, and does not keep the rest waiting.
func (e *Engine) Work(ctx context.Context) error {
	var failed []error
	done := map[string]bool{}
	for {
		lives, err := e.Records.Lives(ctx, e.Now(), passSize)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		fresh := 0
		for _, l := range lives {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if done[l.Patient] {
				continue
			}
			done[l.Patient] = true
			fresh++
			if err := e.settle(ctx, l); err != nil && fhir.CodeOf(err) != fhir.VersionConflict {
				failed = append(failed, err)
			}
		}
		if fresh == 0 {
			return errors.Join(failed...)
		}
	}
}

// settle does what is due in one life: what changed meanwhile is looked at in
// the next pass.
func (e *Engine) settle(ctx context.Context, l record.Life) (err error) {
	now := e.Now()
	switch {
	case !l.Erasing.IsZero():
		return e.erase(ctx, l.Patient, record.Citizen{ID: l.Patient, Name: l.Name})
	case l.State == record.LifePending && !now.Before(l.ObjectUntil):
		if l, err = e.apply(ctx, l, Event{Kind: Open}, record.LifeChange{By: system}); err != nil {
			return err
		}
	case l.State == record.LifeClosed && !l.ArchiveEnd.IsZero() && !now.Before(l.ArchiveEnd):
		_, err = e.apply(ctx, l, Event{Kind: Expire}, record.LifeChange{By: system})
		return err
	}
	if at := due(l); at.IsZero() || at.After(now) { // a letter to a parent that is none any more
		l.Due = at
		_, err = e.Records.SaveLife(ctx, l, record.LifeChange{Detail: "retry", By: system})
		return err
	}
	if l.Carry && l.State == record.LifeActivated {
		if l, err = e.carry(ctx, l); err != nil {
			return err
		}
	}
	for _, x := range l.Letters {
		if later(x.Made, x.Next).After(now) {
			continue
		}
		if l, err = e.send(ctx, l, x); err != nil {
			return err
		}
	}
	return nil
}

// carry carries over what a person had in their former DMP, and notes that.
func (e *Engine) carry(ctx context.Context, l record.Life) (record.Life, error) {
	if e.Former != nil {
		items, err := e.Former.CarryOver(ctx, l)
		if err != nil {
			return l, err
		}
		counts := map[string]int{}
		for _, i := range items {
			counts[i.Result]++
		}
		e.Log.WithFields(logrus.Fields{Filed: counts[Filed], Already: counts[Already], Refused: counts[Refused]}).Info("lifecycle: a former record was carried over")
	}
	return e.apply(ctx, l, Event{Kind: Carried}, record.LifeChange{By: system})
}

// apply does one step of a life that was read: it is kept, logged and told, or
// the record is erased.
func (e *Engine) apply(ctx context.Context, l record.Life, event Event, ch record.LifeChange) (record.Life, error) {
	if event.Letter == "" {
		event.Letter = uuid.NewString()
	}
	next, effect, err := Step(l, event, e.Now())
	if err != nil {
		return l, err
	}
	ch.Detail, ch.Notice = effect.Detail, effect.Notice
	if effect.Erase {
		return next, e.Records.Erase(ctx, next, ch)
	}
	return e.Records.SaveLife(ctx, next, ch)
}

// tries bounds how often a change is made again because the life changed
// meanwhile: a letter went out, say.
const tries = 5

// change is apply to the life as it is now.
func (e *Engine) change(ctx context.Context, patient string, event Event, ch record.LifeChange) (l record.Life, err error) {
	for range tries {
		if l, err = e.Records.LifeOf(ctx, patient); err != nil {
			return l, err
		}
		l, err = e.apply(ctx, l, event, ch)
		if fhir.CodeOf(err) != fhir.VersionConflict {
			return l, err
		}
	}
	return l, err
}

// Announce makes the record of an insured person and the letter with their
// provisional code. Somebody who has a record keeps it: created is then false.
func (e *Engine) Announce(ctx context.Context, p record.Insured) (created bool, err error) {
	l := record.Life{Patient: uuid.NewString(), Channel: record.ChannelLetter, Email: p.Email}
	if p.Email != "" {
		l.Channel = record.ChannelEmail
	}
	if p.Card != "" {
		l.Card = record.HashCard(p.INS.Value, p.Card)
	}
	if p.ParentINS != "" && !record.OfAge(p.BirthDate, e.Now()) { // who represents an adult is for the support to see
		parent, err := e.Records.LifeByINS(ctx, p.ParentINS)
		if err != nil {
			return false, err
		}
		l.Parent = parent.Patient
	}
	l, _, err = Step(l, Event{Kind: Announce, Code: record.NewCode(), Letter: uuid.NewString()}, e.Now())
	if err != nil {
		return false, err
	}
	l, created, err = e.Records.Announce(ctx, p, l, system.Staff)
	if err != nil || created || l.Parent == "" {
		return created, err
	}
	return created, e.parent(ctx, l)
}

// parent makes sure that the parent whom the insurance names represents the
// child: a store from before the mandate was made with the record may lack it.
// One that was ended stays so, and of a parent who is gone there is none.
func (e *Engine) parent(ctx context.Context, l record.Life) error {
	err := e.Records.AddMandate(ctx, system, record.Mandate{
		ID: record.ParentMandate(l.Patient), Patient: l.Patient, Person: l.Parent, Relation: record.RelationRepresentative,
	})
	if code := fhir.CodeOf(err); code == fhir.Duplicate || code == fhir.NotFound {
		return nil
	}
	return err
}
