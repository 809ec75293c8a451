package measures

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

// Shell is what the page asks of the window around it.
type Shell interface {
	Explain(err error) widget.Problem
	Present(err error, retry func())
	OpenSheet(*widget.Sheet)
	Toast(widget.Toast)
	Focus(fyne.Focusable)
}

// Config is what a page is made of.
type Config struct {
	Scope    *task.Scope // the life of the page
	Profiles client.Profiles
	Access   func() client.Access // the record, opened
	Patient  client.Patient
	Me       client.Person
	Shell    Shell
	Saver    choose.Saver  // nil: nothing is exported
	NewID    func() string // a random UUID
	ReadOnly bool          // this reader may not write here
	// Changed is called when a measure was written or taken out: what others show of
	// it is old. nil: nobody shows any.
	Changed func()
	// Renew handles an error which says that the access session is over: it opens
	// the record anew, calls again, and reports whether it did so. nil: nothing is
	// renewed.
	Renew func(err error, again func()) bool
}

// Page is the page of one person's measures. Its methods are called on the UI
// goroutine.
type Page struct {
	cfg    Config
	state  State
	view   *view
	latest *task.Latest
	asked  bool
}

// New makes the page; nothing is asked before Shown.
func New(c Config) *Page {
	p := &Page{cfg: c, state: NewState(c.Patient, c.Me, choose.Language(), c.Scope.Now().Location())}
	p.latest = c.Scope.Latest()
	p.view = newView(p)
	return p
}

// Title names the page, without the person.
func (p *Page) Title() string { return lang.L("Mesures") }

// Content is what the window shows.
func (p *Page) Content() fyne.CanvasObject { return p.view.root }

// InitialFocus is the list of measures.
func (p *Page) InitialFocus() fyne.Focusable { return p.view.kinds }

// Shown asks for the measures, the first time; afterwards F5 does.
func (p *Page) Shown() {
	if !p.asked {
		p.load()
	}
}

// Hidden cancels the question on its way.
func (p *Page) Hidden() {
	p.latest.Cancel()
	if p.state.Busy {
		p.state.Busy, p.asked = false, false
	}
}

// Reconnected asks again when what is shown is old or missing.
func (p *Page) Reconnected() {
	if p.asked && (p.state.Err != nil || p.state.Prov.Cached) {
		p.load()
	}
}

// Shortcuts are the page's keys, as far as they can do something now.
func (p *Page) Shortcuts() []widget.Shortcut {
	out := []widget.Shortcut{
		{ID: "measures-refresh", Keys: []widget.Keys{widget.Key(fyne.KeyF5), widget.Ctrl(fyne.KeyR)}, Label: lang.L("Actualiser les mesures"), Do: p.load},
	}
	if p.mayEnter() {
		out = append(out, widget.Shortcut{ID: "measures-enter", Keys: []widget.Keys{enterKeys()}, Label: lang.L("Saisir une mesure"), Do: p.enter})
	}
	if p.state.Phase == Shown {
		out = append(out, widget.Shortcut{ID: "measures-curve", Keys: []widget.Keys{widget.Ctrl(fyne.KeyG)}, Label: lang.L("Aller à la courbe"), Do: func() { p.cfg.Shell.Focus(p.view.chart) }})
		if p.cfg.Saver != nil {
			out = append(out, widget.Shortcut{ID: "measures-export", Keys: []widget.Keys{exportKeys()}, Label: lang.L("Exporter les mesures en clair (CSV)"), Do: p.export})
		}
	}
	return out
}

func enterKeys() widget.Keys  { return widget.Ctrl(fyne.KeyN) }
func exportKeys() widget.Keys { return widget.Ctrl(fyne.KeyS) }

func (p *Page) now() time.Time { return p.cfg.Scope.Now() }

// mayEnter tells whether a measure of the chosen kind can be entered.
func (p *Page) mayEnter() bool {
	k := p.state.Kind()
	switch p.state.Phase {
	case Loading, Failed, Forbidden:
		return false
	}
	return !p.cfg.ReadOnly && k.Code != "" && !k.Other && !k.Computed
}

