package record

import (
	"context"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/choose"
	"carnet/ui/task"
)

// reading is the document beside the list. The one selected is described there;
// its bytes are fetched when the person reads it, because reading is an access
// that the patient sees.
type reading struct {
	id      string // whose content is on its way or there; "" for none
	loading bool
	content *client.Content
	err     error
}

// shown tells whether a document's content is on the screen.
func (r reading) shown() bool { return r.content != nil }

// showing tells whether the selected document is the one on the screen: another
// that was read before is out of sight, and no key may reach it.
func (p *Page) showing() bool { return p.reader.shown() && p.reader.id == p.docs.Selected }

// choose moves the selection without reading.
func (p *Page) choose(id string) {
	if id == "" || id == p.docs.Selected {
		return
	}
	p.docs.Selected = id
	p.view.documents.showReader()
}

// step reads the next document, or the one before.
func (p *Page) step(n int) {
	id := p.docs.Neighbour(n)
	if id == p.docs.Selected && p.reader.id == id {
		return
	}
	if p.reader.id == "" && p.docs.Selected != "" {
		id = p.docs.Selected // the first J reads what is selected already
	}
	p.choose(id)
	p.view.documents.follow()
	p.read(id)
}

// read fetches a document and shows it.
func (p *Page) read(id string) {
	e := p.docs.Get(id)
	if e == nil || p.reader.id == id && (p.reader.loading || p.reader.shown()) {
		return
	}
	if waitsWhole(e) { // there is nothing to fetch yet
		p.view.documents.showReader()
		return
	}
	p.reader = reading{id: id, loading: true}
	p.cfg.Viewer.Clear()
	p.view.documents.showReader()
	access, d := p.access, e.Doc
	task.RunStaged(p.content, p.view.documents.busyReading, func(ctx context.Context) (client.Content, error) {
		c, err := p.cfg.Records.Content(ctx, access, d)
		if err != nil {
			return c, err
		}
		return c.Legible(choose.Language(), time.Local), nil
	}, func(c client.Content, err error) {
		p.fetched(d, c, err)
	})
}

// readAgain reads a document whose reading had failed.
func (p *Page) readAgain(id string) {
	p.reader = reading{}
	p.read(id)
}

// fetched takes a document's content.
func (p *Page) fetched(d client.Document, c client.Content, err error) {
	p.reader.loading, p.reader.err = false, err
	switch fhir.CodeOf(err) {
	case "":
		p.retried = false
		p.reader.content = &c
		p.cfg.Viewer.Show(c.Type, c.Bytes)
	case fhir.NotFound, fhir.Withdrawn:
		p.reader = reading{}
		p.docs.Remove(d.ID)
		p.view.refresh()
		p.cfg.Shell.Present(err, nil)
		return
	default:
		if p.renewed(err, func() { p.readAgain(d.ID) }) {
			return
		}
	}
	p.view.documents.showReader()
}

// follow goes from a superseded document to the one that replaces it.
func (p *Page) followReplacement(e *Entry) {
	id := e.ReplacedBy()
	if id == "" {
		return
	}
	p.reach(id)
}

// reach goes to a document, which is asked for when the list does not hold it.
func (p *Page) reach(id string) {
	if p.docs.Get(id) != nil {
		p.goTo(id)
		return
	}
	access := p.access
	task.Run(p.content, func(ctx context.Context) (client.Document, error) {
		return p.cfg.Records.Document(ctx, access, id)
	}, func(d client.Document, err error) {
		if err != nil {
			p.cfg.Shell.Present(err, nil)
			return
		}
		p.docs.Add(d)
		p.goTo(id)
	})
}

// goTo selects a document, lifting a filter that hides it, and reads it.
func (p *Page) goTo(id string) {
	if p.docs.Row(id) < 0 {
		p.docs.Filter, p.docs.Masked, p.list.masked = "", true, true
		p.docs.Refresh()
		p.view.documents.filter.SetText("")
	}
	p.docs.Selected = id
	p.view.refresh()
	p.view.documents.follow()
	p.read(id)
}
