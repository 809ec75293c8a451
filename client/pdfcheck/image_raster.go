package pdfcheck

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"

	"golang.org/x/image/tiff"
)

// pngSheets packs a PNG picture.
func pngSheets(data []byte) ([]sheet, error) {
	conf, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, errImage
	}
	if !fits(conf) {
		return nil, errImageLarge
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, errImage
	}
	s, err := rasterSheet(img)
	if err != nil {
		return nil, err
	}
	s.pngDensity(data)
	return []sheet{s}, nil
}

// fits tells whether a picture's pixels, decoded, stay within bounds.
func fits(c image.Config) bool {
	each := int64(4)
	switch c.ColorModel {
	case color.GrayModel:
		each = 1
	case color.Gray16Model:
		each = 2
	case color.RGBA64Model, color.NRGBA64Model:
		each = 8
	}
	if _, ok := c.ColorModel.(color.Palette); ok {
		each = 1
	}
	return c.Width > 0 && c.Height > 0 && int64(c.Width)*int64(c.Height) <= imageRaster/each
}

// pngDensity reads the pHYs chunk: dots a metre.
func (s *sheet) pngDensity(data []byte) {
	for i := 8; i+12 <= len(data); {
		n := int(binary.BigEndian.Uint32(data[i:]))
		if n < 0 || i+12+n > len(data) || string(data[i+4:i+8]) == "IDAT" {
			return
		}
		if body := data[i+8 : i+8+n]; string(data[i+4:i+8]) == "pHYs" && n == 9 && body[8] == 1 {
			s.density(2, float64(binary.BigEndian.Uint32(body))/100, float64(binary.BigEndian.Uint32(body[4:]))/100)
			return
		}
		i += 12 + n
	}
}

// rasterSheet makes a page of decoded pixels: one bit where two tones suffice, eight
// bits of grey, or of red, green and blue, over white paper.
func rasterSheet(img image.Image) (sheet, error) {
	b := img.Bounds()
	s := sheet{width: b.Dx(), height: b.Dy(), filter: "FlateDecode", space: "DeviceRGB", bits: 8}
	at := colours(img)
	grey, two := tones(b, at)
	switch {
	case two:
		s.space, s.bits = "DeviceGray", 1
	case grey:
		s.space = "DeviceGray"
	}
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, few := img.(*image.Paletted)
	switch {
	case two || few: // flat colours repeat: they pack best as they are
	case grey:
		s.predicted = 1
	default:
		s.predicted = 3
	}
	row := make([]byte, 0, 3*b.Dx())
	var above, coded []byte
	for y := b.Min.Y; y < b.Max.Y; y++ {
		row = row[:0]
		for x := b.Min.X; x < b.Max.X; x++ {
			red, green, blue := at(x, y)
			switch {
			case two:
				if (x-b.Min.X)%8 == 0 {
					row = append(row, 0)
				}
				row[len(row)-1] |= (red >> 7) << (7 - uint(x-b.Min.X)%8)
			case grey:
				row = append(row, red)
			default:
				row = append(row, red, green, blue)
			}
		}
		write := row
		if s.predicted > 0 {
			coded = predicted(coded[:0], row, above, s.predicted)
			write, above = coded, append(above[:0], row...)
		}
		if _, err := z.Write(write); err != nil {
			return s, err
		}
		if out.Len() > imageSize {
			return s, errImageLarge
		}
	}
	if err := z.Close(); err != nil {
		return s, err
	}
	s.data = out.Bytes()
	return s, nil
}

// predicted tells each byte of a row by its difference from what its neighbours
// promise (PNG, section 9.4, type 4).
func predicted(out, row, above []byte, each int) []byte {
	out = append(out, 4)
	for i, v := range row {
		var left, up, corner int
		if i >= each {
			left = int(row[i-each])
		}
		if above != nil {
			up = int(above[i])
			if i >= each {
				corner = int(above[i-each])
			}
		}
		out = append(out, v-byte(paeth(left, up, corner)))
	}
	return out
}

// colours gives a picture's pixels over white paper.
func colours(img image.Image) func(x, y int) (r, g, b byte) {
	if g, ok := img.(*image.Gray); ok {
		return func(x, y int) (byte, byte, byte) {
			v := g.Pix[g.PixOffset(x, y)]
			return v, v, v
		}
	}
	if c, ok := img.(*image.RGBA); ok { // laid over black already: white adds what alpha leaves
		return func(x, y int) (byte, byte, byte) {
			p := c.Pix[c.PixOffset(x, y):][:4]
			rest := 255 - p[3]
			return p[0] + rest, p[1] + rest, p[2] + rest
		}
	}
	if p, ok := img.(*image.Paletted); ok {
		table := make([][3]byte, 256)
		for i, c := range p.Palette {
			table[i&0xff] = overWhite(c)
		}
		return func(x, y int) (byte, byte, byte) {
			c := table[p.Pix[p.PixOffset(x, y)]]
			return c[0], c[1], c[2]
		}
	}
	return func(x, y int) (byte, byte, byte) {
		c := overWhite(img.At(x, y))
		return c[0], c[1], c[2]
	}
}

