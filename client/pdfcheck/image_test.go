package pdfcheck

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"strconv"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/client/pdfium"
)

// testPicture is a picture whose corners differ: red, green, blue and white.
func testPicture(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			switch {
			case x < w/2 && y < h/2:
				c = color.RGBA{220, 20, 20, 255}
			case x >= w/2 && y < h/2:
				c = color.RGBA{20, 200, 20, 255}
			case x < w/2:
				c = color.RGBA{20, 20, 220, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func jpegOf(t testing.TB, img image.Image, app1 []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	if app1 == nil {
		return b.Bytes()
	}
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, byte((len(app1)+2)>>8), byte(len(app1)+2))
	return append(append(out, app1...), b.Bytes()[2:]...)
}

// exifOf is an EXIF block: an orientation, 300 dots an inch, and a secret that
// must not stay.
func exifOf(turn uint16) []byte {
	b := append([]byte("Exif\x00\x00"), "II*\x00\x08\x00\x00\x00"...)
	le := binary.LittleEndian
	b = le.AppendUint16(b, 4)
	entry := func(tag, kind uint16, n, v uint32) {
		b = le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(b, tag), kind), n), v)
	}
	entry(274, 3, 1, uint32(turn))
	entry(282, 5, 1, 62)
	entry(283, 5, 1, 62)
	entry(0x8825, 4, 1, 70) // GPS
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(le.AppendUint32(b, 300), 1)
	return append(b, "GPSLatitude 49.2583 N SECRETPHONE"...)
}

func pngOf(t testing.TB, img image.Image, dpi float64) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if dpi == 0 {
		return b.Bytes()
	}
	per := uint32(math.Round(dpi / 0.0254))
	chunk := append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("pHYs"), per), per), 1)
	out := append([]byte{}, b.Bytes()[:33]...)
	out = binary.BigEndian.AppendUint32(out, 9)
	out = binary.BigEndian.AppendUint32(append(out, chunk...), crc32.ChecksumIEEE(chunk))
	return append(out, b.Bytes()[33:]...)
}

// tiffPage is one page of a TIFF as its directory says.
type tiffPage struct {
	w, h, bits, samples, compression, photometric, turn int
	data                                                []byte
}

// tiffOf writes pages as a TIFF of 200 dots an inch.
func tiffOf(order binary.AppendByteOrder, pages ...tiffPage) []byte {
	out := []byte("II*\x00")
	if order.String() == "BigEndian" {
		out = []byte("MM\x00*")
	}
	out = append(out, 0, 0, 0, 0)
	link := 4
	for _, p := range pages {
		strip := len(out)
		out = append(out, p.data...)
		res := len(out)
		out = order.AppendUint32(order.AppendUint32(out, 200), 1)
		bits := len(out)
		for range 4 {
			out = order.AppendUint16(out, uint16(p.bits))
		}
		at := len(out)
		order.AppendUint32(out[:link], uint32(at))
		entries := [][3]int{
			{256, 4, p.w},
			{257, 4, p.h},
			{258, 3, p.bits},
			{259, 3, p.compression},
			{262, 3, p.photometric},
			{273, 4, strip},
			{274, 3, max(p.turn, 1)},
			{277, 3, p.samples},
			{278, 4, p.h},
			{279, 4, len(p.data)},
			{282, 5, res},
			{283, 5, res},
			{296, 3, 2},
		}
		out = order.AppendUint16(out, uint16(len(entries)))
		for _, e := range entries {
			n := 1
			if e[0] == 258 && p.samples == 3 {
				n, e[2] = 3, bits
			}
			out = order.AppendUint16(order.AppendUint16(out, uint16(e[0])), uint16(e[1]))
			out = order.AppendUint32(out, uint32(n))
			if e[1] == 3 && n == 1 {
				out = order.AppendUint16(order.AppendUint16(out, uint16(e[2])), 0)
			} else {
				out = order.AppendUint32(out, uint32(e[2]))
			}
		}
		link = len(out)
		out = append(out, 0, 0, 0, 0)
	}
	return out
}

// bilevel is a page of one bit a pixel, black on its left half.
func bilevel(w, h int) []byte {
	row := make([]byte, w/8)
	for i := range row {
		if i >= len(row)/2 {
			row[i] = 0xff
		}
	}
	return bytes.Repeat(row, h)
}

// groupFour codes the page of 800 columns whose left half is white and right half
// black, as faxes do (ITU-T T.6): the first line by its runs, each other as "the
// same as above".
func groupFour(h int) []byte {
	bits := "001" + "00110111" + "101010" + "000000110100" + "0000010111" + // 384 + 16 white, 384 + 16 black
		strings.Repeat("11", h-1) + "000000000001000000000001"
	bits += strings.Repeat("0", (8-len(bits)%8)%8)
	var out []byte
	for i := 0; i < len(bits); i += 8 {
		b, _ := strconv.ParseUint(bits[i:i+8], 2, 8)
		out = append(out, byte(b))
	}
	return out
}

