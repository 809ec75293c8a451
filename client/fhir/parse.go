package fhir

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deeply a resource may nest.
const MaxDepth = 64

// Parse reads one JSON value strictly: RFC 8259, UTF-8 throughout, no key
// twice in one object, nesting up to MaxDepth, nothing after the value.
// Numbers stay as they were written. Errors: Malformed, with the place (a byte
// offset, and an Issue that names the element) and never a part of the content.
func Parse(data []byte) (*Node, error) {
	p := parser{data: data}
	p.space()
	n, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.at < len(p.data) {
		return nil, p.fail("des données suivent la ressource")
	}
	return &n, nil
}

type parser struct {
	data []byte
	at   int
	kind string // resourceType of the outermost object, once it was read
	path []step // to the value at hand
}

// step is a key of an object, or a place in an array.
type step struct {
	key   string
	index int // when key is ""
}

func (p *parser) fail(what string) error {
	err := E(Malformed, "JSON refusé : %s (octet %d).", what, p.at)
	if at := p.expression(); at != "" {
		err.Issues = []Issue{{Code: Malformed, Expression: at, Message: err.Message}}
	}
	return err
}

// maxExpression is how many steps of a path are told.
const maxExpression = 8

// expression names the element at hand. A key that FHIR could not have is a
// text of the sender's choice, and is not repeated.
func (p *parser) expression() string {
	var b strings.Builder
	b.WriteString(p.kind)
	for i, s := range p.path {
		switch {
		case i == maxExpression:
			return b.String()
		case s.key == "":
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
			continue
		case b.Len() > 0:
			b.WriteByte('.')
		}
		b.WriteString(elementName(s.key))
	}
	return b.String()
}

// elementName gives a key that has the form of an element's name, "?" for any
// other.
func elementName(key string) string {
	if len(key) > 64 || strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return "?"
	}
	return key
}

