package pdfium

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/klippa-app/go-pdfium/requests"

	"carnet/client/fhir"
)

// newEngine shares the compiled form between all tests of this machine:
// compiling takes 3 s, and 14 s under the race detector.
func newEngine(tb testing.TB, o Options) *Engine {
	tb.Helper()
	o.CacheDir = DefaultCacheDir()
	e := New(o)
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Error(err)
		}
	})
	return e
}

func open(tb testing.TB, e *Engine, data []byte) *Document {
	tb.Helper()
	d, err := e.Open(tb.Context(), data)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(d.Close)
	return d
}

// letter is a document of n pages, with text of the given lines on each.
func letter(tb testing.TB, pages int, lines ...string) []byte {
	tb.Helper()
	pdf := fpdf.New("P", "pt", "A4", "")
	tr := pdf.UnicodeTranslatorFromDescriptor("")
	for p := range pages {
		pdf.AddPage()
		pdf.SetFillColor(200, 0, 0)
		pdf.Rect(0, 0, 100, 50, "F") // the upper left corner is red
		pdf.SetFont("Helvetica", "", 14)
		pdf.SetXY(72, 100)
		pdf.Cell(0, 20, fmt.Sprintf("Page %d", p+1))
		for i, l := range lines {
			pdf.SetXY(72, 140+20*float64(i))
			pdf.Cell(0, 20, tr(l))
		}
	}
	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func isRed(img *image.RGBA, x, y int) bool {
	c := img.RGBAAt(x, y)
	return c.R > 150 && c.G < 60 && c.B < 60
}

func TestRenderDrawsThePageAtScaleAndTurned(t *testing.T) {
	d := open(t, newEngine(t, Options{}), letter(t, 2))
	if d.Pages() != 2 {
		t.Fatalf("%d pages", d.Pages())
	}
	if s := d.Size(0); s.Width < 595 || s.Width > 596 || s.Height < 841 || s.Height > 843 {
		t.Fatalf("size %v", s)
	}
	for rotation, corner := range []func(w, h int) (int, int){
		func(_, _ int) (int, int) { return 5, 5 },
		func(w, _ int) (int, int) { return w - 5, 5 },
		func(w, h int) (int, int) { return w - 5, h - 5 },
		func(_, h int) (int, int) { return 5, h - 5 },
	} {
		img, err := d.Render(t.Context(), 0, 2, rotation)
		if err != nil {
			t.Fatal(err)
		}
		b := img.Bounds()
		long := b.Dx()
		if rotation%2 == 0 {
			long = b.Dy()
		}
		if long < 1683 || long > 1684 {
			t.Errorf("turned %d: %v", rotation, b)
		}
		if x, y := corner(b.Dx(), b.Dy()); !isRed(img, x, y) {
			t.Errorf("turned %d: the red corner is not at %d,%d: %v", rotation, x, y, img.RGBAAt(x, y))
		}
	}
	if _, err := d.Render(t.Context(), 2, 1, 0); fhir.CodeOf(err) != fhir.BadValue {
		t.Errorf("a page that is not there: %v", err)
	}
}

func TestAHugeScaleIsLowered(t *testing.T) {
	d := open(t, newEngine(t, Options{MaxPixels: 100_000}), letter(t, 1))
	img, err := d.Render(t.Context(), 0, 1000, 0)
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx()*b.Dy() > 100_000 || b.Dx()*b.Dy() < 90_000 {
		t.Fatalf("%v", b)
	}
}

func TestSearchIgnoresCaseAccentsAndLineEnds(t *testing.T) {
	d := open(t, newEngine(t, Options{}), letter(t, 3, "Hémoglobine glyquée\u00a0: 6,1\u00a0%", "compte rendu d'ex-", "amens", "Cœur régulier"))
	for query, want := range map[string]int{
		"hemoglobine":          3,
		"HÉMOGLOBINE GLYQUEE":  3,
		"glyquée : 6,1":        3,
		"Page 2":               1,
		"page":                 3,
		"cœur":                 0, // Helvetica in this file has no œ
		"absent":               0,
		"":                     0,
		"  compte   rendu d'e": 3,
	} {
		hits, err := d.Search(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		if query == "cœur" {
			continue
		}
		if len(hits) != want {
			t.Errorf("%q: %d hits, want %d", query, len(hits), want)
		}
	}
	hits, err := d.Search(t.Context(), "Page 2")
	if err != nil || len(hits) != 1 || hits[0].Page != 1 || len(hits[0].Rects) != 1 {
		t.Fatalf("%v %v", hits, err)
	}
	// The line was written at 72 points from the left, between 100 and 120.
	r := hits[0].Rects[0]
	if r.Left < 70 || r.Left > 80 || r.Right < 105 || r.Right > 130 || r.Top < 98 || r.Bottom > 122 || r.Bottom <= r.Top {
		t.Errorf("the hit stands at %+v", r)
	}
	inside, err := d.TextIn(t.Context(), 1, Rect{r.Left - 2, r.Top - 2, r.Right + 2, r.Bottom + 2})
	if err != nil || strings.TrimSpace(inside) != "Page 2" {
		t.Errorf("the text there is %q, %v", inside, err)
	}
	text, err := d.Text(t.Context(), 0)
	if err != nil || !strings.Contains(text, "Page 1") || !strings.Contains(text, "Hémoglobine") {
		t.Errorf("text %q, %v", text, err)
	}
}

func TestWhatIsNoPDFIsRefused(t *testing.T) {
	e := newEngine(t, Options{Documents: 1})
	whole := letter(t, 1)
	for name, data := range map[string][]byte{
		"nothing": {}, "a text": []byte("Bonjour"), "a header": []byte("%PDF-1.4\n"), "half": whole[:len(whole)/3],
	} {
		if d, err := e.Open(t.Context(), data); fhir.CodeOf(err) != fhir.Invalid {
			if err == nil {
				d.Close()
			}
			t.Errorf("%s: %v", name, err)
		}
	}
	// The only slot is free again.
	open(t, e, whole)
}

func TestManyAtOnce(t *testing.T) {
	e := newEngine(t, Options{Documents: 2})
	data := letter(t, 4, "Bonjour")
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			d, err := e.Open(t.Context(), data)
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			var calls sync.WaitGroup
			for p := range 4 {
				calls.Go(func() {
					if _, err := d.Render(t.Context(), p, 0.3, 0); err != nil {
						t.Error(err)
					}
				})
				calls.Go(func() {
					if hits, err := d.Search(t.Context(), "bonjour"); err != nil || len(hits) != 4 {
						t.Error(len(hits), err)
					}
				})
			}
			calls.Wait()
		})
	}
	all.Wait()
}

