package fhir

import (
	"strconv"
	"strings"
	"time"
)

// primitive says how a primitive type is written: the JSON kind and the form
// of its text (FHIR R4, datatypes, 2.24.0.1).
type primitive struct {
	kind Kind
	form func(string) bool
}

// primitives are all primitive types of FHIR R4.
var primitives = map[string]primitive{
	"boolean":      {Bool, any1},
	"integer":      {Number, func(s string) bool { return isInt(s, -1<<31, 1<<31-1) }},
	"unsignedInt":  {Number, func(s string) bool { return isInt(s, 0, 1<<31-1) }},
	"positiveInt":  {Number, func(s string) bool { return isInt(s, 1, 1<<31-1) }},
	"decimal":      {Number, any1},
	"string":       {String, isText},
	"markdown":     {String, isText},
	"xhtml":        {String, isText},
	"uri":          {String, isURI},
	"url":          {String, isURI},
	"canonical":    {String, isURI},
	"oid":          {String, isOID},
	"uuid":         {String, isUUID},
	"id":           {String, IsID},
	"code":         {String, isCode},
	"base64Binary": {String, isBase64},
	"date":         {String, isDate},
	"dateTime":     {String, isDateTime},
	"instant":      {String, isInstant},
	"time":         {String, isTime},
}

func any1(string) bool { return true }

func isInt(s string, low, high int64) bool {
	v, err := strconv.ParseInt(s, 10, 64)
	return err == nil && v >= low && v <= high && s[0] != '+'
}

// isText refuses what holds nothing but white space, and control characters.
func isText(s string) bool {
	blank := true
	for i := range len(s) {
		c := s[i]
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
		blank = blank && (c <= ' ')
	}
	return !blank && len(s) <= 1<<20
}

func isURI(s string) bool { return s != "" && !strings.ContainsAny(s, " \t\r\n\"<>\x00") }

func isOID(s string) bool {
	digits, ok := strings.CutPrefix(s, "urn:oid:")
	if !ok || digits == "" || digits[0] > '2' {
		return false
	}
	arcs := strings.Split(digits, ".")
	for _, a := range arcs {
		if a == "" || strings.Trim(a, "0123456789") != "" || len(a) > 1 && a[0] == '0' {
			return false
		}
	}
	return len(arcs) > 1
}

func isUUID(s string) bool {
	hex, ok := strings.CutPrefix(s, "urn:uuid:")
	if !ok || len(hex) != 36 {
		return false
	}
	for i := range len(hex) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if c := hex[i]; dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
			return false
		}
	}
	return true
}

// IsID says whether s is a FHIR id: letters, digits, dots and dashes, at most
// 64.
func IsID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}

// isCode refuses white space at the ends and twice in a row.
func isCode(s string) bool {
	if s == "" || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	return !strings.ContainsAny(s, "\t\r\n") && !strings.Contains(s, "  ")
}

// isBase64 looks at the alphabet and the length; white space may fold it.
func isBase64(s string) bool {
	n, pad := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		case c == '=':
			pad++
			n++
		case pad > 0:
			return false
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/':
			n++
		default:
			return false
		}
	}
	return n > 0 && n%4 == 0 && pad <= 2
}

func isDate(s string) bool {
	switch len(s) {
	case len("2006"):
		return isLayout("2006", s)
	case len("2006-01"):
		return isLayout("2006-01", s)
	}
	return isLayout(time.DateOnly, s)
}

// isDateTime wants a time zone wherever there is a time.
func isDateTime(s string) bool {
	if !strings.Contains(s, "T") {
		return isDate(s)
	}
	return isInstant(s)
}

// isInstant wants seconds and a time zone.
func isInstant(s string) bool {
	return len(s) >= len("2006-01-02T15:04:05Z") && s[10] == 'T' && strings.IndexByte(s, ',') < 0 && isLayout(time.RFC3339Nano, s)
}

func isTime(s string) bool {
	return len(s) >= len("15:04:05") && strings.IndexByte(s, ',') < 0 && isLayout("15:04:05", s)
}

// isLayout refuses year 0 too.
func isLayout(layout, s string) bool {
	_, err := time.Parse(layout, s)
	return err == nil && !strings.HasPrefix(s, "0000")
}
