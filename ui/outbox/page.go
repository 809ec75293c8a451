package outbox

import (
	"context"
	"time"

	"carnet/client"
	"carnet/client/fhir"
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
	// Offline tells whether the server does not answer, as the top bar says it.
	Offline() bool
}

// Config is what a page is made of.
type Config struct {
	Scope  *task.Scope // the life of the page
	Outbox client.Outbox
	Shell  Shell
	// Name gives the name of a patient, as far as this computer knows it; nil, or
	// "": the page says the INS.
	Name func(it client.OutboxItem) string
}

// Page is the page of what waits to be sent. Its methods are called on the UI goroutine.
type Page struct {
	cfg     Config
	state   State
	view    *view
	queue   *task.Latest
	waiting *task.Latest // bars, while the first listing takes its time
	shown   bool
	tick    func() // stops the clock of what waits
	sheet   *itemSheet
}

// New makes the page; nothing is asked before Shown.
func New(c Config) *Page {
	p := &Page{cfg: c, tick: func() {}}
	p.queue, p.waiting = c.Scope.Latest(), c.Scope.Latest()
	p.view = newView(p)
	return p
}

// Title names the page.
func (p *Page) Title() string { return lang.L("Envois") }

// Content is what the window shows.
func (p *Page) Content() fyne.CanvasObject { return p.view.root }

// InitialFocus is the list.
func (p *Page) InitialFocus() fyne.Focusable { return p.view.first(&p.state) }

// look is how often the times of the next attempts are written anew.
const look = 5 * time.Second

// Shown begins to follow the queue, the first time or after it could not be read.
func (p *Page) Shown() {
	p.shown = true
	p.tick()
	p.tick = p.cfg.Scope.Every(look, p.draw)
	if p.state.at == nil {
		p.follow()
	}
	p.draw()
}

// Hidden stops drawing.
func (p *Page) Hidden() {
	p.shown = false
	p.tick()
	p.tick = func() {}
}

// Reconnected shows that the server answers again; the queue goes on by itself.
func (p *Page) Reconnected() {
	if p.state.Phase == Failed {
		p.follow()
	}
	p.draw()
}

// follow reads the queue and follows it.
func (p *Page) follow() {
	p.state.Phase, p.state.Err = Loading, nil
	p.waiting.Cancel()
	stop := p.cfg.Scope.After(task.BusyAfter, func() { p.view.busy(p.state.Phase == Loading) })
	follow(p.queue, p.cfg.Outbox, &p.state, func(bool) {
		first := p.view.list.Cursor() < 0
		stop()
		p.moved()
		if first && p.shown && p.sheet == nil {
			p.cfg.Shell.Focus(p.view.first(&p.state))
		}
	})
}

// moved shows what the queue told.
func (p *Page) moved() {
	p.draw()
	if p.sheet != nil {
		p.sheet.moved()
	}
}

// draw puts the state on the screen.
func (p *Page) draw() {
	if p.shown {
		p.state.Away = p.cfg.Shell.Offline()
		p.view.show(&p.state)
	}
}

// Shortcuts are the page's keys.
func (p *Page) Shortcuts() []widget.Shortcut {
	if p.state.Phase == Failed || p.state.Phase == Loading {
		return []widget.Shortcut{{ID: "outbox-read", Keys: []widget.Keys{widget.Key(fyne.KeyF5)}, Label: lang.L("Réessayer"), Do: p.follow}}
	}
	return []widget.Shortcut{
		{ID: "outbox-open", Keys: []widget.Keys{widget.Key(fyne.KeyReturn)}, Label: lang.L("Ouvrir un envoi : pourquoi, que faire"), Do: p.openHeld},
		{ID: "outbox-retry", Keys: []widget.Keys{widget.Ctrl(fyne.KeyR)}, Label: lang.L("Renvoyer maintenant"), Do: p.retry},
		{ID: "outbox-retry-all", Keys: []widget.Keys{widget.Key(fyne.KeyF5)}, Label: lang.L("Tout renvoyer maintenant"), Do: p.retryAll},
		{ID: "outbox-pause", Keys: []widget.Keys{widget.Ctrl(fyne.KeyP)}, Label: lang.L("Suspendre un envoi"), Do: p.pause},
		{ID: "outbox-edit", Keys: []widget.Keys{widget.Ctrl(fyne.KeyE)}, Label: lang.L("Modifier un envoi"), Do: p.edit},
		{ID: "outbox-delete", Keys: []widget.Keys{widget.Key(fyne.KeyDelete)}, Label: lang.L("Supprimer un envoi"), Do: p.remove},
		{ID: "outbox-filter", Keys: []widget.Keys{widget.Ctrl(fyne.KeyF)}, Label: lang.L("Filtrer les envois"), Do: func() { p.cfg.Shell.Focus(p.view.box) }},
	}
}