// overWhite lays a colour over white paper.
func overWhite(c color.Color) [3]byte {
	r, g, b, a := c.RGBA()
	rest := 0xffff - a
	return [3]byte{byte((r + rest) >> 8), byte((g + rest) >> 8), byte((b + rest) >> 8)}
}

// tones tells whether all pixels are grey, and whether all are black or white.
func tones(b image.Rectangle, at func(x, y int) (byte, byte, byte)) (grey, two bool) {
	two = true
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			red, green, blue := at(x, y)
			if red != green || green != blue {
				return false, false
			}
			two = two && (red == 0 || red == 255)
		}
	}
	return true, two
}

// Tags of a TIFF directory that matter here (TIFF 6.0, section 8).
const (
	tagOrientation = 274
	tagXResolution = 282
	tagYResolution = 283
	tagUnit        = 296
)

// readDirectory reads a directory's numbers and gives where the next is, 0 for
// none.
func readDirectory(data []byte, order binary.ByteOrder, at uint32) (map[uint16]float64, uint32, error) {
	if int64(at)+2 > int64(len(data)) || at < 8 {
		return nil, 0, errImage
	}
	n := int(order.Uint16(data[at:]))
	end := int64(at) + 2 + int64(n)*12
	if end > int64(len(data)) {
		return nil, 0, errImage
	}
	out := map[uint16]float64{}
	for i := range n {
		e := data[int(at)+2+12*i:]
		tag, kind := order.Uint16(e), order.Uint16(e[2:])
		switch kind {
		case 3: // SHORT
			out[tag] = float64(order.Uint16(e[8:]))
		case 4: // LONG
			out[tag] = float64(order.Uint32(e[8:]))
		case 5: // RATIONAL
			if p := int64(order.Uint32(e[8:])); p+8 <= int64(len(data)) {
				if d := order.Uint32(data[p+4:]); d > 0 {
					out[tag] = float64(order.Uint32(data[p:])) / float64(d)
				}
			}
		}
	}
	if end+4 > int64(len(data)) {
		return out, 0, nil
	}
	return out, order.Uint32(data[end:]), nil
}

// directory keeps orientation and resolution.
func (s *sheet) directory(d map[uint16]float64) {
	if t := int(d[tagOrientation]); t >= 1 && t <= 8 {
		s.turn = t
	}
	unit := map[float64]int{0: 1, 2: 1, 3: 2}[d[tagUnit]]
	if d[tagXResolution] > 0 && d[tagXResolution] < 10_000 && d[tagYResolution] < 10_000 {
		s.density(unit, d[tagXResolution], d[tagYResolution])
	}
}

// oneOf shows a TIFF file as if one of its pages were the first.
type oneOf struct {
	*bytes.Reader
	head [8]byte
}

// ReadAt implements io.ReaderAt.
func (o oneOf) ReadAt(p []byte, off int64) (int, error) {
	n, err := o.Reader.ReadAt(p, off)
	if off >= 0 && off < 8 {
		copy(p[:n], o.head[off:])
	}
	return n, err
}

var _ io.ReaderAt = oneOf{}

// tiffSheets packs each page of a TIFF file.
func tiffSheets(data []byte, order binary.ByteOrder) ([]sheet, error) {
	if len(data) < 16 {
		return nil, errImage
	}
	var pages []sheet
	total := 0
	seen := map[uint32]bool{}
	for at := order.Uint32(data[4:]); at != 0; {
		if seen[at] {
			return nil, errImage
		}
		seen[at] = true
		d, next, err := readDirectory(data, order, at)
		if err != nil {
			return nil, err
		}
		one := oneOf{Reader: bytes.NewReader(data)}
		copy(one.head[:], data)
		order.PutUint32(one.head[4:], at)
		s, err := tiffSheet(one)
		if err != nil {
			return nil, err
		}
		s.directory(d)
		pages = append(pages, s)
		if total += len(s.data); len(pages) > imagePages || total > imageSize {
			return nil, errImageLarge
		}
		at = next
	}
	if len(pages) == 0 {
		return nil, errImage
	}
	return pages, nil
}

func tiffSheet(one oneOf) (sheet, error) {
	conf, err := tiff.DecodeConfig(one)
	if err != nil {
		return sheet{}, tiffError(err)
	}
	if !fits(conf) {
		return sheet{}, errImageLarge
	}
	img, err := tiff.Decode(one)
	if err != nil {
		return sheet{}, tiffError(err)
	}
	return rasterSheet(img)
}

func tiffError(err error) error {
	var other tiff.UnsupportedError
	if errors.As(err, &other) {
		return errImageOther
	}
	return errImage
}
