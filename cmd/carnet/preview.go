package main

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg" // a document may be a photograph
	_ "image/png"  // or a screen copy

	"carnet/client/fhir"
	"carnet/client/pdfium"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff" // or a scan
)

// widestPreview and mostPixels keep a preview small and a hostile picture from
// taking the memory.
const (
	widestPreview = 2000
	mostPixels    = 40_000_000
)

// preview draws the first page of what is about to be filed.
type preview struct{ engine *pdfium.Engine }

// FirstPage implements upload.Previewer.
func (p preview) FirstPage(ctx context.Context, contentType string, data []byte, width int) (image.Image, error) {
	width = min(max(width, 1), widestPreview)
	if contentType != "application/pdf" {
		return shrunk(data, width)
	}
	doc, err := p.engine.Open(ctx, data)
	if err != nil {
		return nil, err
	}
	defer doc.Close()
	size := doc.Size(0)
	return doc.Render(ctx, 0, float64(width)/max(size.Width, 1), 0)
}

// shrunk decodes a picture and makes it at most width pixels wide.
func shrunk(data []byte, width int) (image.Image, error) {
	header, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fhir.E(fhir.Invalid, "the picture cannot be read")
	}
	if header.Width <= 0 || header.Height <= 0 || header.Width > mostPixels/header.Height {
		return nil, fhir.E(fhir.TooLarge, "the picture has too many points")
	}
	full, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fhir.E(fhir.Invalid, "the picture cannot be read")
	}
	if header.Width <= width {
		return full, nil
	}
	small := image.NewRGBA(image.Rect(0, 0, width, max(header.Height*width/header.Width, 1)))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), full, full.Bounds(), draw.Src, nil)
	return small, nil
}
