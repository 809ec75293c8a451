package pattern

import "sync/atomic"

// generation is the states that an automaton has made since it began, or began
// anew: numbered, and where each symbol leads in one table without pointers, so
// that a step is one look and the collector has nothing to follow.
type generation struct {
	width  int // symbols
	begins [4]atomic.Uint32
	blocks atomic.Pointer[[]*block]
	known  map[string]place // by what the state is; guarded by automaton.mu
}

// block is some states and where they lead.
type block struct {
	next   []atomic.Uint32 // a place for each state and symbol; 0: not known yet
	states [perBlock]state
}

const (
	blockBits = 4
	perBlock  = 1 << blockBits
)

// place is a state's number from 1, with what a walk asks first of it.
type place uint32

const (
	hitPlace  place = 1
	deadPlace place = 2
	placeBits       = 2
)

// hits tells whether patterns matched there.
func (p place) hits() bool { return p&hitPlace != 0 }

// dead tells that nothing can match any more.
func (p place) dead() bool { return p&deadPlace != 0 }

func newGeneration(width int) *generation {
	g := &generation{width: width, known: map[string]place{}}
	g.blocks.Store(&[]*block{})
	return g
}

// next is where a symbol leads from a place.
func (g *generation) next(p place, symbol int) *atomic.Uint32 {
	n := int(p >> placeBits)
	return &(*g.blocks.Load())[n>>blockBits].next[n%perBlock*g.width+symbol]
}

// state gives the state of a place.
func (g *generation) state(p place) *state {
	n := int(p >> placeBits)
	return &(*g.blocks.Load())[n>>blockBits].states[n%perBlock]
}

// add numbers a state. The caller holds automaton.mu; nobody can be at the place
// before it is given.
func (g *generation) add(s state) place {
	n := len(g.known) + 1
	blocks := *g.blocks.Load()
	if n>>blockBits >= len(blocks) {
		more := make([]*block, len(blocks)+1)
		copy(more, blocks)
		more[len(blocks)] = &block{next: make([]atomic.Uint32, perBlock*g.width)}
		g.blocks.Store(&more)
		blocks = more
	}
	blocks[n>>blockBits].states[n%perBlock] = s
	p := place(n) << placeBits //nolint:gosec // at most maxStates
	if len(s.hits) > 0 {
		p |= hitPlace
	} else if len(s.at) == 0 {
		p |= deadPlace
	}
	return p
}
