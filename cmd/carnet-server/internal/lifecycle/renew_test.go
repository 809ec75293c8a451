package lifecycle

import (
	"context"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

func renewal(p record.Insured) Renewal {
	return Renewal{INS: p.INS.Value, BirthDate: p.BirthDate, Card: p.Card, Peer: "192.0.2.7"}
}

// settled does what was wished for, as Run does.
func (w *world) settled() {
	w.t.Helper()
	for len(w.asked) > 0 {
		w.renewed(context.Background(), <-w.asked)
	}
	w.work()
}

// Who has no code any more gets another by letter, and who types something that
// does not fit is told the same and gets none.
func TestACodeIsRenewedByItsPerson(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	id := w.announced(zoe())
	old := w.codes()[0]
	w.clear()
	w.clock.days(43)
	w.work() // opened by itself
	for name, change := range map[string]func(*Renewal){
		"another's INS": func(r *Renewal) { r.INS = leo().INS.Value },
		"birth date":    func(r *Renewal) { r.BirthDate = "1990-03-13" },
		"no birth date": func(r *Renewal) { r.BirthDate = "" },
		"card":          func(r *Renewal) { r.Card = "12345679" },
		"no card":       func(r *Renewal) { r.Card = "" },
	} {
		w.Engine.attempts = newAttempts(w.clock.now)
		wrong := renewal(zoe())
		change(&wrong)
		if err := w.RenewCode(ctx, wrong); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		w.settled()
		if len(w.letters()) != 0 {
			t.Errorf("%s: a letter", name)
		}
	}
	w.Engine.attempts = newAttempts(w.clock.now)
	if err := w.RenewCode(ctx, renewal(zoe())); err != nil {
		t.Fatal(err)
	}
	w.settled()
	codes := w.codes()
	if len(codes) != 1 || codes[0] == old {
		t.Fatalf("codes %v", codes)
	}
	me := record.Citizen{ID: id, Name: "Zoé LEFÈVRE", Session: "s"}
	if _, err := w.Activate(ctx, activation(zoe(), codes[0])); err != nil {
		t.Errorf("the code: %v", err)
	}
	told, err := w.service.Notices(ctx, me, id, 10)
	if err != nil || len(told) == 0 {
		t.Fatalf("%+v, %v", told, err)
	}
	found := false
	for _, n := range told {
		found = found || n.Detail == NewCode
	}
	history, err := w.service.History(ctx, me, id, record.HistoryQuery{})
	logged := false
	for _, v := range history.Visits {
		for _, a := range v.Acts {
			logged = logged || a.Detail == NewCode && v.Role == "holder"
		}
	}
	if !found || !logged || err != nil {
		t.Errorf("told %v, logged %v, %v", found, logged, err)
	}
}

// A code of the last days is not replaced, to the day, unless too many wrong
// ones were typed.
func TestAFreshCodeStays(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	w.announced(zoe()) // on 2 March
	wish := func(at string) int {
		t.Helper()
		w.clear()
		w.clock.set(day(at))
		w.Engine.attempts = newAttempts(w.clock.now)
		if err := w.RenewCode(ctx, renewal(zoe())); err != nil {
			t.Fatal(err)
		}
		w.settled()
		return len(w.codes())
	}
	if n := wish("2026-03-08 23:59"); n != 0 {
		t.Errorf("on the sixth day: %d codes", n)
	}
	if n := wish("2026-03-09 00:00"); n != 1 {
		t.Errorf("on the seventh: %d codes", n)
	}
	if n := wish("2026-03-09 12:00"); n != 0 {
		t.Errorf("once more: %d codes", n)
	}
	for range maxTries {
		w.Engine.attempts = newAttempts(w.clock.now)
		a := activation(zoe(), record.NewCode())
		if _, err := w.Activate(ctx, a); fhir.CodeOf(err) != fhir.Invalid {
			t.Fatal(err)
		}
	}
	if n := wish("2026-03-09 13:00"); n != 1 {
		t.Errorf("after too many wrong ones: %d codes", n)
	}
}

// Wishing is throttled, by address and by person, alike for everybody.
func TestWishingIsThrottled(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	w.announced(zoe())
	for _, of := range []string{zoe().INS.Value, "2 90 03 75 123 456 99"} {
		r := renewal(zoe())
		r.INS = of
		for i := range renewInsBurst + 1 {
			r.Peer = string(rune('a' + i))
			if err := w.RenewCode(ctx, r); (fhir.CodeOf(err) == fhir.Throttled) != (i == renewInsBurst) {
				t.Errorf("%d: %v", i, err)
			}
		}
	}
	r := Renewal{Peer: "192.0.2.8"}
	for i := range renewBurst + 1 {
		r.INS = string(rune('a' + i))
		if err := w.RenewCode(ctx, r); (fhir.CodeOf(err) == fhir.Throttled) != (i == renewBurst) {
			t.Errorf("%d: %v", i, err)
		}
	}
	w.clock.set(w.clock.now().Add(time.Minute))
	if err := w.RenewCode(ctx, r); err != nil {
		t.Errorf("later: %v", err)
	}
}

// Run does at once what was wished for.
func TestRunRenews(t *testing.T) {
	w := newWorld(t)
	w.announced(zoe())
	w.clear()
	w.clock.days(10)
	ctx, cancel := context.WithCancel(context.Background())
	letters := make(chan Message, 1)
	w.Engine = New(Config{Records: w.service, Sender: out(letters), Now: w.clock.now, Ticks: make(chan time.Time)})
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	if err := w.RenewCode(ctx, renewal(zoe())); err != nil {
		t.Error(err)
	}
	if m := <-letters; m.By != record.ChannelLetter || m.To != "Zoé LEFÈVRE" {
		t.Errorf("%+v", m)
	}
	cancel()
	<-done
}

// out takes messages.
type out chan Message

func (o out) Send(_ context.Context, m Message) error { o <- m; return nil }
