package pdfview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"golang.org/x/image/tiff"

	"carnet/client/pdfium"
	"carnet/ui/task"
	"carnet/ui/task/tasktest"
	"carnet/ui/widget"
)

// stage is a view in a window of 800 x 600.
type stage struct {
	*View
	h      *tasktest.Harness
	window fyne.Window
	copied string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(test.NewTheme())
	s := &stage{h: tasktest.New(t)}
	engine := pdfium.New(pdfium.Options{CacheDir: pdfium.DefaultCacheDir()})
	t.Cleanup(func() { _ = engine.Close() })
	s.View = New(Config{
		Scope: s.h.Scope(), Engine: engine, Copy: func(text string) { s.copied = text },
		Explain: func(err error) widget.Problem {
			return widget.Problem{Title: "explained: " + err.Error(), Next: "next", Retry: true}
		},
	})
	t.Cleanup(s.Clear)
	s.window = test.NewTempWindow(t, s.Content())
	s.window.Resize(fyne.NewSize(800, 600))
	return s
}

func (s *stage) show(mediaType string, data []byte) {
	s.Show(mediaType, data)
	s.h.Settle()
}

// letter is a PDF of n pages, each with its number and these lines.
func letter(tb testing.TB, n int, lines ...string) []byte {
	tb.Helper()
	pdf := fpdf.New("P", "pt", "A4", "")
	tr := pdf.UnicodeTranslatorFromDescriptor("")
	for p := range n {
		pdf.AddPage()
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

func TestReadingAPDFByKeys(t *testing.T) {
	s := newStage(t)
	s.show("application/pdf", letter(t, 3, "Hémoglobine 13,2 g/dL"))
	if s.paper.picture == nil || s.bar.page.String() != "1 / 3" || s.g.fit != FitWidth {
		t.Fatalf("page %q, picture %v", s.bar.page, s.paper.picture != nil)
	}
	if k, _ := s.pictureKey(1); s.pics.get(k) == nil {
		t.Error("the next page was not prepared")
	}
	s.window.Canvas().Focus(s.Surface())
	press := func(names ...fyne.KeyName) {
		for _, n := range names {
			s.paper.TypedKey(&fyne.KeyEvent{Name: n})
			s.h.Settle()
		}
	}
	press(fyne.KeySpace)
	if s.g.page != 0 || s.g.offset.y == 0 {
		t.Errorf("space scrolls inside the page first: page %d, %v", s.g.page, s.g.offset)
	}
	press(fyne.KeySpace, fyne.KeySpace, fyne.KeySpace)
	if s.g.page == 0 {
		t.Error("then it goes on")
	}
	press(fyne.KeyEnd)
	if s.bar.page.String() != "3 / 3" || !s.bar.next.Disabled() {
		t.Errorf("End: %s", s.bar.page)
	}
	press(fyne.KeyHome)
	if s.bar.page.String() != "1 / 3" || !s.bar.previous.Disabled() {
		t.Errorf("Home: %s", s.bar.page)
	}
	before := s.g.zoom
	test.Type(s.paper, "++")
	s.h.Settle()
	if s.g.zoom < before*1.5 || s.g.fit != FitNone {
		t.Errorf("plus: from %v to %v", before, s.g.zoom)
	}
	test.Type(s.paper, "-0")
	s.h.Settle()
	if s.g.zoom != before {
		t.Errorf("0 fits again: %v", s.g.zoom)
	}
	test.Type(s.paper, "r")
	s.h.Settle()
	if b := s.paper.picture.Bounds(); s.g.rotation != 1 || b.Dx() < b.Dy() {
		t.Errorf("turned: %v", b)
	}
}

func TestFindingAPassage(t *testing.T) {
	s := newStage(t)
	s.show("application/pdf", letter(t, 3, "Hémoglobine 13,2 g/dL", "hemoglobine glyquée"))
	if !s.Find() || s.window.Canvas().Focused() != s.find.entry {
		t.Fatal("the field has not the focus")
	}
	test.Type(s.find.entry, "HEMOGLOBINE")
	s.h.Advance(time.Second)
	s.h.Settle()
	if len(s.find.hits) != 6 || s.find.count.String() != "1 sur 6" {
		t.Fatalf("%d hits, %q", len(s.find.hits), s.find.count)
	}
	if len(s.paper.marks) != 1 || len(s.paper.current) != 1 {
		t.Fatalf("%d and %d marks on the page", len(s.paper.marks), len(s.paper.current))
	}
	on := s.g.onScreen(s.paper.current[0])
	if on.right-on.left < 40 || on.left < 0 || on.right > 800 {
		t.Errorf("the hit is drawn at %v", on)
	}
	s.find.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if s.window.Canvas().Focused() != s.paper {
		t.Fatal("Return must leave the field for the page, where N is the next hit")
	}
	test.Type(s.paper, "n")
	s.h.Settle()
	if s.find.count.String() != "3 sur 6" || s.g.page != 1 || s.find.entry.Text != "HEMOGLOBINE" {
		t.Errorf("two hits on: %q on page %d, the field says %q", s.find.count, s.g.page, s.find.entry.Text)
	}
	s.Find()
	s.find.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.window.Canvas().Focused() != s.paper {
		t.Error("Escape must leave the field for the page")
	}
	test.Type(s.paper, "NNN")
	s.h.Settle()
	if s.find.count.String() != "6 sur 6" || s.g.page != 2 {
		t.Errorf("three hits back, round the end: %q on page %d", s.find.count, s.g.page)
	}
	s.find.search("introuvable")
	s.h.Settle()
	if s.find.count.String() != "Aucun résultat" || len(s.paper.marks)+len(s.paper.current) != 0 || !s.find.next.Disabled() {
		t.Errorf("nothing found: %q", s.find.count)
	}
}

func TestCopyingThePageOrASelection(t *testing.T) {
	s := newStage(t)
	s.show("application/pdf", letter(t, 1, "Hémoglobine", "Glycémie"))
	s.paper.TypedShortcut(&fyne.ShortcutCopy{})
	s.h.Settle()
	if !strings.Contains(s.copied, "Hémoglobine") || !strings.Contains(s.copied, "Glycémie") {
		t.Fatalf("the page: %q", s.copied)
	}
	on := s.g.onScreen(box{60, 160, 300, 180})
	drag := func(x, y, dx, dy float64) {
		s.paper.Dragged(&fyne.DragEvent{
			PointEvent: fyne.PointEvent{Position: fyne.NewPos(float32(x), float32(y))},
			Dragged:    fyne.NewDelta(float32(dx), float32(dy)),
		})
	}
	drag(on.left+5, on.top+5, 5, 5)
	drag(on.right, on.bottom, on.right-on.left-5, on.bottom-on.top-5)
	s.paper.DragEnd()
	s.paper.TypedShortcut(&fyne.ShortcutCopy{})
	s.h.Settle()
	if strings.TrimSpace(s.copied) != "Glycémie" {
		t.Fatalf("the selection: %q", s.copied)
	}
	s.paper.Tapped(&fyne.PointEvent{})
	if s.paper.selection != nil {
		t.Error("a tap takes the selection away")
	}
}

func TestClearLeavesNothing(t *testing.T) {
	s := newStage(t)
	s.show("application/pdf", letter(t, 2, "Hémoglobine"))
	s.find.search("page")
	s.h.Settle()
	s.Clear()
	s.h.Settle()
	if s.paper.picture != nil || len(s.pics.byKey) != 0 || s.data != nil || len(s.find.hits) != 0 || s.find.entry.Text != "" || s.bar.root.Visible() {
		t.Error("something of the document is left")
	}
	if s.Find() || s.Shortcuts() != nil {
		t.Error("there is nothing to search in")
	}
}

// slow is a document whose pages are drawn when the test says so.
type slow struct {
	picture
	release chan struct{}
	closed  chan struct{}
}

func (s *slow) draw(ctx context.Context, _ int, _ float64, _ int) (image.Image, error) {
	select {
	case <-s.release:
		return image.NewRGBA(image.Rect(0, 0, 10, 10)), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *slow) pages() []size { return []size{{100, 100}, {100, 100}, {100, 100}} }
func (s *slow) close()        { close(s.closed) }

func TestWhatIsDrawnForAnAbandonedPageIsDropped(t *testing.T) {
	s := newStage(t)
	doc := &slow{release: make(chan struct{}), closed: make(chan struct{})}
	s.lease.put(doc)
	s.opened(doc)
	s.h.Advance(task.BusyAfter)
	s.h.Drain()
	if !s.bones.Visible() {
		t.Error("after a while, bars stand where the page will be")
	}
	s.Page(1)
	s.show("image/png", picturePNG(t, 40, 30))
	close(doc.release)
	s.h.Settle()
	<-doc.closed
	if b := s.paper.picture.Bounds(); b.Dx() == 10 {
		t.Error("the abandoned document's page is shown")
	}
	if s.bones.Visible() || s.bar.page.String() != "1 / 1" {
		t.Errorf("bars %v, page %s", s.bones.Visible(), s.bar.page)
	}
}

func TestALeaseThatEndedClosesWhatOpensLater(t *testing.T) {
	l := &lease{}
	l.end()
	doc := &slow{closed: make(chan struct{})}
	l.put(doc)
	<-doc.closed
}

func picturePNG(tb testing.TB, w, h int) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, testPicture(w, h)); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// testPicture is blue with a red corner at the upper left.
func testPicture(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{B: 255, A: 255})
			if x < w/4 && y < h/4 {
				img.Set(x, y, color.RGBA{R: 255, A: 255})
			}
		}
	}
	return img
}

