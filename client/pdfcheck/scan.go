package pdfcheck

import "bytes"

// Limits bound what a file may ask of us. Zero fields mean the defaults.
type Limits struct {
	Size    int64 // bytes of the file; 25 MiB
	Pages   int   // 2,000
	Objects int   // objects written in the file; 400,000
	Depth   int   // nesting of arrays and dictionaries; 100
	Stream  int64 // bytes one content stream may inflate to; 64 MiB
	Structs int64 // bytes that all object streams together may inflate to; 48 MiB
	Image   int64 // bytes that one image may be decoded to; 512 MiB
}

// Or gives the limits with the defaults where they are zero.
func (l Limits) or() Limits {
	set := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&l.Size, 25<<20)
	set(&l.Stream, 64<<20)
	set(&l.Structs, 48<<20)
	set(&l.Image, 512<<20)
	if l.Pages <= 0 {
		l.Pages = 2000
	}
	if l.Objects <= 0 {
		l.Objects = 400_000
	}
	if l.Depth <= 0 {
		l.Depth = 100
	}
	return l
}

// streamAt is a stream found by the scan: its dictionary and where its bytes
// begin.
type streamAt struct {
	d     dict
	start int
}

// placed is a stream's object number and where its value begins.
type placed struct{ num, pos int }

// scan reads every object of a file, without believing its cross-reference
// table, and books what it finds in the report.
type scan struct {
	limits  Limits
	data    []byte
	report  *Report
	walk    walker
	quota   int64 // bytes of tokens still allowed
	structs int64 // bytes of object streams still allowed
	level   int   // 0 for the file, 1 for a PDF attached to it

	object   int // number of the object being read
	objects  int
	pages    map[int]bool
	loose    int // pages without a number
	leaves   int // what could be pages, though they do not say so
	metadata int64
	streams  []placed
	names    [][]byte       // of attachments
	attached map[int64]bool // object numbers of attachments' streams
	xfa      map[int64]bool // object numbers of an XFA form's parts
	hasEF    bool
	hasXFA   bool
	looked   int64          // bytes that may still be decoded to look at attachments and forms
	roots    map[int64]bool // the catalogs that trailers in clear name
	catalogs map[int64]bool // the objects that can be one
	uncount  bool           // a page tree's root that says no number of pages, or too great a one
	counts   int64          // the most pages that a page tree's root promises
	inflate  inflater
	searched int // from where the word endstream was searched last
	ended    int // where it was found
}

// scanFile runs the scan over a whole file; it stops early at a refusal by
// volume.
func scanFile(data []byte, l Limits, r *Report) *scan {
	s := &scan{limits: l, data: data, report: r, structs: l.Structs, quota: quotaFor(len(data))}
	s.run()
	return s
}

// quotaFor is how many bytes of tokens n bytes may make us read: each object is
// read once, and a few more times where a reader could begin anew inside it.
func quotaFor(n int) int64 { return 16*int64(n) + 4096 }

func (s *scan) run() {
	s.pages, s.ended, s.looked = map[int]bool{}, -1, lookBytes
	s.roots, s.catalogs = map[int64]bool{}, map[int64]bool{}
	s.attached, s.xfa = map[int64]bool{}, map[int64]bool{}
	s.walk = walker{max: s.limits.Depth, found: s.dictionary, bare: s.alone, quota: &s.quota}
	for pos := 0; pos < len(s.data) && !s.over(); {
		pos = s.nextObject(pos)
	}
	s.over()
	if !s.report.refused() {
		s.judgeHidden()
	}
}

// over tells whether a limit is passed, and says so in the report.
func (s *scan) over() bool {
	switch {
	case len(s.pages)+s.loose > s.limits.Pages:
		s.report.add(CodeTooManyPages, Refuse, 0)
	case s.objects > s.limits.Objects:
		s.report.add(CodeTooMany, Refuse, 0)
	case s.quota < 0 || s.walk.deep:
		s.report.add(CodeNesting, Refuse, s.object)
	case s.structs < 0:
		s.report.add(CodeBomb, Refuse, s.object)
	default:
		return false
	}
	return true
}

// nextObject finds the next place where an object or a trailer could begin,
// reads it and gives the position to go on from. The bytes of streams are not
// skipped: a table that points into a stream would otherwise hide an object
// from us and show it to a reader.
func (s *scan) nextObject(pos int) int {
	rest := s.data[pos:]
	i := bytes.Index(rest, []byte("obj"))
	t := -1
	limit := len(rest)
	if i >= 0 {
		limit = i
	}
	t = bytes.Index(rest[:limit], []byte("trailer"))
	if t >= 0 {
		s.object = 0
		s.walk.lex = lexer{b: s.data, pos: pos + t + len("trailer")}
		s.walk.value(true)
		return pos + t + len("trailer")
	}
	if i < 0 {
		return len(s.data)
	}
	at := pos + i
	num, ok := objectNumber(s.data, at)
	if !ok {
		if !behindComment(s.data, at) {
			return at + 3
		}
		num = unnumbered // readers skip what stands between
	}
	s.readObject(num, at+3)
	return at + 3
}

// behindComment tells whether the word obj at a place begins a line behind one
// that holds a comment.
func behindComment(b []byte, at int) bool {
	i := at
	for i > 0 && isSpace(b[i-1]) {
		i--
	}
	if !bytes.ContainsAny(b[i:at], "\r\n") || at+3 < len(b) && !isSpace(b[at+3]) && !isDelim(b[at+3]) {
		return false
	}
	line := b[max(0, i-256):i]
	if cut := bytes.LastIndexAny(line, "\r\n"); cut >= 0 {
		line = line[cut:]
	}
	return bytes.IndexByte(line, '%') >= 0
}

