package pattern

import (
	"slices"
	"sync"
)

// Family is several patterns that are looked for together. It is safe for
// concurrent use.
type Family struct {
	exprs []string
	any   func() *automaton   // tells which patterns occur
	begin func() *automaton   // tells where they begin
	end   []func() *automaton // tells where each ends
}

// NewFamily keeps patterns, which are compiled when a text first needs them. A
// pattern that is none, or that has (?i), panics then: patterns are constants.
// None may match the empty text.
func NewFamily(exprs ...string) *Family {
	f := &Family{exprs: exprs}
	f.any = sync.OnceValue(func() *automaton { return &automaton{program: compile(exprs, false), anywhere: true} })
	f.begin = sync.OnceValue(func() *automaton { return &automaton{program: compile(exprs, true), anywhere: true} })
	for _, e := range exprs {
		f.end = append(f.end, sync.OnceValue(func() *automaton { return &automaton{program: compile([]string{e}, false), ordered: true} }))
	}
	return f
}

// Patterns gives the patterns as they are written.
func (f *Family) Patterns() []string { return slices.Clone(f.exprs) }

// Which tells for each pattern whether it occurs in a text.
func (f *Family) Which(text string) []bool {
	out := make([]bool, len(f.exprs))
	left := len(out)
	f.any().forward(text, 0, func(hits []int, _ int) bool {
		for _, id := range hits {
			if !out[id] {
				out[id] = true
				left--
			}
		}
		return left > 0
	})
	return out
}

// FindAll gives for each pattern where it occurs, [from, to) in bytes, from the
// text's begin, none overlapping another of its own.
func (f *Family) FindAll(text string) [][][2]int {
	begins := make([][]int, len(f.exprs)) // the last first
	f.begin().backward(text, func(hits []int, at int) {
		for _, id := range hits {
			begins[id] = append(begins[id], at)
		}
	})
	out := make([][][2]int, len(f.exprs))
	for id, all := range begins {
		reached := 0
		for _, from := range slices.Backward(all) {
			if from < reached {
				continue
			}
			reached = f.endOf(id, text, from)
			out[id] = append(out[id], [2]int{from, reached})
		}
	}
	return out
}

// endOf follows a match from where it begins.
func (f *Family) endOf(id int, text string, from int) (to int) {
	f.end[id]().forward(text, from, func(_ []int, at int) bool {
		to = at
		return true
	})
	return to
}

// Form is one pattern. It is safe for concurrent use.
type Form struct{ f *Family }

// NewForm keeps one pattern; see NewFamily.
func NewForm(expr string) Form { return Form{NewFamily(expr)} }

// String gives the pattern as it is written.
func (p Form) String() string { return p.f.exprs[0] }

// In tells whether the pattern occurs in a text.
func (p Form) In(text string) bool {
	found := false
	p.f.any().forward(text, 0, func([]int, int) bool {
		found = true
		return false
	})
	return found
}

// All gives where the pattern occurs.
func (p Form) All(text string) [][2]int { return p.f.FindAll(text)[0] }

// First gives where the pattern occurs first.
func (p Form) First(text string) (from, to int, ok bool) {
	p.f.begin().backward(text, func(_ []int, at int) { from, ok = at, true })
	if ok {
		to = p.f.endOf(0, text, from)
	}
	return from, to, ok
}
