package messages

import (
	"context"
	"errors"

	"carnet/client"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// open puts a dialogue in hand; reading it counts its messages as read.
func (p *Page) open(d client.Dialogue) {
	if d.ID == p.thread.ID {
		return
	}
	p.keep()
	p.late.thread = false
	p.thread.Open(d)
	p.draft = p.drafts[d.ID]
	p.view.showThread(&p.thread, p.now())
	p.view.compose.set(p.draft)
	p.read(false)
	p.listQueue()
}

// read asks for the newest page of the dialogue in hand, or for an older one.
func (p *Page) read(older bool) {
	if older && (p.thread.Busy || p.thread.Next == "") {
		return
	}
	p.thread.Ask()
	id, cursor := p.thread.ID, ""
	if older {
		cursor = p.thread.Next
	}
	p.view.showThread(&p.thread, p.now())
	task.RunStaged(p.reading, func(s task.Stage) { p.view.threadBusy(s != task.Finished && p.thread.Phase == Loading) },
		func(ctx context.Context) (client.MessagePage, error) { return p.cfg.Messages.Messages(ctx, id, cursor) },
		func(page client.MessagePage, err error) {
			p.thread.Answer(page, err, older)
			if err == nil {
				p.state.Opened(page.Dialogue)
				p.view.showList(&p.state, p.now())
			}
			p.view.showThread(&p.thread, p.now())
			if err == nil && !older {
				p.view.toEnd()
			}
			if p.late.thread {
				p.late.thread = false
				p.read(false)
			}
		})
}

// rule changes who may write.
func (p *Page) rule(r client.Reply) {
	id := p.thread.ID
	p.alter(func(ctx context.Context) (client.Dialogue, error) { return p.cfg.Messages.SetReply(ctx, id, r) }, func() { p.load(false) })
}

// alter changes something of a dialogue, and shows what has become of it.
func (p *Page) alter(change func(context.Context) (client.Dialogue, error), then func()) {
	task.Run(p.cfg.Scope, change, func(d client.Dialogue, err error) {
		if errors.Is(err, errNotAdded) {
			p.cfg.Shell.Toast(widget.Toast{Icon: widget.IconInfo, Tone: widget.Attention, Text: lang.L("Ce confrère ne peut pas être ajouté à cet échange. Écrivez sans lui, ou parlez-en avec le patient.")})
			return
		}
		if err != nil {
			p.cfg.Shell.Present(err, nil)
			return
		}
		if p.thread.ID == d.ID {
			p.thread.Dialogue = d
			p.view.showThread(&p.thread, p.now())
		}
		then()
	})
}

// manageKeys open what can be done with a dialogue.
func manageKeys() widget.Keys { return widget.Ctrl(fyne.KeyG) }

// manage offers what can be done with the dialogue in hand.
func (p *Page) manage() {
	d := p.thread.Dialogue
	if !d.Mine || d.Reply == client.ReplyEnded || p.thread.ID == "" {
		return
	}
	var sheet *widget.Sheet
	var all []fyne.CanvasObject
	var first *widget.Button
	offer := func(icon widget.IconName, label string, do func()) {
		b := widget.NewButton(widget.Ordinary, icon, label, func() {
			sheet.Close()
			do()
		}).AlignLeft()
		if first == nil {
			first = b
		}
		all = append(all, b)
	}
	if d.Reply == client.ReplyOpen {
		offer(widget.IconMinus, lang.L("Ne plus recevoir de réponse"), func() { p.rule(client.ReplyNone) })
	} else {
		offer(widget.IconMessage, lang.L("Permettre la réponse"), func() { p.rule(client.ReplyOpen) })
	}
	if p.cfg.Team != nil {
		offer(widget.IconAdd, lang.L("Ajouter un confrère"), p.addMember)
	}
	offer(widget.IconClose, lang.L("Mettre fin à l’échange…"), p.askEnd)
	sheet = &widget.Sheet{Title: lang.L("Gérer l’échange"), Content: widget.Column(widget.Gap, all...), First: first, Width: 420}
	p.cfg.Shell.OpenSheet(sheet)
}

// askEnd asks before an exchange is ended for good.
func (p *Page) askEnd() {
	p.confirm(question{
		title: lang.L("Mettre fin à l’échange"),
		text:  lang.L("{{.Name}} lira que vous avez mis fin à vos échanges et ne pourra plus répondre. Les messages restent lisibles. Pour écrire de nouveau, il faudra un autre échange.", map[string]any{"Name": p.thread.Dialogue.PatientName}),
		yes:   lang.L("Mettre fin à l’échange"), icon: widget.IconClose, do: func() { p.rule(client.ReplyEnded) },
	})
}

// question is a yes or no.
type question struct {
	title, text, yes string
	icon             widget.IconName
	do               func()
}

// confirm asks a question; Return does not answer it.
func (p *Page) confirm(q question) {
	var sheet *widget.Sheet
	no := widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { sheet.Close() })
	act := func() {
		sheet.Close()
		q.do()
	}
	yes := widget.NewButton(widget.Main, q.icon, q.yes, act).WithCaption(widget.Ctrl(fyne.KeyReturn))
	sheet = &widget.Sheet{
		Title: q.title, Content: widget.NewParagraph(q.text, widget.Style{}),
		Actions: []*widget.Button{no, yes}, First: no, Chord: act,
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// showAttached shows what came with a message: a document of the record in its
// record, a file of the message over the page.
func (p *Page) showAttached(a client.Attached) {
	if a.DocumentID != "" {
		p.cfg.OpenRecord(p.thread.Dialogue.PatientID, p.thread.Dialogue.PatientName)
		return
	}
	dialogue := p.thread.ID
	task.Run(p.cfg.Scope, func(ctx context.Context) (client.Content, error) {
		return p.cfg.Messages.MessageContent(ctx, dialogue, a.ContentID)
	}, func(c client.Content, err error) {
		if err != nil {
			p.cfg.Shell.Present(err, nil)
			return
		}
		p.viewFile(a, c)
	})
}

// viewFile opens a file over the page.
func (p *Page) viewFile(a client.Attached, c client.Content) {
	scope := p.cfg.Scope.Scope()
	viewer := p.cfg.Viewer(scope)
	var sheet *widget.Sheet
	save := widget.NewButton(widget.Ordinary, widget.IconDownload, lang.L("Enregistrer une copie en clair…"), func() {
		sheet.Close()
		p.saveFile(c)
	})
	sheet = &widget.Sheet{
		Title: a.Title, Content: viewer.Content(), Actions: []*widget.Button{save}, Width: 900, Height: 700, First: save,
		OnClose: func() {
			viewer.Clear()
			scope.Close()
		},
	}
	p.cfg.Shell.OpenSheet(sheet)
	viewer.Show(c.Type, c.Bytes)
}

// saveFile asks where a copy of a file goes.
func (p *Page) saveFile(c client.Content) {
	choose.SaveDocument(choose.SaveConfig{Scope: p.cfg.Scope, Shell: p.cfg.Shell, Saver: p.cfg.Saver, Saved: func() {
		p.cfg.Shell.Toast(widget.Toast{Icon: widget.IconDownload, Text: lang.L("Copie enregistrée.")})
	}}, c)
}
