package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// ButtonKind is how much a button asks for attention.
type ButtonKind int

// The kinds.
const (
	Ordinary ButtonKind = iota // a bordered button
	Main                       // the one primary button of a screen
	Quiet                      // no border until the pointer or the focus is there
	Risky                      // what cannot be undone
	Chosen                     // the one of several that is in force
)

// Button is a word, with an icon if it helps, that does something. Return and
// Space press it; keys that it does not use go to the shell.
type Button struct {
	widget.DisableableWidget
	OnTapped func()

	label   string
	icon    IconName
	kind    ButtonKind
	caption string // the shortcut, written after the word
	hint    string
	dense   bool
	left    bool
	chord   bool // see SetChord
	tone    Tone // of the icon; empty: that of the word

	hovered, focused bool
}

// NewButton makes a button; icon may be IconNone.
func NewButton(kind ButtonKind, icon IconName, label string, tapped func()) *Button {
	b := &Button{OnTapped: tapped, label: label, icon: icon, kind: kind}
	b.ExtendBaseWidget(b)
	return b
}

// NewIconButton makes a small quiet button of an icon alone; hint is the word
// that the status bar shows while the pointer or the focus is on it.
func NewIconButton(icon IconName, hint string, tapped func()) *Button {
	b := NewButton(Quiet, icon, "", tapped)
	b.hint, b.dense = hint, true
	return b
}

// WithCaption writes a shortcut after the word.
func (b *Button) WithCaption(keys Keys) *Button {
	b.caption = keys.String()
	return b
}

// WithHint gives the sentence for the status bar.
func (b *Button) WithHint(hint string) *Button {
	b.hint = hint
	return b
}

// Dense makes the button 28 points high, for tool bars and rows.
func (b *Button) Dense() *Button {
	b.dense = true
	return b
}

// AlignLeft sets the word at the left, for buttons that fill a column.
func (b *Button) AlignLeft() *Button {
	b.left = true
	return b
}

// SetChord makes the button deaf to Return and Space, which then go to the
// shell, and writes Ctrl+Return after its word: what it does must not follow
// from a habit. What the chord does is the sheet's; see Sheet.Chord.
func (b *Button) SetChord(on bool) {
	if b.chord == on {
		return
	}
	b.chord, b.caption = on, ""
	if on {
		b.caption = Ctrl(fyne.KeyReturn).String()
	}
	b.Refresh()
}

// Set changes icon and word.
func (b *Button) Set(icon IconName, label string) {
	if b.icon == icon && b.label == label {
		return
	}
	b.icon, b.label = icon, label
	b.Refresh()
}

// SetTone gives the icon a colour of its own; empty takes it back.
func (b *Button) SetTone(t Tone) {
	if b.tone == t {
		return
	}
	b.tone = t
	b.Refresh()
}

// SetKind changes the kind.
func (b *Button) SetKind(k ButtonKind) {
	if b.kind == k {
		return
	}
	b.kind = k
	b.Refresh()
}

// Label gives the word.
func (b *Button) Label() string { return b.label }

// Tapped implements fyne.Tappable.
func (b *Button) Tapped(*fyne.PointEvent) { b.press() }

func (b *Button) press() {
	if !b.Disabled() && b.OnTapped != nil {
		b.OnTapped()
	}
}

// MouseIn implements desktop.Hoverable.
func (b *Button) MouseIn(*desktop.MouseEvent) {
	b.hovered = true
	giveHint(b, b.hint)
	b.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *Button) MouseOut() {
	b.hovered = false
	giveHint(b, "")
	b.Refresh()
}

// Cursor implements desktop.Cursorable.
func (b *Button) Cursor() desktop.Cursor {
	if b.Disabled() {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// FocusGained implements fyne.Focusable.
func (b *Button) FocusGained() {
	b.focused = true
	giveHint(b, b.hint)
	b.Refresh()
}

// FocusLost implements fyne.Focusable.
func (b *Button) FocusLost() {
	b.focused = false
	giveHint(b, "")
	b.Refresh()
}

// TypedRune implements fyne.Focusable. A space has pressed already.
func (b *Button) TypedRune(r rune) {
	if r != ' ' {
		HandRune(b, r)
	}
}

// TypedKey implements fyne.Focusable.
func (b *Button) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if !b.chord {
			b.press()
			return
		}
		HandKey(b, ev)
	default:
		HandKey(b, ev)
	}
}

// look is what a button's state makes of its colours.
type look struct{ fill, line, ink Tone }

