package lifecycle

import (
	"slices"
	"time"
	_ "time/tzdata" // days are those of Paris, on every machine

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// The terms (contract section 1).
const (
	objectDays   = 42 // six weeks to object
	codeDays     = 42 // six weeks in which a code is good
	archiveYears = 10
	maxTries     = 10 // wrong codes until a new one is needed
)

// Kinds of Event, and what the log calls them (record.LifeChange.Detail).
const (
	Announce  = "announce"           // the insurance named the person; with a code
	Object    = "object"             // the person wants no record
	Withdraw  = "withdraw-objection" // and wants one after all; with a code
	NewCode   = "code"               // a code is asked for anew; with a code
	WrongCode = "wrong-code"         // one was typed
	Activate  = "activate"           // the right one was typed, with the card's details
	Open      = "open"               // the six weeks are over
	Close     = "close"
	Reopen    = "reopen"
	Expire    = "archive-end" // the ten years are over
	// EraseAsked: the holder wants it deleted. Nothing else happens to it any more.
	EraseAsked = "erase-asked"
	Erase      = "erase"   // what was asked for is done
	Sent       = "sent"    // a letter is out
	Carried    = "carried" // what the former DMP held is in the record
)

// Event is something that happens to a record.
type Event struct {
	Kind    string
	Code    string // a provisional code in clear, where one is to be sent
	Letter  string // id of the letter that the event makes, or that is out
	Channel string // of NewCode: how the code goes from now on; "" as before
}

// Effect is what follows a Step.
type Effect struct {
	Detail string // for the log
	Notice bool   // the person is told in their pages
	Erase  bool   // the record is deleted for good, once the life is kept
}

// Step gives what becomes of a life by an event at a time. It is pure. Errors:
// StateConflict when the event cannot happen in this state or not yet,
// TokenExpired when a code is too old, Throttled when too many were wrong.
func Step(l record.Life, e Event, now time.Time) (record.Life, Effect, error) {
	l.Letters = slices.Clone(l.Letters)
	after, ok := steps[e.Kind]
	if !l.Erasing.IsZero() && !slices.Contains([]string{EraseAsked, Sent, Erase}, e.Kind) {
		return l, Effect{}, fhir.E(fhir.StateConflict, "La suppression de ce dossier a été demandée : rien d’autre n’est possible.")
	}
	if !ok || !slices.Contains(after.from, l.State) {
		return l, Effect{}, conflict(l.State, e.Kind)
	}
	if err := after.do(&l, e, now); err != nil {
		return l, Effect{}, err
	}
	l.Due = due(l)
	return l, Effect{Detail: e.Kind, Notice: after.notice, Erase: e.Kind == Erase || e.Kind == Expire}, nil
}

// step is a row of the table of what may happen: from which states, and what.
type step struct {
	from   []string
	notice bool
	do     func(l *record.Life, e Event, now time.Time) error
}

var alive = []string{record.LifePending, record.LifeOpened, record.LifeActivated}

// steps is the table. A life that is not there yet has no state.
var steps = map[string]step{
	Announce:   {from: []string{""}, do: announce},
	Object:     {from: []string{record.LifePending}, notice: true, do: object},
	Withdraw:   {from: []string{record.LifeOpposed}, notice: true, do: withdraw},
	NewCode:    {from: alive, notice: true, do: renew},
	WrongCode:  {from: alive, do: wrong},
	Activate:   {from: alive, notice: true, do: activate},
	Open:       {from: []string{record.LifePending}, notice: true, do: open},
	Close:      {from: []string{record.LifeOpened, record.LifeActivated}, notice: true, do: closeLife},
	Reopen:     {from: []string{record.LifeClosed}, notice: true, do: reopen},
	Expire:     {from: []string{record.LifeClosed}, do: expire},
	EraseAsked: {from: []string{record.LifeClosed, record.LifeOpposed}, do: askErase},
	Erase:      {from: []string{record.LifeClosed, record.LifeOpposed}, do: erase},
	Carried:    {from: []string{record.LifeActivated}, do: func(l *record.Life, _ Event, _ time.Time) error { l.Carry = false; return nil }},
	Sent:       {from: append([]string{record.LifeOpposed, record.LifeClosed}, alive...), do: sent},
}

func announce(l *record.Life, e Event, now time.Time) error {
	l.State, l.Announced, l.ObjectUntil = record.LifePending, now, daysAfter(now, objectDays)
	give(l, e, now)
	return nil
}

// object: from the moment in which it opens by itself, one closes it instead.
func object(l *record.Life, e Event, now time.Time) error {
	if !now.Before(l.ObjectUntil) {
		return fhir.E(fhir.StateConflict, "Le délai de six semaines est passé : demandez la clôture du dossier.")
	}
	l.State = record.LifeOpposed
	forget(l)
	tell(l, e, now)
	return nil
}

func withdraw(l *record.Life, e Event, now time.Time) error {
	l.State = record.LifeOpened
	give(l, e, now)
	return nil
}

func renew(l *record.Life, e Event, now time.Time) error {
	if e.Channel == record.ChannelEmail && l.Email == "" {
		return fhir.E(fhir.Invalid, "Aucune adresse électronique n’est connue : envoyez le code par courrier.")
	}
	if e.Channel != "" {
		l.Channel = e.Channel
	}
	give(l, e, now)
	return nil
}

func wrong(l *record.Life, _ Event, _ time.Time) error {
	if l.CodeTries < maxTries {
		l.CodeTries++
	}
	return nil
}

func activate(l *record.Life, _ Event, now time.Time) error {
	switch {
	case len(l.CodeHash) == 0 || !now.Before(l.CodeUntil):
		return fhir.E(fhir.TokenExpired, "Ce code n’est plus valable : demandez-en un nouveau.")
	case l.CodeTries >= maxTries:
		return fhir.E(fhir.Throttled, "Trop de codes faux ont été saisis : demandez un nouveau code.")
	}
	l.Carry = l.Activated.IsZero()
	l.State, l.Activated = record.LifeActivated, now
	forget(l)
	return nil
}

func open(l *record.Life, _ Event, now time.Time) error {
	if now.Before(l.ObjectUntil) {
		return conflict(l.State, Open)
	}
	l.State = record.LifeOpened
	return nil
}

func closeLife(l *record.Life, e Event, now time.Time) error {
	l.State, l.Closed, l.ArchiveEnd = record.LifeClosed, now, yearsAfter(now, archiveYears)
	forget(l)
	tell(l, e, now)
	return nil
}

// reopen: from the day on which the archive ends, there is nothing to open.
func reopen(l *record.Life, e Event, now time.Time) error {
	if !l.ArchiveEnd.IsZero() && !now.Before(l.ArchiveEnd) {
		return conflict(l.State, Reopen)
	}
	l.State = record.LifeOpened
	if !l.Activated.IsZero() {
		l.State = record.LifeActivated
	}
	l.Closed, l.ArchiveEnd = time.Time{}, time.Time{}
	tell(l, e, now)
	return nil
}

func expire(l *record.Life, _ Event, now time.Time) error {
	if l.ArchiveEnd.IsZero() || now.Before(l.ArchiveEnd) {
		return conflict(l.State, Expire)
	}
	return nil
}

// askErase: asked twice, there is one letter.
func askErase(l *record.Life, e Event, now time.Time) error {
	if l.Erasing.IsZero() {
		l.Erasing = now
		tell(l, e, now)
	}
	return nil
}

func erase(l *record.Life, _ Event, _ time.Time) error {
	if l.Erasing.IsZero() {
		return conflict(l.State, Erase)
	}
	return nil
}

func sent(l *record.Life, e Event, _ time.Time) error {
	l.Letters = slices.DeleteFunc(l.Letters, func(x record.Letter) bool { return x.ID == e.Letter })
	return nil
}

// give makes the event's code the one that is good, and a letter with it. A
// letter with an older code that is not out yet would mislead.
func give(l *record.Life, e Event, now time.Time) {
	l.Letters = slices.DeleteFunc(l.Letters, func(x record.Letter) bool { return x.Code != "" })
	l.CodeHash, l.CodeUntil, l.CodeTries = record.HashCode(l.Patient, e.Code), daysAfter(now, codeDays), 0
	tell(l, e, now)
}

// forget makes that no code is good, nor on its way.
func forget(l *record.Life) {
	l.CodeHash, l.CodeUntil, l.CodeTries = nil, time.Time{}, 0
	l.Letters = slices.DeleteFunc(l.Letters, func(x record.Letter) bool { return x.Code != "" })
}

func tell(l *record.Life, e Event, now time.Time) {
	by := l.Channel
	if by == "" || l.Email == "" {
		by = record.ChannelLetter
	}
	l.Letters = append(l.Letters, record.Letter{ID: e.Letter, Kind: e.Kind, Code: e.Code, Made: now, By: by, Email: l.Email})
}

// due gives when something is to be done of itself.
func due(l record.Life) time.Time {
	if !l.Erasing.IsZero() {
		return l.Erasing
	}
	var at time.Time
	earlier := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	switch l.State {
	case record.LifePending:
		earlier(l.ObjectUntil)
	case record.LifeClosed:
		earlier(l.ArchiveEnd)
	case record.LifeActivated:
		if l.Carry {
			earlier(l.Activated)
		}
	}
	for _, x := range l.Letters {
		earlier(later(x.Made, x.Next))
	}
	return at
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// paris is where the days of the terms are counted.
func paris() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil { // the zones are part of the program
		panic(err)
	}
	return zone
}

// daysAfter gives the moment in which a term of so many days is over: the
// beginning of the day after its last, in Paris. The day of now does not count.
func daysAfter(now time.Time, days int) time.Time {
	y, m, d := now.In(paris()).Date()
	return time.Date(y, m, d+days+1, 0, 0, 0, 0, paris()).UTC()
}

// yearsAfter is daysAfter for years. Of a 29 February, the last day is the 28th
// where there is no other.
func yearsAfter(now time.Time, years int) time.Time {
	y, m, d := now.In(paris()).Date()
	last := time.Date(y+years, m+1, 0, 0, 0, 0, 0, paris()).Day()
	return time.Date(y+years, m, min(d, last)+1, 0, 0, 0, 0, paris()).UTC()
}

func conflict(state, event string) error {
	switch {
	case state == record.LifeClosed && event == NewCode, state == record.LifeClosed && event == Activate:
		return fhir.E(fhir.StateConflict, "Ce dossier est clos : demandez d’abord sa réouverture.")
	case state == record.LifeOpposed && event != Withdraw:
		return fhir.E(fhir.StateConflict, "La personne s’est opposée à la création de ce dossier : retirez d’abord l’opposition.")
	case event == Object:
		return fhir.E(fhir.StateConflict, "Ce dossier est déjà ouvert : demandez plutôt sa clôture.")
	case event == Close && state == record.LifePending:
		return fhir.E(fhir.StateConflict, "Ce dossier n’est pas encore ouvert : enregistrez plutôt une opposition.")
	case event == EraseAsked, event == Erase:
		return fhir.E(fhir.StateConflict, "Un dossier se supprime une fois clos : demandez d’abord sa clôture.")
	}
	return fhir.E(fhir.StateConflict, "Ce n’est pas possible dans l’état présent du dossier : rechargez la page.")
}
