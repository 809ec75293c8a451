package pdfview

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/jpeg" // decoders of what a record takes
	_ "image/png"
	"math"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff"
)

const (
	// maxPixels bounds a picture before it is decoded: 50 million take 200 MB.
	maxPixels = 50_000_000
	// maxDrawn bounds what is drawn of it.
	maxDrawn = 16_000_000
)

// errPicture means that a picture is too large to be shown, or broken.
var errPicture = errors.New("pdfview: a picture that cannot be shown")

// picture is a document of one page.
type picture struct{ img image.Image }

// openPicture decodes a picture, after a look at its size.
func openPicture(data []byte) (document, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || c.Width <= 0 || c.Height <= 0 || c.Height > maxPixels/c.Width {
		return nil, errPicture
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, errPicture
	}
	return &picture{img}, nil
}

// pages: at 100 % a pixel is a screen unit.
func (p *picture) pages() []size {
	b := p.img.Bounds()
	return []size{{float64(b.Dx()) / unit, float64(b.Dy()) / unit}}
}

func (p *picture) hasText() bool { return false }
func (p *picture) close()        {}

func (p *picture) search(context.Context, string) ([]hit, error)   { return nil, nil }
func (p *picture) text(context.Context, int, *box) (string, error) { return "", nil }

func (p *picture) draw(ctx context.Context, _ int, scale float64, rotation int) (image.Image, error) {
	s := p.pages()[0]
	if area := s.w * s.h * scale * scale; area > maxDrawn {
		scale *= math.Sqrt(maxDrawn / area)
	}
	w, h := max(1, int(math.Round(s.w*scale))), max(1, int(math.Round(s.h*scale)))
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(dst, dst.Bounds(), image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(dst, dst.Bounds(), p.img, p.img.Bounds(), draw.Over, nil)
	return turnImage(ctx, dst, rotation)
}

// turnImage turns a picture by quarters, clockwise.
func turnImage(ctx context.Context, src *image.RGBA, rotation int) (image.Image, error) {
	if rotation%4 == 0 {
		return src, ctx.Err()
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	to := image.Rect(0, 0, w, h)
	if rotation%2 == 1 {
		to = image.Rect(0, 0, h, w)
	}
	dst := image.NewRGBA(to)
	for y := range h {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for x := range w {
			var dx, dy int
			switch rotation % 4 {
			case 1:
				dx, dy = h-1-y, x
			case 2:
				dx, dy = w-1-x, h-1-y
			case 3:
				dx, dy = y, w-1-x
			}
			copy(dst.Pix[dst.PixOffset(dx, dy):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return dst, nil
}