func (p *parser) space() {
	for p.at < len(p.data) {
		switch p.data[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

// peek gives the next byte, 0 at the end (a zero byte is no JSON either).
func (p *parser) peek() byte {
	if p.at < len(p.data) {
		return p.data[p.at]
	}
	return 0
}

func (p *parser) value(depth int) (Node, error) {
	if depth > MaxDepth {
		return Node{}, p.fail("imbrication trop profonde")
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		s, err := p.str()
		return Node{Kind: String, Text: s}, err
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	case c == 't':
		return p.literal("true", Bool)
	case c == 'f':
		return p.literal("false", Bool)
	case c == 'n':
		return p.literal("null", Null)
	case p.at >= len(p.data):
		return Node{}, p.fail("le texte est tronqué")
	}
	return Node{}, p.fail("une valeur était attendue")
}

func (p *parser) literal(word string, k Kind) (Node, error) {
	if len(p.data)-p.at < len(word) || string(p.data[p.at:p.at+len(word)]) != word {
		return Node{}, p.fail("une valeur était attendue")
	}
	p.at += len(word)
	return Node{Kind: k, Text: word}, nil
}

func (p *parser) object(depth int) (Node, error) {
	n := Node{Kind: Object}
	p.at++
	p.space()
	if p.peek() == '}' {
		p.at++
		return n, nil
	}
	var seen map[string]bool
	for {
		if p.peek() != '"' {
			return n, p.missing("une clé était attendue")
		}
		key, err := p.str()
		if err != nil {
			return n, err
		}
		p.path = append(p.path, step{key: key})
		if seen = remember(seen, n.Names, key); seen == nil && n.Get(key) != nil || seen != nil && seen[key] {
			return n, p.fail("une clé est donnée deux fois")
		}
		if seen != nil {
			seen[key] = true
		}
		p.space()
		if p.peek() != ':' {
			return n, p.missing("un deux-points était attendu")
		}
		p.at++
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return n, err
		}
		p.path = p.path[:len(p.path)-1]
		if depth == 0 && key == "resourceType" && elementTable().types[v.Text] != nil {
			p.kind = v.Text
		}
		n.Names, n.Items = append(n.Names, key), append(n.Items, v)
		more, err := p.next('}')
		if err != nil || !more {
			return n, err
		}
	}
}

// remember turns to a map where comparing with each key before would be slow.
func remember(seen map[string]bool, names []string, key string) map[string]bool {
	const few = 24
	if seen != nil || len(names) < few {
		return seen
	}
	seen = make(map[string]bool, 2*few)
	for _, n := range names {
		seen[n] = true
	}
	return seen
}

func (p *parser) array(depth int) (Node, error) {
	n := Node{Kind: Array}
	p.at++
	p.space()
	if p.peek() == ']' {
		p.at++
		return n, nil
	}
	for {
		p.path = append(p.path, step{index: len(n.Items)})
		v, err := p.value(depth + 1)
		if err != nil {
			return n, err
		}
		p.path = p.path[:len(p.path)-1]
		n.Items = append(n.Items, v)
		more, err := p.next(']')
		if err != nil || !more {
			return n, err
		}
	}
}

// next passes a comma (true) or the closing sign (false).
func (p *parser) next(closing byte) (bool, error) {
	p.space()
	switch p.peek() {
	case ',':
		p.at++
		p.space()
		return true, nil
	case closing:
		p.at++
		return false, nil
	}
	return false, p.missing("une virgule était attendue")
}

func (p *parser) missing(what string) error {
	if p.at >= len(p.data) {
		return p.fail("le texte est tronqué")
	}
	return p.fail(what)
}

func (p *parser) number() (Node, error) {
	start := p.at
	digits := func() bool {
		from := p.at
		for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
			p.at++
		}
		return p.at > from
	}
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else if !digits() {
		return Node{}, p.missing("un nombre ne se lit pas")
	}
	if p.peek() == '.' {
		p.at++
		if !digits() {
			return Node{}, p.missing("un nombre ne se lit pas")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if !digits() {
			return Node{}, p.missing("un nombre ne se lit pas")
		}
	}
	return Node{Kind: Number, Text: string(p.data[start:p.at])}, nil
}

// str reads a string and gives it without escapes.
func (p *parser) str() (string, error) {
	p.at++
	start := p.at
	ascii := true
	for p.at < len(p.data) {
		c := p.data[p.at]
		switch {
		case c == '"':
			s := p.data[start:p.at]
			if !ascii && !utf8.Valid(s) {
				return "", p.fail("le texte n'est pas de l'UTF-8")
			}
			p.at++
			return string(s), nil
		case c == '\\':
			return p.escaped(start)
		case c < ' ':
			return "", p.fail("un caractère de contrôle n'est pas échappé")
		case c >= utf8.RuneSelf:
			ascii = false
		}
		p.at++
	}
	return "", p.fail("le texte est tronqué")
}

// escaped goes on with a string that holds escapes.
func (p *parser) escaped(start int) (string, error) {
	b := append([]byte(nil), p.data[start:p.at]...)
	for p.at < len(p.data) {
		c := p.data[p.at]
		switch {
		case c == '"':
			p.at++
			if !utf8.Valid(b) {
				return "", p.fail("le texte n'est pas de l'UTF-8")
			}
			return string(b), nil
		case c == '\\':
			var err error
			if b, err = p.escape(b); err != nil {
				return "", err
			}
		case c < ' ':
			return "", p.fail("un caractère de contrôle n'est pas échappé")
		default:
			b = append(b, c)
			p.at++
		}
	}
	return "", p.fail("le texte est tronqué")
}

// simpleEscapes are the escapes of one letter.
var simpleEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (p *parser) escape(b []byte) ([]byte, error) {
	p.at++
	c := p.peek()
	if s := simpleEscapes[c]; s != 0 {
		p.at++
		return append(b, s), nil
	}
	if c != 'u' {
		return b, p.missing("un échappement est inconnu")
	}
	r, ok := p.hex()
	if !ok {
		return b, p.missing("un échappement ne se lit pas")
	}
	if utf16.IsSurrogate(r) {
		if p.at+1 >= len(p.data) || p.data[p.at] != '\\' || p.data[p.at+1] != 'u' {
			return b, p.missing("une moitié de caractère est seule")
		}
		p.at++
		low, ok := p.hex()
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return b, p.missing("une moitié de caractère est seule")
		}
	}
	return utf8.AppendRune(b, r), nil
}

// hex reads the u and four digits of an escape.
func (p *parser) hex() (rune, bool) {
	if p.at+5 > len(p.data) {
		p.at = len(p.data)
		return 0, false
	}
	v, err := strconv.ParseUint(string(p.data[p.at+1:p.at+5]), 16, 16)
	if err != nil {
		return 0, false
	}
	p.at += 5
	return rune(v), true
}
