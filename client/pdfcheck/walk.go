package pdfcheck

// dict is what one dictionary said that matters to the scan. Names share the
// input's memory and live as long as the scan.
type dict struct {
	typ, subtype, s []byte
	sIsRef          bool // /S points elsewhere: the action's kind is said there
	js, ef, xfa     bool
	kids, parent    bool
	hasPages        bool
	mask            bool // /ImageMask is there
	drawn           bool // /Contents, /MediaBox or /Resources is there
	counted         bool // /Count is a reference, or a number in count
	count           int64
	onInstantiate   bool
	encrypt, root   bool
	hasN, hasFirst  bool
	indirect        bool // /Filter, /DecodeParms, /N or /First points elsewhere
	uri             []byte
	filters         []string
	length          int64 // -1 when it is a reference or missing
	n, first, size  int64
	width, height   int64
	predictor       int64
	columns, colors int64
	bits            int64
	rootRef, prev   int64    // of a trailer
	widths, index   []int64  // of a cross-reference stream: /W and /Index
	metadata        int64    // object number of /Metadata, 0 when none
	fileNames       [][]byte // /F and /UF
	files           []int64  // object numbers under /EF
	xfaRefs         []int64
}

// frame is one open dictionary or array.
type frame struct {
	isDict bool
	under  string // the key that led here, through arrays
	key    string // the key whose value is being read
	seen   bool   // that value has begun
	nums   [2]int64
	d      dict
}

// walker reads one object's value and reports what it holds. It keeps its own
// stack: the depth of a hostile file never becomes the depth of ours.
type walker struct {
	lex   lexer
	stack []frame
	max   int
	found func(d *dict, depth int) // each dictionary as it closes
	bare  func(t token)            // a name or a string that is a whole object
	deep  bool                     // the depth went over max
	last  dict                     // the outermost dictionary closed last
	quota *int64                   // bytes that may still be read, over the whole scan
}

// value reads tokens until the object ends and gives the word that ended it
// ("stream", "endobj", "obj", "" at the end of the input). one stops after a
// single value, as in an object stream.
func (w *walker) value(one bool) string {
	w.stack = w.stack[:0]
	w.last = dict{length: -1}
	for {
		before := w.lex.pos
		t := w.lex.next()
		*w.quota -= int64(w.lex.pos - before)
		if *w.quota < 0 || w.deep {
			return ""
		}
		switch t.kind {
		case tokEOF:
			w.unwind()
			return ""
		case tokDictOpen, tokArrayOpen:
			w.push(t.kind == tokDictOpen)
		case tokDictClose, tokArrayClose:
			w.pop()
		case tokWord:
			if end := w.word(t.text); end != "" {
				return end
			}
		default:
			w.scalar(t)
		}
		if one && len(w.stack) == 0 {
			return ""
		}
	}
}

// word handles a keyword: the ones that end an object end it at any depth,
// because an unclosed dictionary must not swallow the next object.
func (w *walker) word(text []byte) string {
	switch string(text) {
	case "stream", "endobj", "obj", "endstream", "xref", "startxref", "trailer":
		w.unwind()
		return string(text)
	case "R":
		w.reference()
		return ""
	}
	if f := w.top(); f != nil {
		f.seen = true
	}
	return ""
}

func (w *walker) top() *frame {
	if len(w.stack) == 0 {
		return nil
	}
	return &w.stack[len(w.stack)-1]
}

func (w *walker) push(isDict bool) {
	if len(w.stack) >= w.max {
		w.deep = true
		return
	}
	f := frame{isDict: isDict}
	f.d.length = -1
	if p := w.top(); p != nil {
		p.seen = true
		f.under = p.under
		if p.isDict {
			f.under = p.key
		}
	}
	w.stack = append(w.stack, f)
}

// pop closes the innermost dictionary or array and lets its parent know what
// matters there.
func (w *walker) pop() {
	f := w.top()
	if f == nil {
		return
	}
	d := f.d
	under, isDict := f.under, f.isDict
	w.stack = w.stack[:len(w.stack)-1]
	if isDict {
		w.found(&d, len(w.stack))
	}
	p := w.top()
	if p == nil {
		if isDict {
			w.last = d
		}
		return
	}
	switch under {
	case "Filter":
		p.d.filters = append(p.d.filters, d.filters...)
		p.d.indirect = p.d.indirect || d.indirect
	case "DecodeParms", "DP":
		p.d.takeParms(&d)
		p.d.indirect = p.d.indirect || d.indirect
	case "W":
		p.d.widths = d.index
	case "Index":
		p.d.index = d.index
	case "EF":
		p.d.files = append(p.d.files, d.files...)
	case "XFA":
		p.d.xfaRefs = append(p.d.xfaRefs, d.xfaRefs...)
	}
}

