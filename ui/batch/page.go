package batch

import (
	"context"
	"image"
	"time"

	"carnet/client"
	engine "carnet/client/batch"
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
	Window() fyne.Window
	// Offline tells whether the server does not answer, as the top bar says it.
	Offline() bool
}

// Engine does the work. The name lets who wires pages do without its package.
type Engine = engine.Batch

// Row is one file of a lot.
type Row = engine.Row

// Opener gives the engine of the lots that me sends, and who answers for them. The
// responsible is zero at first: the Opener then says who was chosen last, else who is
// signed in. Called again with another professional it gives another engine for the
// same lots: the Run of the one before has ended by then, and it was closed if it is an
// io.Closer. ctx is of the call alone.
//
// Errors: Unauthenticated when nothing is kept on this computer, Forbidden when this
// organisation may not send lots, Required when nobody answers for it, others as they
// come.
type Opener func(ctx context.Context, me client.Person, responsible fhir.Party) (Engine, fhir.Party, error)

// Config is what a page is made of.
type Config struct {
	Scope  *task.Scope // the life of the page: the engine runs as long
	Open   Opener
	Finder client.Finder
	Saver  choose.Saver
	Shell  Shell
	Me     client.Person
	// TestIdentities tells a demonstration server: a typed INS is of the test domain.
	TestIdentities bool
	// Picture draws the first page of a row's file, at most width points wide; nil:
	// the sheet of a row has no picture. It blocks.
	Picture func(ctx context.Context, row Row, width int) (image.Image, error)
	Waiting func() // goes to what waits to be sent; nil: there is no such page
}

// Page is the page of lots. Its methods are called on the UI goroutine.
type Page struct {
	cfg     Config
	state   State
	view    *view
	lot     engine.Batch // nil while there is none
	opening *task.Latest
	running *task.Latest
	ran     <-chan struct{} // closed once the Run before has returned
	shown   bool
	tick    func() // stops the clock of progress
	sheet   *rowSheet
}

// New makes the page; nothing is opened before Shown.
func New(c Config) *Page {
	none := make(chan struct{})
	close(none)
	p := &Page{cfg: c, ran: none, tick: func() {}}
	p.opening, p.running = c.Scope.Latest(), c.Scope.Latest()
	p.view = newView(p)
	return p
}

// Title names the page.
func (p *Page) Title() string { return lang.L("Lots") }

// Content is what the window shows.
func (p *Page) Content() fyne.CanvasObject { return p.view.root }

// InitialFocus is the rows, or what adds the first ones.
func (p *Page) InitialFocus() fyne.Focusable { return p.view.first(&p.state) }

// look is how often what is under way is looked at without being told: time goes by,
// the line comes and goes.
const look = time.Second

// Shown opens the lot the first time; it goes on when the page is left.
func (p *Page) Shown() {
	p.shown = true
	p.tick()
	p.tick = p.cfg.Scope.Every(look, p.glance)
	if p.lot == nil {
		p.open(p.state.Responsible)
		return
	}
	p.state.Away = p.cfg.Shell.Offline()
	p.state.Refresh()
	p.draw()
}

// Hidden stops drawing; the engine goes on.
func (p *Page) Hidden() {
	p.shown = false
	p.tick()
	p.tick = func() {}
}

// Reconnected opens the lot when that had failed. The shell calls it when the server
// answers again; the engine itself goes on by itself.
func (p *Page) Reconnected() {
	p.state.Away = false
	if p.lot == nil && p.state.Phase == Failed {
		p.open(p.state.Responsible)
		return
	}
	p.view.counts(&p.state)
}

// Dropped takes files and folders.
func (p *Page) Dropped(files []fyne.URI) bool {
	if p.lot == nil {
		return false
	}
	paths := []string{}
	for _, f := range files {
		if f != nil {
			paths = append(paths, f.Path())
		}
	}
	p.add(paths...)
	return true
}

// TypedKey moves between the filters from the rows.
func (p *Page) TypedKey(ev *fyne.KeyEvent) bool {
	switch ev.Name {
	case fyne.KeyLeft, fyne.KeyRight:
		if p.lot != nil {
			p.view.filter.TypedKey(ev)
			return true
		}
	}
	return false
}

