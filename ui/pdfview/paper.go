package pdfview

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	basewidget "fyne.io/fyne/v2/widget"

	"carnet/ui/widget"
)

// maxMarks bounds the highlights drawn on one page.
const maxMarks = 400

// surface is what the paper tells about; View is one.
type surface interface {
	resized(w, h float64)
	scrolled(dx, dy float64)
	key(name fyne.KeyName, shift bool) bool
	char(r rune)
	copy()
	selected(*box) // in screen units; nil for none
}

// paper is the surface on which the page lies: it draws the page, the
// highlights and the selection, and hands on what the keys and the pointer do.
type paper struct {
	basewidget.BaseWidget
	to surface

	g         geometry
	picture   image.Image // nil while the page is not drawn yet
	marks     []box       // highlights, in points
	current   []box       // the highlight that one stands on
	selection *box        // in screen units
	blank     bool        // nothing is shown
	focused   bool
	from      *place // where the pointer began to drag
}

func newPaper(to surface) *paper {
	p := &paper{to: to, blank: true}
	p.ExtendBaseWidget(p)
	return p
}

// Scrolled implements fyne.Scrollable.
func (p *paper) Scrolled(ev *fyne.ScrollEvent) {
	widget.Touched(p)
	p.to.scrolled(-float64(ev.Scrolled.DX), -float64(ev.Scrolled.DY))
}

// Tapped implements fyne.Tappable: the keys are for the paper now, and the
// selection goes.
func (p *paper) Tapped(*fyne.PointEvent) {
	if c := canvasOf(p); c != nil {
		c.Focus(p)
	}
	p.to.selected(nil)
}

// Dragged implements fyne.Draggable: it selects a rectangle.
func (p *paper) Dragged(ev *fyne.DragEvent) {
	widget.Touched(p)
	at := place{float64(ev.Position.X), float64(ev.Position.Y)}
	if p.from == nil {
		p.from = &place{at.x - float64(ev.Dragged.DX), at.y - float64(ev.Dragged.DY)}
	}
	b := ordered(box{p.from.x, p.from.y, at.x, at.y})
	p.to.selected(&b)
}

// DragEnd implements fyne.Draggable.
func (p *paper) DragEnd() { p.from = nil }

// Cursor implements desktop.Cursorable.
func (p *paper) Cursor() desktop.Cursor {
	if p.blank {
		return desktop.DefaultCursor
	}
	return desktop.CrosshairCursor
}

// FocusGained implements fyne.Focusable.
func (p *paper) FocusGained() { p.focused = true; p.Refresh() }

// FocusLost implements fyne.Focusable.
func (p *paper) FocusLost() { p.focused = false; p.Refresh() }

// TypedRune implements fyne.Focusable.
func (p *paper) TypedRune(r rune) { p.to.char(r) }

// ownChars are the keys that arrive again as characters, where the keyboard's
// layout is known.
var ownChars = map[fyne.KeyName]bool{
	fyne.KeyPlus: true, fyne.KeyMinus: true, fyne.KeyEqual: true, fyne.Key0: true, fyne.KeyR: true, fyne.KeyN: true, fyne.Key6: true,
}

// TypedKey implements fyne.Focusable.
func (p *paper) TypedKey(ev *fyne.KeyEvent) {
	widget.Touched(p)
	if ownChars[ev.Name] {
		return
	}
	shift := false
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		shift = d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
	}
	if !p.to.key(ev.Name, shift) {
		widget.HandKey(p, ev)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (p *paper) TypedShortcut(s fyne.Shortcut) {
	if _, ok := s.(*fyne.ShortcutCopy); ok {
		p.to.copy()
		return
	}
	widget.HandShortcut(p, s)
}

// CreateRenderer implements fyne.Widget.
func (p *paper) CreateRenderer() fyne.WidgetRenderer {
	r := &paperRenderer{
		paper: p,
		desk:  canvas.NewRectangle(widget.Colour(widget.Window)),
		sheet: canvas.NewRectangle(widget.Colour(widget.Surface)),
		image: canvas.NewImageFromImage(nil),
		drag:  canvas.NewRectangle(widget.Colour(widget.Clear)),
		ring:  canvas.NewRectangle(widget.Colour(widget.Clear)),
	}
	r.image.FillMode, r.image.ScaleMode = canvas.ImageFillStretch, canvas.ImageScaleFastest
	r.Refresh()
	return r
}

type paperRenderer struct {
	paper       *paper
	desk, sheet *canvas.Rectangle
	image       *canvas.Image
	marks       []*canvas.Rectangle
	drag, ring  *canvas.Rectangle
	shown       image.Image
}

func (r *paperRenderer) MinSize() fyne.Size { return fyne.NewSize(160, 120) }
func (r *paperRenderer) Destroy()           {}

func (r *paperRenderer) Layout(s fyne.Size) {
	r.desk.Resize(s)
	r.ring.Resize(s)
	r.paper.to.resized(float64(s.Width), float64(s.Height))
	r.place()
}

func (r *paperRenderer) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.desk, r.sheet, r.image}
	for _, m := range r.marks {
		out = append(out, m)
	}
	return append(out, r.drag, r.ring)
}

