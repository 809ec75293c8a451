package portal

import (
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// A printed history is read period by period, and a period page by page, so
// that no page weighs more than the others of the site, however long the
// history is. Whoever wants all of a period in one piece takes its PDF.

const (
	pageWeight    = 12 << 10 // bytes of acts on one page, as HTML
	actWeight     = 60       // of an act's own markup
	idWeight      = 64
	visitWeight   = 260 // of a printed visit's own markup
	visitsAtATime = 8
)

// weight is about what an act takes as HTML.
func (a actView) weight(markup int) int {
	n := markup + len(a.Text) + len(a.Responsible) + len(a.Detail) + len(template.HTMLEscapeString(a.Title))
	if !a.Synced.IsZero() {
		n += 160
	}
	return n
}

// cut makes pages of acts; there is always one.
func cut(acts []actView, markup int) [][]actView {
	pages, weight, begun := [][]actView{}, 0, 0
	for i, a := range acts {
		w := a.weight(markup)
		if i > begun && weight+w > pageWeight {
			pages, weight, begun = append(pages, acts[begun:i]), 0, i
		}
		weight += w
	}
	return append(pages, acts[begun:])
}

// lighten leaves of each visit of a list so many of its first acts that the list
// stays light; the others stand on the visit's own page.
func lighten(all []visitView) {
	left := pageWeight
	for i := range all {
		v := &all[i]
		share, weight, keep := left/(len(all)-i), visitWeight+len(v.Name)+len(v.Sub)+len(v.Summary)+len(template.HTMLEscapeString(v.Reason)), 0
		for keep < len(v.Shown) {
			w := v.Shown[keep].weight(actWeight + len("/mon/documents/") + idWeight)
			if keep > 0 && weight+w > share {
				break
			}
			weight, keep = weight+w, keep+1
		}
		v.More += len(v.Shown) - keep
		v.Shown, left = v.Shown[:keep], max(0, left-weight)
	}
}

// period is a month of the history, or all before the first one that is listed.
type period struct {
	Key      string // "2026-11", or "avant-2026-11"
	Name     string // in words
	from, to time.Time
}

// narrow asks for a period of what a filter leaves.
func (p period) narrow(q record.HistoryQuery) record.HistoryQuery {
	if q.From.Before(p.from) {
		q.From = p.from
	}
	if q.To.IsZero() || p.to.Before(q.To) {
		q.To = p.to
	}
	return q
}

// before is the beginning of the keys of all that is older than a month.
const before = "avant-"

// periodOf reads a period's key.
func (c *call) periodOf(key string) (period, bool) {
	p := period{Key: key}
	month, older := key, false
	if len(key) > len(before) && key[:len(before)] == before {
		month, older = key[len(before):], true
	}
	at, err := time.ParseInLocation("2006-01", month, c.Zone)
	if err != nil {
		return p, false
	}
	p.from, p.to, p.Name = at, at.AddDate(0, 1, 0), c.words().Month(at)
	if older {
		p.from, p.to, p.Name = time.Time{}, at, c.T("avant %s", c.words().Month(at))
	}
	return p, true
}

// yearView are the months of a year.
type yearView struct {
	Year   int
	Months []period
}

// monthsListed is how many months the list of periods has at most.
const monthsListed = 36

// years lists the months since the record was made, the newest first, and one
// period of all that is older.
func (c *call) years() (out []yearView) {
	now := c.Now().In(c.Zone)
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, c.Zone)
	l := c.life()
	first := month.AddDate(0, -11, 0)
	for _, t := range []time.Time{l.Announced, l.Activated} {
		if !t.IsZero() && t.Before(first) {
			first = t
		}
	}
	var oldest time.Time
	add := func(year int, p period) {
		if n := len(out); n == 0 || out[n-1].Year != year {
			out = append(out, yearView{Year: year})
		}
		out[len(out)-1].Months = append(out[len(out)-1].Months, p)
	}
	for n := 0; n < monthsListed && month.AddDate(0, 1, 0).After(first); n++ {
		if p, ok := c.periodOf(month.Format("2006-01")); ok {
			add(month.Year(), p)
		}
		oldest, month = month, month.AddDate(0, -1, 0)
	}
	if p, ok := c.periodOf(before + oldest.Format("2006-01")); ok {
		add(oldest.Year(), p)
	}
	return out
}

