package batch

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// found is the answer of a lookup, asked once however many rows wait for it.
type found struct {
	once    sync.Mutex
	done    bool
	patient *client.Patient // never altered
	who     lookup
}

// gate holds lookups back after an answer that says nothing of one person: no
// network, too many requests, signed out. Then one at a time tries, until one
// gets through. Engine.mu guards it.
type gate struct {
	misses int
	until  time.Time
	trying bool
	reason fhir.Code // of the last such answer
}

const (
	firstWait = 2 * time.Second
	longest   = 5 * time.Minute
)

// find asks for one person, from memory when it was asked before. key names the
// question. unanswered when the server gave no answer that holds.
func (e *Engine) find(ctx context.Context, key string, ask func(context.Context) (client.Patient, error)) (*client.Patient, lookup) {
	e.mu.Lock()
	f := e.lookups[key]
	if f == nil {
		f = &found{}
		e.lookups[key] = f
	}
	e.mu.Unlock()
	f.once.Lock()
	defer f.once.Unlock()
	if f.done {
		return f.patient, f.who
	}
	if !e.mayAsk() {
		return nil, unanswered
	}
	p, err := ask(ctx)
	switch fhir.CodeOf(err) {
	case "":
		f.patient, f.who = clonePatient(&p), known
	case fhir.NotFound:
		f.who = unknown
	case fhir.NoRecord:
		f.who = noRecord
	case fhir.BadValue, fhir.Invalid, fhir.Malformed:
		f.who = unknown
	default:
		if ctx.Err() == nil {
			e.missed(err)
		}
		return nil, unanswered
	}
	f.done = true
	e.mu.Lock()
	e.gate = gate{}
	e.mu.Unlock()
	e.hurry()
	return f.patient, f.who
}

// mayAsk tells whether the server may be asked now.
func (e *Engine) mayAsk() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.c.Now().Before(e.gate.until)
}

// missed closes the gate for a while: what the server asked for and a random
// part more, or longer each time.
func (e *Engine) missed(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.c.Now()
	if now.Before(e.gate.until) {
		return // another that left at the same time
	}
	e.gate.misses++
	e.gate.reason = fhir.CodeOf(err)
	wait := time.Duration((0.5 + rand.Float64()/2) * float64(min(firstWait<<min(e.gate.misses-1, 8), longest)))
	var c *client.Error
	if errors.As(err, &c) && c.RetryAfter > 0 {
		wait = c.RetryAfter + time.Duration(rand.Float64()*float64(c.RetryAfter)/4)
	}
	e.gate.until = now.Add(wait)
}

// forget makes the next question of this kind be asked of the server. The
// caller holds mu.
func (e *Engine) forget() {
	for key, f := range e.lookups {
		if f.once.TryLock() {
			if f.who != known {
				delete(e.lookups, key)
			}
			f.once.Unlock()
		}
	}
}