// lzwLiterals codes bytes as TIFF's LZW does, without using its table.
func lzwLiterals(data []byte) []byte {
	var out []byte
	acc, n := uint32(0), 0
	put := func(code uint32) {
		acc, n = acc<<9|code, n+9
		for ; n >= 8; n -= 8 {
			out = append(out, byte(acc>>(n-8)))
		}
	}
	for i, b := range data {
		if i%200 == 0 {
			put(256)
		}
		put(uint32(b))
	}
	put(257)
	return append(out, byte(acc<<(8-n)))
}

// pictures are scans as people have them, and how many pages each makes.
func pictures(t testing.TB) map[string]struct {
	data  []byte
	pages int
} {
	t.Helper()
	pic := testPicture(320, 200)
	grey := image.NewGray16(image.Rect(0, 0, 200, 300))
	alpha := image.NewNRGBA(image.Rect(0, 0, 200, 300))
	for i := range grey.Pix {
		grey.Pix[i] = byte(i)
		alpha.Pix[2*i%len(alpha.Pix)] = byte(i)
	}
	rgb := make([]byte, 0, 64*64*3)
	for i := range 64 * 64 {
		rgb = append(rgb, byte(i), byte(i>>4), 200)
	}
	g4 := tiffPage{w: 800, h: 1000, bits: 1, samples: 1, compression: 4, photometric: 0, data: groupFour(1000)}
	return map[string]struct {
		data  []byte
		pages int
	}{
		"a photograph":        {jpegOf(t, pic, nil), 1},
		"with EXIF":           {jpegOf(t, pic, exifOf(6)), 1},
		"a grey photograph":   {jpegOf(t, image.NewGray(pic.Rect), nil), 1},
		"PNG":                 {pngOf(t, pic, 150), 1},
		"PNG of 16 bits":      {pngOf(t, grey, 0), 1},
		"PNG with alpha":      {pngOf(t, alpha, 0), 1},
		"PNG with a palette":  {pngOf(t, image.NewPaletted(pic.Rect, color.Palette{color.White, color.RGBA{200, 0, 0, 255}}), 0), 1},
		"TIFF, G4":            {tiffOf(binary.LittleEndian, g4), 1},
		"TIFF, three pages":   {tiffOf(binary.BigEndian, g4, g4, tiffPage{w: 160, h: 200, bits: 1, samples: 1, compression: 1, photometric: 0, turn: 8, data: bilevel(160, 200)}), 3},
		"TIFF, LZW":           {tiffOf(binary.LittleEndian, tiffPage{w: 64, h: 64, bits: 8, samples: 3, compression: 5, photometric: 2, data: lzwLiterals(rgb)}), 1},
		"TIFF, as it is, RGB": {tiffOf(binary.BigEndian, tiffPage{w: 64, h: 64, bits: 8, samples: 3, compression: 1, photometric: 2, data: rgb}), 1},
	}
}