func (r *paperRenderer) Refresh() {
	p := r.paper
	r.desk.FillColor = widget.Colour(widget.Window)
	// Paper is white in the dark too: it is the document, not the application.
	r.sheet.FillColor, r.sheet.StrokeColor, r.sheet.StrokeWidth = paperWhite, widget.Colour(widget.Line), 1
	r.ring.StrokeColor, r.ring.StrokeWidth = widget.Colour(widget.Clear), 2
	if p.focused {
		r.ring.StrokeColor = widget.Colour(widget.Primary)
	}
	r.drag.FillColor, r.drag.StrokeColor, r.drag.StrokeWidth = selectFill, widget.Colour(widget.Primary), 1
	r.refreshMarks()
	r.place()
	if r.shown != p.picture {
		r.shown = p.picture
		r.image.Image = p.picture
		r.image.Refresh()
	}
	canvas.Refresh(p)
}

// refreshMarks makes as many rectangles as there are highlights.
func (r *paperRenderer) refreshMarks() {
	p := r.paper
	n := min(len(p.marks)+len(p.current), maxMarks)
	for len(r.marks) < n {
		r.marks = append(r.marks, canvas.NewRectangle(markFill))
	}
	r.marks = r.marks[:n]
	for i, m := range r.marks {
		m.FillColor, m.StrokeWidth, m.StrokeColor = markFill, 0, widget.Colour(widget.Clear)
		if i >= len(p.marks) {
			m.FillColor, m.StrokeWidth, m.StrokeColor = markNow, 1.5, markLine
		}
	}
}

// place puts everything where the geometry says.
func (r *paperRenderer) place() {
	p := r.paper
	visible := !p.blank && len(p.g.sizes) > 0
	setVisible(visible, r.sheet)
	setVisible(visible && p.picture != nil, r.image)
	setVisible(visible && p.selection != nil, r.drag)
	if !visible {
		for _, m := range r.marks {
			m.Hide()
		}
		return
	}
	o, s := p.g.origin(), p.g.shown()
	on := box{o.x, o.y, o.x + s.w, o.y + s.h}
	put(r.sheet, box{on.left - 1, on.top - 1, on.right + 1, on.bottom + 1})
	put(r.image, on)
	for i, m := range r.marks {
		b := p.current
		at := i - len(p.marks)
		if i < len(p.marks) {
			b, at = p.marks, i
		}
		m.Show()
		put(m, p.g.onScreen(widen(b[at])))
	}
	if p.selection != nil {
		put(r.drag, *p.selection)
	}
}

// widen gives a highlight a little air: PDFium's boxes touch the letters.
func widen(b box) box {
	air := (b.bottom - b.top) * 0.15
	return box{b.left - 1, b.top - air, b.right + 1, b.bottom + air}
}

func put(o fyne.CanvasObject, b box) {
	o.Move(fyne.NewPos(float32(b.left), float32(b.top)))
	o.Resize(fyne.NewSize(float32(b.right-b.left), float32(b.bottom-b.top)))
}

func setVisible(visible bool, o fyne.CanvasObject) {
	if visible {
		o.Show()
		return
	}
	o.Hide()
}

func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	if app := fyne.CurrentApp(); app != nil {
		return app.Driver().CanvasForObject(o)
	}
	return nil
}
