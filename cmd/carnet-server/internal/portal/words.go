package portal

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record"
)

// languages of the pages; the French text is the key of the others.
var languages = []string{"fr", "en"}

const langCookie = "carnet-lang"

// english gives the table of translations, read once.
var english = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	if data, err := files.ReadFile("texts/en.json"); err == nil {
		_ = json.Unmarshal(data, &out) // a test reads it whole
	}
	return out
})

// language is what the cookie says, else what the browser prefers, else French.
func language(r *http.Request) string {
	if k, err := r.Cookie(langCookie); err == nil {
		for _, l := range languages {
			if k.Value == l {
				return l
			}
		}
	}
	if first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ","); strings.HasPrefix(strings.ToLower(first), "en") {
		return "en"
	}
	return "fr"
}

func other(lang string) string {
	if lang == "fr" {
		return "en"
	}
	return "fr"
}

// speak remembers the language asked for and shows the same page again.
func (c *call) speak(asked string) error {
	q := c.r.URL.Query()
	q.Del("lang")
	for _, l := range languages {
		if l == asked {
			http.SetCookie(c.w, &http.Cookie{
				Name: langCookie, Value: l, Path: root, HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode, MaxAge: 365 * 24 * 3600,
			})
		}
	}
	to := root
	if path := c.r.URL.EscapedPath(); strings.HasPrefix(path, root) && !strings.Contains(path, "//") {
		to = path
	}
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	return c.redirect(to)
}

// words writes in one language, with times of one zone.
type words struct {
	lang string
	zone *time.Location
}

func (c *call) words() words { return words{c.lang, c.Zone} }

// T gives a text in the call's language.
func (c *call) T(key string, args ...any) string { return c.words().T(key, args...) }

// T gives the text whose French is key, with args put in, set as print does.
func (w words) T(key string, args ...any) string {
	if key == "" {
		return ""
	}
	if w.lang == "en" {
		if text, ok := english()[key]; ok {
			key = text
		}
	}
	text := key
	if len(args) > 0 {
		text = fmt.Sprintf(key, args...)
	}
	if w.lang == "fr" {
		return spaced.Replace(text)
	}
	return text
}

// spaced puts the spaces that must not break where French print has them.
var spaced = strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " !", "\u00a0!", "« ", "«\u00a0", " »", "\u00a0»", "'", "’")

var (
	monthsFR     = [...]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."}
	fullMonthsFR = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
	fullMonthsEN = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	monthsEN     = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
)

// Date writes a day: "21 nov. 2026".
func (w words) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(w.zone)
	month := monthsFR[t.Month()-1]
	if w.lang == "en" {
		month = monthsEN[t.Month()-1]
	}
	return fmt.Sprintf("%d\u00a0%s\u00a0%d", t.Day(), month, t.Year())
}

// Month writes a month: "novembre 2026".
func (w words) Month(t time.Time) string {
	t = t.In(w.zone)
	names := fullMonthsFR
	if w.lang == "en" {
		names = fullMonthsEN
	}
	return fmt.Sprintf("%s %d", names[t.Month()-1], t.Year())
}

// Until writes the last day of what ends at a time: the day before, when it
// ends as a day begins.
func (w words) Until(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.Date(t.Add(-time.Nanosecond))
}

// Clock writes a time of day: "11 h 40".
func (w words) Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if w.lang == "en" {
		return t.In(w.zone).Format("15:04")
	}
	t = t.In(w.zone)
	return fmt.Sprintf("%d\u00a0h\u00a0%02d", t.Hour(), t.Minute())
}

// Moment writes a day and a time, machine-readable beside.
func (w words) Moment(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `">` + w.Date(t) + `, ` + w.Clock(t) + `</time>`)
}

// isoDay writes what date fields hold.
func (w words) isoDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(w.zone).Format("2006-01-02")
}

// DayText writes a FHIR date or dateTime as a day; what it cannot read as it is.
func (w words) DayText(s string) string {
	switch len(s) {
	case 4:
		return s
	case 7:
		if t, err := time.ParseInLocation("2006-01", s, w.zone); err == nil {
			_, after, _ := strings.Cut(w.Date(t), "\u00a0")
			return after
		}
	case 10:
		if t, err := time.ParseInLocation("2006-01-02", s, w.zone); err == nil {
			return w.Date(t)
		}
	}
	if t := fhir.ParseTime(s); !t.IsZero() {
		return w.Date(t)
	}
	return s
}

// sign gives a sign as the language sets it.
func (w words) sign(fr, en string) string {
	if w.lang == "en" {
		return en
	}
	return fr
}

// Size writes a number of bytes.
func (w words) Size(n int64) string {
	unit := [...]string{"Kio", "Mio"}
	if w.lang == "en" {
		unit = [...]string{"KiB", "MiB"}
	}
	if n < 1<<20 {
		return fmt.Sprintf("%d\u00a0%s", max(1, n>>10), unit[0])
	}
	text := fmt.Sprintf("%.1f\u00a0%s", float64(n)/(1<<20), unit[1])
	if w.lang == "fr" {
		return strings.Replace(text, ".", ",", 1)
	}
	return text
}

// Listed writes who somebody is: name, profession or structure, city.
func (w words) Listed(l record.Listed) string {
	parts := []string{}
	if !l.Org && l.Profession != "" {
		parts = append(parts, w.Profession(l.Profession))
	}
	if l.OrgName != "" && l.OrgName != l.Name {
		parts = append(parts, l.OrgName)
	}
	if l.City != "" {
		parts = append(parts, l.City)
	}
	return strings.Join(parts, ", ")
}

// Profession names a profession.
func (w words) Profession(code string) string {
	if w.lang == "en" {
		return terminology.ProfessionLabelEN(code)
	}
	return spaced.Replace(terminology.ProfessionLabel(code))
}

// TypeLabel names a type of document.
func (w words) TypeLabel(code string) string {
	t, ok := terminology.TypeByCode(code)
	switch {
	case !ok:
		return w.T("Document")
	case w.lang == "en":
		return t.LabelEN
	}
	return spaced.Replace(t.Label)
}

// Mode names a mode of access.
func (w words) Mode(mode string) string {
	switch mode {
	case fhir.ModeBreakGlass:
		return w.T("Accès d’urgence (bris de glace)")
	case fhir.ModeCentre15:
		return w.T("Accès du centre 15")
	}
	return w.T("Accès normal")
}

// relations names how a citizen stands to a record.
var relations = map[string]string{
	record.RelationSelf:           "votre dossier",
	record.RelationRepresentative: "vous le représentez",
	record.RelationHeir:           "vous en êtes l’héritier",
	record.RelationPartner:        "vous étiez son conjoint",
}

// fullName writes a person's name as France does: given name, then the name in
// capitals.
func fullName(p fhir.Patient) string {
	given, name := p.FirstGiven, p.UsedName
	if given == "" && len(p.Given) > 0 {
		given = p.Given[0]
	}
	if name == "" {
		name = p.BirthName
	}
	return strings.TrimSpace(given + " " + strings.ToUpper(name))
}
