package pdfview

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"carnet/ui/widget"
)

// bar is the row of controls above the page.
type bar struct {
	view           *View
	page, zoom     *widget.Text
	previous, next *widget.Button
	width, whole   *widget.Button
	root           *fyne.Container
}

func newBar(v *View) *bar {
	b := &bar{
		view: v,
		page: widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Align: fyne.TextAlignCenter}),
		zoom: widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Align: fyne.TextAlignCenter}),
	}
	b.previous = widget.NewIconButton(widget.IconBack, lang.L("Page précédente"), func() { v.Page(-1) })
	b.next = widget.NewIconButton(widget.IconNext, lang.L("Page suivante"), func() { v.Page(1) })
	b.width = widget.NewIconButton(widget.IconFitWidth, lang.L("Ajuster à la largeur (0)"), func() { v.FitTo(FitWidth) })
	b.whole = widget.NewIconButton(widget.IconFitPage, lang.L("Page entière"), func() { v.FitTo(FitPage) })
	turn := widget.NewIconButton(widget.IconRotate, lang.L("Tourner la page (R)"), v.Turn)
	out := widget.NewIconButton(widget.IconZoomOut, lang.L("Réduire (−)"), func() { v.Zoom(-1) })
	in := widget.NewIconButton(widget.IconZoomIn, lang.L("Agrandir (+)"), func() { v.Zoom(1) })
	b.root = widget.Inset(widget.GapTight, widget.Gap, widget.Sides(
		widget.Gap,
		widget.Row(widget.GapTight, b.previous, widget.Width(72, b.page), b.next),
		nil,
		widget.Row(widget.GapTight, turn, out, widget.Width(52, b.zoom), in, b.width, b.whole),
	))
	return b
}

// refresh shows where one is.
func (b *bar) refresh() {
	v := b.view
	open, text := v.doc != nil, v.doc != nil && v.doc.hasText()
	if b.root.Visible() != open || v.find.root.Visible() != text {
		setVisible(open, b.root)
		setVisible(text, v.find.root)
		v.root.Refresh() // the page gets the room
	}
	if !open {
		return
	}
	b.page.Set(fmt.Sprintf("%d / %d", v.g.page+1, len(v.g.sizes)))
	b.zoom.Set(fmt.Sprintf("%.0f%s%%", v.g.zoom*100, widget.Nbsp))
	widget.Enable(b.previous, v.g.page > 0)
	widget.Enable(b.next, v.g.page < len(v.g.sizes)-1)
	kind := func(button *widget.Button, f Fit) {
		if v.g.fit == f {
			button.SetKind(widget.Chosen)
		} else {
			button.SetKind(widget.Quiet)
		}
	}
	kind(b.width, FitWidth)
	kind(b.whole, FitPage)
}
