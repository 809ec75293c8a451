package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Card is a large button of three lines: who or what, in which quality, what for.
type Card struct {
	widget.BaseWidget
	OnTapped func()
	OnKey    func(*fyne.KeyEvent) bool // sees each key first; true keeps it
	OnFocus  func()                    // the keyboard, or the pointer, came to it

	box              *Box
	body             fyne.CanvasObject
	hovered, focused bool
}

// NewCard makes one.
func NewCard(icon IconName, title, subtitle, text string, tapped func()) *Card {
	lines := []fyne.CanvasObject{NewText(title, Style{Size: SizeLead, Bold: true, Truncate: true})}
	if subtitle != "" {
		lines = append(lines, NewText(subtitle, Style{Tone: Secondary, Truncate: true}))
	}
	if text != "" {
		lines = append(lines, NewText(text, Style{Size: SizeCaption, Tone: Secondary, Truncate: true}))
	}
	c := &Card{OnTapped: tapped, box: NewBox(Surface, Line, Corner)}
	c.body = container.NewStack(c.box, Inset(10, GapWide-4,
		Sides(GapWide-4, NewIcon(icon, Primary, 24), Column(2, lines...), nil)))
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer implements fyne.Widget.
func (c *Card) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.body) }

func (c *Card) look() {
	fill, line := Surface, Line
	if c.hovered {
		fill, line = Hover, Border
	}
	if c.focused {
		fill, line = PrimarySoft, Primary
	}
	c.box.Set(fill, line)
}

func (c *Card) tell() {
	if c.OnFocus != nil {
		c.OnFocus()
	}
}

// Tapped implements fyne.Tappable.
func (c *Card) Tapped(*fyne.PointEvent) {
	Touched(c)
	if c.OnTapped != nil {
		c.OnTapped()
	}
}

// MouseIn implements desktop.Hoverable.
func (c *Card) MouseIn(*desktop.MouseEvent) {
	c.hovered = true
	Touched(c)
	c.look()
	c.tell()
}

// MouseMoved implements desktop.Hoverable.
func (c *Card) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (c *Card) MouseOut() {
	c.hovered = false
	c.look()
}

// Cursor implements desktop.Cursorable.
func (c *Card) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (c *Card) FocusGained() {
	c.focused = true
	c.look()
	c.tell()
}

// FocusLost implements fyne.Focusable.
func (c *Card) FocusLost() {
	c.focused = false
	c.look()
}

// TypedRune implements fyne.Focusable.
func (c *Card) TypedRune(r rune) {
	if r != ' ' {
		HandRune(c, r)
	}
}

// TypedKey implements fyne.Focusable.
func (c *Card) TypedKey(ev *fyne.KeyEvent) {
	if c.OnKey != nil && c.OnKey(ev) {
		return
	}
	switch ev.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		c.Tapped(nil)
	default:
		HandKey(c, ev)
	}
}