func TestPictures(t *testing.T) {
	s := newStage(t)
	var jpg, tif bytes.Buffer
	if err := errors.Join(jpeg.Encode(&jpg, testPicture(400, 300), nil), tiff.Encode(&tif, testPicture(400, 300), nil)); err != nil {
		t.Fatal(err)
	}
	for media, data := range map[string][]byte{"image/png": picturePNG(t, 400, 300), "image/jpeg": jpg.Bytes(), "image/tiff": tif.Bytes()} {
		s.show(media, data)
		if s.paper.picture == nil || s.find.root.Visible() || s.Find() {
			t.Fatalf("%s: picture %v", media, s.paper.picture != nil)
		}
		s.Turn()
		s.h.Settle()
		b := s.paper.picture.Bounds()
		if r, _, _, _ := s.paper.picture.At(b.Max.X-4, 4).RGBA(); b.Dx() >= b.Dy() || r < 0x8000 {
			t.Errorf("%s turned: %v, the red corner is not at the upper right", media, b)
		}
	}
}

func TestWhatCannotBeShownSaysSo(t *testing.T) {
	s := newStage(t)
	huge := bytes.Replace(picturePNG(t, 8, 8), []byte{0, 0, 0, 8, 0, 0, 0, 8}, []byte{0, 1, 0, 0, 0, 1, 0, 0}, 1)
	for name, c := range map[string]struct {
		media string
		data  []byte
	}{
		"a broken PDF":      {"application/pdf", []byte("%PDF-1.4\n")},
		"a giant picture":   {"image/png", huge},
		"a broken picture":  {"image/jpeg", []byte("\xff\xd8\xff")},
		"a kind we have no": {"application/zip", []byte("PK")},
	} {
		s.show(c.media, c.data)
		if !s.state.Visible() || s.paper.picture != nil {
			t.Errorf("%s: no word about it", name)
		}
	}
	s.show("text/plain; charset=utf-8", []byte("Bonjour"))
	if s.state.Visible() || s.paper.picture == nil {
		t.Error("the document after it is shown as if nothing had been")
	}
}

