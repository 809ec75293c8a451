package pagetext

import (
	"bytes"
	"strconv"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokNumber
	tokString
	tokName
	tokOperator
	tokOpen  // [ or <<
	tokClose // ] or >>
)

type token struct {
	kind tokenKind
	num  float64
	text []byte // of a string: its bytes; of a name or operator: what is written
}

// tokens cuts a content stream (ISO 32000-1, 7.8.2).
type tokens struct {
	b   []byte
	pos int
}

func blank(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0 || c == '\f'
}

func regular(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return false
	}
	return !blank(c)
}

func (t *tokens) next() token {
	t.skip()
	if t.pos >= len(t.b) {
		return token{}
	}
	c := t.b[t.pos]
	pair := t.pos+1 < len(t.b) && t.b[t.pos+1] == c
	switch {
	case c == '(':
		return t.literal()
	case c == '<' && pair, c == '>' && pair:
		t.pos += 2
		if c == '<' {
			return token{kind: tokOpen}
		}
		return token{kind: tokClose}
	case c == '<':
		return t.hex()
	case c == '[':
		t.pos++
		return token{kind: tokOpen, text: t.b[t.pos-1 : t.pos]}
	case c == ']':
		t.pos++
		return token{kind: tokClose, text: t.b[t.pos-1 : t.pos]}
	case c == '/':
		t.pos++
		return token{kind: tokName, text: t.word()}
	case !regular(c):
		t.pos++
		return t.next1()
	}
	w := t.word()
	if c == '-' || c == '+' || c == '.' || c >= '0' && c <= '9' {
		if n, ok := number(w); ok {
			return token{kind: tokNumber, num: n}
		}
	}
	return token{kind: tokOperator, text: w}
}

// next1 stands for a stray delimiter.
func (t *tokens) next1() token { return token{kind: tokOperator} }

func (t *tokens) skip() {
	for t.pos < len(t.b) {
		switch c := t.b[t.pos]; {
		case blank(c):
			t.pos++
		case c == '%':
			end := bytes.IndexAny(t.b[t.pos:], "\r\n")
			if end < 0 {
				t.pos = len(t.b)
				return
			}
			t.pos += end
		default:
			return
		}
	}
}

func (t *tokens) word() []byte {
	start := t.pos
	for t.pos < len(t.b) && regular(t.b[t.pos]) {
		t.pos++
	}
	return t.b[start:t.pos]
}

// number reads what programs write; the whole numbers that most are, without
// the library.
func number(w []byte) (float64, bool) {
	n, div, neg, dot := 0.0, 1.0, false, false
	for i, c := range w {
		switch {
		case c == '-' && i == 0:
			neg = true
		case c == '+' && i == 0:
		case c == '.' && !dot:
			dot = true
		case c >= '0' && c <= '9':
			n = n*10 + float64(c-'0')
			if dot {
				div *= 10
			}
		default:
			v, err := strconv.ParseFloat(string(w), 64)
			return v, err == nil
		}
	}
	if neg {
		n = -n
	}
	return n / div, true
}

func (t *tokens) literal() token {
	t.pos++
	start, depth := t.pos, 1
	plain := true
	for i := start; i < len(t.b); i++ {
		switch t.b[i] {
		case '\\':
			plain = false
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				t.pos = i + 1
				if plain {
					return token{kind: tokString, text: t.b[start:i]}
				}
				return token{kind: tokString, text: Unescape(t.b[start:i])}
			}
		}
	}
	t.pos = len(t.b)
	return token{}
}

// Unescape undoes the escapes of a ( ) string (ISO 32000-1, 7.3.4.2): one that
// holds none is given back as it is.
func Unescape(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		switch c := b[i]; {
		case c >= '0' && c <= '7':
			v := 0
			for n := 0; n < 3 && i < len(b) && b[i] >= '0' && b[i] <= '7'; n++ {
				v = v*8 + int(b[i]-'0')
				i++
			}
			i--
			out = append(out, byte(v))
		case c == 'n':
			out = append(out, '\n')
		case c == 'r':
			out = append(out, '\r')
		case c == 't':
			out = append(out, '\t')
		case c == 'b':
			out = append(out, '\b')
		case c == 'f':
			out = append(out, '\f')
		case c == '\n':
		case c == '\r':
			if i+1 < len(b) && b[i+1] == '\n' {
				i++
			}
		default:
			out = append(out, c)
		}
	}
	return out
}

func (t *tokens) hex() token {
	end := bytes.IndexByte(t.b[t.pos:], '>')
	if end < 0 {
		t.pos = len(t.b)
		return token{}
	}
	digits := t.b[t.pos+1 : t.pos+end]
	t.pos += end + 1
	return token{kind: tokString, text: unhex(digits)}
}

func unhex(digits []byte) []byte {
	out := make([]byte, 0, len(digits)/2+1)
	hi := -1
	for _, c := range digits {
		v := -1
		switch {
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = int(c|0x20-'a') + 10
		}
		switch {
		case v < 0:
		case hi < 0:
			hi = v
		default:
			out, hi = append(out, byte(hi<<4|v)), -1
		}
	}
	if hi >= 0 {
		out = append(out, byte(hi<<4))
	}
	return out
}

// inlineImage skips the picture behind BI: to an EI that stands alone.
func (t *tokens) inlineImage() {
	for at := t.pos; ; {
		i := bytes.Index(t.b[at:], []byte("EI"))
		if i < 0 {
			t.pos = len(t.b)
			return
		}
		at += i + 2
		if blank(t.b[at-3]) && (at >= len(t.b) || blank(t.b[at])) {
			t.pos = at
			return
		}
	}
}
