package widget

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Entry is a field for typing. OnKey sees each key first and answers true to
// keep it; what neither it nor the field uses (function keys, Escape, Up, Down
// and the page keys in one line, every shortcut that does not edit) goes to the
// shell.
type Entry struct {
	widget.Entry
	OnKey func(*fyne.KeyEvent) bool

	most int             // characters that are taken; 0: any number (see Limited)
	full func(full bool) // told whether something was not taken
}

// NewEntry makes a field of one line.
func NewEntry(placeholder string) *Entry {
	e := &Entry{}
	e.PlaceHolder = placeholder
	e.Scroll = fyne.ScrollHorizontalOnly
	e.ExtendBaseWidget(e)
	return e
}

// NewSearchEntry makes a field with a magnifying glass.
func NewSearchEntry(placeholder string) *Entry {
	e := NewEntry(placeholder)
	e.Icon = liveIcon{IconSearch, Secondary}
	return e
}

// NewTextArea makes a field of several lines, rows of them visible.
func NewTextArea(placeholder string, rows int) *Entry {
	e := &Entry{}
	e.PlaceHolder = placeholder
	e.MultiLine = true
	e.Wrapping = fyne.TextWrapWord
	e.SetMinRowsVisible(rows)
	e.ExtendBaseWidget(e)
	return e
}

// SetText makes the words others. The toolkit would keep the beginning of a
// selection in words that are gone, and the next character typed would become
// selected, to be lost with the one after it: nothing is selected afterwards.
func (e *Entry) SetText(text string) {
	if text != e.Text && e.SelectedText() != "" {
		e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	}
	e.Entry.SetText(text)
}

// TypedKey implements fyne.Focusable.
func (e *Entry) TypedKey(ev *fyne.KeyEvent) {
	Touched(e)
	if e.OnKey != nil && e.OnKey(ev) {
		return
	}
	switch {
	case !e.uses(ev.Name):
		HandKey(e, ev)
		return
	case e.MultiLine && (ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter) && !e.takes():
		return // a new line is a character
	}
	e.Entry.TypedKey(ev)
	if left, limited := e.room(); limited && left > 0 {
		e.full(false)
	}
}

// AcceptsTab implements fyne.Tabbable: Tab leaves a field of several lines, too,
// which would otherwise be a trap for who works by keys.
func (e *Entry) AcceptsTab() bool { return false }

// TypedRune implements fyne.Focusable.
func (e *Entry) TypedRune(r rune) {
	Touched(e)
	if e.takes() {
		e.Entry.TypedRune(r)
	}
}

// uses tells whether typing has a use for a key that is not a character.
func (e *Entry) uses(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown:
		return e.MultiLine
	case fyne.KeyReturn, fyne.KeyEnter:
		return e.MultiLine || e.OnSubmitted != nil
	case fyne.KeyEscape, fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6,
		fyne.KeyF7, fyne.KeyF8, fyne.KeyF9, fyne.KeyF10, fyne.KeyF11, fyne.KeyF12:
		return false
	}
	return true
}

// TypedShortcut implements fyne.Shortcutable: editing stays here, the rest goes
// to the window.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if paste, ok := s.(*fyne.ShortcutPaste); ok {
		s = e.fitting(paste)
	}
	switch s.(type) {
	case *fyne.ShortcutCopy, *fyne.ShortcutCut, *fyne.ShortcutPaste, *fyne.ShortcutSelectAll,
		*fyne.ShortcutUndo, *fyne.ShortcutRedo:
		e.Entry.TypedShortcut(s)
		return
	}
	if k, ok := KeysOf(s); ok && k.Modifier == fyne.KeyModifierControl && editing[k.Name] {
		e.Entry.TypedShortcut(s)
		return
	}
	HandShortcut(e, s)
}

// editing are the keys that move or delete by words with Control.
var editing = map[fyne.KeyName]bool{
	fyne.KeyLeft: true, fyne.KeyRight: true, fyne.KeyBackspace: true, fyne.KeyDelete: true,
}

// Labelled sets a caption above a control.
func Labelled(caption string, o fyne.CanvasObject) *fyne.Container {
	return Column(GapTight, NewText(caption, Style{Size: SizeCaption, Tone: Secondary}), o)
}

// Check is a box to tick. Return and Space toggle it; see Deliberate.
type Check struct {
	widget.Check
	// Deliberate leaves Return to the shell: the box answers a question that a
	// habit must not, so only Space and the pointer tick it.
	Deliberate bool

	focused bool
}

// NewCheck makes one.
func NewCheck(label string, changed func(bool)) *Check {
	c := &Check{}
	c.Text = label
	c.OnChanged = changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey implements fyne.Focusable.
func (c *Check) TypedKey(ev *fyne.KeyEvent) {
	back := ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter
	switch {
	case ev.Name == fyne.KeySpace, back && !c.Deliberate:
		if !c.Disabled() {
			c.SetChecked(!c.Checked)
		}
	default:
		HandKey(c, ev)
	}
}

// FocusGained implements fyne.Focusable.
func (c *Check) FocusGained() {
	c.focused = true
	c.Check.FocusGained()
}

// FocusLost implements fyne.Focusable.
func (c *Check) FocusLost() {
	c.focused = false
	c.Check.FocusLost()
}

// CreateRenderer implements fyne.Widget: the toolkit's picture in the ring that
// every control of ours has, since its own halo can hardly be seen.
func (c *Check) CreateRenderer() fyne.WidgetRenderer {
	r := &checkRenderer{WidgetRenderer: c.Check.CreateRenderer(), check: c, ring: canvas.NewRectangle(Colour(Clear))}
	r.ring.StrokeWidth, r.ring.CornerRadius = 2, CornerIn
	r.apply()
	return r
}

type checkRenderer struct {
	fyne.WidgetRenderer
	check *Check
	ring  *canvas.Rectangle
}

func (r *checkRenderer) apply() {
	r.ring.FillColor, r.ring.StrokeColor = Colour(Clear), Colour(Clear)
	if r.check.focused && !r.check.Disabled() {
		r.ring.StrokeColor = Colour(Primary)
	}
}

func (r *checkRenderer) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.ring.Resize(fyne.NewSize(min(size.Width, r.MinSize().Width), size.Height))
}

func (r *checkRenderer) Refresh() {
	r.apply()
	r.WidgetRenderer.Refresh()
	r.Layout(r.check.Size()) // the words may be others
}

func (r *checkRenderer) Objects() []fyne.CanvasObject {
	return append(slices.Clone(r.WidgetRenderer.Objects()), r.ring)
}

// TypedRune implements fyne.Focusable. A space has toggled already.
func (c *Check) TypedRune(r rune) {
	if r != ' ' {
		HandRune(c, r)
	}
}