func TestPicturesBecomePDFsThatPassTheGate(t *testing.T) {
	c := newChecker(t, Options{Strict: true, Text: true, CacheDir: pdfium.DefaultCacheDir()})
	for name, p := range pictures(t) {
		pdf, err := ImagePDF(t.Context(), p.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r, err := c.Check(t.Context(), pdf)
		if err != nil || r.Verdict != Good || r.PDFA != "1b" || r.Pages != p.pages {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		again, err := ImagePDF(t.Context(), p.data)
		if err != nil || !bytes.Equal(pdf, again) {
			t.Errorf("%s: another PDF the second time (%v)", name, err)
		}
		if bytes.Contains(pdf, []byte("SECRET")) || bytes.Contains(pdf, []byte("GPS")) {
			t.Errorf("%s: what stood beside the pixels is still there", name)
		}
		if cmp := CompareIdentity(r.TextSample, lea()); !cmp.NoText || cmp.Outcome != Unsure {
			t.Errorf("%s: a picture without text must be unsure and say so: %+v", name, cmp)
		}
	}
}

// TestAPhotographIsShownAsItWasTaken: orientation 6 turns a quarter to the
// right, so that the red corner comes to the upper right.
func TestAPhotographIsShownAsItWasTaken(t *testing.T) {
	e := pdfium.New(pdfium.Options{CacheDir: pdfium.DefaultCacheDir(), Documents: 1, MaxPixels: 1_000_000})
	t.Cleanup(func() { _ = e.Close() })
	// Where the red corner comes to lie: left and top.
	for turn, want := range map[uint16][2]bool{1: {true, true}, 2: {false, true}, 3: {false, false}, 4: {true, false}, 5: {true, true}, 6: {false, true}, 7: {false, false}, 8: {true, false}} {
		pdf, err := imagePDF(jpegOf(t, testPicture(320, 200), exifOf(turn)))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := e.Open(t.Context(), pdf)
		if err != nil {
			t.Fatal(err)
		}
		img, err := doc.Render(t.Context(), 0, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		b := img.Bounds()
		if tall := b.Dy() > b.Dx(); tall != (turn >= 5) {
			t.Errorf("orientation %d: the page is %v", turn, b)
		}
		for _, left := range []bool{true, false} {
			for _, top := range []bool{true, false} {
				x, y := b.Dx()/4, b.Dy()/4
				if !left {
					x = b.Dx() * 3 / 4
				}
				if !top {
					y = b.Dy() * 3 / 4
				}
				r, g, blue, _ := img.At(x, y).RGBA()
				red := r > 0xa000 && g < 0x6000 && blue < 0x6000
				if red != (left == want[0] && top == want[1]) {
					t.Errorf("orientation %d: red %v at left %v, top %v", turn, red, left, top)
				}
			}
		}
		doc.Close()
	}
}

func TestAPageHasThePapersSize(t *testing.T) {
	for name, c := range map[string]struct {
		s    sheet
		w, h float64
	}{
		"A4 at 300":             {sheet{width: 2480, height: 3508, dpiX: 300, dpiY: 300}, 595.2, 841.92},
		"no resolution":         {sheet{width: 1000, height: 1400}, a4Width, a4Height},
		"a telephone's":         {sheet{width: 4000, height: 3000, dpiX: 72, dpiY: 72}, a4Height, a4Width},
		"turned":                {sheet{width: 3508, height: 2480, dpiX: 300, dpiY: 300, turn: 6}, 595.2, 841.92},
		"a fax's":               {sheet{width: 1728, height: 1143, dpiX: 204, dpiY: 98}, 609.88, 839.76},
		"a stamp":               {sheet{width: 20, height: 20, dpiX: 300, dpiY: 300}, a4Width, a4Height},
		"nothing but one point": {sheet{width: 1, height: 1}, a4Width, a4Height},
	} {
		p := c.s.place()
		if math.Abs(p.pageW-c.w) > 0.1 || math.Abs(p.pageH-c.h) > 0.1 || p.x < 0 || p.y < 0 || p.w <= 0 || p.h <= 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestAJPEGKeepsItsPixels: the coded pixels are the file's own.
func TestAJPEGKeepsItsPixels(t *testing.T) {
	data := jpegOf(t, testPicture(64, 64), exifOf(1))
	pdf, err := imagePDF(append(data, "<script>trailing</script>"...))
	if err != nil {
		t.Fatal(err)
	}
	scan := data[bytes.Index(data, []byte{0xff, 0xda}):]
	if !bytes.Contains(pdf, scan) || bytes.Contains(pdf, []byte("<script>")) {
		t.Error("the coded pixels were changed, or what follows them was kept")
	}
}

func TestPicturesThatCannotBecomeAPDF(t *testing.T) {
	bomb := pngOf(t, image.NewGray(image.Rect(0, 0, 8, 8)), 0)
	binary.BigEndian.PutUint32(bomb[16:], 60_000)
	binary.BigEndian.PutUint32(bomb[20:], 60_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	loop := tiffOf(binary.LittleEndian, tiffPage{w: 8, h: 8, bits: 1, samples: 1, compression: 1, photometric: 1, data: bilevel(8, 8)})
	copy(loop[len(loop)-4:], loop[4:8])
	whole := jpegOf(t, testPicture(64, 64), nil)
	for name, c := range map[string]struct {
		data []byte
		code fhir.Code
	}{
		"nothing":             {nil, fhir.UnsupportedMedia},
		"a PDF":               {onePage(""), fhir.UnsupportedMedia},
		"half a photograph":   {whole[:len(whole)/2], fhir.Invalid},
		"half a PNG":          {pngOf(t, testPicture(64, 64), 0)[:100], fhir.Invalid},
		"a PNG bomb":          {bomb, fhir.TooLarge},
		"a TIFF in a circle":  {loop, fhir.Invalid},
		"a JPEG inside TIFF":  {tiffOf(binary.LittleEndian, tiffPage{w: 8, h: 8, bits: 8, samples: 1, compression: 7, photometric: 1, data: whole}), fhir.UnsupportedMedia},
		"a TIFF of no memory": {tiffOf(binary.LittleEndian, tiffPage{w: 1 << 20, h: 1 << 20, bits: 8, samples: 1, compression: 1, photometric: 1, data: []byte{1}}), fhir.TooLarge},
		"too many bytes":      {make([]byte, imageSize+1), fhir.TooLarge},
	} {
		_, err := ImagePDF(t.Context(), c.data)
		if fhir.CodeOf(err) != c.code {
			t.Errorf("%s: %v (%v), want %v", name, err, fhir.CodeOf(err), c.code)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := ImagePDF(ctx, whole); fhir.CodeOf(err) != fhir.Canceled {
		t.Errorf("a cancelled conversion gives %v", err)
	}
}

// FuzzImagePDF: foreign bytes never break the reader, and what comes out passes
// the gate's own scan.
func FuzzImagePDF(f *testing.F) {
	for _, p := range pictures(f) {
		f.Add(p.data)
	}
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte{0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		pdf, err := imagePDF(data)
		if err != nil {
			return
		}
		r := Report{}
		judgeOutside(pdf, Limits{}.or(), &r)
		scanFile(pdf, Limits{}.or(), &r)
		for _, found := range r.Findings {
			if found.Severity == Refuse {
				t.Errorf("the gate refuses what was made: %v", found.Code)
			}
		}
	})
}
