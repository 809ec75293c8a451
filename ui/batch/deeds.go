package batch

import (
	"context"

	engine "carnet/client/batch"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// deed does something with the lot off the UI goroutine; what goes wrong is said in
// front of the page, with a way to try again.
func (p *Page) deed(work func(context.Context) error, done func()) {
	if p.lot == nil {
		return
	}
	task.Run(p.cfg.Scope, func(ctx context.Context) (struct{}, error) { return struct{}{}, work(ctx) }, func(_ struct{}, err error) {
		if err != nil {
			p.cfg.Shell.Present(err, func() { p.deed(work, done) })
		} else if done != nil {
			done()
		}
		p.moved(nil, true)
	})
}

// say shows a line at the bottom of the window.
func (p *Page) say(icon widget.IconName, tone widget.Tone, text string) {
	p.cfg.Shell.Toast(widget.Toast{Icon: icon, Tone: tone, Text: text})
}

// add takes files, folders and manifests.
func (p *Page) add(paths ...string) {
	if len(paths) == 0 {
		return
	}
	lot := p.lot
	p.view.adding(true)
	p.deed(func(ctx context.Context) error {
		return lot.Add(ctx, paths...)
	}, func() { p.focusRows() })
}

// send hands what is ready to the outbox: all of it, or the marked ones.
func (p *Page) send() {
	n, ids := p.state.Sendable()
	if n == 0 {
		p.say(widget.IconInfo, widget.Attention, nothingReady(&p.state))
		return
	}
	lot, sent := p.lot, 0
	p.deed(func(ctx context.Context) (err error) {
		sent, err = lot.Send(ctx, ids...)
		return err
	}, func() {
		p.state.Marks = nil
		p.say(widget.IconUpload, widget.Good, widget.Plural(sent, lang.L("%d fichier confié à l’envoi."), lang.L("%d fichiers confiés à l’envoi."))+" "+
			lang.L("Vous pouvez fermer Carnet : rien ne se perd."))
	})
}

// pause stops what is under way, or lets it go on.
func (p *Page) pause() {
	lot := p.lot
	if p.state.Counts.Paused {
		p.deed(lot.Resume, nil)
		return
	}
	p.deed(lot.Pause, nil)
}

// again reads files again: the marked ones, or the one in hand.
func (p *Page) again() {
	lot, ids := p.lot, p.state.Chosen(MayRead)
	if len(ids) == 0 {
		p.say(widget.IconInfo, widget.Attention, lang.L("Seuls les fichiers à corriger ou refusés se relisent."))
		return
	}
	p.deed(func(ctx context.Context) error { return lot.Again(ctx, ids...) }, nil)
}

// remove takes files out of the lot, once confirmed.
func (p *Page) remove() { p.removeRows(p.state.Chosen(MayRemove)) }

func (p *Page) removeRows(ids []string) {
	if len(ids) == 0 {
		p.say(widget.IconInfo, widget.Attention, lang.L("Ce qui est parti ou terminé ne se retire pas d’un lot."))
		return
	}
	lot := p.lot
	p.ask(question{
		title: lang.L("Retirer du lot ?"),
		text: widget.Plural(len(ids), lang.L("%d fichier ne sera pas envoyé. Il reste sur le disque, intact."),
			lang.L("%d fichiers ne seront pas envoyés. Ils restent sur le disque, intacts.")),
		yes: lang.L("Retirer"), icon: widget.IconDelete,
		do: func() {
			p.deed(func(ctx context.Context) error { return lot.Remove(ctx, ids...) }, func() { p.state.Marks = nil })
		},
	})
}

// cancel takes back what has not left, once confirmed.
func (p *Page) cancel() {
	lot, n := p.lot, p.state.Counts.By[engine.Queued]+p.state.Counts.By[engine.Waiting]
	if n == 0 {
		p.say(widget.IconInfo, widget.Attention, lang.L("Rien n’attend : il n’y a rien à annuler."))
		return
	}
	p.ask(question{
		title: lang.L("Annuler ce qui n’est pas parti ?"),
		text: widget.Plural(n, lang.L("%d fichier n’est pas encore parti : il redevient prêt. Ce qui est arrivé dans les dossiers y reste."),
			lang.L("%d fichiers ne sont pas encore partis : ils redeviennent prêts. Ce qui est arrivé dans les dossiers y reste.")),
		yes: lang.L("Annuler l’envoi"), no: lang.L("Continuer l’envoi"), icon: widget.IconClose,
		do: func() { p.deed(lot.Cancel, nil) },
	})
}

// clear forgets what is over, so that tomorrow's lot begins with an empty list.
func (p *Page) clear() {
	lot, n := p.lot, 0
	for state, rows := range p.state.Counts.By {
		if state.Final() {
			n += rows
		}
	}
	if n == 0 {
		p.say(widget.IconInfo, widget.Attention, lang.L("Rien n’est terminé : la liste reste telle quelle."))
		return
	}
	p.ask(question{
		title: lang.L("Ôter de la liste ce qui est terminé ?"),
		text: widget.Plural(n, lang.L("%d ligne quitte la liste ; l’export de son résultat ne sera plus possible. Les documents envoyés restent dans les dossiers."),
			lang.L("%d lignes quittent la liste ; l’export de leur résultat ne sera plus possible. Les documents envoyés restent dans les dossiers.")),
		yes: lang.L("Ôter de la liste"), icon: widget.IconArchive,
		do: func() { p.deed(lot.Clear, func() { p.state.Marks = nil }) },
	})
}

// mark marks the row in hand and goes to the next.
func (p *Page) mark() {
	at := p.view.list.Cursor()
	row, ok := p.state.At(at)
	if !ok {
		return
	}
	p.state.Mark(row.ID)
	p.view.redraw()
	p.view.list.Step(1)
	p.view.counts(&p.state)
}

// markAll marks all rows that fit the filter, or none.
func (p *Page) markAll() {
	p.state.MarkAll()
	p.draw()
}

// filtered is a choice among the states.
func (p *Page) filtered(f Filter) {
	if p.state.SetFilter(f) {
		p.view.fresh(&p.state)
	}
}

// typed is called at every change of the box.
func (p *Page) typed(text string) {
	if p.lot != nil && text != p.state.Text {
		p.state.SetText(text)
		p.view.fresh(&p.state)
	}
}

// focusRows puts the keyboard on the rows, when they have come.
func (p *Page) focusRows() {
	p.view.adding(false)
	p.state.Refresh()
	p.draw()
	p.cfg.Shell.Focus(p.view.first(&p.state))
}

// question is asked before something that cannot be taken back.
type question struct {
	title, text, yes, no string
	icon                 widget.IconName
	do                   func()
}

// ask asks; the answer of habit is no.
func (p *Page) ask(q question) {
	if q.no == "" {
		q.no = lang.L("Annuler")
	}
	var sheet *widget.Sheet
	no := widget.NewButton(widget.Ordinary, widget.IconNone, q.no, func() { sheet.Close() })
	yes := widget.NewButton(widget.Risky, q.icon, q.yes, func() {
		sheet.Close()
		q.do()
	})
	sheet = &widget.Sheet{
		Title: q.title, Content: widget.NewParagraph(q.text, widget.Style{}),
		Actions: []*widget.Button{no, yes}, First: no, Width: 520,
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// has tells whether a row has a problem.
func has(r engine.Row, p engine.Problem) bool {
	for _, q := range r.Problems {
		if q == p {
			return true
		}
	}
	return false
}
