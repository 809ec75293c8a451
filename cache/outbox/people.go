package outbox

import (
	"context"
	"sync"

	"carnet/client"
	"carnet/client/fhir"
)

// mostPeople bounds who is remembered; beyond, all are forgotten and met again.
const mostPeople = 5000

// people are those who were met over a Writing, so that what waits says whose it is by
// name: also of somebody of whom this computer keeps no copy. In memory alone; an item
// keeps its own, sealed like the rest of it.
type people struct {
	mu  sync.Mutex
	met map[string]client.OutboxPerson
}

func (p *people) meet(all ...client.Patient) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.met == nil || len(p.met)+len(all) > mostPeople {
		p.met = map[string]client.OutboxPerson{}
	}
	for _, one := range all {
		if one.ID == "" {
			continue
		}
		given := one.FirstGiven
		if given == "" && len(one.Given) > 0 {
			given = one.Given[0]
		}
		p.met[one.ID] = client.OutboxPerson{BirthName: one.BirthName, UsedName: one.UsedName, FirstGiven: given, BirthDate: one.BirthDate}
	}
}

func (p *people) who(id string) client.OutboxPerson {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.met[id]
}

// MyPatients implements client.Records.
func (w *Writing) MyPatients(ctx context.Context, q client.PatientQuery) (client.PatientPage, error) {
	page, err := w.Records.MyPatients(ctx, q)
	w.box.people.meet(page.Patients...)
	return page, err
}

// FindByINS implements client.Records.
func (w *Writing) FindByINS(ctx context.Context, ins fhir.Identifier) (client.Patient, error) {
	p, err := w.Records.FindByINS(ctx, ins)
	w.box.people.meet(p)
	return p, err
}

// Match implements client.Records.
func (w *Writing) Match(ctx context.Context, t client.Traits) (client.Patient, error) {
	p, err := w.Records.Match(ctx, t)
	w.box.people.meet(p)
	return p, err
}
