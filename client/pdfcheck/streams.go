package pdfcheck

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"io"
	"strings"

	"golang.org/x/image/tiff/lzw"
)

// flateRatio is the most that DEFLATE can expand: 1,032 bytes from one.
const flateRatio = 1032

// inflater decodes streams within a budget and keeps its tables between
// streams: making them anew costs more than a small stream does.
type inflater struct {
	zr  io.ReadCloser
	src bytes.Reader
}

// open gives a reader over the zlib data at the start of b, nil when it is not
// zlib. The reader is good until the next open.
func (f *inflater) open(b []byte) io.Reader {
	f.src.Reset(b)
	if f.zr != nil {
		if f.zr.(zlib.Resetter).Reset(&f.src, nil) != nil {
			return nil
		}
		return f.zr
	}
	zr, err := zlib.NewReader(&f.src)
	if err != nil {
		return nil
	}
	f.zr = zr
	return zr
}

// stream judges a stream by its dictionary and reads what must be read of it.
func (s *scan) stream(st streamAt) {
	// Readers find an object stream by the cross-reference table, not by its
	// /Type: what has /N and /First is one, whatever it says.
	if string(st.d.typ) == "ObjStm" || st.d.hasN && st.d.hasFirst {
		s.objectStream(st)
		return
	}
	s.volume(st)
}

// raw gives a stream's bytes: by its length when the end is where the length
// says, else up to the word endstream.
func (s *scan) raw(st streamAt) []byte {
	b := s.data[st.start:]
	if n := st.d.length; n >= 0 && n <= int64(len(b)) {
		tail := bytes.TrimLeft(b[n:min(int64(len(b)), n+20)], "\r\n \t")
		if bytes.HasPrefix(tail, []byte("endstream")) {
			return b[:n]
		}
	}
	return s.data[st.start:s.streamEnd(st.start)]
}

// streamEnd finds the word endstream from start on, or the end of the file. The
// last answer is kept: streams come in order, and a thousand of them without an
// end must not be searched through a thousand times.
func (s *scan) streamEnd(start int) int {
	if start < s.searched || start > s.ended {
		s.searched, s.ended = start, len(s.data)
		if i := bytes.Index(s.data[start:], []byte("endstream")); i >= 0 {
			s.ended = start + i
		}
	}
	return s.ended
}

// volume looks for bombs. A lone Flate stream expands 1,032 times at most, so
// only what could pass the limit is inflated, counted and thrown away; images
// are drawn no larger than their stated size.
func (s *scan) volume(st streamAt) {
	d := st.d
	if s.tooLargeAPicture(st) {
		s.report.add(CodeBomb, Refuse, s.object)
		return
	}
	expanding := 0
	for _, f := range d.filters {
		switch f {
		case "FlateDecode", "Fl", "LZWDecode", "LZW":
			expanding++
		}
	}
	if expanding == 0 || expanding == 1 && string(d.subtype) == "Image" {
		return
	}
	raw := s.raw(st)
	if expanding == 1 && int64(len(raw))*flateRatio <= s.limits.Stream {
		return
	}
	r := s.reader(raw, d.filters)
	if r == nil {
		return
	}
	n, _ := io.Copy(io.Discard, io.LimitReader(r, s.limits.Stream+1))
	if n > s.limits.Stream {
		s.report.add(CodeBomb, Refuse, s.object)
	}
}

// reader chains the decoders of filters over raw; nil when one is not ours.
func (s *scan) reader(raw []byte, filters []string) io.Reader {
	var r io.Reader = bytes.NewReader(raw)
	for i, f := range filters {
		switch f {
		case "FlateDecode", "Fl":
			r = s.flate(r, raw, i == 0)
		case "LZWDecode", "LZW":
			r = lzw.NewReader(r, lzw.MSB, 8)
		case "ASCIIHexDecode", "AHx":
			r = &hexReader{src: r}
		case "ASCII85Decode", "A85":
			r = ascii85.NewDecoder(&until{src: r, stop: '~'})
		case "RunLengthDecode", "RL":
			r = &runLength{src: byteReader(r)}
		case "Crypt":
		default:
			return nil
		}
		if r == nil {
			return nil
		}
	}
	return r
}

func (s *scan) flate(r io.Reader, raw []byte, first bool) io.Reader {
	if first {
		if zr := s.inflate.open(raw); zr != nil {
			return zr
		}
		return nil
	}
	zr, err := zlib.NewReader(r)
	if err != nil {
		return nil
	}
	return zr
}

