package record

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

var visit = time.Date(2026, 11, 12, 9, 0, 0, 0, time.UTC)

const me = "899700218896"

// doc makes a document; act and filed are dates.
func doc(id, typeCode, author, act, filed string) client.Document {
	return client.Document{
		ID: id, Version: "1", Status: "current", Type: fhir.Coding{System: fhir.SystemLOINC, Code: typeCode},
		Author: fhir.Party{ID: "8" + author, Name: author, OrgName: "Cabinet " + author}, PeriodStart: act, Date: filed,
		Attachment: fhir.Attachment{Title: "Titre " + id},
	}
}

// some is a small record: two new documents, one of mine, one masked, one undated.
func some() *Docs {
	l := NewDocs(me, visit)
	own := doc("own", "11488-4", "Dr Anne MOREL", "2026-11-13", "2026-11-13T10:00:00Z")
	own.Author.ID = me
	masked := doc("masked", "57833-6", "Dr Émile ŒUVRARD", "2025-10-02", "2025-10-02T10:00:00Z")
	masked.Masked = true
	l.Add(
		doc("lab", "11502-2", "Labo Cernay", "2026-11-19", "2026-11-19T18:00:00Z"),
		doc("late", "18748-4", "Radiologie Erlon", "2019-05-01", "2026-11-20T08:00:00Z"),
		own, masked,
		doc("old", "11502-2", "Labo Cernay", "2025-08-21", "2025-08-21T10:00:00Z"),
		doc("undated", "11490-0", "CHU", "hier", ""),
	)
	return l
}

// sketch writes the rows on one line: headings in brackets.
func sketch(l *Docs) string {
	var out []string
	for _, it := range l.Items() {
		if it.Entry != nil {
			out = append(out, it.Entry.Doc.ID)
			continue
		}
		text := it.Heading.Text
		switch it.Heading.Kind {
		case HeadNew:
			text = "new"
		case HeadUndated:
			text = "?"
		}
		out = append(out, fmt.Sprintf("[%s %d]", text, it.Heading.Count))
	}
	return strings.Join(out, " ")
}

func TestOrderAndHeadings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Docs)
		want   string
	}{
		"by date: new ones first, whenever the act was": {func(*Docs) {}, "[new 2] lab late [2026 1] own [2025 2] masked old [? 1] undated"},
		"by date, oldest first: no special group":       {func(l *Docs) { l.SortBy(ByDate) }, "[? 1] undated [2019 1] late [2025 2] old masked [2026 2] own lab"},
		"by type, newest first in each": {
			func(l *Docs) { l.SortBy(ByType) },
			"[" + typeLabel("11502-2") + " 2] lab old [" + typeLabel("18748-4") + " 1] late [" + typeLabel("11488-4") + " 1] own [" + typeLabel("11490-0") + " 1] undated [" + typeLabel("57833-6") + " 1] masked",
		},
		"by author":             {func(l *Docs) { l.SortBy(ByAuthor) }, "[CHU 1] undated [Dr Anne MOREL 1] own [Dr Émile ŒUVRARD 1] masked [Labo Cernay 2] lab old [Radiologie Erlon 1] late"},
		"by author, turned":     {func(l *Docs) { l.SortBy(ByAuthor); l.SortBy(ByAuthor) }, "[Radiologie Erlon 1] late [Labo Cernay 2] lab old [Dr Émile ŒUVRARD 1] masked [Dr Anne MOREL 1] own [CHU 1] undated"},
		"without masked ones":   {func(l *Docs) { l.Masked = false; l.Refresh() }, "[new 2] lab late [2026 1] own [2025 1] old [? 1] undated"},
		"filter without accent": {func(l *Docs) { l.Filter = "emile OEUVRARD"; l.Refresh() }, "[2025 1] masked"},
		"filter with accents":   {func(l *Docs) { l.Filter = "Cérnày"; l.Refresh() }, "[new 1] lab [2025 1] old"},
		"filter by title":       {func(l *Docs) { l.Filter = "titre late"; l.Refresh() }, "[new 1] late"},
		"filter by type":        {func(l *Docs) { l.Filter = "imagerie"; l.Refresh() }, "[new 1] late"},
		"filter, nothing":       {func(l *Docs) { l.Filter = "zzz"; l.Refresh() }, ""},
		"a document changed":    {func(l *Docs) { d := l.Get("masked").Doc; d.Masked = false; l.Add(d); l.Masked = false; l.Refresh() }, "[new 2] lab late [2026 1] own [2025 2] masked old [? 1] undated"},
	} {
		t.Run(name, func(t *testing.T) {
			l := some()
			c.change(l)
			if got := sketch(l); got != c.want {
				t.Errorf("rows\n got %s\nwant %s", got, c.want)
			}
			for _, it := range l.Items() {
				if it.Entry != nil && l.Items()[l.Row(it.Entry.Doc.ID)].Entry != it.Entry {
					t.Errorf("row of %s is wrong", it.Entry.Doc.ID)
				}
			}
		})
	}
}