// held gives the item in hand.
func (p *Page) held() (client.OutboxItem, bool) {
	i := p.view.list.Cursor()
	if i < 0 || i >= len(p.state.Rows) || p.state.Rows[i].Head {
		return client.OutboxItem{}, false
	}
	return p.state.Rows[i].Item, true
}

// deed does something with the queue off the UI goroutine; what goes wrong is said in
// front of the page.
func (p *Page) deed(work func(context.Context) error, done func()) {
	task.Run(p.cfg.Scope, func(ctx context.Context) (struct{}, error) { return struct{}{}, work(ctx) }, func(_ struct{}, err error) {
		switch fhir.CodeOf(err) {
		case "":
			if done != nil {
				done()
			}
		case fhir.NotFound: // it has gone meanwhile: the list says so
		case fhir.StateConflict:
			p.say(widget.IconInfo, widget.Attention, lang.L("Cet envoi a changé entre-temps : regardez où il en est, puis recommencez."))
		default:
			p.cfg.Shell.Present(err, func() { p.deed(work, done) })
		}
	})
}

func (p *Page) say(icon widget.IconName, tone widget.Tone, text string) {
	p.cfg.Shell.Toast(widget.Toast{Icon: icon, Tone: tone, Text: text})
}

// retry sends the item in hand now.
func (p *Page) retry() {
	if it, ok := p.held(); ok {
		p.retryItem(it)
	}
}

func (p *Page) retryItem(it client.OutboxItem) {
	switch {
	case Resendable(it):
		p.chooseItem(it.ID, client.OutboxAgain)
		return
	case !Retryable(it):
		p.say(widget.IconInfo, widget.Attention, notNow(it))
		return
	}
	p.deed(func(ctx context.Context) error { return p.cfg.Outbox.Retry(ctx, it.ID) }, nil)
}

// retryAll sends everything that can be sent now.
func (p *Page) retryAll() {
	if len(p.state.Resumable()) == 0 {
		p.say(widget.IconInfo, widget.Primary, lang.L("Rien n’attend d’être renvoyé."))
		return
	}
	p.deed(func(ctx context.Context) error { return p.cfg.Outbox.Retry(ctx) }, nil)
}

// pause lets the item in hand wait.
func (p *Page) pause() {
	it, ok := p.held()
	switch {
	case !ok:
	case it.State == client.OutboxPaused:
		p.retryItem(it) // the same key lets it go
	case !Pausable(it):
		p.say(widget.IconInfo, widget.Attention, notNow(it))
	default:
		p.deed(func(ctx context.Context) error { return p.cfg.Outbox.Pause(ctx, it.ID) }, nil)
	}
}

// remove forgets the item in hand, once confirmed.
func (p *Page) remove() {
	if it, ok := p.held(); ok {
		p.removeItem(it)
	}
}

func (p *Page) removeItem(it client.OutboxItem) {
	if !Deletable(it) {
		p.say(widget.IconInfo, widget.Attention, notNow(it))
		return
	}
	text := lang.L("Il ne sera pas envoyé, et son contenu est effacé de ce poste. Gardez-en une copie si vous en avez besoin.")
	switch {
	case it.State == client.OutboxDone:
		text = lang.L("La ligne quitte cette liste. Ce qui est arrivé reste dans le dossier du patient.")
	case it.Uncertain:
		text = lang.L("Il a peut-être déjà atteint le serveur : vérifiez dans le dossier du patient. Il ne sera pas renvoyé, et son contenu est effacé de ce poste.")
	}
	var sheet *widget.Sheet
	no := widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Garder"), func() { sheet.Close() })
	yes := widget.NewButton(widget.Risky, widget.IconDelete, lang.L("Supprimer"), func() {
		sheet.Close()
		p.deed(func(ctx context.Context) error { return p.cfg.Outbox.Delete(ctx, it.ID) }, nil)
	})
	sheet = &widget.Sheet{
		Title: lang.L("Supprimer cet envoi ?"), Width: 520,
		Content: widget.Column(widget.Gap, widget.NewText(whatWords(it), widget.Style{Bold: true, Truncate: true}), widget.NewParagraph(text, widget.Style{})),
		Actions: []*widget.Button{no, yes}, First: no,
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// notNow says why a deed is not possible.
func notNow(it client.OutboxItem) string {
	switch it.State {
	case client.OutboxSending:
		return lang.L("Cet envoi est en train de partir.")
	case client.OutboxDone:
		return lang.L("Cet envoi est déjà arrivé.")
	case client.OutboxConflict:
		return lang.L("Cet envoi attend un choix : Entrée l’ouvre.")
	case client.OutboxRefused:
		if len(it.Choices) > 1 {
			return lang.L("Cet envoi attend un choix : Entrée l’ouvre.")
		}
		return lang.L("Le serveur l’a refusé : modifiez-le, ou supprimez-le.")
	case client.OutboxQueued:
		return lang.L("Cet envoi part déjà dès que possible.")
	}
	return lang.L("Ce n’est pas possible pour cet envoi.")
}