// Shortcuts are the page's keys.
func (p *Page) Shortcuts() []widget.Shortcut {
	if p.lot == nil {
		return p.withoutLot()
	}
	pause := lang.L("Mettre le lot en pause")
	if p.state.Counts.Paused {
		pause = lang.L("Reprendre le lot")
	}
	return []widget.Shortcut{
		{ID: "lot-add", Keys: []widget.Keys{widget.Ctrl(fyne.KeyO)}, Label: lang.L("Ajouter un dossier, des fichiers, un manifeste CSV"), Do: p.openAdd},
		{ID: "lot-send", Keys: []widget.Keys{widget.Ctrl(fyne.KeyReturn), widget.Ctrl(fyne.KeyEnter)}, Label: lang.L("Envoyer ce qui est prêt"), Do: p.send},
		{ID: "lot-row", Keys: []widget.Keys{widget.Key(fyne.KeyReturn)}, Label: lang.L("Ouvrir un fichier : corriger, confirmer"), Do: p.openHeld},
		{ID: "lot-mark", Keys: []widget.Keys{widget.Key(fyne.KeySpace)}, Label: lang.L("Cocher un fichier"), Do: p.mark},
		{ID: "lot-mark-all", Keys: []widget.Keys{widget.Ctrl(fyne.KeyA)}, Label: lang.L("Tout cocher, tout décocher"), Do: p.markAll},
		{ID: "lot-filter", Keys: []widget.Keys{widget.Ctrl(fyne.KeyF)}, Label: lang.L("Filtrer les fichiers"), Do: func() { p.cfg.Shell.Focus(p.view.box) }},
		{ID: "lot-states", Keys: []widget.Keys{widget.Key(fyne.KeyLeft), widget.Key(fyne.KeyRight)}, Label: lang.L("État d’avant, état d’après"), Do: func() { p.cfg.Shell.Focus(p.view.filter) }},
		{ID: "lot-pause", Keys: []widget.Keys{widget.Ctrl(fyne.KeyP)}, Label: pause, Do: p.pause},
		{ID: "lot-again", Keys: []widget.Keys{widget.Key(fyne.KeyF5), widget.Ctrl(fyne.KeyR)}, Label: lang.L("Relire les fichiers cochés"), Do: p.again},
		{ID: "lot-remove", Keys: []widget.Keys{widget.Key(fyne.KeyDelete)}, Label: lang.L("Retirer du lot"), Do: p.remove},
		{ID: "lot-cancel", Keys: []widget.Keys{cancelKeys()}, Label: lang.L("Annuler ce qui n’est pas parti"), Do: p.cancel},
		{ID: "lot-export", Keys: []widget.Keys{widget.Ctrl(fyne.KeyS)}, Label: lang.L("Exporter le résultat (CSV)"), Do: p.export},
		{ID: "lot-notices", Keys: []widget.Keys{noticeKeys()}, Label: lang.L("Ce qui n’est pas envoyé, et pourquoi"), Do: p.tellNotices},
		{ID: "lot-clear", Keys: []widget.Keys{clearKeys()}, Label: lang.L("Ôter de la liste ce qui est terminé"), Do: p.clear},
		{ID: "lot-responsible", Keys: []widget.Keys{responsibleKeys()}, Label: lang.L("Choisir le professionnel responsable"), Do: p.chooseResponsible},
	}
}

// withoutLot are the keys while there is no lot.
func (p *Page) withoutLot() []widget.Shortcut {
	var list []widget.Shortcut
	if p.state.Phase == Barred && p.state.Barrier == NoResponsible {
		list = append(list, widget.Shortcut{ID: "lot-responsible", Keys: []widget.Keys{responsibleKeys()}, Label: lang.L("Choisir le professionnel responsable"), Do: p.chooseResponsible})
	}
	if p.state.Phase == Failed {
		list = append(list, widget.Shortcut{ID: "lot-retry", Keys: []widget.Keys{widget.Key(fyne.KeyF5), widget.Ctrl(fyne.KeyR)}, Label: lang.L("Réessayer"), Do: func() { p.open(p.state.Responsible) }})
	}
	return list
}

// The keys with two modifiers, away from those of habit.
func cancelKeys() widget.Keys {
	return widget.Keys{Name: fyne.KeyA, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}
}

func noticeKeys() widget.Keys { return widget.Ctrl(fyne.KeyJ) }

func clearKeys() widget.Keys {
	return widget.Keys{Name: fyne.KeyE, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}
}

func responsibleKeys() widget.Keys {
	return widget.Keys{Name: fyne.KeyP, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}
}

func (p *Page) now() time.Time { return p.cfg.Scope.Now() }

// draw puts the state on the screen, whole.
func (p *Page) draw() {
	if p.shown {
		p.view.show(&p.state)
	}
}
