package portal

import (
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/client/trend"
	"carnet/cmd/carnet-server/internal/record"
)

// mostReadings is how many rows a table has at most; the curve shows all.
const mostReadings = 100

// span is a stretch of time that the curves show.
type span struct {
	key, label string
	from       func(now time.Time) time.Time
}

var spans = []span{
	{"3m", "3 mois", func(now time.Time) time.Time { return now.AddDate(0, -3, 0) }},
	{"1a", "1 an", func(now time.Time) time.Time { return now.AddDate(-1, 0, 0) }},
	{"5a", "5 ans", func(now time.Time) time.Time { return now.AddDate(-5, 0, 0) }},
	{"tout", "Depuis toujours", func(time.Time) time.Time { return time.Time{} }},
}

// measuresView is the page of curves.
type measuresView struct {
	Spans    []option
	Curves   []curveView
	Older    []string // measures that have only older readings
	Enter    []option // measures to enter that have no curve yet
	Nothing  bool
	Writable bool
}

// curveView is one measure with its curve and its table.
type curveView struct {
	Code, Name, Last, When, Band string
	Wide, Narrow                 template.HTML
	Rows                         []readingView
	Hollow                       bool // some point is not as it was entered
	More                         int
	Enter                        bool
}

// readingView is a row of the table.
type readingView struct {
	ID                      string
	Version                 int64
	When, Value, By, Remark string
	Own, Masked             bool
}

// measures shows all measures as curves, each with the table of its numbers.
func (c *call) measures() error {
	all, err := c.Records.Profile(c.r.Context(), c.citizen(), c.rec)
	if err != nil {
		return err
	}
	asked, now := c.r.URL.Query().Get("periode"), c.Now()
	at := slices.IndexFunc(spans, func(s span) bool { return s.key == asked })
	if at < 0 {
		at = 1
	}
	v := measuresView{Nothing: true, Writable: c.open()}
	for i, s := range spans {
		v.Spans = append(v.Spans, option{Value: s.key, Label: c.T(s.label), Chosen: i == at})
	}
	since := spans[at].from(now)
	for _, k := range c.trends(all) {
		rows := k.Since(since)
		enter := !k.Other && !k.Computed
		switch {
		case len(rows) > 0:
			v.Curves = append(v.Curves, c.curveView(k, rows, since))
		case enter:
			v.Enter = append(v.Enter, option{Value: k.Code, Label: k.Name(c.lang)})
			fallthrough
		default:
			if len(k.Rows) > 0 {
				v.Older = append(v.Older, k.Name(c.lang))
			}
		}
		v.Nothing = v.Nothing && len(k.Rows) == 0
	}
	return c.show("measures", view{Title: c.T("Mesures"), Nav: "mesures", V: v})
}

// trends reads the measures of a profile, as the desktop does.
func (c *call) trends(all []record.ProfileItem) []trend.Kind {
	return c.trendReader().Read(itemsOf(all))
}

func (c *call) trendReader() trend.Reader {
	r := trend.Reader{Language: c.lang, Zone: c.Zone}
	for _, h := range c.held {
		if h.Patient.ID == c.rec {
			r.Born = h.Patient.BirthDate
		}
	}
	return r
}

// itemsOf gives items as views, with who wrote them in words.
func itemsOf(all []record.ProfileItem) []fhir.Item {
	out := make([]fhir.Item, len(all))
	for i, it := range all {
		v := it.View
		if v.Resource == "" {
			v = fhir.Item{Resource: it.Resource, Code: it.Code, Text: it.Text, Start: it.Date, Value: it.Value, Unit: it.Unit, Note: it.Note}
		}
		v.ID, v.Version, v.Masked = it.ID, strconv.FormatInt(it.Version, 10), it.Masked
		v.ByHolder, v.Author = it.By == "", fhir.Party{Name: it.By}
		out[i] = v
	}
	return out
}

// curveView makes one measure ready to be shown.
func (c *call) curveView(k trend.Kind, rows []trend.Row, since time.Time) curveView {
	v := curveView{Code: k.Code, Name: k.Name(c.lang), Last: rows[0].Say(c.lang), When: c.readingWhen(rows[0]), Enter: !k.Other && !k.Computed && c.open()}
	d := drawing{words: c.words(), kind: k, rows: rows, since: since, now: c.Now(), usual: c.trendReader().Adult(c.Now())}
	v.Wide, v.Narrow = d.svg(wideSheet), d.svg(narrowSheet)
	v.Hollow = slices.ContainsFunc(rows, func(r trend.Row) bool { return r.Computed || r.Reading.Converted })
	if d.usual {
		for _, p := range k.Parts {
			if p.Band != nil {
				v.Band = p.Band.Who(c.lang)
			}
		}
	}
	for i, r := range rows {
		if i == mostReadings {
			v.More = len(rows) - i
			break
		}
		v.Rows = append(v.Rows, c.readingView(r))
	}
	return v
}

func (c *call) readingView(r trend.Row) readingView {
	v := readingView{
		ID: r.Item.ID, When: c.readingWhen(r), Value: r.Say(c.lang), By: r.Item.Author.Name, Remark: c.remark(r),
		Own: !r.Computed && r.Item.ByHolder, Masked: r.Item.Masked,
	}
	v.Version, _ = strconv.ParseInt(r.Item.Version, 10, 64)
	switch {
	case r.Computed:
		v.By = c.T("calculé")
	case v.Own:
		v.By = c.T("vous, ou qui vous représente")
	}
	return v
}

// readingWhen says the moment of a reading, as exactly as it is known.
func (c *call) readingWhen(r trend.Row) string {
	switch {
	case r.At.IsZero():
		return c.T("date inconnue")
	case r.Day && r.Item.Start != "":
		return c.words().DayText(r.Item.Start)
	case r.Day:
		return c.words().Date(r.At)
	}
	return c.words().Date(r.At) + ", " + c.words().Clock(r.At)
}

// remark says what must be known of a reading.
func (c *call) remark(r trend.Row) string {
	var parts []string
	switch {
	case r.Computed:
		parts = append(parts, c.T("calculé de %s (taille du %s)", r.Of, c.words().Date(r.Height)))
	case r.Reading.Converted:
		parts = append(parts, c.T("converti ; saisi : %s", r.Reading.Entered))
	case !r.Drawn:
		parts = append(parts, c.T("absent de la courbe : autre unité"))
	}
	if r.Item.Note != "" {
		parts = append(parts, r.Item.Note)
	}
	return strings.Join(parts, " · ")
}

// newestMeasures gives the items that are the newest of their measure: the
// profile lists those alone, the curves show all.
func (c *call) newestMeasures(all []record.ProfileItem) map[string]bool {
	out := map[string]bool{}
	for _, k := range c.trends(all) {
		for _, r := range k.Rows {
			if !r.Computed {
				out[r.Item.ID] = true
				break
			}
		}
	}
	return out
}

// measureWords names a measure and says its value as it was entered.
func (c *call) measureWords(it record.ProfileItem) (name, amount string) {
	item := itemsOf([]record.ProfileItem{it})[0]
	m, _, ok := terminology.MeasureByCode(item.Code.Code)
	if !ok {
		return firstOf(item.Text, item.Code.Display), strings.TrimSpace(terminology.SayDecimal(item.Value, c.lang) + "\u00a0" + item.Unit)
	}
	written := trend.Written(item)
	unit := m.Units[0].Code
	if len(written) > 0 {
		unit = written[0].Unit
	}
	if r, ok := m.Read(written, unit, c.lang); ok {
		return m.Name(c.lang), r.Say(c.lang)
	}
	return m.Name(c.lang), item.Text
}
