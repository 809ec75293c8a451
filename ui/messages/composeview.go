package messages

import (
	"strings"

	"carnet/client"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
)

// composeView is where one answers.
type composeView struct {
	page  *Page
	root  fyne.CanvasObject
	text  *widget.Entry
	with  *fyne.Container // what goes with it
	said  *widget.Text
	tools fyne.CanvasObject
}

func newComposeView(p *Page) *composeView {
	v := &composeView{
		page: p, text: widget.NewTextArea(lang.L("Répondre…"), 4),
		with: widget.Row(widget.GapTight), said: widget.NewText("", widget.Style{Tone: widget.Danger, Truncate: true}),
	}
	v.text.OnChanged = p.wrote
	send := widget.NewButton(widget.Main, widget.IconMessage, lang.L("Envoyer"), p.send).WithCaption(widget.Ctrl(fyne.KeyReturn))
	ready := widget.NewButton(widget.Quiet, widget.IconText, lang.L("Texte prêt…"), p.chooseTemplate).WithCaption(widget.Ctrl(fyne.KeyT))
	doc := widget.NewButton(widget.Quiet, widget.IconDocument, lang.L("Document…"), func() { p.chooseDocument(p.answer()) }).WithCaption(widget.Ctrl(fyne.KeyU))
	file := widget.NewButton(widget.Quiet, widget.IconUpload, lang.L("Fichier…"), func() { p.askFile(p.answer()) })
	v.tools = widget.Column(widget.GapTight, widget.Row(widget.GapTight, ready, doc, file), widget.Sides(widget.Gap, nil, v.said, send))
	v.root = widget.Column(widget.GapTight, widget.Limited(lang.L("Votre réponse"), v.text, client.MaxMessageText), v.with, v.tools)
	return v
}

// show shows the field where the person may write.
func (v *composeView) show(t *Thread) {
	widget.Visible(v.root, t.Writable())
}

// set writes a draft into the field.
func (v *composeView) set(d Draft) {
	if v.text.Text != d.Text {
		v.text.SetText(d.Text)
	}
	v.say("")
	v.with.Objects = v.page.attached(v.page.answer())
	widget.Visible(v.with, len(v.with.Objects) > 0)
	v.with.Refresh()
}

// say says why the answer does not leave.
func (v *composeView) say(words string) { v.said.Set(words) }

// nextField selects the first field of a template that is left open.
func (v *composeView) nextField() {
	v.page.cfg.Shell.Focus(v.text)
	selectField(v.text)
}

// selectField selects the first field that is left open, so that typing fills it in.
func selectField(e *widget.Entry) {
	from, to, ok := nextField(e.Text)
	if !ok {
		return
	}
	before := string([]rune(e.Text)[:from])
	e.CursorRow = strings.Count(before, "\n")
	e.CursorColumn = len([]rune(before[strings.LastIndex(before, "\n")+1:]))
	e.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	for range to - from {
		e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	}
	e.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	e.Refresh()
}
