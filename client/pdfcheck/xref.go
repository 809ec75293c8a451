package pdfcheck

import (
	"bytes"
	"io"
)

const (
	mostSections = 256     // cross-reference streams followed
	mostTable    = 8 << 20 // bytes of one of them
)

// entry is one line of a cross-reference stream (ISO 32000-1, 7.5.8.3).
type entry struct{ kind, at, index int64 }

// section is one cross-reference stream.
type section struct {
	dict  dict
	width [3]int64
	rows  []byte
}

// catalogFound tells whether a reader can find the catalog: a trailer in clear
// names it, so that even a table that is wrong can be built anew, or the
// cross-reference streams lead to it. Without either, only guessing is left, and
// readers differ in what they guess.
func (s *scan) catalogFound() bool {
	for root := range s.roots {
		if s.catalogs[root] {
			return true
		}
	}
	tail := s.data[max(0, len(s.data)-tailWindow):]
	i := bytes.LastIndex(tail, []byte("startxref"))
	if i < 0 {
		return false
	}
	lex := lexer{b: tail, pos: i + len("startxref")}
	start := lex.next()
	shift := int64(bytes.Index(s.data[:min(headerWindow+8, len(s.data))], []byte("%PDF-")))
	return start.kind == tokNumber && (s.rootFrom(start.num, 0) || shift > 0 && s.rootFrom(start.num, shift))
}

// rootFrom follows the cross-reference streams that begin at offset at; shift
// is how far the header lies from the file's beginning.
func (s *scan) rootFrom(at, shift int64) bool {
	var chain []section
	seen := map[int64]bool{}
	for at > 0 && !seen[at] && len(chain) < mostSections {
		seen[at] = true
		x, ok := s.sectionAt(at + shift)
		if !ok {
			return false
		}
		chain = append(chain, x)
		at = x.dict.prev
	}
	for _, x := range chain {
		if x.dict.rootRef > 0 {
			return s.leadsTo(chain, x.dict.rootRef, shift)
		}
	}
	return false
}

// sectionAt reads the cross-reference stream at an offset.
func (s *scan) sectionAt(at int64) (section, bool) {
	p, ok := s.objectAt(at)
	if !ok {
		return section{}, false
	}
	st, ok := s.streamOf(p)
	if !ok || string(st.d.typ) != "XRef" || len(st.d.widths) < 3 {
		return section{}, false
	}
	body, whole := s.decodedTable(st)
	x := section{dict: st.d, rows: body}
	for i := range x.width {
		if x.width[i] = st.d.widths[i]; x.width[i] < 0 || x.width[i] > 8 {
			return section{}, false
		}
	}
	return x, whole
}

// decodedTable gives a cross-reference stream's rows, its predictor undone.
func (s *scan) decodedTable(st streamAt) ([]byte, bool) {
	r := s.reader(s.raw(st), st.d.filters)
	if r == nil || st.d.indirect {
		return nil, false
	}
	body, _ := io.ReadAll(io.LimitReader(r, mostTable))
	return unpredict(body, st.d), len(body) > 0
}

// objectAt reads the head of the object at an offset.
func (s *scan) objectAt(at int64) (placed, bool) {
	if at < 0 || at >= int64(len(s.data)) {
		return placed{}, false
	}
	lex := lexer{b: s.data, pos: int(at)}
	num, gen, word := lex.next(), lex.next(), lex.next()
	if num.kind != tokNumber || gen.kind != tokNumber || word.kind != tokWord || !bytes.HasPrefix(word.text, []byte("obj")) {
		return placed{}, false
	}
	return placed{int(num.num), lex.pos - len(word.text) + len("obj")}, true
}

// leadsTo tells whether the table leads to an object that is there.
func (s *scan) leadsTo(chain []section, num, shift int64) bool {
	e, ok := find(chain, num)
	if !ok {
		return false
	}
	holder := num
	if e.kind == 2 {
		holder = e.at
		if e, ok = find(chain, holder); !ok || e.kind != 1 {
			return false
		}
	}
	p, ok := s.objectAt(e.at + shift)
	if !ok || e.kind != 1 || int64(p.num) != holder {
		return false
	}
	if holder == num {
		return true
	}
	st, ok := s.streamOf(p)
	return ok && st.d.hasFirst
}

// find looks an object up in the newest section that knows it.
func find(chain []section, num int64) (entry, bool) {
	for _, x := range chain {
		if e, ok := x.entry(num); ok {
			return e, true
		}
	}
	return entry{}, false
}

func (x section) entry(num int64) (entry, bool) {
	index := x.dict.index
	if len(index) < 2 {
		index = []int64{0, x.dict.size}
	}
	row := x.width[0] + x.width[1] + x.width[2]
	before := int64(0)
	for i := 0; i+1 < len(index) && row > 0; i += 2 {
		if first, n := index[i], index[i+1]; num >= first && num < first+n {
			at := (before + num - first) * row
			if at < 0 || at+row > int64(len(x.rows)) {
				return entry{}, false
			}
			return x.fields(x.rows[at : at+row]), true
		}
		before += max(0, index[i+1])
	}
	return entry{}, false
}

func (x section) fields(b []byte) entry {
	var v [3]int64
	for i, w := range x.width {
		for range w {
			v[i] = v[i]<<8 | int64(b[0])
			b = b[1:]
		}
	}
	if x.width[0] == 0 {
		v[0] = 1
	}
	return entry{v[0], v[1], v[2]}
}
