package demo

import (
	"context"
	"runtime"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// Seed fills a record service with the demonstration of the day of now; it does
// nothing when the people are already there. The service must be opened with
// Config.Demo.
func Seed(ctx context.Context, s *record.Service, now time.Time) error {
	seeder, err := s.Seed()
	if err != nil {
		return err
	}
	if seeder.Has(richest) {
		return nil
	}
	w, err := newWorld(now)
	if err != nil {
		return err
	}
	return w.seed(ctx, seeder)
}

func (w *world) seed(ctx context.Context, seeder *record.Seeder) error {
	if err := w.seedPeople(seeder); err != nil {
		return err
	}
	err := drawAll(ctx, w.docs, func(d document, data []byte) error {
		d.seed.Data = data
		return seeder.AddDocument(d.seed)
	})
	if err != nil {
		return err
	}
	for _, v := range w.rel.visits {
		if err := seeder.AddVisit(v); err != nil {
			return err
		}
	}
	return seeder.Close()
}

func (w *world) seedPeople(seeder *record.Seeder) error {
	for _, p := range w.people {
		if err := seeder.AddPatient(p.seed); err != nil {
			return err
		}
	}
	for _, r := range w.rel.records {
		if err := seeder.SetRecord(r); err != nil {
			return err
		}
	}
	for _, a := range w.rel.auths {
		if err := seeder.Authorise(a); err != nil {
			return err
		}
	}
	for _, t := range w.rel.teams {
		if err := seeder.AddTeam(t); err != nil {
			return err
		}
	}
	for _, b := range w.rel.blocks {
		if err := seeder.Block(b); err != nil {
			return err
		}
	}
	return nil
}

// drawn is a document with its bytes.
type drawn struct {
	data []byte
	err  error
}

// ahead is how many documents may be drawn before they are used.
const ahead = 64

// drawAll draws documents on all processors and uses them in order.
func drawAll(ctx context.Context, docs []document, use func(document, []byte) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	slots := make(chan chan drawn, ahead)
	work := make(chan func())
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for do := range work {
				do()
			}
		}()
	}
	go func() {
		defer close(work)
		defer close(slots)
		for _, d := range docs {
			slot := make(chan drawn, 1)
			draw := func() {
				data, err := d.draw()
				slot <- drawn{data, err}
			}
			select {
			case slots <- slot:
			case <-ctx.Done():
				return
			}
			select {
			case work <- draw:
			case <-ctx.Done():
				slot <- drawn{err: ctx.Err()}
				return
			}
		}
	}()
	i := 0
	for slot := range slots {
		d := <-slot
		if d.err != nil {
			return d.err
		}
		if err := use(docs[i], d.data); err != nil {
			return err
		}
		i++
	}
	return ctx.Err()
}
