package portal

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"

	"carnet/client/curve"
	"carnet/client/trend"
)

// drawing is one curve to be drawn.
type drawing struct {
	words
	kind  trend.Kind
	rows  []trend.Row // the newest first
	since time.Time   // zero: all
	now   time.Time
	usual bool // what is usual is shown
}

// sheet is the size of a drawing in units of its texts: a page shows the narrow
// one on a telephone, the wide one elsewhere and on paper.
type sheet struct {
	name                     string
	width, height            float64
	left, right, top, bottom float64
	dates                    int // marks of the axis of time, at most
}

var (
	wideSheet   = sheet{"wide", 720, 260, 52, 92, 24, 40, 7}
	narrowSheet = sheet{"narrow", 340, 240, 54, 16, 30, 42, 3}
)

// mostMarks is how many points have marks of their own, with what they say.
const mostMarks = 80

// plane is where values and moments stand on a drawing.
type plane struct {
	sheet
	window    curve.Window
	low, high float64
}

func (p plane) x(at int64) float64 {
	return p.left + float64(at-p.window.From)/float64(max(p.window.Length(), 1))*(p.width-p.left-p.right)
}

func (p plane) y(v float64) float64 {
	v = min(max(v, p.low), p.high) // what leads beyond the stretch stays on the drawing
	return p.top + (p.high-v)/(p.high-p.low)*(p.height-p.top-p.bottom)
}

// svg draws the curve: a picture with a title and a description, whose numbers
// stand in the table below it.
func (d drawing) svg(s sheet) template.HTML {
	series, rows := d.series()
	var limits []float64
	for _, p := range d.kind.Parts {
		if p.Band != nil && d.usual {
			for _, v := range []float64{trend.Bound(d.kind.Measure, p.Band.Low), trend.Bound(d.kind.Measure, p.Band.High)} {
				if !math.IsNaN(v) {
					limits = append(limits, v)
				}
			}
		}
	}
	w := curve.Whole(series[0].At)
	if !d.since.IsZero() {
		w = curve.Window{From: d.since.Unix(), To: max(d.now.Unix(), w.To)}
	}
	low, high, ok := curve.Span(series, w, limits...)
	if !ok || len(rows) < 2 { // one value is no curve
		return ""
	}
	p := plane{sheet: s, window: w, low: low, high: high}
	id := "c" + strings.NewReplacer("-", "", ":", "", " ", "").Replace(d.kind.Code) + s.name
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="curve %s" viewBox="0 0 %g %g" role="img" aria-labelledby="%s-t %[4]s-d"><title id="%[4]s-t">%s</title><desc id="%[4]s-d">%s</desc>`,
		s.name, s.width, s.height, html.EscapeString(id), html.EscapeString(d.kind.Name(d.lang)), html.EscapeString(d.describe(series, rows)))
	d.axes(&b, p, limits)
	for l := range series {
		d.line(&b, p, series, l)
	}
	for l, one := range series {
		d.marks(&b, p, l, one, rows)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// series gives the lines, the oldest point first, and the rows of their points.
func (d drawing) series() ([]curve.Series, []trend.Row) {
	out := make([]curve.Series, len(d.kind.Parts))
	var rows []trend.Row
	for i := len(d.rows) - 1; i >= 0; i-- {
		r := d.rows[i]
		if !r.Drawn {
			continue
		}
		rows = append(rows, r)
		for l := range out {
			out[l].At, out[l].Values = append(out[l].At, r.At.Unix()), append(out[l].Values, r.Reading.Numbers[l])
		}
	}
	return out, rows
}

// describe says the curve in a sentence, for who does not see it.
func (d drawing) describe(series []curve.Series, rows []trend.Row) string {
	if len(rows) == 0 {
		return ""
	}
	first, last := rows[0], rows[len(rows)-1]
	said := []string{d.T("Courbe de %d valeurs, du %s au %s.", len(rows), d.Date(first.At), d.Date(last.At)), d.T("La plus récente : %s.", last.Say(d.lang))}
	for l, s := range series {
		low, high := math.Inf(1), math.Inf(-1)
		for _, v := range s.Values {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
		if low > high {
			continue
		}
		decimals := d.kind.Units[0].Decimals
		within := d.T("de %s à %s", d.number(low, decimals), d.number(high, decimals))
		if name := d.kind.Parts[l].Name(d.lang); name != "" {
			within = name + d.sign("\u00a0: ", ": ") + within
		}
		said = append(said, within+".")
	}
	return strings.Join(append(said, d.T("Le tableau dessous donne les mêmes nombres.")), " ")
}

// number writes a number of an axis.
func (w words) number(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if w.lang == "fr" {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}

// axes draws the grid, the marks of both axes and what is usual.
func (d drawing) axes(b *strings.Builder, p plane, limits []float64) {
	right, bottom := p.width-p.right, p.height-p.bottom
	if parts := d.kind.Parts; len(parts) == 1 && len(limits) > 0 {
		band := parts[0].Band
		top, foot := p.top, bottom
		if v := trend.Bound(d.kind.Measure, band.High); !math.IsNaN(v) {
			top = p.y(v)
		}
		if v := trend.Bound(d.kind.Measure, band.Low); !math.IsNaN(v) {
			foot = p.y(v)
		}
		fmt.Fprintf(b, `<rect class="usual" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, p.left, top, right-p.left, max(foot-top, 0))
	}
	fmt.Fprintf(b, `<text x="4" y="14">%s</text>`, html.EscapeString(d.kind.Units[0].Name(d.lang)))
	values, decimals := curve.Ticks(p.low, p.high, 6)
	for _, v := range values {
		y := p.y(v)
		fmt.Fprintf(b, `<path class="grid" d="M%.1f %.1fH%.1f"/>`, p.left, y, right)
		if !near(v, limits, p) {
			fmt.Fprintf(b, `<text class="end" x="%.1f" y="%.1f">%s</text>`, p.left-8, y+4, d.number(v, decimals))
		}
	}
	for _, v := range limits {
		if v < p.low || v > p.high {
			continue
		}
		y := p.y(v)
		fmt.Fprintf(b, `<path class="limit" d="M%.1f %.1fH%.1f"/><text class="end limit" x="%.1f" y="%.1f">%s</text>`, p.left, y, right, p.left-8, y+4, d.limit(v))
	}
	fmt.Fprintf(b, `<path class="axis" d="M%.1f %.1fH%.1f"/>`, p.left, bottom, right)
	marks, step := curve.Dates(p.window, d.zone, p.dates)
	for i, m := range marks {
		if i > 0 && p.x(m.Unix())-p.x(marks[i-1].Unix()) < 60 { // a year beside a month is wide
			continue
		}
		x := p.x(m.Unix())
		fmt.Fprintf(b, `<path class="axis" d="M%.1f %.1fv-4"/><text class="mid" x="%.1f" y="%.1f">%s</text>`, x, bottom, min(max(x, 40), p.width-40), bottom+18, d.dateMark(m, step, i == 0 || m.Year() != marks[i-1].Year()))
	}
}