func (d *dict) takeParms(from *dict) {
	if from.predictor > 0 {
		d.predictor, d.columns, d.colors, d.bits = from.predictor, from.columns, from.colors, from.bits
	}
}

// unwind closes whatever is still open.
func (w *walker) unwind() {
	for len(w.stack) > 0 {
		w.pop()
	}
}

// scalar handles a name, a string or a number.
func (w *walker) scalar(t token) {
	f := w.top()
	switch {
	case f == nil:
		if t.kind == tokName || t.kind == tokString {
			w.bare(t)
		}
	case !f.isDict:
		f.item(t)
	case t.kind == tokName && (f.key == "" || f.seen):
		f.key, f.seen = string(t.text), false
		f.d.noteKey(f.key)
	default:
		f.seen = true
		f.pair(t)
	}
}

// noteKey records keys that matter by being there.
func (d *dict) noteKey(key string) {
	switch key {
	case "JS":
		d.js = true
	case "EF":
		d.ef = true
	case "XFA":
		d.xfa = true
	case "OnInstantiate":
		d.onInstantiate = true
	case "Encrypt":
		d.encrypt = true
	case "Root":
		d.root = true
	case "N":
		d.hasN = true
	case "First":
		d.hasFirst = true
	case "Kids":
		d.kids = true
	case "Pages":
		d.hasPages = true
	case "Parent":
		d.parent = true
	case "ImageMask":
		d.mask = true
	case "Contents", "MediaBox", "Resources":
		d.drawn = true
	}
}

// item is an array's element.
func (f *frame) item(t token) {
	switch t.kind {
	case tokNumber:
		f.nums[0], f.nums[1] = f.nums[1], t.num
		if f.under == "W" && len(f.d.index) < 8 || f.under == "Index" && len(f.d.index) < 1<<14 {
			f.d.index = append(f.d.index, t.num)
		}
	case tokName:
		if f.under == "Filter" || f.under == "F" {
			f.d.filters = append(f.d.filters, string(t.text))
		}
	}
}

// pair is a dictionary's key with a direct value.
func (f *frame) pair(t token) {
	d := &f.d
	switch t.kind {
	case tokName:
		switch f.key {
		case "Type":
			d.typ = t.text
		case "Subtype":
			d.subtype = t.text
		case "S":
			d.s = t.text
		case "Filter":
			d.filters = append(d.filters, string(t.text))
		}
	case tokString:
		switch f.key {
		case "F", "UF":
			d.fileNames = append(d.fileNames, t.content())
		case "URI":
			d.uri = t.content()
		}
	case tokNumber:
		f.nums[0], f.nums[1] = f.nums[1], t.num
		d.number(f.key, t.num)
	}
}

func (d *dict) number(key string, n int64) {
	switch key {
	case "Length":
		d.length = n
	case "N":
		d.n = n
	case "First":
		d.first = n
	case "Width":
		d.width = n
	case "Height":
		d.height = n
	case "Prev":
		d.prev = n
	case "Size":
		d.size = n
	case "Predictor":
		d.predictor = n
	case "Columns":
		d.columns = n
	case "Colors":
		d.colors = n
	case "BitsPerComponent":
		d.bits = n
	case "Count":
		d.count, d.counted = n, true
	}
}

// reference handles "12 0 R": the number before the last is the object's.
func (w *walker) reference() {
	f := w.top()
	if f == nil {
		return
	}
	ref := f.nums[0]
	key := f.key
	if !f.isDict {
		key = ""
	}
	switch {
	case key == "S":
		f.d.sIsRef = true
	case key == "Length":
		f.d.length = -1
	case key == "Filter" || key == "DecodeParms" || key == "First" || key == "N" || f.under == "Filter" || f.under == "DecodeParms":
		f.d.indirect = true
	case key == "Count":
		f.d.count, f.d.counted = 1, true
	case key == "Root":
		f.d.rootRef = ref
	case key == "Prev":
		f.d.prev = 0
	case key == "Metadata":
		f.d.metadata = ref
	case key == "XFA" || f.under == "XFA":
		f.d.xfaRefs = append(f.d.xfaRefs, ref)
	case f.under == "EF":
		f.d.files = append(f.d.files, ref)
	}
}
