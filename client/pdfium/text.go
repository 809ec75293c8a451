package pdfium

import (
	"context"
	"math"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"carnet/client/fhir"
)

const (
	maxPageText = 200_000 // characters of one page that are looked at
	maxHits     = 1000    // hits of one search
	maxCached   = 256     // pages whose folded text is kept
)

// Rect is a place on a page: points from the upper left corner, as shown.
type Rect struct{ Left, Top, Right, Bottom float64 }

// Hit is one place where a passage stands; it has several rectangles when the
// passage runs over a line's end.
type Hit struct {
	Page  int
	Rects []Rect
}

// page is the text of a page, kept for the next search.
type page struct {
	quick folded  // of PDFium's own text, read in one call: does the passage stand here at all?
	exact *folded // character by character, for pages with a hit: where?
}

// Text gives a page's text in reading order, lines ended by "\n". Errors:
// Invalid, Canceled.
func (d *Document) Text(ctx context.Context, index int) (string, error) {
	return do(ctx, d, func() (string, error) {
		var text string
		err := d.onText(index, func(tp references.FPDF_TEXTPAGE, n int) error {
			t, err := d.inst.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: tp, Count: n})
			if err == nil {
				text = tidy(t.Text)
			}
			return err
		})
		return text, err
	})
}

// TextIn gives the text inside a rectangle of a page. Errors: Invalid, Canceled.
func (d *Document) TextIn(ctx context.Context, index int, r Rect) (string, error) {
	return do(ctx, d, func() (string, error) {
		var text string
		err := d.onText(index, func(tp references.FPDF_TEXTPAGE, _ int) error {
			a, err := d.toPage(index, r.Left, r.Top)
			if err != nil {
				return err
			}
			b, err := d.toPage(index, r.Right, r.Bottom)
			if err != nil {
				return err
			}
			t, err := d.inst.FPDFText_GetBoundedText(&requests.FPDFText_GetBoundedText{
				TextPage: tp,
				Left:     math.Min(a[0], b[0]), Right: math.Max(a[0], b[0]),
				Top: math.Max(a[1], b[1]), Bottom: math.Min(a[1], b[1]),
			})
			if err == nil {
				text = tidy(t.Text)
			}
			return err
		})
		return text, err
	})
}

// Search gives the places where a passage stands, in reading order, at most
// 1,000. Case, accents, ligatures and line ends make no difference. Errors:
// Invalid, Canceled.
func (d *Document) Search(ctx context.Context, query string) ([]Hit, error) {
	q := foldQuery(query)
	var hits []Hit
	for p := 0; p < d.pages && len(q) > 0 && len(hits) < maxHits; p++ {
		if ctx.Err() != nil {
			return nil, fhir.Wrap(fhir.Canceled, ctx.Err())
		}
		found, err := do(ctx, d, func() ([]Hit, error) { return d.searchPage(p, q) })
		switch fhir.CodeOf(err) {
		case "":
			hits = append(hits, found...)
		case fhir.Canceled:
			return nil, err
		default:
			if d.lost.Load() {
				return hits, err
			}
			// One broken page must not hide what stands on the others.
		}
	}
	return hits[:min(len(hits), maxHits)], nil
}

// searchPage runs in the sandbox.
func (d *Document) searchPage(index int, query []rune) ([]Hit, error) {
	known, ok := d.folded[index]
	if ok && len(known.quick.find(query, 1)) == 0 {
		return nil, nil
	}
	var hits []Hit
	err := d.onText(index, func(tp references.FPDF_TEXTPAGE, n int) error {
		if !ok {
			t, err := d.inst.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: tp, Count: n})
			if err != nil {
				return err
			}
			known.quick = fold([]rune(t.Text))
			d.remember(index, known)
			if len(known.quick.find(query, 1)) == 0 {
				return nil
			}
		}
		if known.exact == nil {
			chars, err := d.chars(tp, n)
			if err != nil {
				return err
			}
			exact := fold(chars)
			known.exact = &exact
			d.remember(index, known)
		}
		for _, span := range known.exact.find(query, maxHits) {
			rects, err := d.rects(tp, index, span)
			if err != nil {
				return err
			}
			hits = append(hits, Hit{Page: index, Rects: rects})
		}
		return nil
	})
	return hits, err
}

