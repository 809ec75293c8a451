package pdfium

import (
	"context"
	"errors"
	"image"
	"math"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/requests"

	"carnet/client/fhir"
)

// errNoPicture means that the sandbox had no memory left for the picture.
var errNoPicture = errors.New("no memory for the picture")

// Render draws a page on white. scale is pixels a point (1.333 is 96 DPI);
// rotation counts quarter turns clockwise. The scale is lowered where the
// picture would have more than Options.MaxPixels; the picture's bounds tell.
// Errors: Invalid, Canceled, BadValue for a page that is not there.
func (d *Document) Render(ctx context.Context, page int, scale float64, rotation int) (*image.RGBA, error) {
	if page < 0 || page >= d.pages {
		return nil, fhir.E(fhir.BadValue, "Cette page n'existe pas\u00a0: revenez au début du document.")
	}
	rotation = (rotation%4 + 4) % 4
	w, h := d.pixels(page, scale, rotation)
	return do(ctx, d, func() (*image.RGBA, error) { return d.draw(page, rotation, w, h) })
}

// pixels gives the picture's size.
func (d *Document) pixels(page int, scale float64, rotation int) (w, h int) {
	s := d.sizes[page]
	if rotation%2 == 1 {
		s.Width, s.Height = s.Height, s.Width
	}
	if scale <= 0 || math.IsNaN(scale) {
		scale = 1
	}
	if area := s.Width * s.Height * scale * scale; area > float64(d.engine.opts.MaxPixels) {
		scale *= 0.997 * math.Sqrt(float64(d.engine.opts.MaxPixels)/area) // rounding must not pass it
	}
	// A page ten thousand times as long as it is wide must stay drawable.
	longest := float64(d.engine.opts.MaxPixels)
	side := func(points float64) int { return max(1, int(math.Min(math.Round(points*scale), longest))) }
	w, h = side(s.Width), side(s.Height)
	for w*h > d.engine.opts.MaxPixels {
		w, h = max(1, w/2), max(1, h/2)
	}
	return w, h
}

// draw runs in the sandbox.
func (d *Document) draw(page, rotation, w, h int) (*image.RGBA, error) {
	at, done, err := d.drawable(page)
	if err != nil {
		return nil, err
	}
	defer done()
	bitmap, err := d.inst.FPDFBitmap_Create(&requests.FPDFBitmap_Create{Width: w, Height: h})
	if err != nil {
		return nil, err
	}
	defer func() {
		_, _ = d.inst.FPDFBitmap_Destroy(&requests.FPDFBitmap_Destroy{Bitmap: bitmap.Bitmap})
	}()
	if _, err := d.inst.FPDFBitmap_FillRect(&requests.FPDFBitmap_FillRect{Bitmap: bitmap.Bitmap, Width: w, Height: h, Color: 0xFFFFFFFF}); err != nil {
		return nil, err
	}
	_, err = d.inst.FPDF_RenderPageBitmap(&requests.FPDF_RenderPageBitmap{
		Bitmap: bitmap.Bitmap, Page: at, SizeX: w, SizeY: h,
		Rotate: enums.FPDF_PAGE_ROTATION(rotation),
		Flags:  enums.FPDF_RENDER_FLAG_ANNOT | enums.FPDF_RENDER_FLAG_REVERSE_BYTE_ORDER,
	})
	if err != nil {
		return nil, err
	}
	buf, err := d.inst.FPDFBitmap_GetBuffer(&requests.FPDFBitmap_GetBuffer{Bitmap: bitmap.Bitmap})
	if err != nil {
		return nil, err
	}
	if len(buf.Buffer) != 4*w*h {
		return nil, errNoPicture
	}
	// The buffer is the sandbox's memory: copy it before it goes.
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	copy(img.Pix, buf.Buffer)
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 0xFF
	}
	return img, nil
}

// drawable gives the page to draw. Form fields are no part of a page until they
// are flattened into it, and show only once the page is loaded anew.
func (d *Document) drawable(page int) (at requests.Page, done func(), err error) {
	if !d.forms {
		return requests.Page{ByIndex: &requests.PageByIndex{Document: d.doc, Index: page}}, func() {}, nil
	}
	if !d.flat[page] {
		first, closeFirst, err := d.loadPage(page)
		if err != nil {
			return at, nil, err
		}
		_, err = d.inst.FPDFPage_Flatten(&requests.FPDFPage_Flatten{Page: first, Usage: requests.FPDFPage_FlattenUsageNormalDisplay})
		closeFirst()
		if err != nil && !ordinary(err) {
			return at, nil, err
		}
		d.flat[page] = true
	}
	return d.loadPage(page)
}

// loadPage loads a page that is ours alone.
func (d *Document) loadPage(page int) (at requests.Page, done func(), err error) {
	p, err := d.inst.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: d.doc, Index: page})
	if err != nil {
		return at, nil, err
	}
	inst := d.inst
	done = func() { _, _ = inst.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: p.Page}) }
	return requests.Page{ByReference: &p.Page}, done, nil
}
