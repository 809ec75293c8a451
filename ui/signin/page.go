// Package signin is the page where a person becomes known: through the system's
// browser, or, on a demonstration server, as one of its fictional accounts. The
// same page, told who is expected, unlocks a locked window.
//
// What is shown is one State (state.go, pure): asking for the accounts, ready,
// waiting for the browser, failed. page.go wires it to client.SignIn, view.go
// draws it.
package signin

import (
	"context"
	"time"

	"carnet/client"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// retryAfter is how long the page waits before it asks a silent server for its
// accounts again.
const retryAfter = 3 * time.Second

// Shell is what the page asks of the window.
type Shell interface {
	Explain(error) widget.Problem
	Copy(text string)
	Focus(fyne.Focusable)
}

// Config is what a page is made of.
type Config struct {
	Scope  *task.Scope
	SignIn client.SignIn
	Shell  Shell
	Server string // where: shown so that one knows what one signs in to
	// Account signs in with a demonstration account at once.
	Account string
	// Expected is who locked the window; zero at the start.
	Expected client.Person
	// Reason says why the window is locked; empty at the start.
	Reason string
	// Without gives what unlocks the window when the server does not answer; nil, or
	// giving nil: nothing does.
	Without func() func()
	// Away tells whether the server is known not to answer; nil: it never is. Then
	// what unlocks without it is offered before anything fails: a browser that waits for
	// a page never says that it fails.
	Away func() bool
	// Done is told who signed in and with which account ("" is the browser).
	Done func(p client.Person, account string)
}

// Page is the sign-in page. Its methods are called on the UI goroutine.
type Page struct {
	cfg   Config
	state State
	view  *view
	ask   *task.Latest
	job   *task.Job
	apart bool // unlocking without the server is offered
}

// New makes the page; nothing is asked before Shown.
func New(c Config) *Page {
	p := &Page{cfg: c, ask: c.Scope.Latest()}
	p.view = newView(p)
	return p
}

// Title implements ui.Page.
func (p *Page) Title() string {
	if p.locked() {
		return "lock"
	}
	return "sign-in"
}

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.view.root }

// Shown asks for the accounts, or signs in when the configuration says as whom.
func (p *Page) Shown() {
	switch {
	case p.cfg.Account != "" && !p.locked():
		p.signIn(p.cfg.Account)
	case p.locked():
		p.state = p.state.Ready(nil)
		p.draw()
		p.cfg.Scope.Every(retryAfter, func() {
			if p.apart != (p.without() != nil) && (p.state.Phase == Choosing || p.state.Phase == Waiting) {
				p.draw()
			}
		})
	default:
		p.load()
	}
}

// without gives what unlocks the window now that the server is away; nil: nothing does,
// or the server answers.
func (p *Page) without() func() {
	if !p.locked() || p.cfg.Without == nil || p.cfg.Away == nil || !p.cfg.Away() {
		return nil
	}
	unlock := p.cfg.Without()
	if unlock == nil {
		return nil
	}
	return func() {
		p.cancel()
		unlock()
	}
}

// Hidden implements ui.Page.
func (p *Page) Hidden() {}

// Shortcuts implements ui.Page.
func (p *Page) Shortcuts() []widget.Shortcut {
	return []widget.Shortcut{
		{ID: "cancel", Keys: []widget.Keys{widget.Key(fyne.KeyEscape)}, Label: lang.L("Interrompre la connexion"), Do: p.cancel},
	}
}

// InitialFocus implements ui.Focuser.
func (p *Page) InitialFocus() fyne.Focusable { return p.view.first() }

func (p *Page) locked() bool { return p.cfg.Expected.ID != "" }

// load asks for the demonstration accounts, again and again while the server is
// silent.
func (p *Page) load() {
	p.state = p.state.Asking()
	task.RunStaged(p.ask, func(s task.Stage) {
		p.state = p.state.Lasts(s)
		p.draw()
	}, p.cfg.SignIn.Accounts, func(accounts []client.DemoAccount, err error) {
		if err != nil {
			p.state = p.state.Failed(err, false)
			p.cfg.Scope.After(retryAfter, func() {
				if p.state.Phase == Broken && !p.state.SigningIn {
					p.load()
				}
			})
		} else {
			p.state = p.state.Ready(accounts)
		}
		p.draw()
	})
}

// signIn signs in with an account, "" through the browser.
func (p *Page) signIn(account string) {
	p.state = p.state.Started(account)
	p.draw()
	p.job = task.RunReporting(p.ask, func(ctx context.Context, address func(string)) (client.Person, error) {
		return p.cfg.SignIn.SignIn(ctx, account, address)
	}, func(address string) {
		p.state.Address = address
		p.draw()
	}, func(person client.Person, err error) {
		if err != nil {
			p.state = p.state.Failed(err, true)
			p.draw()
			return
		}
		p.cfg.Done(person, account)
	})
}

// cancel gives up a sign-in in progress.
func (p *Page) cancel() {
	if p.state.Phase == Waiting && p.job != nil {
		p.job.Cancel()
	}
}

// unlock signs in again as who locked the window.
func (p *Page) unlock() { p.signIn(p.cfg.Account) }

// again is the way out of a failure.
func (p *Page) again() {
	if p.state.SigningIn {
		p.state = p.state.Ready(p.state.Accounts)
		if p.state.Accounts == nil && !p.locked() {
			p.load()
		}
		p.draw()
		return
	}
	p.load()
}

func (p *Page) draw() {
	p.apart = p.without() != nil
	p.view.show(p.state)
	if f := p.view.first(); f != nil {
		p.cfg.Shell.Focus(f)
	}
}
