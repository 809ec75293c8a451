package seats

import (
	"context"

	"carnet/client"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// Shell is what the page asks of the window.
type Shell interface {
	Focus(fyne.Focusable)
}

// Config is what a page is made of.
type Config struct {
	Scope    *task.Scope
	Seats    client.Seats
	Shell    Shell
	Expected string // national id of who is in hand first
	Reason   string // why the window is closed; empty: somebody asked to change
	// Sit is told whose code was right, with the code.
	Sit func(p client.Person, code string)
	// SignIn is for who has no seat.
	SignIn func()
	// Back goes back to the desk of who was here; nil: there is no going back.
	Back func()
}

// Page is the page. Its methods are called on the UI goroutine.
type Page struct {
	cfg   Config
	state State
	work  *task.Latest

	root   fyne.CanvasObject
	people *fyne.Container
	code   *widget.Entry
	who    *widget.Text
	said   *widget.Paragraph
}

// New makes the page.
func New(c Config) *Page {
	p := &Page{cfg: c, state: Begin(c.Seats.Seated(), c.Expected), work: c.Scope.Latest(), people: widget.Column(widget.GapTight)}
	p.code = newCode()
	p.code.OnChanged = func(text string) {
		if Complete(text) {
			p.try(text)
		}
	}
	p.code.OnKey = p.key
	p.who = widget.NewText("", widget.Style{Size: widget.SizeLead, Bold: true, Truncate: true})
	p.said = widget.NewParagraph("", widget.Style{Tone: widget.Danger})
	other := widget.NewButton(widget.Ordinary, widget.IconSignIn, lang.L("Se connecter autrement"), c.SignIn)
	actions := []fyne.CanvasObject{other}
	if c.Back != nil {
		actions = append(actions, widget.NewButton(widget.Quiet, widget.IconBack, lang.L("Revenir"), c.Back))
	}
	var top []fyne.CanvasObject
	top = append(top, widget.NewText(lang.L("Qui êtes-vous ?"), widget.Style{Size: widget.SizeDisplay, Bold: true}))
	if c.Reason != "" {
		top = append(top, widget.NewParagraph(c.Reason, widget.Style{Tone: widget.Secondary}))
	}
	body := append(top, p.people, widget.Space(1, widget.Gap), p.who, widget.Labelled(lang.L("Code à six chiffres"), widget.Width(220, p.code)), p.said, widget.Row(widget.Gap, actions...))
	p.root = container.NewCenter(widget.AtLeast(440, 0, widget.Panel(widget.GapPage, widget.Column(widget.Gap, body...))))
	p.draw()
	return p
}

// newCode makes a field that shows no digit.
func newCode() *widget.Entry {
	e := widget.NewEntry("······")
	e.Password = true
	return e
}

// Title implements ui.Page.
func (p *Page) Title() string { return "change" }

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.root }

// Shown implements ui.Page.
func (p *Page) Shown() {}

// Hidden implements ui.Page.
func (p *Page) Hidden() {}

// Shortcuts implements ui.Page.
func (p *Page) Shortcuts() []widget.Shortcut {
	if p.cfg.Back == nil {
		return nil
	}
	return []widget.Shortcut{{ID: "seats-back", Keys: []widget.Keys{widget.Key(fyne.KeyEscape)}, Label: lang.L("Revenir"), Do: p.cfg.Back}}
}

// InitialFocus implements ui.Focuser.
func (p *Page) InitialFocus() fyne.Focusable { return p.code }

// key moves among the people without leaving the field.
func (p *Page) key(ev *fyne.KeyEvent) bool {
	switch ev.Name {
	case fyne.KeyDown:
		p.choose(p.state.Chosen + 1)
	case fyne.KeyUp:
		p.choose(p.state.Chosen - 1)
	case fyne.KeyEscape:
		if p.cfg.Back == nil {
			return false
		}
		p.cfg.Back()
	default:
		return false
	}
	return true
}

// choose takes another person.
func (p *Page) choose(i int) {
	if p.state.Busy {
		return
	}
	p.state = p.state.Choose(i)
	p.code.SetText("")
	p.draw()
	p.cfg.Shell.Focus(p.code)
}

// try asks whether a code is the right one.
func (p *Page) try(code string) {
	id := p.state.Person().ID
	if p.state.Busy || id == "" {
		return
	}
	p.state.Busy = true
	p.draw()
	task.Run(p.work, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.cfg.Seats.Check(ctx, id, code)
	}, func(_ struct{}, err error) {
		who := p.state.Person()
		p.code.SetText("")
		if err == nil {
			p.cfg.Sit(who, code)
			return
		}
		p.state = p.state.Answered(err, p.cfg.Seats.Seated())
		p.draw()
		p.cfg.Shell.Focus(p.code)
	})
}

// draw puts the state on the screen.
func (p *Page) draw() {
	p.people.Objects = nil
	for i, seat := range p.state.Seats {
		kind, icon := widget.Ordinary, widget.IconPerson
		if i == p.state.Chosen {
			icon = widget.IconCheck
		}
		p.people.Objects = append(p.people.Objects, widget.NewButton(kind, icon, seat.Person.Name, func() { p.choose(i) }).AlignLeft())
	}
	p.people.Refresh()
	p.who.Set(p.state.Person().Name)
	p.said.Set(p.state.words())
	widget.Visible(p.said, p.state.words() != "")
	if p.state.Busy || p.state.Chosen < 0 {
		p.code.Disable()
	} else {
		p.code.Enable()
	}
	p.root.Refresh()
}
