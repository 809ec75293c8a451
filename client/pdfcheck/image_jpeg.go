package pdfcheck

import (
	"bytes"
	"encoding/binary"
	"image/jpeg"
)

// Markers of a JPEG file (ITU-T T.81, table B.1).
const (
	markSOF0, markSOF2           = 0xC0, 0xC2
	markDHT, markJPG, markDAC    = 0xC4, 0xC8, 0xCC
	markSOI, markEOI, markSOS    = 0xD8, 0xD9, 0xDA
	markAPP0, markAPP1           = 0xE0, 0xE1
	markAPP14, markAPP15         = 0xEE, 0xEF
	markCOM, markRST0, markRST7  = 0xFE, 0xD0, 0xD7
	markTEM, markFill, markStuff = 0x01, 0xFF, 0x00
)

// jpegSheets takes a JPEG as it is, without what it says beside its pixels.
func jpegSheets(data []byte) ([]sheet, error) {
	s := sheet{filter: "DCTDecode", bits: 8}
	components, adobe := 0, -1
	out := []byte{0xff, markSOI}
	for i := 2; ; {
		seg, next, err := jpegSegment(data, i)
		if err != nil {
			return nil, err
		}
		body := seg.body(data)
		switch m := seg.mark; {
		case m == markEOI:
			s.data = append(out, 0xff, markEOI)
			return s.finishJPEG(components, adobe)
		case m >= 0xC0 && m <= 0xCF && m != markDHT && m != markJPG && m != markDAC:
			if m > markSOF2 || len(body) < 6 || body[0] != 8 {
				return nil, errImageOther // lossless, arithmetic, twelve bits: few readers know them
			}
			s.height, s.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
			components = int(body[5])
			if s.width*s.height*max(components, 1)*2 > imageRaster {
				return nil, errImageLarge
			}
		case m == markAPP0 && bytes.HasPrefix(body, []byte("JFIF\x00")) && len(body) >= 12:
			s.density(int(body[7]), float64(binary.BigEndian.Uint16(body[8:])), float64(binary.BigEndian.Uint16(body[10:])))
		case m == markAPP1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
			s.exif(body[6:])
		case m == markAPP14 && bytes.HasPrefix(body, []byte("Adobe")) && len(body) >= 12:
			adobe = int(body[11])
		}
		if keptSegment(seg.mark, body) {
			out = append(out, data[seg.from:next]...)
		}
		i = next
	}
}

// segment is one marker with what belongs to it; for a scan the coded data too.
type segment struct {
	mark     byte
	from, to int // of the marker; of the body's end
}

func (s segment) body(data []byte) []byte {
	if s.to < s.from+4 {
		return nil
	}
	return data[s.from+4 : s.to]
}

// jpegSegment reads the segment at i and gives where the next begins.
func jpegSegment(data []byte, i int) (segment, int, error) {
	for i+1 < len(data) && data[i] == 0xff && data[i+1] == markFill {
		i++
	}
	if i+1 >= len(data) || data[i] != 0xff {
		return segment{}, 0, errImage
	}
	s := segment{mark: data[i+1], from: i, to: i + 2}
	if s.mark == markEOI {
		return s, i + 2, nil
	}
	if s.mark == markStuff || s.mark == markTEM || s.mark == markSOI || s.mark >= markRST0 && s.mark <= markRST7 || i+3 >= len(data) {
		return s, 0, errImage
	}
	n := int(binary.BigEndian.Uint16(data[i+2:]))
	s.to = i + 2 + n
	if n < 2 || s.to > len(data) {
		return s, 0, errImage
	}
	if s.mark != markSOS {
		return s, s.to, nil
	}
	for j := s.to; j+1 < len(data); j++ {
		if data[j] == 0xff && data[j+1] != markStuff && data[j+1] != markFill && (data[j+1] < markRST0 || data[j+1] > markRST7) {
			return s, j, nil
		}
	}
	return s, 0, errImage
}

// keptSegment tells whether a segment is needed to draw: of the applications'
// own only JFIF's and Adobe's, which say what the numbers mean.
func keptSegment(mark byte, body []byte) bool {
	switch {
	case mark == markAPP0:
		return bytes.HasPrefix(body, []byte("JFIF\x00")) && len(body) == 14 // no thumbnail
	case mark == markAPP14:
		return bytes.HasPrefix(body, []byte("Adobe"))
	case mark >= markAPP0 && mark <= markAPP15 || mark == markCOM:
		return false
	}
	return true
}

// finishJPEG says how the numbers are colours, and sees that they decode.
func (s sheet) finishJPEG(components, adobe int) ([]sheet, error) {
	switch components {
	case 1:
		s.space = "DeviceGray"
	case 3:
		s.space = "DeviceRGB"
	case 4:
		s.space, s.inverted = "DeviceCMYK", adobe >= 0
	default:
		return nil, errImage
	}
	if s.width == 0 || s.height == 0 {
		return nil, errImage
	}
	if _, err := jpeg.Decode(bytes.NewReader(s.data)); err != nil {
		return nil, errImage
	}
	return []sheet{s}, nil
}

// density keeps a resolution: unit 1 is dots an inch, 2 dots a centimetre.
func (s *sheet) density(unit int, x, y float64) {
	const plausible = 50 // below, the number is a default of no meaning
	if unit == 2 {
		x, y = x*2.54, y*2.54
	}
	if unit != 0 && x >= plausible && y >= plausible {
		s.dpiX, s.dpiY = x, y
	}
}

// exif keeps orientation and resolution of an EXIF block, which is a TIFF
// directory.
func (s *sheet) exif(block []byte) {
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(block, []byte("II*\x00")) {
		order = binary.LittleEndian
	} else if !bytes.HasPrefix(block, []byte("MM\x00*")) {
		return
	}
	if len(block) < 8 {
		return
	}
	d, _, err := readDirectory(block, order, order.Uint32(block[4:]))
	if err == nil {
		s.directory(d)
	}
}
