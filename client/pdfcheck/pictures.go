package pdfcheck

import (
	"bytes"
	"encoding/binary"
)

// tooLargeAPicture tells whether a stream is a picture that unfolds beyond the
// limit: by its dictionary, and by its own header where the format has one, for
// the dictionary may say anything.
func (s *scan) tooLargeAPicture(st streamAt) bool {
	d := st.d
	bits := d.bits
	if bits <= 0 {
		bits = 8
		if d.mask {
			bits = 1
		}
	}
	if string(d.subtype) == "Image" && s.tooMuch(d.width, d.height, bits) {
		return true
	}
	if len(d.filters) == 0 {
		return false
	}
	raw := s.data[st.start:min(st.start+pictureHead, len(s.data))]
	var w, h int64
	bits = 8
	switch d.filters[len(d.filters)-1] {
	case "JBIG2Decode":
		w, h = jbig2Size(raw)
		bits = 1
	case "DCTDecode", "DCT":
		w, h = jpegSize(raw)
	case "JPXDecode":
		w, h = jpxSize(raw)
	}
	return len(d.filters) == 1 && s.tooMuch(w, h, bits)
}

// pictureHead is how far into a picture its size is looked for.
const pictureHead = 64 << 10

func (s *scan) tooMuch(w, h, bits int64) bool {
	const side = 1 << 30
	return w > 0 && h > 0 && (w > side || h > side || w*bits/8+1 > s.limits.Image/h)
}

// jbig2Size reads the page information segment of an embedded JBIG2 stream
// (ISO/IEC 14492, 7.2 and 7.4.8), which comes first where no symbols do.
func jbig2Size(b []byte) (w, h int64) {
	for len(b) >= 11 {
		kind, refs, pageWide := b[4]&0x3f, int(b[5]>>5), b[4]&0x40 != 0
		if refs > 4 {
			return 0, 0
		}
		head := 4 + 1 + 1 + refs + 1
		if pageWide {
			head += 3
		}
		if len(b) < head+4 {
			return 0, 0
		}
		n := int64(binary.BigEndian.Uint32(b[head:]))
		body := b[head+4:]
		if kind == 48 {
			if len(body) < 8 {
				return 0, 0
			}
			w, h = int64(binary.BigEndian.Uint32(body)), int64(binary.BigEndian.Uint32(body[4:]))
			if h == 0xFFFFFFFF { // striped: of unknown height
				h = 0
			}
			return w, h
		}
		if n >= int64(len(body)) {
			return 0, 0
		}
		b = body[n:]
	}
	return 0, 0
}

// jpegSize reads the frame header (ITU-T T.81, B.2.2).
func jpegSize(b []byte) (w, h int64) {
	i := bytes.Index(b[:min(len(b), 64)], []byte{0xff, 0xd8})
	if i < 0 {
		return 0, 0
	}
	for i += 2; i+9 < len(b); {
		if b[i] != 0xff {
			i++
			continue
		}
		kind := b[i+1]
		switch {
		case kind == 0xff || kind == 0 || kind == 0xd8 || kind >= 0xd0 && kind <= 0xd7:
			i++
			continue
		case kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc:
			return int64(binary.BigEndian.Uint16(b[i+7:])), int64(binary.BigEndian.Uint16(b[i+5:]))
		case kind == 0xda || kind == 0xd9:
			return 0, 0
		}
		i += 2 + int(binary.BigEndian.Uint16(b[i+2:]))
	}
	return 0, 0
}

// jpxSize reads the SIZ marker of a JPEG 2000 codestream (ISO/IEC 15444-1,
// A.5.1).
func jpxSize(b []byte) (w, h int64) {
	i := bytes.Index(b, []byte{0xff, 0x4f, 0xff, 0x51})
	if i < 0 || len(b) < i+24 {
		return 0, 0
	}
	b = b[i+8:]
	x, y := int64(binary.BigEndian.Uint32(b)), int64(binary.BigEndian.Uint32(b[4:]))
	return x - int64(binary.BigEndian.Uint32(b[8:])), y - int64(binary.BigEndian.Uint32(b[12:]))
}
