package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// Column stacks objects with gap points between them.
func Column(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(gap), objects...)
}

// Row sets objects side by side with gap points between them, each as high as
// the row.
func Row(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedHBoxLayout(gap), objects...)
}

// Inset puts space around an object: vertical above and below, horizontal at
// both sides.
func Inset(vertical, horizontal float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(vertical, vertical, horizontal, horizontal), o)
}

// Sides puts left and right at the ends of a line and centre between them; any
// may be nil.
func Sides(gap float32, left, centre, right fyne.CanvasObject) *fyne.Container {
	return container.New(&sidesLayout{gap: gap, left: left, centre: centre, right: right}, present(left, centre, right)...)
}

// Stacked puts top and bottom at the ends of a column and middle between them;
// any may be nil.
func Stacked(gap float32, top, middle, bottom fyne.CanvasObject) *fyne.Container {
	return container.New(&sidesLayout{gap: gap, left: top, centre: middle, right: bottom, down: true}, present(top, middle, bottom)...)
}

// Flexible is a space that pushes its neighbours apart in a Row or Column.
func Flexible() fyne.CanvasObject { return layout.NewSpacer() }

// Space is an empty object of a size.
func Space(width, height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(Colour(Clear))
	r.SetMinSize(fyne.NewSize(width, height))
	return r
}

// AtLeast gives an object a least size; 0 leaves a side as it is.
func AtLeast(width, height float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&sizeLayout{least: fyne.NewSize(width, height)}, o)
}

// Width gives an object exactly this width, so that columns of rows stand under
// each other.
func Width(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&sizeLayout{least: fyne.NewSize(width, 0), exact: true}, o)
}

// Middle puts an object in the middle of its space, at its own size but at most
// as wide as width (0: no limit).
func Middle(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&middleLayout{width: width}, o)
}

func present(objects ...fyne.CanvasObject) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, o := range objects {
		if o != nil {
			out = append(out, o)
		}
	}
	return out
}

// sidesLayout is the toolkit's border layout with a gap of ours, for one
// direction.
type sidesLayout struct {
	gap                 float32
	left, centre, right fyne.CanvasObject
	down                bool
}

func (l *sidesLayout) along(s fyne.Size) float32 {
	if l.down {
		return s.Height
	}
	return s.Width
}

func (l *sidesLayout) place(o fyne.CanvasObject, from, length float32, size fyne.Size) {
	if l.down {
		o.Move(fyne.NewPos(0, from))
		o.Resize(fyne.NewSize(size.Width, length))
		return
	}
	o.Move(fyne.NewPos(from, 0))
	o.Resize(fyne.NewSize(length, size.Height))
}

func shown(o fyne.CanvasObject) bool { return o != nil && o.Visible() }

// Layout implements fyne.Layout.
func (l *sidesLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	start, end := float32(0), l.along(size)
	if shown(l.left) {
		length := l.along(l.left.MinSize())
		l.place(l.left, 0, length, size)
		start = length + l.gap
	}
	if shown(l.right) {
		length := l.along(l.right.MinSize())
		l.place(l.right, end-length, length, size)
		end -= length + l.gap
	}
	if shown(l.centre) {
		l.place(l.centre, start, max(end-start, 0), size)
	}
}

// MinSize implements fyne.Layout.
func (l *sidesLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var along, across float32
	n := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		along += l.along(m)
		across = max(across, m.Width+m.Height-l.along(m))
		n++
	}
	along += l.gap * float32(max(n-1, 0))
	if l.down {
		return fyne.NewSize(across, along)
	}
	return fyne.NewSize(along, across)
}

type sizeLayout struct {
	least fyne.Size
	exact bool // the width is the width, whatever the content wants
}

// Layout implements fyne.Layout.
func (l *sizeLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

// MinSize implements fyne.Layout.
func (l *sizeLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := l.least
	for _, o := range objects {
		m := o.MinSize()
		size.Height = max(size.Height, m.Height)
		if !l.exact {
			size.Width = max(size.Width, m.Width)
		}
	}
	return size
}

type middleLayout struct{ width float32 }

// Layout implements fyne.Layout.
func (l *middleLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		width := o.MinSize().Width
		if l.width > 0 {
			width = min(l.width, size.Width)
		}
		o.Resize(fyne.NewSize(width, o.MinSize().Height))
		height := min(o.MinSize().Height, size.Height) // wrapped text has its height once it has its width
		o.Resize(fyne.NewSize(width, height))
		o.Move(fyne.NewPos((size.Width-width)/2, (size.Height-height)/2))
	}
}

// MinSize implements fyne.Layout.
func (l *middleLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		size = size.Max(o.MinSize())
	}
	return size
}

// Box is a rectangle that follows the theme, to stand behind things.
type Box struct {
	widget.BaseWidget
	fill, line Tone
	corner     float32
	drawn      inForce
}

// NewBox makes a rectangle filled with fill and bordered with line (Clear for
// none).
func NewBox(fill, line Tone, corner float32) *Box {
	b := &Box{fill: fill, line: line, corner: corner}
	b.ExtendBaseWidget(b)
	return b
}

// Set changes the tones.
func (b *Box) Set(fill, line Tone) {
	if b.fill == fill && b.line == line && b.drawn == lookNow() {
		return
	}
	b.fill, b.line = fill, line
	b.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (b *Box) CreateRenderer() fyne.WidgetRenderer {
	r := &boxRenderer{box: b, rect: canvas.NewRectangle(Colour(b.fill))}
	r.apply()
	return r
}

type boxRenderer struct {
	box  *Box
	rect *canvas.Rectangle
}

func (r *boxRenderer) apply() {
	r.box.drawn = lookNow()
	r.rect.FillColor = Colour(r.box.fill)
	r.rect.StrokeColor = Colour(r.box.line)
	r.rect.StrokeWidth = 0
	if r.box.line != Clear && r.box.line != "" {
		r.rect.StrokeWidth = 1
	}
	r.rect.CornerRadius = r.box.corner
}

func (r *boxRenderer) Layout(size fyne.Size) { r.rect.Resize(size) }
func (r *boxRenderer) MinSize() fyne.Size    { return fyne.Size{} }

func (r *boxRenderer) Refresh() {
	r.apply()
	r.rect.Refresh()
}

func (r *boxRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect} }
func (r *boxRenderer) Destroy()                     {}

// Panel is a surface with a line around it, 8-point corners and pad points of
// space inside.
func Panel(pad float32, content fyne.CanvasObject) *fyne.Container {
	return container.NewStack(NewBox(Surface, Line, Corner), Inset(pad, pad, content))
}

// Rule is a one-point line across its space.
func Rule() fyne.CanvasObject { return AtLeast(1, 1, NewBox(Line, Clear, 0)) }
