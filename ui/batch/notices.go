package batch

import (
	"strings"

	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// noticeWords says how much there is to be told beside the rows.
func noticeWords(n int) string {
	if n == 0 {
		return ""
	}
	return widget.Plural(n, lang.L("%d laissé de côté"), lang.L("%d laissés de côté"))
}

// tellNotices shows what was left aside when files were added, and why.
func (p *Page) tellNotices() {
	if p.lot == nil {
		return
	}
	notices := p.lot.Notices()
	list := widget.NewList(func() int { return len(notices) }, func() fyne.CanvasObject { return newNoticeView() }, func(id int, o fyne.CanvasObject) {
		if v, ok := o.(*fyne.Container); ok && id < len(notices) {
			n := notices[id]
			what := n.Path
			if n.Name != "" {
				what = n.Name + " · " + what
			}
			v.Layout.(*noticeView).set(strings.TrimSpace(what), n.Message(choose.Language()))
		}
	})
	var sheet *widget.Sheet
	done := widget.NewButton(widget.Main, widget.IconNone, lang.L("Fermer"), func() { sheet.Close() })
	sheet = &widget.Sheet{
		Title: noticeWords(len(notices)), Width: 860, Height: 520, Content: list,
		Actions: []*widget.Button{done}, First: list, Return: func() { sheet.Close() },
	}
	list.OnActivate = func(int) { sheet.Close() }
	p.cfg.Shell.OpenSheet(sheet)
}

// noticeView is one notice: what it is about, and what it says.
type noticeView struct{ what, says *widget.Text }

func newNoticeView() *fyne.Container {
	v := &noticeView{
		what: widget.NewText("", widget.Style{Truncate: true}),
		says: widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
	}
	c := widget.AtLeast(0, 46, widget.Inset(4, widget.Gap, widget.Column(2, v.what, v.says)))
	return &fyne.Container{Layout: v, Objects: []fyne.CanvasObject{c}}
}

func (v *noticeView) set(what, says string) {
	v.what.Set(what)
	v.says.Set(says)
}

// Layout implements fyne.Layout.
func (v *noticeView) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Resize(size)
}

// MinSize implements fyne.Layout.
func (v *noticeView) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }
