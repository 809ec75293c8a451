package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// FilterOption is one way to narrow a list.
type FilterOption struct {
	Icon  IconName
	Tone  Tone
	Label string
	Count int
	Hide  bool // nothing to choose here now
}

// Filter is a line of words with counts, of which one is in force. It is one stop
// of the Tab key: Left and Right choose, and so does a click. OnTapped is told the
// option's place among those given to Set.
type Filter struct {
	widget.BaseWidget
	OnChosen func(int)
	OnKey    func(*fyne.KeyEvent) bool // sees each key first; true keeps it

	options []FilterOption
	chips   []*filterChip
	line    *fyne.Container
	chosen  int
	focused bool
}

// NewFilter makes an empty one.
func NewFilter(chosen func(int)) *Filter {
	f := &Filter{OnChosen: chosen, line: container.New(&flowLayout{gap: GapTight})}
	f.ExtendBaseWidget(f)
	return f
}

// CreateRenderer implements fyne.Widget.
func (f *Filter) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.line) }

// Set shows options, chosen among them. Chips stay as they are where nothing
// changed: counts may move ten times a second.
func (f *Filter) Set(options []FilterOption, chosen int) {
	grew := false
	for len(f.chips) < len(options) {
		c := newFilterChip(f, len(f.chips))
		f.chips = append(f.chips, c)
		f.line.Objects = append(f.line.Objects, c)
		grew = true
	}
	f.options, f.chosen = options, chosen
	for i, c := range f.chips {
		grew = c.set(options[i], i == chosen, f.focused) || grew
	}
	if grew {
		f.line.Refresh()
	}
}

// Chosen gives the option in force.
func (f *Filter) Chosen() int { return f.chosen }

func (f *Filter) choose(i int) {
	Touched(f)
	if i >= 0 && i < len(f.options) && i != f.chosen && !f.options[i].Hide && f.OnChosen != nil {
		f.OnChosen(i)
	}
}

// step chooses the next option to be seen, in a direction.
func (f *Filter) step(n int) {
	for i := f.chosen + n; i >= 0 && i < len(f.options); i += n {
		if !f.options[i].Hide {
			f.choose(i)
			return
		}
	}
}

func (f *Filter) look() { f.Set(f.options, f.chosen) }

// FocusGained implements fyne.Focusable.
func (f *Filter) FocusGained() {
	f.focused = true
	Touched(f)
	f.look()
}

// FocusLost implements fyne.Focusable.
func (f *Filter) FocusLost() {
	f.focused = false
	f.look()
}

// TypedRune implements fyne.Focusable.
func (f *Filter) TypedRune(r rune) { HandRune(f, r) }

// TypedKey implements fyne.Focusable.
func (f *Filter) TypedKey(ev *fyne.KeyEvent) {
	Touched(f)
	if f.OnKey != nil && f.OnKey(ev) {
		return
	}
	switch ev.Name {
	case fyne.KeyLeft, fyne.KeyUp:
		f.step(-1)
	case fyne.KeyRight:
		f.step(1)
	default:
		HandKey(f, ev)
	}
}

// filterChip is one of a Filter's words.
type filterChip struct {
	widget.BaseWidget
	filter  *Filter
	at      int
	box     *Box
	ring    *Box
	icon    *Icon
	word    *Text
	count   *Text
	body    fyne.CanvasObject
	label   string
	number  string
	chosen  bool
	hovered bool
}

func newFilterChip(f *Filter, at int) *filterChip {
	c := &filterChip{
		filter: f, at: at,
		box: NewBox(Surface, Border, CornerIn), ring: NewBox(Clear, Clear, CornerIn-2), icon: NewIcon(IconNone, Secondary, 16),
		word: NewText("", Style{}), count: NewText("", Style{Size: SizeCaption, Tone: Secondary}),
	}
	c.body = container.NewStack(c.box, Inset(2, 2, c.ring), AtLeast(0, 28, Inset(2, Gap, Row(6, c.icon, c.word, c.count))))
	c.ExtendBaseWidget(c)
	return c
}

// set fills the chip and tells whether its width may be another.
func (c *filterChip) set(o FilterOption, chosen, focused bool) (moved bool) {
	number := FormatNumber(o.Count)
	if o.Hide == c.Visible() {
		moved = true
		if o.Hide {
			c.Hide()
		} else {
			c.Show()
		}
	}
	moved = moved || o.Label != c.label || len(number) != len(c.number) || chosen != c.chosen
	c.label, c.number, c.chosen = o.Label, number, chosen
	tone := o.Tone
	if tone == "" {
		tone = Secondary
	}
	c.icon.Set(o.Icon, tone)
	c.word.Set(o.Label)
	c.count.Set(number)
	c.paint(focused)
	return moved
}

func (c *filterChip) paint(focused bool) {
	fill, line, ink, ring := Surface, Border, Ink, Clear
	switch {
	case c.chosen:
		fill, line, ink = PrimarySoft, Primary, Primary
	case c.hovered:
		fill = Hover
	}
	if c.chosen && focused {
		ring = Primary
	}
	c.box.Set(fill, line)
	c.ring.Set(Clear, ring)
	c.word.SetStyle(Style{Bold: c.chosen, Tone: ink})
}

// CreateRenderer implements fyne.Widget.
func (c *filterChip) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.body) }

// Tapped implements fyne.Tappable.
func (c *filterChip) Tapped(*fyne.PointEvent) { c.filter.choose(c.at) }

// MouseIn implements desktop.Hoverable.
func (c *filterChip) MouseIn(*desktop.MouseEvent) {
	c.hovered = true
	Touched(c)
	c.paint(c.filter.focused)
}

// MouseMoved implements desktop.Hoverable.
func (c *filterChip) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (c *filterChip) MouseOut() {
	c.hovered = false
	c.paint(c.filter.focused)
}

// Cursor implements desktop.Cursorable.
func (c *filterChip) Cursor() desktop.Cursor { return desktop.PointerCursor }

// flowLayout sets objects side by side and goes on in a new line where there is no
// more room. Its height is known once it has been laid out in a width.
type flowLayout struct {
	gap   float32
	width float32
	lines int
}

// Layout implements fyne.Layout.
func (l *flowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	x, y, high := float32(0), float32(0), float32(0)
	l.lines = 1
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if x > 0 && x+m.Width > size.Width {
			x, y = 0, y+high+l.gap
			l.lines++
		}
		o.Move(fyne.NewPos(x, y))
		o.Resize(m)
		x += m.Width + l.gap
		high = max(high, m.Height)
	}
}

// MinSize implements fyne.Layout.
func (l *flowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.Size{}
	x, lines := float32(0), 1
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		size = size.Max(m)
		if l.width > 0 && x > 0 && x+m.Width > l.width {
			x = 0
			lines++
		}
		x += m.Width + l.gap
	}
	size.Height = size.Height*float32(lines) + l.gap*float32(lines-1)
	return size
}
