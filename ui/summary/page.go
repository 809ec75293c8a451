package summary

import (
	"context"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/fhir"
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
	Mark(name string)
}

// Printer sends a document to paper. Errors: Unavailable when there is no way to
// print here.
type Printer interface {
	Print(ctx context.Context, c client.Content) error
}

// Config is what a page is made of.
type Config struct {
	Scope    *task.Scope // the life of the page
	Profiles client.Profiles
	Access   func() client.Access // the record as it is opened now
	Patient  client.Patient
	Me       client.Person
	Shell    Shell
	NewID    func() string // a random UUID
	Tables   advice.Tables // zero: the embedded ones
	// Renew handles an error which says that the access session is over; see
	// record.Inside. nil: nothing is renewed.
	Renew func(err error, again func()) bool
	Read  func(documentID string) // goes to a document; nil: nowhere
	// Measures goes to the page of measures; nil: nowhere.
	Measures func()
	// Offline leaves for what can be read without the server, when the first
	// question finds none; nil: the page says so itself.
	Offline func()
	Alert   func(text string) // to the band of identity; nil: nowhere
	// Draw makes the PDF of a sheet of paper; nil: nothing is printed.
	Draw    func(Handout) ([]byte, error)
	Printer Printer
	Saver   choose.Saver
}

// Page is one person's health at a glance. Its methods are called on the UI
// goroutine.
type Page struct {
	cfg      Config
	phase    Phase
	err      error // of the last attempt
	prov     client.Provenance
	items    []client.Item
	waiting  []string // ids of items that are still to be sent, as they are
	team     []client.CareMember
	teamErr  error
	docs     []client.Document
	unfolded map[Section]bool
	picture  Picture
	asked    bool
	front    bool // it is on the screen
	view     *view

	asking, teaming, building *task.Latest
}

// New makes the page; nothing is asked before Shown.
func New(c Config) *Page {
	p := &Page{cfg: c, unfolded: map[Section]bool{}}
	p.asking, p.teaming, p.building = c.Scope.Latest(), c.Scope.Latest(), c.Scope.Latest()
	p.view = newView(p)
	p.view.show()
	return p
}

// Title names the page, without the person.
func (p *Page) Title() string { return lang.L("Synthèse") }

// Content is what the window shows.
func (p *Page) Content() fyne.CanvasObject { return p.view.root }

// InitialFocus is the left column, which begins with the allergies.
func (p *Page) InitialFocus() fyne.Focusable { return p.view.left.list }

// Shown asks for the profile, the first time; afterwards F5 does.
func (p *Page) Shown() {
	p.front = true
	if !p.asked {
		p.load()
	}
}

// Hidden cancels the question on its way.
func (p *Page) Hidden() {
	p.front = false
	p.asking.Cancel()
	p.teaming.Cancel()
	if p.phase == Loading {
		p.asked = false
	}
}

// Changed says that something of the profile was written elsewhere in the record: what
// is shown is asked for anew, now or when it comes back on the screen.
func (p *Page) Changed() {
	if p.asked = false; p.front {
		p.load()
	}
}

// Reconnected asks again when what is shown is old or missing.
func (p *Page) Reconnected() {
	if p.asked && (p.err != nil || p.prov.Cached || p.teamErr != nil) {
		p.load()
	}
}

// Documents takes what the record lists.
func (p *Page) Documents(listed []client.Document, _ bool) {
	p.docs = listed
	if p.phase == Shown {
		p.build()
	}
}

// Shortcuts are the page's keys, as far as they can do something now.
func (p *Page) Shortcuts() []widget.Shortcut {
	out := []widget.Shortcut{
		{ID: "summary-refresh", Keys: []widget.Keys{widget.Key(fyne.KeyF5), widget.Ctrl(fyne.KeyR)}, Label: lang.L("Actualiser la synthèse"), Do: p.load},
	}
	if p.mayAdd() {
		out = append(out, widget.Shortcut{ID: "summary-add", Keys: []widget.Keys{addKeys()}, Label: lang.L("Ajouter à la synthèse"), Do: p.add})
	}
	if p.phase == Shown && p.cfg.Draw != nil {
		out = append(out, widget.Shortcut{ID: "summary-print", Keys: []widget.Keys{printKeys()}, Label: lang.L("Imprimer la synthèse"), Do: p.print})
	}
	return out
}

func addKeys() widget.Keys   { return widget.Ctrl(fyne.KeyN) }
func printKeys() widget.Keys { return widget.Ctrl(fyne.KeyP) }

func (p *Page) now() time.Time { return p.cfg.Scope.Now() }

// mayAdd tells whether adding is offered; the server decides, when it answers: what is
// written on a copy waits for it.
func (p *Page) mayAdd() bool { return p.phase == Shown && p.cfg.NewID != nil }

