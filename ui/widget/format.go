package widget

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"fyne.io/fyne/v2/lang"
)

// Nbsp is the non-breaking space that French sets before : ; ? ! and inside
// numbers. (The typeface has no narrow one.)
const Nbsp = "\u00a0"

// english tells whether the screens speak English. The key is never shown.
func english() bool { return lang.X("carnet.language", "fr") == "en" }

var (
	monthsFR = [...]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."}
	monthsEN = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
)

// FormatDate writes a day: "21 nov. 2026"; nothing for the zero time. The time's
// own zone counts.
func FormatDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d%s%s%s%d", t.Day(), Nbsp, month(t), Nbsp, t.Year())
}

// FormatTypedDate writes a day as hands type it: "21/11/2026"; nothing for the
// zero time.
func FormatTypedDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("02/01/2006")
}

// FormatDay writes a day without its year when that is now's: "21 nov.".
func FormatDay(t, now time.Time) string {
	if t.IsZero() || t.Year() != now.Year() {
		return FormatDate(t)
	}
	return fmt.Sprintf("%d%s%s", t.Day(), Nbsp, month(t))
}

func month(t time.Time) string {
	if english() {
		return monthsEN[t.Month()-1]
	}
	return monthsFR[t.Month()-1]
}

// FormatTime writes a time of day: "11 h 40", in English "11:40".
func FormatTime(t time.Time) string {
	if english() {
		return t.Format("15:04")
	}
	return fmt.Sprintf("%d%sh%s%02d", t.Hour(), Nbsp, Nbsp, t.Minute())
}

// FormatDateTime writes both: "21 nov. 2026, 11 h 40".
func FormatDateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return FormatDate(t) + ", " + FormatTime(t)
}

// FormatCopy says how old a copy is, in now's zone: "Copie de 11 h 38" of today, "Copie
// du 21 nov. 2026, 11 h 38" of another day.
func FormatCopy(asOf, now time.Time) string {
	at := asOf.In(now.Location())
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return lang.L("Copie de {{.Time}}", map[string]any{"Time": FormatTime(at)})
	}
	return lang.L("Copie du {{.When}}", map[string]any{"When": FormatDateTime(at)})
}

// FormatUntil says when a right ends, in now's zone: "jusqu’à 14 h 30" within
// the day, "jusqu’au 21 févr. 2027" later; nothing for the zero time.
func FormatUntil(end, now time.Time) string {
	const soon = 12 * time.Hour // over midnight, the hour says more than the date
	local := end.In(now.Location())
	switch {
	case end.IsZero():
		return ""
	case local.Format(time.DateOnly) == now.Format(time.DateOnly), end.After(now) && end.Sub(now) < soon:
		return lang.L("jusqu’à {{.Time}}", map[string]any{"Time": FormatTime(local)})
	}
	return lang.L("jusqu’au {{.Day}}", map[string]any{"Day": FormatDay(local, now)})
}

// FormatBirth writes a FHIR birth date as identities do: "28/03/1979", "03/1979"
// or "1979"; what cannot be read comes back as it is.
func FormatBirth(date string) string {
	parts := strings.Split(date, "-")
	for left, right := 0, len(parts)-1; left < right; left, right = left+1, right-1 {
		parts[left], parts[right] = parts[right], parts[left]
	}
	return strings.Join(parts, "/")
}

// ParseDay reads a FHIR date or dateTime to its day; the zero time when it is
// neither. Of a partial date the first day counts.
func ParseDay(s string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// Age writes the age of someone born on a FHIR date: "7 ans", "3 mois" under two
// years, "12 jours" under one month; nothing when the date cannot be read or is
// in the future.
func Age(birth string, now time.Time) string {
	b := ParseDay(birth)
	if b.IsZero() || b.After(now) {
		return ""
	}
	months := (now.Year()-b.Year())*12 + int(now.Month()) - int(b.Month())
	if now.Day() < b.Day() {
		months--
	}
	if len(birth) == len("2006") {
		return years(now.Year() - b.Year())
	}
	switch {
	case months >= 24:
		return years(months / 12)
	case months >= 1:
		return Plural(months, lang.L("1 mois"), lang.L("%d mois"))
	default:
		days := int(now.Sub(b).Hours() / 24)
		return Plural(days, lang.L("%d jour"), lang.L("%d jours"))
	}
}

func years(n int) string { return Plural(n, lang.L("%d an"), lang.L("%d ans")) }

// Plural picks the text for a number and puts the number in the place of %d:
// Plural(n, lang.L("%d document"), lang.L("%d documents")). French counts 0 as
// singular, English as plural.
func Plural(n int, one, many string) string {
	text := many
	if n == 1 || (n == 0 && !english()) {
		text = one
	}
	return strings.ReplaceAll(text, "%d", FormatNumber(n))
}

// FormatNumber groups thousands: "1 500".
func FormatNumber(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + Nbsp + s[i:]
	}
	return s
}

// FormatSize writes a number of bytes: "340 ko", "1,2 Mo".
func FormatSize(n int64) string {
	unit, comma := "o", ","
	if english() {
		unit, comma = "B", "."
	}
	switch {
	case n < 1000:
		return fmt.Sprintf("%d%s%s", n, Nbsp, unit)
	case n < 1000*1000:
		return fmt.Sprintf("%d%sk%s", (n+500)/1000, Nbsp, unit)
	default:
		return strings.Replace(fmt.Sprintf("%.1f%sM%s", float64(n)/1e6, Nbsp, unit), ".", comma, 1)
	}
}

// FormatINS groups the 15 characters of an INS: "2 79 03 51 215 189 89"; another
// length comes back as it is.
func FormatINS(value string) string {
	if len(value) != 15 {
		return value
	}
	var groups []string
	for _, n := range []int{1, 2, 2, 2, 3, 3, 2} {
		groups = append(groups, value[:n])
		value = value[n:]
	}
	return strings.Join(groups, Nbsp)
}

// FormatName writes a person: "MARTIN Léa". used is the name in use, empty when
// it is the birth name.
func FormatName(birth, used, given string) string {
	name := birth
	if used != "" {
		name = used
	}
	return strings.TrimSpace(strings.ToUpper(name) + " " + titled(given))
}

// FormatBirthName writes the whole civil identity: "née MARTIN Léa Marie".
// gender is FHIR's.
func FormatBirthName(birth string, given []string, gender string) string {
	born := lang.L("né(e)")
	switch gender {
	case "female":
		born = lang.L("née")
	case "male":
		born = lang.L("né")
	}
	names := make([]string, len(given))
	for i, g := range given {
		names[i] = titled(g)
	}
	return strings.TrimSpace(born + " " + strings.ToUpper(birth) + " " + strings.Join(names, " "))
}

// FormatSex writes FHIR's gender as identities do: F, M, or ? when unknown.
func FormatSex(gender string) string {
	switch gender {
	case "female":
		return "F"
	case "male":
		return "M"
	default:
		return "?"
	}
}

// titled writes given names that came in capitals, as the INS service sends
// them, with capitals at their beginnings only.
func titled(s string) string {
	if s != strings.ToUpper(s) {
		return s
	}
	start := true
	return strings.Map(func(r rune) rune {
		out := unicode.ToLower(r)
		if start {
			out = unicode.ToUpper(r)
		}
		start = !unicode.IsLetter(r)
		return out
	}, s)
}
