package pdfcheck

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
)

// sheet is one picture as a page of a PDF holds it.
type sheet struct {
	width, height int // pixels, before turning
	dpiX, dpiY    float64
	turn          int    // orientation as EXIF numbers it, 1 to 8; 0 is 1
	space         string // DeviceGray, DeviceRGB, DeviceCMYK
	bits          int    // of one component
	filter        string // DCTDecode or FlateDecode
	inverted      bool   // CMYK as Adobe writes it
	predicted     int    // components whose rows are told by their neighbours (PNG's predictor); 0 for none
	data          []byte
}

// Page sizes in points.
const (
	a4Width, a4Height = 595.276, 841.890
	largestPage       = 1191.0 // A3's long side: beyond, a resolution is a camera's, not a scanner's
	smallestPage      = 56.0   // 2 cm
	margin            = 14.17  // around a picture that is fitted into A4: 5 mm
)

// laidOut is where a picture stands on its page.
type laidOut struct {
	pageW, pageH float64
	x, y, w, h   float64 // as it is seen, turned
}

// place gives a page its size: the picture's own when its resolution tells one
// that paper has, else A4 with the picture fitted in.
func (s sheet) place() laidOut {
	w, h := float64(s.width), float64(s.height)
	dx, dy := s.dpiX, s.dpiY
	if s.turn >= 5 {
		w, h, dx, dy = h, w, dy, dx
	}
	if dx > 0 && dy > 0 {
		pw, ph := w/dx*72, h/dy*72
		if max(pw, ph) <= largestPage && min(pw, ph) >= smallestPage {
			return laidOut{pageW: pw, pageH: ph, w: pw, h: ph}
		}
		if dx != dy { // a fax: other points across than down
			h *= dx / dy
		}
	}
	p := laidOut{pageW: a4Width, pageH: a4Height}
	if w > h {
		p.pageW, p.pageH = a4Height, a4Width
	}
	scale := math.Min((p.pageW-2*margin)/w, (p.pageH-2*margin)/h)
	p.w, p.h = w*scale, h*scale
	p.x, p.y = (p.pageW-p.w)/2, (p.pageH-p.h)/2
	return p
}

// matrix gives the transformation from the unit square to the page, turned as
// the orientation says.
func (s sheet) matrix(p laidOut) [6]float64 {
	switch s.turn {
	case 2: // mirrored
		return [6]float64{-p.w, 0, 0, p.h, p.x + p.w, p.y}
	case 3: // upside down
		return [6]float64{-p.w, 0, 0, -p.h, p.x + p.w, p.y + p.h}
	case 4:
		return [6]float64{p.w, 0, 0, -p.h, p.x, p.y + p.h}
	case 5:
		return [6]float64{0, -p.h, -p.w, 0, p.x + p.w, p.y + p.h}
	case 6: // a quarter to the right
		return [6]float64{0, -p.h, p.w, 0, p.x, p.y + p.h}
	case 7:
		return [6]float64{0, p.h, p.w, 0, p.x, p.y}
	case 8: // a quarter to the left
		return [6]float64{0, p.h, -p.w, 0, p.x + p.w, p.y}
	}
	return [6]float64{p.w, 0, 0, p.h, p.x, p.y}
}

// Objects before the pages.
const (
	objCatalog  = 1
	objPages    = 2
	objMetadata = 3
	objIntent   = 4
	objProfile  = 5
	firstPage   = 6 // then three objects a page: page, content, picture
)

// writeSheets writes pages as a PDF 1.4 after PDF/A-1b (ISO 19005-1): sRGB
// output intent, XMP metadata, no transparency. It holds no date, so that the
// same picture gives the same bytes; its identifier is the picture's digest.
func writeSheets(pages []sheet, source []byte) []byte {
	w := &objects{}
	w.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	archival := true
	kids := ""
	for i, s := range pages {
		archival = archival && s.space != "DeviceCMYK"
		kids += fmt.Sprintf("%d 0 R ", firstPage+3*i)
	}
	catalog := fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Metadata %d 0 R/Lang(fr-FR)", objPages, objMetadata)
	if archival {
		catalog += fmt.Sprintf("/OutputIntents[%d 0 R]", objIntent)
	}
	w.object(objCatalog, catalog+">>")
	w.object(objPages, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(pages), kids))
	w.stream(objMetadata, "/Type/Metadata/Subtype/XML", metadata(archival))
	w.object(objIntent, fmt.Sprintf("<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB IEC61966-2.1)/Info(sRGB IEC61966-2.1)/DestOutputProfile %d 0 R>>", objProfile))
	w.stream(objProfile, "/N 3", sRGB())
	for i, s := range pages {
		w.page(firstPage+3*i, s)
	}
	w.finish(sha256.Sum256(source))
	return w.Bytes()
}

// objects writes numbered objects and remembers where they are.
type objects struct {
	bytes.Buffer
	at []int
}

