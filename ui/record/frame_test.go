package record

import (
	"slices"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/ui/task"
	"carnet/ui/widget/widgettest"

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

// at sits a page in a window of its own.
func at(b *testing.B) *Page {
	b.Helper()
	d := &desk{Desk: widgettest.New(b), fake: clienttest.New(clienttest.Options{})}
	runner := task.New(task.Config{Dispatch: func(f func()) { f() }})
	p := New(Config{
		Scope: runner.Scope(), Outlive: runner.Scope(), Records: d.fake, Viewer: &paper{label: fynewidget.NewLabel("")},
		Shell: d,
	})
	p.phase, p.opened = Reading, true
	d.Window().SetPadded(false)
	d.Window().SetContent(p.Content())
	d.Window().Resize(fyne.NewSize(1130, 690))
	return p
}

func scroll(b *testing.B, paint bool) {
	p := at(b)
	p.docs = thousands(5000)
	p.view.refresh()
	list := p.view.documents.list
	window := test.NewTempWindow(b, list)
	window.SetPadded(false)
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

// BenchmarkArrive5000 takes the last page of a list of 5,000 documents: the
// work on the UI goroutine between two frames while the list fills up.
func BenchmarkArrive5000(b *testing.B) {
	p := at(b)
	p.docs = thousands(5000)
	p.view.refresh()
	page := make([]client.Document, 0, pageSize)
	for _, it := range p.docs.Items() {
		if it.Entry != nil && len(page) < pageSize {
			page = append(page, it.Entry.Doc)
		}
	}
	for b.Loop() {
		p.arrived("at-4800", client.DocumentPage{Documents: page, Total: 5000}, nil)
	}
}

// BenchmarkSort5000 turns the order of a list of 5,000 documents round, as one
// click does.
func BenchmarkSort5000(b *testing.B) {
	p := at(b)
	p.docs = thousands(5000)
	p.view.refresh()
	for i := 0; b.Loop(); i++ {
		p.view.documents.sortBy(Order(i % 3))
	}
}