// load asks for all measures: one question, however many pages its answer has.
func (p *Page) load() {
	p.asked = true
	p.state.Ask()
	p.view.show()
	access := p.cfg.Access()
	task.RunStaged(p.latest, func(s task.Stage) { p.view.busy(s != task.Finished && p.state.Phase == Loading) },
		func(ctx context.Context) (client.ItemPage, error) {
			return client.AllItems(ctx, p.cfg.Profiles, access, client.ItemQuery{Resources: []string{"Observation"}})
		},
		func(all client.ItemPage, err error) {
			if p.renews(err, p.load) {
				return
			}
			p.state.Answer(all, err, p.now())
			p.view.show()
		})
}

// choose shows another kind of measure.
func (p *Page) choose(i int) {
	if i >= 0 && i < len(p.state.Kinds) && p.state.Kinds[i].Code != p.state.Chosen {
		p.state.Choose(p.state.Kinds[i].Code, p.now())
		p.view.show()
	}
}

// setPeriod shows another stretch of time.
func (p *Page) setPeriod(period Period) {
	p.state.SetPeriod(period, p.now())
	p.view.show()
}

// open corrects an own measure, or says why it cannot be.
func (p *Page) open(row int) {
	if row < 0 || row >= len(p.state.Rows) {
		return
	}
	r := p.state.Rows[row]
	switch {
	case r.Computed:
		p.say(widget.IconInfo, widget.Ink, lang.L("L’indice est calculé : corrigez le poids ou la taille."))
	case p.cfg.ReadOnly || !r.Own:
		p.say(widget.IconInfo, widget.Ink, lang.L("Seul l’auteur d’une mesure peut la corriger : {{.Who}}.", map[string]any{"Who": whoWords(r)}))
	case p.state.Kind().Other:
		p.say(widget.IconInfo, widget.Ink, lang.L("Cette mesure ne se saisit pas ici : demandez à son auteur de la corriger."))
	default:
		p.openSheet(p.formOf(r.Item))
	}
}

// enter opens the sheet of a new measure.
func (p *Page) enter() {
	if p.mayEnter() {
		p.openSheet(p.formOf(client.Item{}))
	}
}

// formOf is the form of a measure of the chosen kind, among those that are there.
func (p *Page) formOf(item client.Item) Form {
	f := FormOf(p.state.Kind().Measure, item, p.now(), choose.Language())
	f.Known, f.Of = p.state.Kind(), p.state.reader
	return f
}

// kept shows what the server keeps, and offers the way back.
func (p *Page) kept(item client.Item, was client.Item) {
	p.state.Keep(item, p.now())
	p.view.show()
	p.changed()
	toast := widget.Toast{Icon: widget.IconOK, Tone: widget.Good, Text: lang.L("Mesure enregistrée. Le patient la voit.")}
	if was.ID == "" {
		toast.Action, toast.Do = lang.L("Annuler la saisie"), func() { p.drop(item) }
	}
	p.cfg.Shell.Toast(toast)
}

// drop takes a measure out: it was entered in error.
func (p *Page) drop(item client.Item) {
	access := p.cfg.Access()
	task.Run(p.cfg.Scope, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.cfg.Profiles.DropItem(ctx, access, item)
	}, func(_ struct{}, err error) {
		switch {
		case p.renews(err, func() { p.drop(item) }):
			return
		case fhir.CodeOf(err) == fhir.Queued:
			p.waits(err)
			return
		case err != nil:
			if fhir.CodeOf(err) == fhir.VersionConflict {
				p.load()
			}
			p.cfg.Shell.Present(err, func() { p.drop(item) })
			return
		}
		p.state.Drop(item.ID, p.now())
		p.view.show()
		p.changed()
		p.say(widget.IconOK, widget.Ink, lang.L("Mesure retirée : saisie par erreur."))
	})
}

// waits says that what was written is kept on this computer, and shows it so.
func (p *Page) waits(err error) {
	p.cfg.Shell.Present(err, nil)
	p.load()
	p.changed()
}

func (p *Page) changed() {
	if p.cfg.Changed != nil {
		p.cfg.Changed()
	}
}

// renews tells whether a failure is being mended by opening the record anew.
func (p *Page) renews(err error, again func()) bool {
	return err != nil && p.cfg.Renew != nil && p.cfg.Renew(err, again)
}

func (p *Page) say(icon widget.IconName, tone widget.Tone, text string) {
	p.cfg.Shell.Toast(widget.Toast{Icon: icon, Tone: tone, Text: text})
}
