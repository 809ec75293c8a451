package fhir

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// writer appends FHIR JSON. It knows by the last byte whether a comma is due,
// leaves out what is empty (FHIR has no empty values) and never fails, so that
// builders read like the resource they build. Lists of fifty documents are a
// hot path: nothing here allocates but the buffer's growth.
type writer struct{ b []byte }

// comma separates the next element from the one before.
func (w *writer) comma() {
	if n := len(w.b); n > 0 {
		switch w.b[n-1] {
		case '{', '[', ':':
		default:
			w.b = append(w.b, ',')
		}
	}
}

func (w *writer) key(k string) {
	w.comma()
	w.b = append(w.b, '"')
	w.b = append(w.b, k...)
	w.b = append(w.b, '"', ':')
}

// resource starts a resource; id may be empty.
func (w *writer) resource(kind, id string) {
	w.b = append(w.b, `{"resourceType":"`...)
	w.b = append(w.b, kind...)
	w.b = append(w.b, '"')
	w.str("id", id)
}

func (w *writer) obj(k string) { w.key(k); w.b = append(w.b, '{') }
func (w *writer) arr(k string) { w.key(k); w.b = append(w.b, '[') }
func (w *writer) item()        { w.comma(); w.b = append(w.b, '{') }
func (w *writer) end()         { w.b = append(w.b, '}') }
func (w *writer) endArr()      { w.b = append(w.b, ']') }
func (w *writer) endArrObj()   { w.b = append(w.b, '}', ']') }

// str writes a string element unless it is empty.
func (w *writer) str(k, v string) {
	if v != "" {
		w.key(k)
		w.b = appendString(w.b, v)
	}
}

// value writes a bare string in an array unless it is empty.
func (w *writer) value(v string) {
	if v != "" {
		w.comma()
		w.b = appendString(w.b, v)
	}
}

// strs writes an array of strings unless it is empty.
func (w *writer) strs(k string, vs ...string) {
	full := false
	for _, v := range vs {
		full = full || v != ""
	}
	if !full {
		return
	}
	w.arr(k)
	for _, v := range vs {
		w.value(v)
	}
	w.endArr()
}

func (w *writer) boolean(k string, v bool) {
	w.key(k)
	w.b = strconv.AppendBool(w.b, v)
}

func (w *writer) integer(k string, v int64) {
	w.key(k)
	w.b = strconv.AppendInt(w.b, v, 10)
}

// raw writes an element whose value is already JSON.
func (w *writer) raw(k string, json []byte) {
	w.key(k)
	w.b = append(w.b, json...)
}

// instantLayout is FHIR's instant in UTC, to the millisecond.
const instantLayout = "2006-01-02T15:04:05.000Z"

// Instant writes a time as FHIR's instant, in UTC to the millisecond; "" for
// the zero time.
func Instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(instantLayout)
}

// instant writes an instant or dateTime unless it is zero.
func (w *writer) instant(k string, t time.Time) {
	if t.IsZero() {
		return
	}
	w.key(k)
	w.b = append(w.b, '"')
	w.b = t.UTC().AppendFormat(w.b, instantLayout)
	w.b = append(w.b, '"')
}

// coding writes a Coding's fields, inside an object already open.
func (w *writer) codingFields(c Coding) {
	w.str("system", c.System)
	w.str("code", c.Code)
	w.str("display", c.Display)
}

// coding writes a Coding unless it is zero.
func (w *writer) coding(k string, c Coding) {
	if c != (Coding{}) {
		w.obj(k)
		w.codingFields(c)
		w.end()
	}
}

// concept writes a CodeableConcept of one coding unless it is zero.
func (w *writer) concept(k string, c Coding) {
	if c != (Coding{}) {
		w.key(k)
		w.bareConcept(c)
	}
}

func (w *writer) bareConcept(c Coding) {
	w.comma()
	w.b = append(w.b, `{"coding":[{`...)
	w.codingFields(c)
	w.b = append(w.b, `}]}`...)
}

// identifier writes an Identifier unless it is zero.
func (w *writer) identifier(k string, i Identifier) {
	if i.Value != "" {
		w.obj(k)
		w.identifierFields(i)
		w.end()
	}
}

func (w *writer) identifierFields(i Identifier) {
	w.str("system", i.System)
	w.str("value", i.Value)
}

// identifiers writes an array of one Identifier unless it is zero.
func (w *writer) identifiers(k string, i Identifier) {
	if i.Value != "" {
		w.arr(k)
		w.item()
		w.identifierFields(i)
		w.endArrObj()
	}
}

// reference writes a literal Reference unless it is empty.
func (w *writer) reference(k, ref string) {
	if ref != "" {
		w.obj(k)
		w.str("reference", ref)
		w.end()
	}
}

// ext opens an extension inside an extension array already open; the caller
// writes its value and calls end.
func (w *writer) ext(url string) {
	w.item()
	w.str("url", url)
}

// meta writes meta with what is known of it.
func (w *writer) meta(version string, updated time.Time, profile string) {
	if version == "" && updated.IsZero() && profile == "" {
		return
	}
	w.obj("meta")
	w.str("versionId", version)
	w.instant("lastUpdated", updated)
	w.strs("profile", profile)
	w.end()
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. What is not UTF-8 becomes U+FFFD;
// U+2028 and U+2029 stay: JSON allows them.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(b, s[start:i]...)
				b = append(b, "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		b = appendEscape(b, c)
		i++
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