// unnumbered stands for the number of an object whose number cannot be read.
const unnumbered = -1

// objectNumber reads the "12 0 " in front of "obj".
func objectNumber(b []byte, at int) (int, bool) {
	i := at
	for i > 0 && isSpace(b[i-1]) {
		i--
	}
	gen := i
	for i > 0 && isDigit(b[i-1]) {
		i--
	}
	if i == gen {
		return 0, false
	}
	space := i
	for i > 0 && isSpace(b[i-1]) {
		i--
	}
	if i == space {
		return 0, false
	}
	end := i
	for i > 0 && end-i < 10 && isDigit(b[i-1]) {
		i--
	}
	n, ok := number(b[i:end])
	return int(n), ok && i < end
}

// readObject reads the object whose value begins at pos.
func (s *scan) readObject(num, pos int) {
	s.object = num
	s.objects++
	s.walk.lex = lexer{b: s.data, pos: pos}
	if s.walk.value(false) != "stream" {
		return
	}
	start := s.walk.lex.pos
	if start < len(s.data) && s.data[start] == '\r' {
		start++
	}
	if start < len(s.data) && s.data[start] == '\n' {
		start++
	}
	s.streams = append(s.streams, placed{num, pos})
	s.stream(streamAt{d: s.walk.last, start: start})
}

// streamOf reads a stream's dictionary again.
func (s *scan) streamOf(p placed) (streamAt, bool) {
	quota := quotaFor(len(s.data))
	w := walker{max: s.limits.Depth, found: func(*dict, int) {}, bare: func(token) {}, quota: &quota}
	w.lex = lexer{b: s.data, pos: p.pos}
	if w.value(false) != "stream" {
		return streamAt{}, false
	}
	start := w.lex.pos
	if start < len(s.data) && s.data[start] == '\r' {
		start++
	}
	if start < len(s.data) && s.data[start] == '\n' {
		start++
	}
	return streamAt{d: w.last, start: start}, true
}

// dictionary judges one dictionary as it closes.
func (s *scan) dictionary(d *dict, depth int) {
	if depth == 0 {
		s.outermost(d)
	}
	s.action(d)
	switch string(d.subtype) {
	case "Flash":
		s.report.add(CodeRichMedia, Refuse, s.object)
	case "RichMedia", "3D", "Movie", "Sound", "Screen":
		s.report.add(CodeMedia, Remark, s.object)
	}
	if d.ef || string(d.typ) == "EmbeddedFile" {
		s.report.add(CodeAttachment, Remark, s.object)
	}
	if d.ef {
		s.hasEF = true
		if len(s.names) < 1<<12 {
			s.names = append(s.names, d.fileNames...)
		}
		for _, ref := range d.files {
			s.attached[ref] = true
		}
	}
	if d.xfa {
		s.hasXFA = true
		s.report.add(CodeForm, Remark, s.object)
		for _, ref := range d.xfaRefs {
			s.xfa[ref] = true
		}
	}
}

// outermost judges what is said at the top of an object or a trailer.
func (s *scan) outermost(d *dict) {
	if d.encrypt && (d.root || string(d.typ) == "XRef" || s.object == 0) {
		s.report.add(CodeEncrypted, Refuse, s.object)
	}
	if s.object == 0 && d.rootRef > 0 {
		s.roots[d.rootRef] = true
	}
	if d.hasPages || string(d.typ) == "Catalog" {
		s.catalogs[int64(s.object)] = true
	}
	switch string(d.typ) {
	case "Pages":
		if !d.parent {
			s.uncount = s.uncount || !d.counted || d.count <= 0
			s.counts = max(s.counts, d.count)
		}
	case "Page":
		if s.object <= 0 {
			s.loose++
		} else {
			s.pages[s.object] = true
		}
	case "Catalog":
		s.metadata = d.metadata
	default:
		if d.parent && d.drawn && !d.kids {
			s.leaves++
		}
	}
}

// action judges a dictionary as an action (ISO 32000-1, 12.6.4).
func (s *scan) action(d *dict) {
	if d.onInstantiate || d.js && (d.sIsRef || string(d.s) == "Rendition") {
		s.report.add(CodeScript, Refuse, s.object)
	}
	if isScriptAddress(d.uri) {
		s.report.add(CodeScript, Refuse, s.object)
	}
	s.kind(d.s)
}

// alone judges a name or a string that is a whole object: what an action's /S
// or /URI may point at.
func (s *scan) alone(t token) {
	if t.kind == tokName {
		s.kind(t.text)
		return
	}
	if isScriptAddress(t.content()) {
		s.report.add(CodeScript, Refuse, s.object)
	}
}

// idle are the scripts that do nothing, with which printed web pages are full.
var idle = map[string]bool{"": true, ";": true, "//": true, "#": true, "void(0)": true, "void(0);": true, "void 0": true, "void0": true, "void(null)": true, "return false": true}

// isScriptAddress tells an address that is a script.
func isScriptAddress(address []byte) bool {
	kind, code, ok := bytes.Cut(bytes.ToLower(bytes.TrimSpace(address)), []byte(":"))
	switch {
	case !ok:
		return false
	case string(kind) == "vbscript":
		return true
	}
	return string(kind) == "javascript" && !idle[string(bytes.TrimSpace(code))]
}

func (s *scan) kind(name []byte) {
	switch string(name) {
	case "JavaScript":
		s.report.add(CodeScript, Refuse, s.object)
	case "Launch":
		s.report.add(CodeLaunch, Refuse, s.object)
	case "ImportData":
		s.report.add(CodeImportData, Refuse, s.object)
	case "SubmitForm":
		s.report.add(CodeSubmitForm, Refuse, s.object)
	case "RichMediaExecute":
		s.report.add(CodeMedia, Remark, s.object)
	}
}