func TestACallThatLastsTooLongGivesItsDocumentUp(t *testing.T) {
	e := newEngine(t, Options{Documents: 1})
	d := open(t, e, letter(t, 1))
	e.opts.Patience = 1 // a nanosecond
	if _, err := d.Render(t.Context(), 0, 3, 0); fhir.CodeOf(err) != fhir.Invalid {
		t.Fatalf("%v", err)
	}
	e.opts.Patience = New(Options{}).opts.Patience
	if _, err := d.Render(t.Context(), 0, 1, 0); fhir.CodeOf(err) != fhir.Invalid {
		t.Fatalf("after being given up: %v", err)
	}
	next := open(t, e, letter(t, 1))
	if _, err := next.Render(t.Context(), 0, 1, 0); err != nil {
		t.Fatalf("the document after it: %v", err)
	}
}

func TestADocumentThatHangsAndWasLeftGivesItsSlotBack(t *testing.T) {
	e := newEngine(t, Options{Documents: 1})
	d := open(t, e, letter(t, 1))
	release, running := make(chan struct{}), make(chan struct{})
	defer close(release)
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		<-running
		leave()
	}()
	_, err := do(ctx, d, func() (int, error) {
		close(running)
		<-release
		return 0, nil
	})
	if fhir.CodeOf(err) != fhir.Canceled {
		t.Fatalf("%v", err)
	}
	e.opts.Patience = time.Millisecond
	d.Close()
	e.slots <- struct{}{} // free again, although the call still runs
	<-e.slots
}

