package record

import (
	"context"
	"sync/atomic"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// livesRead counts how often the life of a record is read.
type livesRead struct {
	store.Store
	n atomic.Int64
}

func (l *livesRead) Life(ctx context.Context, record int64) (store.Life, error) {
	l.n.Add(1)
	return l.Store.Life(ctx, record)
}

// That somebody activated their record is read once; that they did not, each
// time, so that they enter as soon as they do. Erased, there is nothing left to
// enter.
func TestAnActivationIsReadOnce(t *testing.T) {
	w := heldWorld(t, func(w *world, s *Seeder) {
		w.must(s.SetLife(Life{Patient: "pat-2", State: LifeOpened}))
	})
	counted := &livesRead{Store: w.st}
	w.st = counted
	reads := func(c Citizen, rec string) (int64, error) {
		before := counted.n.Load()
		_, err := w.HeldDocuments(bg, c, rec, HeldQuery{})
		return counted.n.Load() - before, err
	}
	for i, want := range []int64{1, 0, 0} {
		if n, err := reads(zoe(), "pat-1"); err != nil || n != want {
			t.Errorf("time %d: %d reads, %v", i+1, n, err)
		}
	}
	for range 2 {
		if n, err := reads(mother(), "pat-2"); code(err) != fhir.Forbidden || n != 1 {
			t.Errorf("not activated: %d reads, %v", n, err)
		}
	}
	l, err := w.LifeOf(bg, "pat-2")
	w.must(err)
	l.State, l.Activated = LifeActivated, w.clock.now()
	_, err = w.SaveLife(bg, l, LifeChange{Detail: "activate", By: LifeBy{Citizen: mother()}})
	w.must(err)
	if n, err := reads(mother(), "pat-2"); err != nil || n != 1 {
		t.Errorf("activated: %d reads, %v", n, err)
	}
	if l, err = w.LifeOf(bg, "pat-2"); err != nil {
		t.Fatal(err)
	}
	l.State, l.Closed = LifeClosed, w.clock.now()
	_, err = w.SaveLife(bg, l, LifeChange{Detail: "close", By: LifeBy{Citizen: mother()}})
	w.must(err)
	if n, err := reads(mother(), "pat-2"); err != nil || n != 0 {
		t.Errorf("closed: %d reads, %v", n, err)
	}
	w.must(w.erase("pat-2"))
	if _, err := reads(mother(), "pat-2"); err == nil {
		t.Error("an erased record is entered")
	}
}