func (b *Button) look() look {
	switch {
	case b.Disabled():
		return look{Window, Line, Secondary}
	case b.kind == Main:
		return look{Primary, Primary, OnPrimary}
	case b.kind == Risky:
		return look{Danger, Danger, OnPrimary}
	case b.kind == Chosen:
		return look{PrimarySoft, Clear, Primary}
	case b.kind == Quiet && b.hovered:
		return look{Hover, Clear, Ink}
	case b.kind == Quiet:
		return look{Clear, Clear, Ink}
	case b.hovered:
		return look{Hover, Border, Ink}
	default:
		return look{Surface, Border, Ink}
	}
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{
		button:  b,
		box:     canvas.NewRectangle(Colour(Clear)),
		ring:    canvas.NewRectangle(Colour(Clear)),
		icon:    NewIcon(b.icon, Ink, 18),
		label:   canvas.NewText("", Colour(Ink)),
		caption: canvas.NewText("", Colour(Secondary)),
	}
	r.apply()
	return r
}

type buttonRenderer struct {
	button         *Button
	box, ring      *canvas.Rectangle
	icon           *Icon
	label, caption *canvas.Text
}

func (r *buttonRenderer) apply() {
	b := r.button
	l := b.look()
	r.box.FillColor, r.box.StrokeColor = Colour(l.fill), Colour(l.line)
	r.box.StrokeWidth, r.box.CornerRadius = 1, CornerIn
	if l.line == Clear {
		r.box.StrokeWidth = 0
	}
	r.ring.FillColor, r.ring.CornerRadius = Colour(Clear), CornerIn+2
	r.ring.StrokeWidth = 2
	r.ring.StrokeColor = Colour(Clear)
	if b.focused && !b.Disabled() {
		r.ring.StrokeColor = Colour(Primary)
		if b.kind == Main || b.kind == Risky {
			r.ring.StrokeColor = Colour(Ink)
		}
	}
	tone := l.ink
	if b.tone != "" && !b.Disabled() {
		tone = b.tone
	}
	r.icon.Set(b.icon, tone)
	r.label.Text, r.label.TextSize, r.label.Color = b.label, sizeOf(SizeBody), Colour(l.ink)
	r.label.TextStyle = fyne.TextStyle{Bold: b.kind == Main || b.kind == Risky || b.kind == Chosen}
	captionTone := Secondary
	if b.kind == Main || b.kind == Risky {
		captionTone = l.ink
	}
	r.caption.Text, r.caption.TextSize, r.caption.Color = b.caption, sizeOf(SizeCaption), Colour(captionTone)
}

// parts gives what is shown, left to right, with its width.
func (r *buttonRenderer) parts() (parts []fyne.CanvasObject, width float32) {
	if r.button.icon != IconNone {
		parts = append(parts, r.icon)
	}
	if r.button.label != "" {
		parts = append(parts, r.label)
	}
	if r.button.caption != "" {
		parts = append(parts, r.caption)
	}
	for _, p := range parts {
		width += p.MinSize().Width
	}
	return parts, width + Gap*float32(max(len(parts)-1, 0))
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.box.Resize(size)
	r.ring.Resize(size.AddWidthHeight(4, 4))
	r.ring.Move(fyne.NewPos(-2, -2))
	parts, width := r.parts()
	x := (size.Width - width) / 2
	if r.button.left {
		x = Gap + GapTight
	}
	for _, p := range parts {
		m := p.MinSize()
		p.Resize(m)
		p.Move(fyne.NewPos(x, (size.Height-m.Height)/2))
		x += m.Width + Gap
	}
	if r.button.left && r.button.caption != "" {
		m := r.caption.MinSize()
		r.caption.Move(fyne.NewPos(size.Width-m.Width-Gap, (size.Height-m.Height)/2))
	}
}

func (r *buttonRenderer) MinSize() fyne.Size {
	_, width := r.parts()
	height, pad := float32(36), float32(14)
	if r.button.dense {
		height, pad = 28, 6
	}
	if r.button.label != "" && r.button.dense {
		pad = 10
	}
	return fyne.NewSize(width+2*pad, max(height, r.label.MinSize().Height+Gap))
}

func (r *buttonRenderer) Refresh() {
	r.apply()
	r.Layout(r.button.Size())
	canvas.Refresh(r.button)
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.box, r.ring}
	parts, _ := r.parts()
	return append(objects, parts...)
}
func (r *buttonRenderer) Destroy() {}

// Desk is implemented by the window's content. Controls tell it what is under
// the pointer or has the focus, and that the person is still there.
type Desk interface {
	// ShowHint shows a sentence; "" takes it away.
	ShowHint(hint string)
	// Touched says that a key or the pointer was used.
	Touched()
}

func giveHint(o fyne.CanvasObject, hint string) {
	if d := deskOf(o); d != nil {
		d.ShowHint(hint)
		d.Touched()
	}
}

// Touched tells the window that the person used o: it puts off the lock.
func Touched(o fyne.CanvasObject) {
	if d := deskOf(o); d != nil {
		d.Touched()
	}
}

func deskOf(o fyne.CanvasObject) Desk {
	c := canvasOf(o)
	if c == nil {
		return nil
	}
	d, _ := c.Content().(Desk)
	return d
}
