package pagetext

import "unicode/utf16"

// mostMeanings bounds a table of meanings.
const mostMeanings = 1 << 17

// meanings is a ToUnicode table (ISO 32000-1, 9.10.3).
type meanings struct {
	single map[int]string
	ranges []meaningRange
}

// meaningRange maps codes one after the other.
type meaningRange struct {
	from, to int
	first    []uint16
}

// readMeanings reads a table, nil when it is not written as it should be.
func readMeanings(b []byte) *meanings {
	m := &meanings{single: map[int]string{}}
	t := tokens{b: b}
	var args []token
	open := 0
	for {
		k := t.next()
		if k.kind == tokEnd {
			return m
		}
		if k.kind != tokOperator {
			if k.kind == tokOpen {
				open++
			}
			if args = append(args, k); len(args) > mostMeanings {
				return nil
			}
			continue
		}
		ok := true
		switch string(k.text) {
		case "endbfchar":
			ok = m.chars(args)
		case "endbfrange":
			ok = m.spans(args)
		}
		if !ok || len(m.single) > mostMeanings || len(m.ranges) > mostMeanings {
			return nil
		}
		args = args[:0]
	}
}

func codeOf(b []byte) int {
	n := 0
	for _, c := range b[:min(len(b), 4)] {
		n = n<<8 | int(c)
	}
	return n
}

func units(b []byte) []uint16 {
	u := make([]uint16, 0, len(b)/2+1)
	if len(b) == 1 {
		return append(u, uint16(b[0]))
	}
	for i := 0; i+1 < len(b); i += 2 {
		u = append(u, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return u
}

func textOf(b []byte) string { return string(utf16.Decode(units(b))) }

func (m *meanings) chars(args []token) bool {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i].kind != tokString || args[i+1].kind != tokString {
			return false
		}
		m.single[codeOf(args[i].text)] = textOf(args[i+1].text)
	}
	return true
}

func (m *meanings) spans(args []token) bool {
	for i := 0; i+2 < len(args); {
		if args[i].kind != tokString || args[i+1].kind != tokString {
			return false
		}
		from, to := codeOf(args[i].text), codeOf(args[i+1].text)
		switch args[i+2].kind {
		case tokString:
			m.ranges = append(m.ranges, meaningRange{from, to, units(args[i+2].text)})
			i += 3
		case tokOpen:
			for i += 3; i < len(args) && args[i].kind == tokString; i++ {
				m.single[from] = textOf(args[i].text)
				from++
			}
			i++ // the closing bracket
		default:
			return false
		}
	}
	return true
}

// of gives what a code means.
func (m *meanings) of(code int) (string, bool) {
	if t, ok := m.single[code]; ok {
		return t, true
	}
	for _, r := range m.ranges {
		if code < r.from || code > r.to || len(r.first) == 0 {
			continue
		}
		u := append([]uint16(nil), r.first...)
		u[len(u)-1] += uint16(code - r.from)
		return string(utf16.Decode(u)), true
	}
	return "", false
}