// load asks for the profile, and apart from it for the care team: one of them may
// fail without the other.
func (p *Page) load() {
	p.asked = true
	if p.phase != Shown {
		p.phase = Loading
	}
	p.err = nil
	p.view.show()
	access := p.cfg.Access()
	type answer struct {
		all     client.ItemPage
		picture Picture
	}
	known := p.known()
	task.RunStaged(p.asking, p.view.busy, func(ctx context.Context) (answer, error) {
		all, err := client.AllItems(ctx, p.cfg.Profiles, access, client.ItemQuery{Limit: pageSize})
		if err != nil {
			return answer{}, err
		}
		known.Items, known.Waiting = all.Items, all.Waiting
		return answer{all, Build(known)}, nil
	}, func(a answer, err error) {
		if err != nil {
			p.failed(err)
			return
		}
		first := p.phase != Shown
		p.phase, p.err, p.items, p.waiting, p.prov, p.picture = Shown, nil, a.all.Items, a.all.Waiting, a.all.Provenance, a.picture
		p.built()
		if first {
			p.begin()
		}
		p.build() // what came meanwhile: documents, the team
		p.cfg.Shell.Mark("summary-shown")
	})
	task.Run(p.teaming, func(ctx context.Context) ([]client.CareMember, error) {
		return p.cfg.Profiles.CareTeam(ctx, access)
	}, func(team []client.CareMember, err error) {
		p.team, p.teamErr = team, err
		if p.phase == Shown {
			p.build()
		}
	})
}

// begin puts the keyboard on the first allergy, where no sheet has it.
func (p *Page) begin() {
	c := fyne.CurrentApp().Driver().CanvasForObject(p.view.root)
	if !p.front || c != nil && c.Overlays().Top() != nil {
		return
	}
	p.cfg.Shell.Focus(p.view.left.list)
	p.view.left.list.MoveTo(0)
}

// failed says why there is no answer; what is shown stays, unless the right to
// read it is gone.
func (p *Page) failed(err error) {
	if p.cfg.Renew != nil && p.cfg.Renew(err, p.load) {
		return
	}
	p.err = err
	switch code := fhir.CodeOf(err); {
	case code == fhir.Forbidden || code == fhir.NoConsent:
		p.phase, p.items, p.waiting, p.team, p.picture = Forbidden, nil, nil, nil, Picture{}
		p.alert(nil)
	case p.phase != Shown:
		p.phase = Failed
		if code == fhir.Offline && p.cfg.Offline != nil {
			p.cfg.Offline()
		}
	}
	p.view.show()
}

// pageSize is how many items are asked for at once.
const pageSize = 500

// known is what the picture is made of now.
func (p *Page) known() Known {
	unfolded := map[Section]bool{}
	for s, on := range p.unfolded {
		unfolded[s] = on
	}
	return Known{
		Tables:  p.cfg.Tables,
		Patient: p.cfg.Patient, Me: p.cfg.Me.ID, Items: p.items, Waiting: p.waiting, Documents: p.docs, Team: p.team, TeamErr: p.teamErr,
		Unfolded: unfolded, Language: choose.Language(), Now: p.now(),
	}
}

// build makes the picture anew, off the UI goroutine.
func (p *Page) build() {
	known := p.known()
	task.Run(p.building, func(context.Context) (Picture, error) { return Build(known), nil }, func(picture Picture, err error) {
		if err != nil || p.phase != Shown {
			return
		}
		p.picture = picture
		p.built()
	})
}

// built shows the picture, and the allergies in the band of identity.
func (p *Page) built() {
	p.alert(p.picture.Allergic)
	p.view.show()
}

func (p *Page) alert(names []string) {
	if p.cfg.Alert != nil {
		p.cfg.Alert(alertWords(names))
	}
}

// activate opens what a row stands for.
func (p *Page) activate(r Row) {
	switch r.Kind {
	case FoldRow:
		p.unfolded[r.Section] = !r.Open
		p.build()
	case ItemRow:
		p.openItem(r)
	case WarningRow:
		p.openWarning(r.Warning)
	case UnverifiedRow:
		p.openUnverified(r.Unverified)
	case DueRow:
		p.openDue(r.Due)
	case MeasureRow:
		if p.cfg.Measures != nil {
			p.cfg.Measures()
		}
	case DocumentRow:
		if p.cfg.Read != nil {
			p.cfg.Read(r.Document.ID)
		}
	case TroubleRow:
		p.load()
	}
}

func (p *Page) say(icon widget.IconName, tone widget.Tone, text string) {
	p.cfg.Shell.Toast(widget.Toast{Icon: icon, Tone: tone, Text: text})
}
