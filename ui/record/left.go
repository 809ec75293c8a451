package record

import (
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// leftLayout is the side of the list: the filter, what sorts and what shows
// more, the rows, the count. In a narrow window what shows more goes below what
// sorts, so that a page of a document still has room beside it.
type leftLayout struct{ filter, sorts, checks, list, foot fyne.CanvasObject }

// MinSize implements fyne.Layout.
func (l *leftLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	least := fyne.Size{}
	for _, o := range []fyne.CanvasObject{l.filter, l.sorts, l.checks, l.list, l.foot} {
		m := o.MinSize()
		least.Width = max(least.Width, m.Width)
		least.Height += m.Height
	}
	least.Height += 2*widget.GapTight + 2*widget.Gap
	return least
}

// Layout implements fyne.Layout.
func (l *leftLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	line := func(o fyne.CanvasObject, x, width, height float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(width, height))
	}
	line(l.filter, 0, size.Width, l.filter.MinSize().Height)
	y += l.filter.MinSize().Height + widget.GapTight
	sorts, checks := l.sorts.MinSize(), l.checks.MinSize()
	if sorts.Width+widget.Gap+checks.Width <= size.Width {
		high := max(sorts.Height, checks.Height)
		line(l.sorts, 0, sorts.Width, high)
		line(l.checks, size.Width-checks.Width, checks.Width, high)
		y += high + widget.Gap
	} else {
		line(l.sorts, 0, sorts.Width, sorts.Height)
		y += sorts.Height + widget.GapTight
		line(l.checks, 0, checks.Width, checks.Height)
		y += checks.Height + widget.Gap
	}
	foot := l.foot.MinSize().Height
	line(l.list, 0, size.Width, max(size.Height-y-widget.Gap-foot, 0))
	y = size.Height - foot
	line(l.foot, 0, size.Width, foot)
}
