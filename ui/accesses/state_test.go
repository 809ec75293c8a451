package accesses

import (
	"fmt"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"
)

var now = time.Date(2026, time.November, 21, 11, 40, 0, 0, time.FixedZone("Paris", 3600))

// trace is an access some hours ago.
func trace(id string, hours int, kind, patient string) client.Trace {
	return client.Trace{
		ID: id, Recorded: now.UTC().Add(-time.Duration(hours) * time.Hour), Kind: kind, PatientID: patient, PatientName: patient,
		DocumentID: "of " + id, Mode: fhir.ModeNormal,
	}
}

func page(next string, total int, traces ...client.Trace) client.TracePage {
	return client.TracePage{Traces: traces, Next: next, Total: total, Provenance: client.Provenance{AsOf: now}}
}

// shape writes rows shortly: a day with its count, then the ids.
func shape(s State) string {
	out := ""
	for _, r := range s.Rows {
		if r.Heading() {
			out += fmt.Sprintf("[%s %d]", r.Day.Format("02"), r.Count)
		} else {
			out += " " + r.Trace.ID
		}
	}
	return out
}

// TestDays: a heading for each local day, with its count.
func TestDays(t *testing.T) {
	var s State
	s.Answer(page("", 4, trace("a", 1, fhir.KindRead, "MARTIN Léa"), trace("b", 11, fhir.KindOpen, "MARTIN Léa"), trace("c", 12, fhir.KindOpen, "PETIT Inès"), trace("d", 40, fhir.KindRead, "PETIT Inès")), nil, false, now)
	if got, want := shape(s), "[21 2] a b[20 1] c[19 1] d"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if dayWords(s.Rows[0].Day, now) != "Aujourd’hui" || dayWords(s.Rows[3].Day, now) != "Hier" || dayWords(s.Rows[5].Day, now) == "" {
		t.Error("the days are not said")
	}
}

// TestRepetitions: the same thing again is one line that says how often; another
// person, document, mode or day begins a new one.
func TestRepetitions(t *testing.T) {
	search := func(id string, hours int) client.Trace {
		x := trace(id, hours, fhir.KindPatientQuery, "")
		x.DocumentID = ""
		return x
	}
	var s State
	other := search("d", 3)
	other.Mode = fhir.ModeCentre15
	s.Answer(page("", 6, search("a", 1), search("b", 1), search("c", 2), other, search("e", 3), search("f", 12)), nil, false, now)
	if got, want := shape(s), "[21 5] a d e[20 1] f"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	if s.Rows[1].Times != 3 || whatWords(s.Rows[1]) != "Recherche parmi vos patients ×\u00a03" || whatWords(s.Rows[2]) != "Recherche parmi vos patients" {
		t.Errorf("%d times: %q", s.Rows[1].Times, whatWords(s.Rows[1]))
	}
}

