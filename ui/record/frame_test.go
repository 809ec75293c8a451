package record

import (
	"slices"
	"testing"
	"time"

	"carnet/client/clienttest"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"
)

// BenchmarkScroll5000 scrolls a list of 5,000 documents as wide as the page
// shows it. "rows" is what the page itself spends on a frame: which rows are
// there, what they say. "painted" adds drawing every pixel of the list by the
// software driver, which a graphics card would spare.
func BenchmarkScroll5000(b *testing.B) {
	b.Run("rows", func(b *testing.B) { scroll(b, false) })
	b.Run("painted", func(b *testing.B) { scroll(b, true) })
}

func scroll(b *testing.B, paint bool) {
	app := test.NewTempApp(b)
	app.Settings().SetTheme(widget.NewTheme(widget.Light, 1))
	fake := clienttest.New(clienttest.Options{})
	window := test.NewTempWindow(b, nil)
	runner := task.New(task.Config{Dispatch: func(f func()) { f() }})
	p := New(Config{
		Scope: runner.Scope(), Outlive: runner.Scope(), Records: fake, Viewer: &paper{label: fynewidget.NewLabel("")},
		Shell: &desk{fake: fake, window: window},
	})
	p.phase, p.opened = Reading, true
	p.docs = thousands(5000)
	p.view.refresh()
	list := p.view.documents.list
	window.SetPadded(false)
	window.SetContent(list)
	window.Resize(fyne.NewSize(520, 560))
	frames := make([]time.Duration, 0, b.N)
	b.ResetTimer()
	for i := range b.N {
		start := time.Now()
		list.ScrollToOffset(float32(i * 37 % 200_000))
		if paint {
			window.Canvas().Capture()
		}
		frames = append(frames, time.Since(start))
	}
	b.StopTimer()
	slices.Sort(frames)
	b.ReportMetric(float64(frames[len(frames)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(frames[len(frames)/2].Microseconds())/1000, "p50-ms")
}
