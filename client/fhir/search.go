package fhir

import (
	"strings"
	"time"
)

// DateParam is the span of time that a date search value means: From ≤ t < To;
// a zero bound is open.
type DateParam struct{ From, To time.Time }

// ParseDateParam reads a date search value with its prefix (FHIR R4, search,
// 3.1.1.4.4): eq (or none), ge, gt, le, lt, sa, eb. The precision of the value
// counts: "2024-03" is the whole month, gt2024-03 starts in April. A value
// without a time zone counts in loc. Errors: BadValue, also for ne and ap.
func ParseDateParam(s string, loc *time.Location) (DateParam, error) {
	prefix, value := "eq", s
	if len(s) > 2 && s[0] >= 'a' && s[0] <= 'z' {
		prefix, value = s[:2], s[2:]
	}
	from, to, ok := span(value, loc)
	if !ok {
		return DateParam{}, E(BadValue, "Une date de recherche ne se lit pas : écrivez AAAA, AAAA-MM, AAAA-MM-JJ ou une date et heure.")
	}
	switch prefix {
	case "eq":
		return DateParam{from, to}, nil
	case "ge":
		return DateParam{From: from}, nil
	case "gt", "sa":
		return DateParam{From: to}, nil
	case "le":
		return DateParam{To: to}, nil
	case "lt", "eb":
		return DateParam{To: from}, nil
	}
	return DateParam{}, E(BadValue, "Ce préfixe de date n'est pas servi : utilisez eq, ge, gt, le, lt, sa ou eb.")
}

// span gives the half-open span that a partial date covers.
func span(s string, loc *time.Location) (from, to time.Time, ok bool) {
	parse := func(layout string, next func(time.Time) time.Time) bool {
		t, err := time.ParseInLocation(layout, s, loc)
		if err != nil {
			return false
		}
		from, to = t, next(t)
		return true
	}
	switch {
	case len(s) == 4:
		ok = parse("2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) })
	case len(s) == 7:
		ok = parse("2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) })
	case len(s) == 10:
		ok = parse(time.DateOnly, func(t time.Time) time.Time { return t.AddDate(0, 0, 1) })
	case len(s) < 16 || s[10] != 'T':
	default:
		s = strings.Replace(s, " ", "+", 1) // a plus sign that a form decoded
		minute := func(t time.Time) time.Time { return t.Add(time.Minute) }
		second := func(t time.Time) time.Time { return t.Add(time.Second) }
		milli := func(t time.Time) time.Time { return t.Add(time.Millisecond) }
		if strings.Contains(s, ".") {
			ok = parse(time.RFC3339Nano, milli) || parse("2006-01-02T15:04:05", milli)
			break
		}
		ok = parse(time.RFC3339, second) || parse("2006-01-02T15:04:05", second) ||
			parse("2006-01-02T15:04Z07:00", minute) || parse("2006-01-02T15:04", minute)
	}
	return from, to, ok
}

// SplitOr splits a search value at the commas that mean "or"; a backslash
// keeps the comma, bar or dollar after it (FHIR R4, search, 3.1.1.3).
func SplitOr(s string) []string {
	if !strings.Contains(s, `\`) {
		return strings.Split(s, ",")
	}
	var out []string
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == ',':
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteByte(s[i])
		}
	}
	return append(out, b.String())
}
