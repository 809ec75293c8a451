package pdfcheck

import "bytes"

const (
	headerWindow = 1024 // where readers look for %PDF- (ISO 32000-1, annex H.3.4.1)
	tailWindow   = 2048 // where readers look for startxref
)

// foreignMarks betray another text format in the bytes before, or just after,
// the header.
var foreignMarks = [][]byte{
	[]byte("<html"), []byte("<!doctype"), []byte("<script"), []byte("<svg"), []byte("<body"), []byte("<?php"), []byte("<iframe"),
}

// activeMarks are what acts in a file that a browser takes for a page.
var activeMarks = [][]byte{
	[]byte("<script"), []byte("javascript:"), []byte("<iframe"), []byte("<object"), []byte("<embed"), []byte("<form"),
	[]byte("<svg"), []byte("<?php"), []byte("<meta"), []byte("<link"), []byte("<img"), []byte("onload"), []byte("onerror"),
}

// judgeOutside judges what surrounds the objects. odd means that the file is
// not written as it should be, so that the second opinion is asked as well.
func judgeOutside(data []byte, l Limits, r *Report) (odd bool) {
	if len(data) == 0 {
		r.add(CodeEmpty, Refuse, 0)
		return false
	}
	if int64(len(data)) > l.Size {
		r.add(CodeTooLarge, Refuse, 0)
		return false
	}
	window := data[:min(headerWindow+8, len(data))]
	if i := bytes.Index(window, []byte(" obj")); i >= 0 {
		window = window[:i] // what stands inside objects is no other format's head
	}
	at := bytes.Index(window, []byte("%PDF-"))
	if at < 0 {
		r.add(CodeNotPDF, Refuse, 0)
		return false
	}
	if isForeign(data[:at], window, data) {
		r.add(CodePolyglot, Refuse, 0)
		return false
	}
	if len(bytes.TrimLeft(data[:at], "\x00\t\r\n \xef\xbb\xbf")) > 0 {
		r.add(CodeHeaderOffset, Remark, 0)
		odd = true
	}
	return judgeTail(data, r) || odd
}

// isForeign tells whether the head of a file is another format's head too. A
// page's bare beginning, as a mail gateway leaves it, is harmless while nothing
// in the whole file would act in a browser.
func isForeign(before, window, whole []byte) bool {
	if isProgram(before) || bytes.HasPrefix(before, []byte("PK\x03\x04")) || bytes.HasPrefix(before, []byte("GIF8")) ||
		bytes.HasPrefix(before, []byte("\x89PNG")) || bytes.HasPrefix(before, []byte("\xff\xd8\xff")) {
		return true
	}
	low := bytes.ToLower(window)
	return containsAny(low, foreignMarks) && containsAny(bytes.ToLower(whole), activeMarks)
}

func containsAny(b []byte, marks [][]byte) bool {
	for _, m := range marks {
		if bytes.Contains(b, m) {
			return true
		}
	}
	return false
}

// judgeTail looks at the end: is it there, and is something behind it?
func judgeTail(data []byte, r *Report) (odd bool) {
	end := bytes.LastIndex(data, []byte("%%EOF"))
	tail := data[max(0, len(data)-tailWindow):]
	if end < 0 {
		if !bytes.Contains(tail, []byte("startxref")) {
			r.add(CodeTruncated, Refuse, 0)
		}
		return true
	}
	rest := bytes.TrimLeft(data[end+len("%%EOF"):], "\x00\t\r\n \x1a")
	if len(rest) == 0 {
		return false
	}
	if bytes.Contains(rest, []byte("PK\x05\x06")) || bytes.Contains(rest, []byte("PK\x03\x04")) || isForeign(rest, rest, rest) {
		r.add(CodePolyglot, Refuse, 0)
		return true
	}
	if bytes.Contains(rest, []byte(" obj")) || bytes.Contains(rest, []byte("stream")) {
		if !bytes.Contains(tail, []byte("startxref")) {
			r.add(CodeTruncated, Refuse, 0)
			return true
		}
	}
	if len(rest) > 64 {
		r.add(CodeTrailing, Remark, 0)
	}
	return true
}
