package messages

import (
	"context"
	"time"

	"carnet/client"
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

// Viewer shows a file that came with a message; *pdfview.View is one.
type Viewer interface {
	Content() fyne.CanvasObject
	Show(mediaType string, data []byte)
	Clear()
}

// Files reads a file of this computer.
type Files interface {
	Read(ctx context.Context, path string, limit int64) ([]byte, error)
}

// Checker judges a PDF before it leaves.
type Checker interface {
	Check(ctx context.Context, data []byte) (pdfcheck.Report, error)
}

// Config is what a page is made of.
type Config struct {
	Scope    *task.Scope // the life of the page
	Messages client.Messages
	Finder   client.Finder
	Reader   client.Reader   // to choose a document of the record
	Team     client.Profiles // who may be let in; nil: nobody is offered
	Outbox   client.Outbox   // nil: messages go straight
	Notes    client.Notebook // nil: what is being written is not kept
	Files    Files
	Check    Checker
	Viewer   func(*task.Scope) Viewer
	Saver    choose.Saver
	Shell    Shell
	Me       client.Person
	NewID    func() string
	// OpenRecord goes to the record of a patient, known by id and name.
	OpenRecord     func(id, name string)
	TestIdentities bool
}

// Page is the page of messages. Its methods are called on the UI goroutine.
type Page struct {
	cfg     Config
	state   State
	thread  Thread
	draft   Draft // of the dialogue in hand
	view    *view
	list    *task.Latest
	reading *task.Latest
	typing  *task.Debounce // before the list is asked for
	keeping *task.Debounce // before what is written is kept
	keeper  *keeper
	shown   bool
	drafts  map[string]Draft // by dialogue; "" is the one of a new dialogue
	leaving map[string]bool  // dialogues with an answer on its way to the queue, and whether another one is to follow
	// beginning is the form of a first message while it is open; nil else.
	beginning *beginSheet
	late      late
	unkept    *unkept // what is to be kept after the pause; nil: nothing
}

// The pauses in typing after which something is done.
const (
	pauseSearch = 250 * time.Millisecond
	pauseKeep   = 500 * time.Millisecond
)

// New makes the page; nothing is asked before Shown.
func New(c Config) *Page {
	p := &Page{cfg: c, drafts: map[string]Draft{}, leaving: map[string]bool{}}
	p.list, p.reading = c.Scope.Latest(), c.Scope.Latest()
	p.typing, p.keeping = c.Scope.Debounce(pauseSearch), c.Scope.Debounce(pauseKeep)
	p.keeper = newKeeper(c.Scope, c.Notes)
	p.view = newView(p)
	p.readDrafts()
	p.followQueue()
	return p
}

// Title names the page.
func (p *Page) Title() string { return lang.L("Messages") }

// Content is what the window shows.
func (p *Page) Content() fyne.CanvasObject { return p.view.root }

// InitialFocus is the list of dialogues, or the field to search them.
func (p *Page) InitialFocus() fyne.Focusable {
	if p.state.Phase == Shown {
		return p.view.list
	}
	return p.view.search
}

// Shown asks anew.
func (p *Page) Shown() {
	p.shown = true
	p.load(false)
	if p.thread.ID != "" {
		p.read(false)
	}
}

// Hidden keeps what is written and cancels the questions on their way.
func (p *Page) Hidden() {
	p.shown = false
	p.keep()
	p.list.Cancel()
	p.reading.Cancel()
	p.state.Busy, p.thread.Busy, p.late = false, false, late{}
}

// Close forgets what is on the screen.
func (p *Page) Close() { p.keep() }

// Reconnected asks again; the shell calls it when the server answers again.
func (p *Page) Reconnected() {
	p.load(false)
	if p.thread.ID != "" {
		p.read(false)
	}
}

// Moved is told what arrives, by Watch.
func (p *Page) Moved(e client.MessageEvent) {
	if !p.shown {
		return
	}
	if p.late.list = p.state.Busy; !p.late.list {
		p.load(false)
	}
	if p.thread.ID == "" || e.Dialogue != "" && e.Dialogue != p.thread.ID {
		return
	}
	if p.late.thread = p.thread.Busy; !p.late.thread {
		p.read(false)
	}
}

// late is what moved while it was being asked for: it is asked for once more when the
// answer is there. To begin anew instead would keep a message from the screen for as
// long as others move, and one's own reading moves a dialogue, too.
type late struct{ list, thread bool }

// ShowDialogue puts a dialogue in hand, known by its id.
func (p *Page) ShowDialogue(id string) {
	if at := p.state.Find(id); at >= 0 {
		p.view.take(at)
		return
	}
	p.open(client.Dialogue{ID: id})
}

func (p *Page) now() time.Time { return p.cfg.Scope.Now() }

// load asks for the first page of dialogues, or for the next one.
func (p *Page) load(more bool) {
	if more && (p.state.Busy || p.state.Next == "") {
		return
	}
	p.state.Ask()
	q := p.state.Query(more)
	p.view.showList(&p.state, p.now())
	task.RunStaged(p.list, func(s task.Stage) { p.view.busy(s != task.Finished && p.state.Phase == Loading) },
		func(ctx context.Context) (client.DialoguePage, error) { return p.cfg.Messages.Dialogues(ctx, q) },
		func(page client.DialoguePage, err error) {
			p.state.Answer(page, err, more)
			p.view.showList(&p.state, p.now())
			p.settle()
			if p.late.list {
				p.late.list = false
				p.load(false)
			}
		})
}

// settle puts the keyboard on the first dialogue once there is one, unless somebody
// types.
func (p *Page) settle() {
	if p.shown && p.state.Phase == Shown && p.view.list.Cursor() < 0 && p.view.search.Text == "" {
		p.view.list.MoveTo(0)
		p.cfg.Shell.Focus(p.view.list)
	}
}

// searched is called at every change of the search.
func (p *Page) searched(text string) {
	p.state.Text = text
	p.typing.Cancel()
	p.typing = p.cfg.Scope.Debounce(pauseSearch)
	p.typing.Do(func() { p.load(false) })
}

// narrow shows all dialogues, or those with something unread.
func (p *Page) narrow(onlyNew bool) {
	if p.state.OnlyNew == onlyNew {
		return
	}
	p.state.OnlyNew = onlyNew
	p.load(false)
}

// Shortcuts are the page's keys.
func (p *Page) Shortcuts() []widget.Shortcut {
	all := []widget.Shortcut{
		{ID: "messages-search", Keys: []widget.Keys{widget.Ctrl(fyne.KeyF)}, Label: lang.L("Chercher dans les messages"), Do: func() { p.cfg.Shell.Focus(p.view.search) }},
		{ID: "messages-new", Keys: []widget.Keys{widget.Ctrl(fyne.KeyN)}, Label: lang.L("Écrire à un patient"), Do: func() { p.begin() }},
		{ID: "messages-refresh", Keys: []widget.Keys{widget.Key(fyne.KeyF5), widget.Ctrl(fyne.KeyR)}, Label: lang.L("Actualiser les messages"), Do: p.Reconnected},
	}
	if p.thread.Writable() {
		all = append(all,
			widget.Shortcut{ID: "messages-send", Keys: []widget.Keys{widget.Ctrl(fyne.KeyReturn)}, Label: lang.L("Envoyer le message"), Do: p.send},
			widget.Shortcut{ID: "messages-manage", Keys: []widget.Keys{manageKeys()}, Label: lang.L("Gérer l’échange"), Do: p.manage},
			widget.Shortcut{ID: "messages-template", Keys: []widget.Keys{widget.Ctrl(fyne.KeyT)}, Label: lang.L("Prendre un texte prêt"), Do: p.chooseTemplate},
			widget.Shortcut{ID: "messages-field", Keys: []widget.Keys{widget.Ctrl(fyne.KeyJ)}, Label: lang.L("Aller au champ à compléter"), Do: func() { p.view.compose.nextField() }},
			widget.Shortcut{ID: "messages-attach", Keys: []widget.Keys{widget.Ctrl(fyne.KeyU)}, Label: lang.L("Joindre un document du dossier"), Do: func() { p.chooseDocument(p.answer()) }},
		)
	}
	return all
}
