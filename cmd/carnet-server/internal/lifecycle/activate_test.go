package lifecycle

import (
	"context"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Whatever does not fit is refused in the same words; wrong codes are counted,
// and a new one is needed after ten.
func TestWrongDetails(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	id := w.announced(zoe())
	right := activation(zoe(), w.codes()[0])
	text := ""
	for name, change := range map[string]func(*Activation){
		"code":       func(a *Activation) { a.Code = "K7QM-2XWD-9FTR" },
		"no code":    func(a *Activation) { a.Code = "" },
		"card":       func(a *Activation) { a.Card = "12345679" },
		"no card":    func(a *Activation) { a.Card = "" },
		"birth date": func(a *Activation) { a.BirthDate = "1990-03-13" },
		"INS":        func(a *Activation) { a.INS = leo().INS.Value },
		"no INS":     func(a *Activation) { a.INS = "" },
	} {
		w.Engine.attempts = newAttempts(w.clock.now)
		a := right
		change(&a)
		_, err := w.Activate(ctx, a)
		if fhir.CodeOf(err) != fhir.Invalid || text != "" && err.Error() != text {
			t.Errorf("%s: %v", name, err)
		}
		text = err.Error()
	}
	for range 3 * maxTries {
		w.Engine.attempts = newAttempts(w.clock.now)
		a := right
		a.Code = record.NewCode()
		if _, err := w.Activate(ctx, a); fhir.CodeOf(err) != fhir.Invalid {
			t.Fatal(err)
		}
	}
	w.Engine.attempts = newAttempts(w.clock.now)
	if _, err := w.Activate(ctx, right); fhir.CodeOf(err) != fhir.Throttled || w.state(id) != record.LifePending {
		t.Errorf("after too many: %v", err)
	}
	w.clear()
	if err := w.NewCode(ctx, operator(), id, ""); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.Engine.attempts = newAttempts(w.clock.now)
	if who, err := w.Activate(ctx, activation(zoe(), w.codes()[0])); err != nil || who != id {
		t.Errorf("with a new code: %v", err)
	}
}

// Trying is throttled, by address and by person; time gives tries back.
func TestTryingIsThrottled(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	w.announced(zoe())
	right := activation(zoe(), w.codes()[0])
	wrong := right
	wrong.Code, wrong.Card = "", ""
	n := 0
	for ; n < 100; n++ {
		if _, err := w.Activate(ctx, wrong); fhir.CodeOf(err) == fhir.Throttled {
			break
		}
	}
	if n != insBurst {
		t.Errorf("%d tries", n)
	}
	elsewhere := right
	elsewhere.Peer = "192.0.2.9"
	if _, err := w.Activate(ctx, elsewhere); fhir.CodeOf(err) != fhir.Throttled {
		t.Errorf("from another address: %v", err)
	}
	w.clock.set(w.clock.now().Add(insEvery))
	if _, err := w.Activate(ctx, elsewhere); err != nil { // a stranger's tries did not use the code up
		t.Errorf("later: %v", err)
	}
}

// A child's code goes to the parent, who gets the account and may close the
// record, and not delete it.
func TestAChild(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	mother := w.announced(zoe())
	w.clear()
	child := w.announced(leo())
	for _, text := range w.letters() {
		if !strings.Contains(text, "Bonjour Zoé LEFÈVRE") || !strings.Contains(text, "votre enfant, Léo LEFÈVRE") {
			t.Errorf("the letter: %s", text)
		}
	}
	who, err := w.Activate(ctx, activation(leo(), w.codes()[0]))
	if err != nil || who != mother {
		t.Fatalf("%s, %v", who, err)
	}
	her := record.Citizen{ID: mother, Name: "Zoé LEFÈVRE"}
	if err := w.Close(ctx, her, child); err != nil || w.state(child) != record.LifeClosed {
		t.Errorf("close: %v", err)
	}
	if err := w.Erase(ctx, her, child); fhir.CodeOf(err) != fhir.Forbidden {
		t.Errorf("erase: %v", err)
	}
	if err := w.Reopen(ctx, her, child); err != nil || w.state(child) != record.LifeActivated {
		t.Errorf("reopen: %v", err)
	}
	w.clock.set(day("2037-10-02 09:00")) // of age
	if err := w.Close(ctx, her, child); fhir.CodeOf(err) != fhir.NotFound {
		t.Errorf("of a grown child: %v", err)
	}
}

// The record of a child is there with its parent's mandate, or not at all: also
// of one from before, whose mandate was not made; one that was ended stays so.
func TestAParentIsNeverMissing(t *testing.T) {
	ctx := context.Background()
	for at := 1; at <= 4; at++ {
		w := newWorld(t)
		mother := w.announced(zoe())
		her := record.Citizen{ID: mother, Name: "Zoé LEFÈVRE", Session: "s"}
		stop := &stopping{Records: w.service, left: at}
		w.Engine = New(Config{Records: stop, Now: w.clock.now})
		_, err := w.Announce(ctx, leo())
		child, absent := w.service.LifeByINS(ctx, leo().INS.Value)
		represents := func() bool {
			l, err := w.service.LifeByINS(ctx, leo().INS.Value)
			if err == nil {
				err = w.byCitizen(ctx, her, l.Patient, Event{Kind: NewCode, Code: record.NewCode()})
			}
			if err != nil && fhir.CodeOf(err) != fhir.NotFound {
				t.Fatal(err)
			}
			return err == nil
		}
		stop.left = 0
		if represents() != (absent == nil) {
			t.Errorf("stopped at %d (%v): the child: %v", at, err, absent)
		}
		if _, err := w.Announce(ctx, leo()); err != nil {
			t.Error(err)
		}
		if !represents() {
			t.Errorf("stopped at %d, announced again: she represents nobody", at)
		}
		if child.Patient == "" {
			continue
		}
		if err := w.service.EndMandate(ctx, record.LifeBy{Staff: operator()}, child.Patient, record.ParentMandate(child.Patient)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Announce(ctx, leo()); err != nil || represents() {
			t.Errorf("an ended mandate: %v", err)
		}
	}
}

// On the day they come of age, a child's letters and account are their own.
func TestAGrownChild(t *testing.T) {
	ctx := context.Background()
	for at, own := range map[string]bool{"2037-10-01 23:59": false, "2037-10-02 00:00": true} {
		w := newWorld(t)
		mother := w.announced(zoe())
		child := w.announced(leo())
		w.clock.set(day(at))
		w.work()
		w.clear()
		if err := w.NewCode(ctx, operator(), child, ""); err != nil {
			t.Fatal(err)
		}
		w.work()
		for _, text := range w.letters() {
			if strings.Contains(text, "Bonjour Léo LEFÈVRE") != own {
				t.Errorf("%s: %s", at, text)
			}
		}
		who, err := w.Activate(ctx, activation(leo(), w.codes()[0]))
		if err != nil || (who == child) != own || (who == mother) == own {
			t.Errorf("%s: %s, %v", at, who, err)
		}
	}
}
