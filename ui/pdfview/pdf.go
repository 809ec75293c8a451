package pdfview

import (
	"context"
	"image"

	"carnet/client/pdfium"
)

// pdf is a PDF in its sandbox.
type pdf struct {
	doc   *pdfium.Document
	sizes []size
}

func openPDF(ctx context.Context, e Engine, data []byte) (document, error) {
	doc, err := e.Open(ctx, data)
	if err != nil {
		return nil, err
	}
	p := &pdf{doc: doc}
	for i := range doc.Pages() {
		s := doc.Size(i)
		p.sizes = append(p.sizes, size{s.Width, s.Height})
	}
	return p, nil
}

func (p *pdf) pages() []size { return p.sizes }
func (p *pdf) hasText() bool { return true }
func (p *pdf) close()        { p.doc.Close() }

func (p *pdf) draw(ctx context.Context, page int, scale float64, rotation int) (image.Image, error) {
	img, err := p.doc.Render(ctx, page, scale, rotation)
	if err != nil {
		return nil, err
	}
	return img, nil
}

func (p *pdf) search(ctx context.Context, query string) ([]hit, error) {
	found, err := p.doc.Search(ctx, query)
	hits := make([]hit, 0, len(found))
	for _, f := range found {
		h := hit{page: f.Page}
		for _, r := range f.Rects {
			h.boxes = append(h.boxes, box{r.Left, r.Top, r.Right, r.Bottom})
		}
		hits = append(hits, h)
	}
	return hits, err
}

func (p *pdf) text(ctx context.Context, page int, part *box) (string, error) {
	if part == nil {
		return p.doc.Text(ctx, page)
	}
	return p.doc.TextIn(ctx, page, pdfium.Rect{Left: part.left, Top: part.top, Right: part.right, Bottom: part.bottom})
}