func TestPlainText(t *testing.T) {
	s := newStage(t)
	text := strings.Repeat("Une ligne assez longue pour devoir être coupée quelque part, parce qu'une page n'a que quatre-vingt-quatre colonnes.\r\n", 70) + "La fin\n"
	s.show("text/plain", []byte(text))
	if s.bar.page.String() != "1 / 3" || s.paper.picture == nil {
		t.Fatalf("page %s", s.bar.page)
	}
	s.find.search("LA FIN")
	s.h.Settle()
	if len(s.find.hits) != 1 || s.g.page != 2 {
		t.Fatalf("%v, page %d", s.find.hits, s.g.page)
	}
	s.copy()
	s.h.Settle()
	if !strings.HasSuffix(s.copied, "La fin") {
		t.Errorf("copied %q", s.copied)
	}
	s.show("text/plain", []byte("\xe9t\xe9 \x80")) // Windows-1252
	s.copy()
	s.h.Settle()
	if s.copied != "été €" {
		t.Errorf("copied %q", s.copied)
	}
}

func TestPicturesAreKeptWithinABound(t *testing.T) {
	p := newPictures()
	p.limit = 4 * 100 * 3
	img := func() image.Image { return image.NewRGBA(image.Rect(0, 0, 10, 10)) }
	for i := range 3 {
		p.put(pictureKey{page: i}, img())
	}
	p.get(pictureKey{page: 0})
	p.put(pictureKey{page: 3}, img())
	if p.get(pictureKey{page: 1}) != nil || p.get(pictureKey{page: 0}) == nil || p.bytes != 1200 {
		t.Errorf("%d bytes, order %v", p.bytes, p.order)
	}
	p.put(pictureKey{page: 9}, image.NewRGBA(image.Rect(0, 0, 1000, 1000)))
	if p.get(pictureKey{page: 9}) == nil || len(p.byKey) != 1 {
		t.Error("the page put last stays, alone")
	}
}

func FuzzPlain(f *testing.F) {
	f.Add([]byte("Bonjour\r\n\tle monde\f"), "monde")
	f.Add([]byte("\xff\xfe\x00"), "\u0301")
	f.Fuzz(func(t *testing.T, data []byte, query string) {
		text := string(data)
		p := &plain{lines: wrap(text)}
		hits, err := p.search(context.Background(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hits {
			if h.page < 0 || h.page >= len(p.pages()) {
				t.Fatalf("a hit on page %d of %d", h.page, len(p.pages()))
			}
		}
		for _, l := range p.lines {
			if n := len([]rune(l)); n > plainColumns {
				t.Fatalf("a line of %d characters", n)
			}
		}
	})
}