// near tells whether a mark would stand on a limit's.
func near(v float64, limits []float64, p plane) bool {
	for _, l := range limits {
		if l >= p.low && l <= p.high && math.Abs(p.y(l)-p.y(v)) < 13 {
			return true
		}
	}
	return false
}

// limit writes a limit with the decimals that it has.
func (d drawing) limit(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if d.lang == "fr" {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}

// dateMark writes a mark of the axis of time.
func (w words) dateMark(t time.Time, step curve.Step, year bool) string {
	day, rest, _ := strings.Cut(w.Date(t), "\u00a0")
	month, _, _ := strings.Cut(rest, "\u00a0")
	switch {
	case step == curve.Years:
		return strconv.Itoa(t.Year())
	case step == curve.Months && year:
		return rest
	case step == curve.Months:
		return month
	case step == curve.Hours:
		return w.Clock(t)
	case year:
		return w.Date(t)
	}
	return day + "\u00a0" + month
}

// line draws one line, broken where nothing was measured, with its name at its
// end when there are two.
func (d drawing) line(b *strings.Builder, p plane, series []curve.Series, l int) {
	s, gap := series[l], curve.Gap(series[l].At)
	places := curve.Columns(s, p.window, int(p.width-p.left-p.right))
	fmt.Fprintf(b, `<path class="line l%d" d="`, l)
	pen := byte('M')
	for n, i := range places {
		if n > 0 && s.At[i]-s.At[places[n-1]] >= gap {
			pen = 'M'
		}
		fmt.Fprintf(b, "%c%.1f %.1f", pen, p.x(s.At[i]), p.y(s.Values[i]))
		pen = 'L'
	}
	b.WriteString(`"/>`)
	if len(places) == 0 || len(series) < 2 {
		return
	}
	at, name := places[len(places)-1], html.EscapeString(d.kind.Parts[l].Name(d.lang))
	if p.name == wideSheet.name {
		fmt.Fprintf(b, `<text class="l%d" x="%.1f" y="%.1f">%s</text>`, l, p.width-p.right+10, p.y(s.Values[at])+4, name)
		return
	}
	// No room beside the lines: above them, the upper line's first.
	fmt.Fprintf(b, `<text class="mid l%d" x="%.1f" y="14">%s</text>`, l, p.left+(p.width-p.left)*(0.36+0.4*float64(l)), name)
}

// marks draws the points as long as there are not too many: round what the
// patient entered, square what a professional did, hollow what is not as it was
// entered; each says its value to the pointer.
func (d drawing) marks(b *strings.Builder, p plane, l int, s curve.Series, rows []trend.Row) {
	if len(rows) > mostMarks {
		return
	}
	for i, r := range rows {
		v := s.Values[i]
		if math.IsNaN(v) {
			continue
		}
		x, y, class := p.x(s.At[i]), p.y(v), fmt.Sprintf("m l%d", l)
		if r.Computed || r.Reading.Converted {
			class += " hollow"
		}
		said := "<title>" + html.EscapeString(r.Say(d.lang)+" · "+d.Date(r.At)) + "</title>"
		if r.Item.ByHolder {
			fmt.Fprintf(b, `<circle class="%s" cx="%.1f" cy="%.1f" r="4">%s</circle>`, class, x, y, said)
			continue
		}
		fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="%.1f" width="7" height="7">%s</rect>`, class, x-3.5, y-3.5, said)
	}
}
