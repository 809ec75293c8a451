package widget

import (
	"image"
	"image/draw"
	"math"

	"carnet/client/curve"

	"golang.org/x/image/vector"
)

// Sizes of what is drawn, in points.
const (
	chartStroke = 2
	chartRadius = 4
	chartRoom   = 2.6 * chartRadius // least distance between marks
)

// lineTones are those of the first line and of the second.
var lineTones = [2]Tone{Primary, Ink}

// paint draws what is usual, the grid, the lines and the marks, for a picture of
// so many pixels.
func (r *chartRenderer) paint(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	size := r.chart.Size()
	if size.Width <= 0 || w <= 0 || h <= 0 || len(r.chart.data.Points) == 0 {
		return img
	}
	p := &pen{img: img, scale: float32(w) / size.Width, plot: r.at}
	r.paintUsual(p)
	r.paintGrid(p)
	for _, m := range r.chart.limitMarks(p.plot) {
		p.dashes(p.plot.y(m.value), Good)
	}
	for l, s := range r.chart.series {
		p.line(s, r.chart.gap, lineTones[l%2])
	}
	for l, s := range r.chart.series {
		p.marks(s, r.chart.data.Points, lineTones[l%2])
	}
	return img
}

// paintUsual fills what is usual, when there is one line.
func (r *chartRenderer) paintUsual(p *pen) {
	if len(r.chart.data.Lines) != 1 || len(r.chart.bounds()) == 0 {
		return
	}
	low, high := r.chart.data.Lines[0].Low, r.chart.data.Lines[0].High
	top, bottom := p.plot.top, p.plot.top+p.plot.height
	if !math.IsNaN(high) {
		top = max(p.plot.y(high), top)
	}
	if !math.IsNaN(low) {
		bottom = min(p.plot.y(low), bottom)
	}
	if bottom > top {
		p.fill(p.plot.left, top, p.plot.width, bottom-top, GoodSoft)
	}
}

// paintGrid draws a line at each value of the axis, and those of the axes.
func (r *chartRenderer) paintGrid(p *pen) {
	for _, m := range r.chart.valueMarks(p.plot) {
		p.fill(p.plot.left, p.plot.y(m.value), p.plot.width, 1/p.scale, Line)
	}
	marks, _ := r.chart.dateMarks(p.plot)
	for _, m := range marks {
		p.fill(p.plot.x(m.Unix()), p.plot.top+p.plot.height-4, 1/p.scale, 4, Border)
	}
	p.fill(p.plot.left, p.plot.top+p.plot.height, p.plot.width, 1/p.scale, Border)
}

// pen draws on a picture in points of the widget.
type pen struct {
	img   *image.RGBA
	scale float32 // pixels a point
	plot  chartPlot
}

func (p *pen) pixel(v float32) int { return int(math.Round(float64(v * p.scale))) }

// fill draws a rectangle, at least one pixel high and wide.
func (p *pen) fill(x, y, width, height float32, tone Tone) {
	x0, y0 := p.pixel(x), p.pixel(y)
	rect := image.Rect(x0, y0, max(p.pixel(x+width), x0+1), max(p.pixel(y+height), y0+1))
	draw.Draw(p.img, rect, image.NewUniform(Colour(tone)), image.Point{}, draw.Over)
}

// dashes draws a broken line across the plot.
func (p *pen) dashes(y float32, tone Tone) {
	const dash, space = 6, 4
	for x := p.plot.left; x < p.plot.left+p.plot.width; x += dash + space {
		p.fill(x, y, min(dash, p.plot.left+p.plot.width-x), 1/p.scale, tone)
	}
}

// line draws one line through what is seen of its points, broken where nothing
// was measured.
func (p *pen) line(s curve.Series, gap int64, tone Tone) {
	places := curve.Columns(s, p.plot.window, p.pixel(p.plot.width))
	z := vector.NewRasterizer(p.img.Rect.Dx(), p.img.Rect.Dy())
	for n := 1; n < len(places); n++ {
		a, b := places[n-1], places[n]
		if s.At[b]-s.At[a] >= gap {
			continue
		}
		p.segment(z, p.plot.x(s.At[a]), p.plot.y(s.Values[a]), p.plot.x(s.At[b]), p.plot.y(s.Values[b]))
	}
	z.Draw(p.img, p.img.Rect, image.NewUniform(Colour(tone)), image.Point{})
}

