package widget

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// pressures is n blood pressures, one a week, with a hole of a year after the
// first third; the patient's are round, those of professionals square.
func pressures(n int) ChartData {
	at := time.Date(2023, time.March, 6, 8, 30, 0, 0, time.UTC)
	d := ChartData{
		Lines:  []ChartLine{{"Systolique", math.NaN(), 140}, {"Diastolique", math.NaN(), 90}},
		Unit:   "mmHg",
		Legend: []ChartLegend{{ChartMark{}, "patient"}, {ChartMark{Square: true}, "professionnel"}, {ChartMark{Hollow: true}, "valeur convertie"}},
		Zone:   time.UTC,
	}
	for i := range n {
		if i == n/3 {
			at = at.AddDate(1, 0, 0)
		}
		p := ChartPoint{At: at, Values: [2]float64{134 + 12*math.Sin(float64(i)/3), 84 + 6*math.Cos(float64(i)/2)}}
		p.Mark = ChartMark{Square: i%5 == 0, Hollow: i%7 == 0}
		d.Points = append(d.Points, p)
		at = at.AddDate(0, 0, 7)
	}
	d.Say = func(i int) string {
		p := d.Points[i]
		return fmt.Sprintf("%.0f/%.0f%smmHg · %s · Dr Anne MOREL", p.Values[0], p.Values[1], Nbsp, FormatDate(p.At))
	}
	return d
}

func weights() ChartData {
	d := ChartData{Lines: []ChartLine{{"", 55, 75}}, Unit: "kg", Zone: time.UTC, Legend: pressures(0).Legend}
	for i, v := range []float64{71.5, 72, 73.4, 74, 76.2, 75.1, 73.8, 72.5} {
		d.Points = append(d.Points, ChartPoint{At: time.Date(2026, time.Month(1+i), 9, 9, 0, 0, 0, time.UTC), Values: [2]float64{v}, Mark: ChartMark{Square: i%3 == 0, Hollow: i == 4}})
	}
	d.Say = func(i int) string {
		return FormatDecimal(d.Points[i].Values[0], 1) + Nbsp + "kg · " + FormatDate(d.Points[i].At)
	}
	return d
}

// hung is a chart in a window, with the focus.
func hung(t testing.TB, d ChartData) (*Chart, fyne.Canvas) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Light, 1))
	c := NewChart()
	c.Set(d)
	w := test.NewTempWindow(t, container.NewStack(c))
	w.SetPadded(false)
	w.Resize(fyne.NewSize(900, 340))
	w.Canvas().Focus(c)
	return c, w.Canvas()
}

func TestChartDrawings(t *testing.T) {
	for _, mode := range []Mode{Light, Dark} {
		for name, d := range map[string]ChartData{"pressure": pressures(60), "weight": weights()} {
			t.Run(name+"_"+string(mode), func(t *testing.T) {
				app := test.NewTempApp(t)
				app.Settings().SetTheme(NewTheme(mode, 1))
				c := NewChart()
				c.Set(d)
				w := test.NewTempWindow(t, container.NewStack(NewBox(Surface, Clear, 0), c))
				w.SetPadded(false)
				w.Resize(fyne.NewSize(760, 320))
				if name == "weight" {
					w.Canvas().Focus(c)
				}
				c.Choose(5)
				test.AssertRendersToImage(t, "chart_"+name+"_"+string(mode)+".png", w.Canvas())
			})
		}
	}
}

func TestChartGrowsWithItsTexts(t *testing.T) {
	c, _ := hung(t, pressures(60))
	before := c.plot()
	fyne.CurrentApp().Settings().SetTheme(NewTheme(Light, 2))
	c.Refresh()
	after := c.plot()
	if after.left <= before.left || after.top <= before.top || after.height >= before.height {
		t.Errorf("twice the size of texts: %+v then %+v", before, after)
	}
	for _, w := range c.drawn.words[:c.drawn.used] {
		if w.TextSize != sizeOf(SizeCaption) {
			t.Fatalf("%q has size %g", w.Text, w.TextSize)
		}
	}
}

func TestChartIsReadByKeys(t *testing.T) {
	c, canvas := hung(t, pressures(60))
	var chosen []int
	c.OnSelect = func(i int) { chosen = append(chosen, i) }
	opened := -1
	c.OnActivate = func(i int) { opened = i }
	if c.Chosen() != 59 || !strings.Contains(words(c), "Dr Anne MOREL") {
		t.Fatalf("the newest measure is said first: %d %s", c.Chosen(), words(c))
	}
	press(canvas, fyne.KeyLeft, fyne.KeyLeft, fyne.KeyRight, fyne.KeyRight, fyne.KeyRight, fyne.KeyHome, fyne.KeyLeft, fyne.KeyRight, fyne.KeyReturn)
	if fmt.Sprint(chosen) != "[58 57 58 59 0 1]" || opened != 1 {
		t.Errorf("chosen %v, opened %d", chosen, opened)
	}
	if !strings.Contains(c.Said(), FormatDate(c.data.Points[1].At)) {
		t.Errorf("said %q", c.Said())
	}
}

