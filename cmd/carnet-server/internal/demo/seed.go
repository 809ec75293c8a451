package demo

import (
	"context"
	"errors"
	"runtime"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// ErrHalfMade is of a data directory whose filling was interrupted.
var ErrHalfMade = errors.New("demo: this data directory holds a half-made demonstration: delete it and start again")

// Seed fills a record service with the demonstration of the day of now; it does
// nothing when it was filled before. The service must be opened with
// Config.Demo. Errors: ErrHalfMade, and those of the service.
func Seed(ctx context.Context, s *record.Service, now time.Time) error {
	seeder, err := s.Seed()
	if err != nil {
		return err
	}
	all, err := readPeople()
	if err != nil {
		return err
	}
	first, last := all[0].seed.ID, all[len(all)-1].seed.ID
	switch {
	case seeder.Has(last): // who is written after everything else
		return nil
	case seeder.Has(first):
		return ErrHalfMade
	}
	w, err := newWorld(now)
	if err != nil {
		return err
	}
	return w.seed(ctx, seeder)
}

func (w *world) seed(ctx context.Context, seeder *record.Seeder) error {
	n := len(w.people) - 1
	for _, p := range w.people[:n] {
		if err := w.seedPerson(seeder, p); err != nil {
			return err
		}
	}
	err := drawAll(ctx, w.docs, func(d document, data []byte) error {
		d.seed.Data = data
		return seeder.AddDocument(d.seed)
	})
	if err != nil {
		return err
	}
	if err := w.seedItems(seeder); err != nil {
		return err
	}
	if err := w.seedMessages(seeder); err != nil {
		return err
	}
	if err := seedDirectory(seeder); err != nil {
		return err
	}
	if err := seeder.Flush(); err != nil {
		return err
	}
	if err := w.seedPerson(seeder, w.people[n]); err != nil {
		return err
	}
	return seeder.Close()
}

// seedPerson writes a person and what the rules say of them.
func (w *world) seedPerson(seeder *record.Seeder, p person) error {
	if err := seeder.AddPatient(p.seed); err != nil {
		return err
	}
	id := p.seed.ID
	return errors.Join(
		each(w.rel.records, func(r record.RecordSeed) bool { return r.PatientID == id }, seeder.SetRecord),
		each(w.rel.records, func(r record.RecordSeed) bool { return r.PatientID == id }, func(r record.RecordSeed) error { return seeder.SetLife(w.life(p, r)) }),
		each(w.rel.auths, func(a record.AuthorisationSeed) bool { return a.PatientID == id }, seeder.Authorise),
		each(w.rel.teams, func(t record.TeamSeed) bool { return t.PatientID == id }, seeder.AddTeam),
		each(w.rel.blocks, func(b record.BlockSeed) bool { return b.PatientID == id }, seeder.Block),
		each(w.rel.visits, func(v record.VisitSeed) bool { return v.PatientID == id }, seeder.AddVisit),
	)
}

// each does something with those of a list that are somebody's.
func each[T any](all []T, theirs func(T) bool, do func(T) error) error {
	for _, x := range all {
		if !theirs(x) {
			continue
		}
		if err := do(x); err != nil {
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
