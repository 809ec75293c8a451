package widget

import (
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"carnet/client/curve"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// chartPlot is where the lines are within the widget, and what its edges mean.
type chartPlot struct {
	left, top, width, height float32
	window                   curve.Window
	low, high                float64
}

func (p chartPlot) x(at int64) float32 {
	return p.left + float32(float64(at-p.window.From)/float64(max(p.window.Length(), 1)))*p.width
}

func (p chartPlot) y(v float64) float32 {
	return p.top + float32((p.high-v)/(p.high-p.low))*p.height
}

// within tells whether a height is one of the plot's.
func (p chartPlot) within(y float32) bool { return y >= p.top && y <= p.top+p.height }

// bounds gives the limits of all lines, as far as there are any.
func (c *Chart) bounds() []float64 {
	var out []float64
	for _, l := range c.data.Lines {
		for _, v := range []float64{l.Low, l.High} {
			if !math.IsNaN(v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// plot lays the chart out: words above, values at the left, dates and the legend
// below, the rest is for the lines.
func (c *Chart) plot() chartPlot {
	size, line := c.Size(), sizeOf(SizeCaption)*1.5
	p := chartPlot{window: c.window}
	low, high, ok := curve.Span(c.series, c.window, c.bounds()...)
	if !ok {
		low, high, _ = curve.Span(c.series, curve.Whole(c.moments()), c.bounds()...)
	}
	p.low, p.high = low, high
	p.top = sizeOf(SizeBody)*1.5 + line*1.5 + Gap // the highest mark of values stands half above the plot
	p.height = max(size.Height-p.top-2*line-2*Gap, 1)
	widest, names := float32(0), float32(0)
	for _, v := range append(c.valueMarks(p), c.limitMarks(p)...) {
		widest = max(widest, captionWidth(v.word))
	}
	if len(c.data.Lines) > 1 {
		for _, l := range c.data.Lines {
			names = max(names, captionWidth(l.Name))
		}
	}
	p.left = Gap + widest + Gap
	p.width = max(size.Width-p.left-names-GapWide, 1)
	return p
}

type chartMark struct {
	value float64
	word  string
}

// valueMarks gives the marks of the axis of values.
func (c *Chart) valueMarks(p chartPlot) []chartMark {
	values, decimals := curve.Ticks(p.low, p.high, max(int(p.height/(sizeOf(SizeCaption)*2.6)), 2))
	out := make([]chartMark, len(values))
	for i, v := range values {
		out[i] = chartMark{v, FormatDecimal(v, decimals)}
	}
	return out
}

// limitMarks gives the limits of what is usual, as far as they are in view.
func (c *Chart) limitMarks(p chartPlot) []chartMark {
	var out []chartMark
	for _, v := range c.bounds() {
		if p.within(p.y(v)) {
			out = append(out, chartMark{v, FormatDecimal(v, decimalsOf(v))})
		}
	}
	return out
}

// dateMarks gives the marks of the axis of time.
func (c *Chart) dateMarks(p chartPlot) ([]time.Time, curve.Step) {
	return curve.Dates(p.window, c.data.Zone, max(int(p.width/(sizeOf(SizeCaption)*6.5)), 2))
}

// FormatDecimal writes a number of an axis with so many decimals: "72,5".
func FormatDecimal(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if english() {
		return s
	}
	if whole := strings.TrimPrefix(s, "-"); decimals == 0 && len(whole) > 4 {
		return FormatNumber(int(v))
	}
	return strings.Replace(s, ".", ",", 1)
}

// dateWord writes a mark of the axis of time; the year stands where it is new.
func dateWord(t time.Time, step curve.Step, before *time.Time) string {
	newYear := before == nil || before.Year() != t.Year()
	switch step {
	case curve.Years:
		return strconv.Itoa(t.Year())
	case curve.Months:
		if newYear {
			return month(t) + Nbsp + strconv.Itoa(t.Year())
		}
		return month(t)
	case curve.Days:
		if newYear {
			return FormatDate(t)
		}
		return FormatDay(t, t)
	}
	if before == nil || before.YearDay() != t.YearDay() || newYear {
		return FormatDay(t, t) + " " + FormatTime(t)
	}
	return FormatTime(t)
}

func captionWidth(s string) float32 {
	return fyne.MeasureText(s, sizeOf(SizeCaption), fyne.TextStyle{}).Width
}

// CreateRenderer implements fyne.Widget.
func (c *Chart) CreateRenderer() fyne.WidgetRenderer {
	r := &chartRenderer{chart: c, said: NewText("", Style{Bold: true, Truncate: true})}
	r.raster = canvas.NewRaster(r.paint)
	r.ring = canvas.NewRectangle(color.Transparent)
	r.guide = canvas.NewLine(color.Black)
	for i := range r.rings {
		r.rings[i] = canvas.NewCircle(color.Transparent)
		r.rings[i].StrokeWidth = 2
	}
	c.drawn = r
	r.Layout(c.Size())
	return r
}

var _ fyne.WidgetRenderer = (*chartRenderer)(nil)

type chartRenderer struct {
	chart  *Chart
	raster *canvas.Raster
	said   *Text
	ring   *canvas.Rectangle // focus
	guide  *canvas.Line      // through the point that is said
	rings  [2]*canvas.Circle
	words  []*canvas.Text // of the axes, the lines and the legend; those used come first
	used   int
	keys   []fyne.CanvasObject // marks of the legend
	at     chartPlot
}

// word puts a caption somewhere.
func (r *chartRenderer) word(s string, x, y float32, tone Tone) {
	if r.used == len(r.words) {
		r.words = append(r.words, canvas.NewText("", color.Black))
	}
	t := r.words[r.used]
	r.used++
	t.Text, t.TextSize, t.Color = s, sizeOf(SizeCaption), Colour(tone)
	t.Resize(t.MinSize())
	t.Move(fyne.NewPos(x, y))
}

func (r *chartRenderer) Layout(size fyne.Size) {
	r.at = r.chart.plot()
	r.raster.Move(fyne.NewPos(0, 0))
	r.raster.Resize(size)
	r.ring.Resize(size)
	r.ring.CornerRadius, r.ring.StrokeWidth = CornerIn, 2
	r.ring.StrokeColor = Colour(Clear)
	if r.chart.focused {
		r.ring.StrokeColor = Colour(Primary)
	}
	r.said.Move(fyne.NewPos(Gap, GapTight))
	r.said.Resize(fyne.NewSize(max(size.Width-2*Gap, 1), r.said.MinSize().Height))
	r.used, r.keys = 0, nil
	if len(r.chart.data.Points) > 0 {
		r.layAxes(size)
		r.layNames()
		r.layLegend(size)
	}
	r.showPointed()
}

// layAxes writes the marks of both axes. A limit of what is usual takes the
// place of a mark that is too near to it.
func (r *chartRenderer) layAxes(size fyne.Size) {
	p, half := r.at, sizeOf(SizeCaption)*0.75
	r.word(r.chart.data.Unit, Gap, p.top-3*half-2, Secondary)
	limits := r.chart.limitMarks(p)
	for _, m := range limits {
		r.word(m.word, p.left-Gap-captionWidth(m.word), p.y(m.value)-half, Good)
	}
	for _, m := range r.chart.valueMarks(p) {
		if !slices.ContainsFunc(limits, func(l chartMark) bool { return math.Abs(float64(p.y(l.value)-p.y(m.value))) < float64(1.6*half) }) {
			r.word(m.word, p.left-Gap-captionWidth(m.word), p.y(m.value)-half, Secondary)
		}
	}
	marks, step := r.chart.dateMarks(p)
	var before *time.Time
	end := float32(0)
	for i := range marks {
		s := dateWord(marks[i], step, before)
		width := captionWidth(s)
		x := min(max(p.x(marks[i].Unix())-width/2, Gap), size.Width-Gap-width)
		if x < end+Gap {
			continue
		}
		r.word(s, x, p.top+p.height+GapTight, Secondary)
		end, before = x+width, &marks[i]
	}
}

// decimalsOf gives the decimals that a limit was written with, two at most.
func decimalsOf(v float64) int {
	for d := range 2 {
		if scaled := v * math.Pow(10, float64(d)); math.Abs(scaled-math.Round(scaled)) < 1e-6 {
			return d
		}
	}
	return 2
}

// layNames writes the name of each of two lines beside its last point in view,
// apart from each other.
func (r *chartRenderer) layNames() {
	if len(r.chart.series) < 2 {
		return
	}
	p, line, above := r.at, sizeOf(SizeCaption)*1.5, float32(-1)
	for l, s := range r.chart.series {
		first, end := curve.Seen(s.At, p.window)
		for i := end - 1; i >= first; i-- {
			if math.IsNaN(s.Values[i]) {
				continue
			}
			y := p.y(s.Values[i]) - line/2
			if above >= 0 {
				y = max(y, above+line)
			}
			r.word(r.chart.data.Lines[l].Name, p.left+p.width+Gap, y, lineTones[l%2])
			above = y
			break
		}
	}
}

// layLegend draws the marks and says what they mean, under the axis of time.
func (r *chartRenderer) layLegend(size fyne.Size) {
	line := sizeOf(SizeCaption) * 1.5
	x, y := r.at.left, size.Height-line-GapTight
	for _, l := range r.chart.data.Legend {
		if x+captionWidth(l.Word) > size.Width {
			return
		}
		r.keys = append(r.keys, legendMark(l.Mark, fyne.NewPos(x, y+line/2-4)))
		r.word(l.Word, x+14, y, Secondary)
		x += 14 + captionWidth(l.Word) + GapWide
	}
}

func legendMark(m ChartMark, at fyne.Position) fyne.CanvasObject {
	fill, ink := Colour(Primary), Colour(Primary)
	if m.Hollow {
		fill = Colour(Surface)
	}
	var o fyne.CanvasObject
	if m.Square {
		o = &canvas.Rectangle{FillColor: fill, StrokeColor: ink, StrokeWidth: 2}
	} else {
		o = &canvas.Circle{FillColor: fill, StrokeColor: ink, StrokeWidth: 2}
	}
	o.Resize(fyne.NewSize(9, 9))
	o.Move(at)
	return o
}

// showPointed says the point under the pointer, else the chosen one, and rings
// it.
func (r *chartRenderer) showPointed() {
	r.said.Set(r.chart.Said())
	i := r.chart.pointed()
	on := i >= 0 && i < len(r.chart.data.Points)
	var x float32
	if on {
		x = r.at.x(r.chart.data.Points[i].At.Unix())
		on = x >= r.at.left-1 && x <= r.at.left+r.at.width+1
	}
	r.guide.Hidden = !on
	r.guide.StrokeColor, r.guide.StrokeWidth = Colour(Border), 1
	r.guide.Position1, r.guide.Position2 = fyne.NewPos(x, r.at.top), fyne.NewPos(x, r.at.top+r.at.height)
	for l, ring := range r.rings {
		ring.Hidden = true
		if !on || l >= len(r.chart.series) {
			continue
		}
		if v := r.chart.series[l].Values[i]; !math.IsNaN(v) {
			ring.Hidden = false
			ring.StrokeColor = Colour(Ink)
			ring.Resize(fyne.NewSize(16, 16))
			ring.Move(fyne.NewPos(x-8, r.at.y(v)-8))
		}
	}
}

func (r *chartRenderer) MinSize() fyne.Size {
	return fyne.NewSize(320, sizeOf(SizeBody)*1.5+sizeOf(SizeCaption)*1.5*3+3*Gap+96)
}

func (r *chartRenderer) Refresh() {
	r.Layout(r.chart.Size())
	r.raster.Refresh()
	canvas.Refresh(r.chart)
}

func (r *chartRenderer) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.raster, r.guide, r.rings[0], r.rings[1], r.said, r.ring}
	for _, w := range r.words[:r.used] {
		out = append(out, w)
	}
	return append(out, r.keys...)
}

func (r *chartRenderer) Destroy() {}
