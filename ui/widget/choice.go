package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Choice picks one of a few options. Up and Down change it in place; Return,
// Space or a click opens the list, in which Return picks and Escape leaves.
type Choice struct {
	widget.DisableableWidget
	Options   []string
	Selected  string
	OnChanged func(string)

	box              *Box
	text             *Text
	mark             *Icon
	body             fyne.CanvasObject
	hovered, focused bool
}

// NewChoice makes one; nothing is selected.
func NewChoice(options []string, changed func(string)) *Choice {
	c := &Choice{
		Options: options, OnChanged: changed, box: NewBox(Surface, Border, CornerIn),
		text: NewText("", Style{Truncate: true}), mark: NewIcon(IconDown, Secondary, 16),
	}
	c.body = container.NewStack(c.box, AtLeast(0, 34, Inset(6, Gap+2, Sides(Gap, nil, c.text, c.mark))))
	c.ExtendBaseWidget(c)
	return c
}

// SelectedIndex gives the option that is selected, -1 when none is.
func (c *Choice) SelectedIndex() int {
	for i, o := range c.Options {
		if o == c.Selected {
			return i
		}
	}
	return -1
}

// SetSelectedIndex selects an option and says so; out of range does nothing.
func (c *Choice) SetSelectedIndex(i int) {
	if i < 0 || i >= len(c.Options) || c.Options[i] == c.Selected {
		return
	}
	c.Selected = c.Options[i]
	c.text.Set(c.Selected)
	if c.OnChanged != nil {
		c.OnChanged(c.Selected)
	}
}

// SetSelected selects an option by its word.
func (c *Choice) SetSelected(option string) {
	for i, o := range c.Options {
		if o == option {
			c.SetSelectedIndex(i)
		}
	}
}

// CreateRenderer implements fyne.Widget.
func (c *Choice) CreateRenderer() fyne.WidgetRenderer {
	c.text.Set(c.Selected)
	return widget.NewSimpleRenderer(c.body)
}

// Refresh implements fyne.CanvasObject.
func (c *Choice) Refresh() {
	c.text.Set(c.Selected)
	c.look()
	c.BaseWidget.Refresh()
}

func (c *Choice) look() {
	fill, line, ink := Surface, Border, Ink
	switch {
	case c.Disabled():
		fill, line, ink = Window, Line, Secondary
	case c.focused:
		line, fill = Primary, PrimarySoft
	case c.hovered:
		fill = Hover
	}
	c.box.Set(fill, line)
	c.text.SetTone(ink)
}

// Tapped implements fyne.Tappable.
func (c *Choice) Tapped(*fyne.PointEvent) {
	if c.Disabled() {
		return
	}
	if cv := canvasOf(c); cv != nil {
		cv.Focus(c)
	}
	c.open()
}

// MouseIn implements desktop.Hoverable.
func (c *Choice) MouseIn(*desktop.MouseEvent) {
	c.hovered = true
	Touched(c)
	c.look()
}

// MouseMoved implements desktop.Hoverable.
func (c *Choice) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (c *Choice) MouseOut() {
	c.hovered = false
	c.look()
}

// FocusGained implements fyne.Focusable.
func (c *Choice) FocusGained() {
	c.focused = true
	Touched(c)
	c.look()
}

// FocusLost implements fyne.Focusable.
func (c *Choice) FocusLost() {
	c.focused = false
	c.look()
}

// TypedRune implements fyne.Focusable. A space has opened the list already.
func (c *Choice) TypedRune(r rune) {
	if r != ' ' {
		HandRune(c, r)
	}
}

// TypedKey implements fyne.Focusable.
func (c *Choice) TypedKey(ev *fyne.KeyEvent) {
	Touched(c)
	switch ev.Name {
	case fyne.KeyUp, fyne.KeyLeft:
		c.step(-1)
	case fyne.KeyDown, fyne.KeyRight:
		c.step(1)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		c.Tapped(nil)
	default:
		HandKey(c, ev)
	}
}

func (c *Choice) step(n int) {
	if !c.Disabled() {
		c.SetSelectedIndex(min(max(c.SelectedIndex()+n, 0), len(c.Options)-1))
	}
}

// open shows the options under the control, or above where there is no room.
func (c *Choice) open() {
	cv := canvasOf(c)
	if cv == nil || len(c.Options) == 0 {
		return
	}
	list := NewList(func() int { return len(c.Options) },
		func() fyne.CanvasObject { return AtLeast(0, RowTable, Inset(0, Gap, NewText("", Style{}))) },
		func(id int, o fyne.CanvasObject) {
			o.(*fyne.Container).Objects[0].(*fyne.Container).Objects[0].(*Text).Set(c.Options[id])
		})
	menu := newMenu(cv, c, list)
	pick := func(id int) {
		menu.close()
		c.SetSelectedIndex(id)
	}
	list.OnActivate, list.OnTap = pick, pick
	menu.open(len(c.Options))
	list.MoveTo(max(c.SelectedIndex(), 0))
}

// menu is a list in front of the window, near the control that it belongs to.
type menu struct {
	widget.BaseWidget
	canvas fyne.Canvas
	owner  *Choice
	list   *List
	panel  *fyne.Container
	keys   func(*fyne.KeyEvent)
}

func newMenu(c fyne.Canvas, owner *Choice, list *List) *menu {
	m := &menu{canvas: c, owner: owner, list: list}
	m.panel = container.NewStack(NewBox(Surface, Border, Corner), Inset(GapTight, GapTight, list))
	m.ExtendBaseWidget(m)
	return m
}

// open shows the menu with room for rows rows, as many as the window holds.
func (m *menu) open(rows int) {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(m.owner)
	window, size := m.canvas.Size(), m.owner.Size()
	height := min(float32(rows)*(RowTable+GapTight)+2*GapTight, window.Height-2*GapWide)
	top := at.Y + size.Height + 2
	if top+height > window.Height-Gap {
		top = max(at.Y-height-2, Gap)
	}
	m.panel.Resize(fyne.NewSize(max(size.Width, 120), height))
	m.panel.Move(fyne.NewPos(at.X, min(top, window.Height-height-Gap)))
	m.keys = m.canvas.OnTypedKey()
	m.canvas.Overlays().Add(m)
	m.Resize(window)
	m.canvas.SetOnTypedKey(func(ev *fyne.KeyEvent) {
		if ev.Name == fyne.KeyEscape {
			m.close()
		}
	})
	m.canvas.Focus(m.list)
}

func (m *menu) close() {
	m.canvas.Overlays().Remove(m)
	m.canvas.SetOnTypedKey(m.keys)
	m.canvas.Focus(m.owner)
}

// Tapped implements fyne.Tappable: a click beside the menu leaves it.
func (m *menu) Tapped(*fyne.PointEvent) { m.close() }

// CreateRenderer implements fyne.Widget. The panel keeps the place that open
// gave it.
func (m *menu) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout(m.panel))
}
