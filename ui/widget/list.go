package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// List is a long list of rows, of which only the visible ones exist. It has one
// cursor, moved by Up, Down, Home, End, PageUp and PageDown or by a click; the
// row under it is the selected one. Rows are recycled: update sets every
// property of a row and starts no work.
type List struct {
	widget.List
	OnMove     func(id int)              // the cursor came to a row (also by MoveTo)
	OnActivate func(id int)              // Return on a row
	OnTap      func(id int)              // a click on a row, after OnMove; a page where one click opens sets it
	OnKey      func(*fyne.KeyEvent) bool // sees each key first; true keeps it
	Skip       func(id int) bool         // rows that the cursor passes over: headings

	cursor  int
	focused bool
	height  float32 // of a row and the space under it, in the look measured; see rowHeight
	measure inForce
}

// NewList makes a list; create makes an empty row, update fills it.
func NewList(length func() int, create func() fyne.CanvasObject, update func(id int, row fyne.CanvasObject)) *List {
	l := &List{cursor: -1}
	l.Length = length
	l.CreateItem = func() fyne.CanvasObject { return newRow(l, create()) }
	l.UpdateItem = func(id int, o fyne.CanvasObject) {
		r := o.(*row)
		r.id = id
		update(id, r.content)
		r.mark()
	}
	l.HideSeparators = true
	l.OnSelected = l.selected
	l.ExtendBaseWidget(l)
	return l
}

// Cursor gives the row under the cursor, -1 when there is none.
func (l *List) Cursor() int {
	if l.cursor >= l.Length() {
		return -1
	}
	return l.cursor
}

// MoveTo puts the cursor on a row, or on the nearest that is no heading.
func (l *List) MoveTo(id int) {
	id = l.land(id, 1)
	if id < 0 {
		return
	}
	l.cursor = id // before rows are drawn anew: the bar follows it
	l.Highlight(id)
	l.Select(id)
}

// Forget takes the cursor away; call it when the rows become others.
func (l *List) Forget() {
	l.cursor = -1
	l.UnselectAll()
	l.Highlight(0)
}

func (l *List) selected(id int) {
	if l.skipped(id) {
		if to := l.land(id, 1); to >= 0 && to != id {
			l.MoveTo(to)
		}
		return
	}
	l.cursor = id
	if l.OnMove != nil {
		l.OnMove(id)
	}
}

func (l *List) skipped(id int) bool { return l.Skip != nil && l.Skip(id) }

// land finds the row to stand on, from id in the direction step, then back.
func (l *List) land(id, step int) int {
	n := l.Length()
	if n == 0 {
		return -1
	}
	start := min(max(id, 0), n-1)
	for _, direction := range []int{step, -step} {
		for i := start; i >= 0 && i < n; i += direction {
			if !l.skipped(i) {
				return i
			}
		}
	}
	return -1
}

// Step moves the cursor by n rows, headings not counted as places to stand.
func (l *List) Step(n int) {
	direction := 1
	if n < 0 {
		direction = -1
	}
	from := l.cursor
	if from < 0 && n < 0 {
		from = l.Length()
	}
	to := l.land(from+n, direction)
	if to < 0 || (to-l.cursor)*direction <= 0 && l.cursor >= 0 {
		return
	}
	l.MoveTo(to)
}

// pageRows is how many rows fit the height, less one to keep the place.
func (l *List) pageRows() int {
	return max(int(l.Size().Height/l.rowHeight())-1, 1)
}

// FocusGained implements fyne.Focusable.
func (l *List) FocusGained() {
	l.focused = true
	Touched(l)
	l.List.FocusGained()
	l.RefreshItem(l.cursor)
}

// FocusLost implements fyne.Focusable.
func (l *List) FocusLost() {
	l.focused = false
	l.List.FocusLost()
	l.RefreshItem(l.cursor)
}

// TypedKey implements fyne.Focusable.
func (l *List) TypedKey(ev *fyne.KeyEvent) {
	Touched(l)
	if l.OnKey != nil && l.OnKey(ev) {
		return
	}
	switch ev.Name {
	case fyne.KeyDown:
		l.Step(1)
	case fyne.KeyUp:
		l.Step(-1)
	case fyne.KeyHome:
		l.MoveTo(0)
	case fyne.KeyEnd:
		l.MoveTo(l.Length() - 1)
	case fyne.KeyPageDown:
		l.Step(l.pageRows())
	case fyne.KeyPageUp:
		l.Step(-l.pageRows())
	case fyne.KeyReturn, fyne.KeyEnter:
		l.activate()
	default:
		HandKey(l, ev)
	}
}

// TypedRune implements fyne.Focusable.
func (l *List) TypedRune(r rune) { HandRune(l, r) }

func (l *List) activate() {
	if id := l.Cursor(); id >= 0 && l.OnActivate != nil {
		l.OnActivate(id)
	}
}

func (l *List) tapped(id int) {
	if l.skipped(id) {
		return
	}
	if c := canvasOf(l); c != nil {
		c.Focus(l)
	}
	l.MoveTo(id)
	if l.OnTap != nil {
		l.OnTap(id)
	}
}

// row is what a List puts around the page's row: clicks of its own, because the
// toolkit's row says nothing when the selected one is clicked again, and a bar
// that shows where the keyboard is.
type row struct {
	widget.BaseWidget
	list    *List
	content fyne.CanvasObject
	bar     *Box
	id      int
}

func newRow(l *List, content fyne.CanvasObject) *row {
	r := &row{list: l, content: content, bar: NewBox(Primary, Clear, 1.5), id: -1}
	r.bar.Hide()
	r.ExtendBaseWidget(r)
	return r
}

// mark shows the bar on the row under the cursor of a list with the focus.
func (r *row) mark() {
	here := r.list.focused && r.id == r.list.cursor && r.id >= 0
	if here == r.bar.Visible() {
		return
	}
	if here {
		r.bar.Show()
	} else {
		r.bar.Hide()
	}
}

// CreateRenderer implements fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(rowLayout{}, r.content, r.bar))
}

// Tapped implements fyne.Tappable.
func (r *row) Tapped(*fyne.PointEvent) { r.list.tapped(r.id) }

// rowLayout gives the content the whole row and the bar its left edge.
type rowLayout struct{}

// Layout implements fyne.Layout.
func (rowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.Position{})
	objects[0].Resize(size)
	objects[1].Move(fyne.NewPos(0, 6))
	objects[1].Resize(fyne.NewSize(3, size.Height-12))
}

// MinSize implements fyne.Layout.
func (rowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// FilterKeys gives the keys of a box that filters a list: Down and Return move to
// its first row, Escape empties the box. focus is how the window moves the keyboard.
func FilterKeys(box *Entry, l *List, focus func(fyne.Focusable)) func(*fyne.KeyEvent) bool {
	return func(ev *fyne.KeyEvent) bool {
		switch ev.Name {
		case fyne.KeyDown, fyne.KeyReturn, fyne.KeyEnter:
			if l.Length() > 0 {
				focus(l)
				l.MoveTo(0)
			}
			return true
		case fyne.KeyEscape:
			if box.Text == "" {
				return false
			}
			box.SetText("")
			return true
		}
		return false
	}
}
