package record

import (
	"context"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// openActions shows what can be done to the selected document.
func (p *Page) openActions() {
	e := p.docs.Get(p.docs.Selected)
	if e == nil {
		return
	}
	var sheet *widget.Sheet
	var buttons []fyne.CanvasObject
	var first fyne.Focusable
	for _, action := range p.actions(e) {
		face := action.face()
		b := widget.NewButton(widget.Ordinary, face.icon, face.text, func() {
			sheet.Close()
			p.start(action, e.Doc)
		}).AlignLeft()
		if first == nil {
			first = b
		}
		buttons = append(buttons, b)
	}
	content := fyne.CanvasObject(widget.Column(widget.Gap, buttons...))
	if first == nil {
		content = widget.NewParagraph(lang.L("Vos droits dans ce dossier ne permettent pas de modifier ce document."), widget.Style{Tone: widget.Secondary})
	}
	sheet = &widget.Sheet{
		Title:   titleOf(e),
		Content: content,
		First:   first,
		OnKey:   arrows(p.cfg.Shell, buttons),
		Actions: []*widget.Button{cancel(&sheet)},
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// arrows lets Up and Down walk over a column of buttons.
func arrows(shell Shell, buttons []fyne.CanvasObject) func(*fyne.KeyEvent) bool {
	at := 0
	return func(ev *fyne.KeyEvent) bool {
		if len(buttons) == 0 {
			return false
		}
		switch ev.Name {
		case fyne.KeyDown:
			at = min(at+1, len(buttons)-1)
		case fyne.KeyUp:
			at = max(at-1, 0)
		default:
			return false
		}
		if f, ok := buttons[at].(fyne.Focusable); ok {
			shell.Focus(f)
		}
		return true
	}
}

// start carries an action out, asking first where it cannot be taken back.
func (p *Page) start(action Action, d client.Document) {
	if action == Replace {
		p.upload(&d, nil)
		return
	}
	own := d.Author.ID == p.cfg.Shell.Person().ID
	caution := CautionFor(action, p.access, own)
	if caution == NoCaution {
		p.act(action, d)
		return
	}
	p.confirm(widget.IconWarning, caution.words(), widget.Risky, func() { p.act(action, d) })
}

// confirm asks before do.
func (p *Page) confirm(icon widget.IconName, words cautionWords, kind widget.ButtonKind, do func()) {
	var sheet *widget.Sheet
	yes := widget.NewButton(kind, icon, words.button, func() {
		sheet.Close()
		do()
	})
	no := cancel(&sheet)
	sheet = &widget.Sheet{
		Title:   words.title,
		Content: widget.NewParagraph(words.text, widget.Style{}),
		Actions: []*widget.Button{no, yes},
		First:   no,
	}
	if kind != widget.Risky { // Return does what was asked; what cannot be undone takes a deliberate move
		sheet.First = yes
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// act asks the server for an action and shows the document as it is then.
func (p *Page) act(action Action, d client.Document) {
	access := p.access
	task.Run(p.cfg.Scope, func(ctx context.Context) (client.Document, error) {
		if action == Undo {
			gone := d
			gone.Status = "entered-in-error"
			return gone, p.cfg.Records.Undo(ctx, access, d)
		}
		return p.cfg.Records.Change(ctx, access, d, ChangeFor(action))
	}, func(now client.Document, err error) {
		if err != nil {
			p.refused(action, d, err)
			return
		}
		p.retried = false
		p.settle(now)
		p.view.refresh()
		p.cfg.Shell.Toast(p.toast(action, now))
	})
}

// toast says what was done, with the way back where there is one.
func (p *Page) toast(action Action, now client.Document) widget.Toast {
	t := widget.Toast{Icon: widget.IconOK, Text: action.face().done}
	back, ok := map[Action]Action{
		Mask: Unmask, Unmask: Mask, HideFromPatient: ShowToPatient, Archive: Unarchive, Unarchive: Archive,
	}[action]
	if !ok { // what the patient was shown cannot be unseen
		return t
	}
	for _, possible := range Actions(p.access, now, p.cfg.Shell.Person().ID) {
		if possible == back {
			t.Action, t.Do = lang.X("record.undo", "Annuler"), func() { p.act(back, now) }
		}
	}
	return t
}

// refused handles an action that the server did not take.
func (p *Page) refused(action Action, d client.Document, err error) {
	switch fhir.CodeOf(err) {
	case fhir.VersionConflict:
		p.reload(d.ID)
	case fhir.NotFound, fhir.Withdrawn:
		p.docs.Remove(d.ID)
		p.view.refresh()
		p.cfg.Shell.Present(err, nil)
	default:
		if !p.renewed(err, func() { p.act(action, d) }) {
			p.cfg.Shell.Present(err, func() { p.act(action, d) })
		}
	}
}

// reload shows a document as somebody else has made it meanwhile, and says so.
func (p *Page) reload(id string) {
	access := p.access
	task.Run(p.cfg.Scope, func(ctx context.Context) (client.Document, error) {
		return p.cfg.Records.Document(ctx, access, id)
	}, func(d client.Document, err error) {
		if err != nil {
			p.docs.Remove(id)
			p.view.refresh()
			p.cfg.Shell.Present(err, nil)
			return
		}
		p.settle(d)
		p.view.refresh()
		p.cfg.Shell.Toast(widget.Toast{
			Icon: widget.IconRefresh, Tone: widget.Attention,
			Text: lang.L("Ce document a changé entre-temps : le voici tel qu’il est. Recommencez si c’est encore utile."),
		})
	})
}
