package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// pdfSize is how large the measured PDF files are, about.
const pdfSize = 100 << 10

// files makes contents that all differ. A PDF is a real one of a page of text
// and a scan; from one to the next only a number in its text changes, in
// place, so that making it costs the clients nothing.
type files struct {
	model []byte
	at    int // of the number
}

// mark is the number's place in the model, as wide as every number.
const mark = "000000000000000000"

func newFiles() *files {
	var model []byte
	// The scan's width is what brings the file to its size.
	for width := 300; width <= 900; width += 4 {
		if model = modelPDF(width, 1); len(model) >= pdfSize {
			break
		}
	}
	return &files{model: model, at: bytes.Index(model, []byte(mark))}
}

// modelPDF draws a page of text with a scan, uncompressed but for the scan, and
// more pages with a scan each.
func modelPDF(width, pages int) []byte {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCompression(false)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	pdf.SetModificationDate(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 11)
	pdf.Cell(0, 8, "Compte rendu "+mark)
	for i := range 30 {
		pdf.Ln(6)
		pdf.Cell(0, 6, fmt.Sprintf("Analyse %02d   valeur %d,%d   norme 3,5 - 5,0", i, i%7, i%10))
	}
	for page := range pages {
		if page > 0 {
			pdf.AddPage()
		}
		name := fmt.Sprintf("scan%d", page)
		pdf.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "JPG"}, bytes.NewReader(scan(width, uint64(page))))
		pdf.ImageOptions(name, 20, 210, 120, 0, false, fpdf.ImageOptions{ImageType: "JPG"}, 0, "")
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil // the caller sees no number in it
	}
	return out.Bytes()
}

// scan is a picture that does not compress well, as scans do not.
func scan(width int, page uint64) []byte {
	r := rand.New(rand.NewPCG(3, 4+page))
	img := image.NewGray(image.Rect(0, 0, width, 300))
	for y := range 300 {
		for x := range width {
			img.SetGray(x, y, color.Gray{Y: uint8(160 + r.IntN(90))})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 80}); err != nil {
		return nil
	}
	return out.Bytes()
}

// pdf gives the n-th file.
func (f *files) pdf(n uint64) []byte {
	out := bytes.Clone(f.model)
	copy(out[f.at:], fmt.Sprintf("%0*d", len(mark), n))
	return out
}

// text gives the n-th small content, 1 KiB.
func (f *files) text(n uint64) []byte {
	line := fmt.Appendf(nil, "Compte rendu %018d. ", n)
	return bytes.Repeat(line, 1024/len(line)+1)[:1024]
}
