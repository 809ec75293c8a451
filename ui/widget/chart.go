package widget

import (
	"math"
	"time"

	"carnet/client/curve"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// ChartMark is how a point looks, so that who wrote it and whether it is as it
// was written can be told without colours.
type ChartMark struct {
	Square bool // else round
	Hollow bool
}

// ChartPoint is one moment of a chart, with a value for each of its lines.
type ChartPoint struct {
	At     time.Time
	Values [2]float64 // NaN: none
	Mark   ChartMark
}

// ChartLine is one of the lines of a chart: its name, and the limits of what is
// usual (NaN: none).
type ChartLine struct {
	Name      string
	Low, High float64
}

// ChartLegend says what a mark means.
type ChartLegend struct {
	Mark ChartMark
	Word string
}

// ChartData is what a chart shows.
type ChartData struct {
	Points []ChartPoint // by their moments, the oldest first
	Lines  []ChartLine  // one or two
	Unit   string       // stands at the axis of values
	Legend []ChartLegend
	Say    func(point int) string // a point in words: value, date, author
	Zone   *time.Location
}

// Chart draws measures over time: one line or two, what is usual, a mark for
// each measure. Left and Right move from measure to measure, Home and End go to
// the ends, + and − zoom, PageUp and PageDown shift, 0 shows all; the wheel
// zooms, dragging shifts, the pointer shows what is near. The measure that is
// chosen is said in words above; a table beside the chart, which the page
// makes, holds the same numbers. Zooming is quick with ten thousand points:
// only what a column of pixels can show of them is drawn (curve.Columns).
type Chart struct {
	widget.BaseWidget
	OnSelect   func(point int)          // another point was chosen by key or pointer
	OnActivate func(point int)          // Return on the chosen point
	OnZoom     func(from, to time.Time) // the stretch shown became another by key or pointer

	data   ChartData
	series []curve.Series
	gap    int64
	whole  curve.Window // of all points, or wider: see SetPeriod
	window curve.Window
	chosen int // -1: none
	hover  int // -1: none

	focused bool
	drawn   *chartRenderer
}

// NewChart makes an empty chart.
func NewChart() *Chart {
	c := &Chart{chosen: -1, hover: -1}
	c.ExtendBaseWidget(c)
	return c
}

// Set shows other data, whole; the newest point is the chosen one.
func (c *Chart) Set(d ChartData) {
	if d.Zone == nil {
		d.Zone = time.UTC
	}
	c.data, c.hover = d, -1
	at := make([]int64, len(d.Points))
	c.series = make([]curve.Series, len(d.Lines))
	for i, p := range d.Points {
		at[i] = p.At.Unix()
		for l := range c.series {
			c.series[l].Values = append(c.series[l].Values, p.Values[l])
		}
	}
	for l := range c.series {
		c.series[l].At = at
	}
	c.gap = curve.Gap(at)
	c.whole = curve.Whole(at)
	c.window = c.whole
	c.chosen = len(d.Points) - 1
	c.Refresh()
}

// SetPeriod shows a stretch of time, which may be longer than what was measured.
func (c *Chart) SetPeriod(from, to time.Time) {
	c.whole = curve.Whole(c.moments())
	c.window = curve.Window{From: from.Unix(), To: to.Unix()}
	c.whole = curve.Window{From: min(c.whole.From, c.window.From), To: max(c.whole.To, c.window.To)}
	c.Refresh()
}

// Period gives the stretch that is shown.
func (c *Chart) Period() (from, to time.Time) {
	return time.Unix(c.window.From, 0).In(c.data.Zone), time.Unix(c.window.To, 0).In(c.data.Zone)
}

// Chosen gives the chosen point, -1 when there is none.
func (c *Chart) Chosen() int { return c.chosen }

// Choose makes a point the chosen one and brings it into view; OnSelect is not
// called.
func (c *Chart) Choose(point int) {
	if point < 0 || point >= len(c.data.Points) {
		return
	}
	c.chosen, c.hover = point, -1
	c.window = c.window.Show(c.data.Points[point].At.Unix(), c.whole)
	c.Refresh()
}

// Said gives the words of the point that is pointed at, else of the chosen one.
func (c *Chart) Said() string {
	i := c.pointed()
	if i < 0 || c.data.Say == nil {
		return ""
	}
	return c.data.Say(i)
}

// pointed is the point under the pointer, else the chosen one.
func (c *Chart) pointed() int {
	if c.hover >= 0 {
		return c.hover
	}
	return c.chosen
}

func (c *Chart) moments() []int64 {
	if len(c.series) == 0 {
		return nil
	}
	return c.series[0].At
}

// step moves the choice by so many points.
func (c *Chart) step(n int) {
	if len(c.data.Points) > 0 {
		c.choose(min(max(c.chosen+n, 0), len(c.data.Points)-1))
	}
}

// choose is Choose by key or pointer.
func (c *Chart) choose(point int) {
	if point < 0 || point >= len(c.data.Points) {
		return
	}
	before, window := c.chosen, c.window
	c.Choose(point)
	if c.chosen != before && c.OnSelect != nil {
		c.OnSelect(c.chosen)
	}
	if c.window != window {
		c.zoomed()
	}
}

// zoom shows factor times the stretch around a moment.
func (c *Chart) zoom(factor float64, at int64) {
	c.move(c.window.Zoom(factor, at, c.whole))
}

// shift moves the stretch by a share of its length.
func (c *Chart) shift(share float64) {
	c.move(c.window.Shift(int64(share*float64(c.window.Length())), c.whole))
}

func (c *Chart) move(w curve.Window) {
	if w == c.window || len(c.data.Points) == 0 {
		return
	}
	c.window = w
	c.Refresh()
	c.zoomed()
}

func (c *Chart) zoomed() {
	if c.OnZoom != nil {
		c.OnZoom(c.Period())
	}
}

// around is the moment that keys zoom at: the chosen point while it is in view.
func (c *Chart) around() int64 {
	if c.chosen >= 0 && c.chosen < len(c.data.Points) {
		if at := c.data.Points[c.chosen].At.Unix(); at >= c.window.From && at <= c.window.To {
			return at
		}
	}
	return c.window.From + c.window.Length()/2
}

// zoomStep is what one key or one notch of the wheel zooms.
const zoomStep = 0.7

// TypedKey implements fyne.Focusable.
func (c *Chart) TypedKey(ev *fyne.KeyEvent) {
	Touched(c)
	switch ev.Name {
	case fyne.KeyLeft:
		c.step(-1)
	case fyne.KeyRight:
		c.step(1)
	case fyne.KeyHome:
		c.choose(0)
	case fyne.KeyEnd:
		c.choose(len(c.data.Points) - 1)
	case fyne.KeyPageUp:
		c.shift(-0.5)
	case fyne.KeyPageDown:
		c.shift(0.5)
	case fyne.KeyReturn, fyne.KeyEnter:
		if c.chosen < 0 || c.OnActivate == nil {
			HandKey(c, ev)
			return
		}
		c.OnActivate(c.chosen)
	default:
		HandKey(c, ev)
	}
}

// TypedRune implements fyne.Focusable.
func (c *Chart) TypedRune(r rune) {
	switch r {
	case '+', '=': // the same key, with Shift or without
		c.zoom(zoomStep, c.around())
	case '-', '−':
		c.zoom(1/zoomStep, c.around())
	case '0', 'à':
		c.move(c.whole)
	default:
		HandRune(c, r)
	}
}

// FocusGained implements fyne.Focusable.
func (c *Chart) FocusGained() {
	c.focused = true
	Touched(c)
	c.Refresh()
}

// FocusLost implements fyne.Focusable.
func (c *Chart) FocusLost() {
	c.focused = false
	c.Refresh()
}

// Tapped implements fyne.Tappable: the nearest point becomes the chosen one.
func (c *Chart) Tapped(ev *fyne.PointEvent) {
	if cv := canvasOf(c); cv != nil {
		cv.Focus(c)
	}
	c.choose(c.near(ev.Position))
}

// Scrolled implements fyne.Scrollable: the wheel zooms at the pointer, and
// shifts when it turns sideways.
func (c *Chart) Scrolled(ev *fyne.ScrollEvent) {
	switch {
	case ev.Scrolled.DX != 0:
		c.shift(float64(-ev.Scrolled.DX) / 400)
	case ev.Scrolled.DY > 0:
		c.zoom(zoomStep, c.moment(ev.Position.X))
	case ev.Scrolled.DY < 0:
		c.zoom(1/zoomStep, c.moment(ev.Position.X))
	}
}

// Dragged implements fyne.Draggable.
func (c *Chart) Dragged(ev *fyne.DragEvent) {
	if width := c.plot().width; width > 0 {
		c.shift(float64(-ev.Dragged.DX / width))
	}
}

// DragEnd implements fyne.Draggable.
func (c *Chart) DragEnd() {}

// MouseIn implements desktop.Hoverable.
func (c *Chart) MouseIn(ev *desktop.MouseEvent) { c.MouseMoved(ev) }

// MouseMoved implements desktop.Hoverable: what is near is said.
func (c *Chart) MouseMoved(ev *desktop.MouseEvent) { c.point(c.near(ev.Position)) }

// MouseOut implements desktop.Hoverable.
func (c *Chart) MouseOut() { c.point(-1) }

// point shows a point as the one pointed at, and draws nothing else anew.
func (c *Chart) point(i int) {
	if i == c.hover {
		return
	}
	c.hover = i
	if c.drawn != nil {
		c.drawn.showPointed()
		canvas.Refresh(c)
	}
}

// near finds the point in view that is nearest to a position sideways, and of
// those of one moment the nearest in height; -1 when there is none.
func (c *Chart) near(at fyne.Position) int {
	moments := c.moments()
	first, end := curve.Seen(moments, c.window)
	i := curve.Nearest(moments[first:end], c.moment(at.X))
	if i < 0 {
		return -1
	}
	best, distance := first+i, float32(math.MaxFloat32)
	p := c.plot()
	for k := first + i; k < end && moments[k] == moments[first+i]; k++ {
		for l := range c.series {
			v := c.series[l].Values[k]
			if math.IsNaN(v) {
				continue
			}
			if d := float32(math.Abs(float64(p.y(v) - at.Y))); d < distance {
				best, distance = k, d
			}
		}
	}
	return best
}

// moment gives the time at a place of the widget.
func (c *Chart) moment(x float32) int64 {
	p := c.plot()
	if p.width <= 0 {
		return c.window.From
	}
	return c.window.From + int64(float64(x-p.left)/float64(p.width)*float64(c.window.Length()))
}
