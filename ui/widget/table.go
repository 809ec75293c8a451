package widget

import (
	"fyne.io/fyne/v2"
)

// TableColumn is one column of a table of rows.
type TableColumn struct {
	Width  float32 // points at the ordinary size of texts
	Grow   float32 // its share of what is left over; 0: always Width
	Narrow float32 // its width where the table is too narrow for all, such as that of its icon alone; 0: gone
	Order  int     // which gives way first: 1 before 2; 0 never does
}

// TableLine is the layout of a line whose objects stand under those of the line
// above: a heading and its rows share one. It takes one object a column. Where not
// all fit, the columns give way in their Order.
type TableLine struct {
	Gap     float32
	Columns []TableColumn
}

// MinSize implements fyne.Layout. The width is that of what never gives way.
func (c *TableLine) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.Size{}
	shown := 0
	for _, col := range c.Columns {
		width := col.Width
		if col.Order > 0 {
			width = col.Narrow
		}
		if width > 0 {
			size.Width += width * c.scale()
			shown++
		}
	}
	size.Width += c.Gap * float32(max(shown-1, 0))
	for _, o := range objects {
		size.Height = max(size.Height, o.MinSize().Height)
	}
	return size
}

// Layout implements fyne.Layout. What stands in a column that gave way is hidden.
func (c *TableLine) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x := float32(0)
	for i, width := range c.Widths(size.Width) {
		if i >= len(objects) {
			return
		}
		o := objects[i]
		if width <= 0 {
			if o.Visible() {
				o.Hide()
			}
			continue
		}
		if !o.Visible() {
			o.Show()
		}
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(width, size.Height))
		x += width + c.Gap
	}
}

// Widths gives the width of each column of a line of this width, 0 for those that
// gave way.
func (c *TableLine) Widths(width float32) []float32 {
	widths := make([]float32, len(c.Columns))
	last := 0
	for i, col := range c.Columns {
		widths[i] = col.Width * c.scale()
		last = max(last, col.Order)
	}
	for order := 1; order <= last && c.left(widths, width) < 0; order++ {
		for i, col := range c.Columns {
			if col.Order == order {
				widths[i] = col.Narrow * c.scale()
			}
		}
	}
	left := max(c.left(widths, width), 0)
	all := float32(0)
	for i, col := range c.Columns {
		if widths[i] > 0 {
			all += col.Grow
		}
	}
	for i, col := range c.Columns {
		if widths[i] > 0 && all > 0 {
			widths[i] += left * col.Grow / all
		}
	}
	return widths
}

// left is what a line has over, less than 0 when it is too narrow.
func (c *TableLine) left(widths []float32, width float32) float32 {
	shown := 0
	for _, w := range widths {
		if w > 0 {
			width -= w
			shown++
		}
	}
	return width - c.Gap*float32(max(shown-1, 0))
}

func (c *TableLine) scale() float32 { return sizeOf(SizeBody) / 14 }

// Shows tells whether a row is in sight, at least in part.
func (l *List) Shows(id int) bool {
	if id < 0 || id >= l.Length() {
		return false
	}
	height := l.rowHeight()
	top := float32(id)*height - l.GetScrollOffset()
	return top+height > 0 && top < l.Size().Height
}

// rowHeight is that of a row and the space under it; all rows are as high.
func (l *List) rowHeight() float32 {
	if now := lookNow(); l.height == 0 || l.measure != now {
		l.height, l.measure = l.CreateItem().MinSize().Height+GapTight, now
	}
	return l.height
}
