package pattern

import (
	"encoding/binary"
	"regexp/syntax"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// maxStates is how many states an automaton keeps; then it begins anew, so that
// no text makes it grow without bound.
const maxStates = 8000

// automaton walks a program over a text. It is safe for concurrent use.
type automaton struct {
	*program
	anywhere bool // matches begin anywhere, not at the walk's begin alone
	ordered  bool // alternatives have their order: the first that fits wins

	now  atomic.Pointer[generation]
	mu   sync.Mutex // held by whoever makes states
	work closure    // guarded by mu
}

// What stands before a position.
const (
	beforeText = iota
	beforeLine
	beforeWord
	beforeOther
)

// state is where a walk can be. It never changes.
type state struct {
	at     []uint32 // instructions, before assertions were looked at
	before byte
	hits   []int // patterns matched before the last symbol
}

// kindOf gives what a character is to the position behind it.
func kindOf(r rune) byte {
	switch {
	case r == '\n':
		return beforeLine
	case syntax.IsWordChar(r):
		return beforeWord
	}
	return beforeOther
}

// begin gives the place of a walk that begins behind such a character.
func (a *automaton) begin(before byte) (*generation, place) {
	if g := a.now.Load(); g != nil {
		if p := place(g.begins[before].Load()); p != 0 {
			return g, p
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g, p := a.place(a.starts, before, nil)
	g.begins[before].Store(uint32(p))
	return g, p
}

// place gives the one place where the state is so. The caller holds mu.
func (a *automaton) place(at []uint32, before byte, hits []int) (*generation, place) {
	key := make([]byte, 0, 4*len(at)+4*len(hits)+8)
	key = append(key, before)
	for _, h := range hits {
		key = binary.AppendUvarint(key, uint64(h)) //nolint:gosec // an index
	}
	key = append(key, 0xff, 0xff, 0xff, 0xff)
	for _, pc := range at {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	g := a.now.Load()
	if g != nil {
		if p := g.known[string(key)]; p != 0 {
			return g, p
		}
	}
	if g == nil || len(g.known) >= maxStates {
		g = newGeneration(a.end() + 1)
		a.now.Store(g)
	}
	p := g.add(state{at: append([]uint32(nil), at...), before: before, hits: append([]int(nil), hits...)})
	g.known[string(key)] = p
	return g, p
}

// step gives the place behind a symbol, which is not known yet.
func (a *automaton) step(g *generation, from place, symbol int) (*generation, place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w, s := &a.work, g.state(from)
	w.reset(len(a.insts))
	after := rune(-1)
	if symbol < a.end() {
		after = a.some[symbol]
	}
	w.flags = assertions(s.before, after)
	for _, pc := range s.at {
		a.follow(pc)
	}
	if a.ordered && len(w.hits) > 0 {
		w.hits = w.hits[:1]
	}
	var at []uint32
	if after >= 0 {
		w.forget()
		for _, pc := range w.ready {
			if out := a.insts[pc].Out; a.insts[pc].MatchRune(after) && w.visit(out) {
				at = append(at, out)
			}
		}
		if a.anywhere {
			for _, pc := range a.starts {
				if w.visit(pc) {
					at = append(at, pc)
				}
			}
		}
	}
	now, p := a.place(at, kindOf(after), w.hits)
	if now == g {
		g.next(from, symbol).Store(uint32(p))
	}
	return now, p
}

// assertions gives what holds between two characters; after is -1 at the end.
func assertions(before byte, after rune) syntax.EmptyOp {
	r := rune(' ')
	switch before {
	case beforeText:
		r = -1
	case beforeLine:
		r = '\n'
	case beforeWord:
		r = 'a'
	}
	return syntax.EmptyOpContext(r, after)
}

// closure is the place where steps are reckoned.
type closure struct {
	flags syntax.EmptyOp
	ready []uint32 // instructions that wait for a character, in order
	hits  []int
	seen  []uint32 // when each was visited
	now   uint32
	cut   bool
}

func (w *closure) reset(n int) {
	w.ready, w.hits, w.cut = w.ready[:0], w.hits[:0], false
	if len(w.seen) < n {
		w.seen = make([]uint32, n)
	}
	w.forget()
}

func (w *closure) forget() { w.now++ }

func (w *closure) visit(pc uint32) bool {
	if w.seen[pc] == w.now {
		return false
	}
	w.seen[pc] = w.now
	return true
}

// follow collects what an instruction leads to without a character.
func (a *automaton) follow(pc uint32) {
	w := &a.work
	if w.cut || !w.visit(pc) {
		return
	}
	in := &a.insts[pc]
	switch in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		a.follow(in.Out)
		a.follow(in.Arg)
	case syntax.InstCapture, syntax.InstNop:
		a.follow(in.Out)
	case syntax.InstEmptyWidth:
		if syntax.EmptyOp(in.Arg)&^w.flags == 0 {
			a.follow(in.Out)
		}
	case syntax.InstMatch:
		w.hits = append(w.hits, int(in.Arg))
		w.cut = a.ordered // what is preferred less counts no more
	case syntax.InstFail:
	default:
		w.ready = append(w.ready, pc)
	}
}

// forward walks from a position of a text to its end, and tells the patterns
// that end at each position, until hit says that it knows enough.
func (a *automaton) forward(text string, from int, hit func(hits []int, at int) (more bool)) {
	before := byte(beforeText)
	if from > 0 {
		r, _ := utf8.DecodeLastRuneInString(text[:from])
		before = kindOf(r)
	}
	g, p := a.begin(before)
	for i := from; i <= len(text); {
		symbol, width := a.end(), 1
		if i < len(text) {
			if c := text[i]; c < utf8.RuneSelf {
				symbol = int(a.ascii[c])
			} else {
				var r rune
				r, width = utf8.DecodeRuneInString(text[i:])
				symbol = int(a.lookUp(r))
			}
		}
		if n := place(g.next(p, symbol).Load()); n != 0 {
			p = n
		} else {
			g, p = a.step(g, p, symbol)
		}
		if p.hits() && !hit(g.state(p).hits, i) || p.dead() {
			return
		}
		i += width
	}
}

// backward walks from a text's end to its begin, and tells the patterns that
// begin at each position. The program is that of the patterns read backwards.
func (a *automaton) backward(text string, hit func(hits []int, at int)) {
	g, p := a.begin(beforeText)
	for i := len(text); i >= 0; {
		symbol, width := a.end(), 1
		if i > 0 {
			if c := text[i-1]; c < utf8.RuneSelf {
				symbol = int(a.ascii[c])
			} else {
				var r rune
				r, width = utf8.DecodeLastRuneInString(text[:i])
				symbol = int(a.lookUp(r))
			}
		}
		if n := place(g.next(p, symbol).Load()); n != 0 {
			p = n
		} else {
			g, p = a.step(g, p, symbol)
		}
		if p.hits() {
			hit(g.state(p).hits, i)
		}
		i -= width
	}
}
