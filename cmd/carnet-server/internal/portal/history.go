package portal

import (
	"fmt"
	"strconv"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

const visitsAPage = 15

func historyRoutes() []route {
	at := root + "historique"
	return []route{
		{pattern: "GET " + at, who: patients, serve: (*call).history},
		{pattern: "POST " + at + "/filtre", who: patients, serve: (*call).filterHistory},
		{pattern: "POST " + at + "/contester", who: patients, serve: (*call).contestAccess},
		{pattern: "GET " + at + "/visite/{id}", who: patients, serve: (*call).visit},
		{pattern: "GET " + at + "/imprimer", who: patients, serve: (*call).printHistory},
		{pattern: "POST " + at + "/csv", who: patients, serve: (*call).historyCSV},
		{pattern: "POST " + at + "/pdf", who: patients, serve: (*call).historyPDF},
		{pattern: "POST " + at + "/preuves", who: patients, serve: (*call).historyProofs},
	}
}

// historyFilter is what the history is narrowed to, kept in the session.
type historyFilter struct {
	From, To time.Time
	Who      string // national id
	Only     string
}

// visitView is a line of the history in words.
type visitView struct {
	ID               string
	Start, End       time.Time
	Name, Sub        string
	Mode             string // in words, "" of a normal access
	Emergency        bool
	Reason           string
	Refused, Offline bool
	Copy             bool
	Summary          string
	Continued        bool // the acts of it before these stand on the page before
	Acts             []actView
	Shown            []actView // the first of them, those that are alike as one
	More             int       // of the acts that are alike as one, not shown
	First            int64     // entry to contest
	Pro              string
}

type actView struct {
	At, Synced time.Time
	Text       string
	Title      string
	Document   string
	Type       string
	Waiting    bool
	Detail     string
	// Responsible is the professional who answers for what a system did.
	Responsible string
	Times       int // how often in a row
}

// actsAVisit are shown in the list; the others on the visit's own page.
const actsAVisit = 5

type historyView struct {
	Visits   []visitView
	Next     string
	First    bool
	Filter   historyFilter
	Narrowed bool
	Kinds    []option
	Only     string // the name of who it is narrowed to
}

// history shows who did what, one line a visit.
func (c *call) history() error { return c.showHistory(nil) }

func (c *call) showHistory(problems []problem) error {
	f := c.s.get().history
	q := f.query()
	q.Limit, q.Cursor = visitsAPage, c.r.URL.Query().Get("page")
	page, err := c.Records.History(c.r.Context(), c.citizen(), c.rec, q)
	if fhir.CodeOf(err) == fhir.BadValue && q.Cursor != "" {
		return c.redirect(root + "historique") // a link of an earlier sign-in
	}
	if err != nil {
		return err
	}
	v := historyView{Visits: c.visits(page.Visits), Next: page.Next, First: q.Cursor == "", Filter: f, Narrowed: f != historyFilter{}, Kinds: c.historyKinds(f.Only)}
	lighten(v.Visits)
	if f.Who != "" && len(v.Visits) > 0 {
		v.Only = v.Visits[0].Name
	}
	form := c.form
	if form == nil {
		form = map[string][]string{"du": {c.words().isoDay(f.From)}, "au": {c.words().isoDay(f.To)}}
	}
	return c.show("history", view{Title: c.T("Historique"), Nav: "historique", Problems: problems, Form: form, V: v})
}

// together joins acts in a row that say the same, so that a list read ten
// times is one line.
func together(acts []actView) []actView {
	var out []actView
	for _, a := range acts {
		if n := len(out); n > 0 && alike(out[n-1], a) {
			out[n-1].Times += a.Times
			continue
		}
		out = append(out, a)
	}
	return out
}

func alike(a, b actView) bool {
	return a.Text == b.Text && a.Title == b.Title && a.Document == b.Document && a.Detail == b.Detail && a.Responsible == b.Responsible && a.Synced.IsZero() && b.Synced.IsZero()
}

// visitPage is one page of the acts of a visit.
type visitPage struct {
	visitView
	Page, Pages int
	Before      string // address of the page before; "" none
	After       string
}

// visit shows the acts of one visit, page by page: it is looked for in the time
// that the link names.
func (c *call) visit() error {
	asked := c.r.URL.Query()
	from, err := parseSeq(asked.Get("de"))
	to, err2 := parseSeq(asked.Get("a"))
	if err != nil || err2 != nil || to-from > int64(7*24*time.Hour/time.Second) {
		return fhir.E(fhir.NotFound, "")
	}
	q := record.HistoryQuery{From: time.Unix(from, 0), To: time.Unix(to+1, 0), Limit: 100}
	page, err := c.Records.History(c.r.Context(), c.citizen(), c.rec, q)
	if err != nil {
		return err
	}
	for _, v := range c.visits(page.Visits) {
		if v.ID != c.r.PathValue("id") {
			continue
		}
		pages := cut(together(v.Acts), actWeight+len("/mon/documents/")+idWeight)
		n, err := strconv.Atoi(asked.Get("p"))
		if err != nil || n < 1 || n > len(pages) {
			n = 1
		}
		out := visitPage{visitView: v, Page: n, Pages: len(pages)}
		out.Shown, out.More = pages[n-1], 0
		at := fmt.Sprintf("%shistorique/visite/%s?de=%d&a=%d&p=", root, v.ID, from, to)
		if n > 1 {
			out.Before = at + strconv.Itoa(n-1)
		}
		if n < len(pages) {
			out.After = at + strconv.Itoa(n+1)
		}
		return c.show("visit", view{Title: c.T("Une visite"), Nav: "historique", V: out})
	}
	return fhir.E(fhir.NotFound, "")
}

func (f historyFilter) query() record.HistoryQuery {
	q := record.HistoryQuery{From: f.From, To: f.To, Who: f.Who, Only: f.Only}
	if !f.To.IsZero() {
		q.To = f.To.AddDate(0, 0, 1) // the day typed is in it
	}
	return q
}

func (c *call) historyKinds(chosen string) []option {
	all := []option{
		{Value: "", Label: c.T("Tout")},
		{Value: "reads", Label: c.T("Les lectures")},
		{Value: "emergency", Label: c.T("Les accès d’urgence")},
		{Value: "changes", Label: c.T("Les ajouts et changements")},
		{Value: "refusals", Label: c.T("Les refus")},
	}
	for i := range all {
		all[i].Chosen = all[i].Value == chosen
	}
	return all
}

// filterHistory keeps the filter in the session; an address would tell who.
func (c *call) filterHistory() error {
	if c.form.Has("tout") {
		c.s.change(func(s *state) { s.history = historyFilter{} })
		return c.redirect(root + "historique")
	}
	f := historyFilter{Only: c.field("quoi"), Who: c.field("qui")}
	var problems, wrong []problem
	f.From, problems = c.date("du")
	f.To, wrong = c.date("au")
	problems = append(problems, wrong...)
	if len(problems) == 0 && !f.To.IsZero() && f.To.Before(f.From) {
		problems = append(problems, problem{"au", c.T("La fin est avant le début.")})
	}
	if len(problems) > 0 {
		return c.showHistory(problems)
	}
	c.s.change(func(s *state) { s.history = f })
	return c.redirect(root + "historique")
}

// contestAccess contests an emergency access before the data-protection
// officer.
func (c *call) contestAccess() error {
	act, err := parseSeq(c.field("acte"))
	if err != nil {
		return fhir.E(fhir.BadValue, "")
	}
	words, problems := c.short("mots", 2000, true)
	if len(problems) > 0 {
		return c.showHistory([]problem{{"", c.T("Pour contester un accès, dites en quelques mots pourquoi il vous paraît injustifié.")}})
	}
	if err := c.Records.ContestAccess(c.r.Context(), c.citizen(), c.rec, act, words); err != nil {
		return err
	}
	return c.done(root+"historique", "Accès contesté : le délégué à la protection des données vous répondra ici, dans vos avis.")
}

// visits says visits in words.
func (c *call) visits(all []record.Visit) []visitView {
	out := make([]visitView, 0, len(all))
	for _, v := range all {
		one := visitView{
			ID: v.ID, Start: v.Start, End: v.End, Name: v.Who.Name, Sub: c.words().Listed(v.Who), Reason: v.Reason,
			Refused: v.Refused, Offline: v.Offline, Copy: v.Copy,
		}
		if v.Role == "professional" {
			one.Pro = v.Who.ID
		} else if one.Sub = c.T(roles[v.Role]); one.Name == "" {
			one.Name = c.T("Le serveur")
		}
		if v.Mode == fhir.ModeBreakGlass || v.Mode == fhir.ModeCentre15 {
			one.Mode, one.Emergency = c.words().Mode(v.Mode), true
		}
		for _, a := range v.Acts {
			if one.First == 0 {
				one.First = a.Seq
			}
			one.Acts = append(one.Acts, c.act(a))
		}
		one.Summary = c.summary(v)
		one.Shown = together(one.Acts)
		if n := len(one.Shown); n > actsAVisit {
			one.Shown, one.More = one.Shown[:actsAVisit], n-actsAVisit
		}
		out = append(out, one)
	}
	return out
}
