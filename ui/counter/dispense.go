package counter

import (
	"bytes"
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

// dispense records what is handed out, after the worst warnings were answered.
func (p *Page) dispense() {
	if p.state.Phase != Served {
		return
	}
	p.view.form.take() // what stands in the fields and was not added
	if f, at := p.state.Check(); f != faultNone {
		p.view.form.say(faultWords(f, at))
		return
	}
	if !choose.Qualified(p.state.Patient) {
		p.view.form.say(lang.L("L’identité n’est pas qualifiée : rien ne peut être déposé dans ce dossier."))
		return
	}
	p.show()
	if worst := p.state.ToAnswer(p.report); len(worst) > 0 {
		p.askAnyway(worst)
		return
	}
	p.file()
}

// askAnyway shows the warnings that have to be answered; Return does not.
func (p *Page) askAnyway(worst []advice.Warning) {
	var lines []fyne.CanvasObject
	for _, w := range worst {
		lines = append(lines, warningView(w))
	}
	lines = append(lines, widget.NewParagraph(lang.L("Ces alertes viennent d’une aide, qui cite sa règle : la décision est la vôtre."), widget.Style{Tone: widget.Secondary}))
	var sheet *widget.Sheet
	back := widget.NewButton(widget.Ordinary, widget.IconBack, lang.L("Revenir à la dispensation"), func() { sheet.Close() })
	anyway := func() {
		sheet.Close()
		p.file()
	}
	once := &deliberate{scope: p.cfg.Scope, do: anyway}
	yes := widget.NewButton(widget.Risky, widget.IconWarning, lang.L("Dispenser quand même"), anyway).WithCaption(widget.Ctrl(fyne.KeyReturn))
	sheet = &widget.Sheet{
		Title: lang.L("À vérifier avant de dispenser"), Content: widget.Column(widget.Gap, lines...), Width: 680,
		Actions: []*widget.Button{yes, back}, First: back, Chord: once.pressed, OnClose: once.forget,
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// heldDown is longer than the time between two strokes of a key that is held down, and
// shorter than between two that a hand makes.
const heldDown = 200 * time.Millisecond

// deliberate does something at a key that was struck, and nothing at one that is held
// down since the question was asked: the same chord asks and answers.
type deliberate struct {
	scope *task.Scope
	do    func()
	stop  func()
	held  bool
}

func (d *deliberate) pressed() {
	if d.stop != nil {
		d.stop()
		d.held = true
	}
	d.stop = d.scope.After(heldDown, func() {
		held := d.held
		if d.forget(); !held {
			d.do()
		}
	})
}

// forget takes a stroke back: the question is gone.
func (d *deliberate) forget() {
	if d.stop != nil {
		d.stop()
	}
	d.stop, d.held = nil, false
}

// file files the dispensation. Each try is the same document, so that one whose answer
// was lost is not filed twice.
func (p *Page) file() {
	if p.filing == "" {
		p.filing = p.cfg.NewID()
	}
	id, a := p.filing, p.state.Access
	d := p.state.Dispensation(id, p.cfg.Me, choose.FullName(p.state.Patient), p.view.form.prescription(), p.now())
	draft := p.state.Draft(d, id, lang.L("Dispensation du {{.Day}}", map[string]any{"Day": widget.FormatDate(p.now())}), p.cfg.Me)
	p.view.form.sending(true)
	task.Run(p.cfg.Scope, func(ctx context.Context) (client.Document, error) {
		data := d.Document()
		draft.Content, draft.Size = bytes.NewReader(data), int64(len(data))
		return p.cfg.Records.File(ctx, a, draft, nil)
	}, func(_ client.Document, err error) {
		p.view.form.sending(false)
		if err != nil && !queued(err) {
			p.cfg.Shell.Present(err, p.file)
			return
		}
		p.filing, p.state.Lines = "", nil
		p.view.form.clear()
		text := lang.L("Dispensation enregistrée dans le dossier.")
		if queued(err) {
			text = lang.L("Dispensation gardée sur ce poste : elle partira dès que le serveur répondra.")
		}
		p.cfg.Shell.Toast(widget.Toast{Icon: widget.IconCheck, Text: text})
		p.show()
		p.load()
	})
}

// queued tells that what was written waits in this computer's queue.
func queued(err error) bool { return fhir.CodeOf(err) == fhir.Queued }

// propose reads the words of a prescription and offers the substances that it names.
func (p *Page) propose(d client.Document, c client.Content) {
	if p.cfg.Check == nil {
		return
	}
	task.Run(p.cfg.Scope, func(ctx context.Context) ([]string, error) {
		text := string(c.Bytes)
		if client.IsPDF(c.Bytes) {
			r, err := p.cfg.Check.Check(ctx, c.Bytes)
			if err != nil {
				return nil, err
			}
			text = r.TextSample
		}
		return Proposals(text, p.cfg.Thesaurus), nil
	}, func(found []string, err error) {
		if err == nil && p.state.Phase == Served { // what cannot be read is read by a person
			p.view.form.propose(d, found)
		}
	})
}

// read shows a document over the page, and looks for substances in a prescription.
func (p *Page) read(d client.Document) {
	a := p.state.Access
	task.Run(p.cfg.Scope, func(ctx context.Context) (client.Content, error) {
		return p.cfg.Records.Content(ctx, a, d)
	}, func(c client.Content, err error) {
		if err != nil {
			p.cfg.Shell.Present(err, nil)
			return
		}
		if p.state.Phase != Served || p.state.Access.Session != a.Session {
			return // the patient left meanwhile
		}
		if Prescribed(d) {
			p.propose(d, c)
		}
		p.showDocument(d, c)
	})
}

// showDocument opens a document over the page.
func (p *Page) showDocument(d client.Document, c client.Content) {
	scope := p.cfg.Scope.Scope()
	viewer := p.cfg.Viewer(scope)
	var sheet *widget.Sheet
	done := widget.NewButton(widget.Main, widget.IconNone, lang.L("Fermer"), func() { sheet.Close() })
	sheet = &widget.Sheet{
		Title: titleOf(d), Content: viewer.Content(), Actions: []*widget.Button{done}, Width: 900, Height: 720, First: done,
		OnClose: func() {
			viewer.Clear()
			scope.Close()
			p.view.document = nil
		},
	}
	p.view.document = sheet
	p.cfg.Shell.OpenSheet(sheet)
	c = c.Legible(choose.Language(), time.Local)
	viewer.Show(c.Type, c.Bytes)
}
