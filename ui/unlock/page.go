package unlock

import (
	"context"

	"carnet/client"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Keeper opens what this computer keeps for a person. Its methods block.
type Keeper interface {
	// Choose begins to keep things under a passphrase. Errors: BadValue when it is too
	// short, Unavailable (disk).
	Choose(ctx context.Context, passphrase []byte) error
	// Unlock opens what is kept. Errors: Forbidden when it is another passphrase,
	// Throttled after too many wrong ones, Unavailable.
	Unlock(ctx context.Context, passphrase []byte) error
	// Forget gives up what is kept, for good, and says what to ask now.
	Forget(ctx context.Context) (Need, error)
}

// Shell is what the page asks of the window.
type Shell interface {
	Explain(error) widget.Problem
	Focus(fyne.Focusable)
	OpenSheet(*widget.Sheet)
}

// Config is what a page is made of.
type Config struct {
	Scope  *task.Scope
	Keeper Keeper
	Shell  Shell
	Person client.Person
	Need   Need
	Err    error  // why it could not be opened without asking; nil at the usual start
	Done   func() // it is open
	Later  func() // the person goes on with nothing kept; with Only: goes back
	// Only tells that the passphrase alone lets in, for the server does not answer:
	// nobody goes on without it, and nothing is begun anew.
	Only bool
}

// Page is the page. Its methods are called on the UI goroutine.
type Page struct {
	cfg   Config
	state State
	view  *view
	work  *task.Latest
}

// New makes the page.
func New(c Config) *Page {
	p := &Page{cfg: c, state: State{Need: c.Need, Err: c.Err}, work: c.Scope.Latest()}
	p.view = newView(p)
	return p
}

// Title implements ui.Page.
func (p *Page) Title() string { return "unlock" }

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.view.root }

// Shown implements ui.Page.
func (p *Page) Shown() { p.draw() }

// Hidden implements ui.Page.
func (p *Page) Hidden() {}

// Shortcuts implements ui.Page.
func (p *Page) Shortcuts() []widget.Shortcut {
	label := lang.L("Continuer sans rien garder sur ce poste")
	if p.cfg.Only {
		label = lang.L("Revenir")
	}
	return []widget.Shortcut{
		{ID: "unlock-later", Keys: []widget.Keys{widget.Key(fyne.KeyEscape)}, Label: label, Do: p.later},
	}
}

// InitialFocus implements ui.Focuser.
func (p *Page) InitialFocus() fyne.Focusable { return p.view.first() }

// submit tries what was typed.
func (p *Page) submit() {
	if p.state.Busy || p.state.Need == Lost {
		return
	}
	phrase := p.view.phrase.Text
	p.state = p.state.Typed(Check(p.state.Need, phrase, p.view.again.Text))
	if p.state.Fault != Fine {
		p.draw()
		return
	}
	p.draw()
	try := p.cfg.Keeper.Unlock
	if p.state.Need == Choose {
		try = p.cfg.Keeper.Choose
	}
	task.Run(p.work, func(ctx context.Context) (struct{}, error) {
		secret := []byte(phrase)
		defer clear(secret)
		return struct{}{}, try(ctx, secret)
	}, func(_ struct{}, err error) {
		p.view.clear()
		if err == nil {
			p.cfg.Done()
			return
		}
		p.state = p.state.Failed(err)
		p.draw()
	})
}

// later goes on without.
func (p *Page) later() {
	if p.state.Busy {
		return
	}
	p.view.clear()
	p.cfg.Later()
}

// forget asks, and begins anew.
func (p *Page) forget() {
	if p.state.Busy || p.cfg.Only {
		return
	}
	var sheet *widget.Sheet
	no := widget.NewButton(widget.Ordinary, widget.IconBack, lang.L("Revenir"), func() { sheet.Close() })
	yes := widget.NewButton(widget.Risky, widget.IconDelete, lang.L("Effacer et recommencer"), func() {
		sheet.Close()
		p.begin()
	})
	sheet = &widget.Sheet{
		Title: lang.L("Recommencer sur ce poste ?"),
		Content: widget.Column(
			widget.Gap,
			widget.NewParagraph(lang.L("Ce qui attend d’être envoyé depuis ce poste sera perdu : ces dépôts et ces messages seront à refaire."), widget.Style{Bold: true}),
			widget.NewParagraph(lang.L("Les copies hors ligne seront effacées ; elles se refont d’elles-mêmes. Rien de ce que le serveur a déjà reçu n’est touché."), widget.Style{}),
			widget.NewParagraph(lang.L("Personne ne peut retrouver la phrase secrète : elle n’est écrite nulle part."), widget.Style{Tone: widget.Secondary}),
		),
		Actions: []*widget.Button{no, yes}, First: no,
	}
	p.cfg.Shell.OpenSheet(sheet)
}

func (p *Page) begin() {
	p.state.Busy = true
	p.draw()
	task.Run(p.work, p.cfg.Keeper.Forget, func(next Need, err error) {
		switch {
		case err != nil:
			p.state = p.state.Failed(err)
		case next == Nothing:
			p.cfg.Done()
			return
		default:
			p.state = p.state.Forgotten(next)
		}
		p.draw()
	})
}

func (p *Page) draw() {
	p.view.show(p.state)
	p.cfg.Shell.Focus(p.view.first())
}