func TestATrapGetsANewSandbox(t *testing.T) {
	d := open(t, newEngine(t, Options{}), letter(t, 1))
	trap := func() (int, error) { panic("a trap") }
	if _, err := do(t.Context(), d, trap); fhir.CodeOf(err) != fhir.Invalid {
		t.Fatalf("%v", err)
	}
	once := open(t, newEngine(t, Options{}), letter(t, 1))
	times := 0
	v, err := do(t.Context(), once, func() (int, error) {
		if times++; times == 1 {
			panic("a trap")
		}
		return times, nil
	})
	if v != 2 || err != nil {
		t.Fatalf("%d, %v", v, err)
	}
	if _, err := once.Render(t.Context(), 0, 1, 0); err != nil {
		t.Fatalf("after one trap: %v", err)
	}
}

func TestCancelledAndClosed(t *testing.T) {
	e := newEngine(t, Options{Documents: 1})
	d := open(t, e, letter(t, 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Render(ctx, 0, 1, 0); fhir.CodeOf(err) != fhir.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := e.Open(ctx, letter(t, 1)); fhir.CodeOf(err) != fhir.Canceled {
		t.Errorf("waiting for a slot: %v", err)
	}
	d.Close()
	d.Close()
	if _, err := d.Render(t.Context(), 0, 1, 0); fhir.CodeOf(err) != fhir.Canceled {
		t.Errorf("closed: %v", err)
	}
}

func TestTheSandboxSeesNoDisk(t *testing.T) {
	d := open(t, newEngine(t, Options{}), letter(t, 1))
	path := "/etc/hostname"
	_, err := do(t.Context(), d, func() (int, error) {
		_, err := d.inst.OpenDocument(&requests.OpenDocument{FilePath: &path})
		if err == nil || strings.Contains(err.Error(), "format") {
			t.Error("a file of the disk could be opened from inside")
		}
		return 0, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestADirectoryThatOthersMayWriteToIsNoCache(t *testing.T) {
	dir := t.TempDir()
	if !Private(filepath.Join(dir, "new")) {
		t.Error("a directory of ours, made now")
	}
	open := filepath.Join(dir, "open")
	if err := errors.Join(os.Mkdir(open, 0o700), os.Chmod(open, 0o777)); err != nil {
		t.Fatal(err)
	}
	if Private(open) || Private("") || Private(filepath.Join(dir, "new", "\x00")) {
		t.Error("a directory that is not ours alone")
	}
}

func BenchmarkOpen(b *testing.B) {
	e := newEngine(b, Options{})
	data := letter(b, 200, "Bonjour")
	if err := e.Prepare(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d, err := e.Open(b.Context(), data)
		if err != nil {
			b.Fatal(err)
		}
		d.Close()
	}
}

func BenchmarkRender96DPI(b *testing.B) {
	d := open(b, newEngine(b, Options{}), letter(b, 2, "Bonjour", "Hémoglobine"))
	for i := 0; b.Loop(); i++ {
		if _, err := d.Render(b.Context(), i%2, 96.0/72, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSearch200Pages(b *testing.B) {
	lines := make([]string, 30)
	for i := range lines {
		lines[i] = "Une ligne ordinaire d'un compte rendu, avec des mots."
	}
	data := letter(b, 200, lines...)
	e := newEngine(b, Options{})
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			d := open(b, e, data)
			if _, err := d.Search(b.Context(), "Page 150"); err != nil {
				b.Fatal(err)
			}
			d.Close()
		}
	})
	b.Run("again", func(b *testing.B) {
		d := open(b, e, data)
		for b.Loop() {
			if _, err := d.Search(b.Context(), "Page 150"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
