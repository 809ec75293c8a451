package patients

import (
	"context"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// The pauses in typing after which a question is asked. A scanner types without
// a pause, but slow ones leave a tenth of a second between characters.
const (
	pauseTyping   = 120 * time.Millisecond
	pauseScanning = 300 * time.Millisecond
)

// Shell is what the page asks of the window around it.
type Shell interface {
	Explain(err error) widget.Problem
	OpenSheet(*widget.Sheet)
	Focus(fyne.Focusable)
	Mark(name string)
}

// Config is what a page is made of.
type Config struct {
	Scope  *task.Scope // the life of the page
	Finder client.Finder
	Shell  Shell
	Open   func(client.Patient) // leaves for a person's record
	// TestIdentities tells a demonstration server: a typed INS is of the test domain.
	TestIdentities bool
	// Regulates tells who may search everyone by name, in centre 15 mode. The
	// server decides; others are only not offered what it would refuse.
	Regulates bool
}

// Page is the patients page. Its methods are called on the UI goroutine.
type Page struct {
	cfg      Config
	state    State
	view     *view
	latest   *task.Latest
	debounce *task.Debounce
	slowly   *task.Debounce
	sheet    *strictSheet // open, or nil
	everyone *everyoneSheet
	lastTry  choose.Strict // what the strict sheet held when nobody fitted
	scanning bool
}

// New makes the page; nothing is asked before Shown.
func New(c Config) *Page {
	p := &Page{cfg: c, state: State{TestIdentities: c.TestIdentities}}
	p.latest = c.Scope.Latest()
	p.debounce, p.slowly = c.Scope.Debounce(pauseTyping), c.Scope.Debounce(pauseScanning)
	p.view = newView(p)
	return p
}

// Title names the page.
func (p *Page) Title() string { return lang.L("Patients") }

// Content is what the window shows.
func (p *Page) Content() fyne.CanvasObject { return p.view.root }

// InitialFocus is the box.
func (p *Page) InitialFocus() fyne.Focusable { return p.view.box }

// Hidden cancels the question on its way.
func (p *Page) Hidden() {
	p.debounce.Cancel()
	p.slowly.Cancel()
	p.latest.Cancel()
	p.state.Busy = false
}

// Shown asks for the list anew and puts the cursor in the box, its text ready to
// be typed over.
func (p *Page) Shown() {
	step := p.state.Return()
	p.view.box.SetText(p.state.Input)
	p.do(step)
	p.focusBox()
	p.view.box.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// Reconnected asks again when an earlier question failed or its answer came
// from the offline copy. The shell calls it when the server answers again.
func (p *Page) Reconnected() {
	if p.state.Phase == Failed || p.state.Prov.Cached {
		p.do(p.state.Again())
	}
}

// Shortcuts are the page's keys.
func (p *Page) Shortcuts() []widget.Shortcut {
	list := []widget.Shortcut{
		{ID: "scan", Keys: []widget.Keys{widget.Ctrl(fyne.KeyI)}, Label: lang.L("Scanner ou saisir un INS"), Do: p.scan},
		{ID: "strict", Keys: []widget.Keys{widget.Ctrl(fyne.KeyN)}, Label: lang.L("Chercher une autre personne par ses traits stricts"), Do: p.openStrict},
		{ID: "separator", Keys: []widget.Keys{widget.Ctrl(fyne.KeyRightBracket)}, Do: p.separator},
	}
	if p.cfg.Regulates {
		list = append(list, widget.Shortcut{ID: "everyone", Keys: []widget.Keys{everyoneKeys}, Label: lang.L("Chercher toute personne par son nom (centre 15)"), Do: p.openEveryone})
	}
	return list
}

// separator writes the group separator that a scanner sends as Ctrl+], which
// the field would drop.
func (p *Page) separator() {
	const gs = "\x1d"
	box := p.view.box
	box.SetText(box.Text + gs)
	box.CursorColumn = len([]rune(box.Text))
	box.Refresh()
}

// scan empties the box and makes it wait for a code.
func (p *Page) scan() {
	p.scanning = true
	if p.view.box.Text != "" {
		p.view.box.SetText("")
	}
	p.focusBox()
	p.view.show(&p.state, p.now())
}

// typed is called at every change of the box.
func (p *Page) typed(text string) {
	p.debounce.Cancel()
	p.slowly.Cancel()
	switch {
	case text == p.state.Input:
	case choose.FromScanner(text):
		p.slowly.Do(func() { p.ask(text) })
	default:
		p.debounce.Do(func() { p.ask(text) })
	}
}

// ask hands the box's text to the state and does what it says.
func (p *Page) ask(text string) {
	if text != "" {
		p.scanning = false
	}
	p.do(p.state.Typed(text))
}

// key sees each key of the box first: the list is moved from there.
func (p *Page) key(ev *fyne.KeyEvent) bool {
	switch ev.Name {
	case fyne.KeyDown:
		return p.move(1)
	case fyne.KeyUp:
		return p.move(-1)
	case fyne.KeyPageDown:
		return p.move(10)
	case fyne.KeyPageUp:
		return p.move(-10)
	case fyne.KeyReturn, fyne.KeyEnter:
		p.enter()
		return true
	case fyne.KeyEscape:
		return p.clear()
	}
	return false
}

// move moves the selection; the key is kept even at the ends.
func (p *Page) move(n int) bool {
	if p.state.Move(n) {
		p.view.list.MoveTo(p.state.Selected)
		p.do(p.state.More(p.state.Selected))
	}
	return true
}

// enter asks at once what was typed last, then opens or looks everywhere.
func (p *Page) enter() {
	if text := p.view.box.Text; text != p.state.Input {
		p.slowly.Cancel()
		p.debounce.Now(func() { p.ask(text) })
	}
	p.do(p.state.Enter())
	p.view.show(&p.state, p.now())
}

// clear empties the box; false leaves Escape to the shell.
func (p *Page) clear() bool {
	was := p.scanning
	p.scanning = false
	p.debounce.Cancel()
	p.slowly.Cancel()
	step, cleared := p.state.Clear()
	if p.view.box.Text != "" {
		cleared = true
		p.view.box.SetText("")
	}
	p.do(step)
	p.view.show(&p.state, p.now())
	return cleared || was
}

// selected follows a click or a move in the list itself.
func (p *Page) selected(row int) {
	p.state.Selected = row
	p.do(p.state.More(row))
}

// showMore asks for the next page; the one selected stays selected.
func (p *Page) showMore() {
	p.do(p.state.More(len(p.state.Rows)))
	p.focusBox()
}

// open is a click or Return on a row of the list.
func (p *Page) open(row int) {
	p.state.Selected = row
	p.do(p.state.Enter())
}

// do carries out a step of the state.
func (p *Page) do(step Step) {
	switch step.Op {
	case AskMine:
		p.run(step, func(ctx context.Context) (func() (Step, bool), error) {
			page, err := p.cfg.Finder.MyPatients(ctx, step.Query)
			return func() (Step, bool) { return p.state.Answered(step.Gen, step.Query, page, err) }, nil
		})
	case AskINS:
		p.runOne(step, func(ctx context.Context) (client.Patient, error) { return p.cfg.Finder.FindByINS(ctx, step.INS) })
	case AskTraits:
		p.runOne(step, func(ctx context.Context) (client.Patient, error) { return p.cfg.Finder.Match(ctx, step.Traits) })
	case AskEveryone:
		p.run(step, func(ctx context.Context) (func() (Step, bool), error) {
			page, err := p.cfg.Finder.EmergencySearch(ctx, step.Everyone)
			return func() (Step, bool) {
				return p.state.Answered(step.Gen, client.PatientQuery{Page: step.Everyone.Page}, page, err)
			}, nil
		})
	case OpenRecord:
		p.cfg.Open(step.Patient)
	}
	p.view.show(&p.state, p.now())
}

// runOne asks a question with one answer or none.
func (p *Page) runOne(step Step, find func(context.Context) (client.Patient, error)) {
	p.run(step, func(ctx context.Context) (func() (Step, bool), error) {
		person, err := find(ctx)
		return func() (Step, bool) { return p.state.AnsweredOne(step.Gen, person, err) }, nil
	})
}

// run asks off the UI goroutine; the question before it is cancelled. What
// comes back is taken by the state, on the UI goroutine.
func (p *Page) run(step Step, work func(context.Context) (func() (Step, bool), error)) {
	stage := func(s task.Stage) { p.view.busy(s, &p.state) }
	task.RunStaged(p.latest, stage, work, func(take func() (Step, bool), err error) {
		if err != nil { // the work panicked
			take = func() (Step, bool) { return p.state.failedAsking(step.Gen, err) }
		}
		next, ok := take()
		if !ok {
			return
		}
		p.view.show(&p.state, p.now())
		if p.state.Phase == Shown && p.state.Input != "" {
			p.cfg.Shell.Mark("search-first-result")
		}
		p.settleSheet(step)
		p.settleEveryone(step)
		p.do(next)
	})
}

func (p *Page) now() time.Time { return p.cfg.Scope.Now() }

func (p *Page) focusBox() { p.cfg.Shell.Focus(p.view.box) }

// failedAsking takes the failure of a question that brought no answer at all.
func (s *State) failedAsking(gen uint64, err error) (Step, bool) {
	return s.Answered(gen, client.PatientQuery{}, client.PatientPage{}, fhir.Wrap(fhir.Internal, err))
}