// segment adds one piece of a line: a rectangle along it, always turned the same
// way so that pieces that meet add up.
func (p *pen) segment(z *vector.Rasterizer, x0, y0, x1, y1 float32) {
	x0, y0, x1, y1, ok := p.cut(x0, y0, x1, y1)
	dx, dy := x1-x0, y1-y0
	length := float32(math.Hypot(float64(dx), float64(dy)))
	if !ok || length == 0 {
		return
	}
	half := float32(chartStroke) / 2
	nx, ny := -dy/length*half, dx/length*half
	ex, ey := dx/length*half, dy/length*half // beyond the ends, to close corners
	s := p.scale
	z.MoveTo((x0+nx-ex)*s, (y0+ny-ey)*s)
	z.LineTo((x1+nx+ex)*s, (y1+ny+ey)*s)
	z.LineTo((x1-nx+ex)*s, (y1-ny+ey)*s)
	z.LineTo((x0-nx-ex)*s, (y0-ny-ey)*s)
	z.ClosePath()
}

// cut keeps the part of a piece within the plot (Liang and Barsky); ok is false
// when there is none.
func (p *pen) cut(x0, y0, x1, y1 float32) (cx0, cy0, cx1, cy1 float32, ok bool) {
	dx, dy, from, to := x1-x0, y1-y0, float32(0), float32(1)
	right, bottom := p.plot.left+p.plot.width, p.plot.top+p.plot.height
	for _, side := range [4][2]float32{{-dx, x0 - p.plot.left}, {dx, right - x0}, {-dy, y0 - p.plot.top}, {dy, bottom - y0}} {
		switch towards, room := side[0], side[1]; {
		case towards == 0 && room < 0:
			return 0, 0, 0, 0, false
		case towards < 0:
			from = max(from, room/towards)
		case towards > 0:
			to = min(to, room/towards)
		}
	}
	return x0 + from*dx, y0 + from*dy, x0 + to*dx, y0 + to*dy, from <= to
}

// marks draws a mark for each point, as long as there is room between them.
func (p *pen) marks(s curve.Series, points []ChartPoint, tone Tone) {
	first, end := curve.Seen(s.At, p.plot.window)
	if float32(end-first)*chartRoom > p.plot.width {
		return
	}
	full := vector.NewRasterizer(p.img.Rect.Dx(), p.img.Rect.Dy())
	hole := vector.NewRasterizer(p.img.Rect.Dx(), p.img.Rect.Dy())
	for i := first; i < end; i++ {
		v := s.Values[i]
		if math.IsNaN(v) {
			continue
		}
		x, y, m := p.plot.x(s.At[i]), p.plot.y(v), points[i].Mark
		p.mark(full, x, y, chartRadius, m.Square)
		if m.Hollow {
			p.mark(hole, x, y, chartRadius-1.6, m.Square)
		}
	}
	full.Draw(p.img, p.img.Rect, image.NewUniform(Colour(tone)), image.Point{})
	hole.Draw(p.img, p.img.Rect, image.NewUniform(Colour(Surface)), image.Point{})
}

// mark adds a square or a circle around a place.
func (p *pen) mark(z *vector.Rasterizer, x, y, radius float32, square bool) {
	corners := 16
	turn := 0.0
	if square {
		corners, turn = 4, math.Pi/4
		radius *= math.Sqrt2 * 0.95
	}
	for i := range corners {
		a := turn + 2*math.Pi*float64(i)/float64(corners)
		px, py := (x+radius*float32(math.Cos(a)))*p.scale, (y+radius*float32(math.Sin(a)))*p.scale
		if i == 0 {
			z.MoveTo(px, py)
			continue
		}
		z.LineTo(px, py)
	}
	z.ClosePath()
}