// TestFilter: every word, in what a row shows, accents aside; counts follow.
func TestFilter(t *testing.T) {
	var s State
	glass := trace("d", 3, fhir.KindOpen, "BENALI Karim")
	glass.Mode, glass.Reason = fhir.ModeBreakGlass, "Perte de connaissance"
	read := trace("b", 2, fhir.KindRead, "PETIT Inès")
	read.DocumentTitle = "Lettre de liaison"
	s.Answer(page("", 3, trace("a", 1, fhir.KindCreate, "MARTIN Léa"), read, glass), nil, false, now)
	for text, want := range map[string]string{
		"": "[21 3] a b d", "lea": "[21 1] a", "ines liaison": "[21 1] b", "bris de glace": "[21 1] d", "connaissance": "[21 1] d", "depot": "[21 1] a",
		"bris-de-glace": "[21 1] d", "zzz": "",
	} {
		s.SetText(text, now)
		if got := shape(s); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if s.SetText("zzz", now); s.Phase != NoMatch {
		t.Errorf("phase %d", s.Phase)
	}
}

// TestPaging: pages add up, a new first page starts over, totals are kept.
func TestPaging(t *testing.T) {
	var s State
	s.Answer(page("next", 3, trace("a", 1, fhir.KindRead, ""), trace("b", 2, fhir.KindRead, "")), nil, false, now)
	if q := s.Query(now, true); q.Page != "next" {
		t.Errorf("continues at %q", q.Page)
	}
	if countWords(&s) != "3 accès au total · 2 chargés" {
		t.Errorf("count %q", countWords(&s))
	}
	s.Answer(page("", 3, trace("c", 3, fhir.KindRead, "")), nil, true, now)
	if got := shape(s); got != "[21 3] a b c" || s.Next != "" || countWords(&s) != "3 accès au total" {
		t.Errorf("got %q, %q", got, countWords(&s))
	}
	s.Answer(page("", 1, trace("z", 0, fhir.KindRead, "")), nil, false, now)
	if got := shape(s); got != "[21 1] z" {
		t.Errorf("got %q", got)
	}
}

// TestFailures: nothing to show is Failed; rows that are there stay.
func TestFailures(t *testing.T) {
	var s State
	s.Ask()
	s.Answer(client.TracePage{}, fhir.E(fhir.Offline, ""), false, now)
	if s.Phase != Failed || s.Busy {
		t.Errorf("phase %d", s.Phase)
	}
	s.Answer(page("n", 2, trace("a", 1, fhir.KindRead, "")), nil, false, now)
	s.Answer(client.TracePage{}, fhir.E(fhir.Offline, ""), true, now)
	if s.Phase != Shown || s.Err == nil || shape(s) != "[21 1] a" || s.Next != "n" {
		t.Errorf("phase %d, %q", s.Phase, shape(s))
	}
	s.Answer(page("", 0), nil, false, now)
	if s.Phase != Empty || s.Err != nil {
		t.Errorf("phase %d", s.Phase)
	}
}

// TestPeriods: whole local days; another one empties the page.
func TestPeriods(t *testing.T) {
	for p, want := range map[Period]string{Today: "2026-11-21", Week: "2026-11-15", Month: "2026-10-21", Year: "2025-11-21"} {
		since := p.Since(now)
		if since.Format(time.DateOnly) != want || since.Hour() != 0 || since.Location() != now.Location() {
			t.Errorf("period %d begins %s", p, since)
		}
	}
	if !Always.Since(now).IsZero() {
		t.Error("always has a beginning")
	}
	s := State{Period: Month}
	s.Answer(page("n", 9, trace("a", 1, fhir.KindRead, "")), nil, false, now)
	if s.SetPeriod(Month, now) {
		t.Error("the same period counts as another")
	}
	if !s.SetPeriod(Week, now) || s.Phase != Loading || len(s.Rows) != 0 || s.Next != "" || s.Query(now, true).Page != "" {
		t.Errorf("after a change: %+v", s)
	}
}

// TestEveryKindHasWords: no kind of the contract is left without its own.
func TestEveryKindHasWords(t *testing.T) {
	given, back := client.Trace{Kind: fhir.KindConsent, Action: "C"}, client.Trace{Kind: fhir.KindConsent, Action: "D"}
	if seen := widget.FormatDeed(fhir.KindConsent, "E"); seen == widget.FormatDeed(given.Kind, given.Action) || seen == widget.FormatDeed(back.Kind, back.Action) {
		t.Errorf("looking at consents reads as a decision: %q", seen)
	}
	if widget.FormatDeed(given.Kind, given.Action) == widget.FormatDeed(back.Kind, back.Action) || (Row{Trace: given, Times: 1}).repeats(back) {
		t.Error("giving an authorisation and giving it back look the same")
	}
	for _, k := range []string{
		fhir.KindSearch, fhir.KindSearchSets, fhir.KindRead, fhir.KindReadMeta, fhir.KindCreate, fhir.KindSubmit, fhir.KindPatch, fhir.KindReplace,
		fhir.KindUndo, fhir.KindOpen, fhir.KindClose, fhir.KindConsent, fhir.KindDenial, fhir.KindMiss, fhir.KindHistory, fhir.KindLookup, fhir.KindPatientQuery,
	} {
		if widget.FormatDeed(k, "") == widget.FormatDeed("something else", "") || kindIcon(k) == "" {
			t.Errorf("%q has no words", k)
		}
	}
	for _, mode := range []string{fhir.ModeBreakGlass, fhir.ModeCentre15} {
		if widget.FormatMode(mode) == "" {
			t.Errorf("%q has no words", mode)
		}
	}
	if widget.FormatMode(fhir.ModeNormal) != "" {
		t.Error("the normal mode is said")
	}
}
