package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"

	"carnet/client"
	"carnet/client/batch"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
	"carnet/ui"
	pages "carnet/ui/batch"
)

// lots makes the engine of somebody's lots over what this computer keeps for
// them. A lot belongs to a person and an establishment: who works in two finds two.
type lots struct {
	records client.Records
	checker batch.Checker
}

// open implements ui.BatchOf.
func (l lots) open(ctx context.Context, kept ui.Kept, me client.Person, responsible fhir.Party) (pages.Engine, fhir.Party, error) {
	sum := sha256.Sum256([]byte(me.OrgID))
	name := hex.EncodeToString(sum[:8])
	responsible, err := chosen(ctx, kept.Notes, "lots/responsible/"+name, me, responsible)
	if err != nil {
		return nil, responsible, err
	}
	status, err := l.records.Status(ctx)
	if err != nil {
		return nil, responsible, err
	}
	facility, _ := terminology.FacilityByCode(me.Sector)
	engine, err := batch.New(batch.Config{
		Finder: l.records, Outbox: kept.Outbox, Notes: kept.Notes, Checker: l.checker, Image: pdfcheck.ImagePDF, Name: "lots-" + name,
		Sender: me.OrgID, Responsible: responsible, Facility: fhir.Coding{System: facility.System, Code: facility.Code, Display: facility.Label}, Test: status.Demo,
	})
	if err != nil {
		return nil, responsible, err
	}
	made := &lot{Engine: engine}
	if s, ok := kept.Notes.(*shelf); ok {
		if err := s.lend(made); err != nil {
			return nil, responsible, errors.Join(err, engine.Close())
		}
		made.closed = func() { s.giveBack(made) }
	}
	return made, responsible, nil
}

// lot is an engine that anybody may close at any time: the page that shows it, or the
// keep whose notebook it writes in. Close ends its Run first.
type lot struct {
	*batch.Engine
	closed func() // told once, when it is; nil: nobody asks

	mu      sync.Mutex
	over    bool
	stop    context.CancelFunc // of the Run under way
	running sync.WaitGroup
	closing sync.Once
	failed  error
}

// Run implements batch.Batch; that of a closed lot is over at once.
func (l *lot) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	l.mu.Lock()
	if l.over {
		l.mu.Unlock()
		return nil
	}
	l.stop = stop
	l.running.Add(1)
	l.mu.Unlock()
	defer l.running.Done()
	return l.Engine.Run(ctx)
}

// Close ends Run, waits for it, and has the engine keep what is not kept yet. Who
// calls it a second time waits for the first.
func (l *lot) Close() error {
	l.closing.Do(func() {
		l.mu.Lock()
		l.over = true
		if l.stop != nil {
			l.stop()
		}
		l.mu.Unlock()
		l.running.Wait()
		l.failed = l.Engine.Close()
		if l.closed != nil {
			l.closed()
		}
	})
	return l.failed
}

// chosen gives who answers for the lots: who was chosen now, who was chosen last,
// or who is signed in; and remembers it.
func chosen(ctx context.Context, notes client.Notebook, name string, me client.Person, now fhir.Party) (fhir.Party, error) {
	if now.ID != "" {
		value, err := json.Marshal(now)
		if err == nil {
			err = notes.Put(ctx, client.Note{Name: name, Value: value})
		}
		return now, err
	}
	kept, err := notes.Get(ctx, name)
	var last fhir.Party
	switch {
	case err == nil && json.Unmarshal(kept, &last) == nil && last.ID != "":
		return last, nil
	case err != nil && fhir.CodeOf(err) != fhir.NotFound:
		return now, err
	}
	return fhir.Party{ID: me.ID, Name: me.Name, Specialty: me.Specialty, OrgID: me.OrgID, OrgName: me.OrgName}, nil
}
