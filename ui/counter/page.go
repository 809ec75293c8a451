package counter

import (
	"context"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/pdfcheck"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Shell is what the page asks of the window around it.
type Shell interface {
	Explain(err error) widget.Problem
	Present(err error, retry func())
	OpenSheet(*widget.Sheet)
	Toast(widget.Toast)
	Focus(fyne.Focusable)
}

// Records is what the page asks of the server.
type Records interface {
	client.Finder
	client.Reader
	client.Watcher
	client.Writer
}

// Checker reads the words of a prescription; it is the gate of documents.
type Checker interface {
	Check(ctx context.Context, data []byte) (pdfcheck.Report, error)
}

// Viewer shows a document; *pdfview.View is one.
type Viewer interface {
	Content() fyne.CanvasObject
	Show(mediaType string, data []byte)
	Clear()
}

// Config is what a page is made of.
type Config struct {
	Scope    *task.Scope // the life of the page
	Outlive  *task.Scope // the window's: an access is closed in it
	Records  Records
	Profiles client.Profiles
	Check    Checker // nil: no substances are proposed from a prescription
	Viewer   func(*task.Scope) Viewer
	Shell    Shell
	Me       client.Person
	NewID    func() string
	// OpenRecord goes to the whole record of a patient.
	OpenRecord     func(client.Patient)
	TestIdentities bool
	Thesaurus      *advice.Thesaurus // nil: the embedded one
	Calendar       *advice.Calendar  // nil: the embedded one
}

// Page is the page of the counter. Its methods are called on the UI goroutine.
type Page struct {
	cfg      Config
	state    State
	view     *view
	person   *choose.Person
	serving  *task.Latest
	watching *task.Latest
	report   advice.Report
	filing   string // id of the dispensation, the same for each try
	shown    bool
}

// New makes the page.
func New(c Config) *Page {
	if c.Thesaurus == nil {
		c.Thesaurus = advice.CurrentThesaurus()
	}
	if c.Calendar == nil {
		c.Calendar = advice.CurrentCalendar()
	}
	p := &Page{cfg: c}
	p.serving, p.watching = c.Scope.Latest(), c.Scope.Latest()
	p.person = choose.NewPerson(choose.PersonConfig{
		Scope: c.Scope, Finder: c.Records, Shell: c.Shell, TestIdentities: c.TestIdentities, Take: p.Serve, Leave: func() {},
	})
	p.view = newView(p)
	p.show()
	return p
}

// Title names the page.
func (p *Page) Title() string { return lang.L("Comptoir") }

// Content is what the window shows.
func (p *Page) Content() fyne.CanvasObject { return p.view.root }

// InitialFocus is where one scans, or what is being handed out.
func (p *Page) InitialFocus() fyne.Focusable { return p.view.focus(&p.state) }

// Shown asks for the patient when nobody is served.
func (p *Page) Shown() {
	p.shown = true
	if p.state.Phase == Nobody {
		p.person.Open()
	}
}

// Hidden leaves the patient served: one comes back to them.
func (p *Page) Hidden() { p.shown = false }

// Close gives the access back and leaves nothing on the screen.
func (p *Page) Close() { p.leave() }

// Reconnected asks anew for what could not be had.
func (p *Page) Reconnected() {
	switch {
	case p.state.Phase == Failed:
		p.Serve(p.state.Patient)
	case p.state.Phase == Served && (p.state.Prov.Cached || p.state.Err != nil):
		p.load()
	}
}

func (p *Page) now() time.Time { return p.cfg.Scope.Now() }

// Next lets the patient go and waits for another.
func (p *Page) Next() {
	p.leave()
	p.show()
	p.person.Open()
}

// Shortcuts are the page's keys.
func (p *Page) Shortcuts() []widget.Shortcut {
	all := []widget.Shortcut{
		{ID: "counter-next", Keys: []widget.Keys{nextKeys()}, Label: lang.L("Patient suivant"), Do: p.Next},
		{ID: "counter-separator", Keys: []widget.Keys{widget.Ctrl(fyne.KeyRightBracket)}, Do: p.person.Separator},
	}
	if p.state.Phase == Nobody {
		all = append(all, widget.Shortcut{ID: "counter-strict", Keys: []widget.Keys{widget.Ctrl(fyne.KeyN)}, Label: lang.L("Chercher par les traits stricts"), Do: p.person.OpenStrict})
	}
	if p.state.Phase == Served {
		all = append(all,
			widget.Shortcut{ID: "counter-given", Keys: []widget.Keys{widget.Ctrl(fyne.KeyReturn)}, Label: lang.L("Enregistrer la dispensation"), Do: p.dispense},
			widget.Shortcut{ID: "counter-add", Keys: []widget.Keys{widget.Ctrl(fyne.KeyM)}, Label: lang.L("Ajouter un médicament"), Do: func() { p.cfg.Shell.Focus(p.view.form.text) }},
			widget.Shortcut{ID: "counter-vaccine", Keys: []widget.Keys{vaccineKeys()}, Label: lang.L("Enregistrer une vaccination"), Do: p.vaccinate},
			widget.Shortcut{ID: "counter-exam", Keys: []widget.Keys{examKeys()}, Label: lang.L("Un examen déjà fait ?"), Do: p.examine},
			widget.Shortcut{ID: "counter-refresh", Keys: []widget.Keys{widget.Key(fyne.KeyF5)}, Label: lang.L("Actualiser"), Do: p.load},
		)
	}
	return all
}

// show puts the state on the screen.
func (p *Page) show() {
	p.report = advice.Report{}
	if p.state.Phase == Served {
		p.report = p.state.Advice(p.cfg.Thesaurus)
	}
	p.view.show(&p.state, p.now())
}
