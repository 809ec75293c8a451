package demo

import (
	"context"
	"testing"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// The lives of the demonstration are those that its records say: each state is
// there, and the code of who was announced opens with their card.
func TestLives(t *testing.T) {
	w, err := newWorld(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]int{}
	for i, p := range w.people {
		r := w.rel.records[i]
		l := w.life(p, r)
		states[l.State]++
		if closed := r.State == record.StateClosed; closed != (l.State == record.LifeClosed) || closed == l.Closed.IsZero() {
			t.Errorf("%s: %s, closed %v", p.seed.ID, l.State, l.Closed)
		}
		if l.State != record.LifePending {
			continue
		}
		if len(l.Letters) != 1 || string(l.CodeHash) != string(record.HashCode(l.Patient, l.Letters[0].Code)) || !w.today.Before(l.ObjectUntil) {
			t.Errorf("%s: %+v", p.seed.ID, l)
		}
		if string(l.Card) != string(record.HashCard(p.seed.INS.Value, CardOf(p.seed.ID))) {
			t.Errorf("%s: another card", p.seed.ID)
		}
	}
	for _, s := range []string{record.LifePending, record.LifeOpposed, record.LifeOpened, record.LifeActivated, record.LifeClosed} {
		if states[s] == 0 {
			t.Errorf("nobody is %s", s)
		}
	}
}

// Once filled, the server finds the letters that are to be sent.
func TestLivesAreSeeded(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	s, err := record.Open(context.Background(), record.Config{Dir: t.TempDir(), Demo: true, NoSync: true, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	w, err := newWorld(now)
	if err != nil {
		t.Fatal(err)
	}
	w.docs = nil // drawing them takes long
	seeder, err := s.Seed()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.seed(context.Background(), seeder); err != nil {
		t.Fatal(err)
	}
	due, err := s.Lives(context.Background(), now, 100)
	if err != nil || len(due) != 2 || due[0].State != record.LifePending || len(due[0].Letters) != 1 {
		t.Errorf("%+v, %v", due, err)
	}
}