func TestChartZoomsByKeysAndKeepsTheChosenInView(t *testing.T) {
	c, canvas := hung(t, pressures(60))
	zooms := 0
	c.OnZoom = func(time.Time, time.Time) { zooms++ }
	whole := c.window
	press(canvas, fyne.KeyHome)
	for range 6 {
		c.TypedRune('+')
	}
	if c.window.Length() >= whole.Length()/5 || zooms != 6 {
		t.Fatalf("%d of %d after six steps, %d told", c.window.Length(), whole.Length(), zooms)
	}
	for range 30 {
		press(canvas, fyne.KeyRight)
		if at := c.data.Points[c.Chosen()].At.Unix(); at < c.window.From || at > c.window.To {
			t.Fatalf("point %d is out of view", c.Chosen())
		}
	}
	press(canvas, fyne.KeyPageDown)
	c.TypedRune('-')
	c.TypedRune('0')
	if c.window != whole {
		t.Errorf("all is %+v, not %+v", c.window, whole)
	}
	for range 40 {
		c.TypedRune('+')
	}
	if c.window.Length() < 86400 {
		t.Errorf("zoomed to %d s", c.window.Length())
	}
}

func TestChartHandsOnWhatItDoesNotUse(t *testing.T) {
	c := NewChart()
	canvas, keys := stage(t, c)
	canvas.Focus(c)
	press(canvas, fyne.KeyF1, fyne.KeyEscape, fyne.KeyUp, fyne.KeyReturn, fyne.KeyLeft)
	if fmt.Sprint(*keys) != "[F1 Escape Up Return]" {
		t.Errorf("the window heard %v", *keys)
	}
}

func TestChartFollowsThePointer(t *testing.T) {
	c, _ := hung(t, pressures(60))
	p := c.plot()
	over := fyne.NewPos(p.x(c.data.Points[10].At.Unix())+1, p.y(c.data.Points[10].Values[0]))
	c.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: over}})
	if !strings.Contains(words(c), replaceNbsp(FormatDate(c.data.Points[10].At))) || c.Chosen() != 59 {
		t.Errorf("pointing says %q and chooses %d", c.Said(), c.Chosen())
	}
	c.MouseOut()
	if !strings.Contains(c.Said(), FormatDate(c.data.Points[59].At)) {
		t.Errorf("after pointing it says %q", c.Said())
	}
	c.Tapped(&fyne.PointEvent{Position: over})
	if c.Chosen() != 10 {
		t.Errorf("a click chose %d", c.Chosen())
	}
	at := c.moment(over.X)
	c.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: over}, Scrolled: fyne.NewDelta(0, 10)})
	if got := c.moment(over.X); math.Abs(float64(got-at)) > 86400 || c.window.Length() >= c.whole.Length() {
		t.Errorf("the wheel zooms where the pointer is: %d became %d", at, got)
	}
	from := c.window.From
	c.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(-80, 0)})
	if c.window.From <= from {
		t.Error("dragging to the left shows what is later")
	}
	c.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(10, 0)})
	c.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, -10)})
	c.DragEnd()
}

func TestChartOfNothingAndOfOne(t *testing.T) {
	c, canvas := hung(t, ChartData{Lines: []ChartLine{{"", math.NaN(), math.NaN()}}})
	press(canvas, fyne.KeyLeft, fyne.KeyRight, fyne.KeyHome, fyne.KeyEnd, fyne.KeyPageUp)
	c.TypedRune('+')
	c.Tapped(&fyne.PointEvent{Position: fyne.NewPos(100, 100)})
	if c.Chosen() != -1 || c.Said() != "" {
		t.Errorf("nothing is chosen: %d %q", c.Chosen(), c.Said())
	}
	one := pressures(1)
	one.Points[0].Values[1] = math.NaN()
	c.Set(one)
	c.SetPeriod(one.Points[0].At.AddDate(-1, 0, 0), one.Points[0].At)
	if p := c.plot(); p.high <= p.low || !p.within(p.y(one.Points[0].Values[0])) {
		t.Errorf("a single measure stands in the plot: %+v", p)
	}
	canvas.Capture()
}

// ten thousand measures over thirty years.
func manyPressures() ChartData {
	d := pressures(0)
	at := time.Date(1996, time.January, 1, 8, 0, 0, 0, time.UTC)
	for i := range 10_000 {
		d.Points = append(d.Points, ChartPoint{At: at.Add(time.Duration(i) * 26 * time.Hour), Values: [2]float64{130 + 25*math.Sin(float64(i)/40) + float64(i%13), 80 + 12*math.Cos(float64(i)/30) + float64(i%7)}})
	}
	d.Say = func(i int) string { return FormatDate(d.Points[i].At) }
	return d
}

// BenchmarkChartDraw: a chart of 10,000 measures with two lines, 900 points
// wide, from its data to its picture.
func BenchmarkChartDraw(b *testing.B) {
	c, _ := hung(b, manyPressures())
	d := c.data
	for b.Loop() {
		c.Set(d)
		c.drawn.paint(900, 340)
	}
}

// BenchmarkChartZoom: one key of zoom on it, to its picture.
func BenchmarkChartZoom(b *testing.B) {
	c, _ := hung(b, manyPressures())
	in := true
	for b.Loop() {
		if in {
			c.TypedRune('+')
		} else {
			c.TypedRune('-')
		}
		c.drawn.paint(900, 340)
		in = !in
	}
}
