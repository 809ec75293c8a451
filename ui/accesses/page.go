package accesses

import (
	"context"
	"time"

	"carnet/client"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Shell is what the page asks of the window around it.
type Shell interface {
	Explain(err error) widget.Problem
	Focus(fyne.Focusable)
}

// Config is what a page is made of.
type Config struct {
	Scope  *task.Scope // the life of the page
	Traces client.Traces
	Shell  Shell
}

// near is how close to the end of the rows the cursor comes before more are
// fetched.
const near = 10

// Page is the page of own accesses. Its methods are called on the UI goroutine.
type Page struct {
	cfg    Config
	state  State
	view   *view
	latest *task.Latest
}

// New makes the page; nothing is asked before Shown.
func New(c Config) *Page {
	p := &Page{cfg: c, state: State{Period: Month}}
	p.latest = c.Scope.Latest()
	p.view = newView(p)
	return p
}

// Title names the page.
func (p *Page) Title() string { return lang.L("Mes accès") }

// Content is what the window shows.
func (p *Page) Content() fyne.CanvasObject { return p.view.root }

// InitialFocus is the filter.
func (p *Page) InitialFocus() fyne.Focusable { return p.view.filter }

// Shown asks anew: what was just done is to be there.
func (p *Page) Shown() { p.load(false) }

// Hidden cancels the question on its way.
func (p *Page) Hidden() {
	p.latest.Cancel()
	p.state.Busy = false
}

// Reconnected asks again when the rows are old or missing. The shell calls it
// when the server answers again.
func (p *Page) Reconnected() {
	if p.state.Err != nil || p.state.Prov.Cached {
		p.load(false)
	}
}

// Shortcuts are the page's keys.
func (p *Page) Shortcuts() []widget.Shortcut {
	return []widget.Shortcut{
		{ID: "accesses-filter", Keys: []widget.Keys{widget.Ctrl(fyne.KeyF)}, Label: lang.L("Filtrer les accès"), Do: func() { p.cfg.Shell.Focus(p.view.filter) }},
		{ID: "accesses-refresh", Keys: []widget.Keys{widget.Key(fyne.KeyF5), widget.Ctrl(fyne.KeyR)}, Label: lang.L("Actualiser les accès"), Do: func() { p.load(false) }},
	}
}

func (p *Page) now() time.Time { return p.cfg.Scope.Now() }

// load asks for the first page, or for the next one.
func (p *Page) load(more bool) {
	if more && (p.state.Busy || p.state.Next == "") {
		return
	}
	p.state.Ask()
	q := p.state.Query(p.now(), more)
	p.view.show(&p.state, p.now())
	task.RunStaged(p.latest, func(s task.Stage) { p.view.busy(s != task.Finished && p.state.Phase == Loading) },
		func(ctx context.Context) (client.TracePage, error) { return p.cfg.Traces.Accesses(ctx, q) },
		func(page client.TracePage, err error) {
			p.state.Answer(page, err, more, p.now())
			p.view.show(&p.state, p.now())
		})
}

// choose changes the period.
func (p *Page) choose(period Period) {
	if p.state.SetPeriod(period, p.now()) {
		p.load(false)
	}
}

// filtered is called at every change of the filter.
func (p *Page) filtered(text string) {
	p.state.SetText(text, p.now())
	if p.state.Phase == Empty && p.state.Busy {
		p.state.Phase = Loading
	}
	p.view.show(&p.state, p.now())
}

// moved fetches more when the cursor comes near the end.
func (p *Page) moved(id int) {
	if id >= len(p.state.Rows)-near {
		p.load(true)
	}
}
