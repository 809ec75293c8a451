package record

import (
	"carnet/client"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// readerView is the right side: which document is selected, and its content
// once it is read.
type readerView struct {
	page *Page
	root fyne.CanvasObject

	title, kind, origin *widget.Text
	state               *widget.Text
	stateIcon           *widget.Icon
	follow              *widget.Button
	print, save, action *widget.Button
	age                 *widget.Chip // of what is shown, when it is a copy
	head                fyne.CanvasObject
	content             fyne.CanvasObject
	skeleton            fyne.CanvasObject
	message             *widget.StatePanel
	said                string // what the message panel says now
}

func newReaderView(p *Page) *readerView {
	v := &readerView{
		page:      p,
		title:     widget.NewText("", widget.Style{Size: widget.SizeLead, Bold: true, Truncate: true}),
		kind:      widget.NewText("", widget.Style{Truncate: true}),
		origin:    widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
		state:     widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Attention, Truncate: true}),
		stateIcon: widget.NewIcon(widget.IconNone, widget.Attention, 14),
		message:   widget.NewStatePanel(),
	}
	v.follow = widget.NewButton(widget.Ordinary, widget.IconNext, lang.L("Lire la version en vigueur"), func() {
		if e := p.docs.Get(p.docs.Selected); e != nil {
			p.followReplacement(e)
		}
	}).Dense()
	v.print = widget.NewIconButton(widget.IconPrint, lang.L("Imprimer (Ctrl P)"), p.print)
	v.save = widget.NewIconButton(widget.IconDownload, lang.L("Enregistrer une copie (Ctrl S)"), p.save)
	v.action = widget.NewButton(widget.Quiet, widget.IconMore, lang.L("Actions"), p.openActions).WithCaption(widget.Ctrl(fyne.KeyE)).Dense()
	v.content = p.cfg.Viewer.Content()
	v.skeleton = widget.NewSkeleton(12, 28)
	states := widget.Sides(6, v.stateIcon, v.state, v.follow)
	v.age = widget.NewChip(widget.IconNone, "", widget.Attention)
	top := widget.Sides(widget.Gap, nil, v.title, widget.Row(0, v.age, v.print, v.save, v.action))
	v.head = widget.Column(2, top, v.kind, v.origin, states, widget.Rule())
	body := container.NewStack(v.content, v.skeleton, v.message)
	v.root = widget.Panel(widget.Gap, widget.Stacked(widget.Gap, v.head, body, nil))
	v.skeleton.Hide()
	return v
}

// refresh shows the selected document, and its content if it is read.
func (v *readerView) refresh() {
	p := v.page
	e := p.docs.Get(p.docs.Selected)
	widget.Visible(v.head, e != nil)
	mine := e != nil && p.reader.id == e.Doc.ID
	if e != nil {
		v.describe(e)
	}
	shown := mine && p.reader.shown()
	var prov client.Provenance
	if shown {
		prov = p.reader.content.Provenance
	}
	v.age.SetCopy(prov.Cached, prov.AsOf, p.now())
	widget.Visible(v.print, shown)
	widget.Visible(v.save, shown)
	widget.Visible(v.content, shown)
	if !mine || !p.reader.loading {
		v.skeleton.Hide()
	}
	v.showMessage(e, mine)
	v.root.Refresh()
}

// describe writes the head.
func (v *readerView) describe(e *Entry) {
	now := v.page.now()
	v.title.Set(titleOf(e))
	v.kind.Set(kindLine(e))
	v.origin.Set(originLine(e, now))
	icon, words := stateSentence(e.Doc)
	v.stateIcon.Set(icon, widget.Attention)
	if e.Wait != NoWait {
		icon, words = waitWords(e.Wait)
		v.stateIcon.Set(icon, widget.Attention)
	}
	v.state.Set(words)
	widget.Visible(v.state, words != "")
	widget.Visible(v.stateIcon, words != "")
	widget.Visible(v.follow, e.ReplacedBy() != "")
	widget.Visible(v.action, len(v.page.actions(e)) > 0)
}

// showMessage says why there is no content.
func (v *readerView) showMessage(e *Entry, mine bool) {
	p := v.page
	switch {
	case mine && (p.reader.shown() || p.reader.loading):
		v.message.Hide()
		return
	case mine && p.reader.err != nil:
		v.said = ""
		v.message.SetProblem(p.cfg.Shell.Explain(p.reader.err), func() { p.readAgain(e.Doc.ID) })
	case e != nil && waitsWhole(e):
		v.say("waits "+e.Doc.ID, func() { v.message.Set(v.waitingState()) })
	case e != nil:
		v.say("read "+e.Doc.ID, func() {
			v.message.Set(widget.State{
				Icon: typeIcon(e.Doc.Type.Code, e.Doc.Category.Code), Tone: widget.Secondary,
				Title:   lang.L("Prêt à lire"),
				Text:    lang.L("La lecture figurera dans l’historique que voit le patient."),
				Actions: []*widget.Button{widget.NewButton(widget.Main, widget.IconNone, lang.L("Lire ce document"), func() { p.read(e.Doc.ID) }).WithCaption(widget.Key(fyne.KeyReturn))},
			})
		})
	default:
		v.say("none", func() {
			v.message.Set(widget.State{Icon: widget.IconDocument, Tone: widget.Secondary, Title: lang.L("Aucun document choisi")})
		})
	}
	v.message.Show()
}

// say builds a message only when another is on the screen.
func (v *readerView) say(key string, set func()) {
	if v.said != key {
		v.said = key
		set()
	}
}

// busy shows bars once a document takes its time.
func (v *readerView) busy(s task.Stage) {
	loading := v.page.reader.loading
	if s == task.Slow && loading {
		v.said = ""
		v.message.Set(slowState(v.page.interruptReading))
		v.message.Show()
	}
	widget.Visible(v.skeleton, s == task.Busy && loading)
}
