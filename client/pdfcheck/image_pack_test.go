package pdfcheck

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"testing"

	"carnet/client/pdfium"
)

// TestColoursForPrintStayAsTheyAre: a CMYK photograph keeps its pixels, which
// PDF/A-1 with a screen's output intent does not allow: that is remarked.
func TestColoursForPrintStayAsTheyAre(t *testing.T) {
	data, err := os.ReadFile("testdata/cmyk.jpg")
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := ImagePDF(t.Context(), data)
	if err != nil || !bytes.Contains(pdf, []byte("/DeviceCMYK")) || !bytes.Contains(pdf, []byte("/Decode[1 0 1 0 1 0 1 0]")) {
		t.Fatal("not as it was", err)
	}
	c := newChecker(t, Options{CacheDir: pdfium.DefaultCacheDir()})
	r, err := c.Check(t.Context(), pdf)
	if err != nil || r.Verdict != Remarks || len(r.Findings) != 1 || !r.Has(CodeNoPDFA) {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestPackedPixelsComeBack: what is packed of a picture is the picture.
func TestPackedPixelsComeBack(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 61, 47))
	grey := image.NewGray(img.Rect)
	for y := range 47 {
		for x := range 61 {
			img.SetRGBA(x, y, color.RGBA{byte(x * 4), byte(y * 5), byte(x * y), 255})
			grey.SetGray(x, y, color.Gray{Y: byte(x*3 + y)})
		}
	}
	for _, want := range []image.Image{img, grey} {
		s, err := rasterSheet(want)
		if err != nil {
			t.Fatal(err)
		}
		z, err := zlib.NewReader(bytes.NewReader(s.data))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(z)
		if err != nil || len(raw) != 47*(61*s.predicted+1) {
			t.Fatal(len(raw), err)
		}
		got, err := png.Decode(bytes.NewReader(pngOfRows(raw, 61, 47, s.predicted))) // its rows are a PNG's
		if err != nil {
			t.Fatal(err)
		}
		for y := range 47 {
			for x := range 61 {
				if overWhite(want.At(x, y)) != overWhite(got.At(x, y)) {
					t.Fatalf("another colour at %d, %d", x, y)
				}
			}
		}
	}
}

// pngOfRows writes filtered rows as a PNG.
func pngOfRows(raw []byte, w, h, components int) []byte {
	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, body []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
		named := append([]byte(name), body...)
		out = binary.BigEndian.AppendUint32(append(out, named...), crc32.ChecksumIEEE(named))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	chunk("IHDR", append(head, 8, map[int]byte{1: 0, 3: 2}[components], 0, 0, 0))
	chunk("IDAT", deflate(raw))
	chunk("IEND", nil)
	return out
}
