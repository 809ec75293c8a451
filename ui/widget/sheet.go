package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Sheet is one matter put in front of the page until it is settled: it dims the
// page, keeps the focus and the keys, and goes away at Escape.
type Sheet struct {
	Title   string
	Content fyne.CanvasObject
	Actions []*Button // lower right, the one to take last
	Width   float32   // 0: 560
	Height  float32   // 0: what the content needs
	First   fyne.Focusable
	OnKey   func(*fyne.KeyEvent) bool // keys that nothing inside used; true keeps it
	// Return, when set, is what Return does where no control uses it, and Ctrl+Return everywhere.
	Return func()
	// Chord, when set, is what Ctrl+Return does in the place of Return.
	Chord func()
	// Shortcuts of the sheet, with modifiers; the window's are asleep meanwhile.
	Shortcuts []Shortcut
	// OnClose is called once when the sheet goes, however it goes.
	OnClose func()
	// Locked keeps Escape and the pointer outside from closing it.
	Locked bool

	canvas  fyne.Canvas
	overlay *sheetOverlay
	foot    *fyne.Container // the actions
	keys    func(*fyne.KeyEvent)
	runes   func(rune)
	before  fyne.Focusable
}

// Open puts the sheet in front of everything on c. It is for the shell and for
// tests; pages ask the shell.
func (s *Sheet) Open(c fyne.Canvas) {
	if s.canvas != nil {
		return
	}
	s.canvas = c
	s.before = c.Focused()
	s.keys, s.runes = c.OnTypedKey(), c.OnTypedRune()
	s.overlay = newSheetOverlay(s)
	c.Overlays().Add(s.overlay)
	s.overlay.Resize(c.Size())
	c.SetOnTypedKey(s.typedKey)
	c.SetOnTypedRune(func(rune) {})
	if s.First != nil {
		c.Focus(s.First)
	} else {
		c.FocusNext()
	}
}

// FitActions gives the actions the widths of the words that they have by now.
func (s *Sheet) FitActions() {
	if s.foot != nil {
		s.foot.Refresh()
	}
}

// IsOpen tells whether the sheet is in front.
func (s *Sheet) IsOpen() bool { return s.canvas != nil }

// Close takes the sheet away and gives focus and keys back.
func (s *Sheet) Close() {
	if s.canvas == nil {
		return
	}
	c := s.canvas
	s.canvas = nil
	c.Overlays().Remove(s.overlay)
	c.SetOnTypedKey(s.keys)
	c.SetOnTypedRune(s.runes)
	if s.before != nil {
		c.Focus(s.before)
	}
	if s.OnClose != nil {
		s.OnClose()
	}
}

func (s *Sheet) typedKey(ev *fyne.KeyEvent) {
	if s.OnKey != nil && s.OnKey(ev) {
		return
	}
	switch ev.Name {
	case fyne.KeyEscape:
		if !s.Locked {
			s.Close()
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		if s.Return != nil {
			s.Return()
		}
	}
}

// TypedShortcut is called by the shell with shortcuts that arrive while the
// sheet is in front; it reports whether one was used.
func (s *Sheet) TypedShortcut(k Keys) bool {
	if k == Ctrl(fyne.KeyReturn) {
		switch {
		case s.Chord != nil:
			s.Chord()
			return true
		case s.Return != nil:
			s.Return()
			return true
		}
	}
	for _, sc := range s.Shortcuts {
		if sc.Matches(k) {
			sc.Do()
			return true
		}
	}
	return false
}

// sheetOverlay is the sheet's picture: a scrim over the window and the panel.
type sheetOverlay struct {
	widget.BaseWidget
	sheet *Sheet
	panel *fyne.Container
}

func newSheetOverlay(s *Sheet) *sheetOverlay {
	o := &sheetOverlay{sheet: s}
	closer := NewIconButton(IconClose, "", s.Close)
	if s.Locked {
		closer.Hide()
	}
	head := Sides(Gap, nil, NewText(s.Title, Style{Size: SizeTitle, Bold: true, Truncate: true}), closer)
	var foot fyne.CanvasObject
	if len(s.Actions) > 0 {
		buttons := []fyne.CanvasObject{Flexible()}
		for _, b := range s.Actions {
			buttons = append(buttons, b)
		}
		s.foot = Row(Gap, buttons...)
		foot = s.foot
	}
	o.panel = container.NewStack(NewBox(Surface, Line, Corner), Inset(GapWide, GapPage, Stacked(GapWide, head, s.Content, foot)))
	o.ExtendBaseWidget(o)
	return o
}

// Sheet gives the sheet that an overlay of the canvas shows, nil for another
// kind of overlay.
func SheetOf(overlay fyne.CanvasObject) *Sheet {
	if o, ok := overlay.(*sheetOverlay); ok {
		return o.sheet
	}
	return nil
}

// Tapped implements fyne.Tappable: the page behind is out of reach.
func (o *sheetOverlay) Tapped(*fyne.PointEvent) {}

// CreateRenderer implements fyne.Widget.
func (o *sheetOverlay) CreateRenderer() fyne.WidgetRenderer {
	return &sheetRenderer{overlay: o, scrim: canvas.NewRectangle(Colour(Scrim))}
}

type sheetRenderer struct {
	overlay *sheetOverlay
	scrim   *canvas.Rectangle
}

func (r *sheetRenderer) Layout(size fyne.Size) {
	r.scrim.Resize(size)
	s := r.overlay.sheet
	width, height := s.Width, s.Height
	if width == 0 {
		width = 560
	}
	width = min(max(width, r.overlay.panel.MinSize().Width), size.Width-2*GapWide)
	r.overlay.panel.Resize(fyne.NewSize(width, r.overlay.panel.MinSize().Height)) // wrapped text settles its height
	if height == 0 {
		height = r.overlay.panel.MinSize().Height
	}
	height = min(height, size.Height-2*GapWide)
	r.overlay.panel.Resize(fyne.NewSize(width, height))
	r.overlay.panel.Move(fyne.NewPos((size.Width-width)/2, max((size.Height-height)/2.4, GapWide)))
}

func (r *sheetRenderer) MinSize() fyne.Size { return fyne.Size{} }

func (r *sheetRenderer) Refresh() {
	r.scrim.FillColor = Colour(Scrim)
	r.scrim.Refresh()
	r.Layout(r.overlay.Size())
	r.overlay.panel.Refresh()
}

func (r *sheetRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.scrim, r.overlay.panel}
}
func (r *sheetRenderer) Destroy() {}
