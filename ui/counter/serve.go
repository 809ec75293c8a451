package counter

import (
	"context"
	"slices"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
)

// Serve opens a patient's record and asks for what the counter shows.
func (p *Page) Serve(patient client.Patient) {
	p.leave()
	p.person.Shut()
	p.state.Serve(patient)
	p.show()
	task.RunStaged(p.serving, func(s task.Stage) { p.view.busy(s != task.Finished && p.state.Phase == Opening) },
		func(ctx context.Context) (client.Access, error) {
			return p.cfg.Records.Open(ctx, patient.ID, client.OpenRequest{Mode: fhir.ModeNormal})
		},
		func(a client.Access, err error) {
			if p.state.Opened(a, err) {
				p.follow(a)
				p.load()
				return
			}
			p.show()
			p.cfg.Shell.Focus(p.view.focus(&p.state))
		})
}

// load asks for what the record holds, at once.
func (p *Page) load() {
	a, since := p.state.Access, prescribedSince(p.now())
	task.RunStaged(p.serving, func(s task.Stage) { p.view.busy(s != task.Finished && p.state.Phase == Opening) },
		func(ctx context.Context) (Known, error) {
			return p.ask(ctx, a, client.DocumentQuery{From: since, Limit: mostDocuments})
		},
		func(k Known, err error) {
			first := p.state.Phase != Served
			p.state.Arrived(k, err, p.now())
			p.show()
			if first && p.shown {
				p.cfg.Shell.Focus(p.view.focus(&p.state))
				if len(p.state.Treatments) > 0 {
					p.view.columns.treatments.MoveTo(0) // one sees where the keyboard is
				}
			}
		})
}

// ask asks three things of the record, one after the other: each is one access, and
// the line is short.
func (p *Page) ask(ctx context.Context, a client.Access, q client.DocumentQuery) (k Known, err error) {
	q.Types = typesPrescribed
	if k.Prescriptions, err = p.cfg.Records.Documents(ctx, a, q); err != nil {
		return k, err
	}
	q.Types = typesGiven
	if k.Given, err = p.cfg.Records.Documents(ctx, a, q); err != nil {
		return k, err
	}
	all, err := client.AllItems(ctx, p.cfg.Profiles, a, client.ItemQuery{Resources: []string{"AllergyIntolerance", "MedicationStatement", "Immunization"}})
	k.Items, k.Waiting, k.Profile = all.Items, all.Waiting, all.Provenance
	return k, err
}

// follow listens to what becomes of the right to read: once it is gone, nothing of
// the patient stays on the screen.
func (p *Page) follow(a client.Access) {
	if a.Session == "" {
		return
	}
	task.Follow(p.watching, func(ctx context.Context, report func(client.AccessEvent)) error {
		return client.KeepWatching(ctx, p.cfg.Records, a, report)
	}, p.told, func(err error) {
		if fhir.CodeOf(err) == fhir.Forbidden && p.state.Phase == Served {
			p.lost()
		}
	})
}

// told takes an event.
func (p *Page) told(e client.AccessEvent) {
	if e.Access.Session != p.state.Access.Session || p.state.Phase != Served && p.state.Phase != Opening {
		return
	}
	if e.Kind == fhir.EventClosed || !slices.Contains(e.Access.Rights, fhir.RightRead) {
		p.lost()
		return
	}
	changed := !slices.Equal(e.Access.Rights, p.state.Access.Rights)
	p.state.Access.Rights = e.Access.Rights
	if (e.Kind == fhir.EventDocuments || changed) && p.state.Phase == Served {
		p.load()
	}
}

// lost takes all off the screen.
func (p *Page) lost() {
	p.serving.Cancel()
	p.state.Lost()
	p.show()
	p.cfg.Shell.Focus(p.view.focus(&p.state))
}

// leave lets the patient go: the access is given back in the window's life.
func (p *Page) leave() {
	p.serving.Cancel()
	p.watching.Cancel()
	if a := p.state.Access; a.Session != "" {
		task.Run(p.cfg.Outlive, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, p.cfg.Records.Close(ctx, a)
		}, func(struct{}, error) {}) // it ends by itself where the server does not answer
	}
	p.state.Leave()
	p.filing = ""
	p.view.form.clear()
}