func (w *objects) object(n int, body string) {
	for len(w.at) < n {
		w.at = append(w.at, 0)
	}
	w.at[n-1] = w.Len()
	fmt.Fprintf(w, "%d 0 obj\n%s\nendobj\n", n, body)
}

func (w *objects) stream(n int, dict string, data []byte) {
	for len(w.at) < n {
		w.at = append(w.at, 0)
	}
	w.at[n-1] = w.Len()
	fmt.Fprintf(w, "%d 0 obj\n<<%s/Length %d>>\nstream\n", n, dict, len(data))
	w.Write(data)
	w.WriteString("\nendstream\nendobj\n")
}

func (w *objects) page(n int, s sheet) {
	p := s.place()
	m := s.matrix(p)
	w.object(n, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.2f %.2f]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>>>", objPages, p.pageW, p.pageH, n+1, n+2))
	w.stream(n+1, "", fmt.Appendf(nil, "q %.3f %.3f %.3f %.3f %.3f %.3f cm /I Do Q", m[0], m[1], m[2], m[3], m[4], m[5]))
	dict := fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/%s/BitsPerComponent %d/Filter/%s", s.width, s.height, s.space, s.bits, s.filter)
	if s.inverted {
		dict += "/Decode[1 0 1 0 1 0 1 0]"
	}
	if s.predicted > 0 {
		dict += fmt.Sprintf("/DecodeParms<</Predictor 15/Colors %d/Columns %d>>", s.predicted, s.width)
	}
	w.stream(n+2, dict, s.data)
}

func (w *objects) finish(id [32]byte) {
	start := w.Len()
	fmt.Fprintf(w, "xref\n0 %d\n0000000000 65535 f \n", len(w.at)+1)
	for _, at := range w.at {
		fmt.Fprintf(w, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(w, "trailer\n<</Size %d/Root %d 0 R/ID[<%x><%x>]>>\nstartxref\n%d\n%%%%EOF\n", len(w.at)+1, objCatalog, id[:16], id[:16], start)
}

// metadata is the XMP packet, which says PDF/A-1b and nothing else.
func metadata(archival bool) []byte {
	claim := ""
	if archival {
		claim = `<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>`
	}
	return []byte("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` + claim +
		"</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>")
}

// sRGB gives an ICC profile (ICC.1:2001-04, version 2) of IEC 61966-2-1: the
// primaries adapted to D50 and the tone curve in 256 steps.
func sRGB() []byte {
	xyz := func(x, y, z float64) []byte {
		b := append([]byte("XYZ "), 0, 0, 0, 0)
		for _, v := range []float64{x, y, z} {
			b = binary.BigEndian.AppendUint32(b, uint32(math.Round(v*65536)))
		}
		return b
	}
	curve := binary.BigEndian.AppendUint32(append([]byte("curv"), 0, 0, 0, 0), 256)
	for i := range 256 {
		v := float64(i) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		curve = binary.BigEndian.AppendUint16(curve, uint16(math.Round(v*65535)))
	}
	const name = "sRGB IEC61966-2.1\x00"
	desc := binary.BigEndian.AppendUint32(append([]byte("desc"), 0, 0, 0, 0), uint32(len(name)))
	desc = append(append(desc, name...), make([]byte, 78)...) // no Unicode and no Macintosh name
	tags := []struct {
		sign string
		data []byte
	}{
		{"desc", desc},
		{"cprt", append([]byte("text\x00\x00\x00\x00"), "Public domain\x00"...)},
		{"wtpt", xyz(0.9642, 1, 0.8249)},
		{"rXYZ", xyz(0.4360747, 0.2225045, 0.0139322)},
		{"gXYZ", xyz(0.3850649, 0.7168786, 0.0971045)},
		{"bXYZ", xyz(0.1430804, 0.0606169, 0.7141733)},
		{"rTRC", curve},
		{"gTRC", curve},
		{"bTRC", curve},
	}
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	var body []byte
	start := 128 + 4 + 12*len(tags)
	for i, t := range tags {
		at := start + len(body)
		if i > 6 { // one curve serves all three
			at = int(binary.BigEndian.Uint32(table[4+12*6+4:]))
		} else {
			body = append(body, t.data...)
			body = append(body, make([]byte, (4-len(body)%4)%4)...)
		}
		table = binary.BigEndian.AppendUint32(append(table, t.sign...), uint32(at))
		table = binary.BigEndian.AppendUint32(table, uint32(len(t.data)))
	}
	head := make([]byte, 128)
	binary.BigEndian.PutUint32(head, uint32(start+len(body)))
	copy(head[8:], "\x02\x10\x00\x00mntrRGB XYZ ")
	copy(head[24:], "\x07\xd0\x00\x01\x00\x01") // 1 January 2000
	copy(head[36:], "acsp")
	copy(head[68:], xyz(0.9642, 1, 0.8249)[8:])
	return append(append(head, table...), body...)
}
