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

	mu     sync.Mutex
	states map[string]*state
	begins [4]atomic.Pointer[state] // by what stands before the walk
	work   closure                  // guarded by mu
}

// What stands before a position.
const (
	beforeText = iota
	beforeLine
	beforeWord
	beforeOther
)

// state is where a walk can be. It never changes but for its next, which fill
// as texts need them.
type state struct {
	at     []uint32 // instructions, before assertions were looked at
	before byte
	hits   []int // patterns matched before the last symbol
	next   []atomic.Pointer[state]
}

// dead tells that nothing can match any more.
func (s *state) dead() bool { return len(s.at) == 0 && len(s.hits) == 0 }

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

// begin gives the state of a walk that begins behind such a character.
func (a *automaton) begin(before byte) *state {
	if s := a.begins[before].Load(); s != nil {
		return s
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.state(a.starts, before, nil)
	a.begins[before].Store(s)
	return s
}

// state gives the one state that is so. The caller holds mu.
func (a *automaton) state(at []uint32, before byte, hits []int) *state {
	key := make([]byte, 0, 4*len(at)+4*len(hits)+8)
	key = append(key, before)
	for _, h := range hits {
		key = binary.AppendUvarint(key, uint64(h)) //nolint:gosec // an index
	}
	key = append(key, 0xff, 0xff, 0xff, 0xff)
	for _, pc := range at {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	if s := a.states[string(key)]; s != nil {
		return s
	}
	if a.states == nil || len(a.states) >= maxStates {
		a.states = map[string]*state{}
		for i := range a.begins {
			a.begins[i].Store(nil)
		}
	}
	s := &state{at: append([]uint32(nil), at...), before: before, hits: append([]int(nil), hits...), next: make([]atomic.Pointer[state], a.end()+1)}
	a.states[string(key)] = s
	return s
}

// step makes the state behind a symbol.
func (a *automaton) step(s *state, symbol int) *state {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := &a.work
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
	n := a.state(at, kindOf(after), w.hits)
	s.next[symbol].Store(n)
	return n
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

// after gives the state behind a symbol.
func (a *automaton) after(s *state, symbol int) *state {
	if n := s.next[symbol].Load(); n != nil {
		return n
	}
	return a.step(s, symbol)
}

// forward walks from a position of a text to its end, and tells the patterns
// that end at each position, until hit says that it knows enough.
func (a *automaton) forward(text string, from int, hit func(hits []int, at int) (more bool)) {
	before := byte(beforeText)
	if from > 0 {
		r, _ := utf8.DecodeLastRuneInString(text[:from])
		before = kindOf(r)
	}
	s := a.begin(before)
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
		s = a.after(s, symbol)
		if len(s.hits) > 0 && !hit(s.hits, i) || s.dead() {
			return
		}
		i += width
	}
}

// backward walks from a text's end to its begin, and tells the patterns that
// begin at each position. The program is that of the patterns read backwards.
func (a *automaton) backward(text string, hit func(hits []int, at int)) {
	s := a.begin(beforeText)
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
		s = a.after(s, symbol)
		if len(s.hits) > 0 {
			hit(s.hits, i)
		}
		i -= width
	}
}
