package pattern

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// program is the instructions of several patterns, one behind the other. Arg of
// an InstMatch is the number of its pattern.
type program struct {
	insts  []syntax.Inst
	starts []uint32
	symbols
}

// compile makes a program; reverse, of the patterns read backwards.
func compile(exprs []string, reverse bool) *program {
	p := &program{}
	for id, e := range exprs {
		re, err := syntax.Parse(e, syntax.Perl)
		if err != nil {
			panic("pattern: " + err.Error()) // the patterns are constants
		}
		if reverse {
			backwards(re)
		}
		one, err := syntax.Compile(re.Simplify())
		if err != nil {
			panic("pattern: " + err.Error())
		}
		base := uint32(len(p.insts)) //nolint:gosec // some thousands
		for _, in := range one.Inst {
			in.Out += base
			switch in.Op {
			case syntax.InstAlt, syntax.InstAltMatch:
				in.Arg += base
			case syntax.InstMatch:
				in.Arg = uint32(id) //nolint:gosec // an index
			case syntax.InstRune, syntax.InstRune1:
				if syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
					panic("pattern: (?i) in " + e)
				}
			}
			p.insts = append(p.insts, in)
		}
		p.starts = append(p.starts, base+uint32(one.Start)) //nolint:gosec // an index
	}
	p.symbols = symbolsOf(p.insts)
	return p
}

// backwards turns a pattern into that of the same texts read from their end.
func backwards(re *syntax.Regexp) {
	for _, s := range re.Sub {
		backwards(s)
	}
	switch re.Op {
	case syntax.OpConcat:
		slices.Reverse(re.Sub)
	case syntax.OpLiteral:
		slices.Reverse(re.Rune)
	case syntax.OpBeginLine:
		re.Op = syntax.OpEndLine
	case syntax.OpEndLine:
		re.Op = syntax.OpBeginLine
	case syntax.OpBeginText:
		re.Op = syntax.OpEndText
	case syntax.OpEndText:
		re.Op = syntax.OpBeginText
	}
}

// symbols are classes of characters that no instruction tells apart. The one
// behind the last is the text's end.
type symbols struct {
	ascii [utf8.RuneSelf]uint16
	from  []rune   // where a run of characters of one symbol begins
	of    []uint16 // the symbol of each run
	some  []rune   // one character of each symbol
}

// symbolsOf finds the symbols that instructions tell apart.
func symbolsOf(insts []syntax.Inst) symbols {
	edges := map[rune]bool{0: true, '\n': true, '\n' + 1: true}
	for _, r := range "09AZ__az" { // words, for \b
		edges[r], edges[r+1] = true, true
	}
	var telling []*syntax.Inst
	for i := range insts {
		in := &insts[i]
		switch in.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		default:
			continue
		}
		telling = append(telling, in)
		for j := 0; j < len(in.Rune); j += 2 {
			edges[in.Rune[j]] = true
			edges[in.Rune[min(j+1, len(in.Rune)-1)]+1] = true
		}
	}
	var s symbols
	for r := range edges {
		s.from = append(s.from, r)
	}
	slices.Sort(s.from)
	known := map[string]uint16{}
	var sign strings.Builder
	for _, r := range s.from {
		sign.Reset()
		fmt.Fprint(&sign, r == '\n', syntax.IsWordChar(r))
		for _, in := range telling {
			if in.MatchRune(r) {
				sign.WriteByte('1')
			} else {
				sign.WriteByte('0')
			}
		}
		id, ok := known[sign.String()]
		if !ok {
			id = uint16(len(s.some)) //nolint:gosec // some hundreds at most
			known[sign.String()] = id
			s.some = append(s.some, r)
		}
		s.of = append(s.of, id)
	}
	for r := range s.ascii {
		s.ascii[r] = s.lookUp(rune(r))
	}
	return s
}

// lookUp gives the symbol of a character.
func (s *symbols) lookUp(r rune) uint16 {
	return s.of[sort.Search(len(s.from), func(i int) bool { return s.from[i] > r })-1]
}

// end is the symbol behind the text's last.
func (s *symbols) end() int { return len(s.some) }