// remember keeps a page's text, within bounds.
func (d *Document) remember(index int, p page) {
	if _, there := d.folded[index]; there || len(d.folded) < maxCached {
		d.folded[index] = p
	}
}

// onText runs f with a page's text loaded; n is its number of characters.
func (d *Document) onText(index int, f func(tp references.FPDF_TEXTPAGE, n int) error) error {
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: d.doc, Index: index}}
	tp, err := d.inst.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: at})
	if err != nil {
		return err
	}
	defer func() {
		_, _ = d.inst.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: tp.TextPage})
	}()
	n, err := d.inst.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: tp.TextPage})
	if err != nil {
		return err
	}
	return f(tp.TextPage, min(max(n.Count, 0), maxPageText))
}

// chars reads a page's characters one by one: PDFium's own text leaves some
// out, so that its positions are not those of the rectangles.
func (d *Document) chars(tp references.FPDF_TEXTPAGE, n int) ([]rune, error) {
	out := make([]rune, n)
	for i := range n {
		c, err := d.inst.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: tp, Index: i})
		if err != nil {
			return nil, err
		}
		out[i] = rune(uint32(c.Unicode))
	}
	return out, nil
}

// rects gives where the characters of a span stand.
func (d *Document) rects(tp references.FPDF_TEXTPAGE, index int, span [2]int) ([]Rect, error) {
	n, err := d.inst.FPDFText_CountRects(&requests.FPDFText_CountRects{TextPage: tp, StartIndex: span[0], Count: span[1] - span[0]})
	if err != nil {
		return nil, err
	}
	var out []Rect
	for i := range min(n.Count, 64) {
		r, err := d.inst.FPDFText_GetRect(&requests.FPDFText_GetRect{TextPage: tp, Index: i})
		if err != nil {
			return nil, err
		}
		a, err := d.toShown(index, r.Left, r.Top)
		if err != nil {
			return nil, err
		}
		b, err := d.toShown(index, r.Right, r.Bottom)
		if err != nil {
			return nil, err
		}
		out = append(out, Rect{
			Left: math.Min(a[0], b[0]), Right: math.Max(a[0], b[0]),
			Top: math.Min(a[1], b[1]), Bottom: math.Max(a[1], b[1]),
		})
	}
	return out, nil
}

// device is how finely PDFium's whole-numbered conversion is used: hundredths
// of a point.
const device = 100

// toShown turns the page's own coordinates into ours.
func (d *Document) toShown(index int, x, y float64) ([2]float64, error) {
	s := d.sizes[index]
	r, err := d.inst.FPDF_PageToDevice(&requests.FPDF_PageToDevice{
		Page:  requests.Page{ByIndex: &requests.PageByIndex{Document: d.doc, Index: index}},
		SizeX: int(s.Width * device), SizeY: int(s.Height * device), PageX: x, PageY: y,
	})
	if err != nil {
		return [2]float64{}, err
	}
	return [2]float64{float64(r.DeviceX) / device, float64(r.DeviceY) / device}, nil
}

// toPage turns our coordinates into the page's own.
func (d *Document) toPage(index int, x, y float64) ([2]float64, error) {
	s := d.sizes[index]
	r, err := d.inst.FPDF_DeviceToPage(&requests.FPDF_DeviceToPage{
		Page:  requests.Page{ByIndex: &requests.PageByIndex{Document: d.doc, Index: index}},
		SizeX: int(s.Width * device), SizeY: int(s.Height * device), DeviceX: int(x * device), DeviceY: int(y * device),
	})
	if err != nil {
		return [2]float64{}, err
	}
	return [2]float64{r.PageX, r.PageY}, nil
}

// tidy makes PDFium's text ordinary: "\n" for line ends, no hyphen marks.
func tidy(text string) string {
	out := make([]rune, 0, len(text))
	for _, r := range text {
		switch r {
		case '\r', 0, 0xFFFE, 2:
		default:
			out = append(out, r)
		}
	}
	return string(out)
}