// objectStream reads the objects inside an object stream (ISO 32000-1, 7.5.7).
func (s *scan) objectStream(st streamAt) {
	raw := s.raw(st)
	if len(st.d.filters) == 1 && strings.HasPrefix(st.d.filters[0], "Fl") {
		// Its own end is the truth: a wrong length must not hide the rest.
		raw = s.data[st.start:]
	}
	r := s.reader(raw, st.d.filters)
	if r == nil || st.d.indirect || st.d.first <= 0 && st.d.n > 0 {
		s.report.add(CodeOpaque, Refuse, s.object)
		return
	}
	// Counted first, so that a bomb takes no memory.
	n, err := io.Copy(io.Discard, io.LimitReader(r, s.structs+1))
	if s.structs -= n; s.structs < 0 {
		return
	}
	if n == 0 && err != nil {
		s.report.add(CodeOpaque, Refuse, s.object)
		return
	}
	body := make([]byte, n)
	if got, _ := io.ReadFull(s.reader(raw, st.d.filters), body); int64(got) < n {
		body = body[:got]
	}
	s.quota += quotaFor(len(body))
	s.inner(unpredict(body, st.d), st.d.first)
}

// inner reads the objects in an object stream's bytes, each where the header
// says that it begins. All of the header is believed, not /N.
func (s *scan) inner(body []byte, first int64) {
	holder := s.object
	head := lexer{b: body[:min(first, int64(len(body)))]}
	for !s.over() {
		num, off := head.next(), head.next()
		if num.kind != tokNumber || off.kind != tokNumber {
			break
		}
		at := first + off.num
		if at < 0 || at >= int64(len(body)) {
			continue
		}
		s.object = int(num.num)
		s.objects++
		s.walk.lex = lexer{b: body, pos: int(at)}
		s.walk.value(true)
	}
	s.object = holder
}

// unpredict undoes the PNG and TIFF predictors (ISO 32000-1, 7.4.4.4) as far
// as object streams use them: whole bytes.
func unpredict(b []byte, d dict) []byte {
	if d.predictor == 2 {
		return undifference(b, int(orOne(d.columns)*orOne(d.colors)), int(orOne(d.colors)))
	}
	if d.predictor < 10 {
		return b
	}
	cols, colors, bits := orOne(d.columns), orOne(d.colors), d.bits
	if bits <= 0 {
		bits = 8
	}
	if cols > 1<<20 || colors > 32 || bits > 16 {
		return b
	}
	row := int((cols*colors*bits + 7) / 8)
	bpp := max(1, int(colors*bits/8))
	out := make([]byte, 0, len(b))
	prev := make([]byte, row)
	for len(b) > 1 {
		kind := b[0]
		n := min(row, len(b)-1)
		line := append([]byte(nil), b[1:1+n]...)
		b = b[1+n:]
		pngRow(kind, line, prev, bpp)
		out = append(out, line...)
		copy(prev, line)
	}
	return out
}

// undifference undoes the TIFF predictor for samples of a byte, in place.
func undifference(b []byte, row, colors int) []byte {
	if row <= 0 || row > 1<<25 || colors > 32 {
		return b
	}
	for at := 0; at < len(b); at += row {
		line := b[at:min(at+row, len(b))]
		for i := colors; i < len(line); i++ {
			line[i] += line[i-colors]
		}
	}
	return b
}

func orOne(n int64) int64 {
	if n <= 0 {
		return 1
	}
	return n
}

// pngRow undoes one row's filter in place.
func pngRow(kind byte, line, prev []byte, bpp int) {
	for i := range line {
		var a, c int
		if i >= bpp {
			a, c = int(line[i-bpp]), int(prev[i-bpp])
		}
		up := int(prev[i])
		switch kind {
		case 1:
			line[i] += byte(a)
		case 2:
			line[i] += byte(up)
		case 3:
			line[i] += byte((a + up) / 2)
		case 4:
			line[i] += byte(paeth(a, up, c))
		}
	}
}

func paeth(a, b, c int) int {
	p := a + b - c
	pa, pb, pc := abs(p-a), abs(p-b), abs(p-c)
	if pa <= pb && pa <= pc {
		return a
	}
	if pb <= pc {
		return b
	}
	return c
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