func typeLabel(code string) string {
	return TypeLabel(client.Document{Type: fhir.Coding{Code: code}})
}

func TestAnUnknownTypeKeepsItsOwnWords(t *testing.T) {
	d := client.Document{Type: fhir.Coding{Code: "X-1", Display: "Carnet de suivi"}, Attachment: fhir.Attachment{Title: "Suivi"}}
	if got := TypeLabel(d); got != "Carnet de suivi" {
		t.Errorf("%q", got)
	}
	d.Type.Display = ""
	if got := TypeLabel(d); got != "Suivi" {
		t.Errorf("%q", got)
	}
}

func TestNextAndPreviousSkipHeadings(t *testing.T) {
	for name, c := range map[string]struct {
		selected string
		by       int
		want     string
	}{
		"nothing selected, next":     {"", 1, "lab"},
		"nothing selected, previous": {"", -1, "lab"},
		"next":                       {"lab", 1, "late"},
		"next over a heading":        {"late", 1, "own"},
		"previous over a heading":    {"own", -1, "late"},
		"a page":                     {"lab", 4, "old"},
		"beyond the end":             {"old", 50, "undated"},
		"at the end":                 {"undated", 1, "undated"},
		"at the start":               {"lab", -1, "lab"},
		"the selected one is hidden": {"masked", 1, "lab"},
	} {
		t.Run(name, func(t *testing.T) {
			l := some()
			if c.selected == "masked" {
				l.Masked = false
				l.Refresh()
			}
			l.Selected = c.selected
			if got := l.Neighbour(c.by); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRemovingSelectsTheNeighbour(t *testing.T) {
	l := some()
	l.Selected = "lab"
	l.Remove("lab")
	if l.Selected != "late" || l.Get("lab") != nil || l.Len() != 5 {
		t.Errorf("selected %q, %d documents", l.Selected, l.Len())
	}
	l.Selected = "undated"
	l.Remove("undated")
	if l.Selected != "old" {
		t.Errorf("at the end: selected %q", l.Selected)
	}
	one := NewDocs(me, visit)
	one.Add(doc("only", "11502-2", "A", "2026-01-01", ""))
	one.Selected = "only"
	one.Remove("only")
	if one.Selected != "" || len(one.Items()) != 0 {
		t.Errorf("the last one: selected %q", one.Selected)
	}
}

func TestPagesThatArriveKeepTheSelection(t *testing.T) {
	l := some()
	l.Selected = "old"
	row := l.Row("old")
	l.Add(doc("more", "11502-2", "Labo Cernay", "2020-01-01", "2020-01-01T00:00:00Z"))
	if l.Selected != "old" || l.Row("old") != row {
		t.Errorf("selected %q moved from row %d to %d", l.Selected, row, l.Row("old"))
	}
}

func TestNothingIsNewOnAFirstVisit(t *testing.T) {
	l := NewDocs(me, time.Time{})
	l.Add(doc("lab", "11502-2", "Labo", "2026-11-19", "2026-11-19T18:00:00Z"))
	if got := sketch(l); got != "[2026 1] lab" {
		t.Error(got)
	}
}

func TestReplacedBy(t *testing.T) {
	for ref, want := range map[string]string{"": "", "DocumentReference/abc": "abc", "abc": "abc"} {
		e := Entry{Doc: client.Document{ReplacedBy: ref}}
		if got := e.ReplacedBy(); got != want {
			t.Errorf("%q leads to %q", ref, got)
		}
	}
}

// thousands fills a list as the longest records do.
func thousands(n int) *Docs {
	l := NewDocs(me, visit)
	types := []string{"11502-2", "57833-6", "11488-4", "18748-4", "11490-0"}
	docs := make([]client.Document, n)
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for i := range docs {
		day := start.AddDate(0, 0, -i).Format(time.DateOnly)
		docs[i] = doc(fmt.Sprintf("d%05d", i), types[i%len(types)], fmt.Sprintf("Dr Zoé NUMÉRO %d", i%40), day, day+"T10:00:00Z")
	}
	l.Add(docs...)
	return l
}

func BenchmarkFilter5000(b *testing.B) {
	l := thousands(5000)
	for i := range b.N {
		l.Filter = []string{"num", "biologiques", "zoe 7", ""}[i%4]
		l.Refresh()
	}
}
