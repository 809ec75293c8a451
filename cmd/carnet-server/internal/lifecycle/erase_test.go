package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// closedRecord is a world with a closed record, whose letters are out and
// cleared away.
func closedRecord(t *testing.T, p record.Insured) (*world, record.Citizen) {
	t.Helper()
	w := newWorld(t)
	id := w.announced(p)
	if _, err := w.Activate(context.Background(), activation(p, w.codes()[0])); err != nil {
		t.Fatal(err)
	}
	me := record.Citizen{ID: id, Name: "Zoé LEFÈVRE"}
	if err := w.Close(context.Background(), me, id); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.clear()
	return w, me
}

// Stopped at any point of an erasure and started again, the record is gone, the
// account too, and one letter has said so.
func TestErasureStoppedAtAnyPoint(t *testing.T) {
	ctx := context.Background()
	const points = 12
	for at := 1; at <= points; at++ {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			w, me := closedRecord(t, zoe())
			stop := &stopping{Records: w.service, Sender: Folder{w.outbox}, left: at, stays: true}
			left := 0
			start := func() {
				stop.dead = false
				w.Engine = New(Config{Records: stop, Sender: stop, Now: w.clock.now, Leave: func(_ context.Context, person string) error {
					_, err := around(stop, func() (struct{}, error) {
						if person != me.ID {
							t.Errorf("%s leaves", person)
						}
						left++
						return struct{}{}, nil
					})
					return err
				}})
			}
			start()
			err := w.Erase(ctx, me, me.ID)
			asked := err == nil || w.state(me.ID) == "none" || !must(w.service.LifeOf(ctx, me.ID)).Erasing.IsZero()
			start()
			if !asked { // stopped before anything was kept: asked for again
				if err := w.Erase(ctx, me, me.ID); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				start()
				w.work()
			}
			if got := w.state(me.ID); got != "none" || left == 0 {
				t.Errorf("%s, %d accounts left", got, left)
			}
			letters := w.letters()
			if len(letters) != 1 {
				t.Errorf("letters %v", letters)
			}
			for _, text := range letters {
				if !strings.Contains(text, "supprimé définitivement") {
					t.Errorf("%s", text)
				}
			}
			if err := w.Erase(ctx, me, me.ID); fhir.CodeOf(err) != fhir.NotFound {
				t.Errorf("twice: %v", err)
			}
		})
	}
}

// refusing sends nothing by e-mail, or nothing at all.
type refusing struct {
	Sender
	all  bool
	mu   sync.Mutex
	sent []Message
}

func (r *refusing) Send(_ context.Context, m Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, m)
	if r.all || m.By == record.ChannelEmail {
		return errors.New("no way out")
	}
	return nil
}

// An erasure waits neither for a mail server nor for a printer.
func TestAnErasureWaitsForNoLetter(t *testing.T) {
	for _, all := range []bool{false, true} {
		p := zoe()
		p.Email = "zoe@example.org"
		w, me := closedRecord(t, p)
		r := &refusing{all: all}
		w.Sender = r
		if err := w.Erase(context.Background(), me, me.ID); err != nil || w.state(me.ID) != "none" {
			t.Errorf("%v", err)
		}
		if len(r.sent) != 2 || r.sent[0].By != record.ChannelEmail || r.sent[0].Email != p.Email || r.sent[1].By != record.ChannelLetter || r.sent[0].ID != r.sent[1].ID {
			t.Errorf("%+v", r.sent)
		}
	}
}

// A stranger, a parent or an operator sets nothing going.
func TestOnlyTheHolderAsksForAnErasure(t *testing.T) {
	ctx := context.Background()
	w, me := closedRecord(t, zoe())
	w.Leave = func(context.Context, string) error { t.Error("an account left"); return nil }
	if err := w.Erase(ctx, record.Citizen{ID: "somebody", Name: "Un INCONNU"}, me.ID); fhir.CodeOf(err) != fhir.NotFound {
		t.Errorf("a stranger: %v", err)
	}
	w.work()
	if w.state(me.ID) != record.LifeClosed || len(w.letters()) != 0 {
		t.Errorf("%s, %v", w.state(me.ID), w.letters())
	}
}

// While an account cannot leave, nothing is lost, and no letter is sent twice.
func TestAnErasureWaitsForTheAccount(t *testing.T) {
	ctx := context.Background()
	w, me := closedRecord(t, zoe())
	fault := errors.New("no disk")
	w.Leave = func(context.Context, string) error { return fault }
	if err := w.Erase(ctx, me, me.ID); !errors.Is(err, fault) {
		t.Errorf("%v", err)
	}
	if err := w.Work(ctx); !errors.Is(err, fault) || w.state(me.ID) != record.LifeClosed || len(w.letters()) != 1 {
		t.Errorf("%v", err)
	}
	if err := w.Reopen(ctx, me, me.ID); fhir.CodeOf(err) != fhir.StateConflict {
		t.Errorf("opened again: %v", err)
	}
	w.clear()
	fault = nil
	w.work()
	if w.state(me.ID) != "none" || len(w.letters()) != 0 {
		t.Errorf("%s, %v", w.state(me.ID), w.letters())
	}
}
