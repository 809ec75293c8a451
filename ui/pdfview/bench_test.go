package pdfview

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"carnet/client/pdfium"
	"carnet/ui/task/tasktest"
)

// benchStage is a view whose engine the benchmark chooses.
func benchStage(b *testing.B, e *pdfium.Engine) *stage {
	test.NewTempApp(b)
	s := &stage{h: tasktest.New(b)}
	s.View = New(Config{Scope: s.h.Scope(), Engine: e})
	b.Cleanup(s.Clear)
	s.window = test.NewTempWindow(b, s.Content())
	s.window.Resize(fyne.NewSize(800, 900))
	return s
}

// From the bytes being there to the first page on the screen: with PDFium not
// started yet (its compiled form on disk), and with PDFium running.
func BenchmarkFirstPage(b *testing.B) {
	data := letter(b, 200, "Hémoglobine 13,2 g/dL", "Glycémie 0,98 g/L")
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			e := pdfium.New(pdfium.Options{CacheDir: pdfium.DefaultCacheDir()})
			s := benchStage(b, e)
			s.show("application/pdf", data)
			if s.paper.picture == nil {
				b.Fatal("no page")
			}
			s.Clear()
			s.h.Settle()
			_ = e.Close()
		}
	})
	b.Run("warm", func(b *testing.B) {
		e := pdfium.New(pdfium.Options{CacheDir: pdfium.DefaultCacheDir()})
		s := benchStage(b, e)
		for b.Loop() {
			s.show("application/pdf", data)
			if s.paper.picture == nil {
				b.Fatal("no page")
			}
		}
	})
}

// Paging through 200 pages; the resident memory after it is reported.
func BenchmarkTwoHundredPages(b *testing.B) {
	e := pdfium.New(pdfium.Options{CacheDir: pdfium.DefaultCacheDir()})
	s := benchStage(b, e)
	s.show("application/pdf", letter(b, 200, "Hémoglobine 13,2 g/dL"))
	for b.Loop() {
		s.First()
		for range 199 {
			s.Page(1)
			s.h.Settle()
		}
	}
	b.ReportMetric(residentMiB(), "MiB")
}

// residentMiB is this process's resident memory, 0 where it cannot be told.
func residentMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			return kib / 1024
		}
	}
	return 0
}
