package pdfcheck

import (
	"bytes"

	"carnet/client/pdfcheck/internal/pagetext"
)

// tokenKind is what a token is (ISO 32000-1, 7.2 and 7.3).
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokName
	tokString // ( ) and < >
	tokNumber
	tokWord
	tokDictOpen
	tokDictClose
	tokArrayOpen
	tokArrayClose
)

// token is one token; text shares the input's memory except for a name with
// escapes.
type token struct {
	kind tokenKind
	text []byte
	num  int64 // whole part of a number
	hex  bool  // a < > string: text holds its digits
}

// lexer reads tokens leniently: what no rule allows is skipped, because a
// reader that shows the file would skip it too.
type lexer struct {
	b   []byte
	pos int
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0 || c == '\f'
}

func isDelim(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// next gives the next token, tokEOF at the end.
func (l *lexer) next() token {
	l.skipBlank()
	if l.pos >= len(l.b) {
		return token{kind: tokEOF}
	}
	switch c := l.b[l.pos]; c {
	case '/':
		return l.name()
	case '(':
		return l.literal()
	case '<':
		if l.pos+1 < len(l.b) && l.b[l.pos+1] == '<' {
			l.pos += 2
			return token{kind: tokDictOpen}
		}
		return l.hex()
	case '>':
		if l.pos+1 < len(l.b) && l.b[l.pos+1] == '>' {
			l.pos += 2
			return token{kind: tokDictClose}
		}
		l.pos++
		return l.next1()
	case '[':
		l.pos++
		return token{kind: tokArrayOpen}
	case ']':
		l.pos++
		return token{kind: tokArrayClose}
	case ')', '{', '}':
		l.pos++
		return token{kind: tokWord}
	}
	return l.regular()
}

// next1 stands for a stray delimiter: a word without text, so that a run of
// them costs no recursion.
func (l *lexer) next1() token { return token{kind: tokWord} }

// skipBlank skips white space and comments.
func (l *lexer) skipBlank() {
	for l.pos < len(l.b) {
		c := l.b[l.pos]
		switch {
		case isSpace(c):
			l.pos++
		case c == '%':
			end := bytes.IndexAny(l.b[l.pos:], "\r\n")
			if end < 0 {
				l.pos = len(l.b)
				return
			}
			l.pos += end
		default:
			return
		}
	}
}

// name reads a name and undoes its #xx escapes, behind which forbidden names
// like to hide.
func (l *lexer) name() token {
	start := l.pos + 1
	end := start
	escaped := false
	for end < len(l.b) && !isSpace(l.b[end]) && !isDelim(l.b[end]) {
		escaped = escaped || l.b[end] == '#'
		end++
	}
	l.pos = end
	text := l.b[start:end]
	if escaped {
		text = unescapeName(text)
	}
	return token{kind: tokName, text: text}
}

func unescapeName(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '#' && i+2 < len(text) {
			hi, lo := hexValue(text[i+1]), hexValue(text[i+2])
			if hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// literal reads a ( ) string with its nested parentheses; the escapes stay.
func (l *lexer) literal() token {
	start := l.pos + 1
	depth := 1
	for i := start; i < len(l.b); i++ {
		switch l.b[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				l.pos = i + 1
				return token{kind: tokString, text: l.b[start:i]}
			}
		}
	}
	l.pos = len(l.b)
	return token{kind: tokString, text: l.b[start:]}
}

// hex reads a < > string; its digits stay as they are.
func (l *lexer) hex() token {
	start := l.pos + 1
	end := bytes.IndexByte(l.b[start:], '>')
	if end < 0 {
		l.pos = len(l.b)
		return token{kind: tokString, hex: true}
	}
	l.pos = start + end + 1
	return token{kind: tokString, text: l.b[start : start+end], hex: true}
}

// content gives a string's bytes, its escapes or its digits undone.
func (t token) content() []byte {
	if !t.hex {
		return pagetext.Unescape(t.text)
	}
	out := make([]byte, 0, len(t.text)/2+1)
	hi := -1
	for _, c := range t.text {
		switch v := hexValue(c); {
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

// regular reads a number or a word.
func (l *lexer) regular() token {
	start := l.pos
	for l.pos < len(l.b) && !isSpace(l.b[l.pos]) && !isDelim(l.b[l.pos]) {
		l.pos++
	}
	text := l.b[start:l.pos]
	if n, ok := number(text); ok {
		return token{kind: tokNumber, text: text, num: n}
	}
	return token{kind: tokWord, text: text}
}

// number reads the whole part of a number, saturating instead of overflowing.
func number(text []byte) (int64, bool) {
	i, neg := 0, false
	if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
		neg, i = text[0] == '-', 1
	}
	if i == len(text) || (!isDigit(text[i]) && text[i] != '.') {
		return 0, false
	}
	const most = int64(1) << 52
	var n int64
	for ; i < len(text) && isDigit(text[i]); i++ {
		if n = n*10 + int64(text[i]-'0'); n > most {
			n = most
		}
	}
	if i < len(text) && text[i] != '.' {
		return 0, false
	}
	if neg {
		n = -n
	}
	return n, true
}