// place is where a printed page begins: after so many visits of a page of the
// door, and so many acts of the next. Until keeps what happens meanwhile out.
type place struct {
	cursor       string
	visits, acts int
	until        int64
}

func (c *call) place() (p place) {
	q := c.r.URL.Query()
	number := func(name string) int {
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	p.cursor, p.visits, p.acts = q.Get("page"), number("v"), number("n")
	var err error
	if p.until, err = parseSeq(q.Get("t")); err != nil || p.until <= 0 {
		p.until = c.Now().Unix() + 1
	}
	return p
}

// address leads to a place of a period.
func (p place) address(key string) string {
	q := url.Values{"mois": {key}, "t": {fmt.Sprint(p.until)}}
	if p.cursor != "" {
		q.Set("page", p.cursor)
	}
	if p.visits > 0 {
		q.Set("v", strconv.Itoa(p.visits))
	}
	if p.acts > 0 {
		q.Set("n", strconv.Itoa(p.acts))
	}
	return root + "historique/imprimer?" + q.Encode()
}

type printView struct {
	Years   []yearView // the list of periods; else one page of one
	Period  period
	Visits  []visitView
	Next    string // address of the page after; "" none
	First   bool
	Printed time.Time
}

// printHistory lists the periods; of one it shows a page, every detail open.
func (c *call) printHistory() error {
	key := c.r.URL.Query().Get("mois")
	v := printView{Printed: c.Now()}
	title := c.T("Imprimer l’historique")
	var ok bool
	if v.Period, ok = c.periodOf(key); !ok {
		v.Years = c.years()
		return c.show("historyprint", view{Title: title, Nav: "historique", V: v})
	}
	at := c.place()
	v.First = at.cursor == "" && at.visits == 0 && at.acts == 0
	next, more, err := c.printed(&v, at)
	if fhir.CodeOf(err) == fhir.BadValue && at.cursor != "" {
		return c.redirect(place{until: at.until}.address(key)) // a link of an earlier sign-in
	}
	if err != nil {
		return err
	}
	if more {
		v.Next = next.address(key)
	}
	return c.show("historyprint", view{Title: c.T("Historique du dossier, %s", v.Period.Name), Nav: "historique", V: v})
}

// printed fills a page from a place on, and tells where the next one begins.
func (c *call) printed(v *printView, at place) (next place, more bool, err error) {
	q := v.Period.narrow(c.s.get().history.query())
	if until := time.Unix(at.until, 0); until.Before(q.To) {
		q.To = until
	}
	q.Limit = visitsAtATime
	for weight := 0; ; {
		q.Cursor = at.cursor
		page, err := c.Records.History(c.r.Context(), c.citizen(), c.rec, q)
		if err != nil {
			return at, false, err
		}
		visits := c.visits(page.Visits)
		for at.visits < len(visits) {
			one := visits[at.visits]
			took := one.cut(at.acts, &weight, len(v.Visits) == 0)
			if took > 0 {
				one.Continued = at.acts > 0
				one.Acts = one.Acts[at.acts : at.acts+took]
				v.Visits = append(v.Visits, one)
			}
			if at.acts += took; at.acts < len(visits[at.visits].Acts) {
				return at, true, nil
			}
			at.visits, at.acts = at.visits+1, 0
		}
		if page.Next == "" || page.Next == at.cursor {
			return at, false, nil
		}
		at = place{cursor: page.Next, until: at.until}
		if weight > pageWeight/2 {
			return at, true, nil
		}
	}
}

// cut tells how many acts of a visit, from one on, the page still takes; of the
// first visit at least one.
func (v visitView) cut(from int, weight *int, first bool) (took int) {
	*weight += visitWeight + len(v.Name) + len(v.Sub) + len(v.Summary) + len(template.HTMLEscapeString(v.Reason))
	for from < len(v.Acts) {
		w := v.Acts[from].weight(actWeight)
		if *weight+w > pageWeight && (took > 0 || !first) {
			break
		}
		*weight += w
		took, from = took+1, from+1
	}
	return took
}
