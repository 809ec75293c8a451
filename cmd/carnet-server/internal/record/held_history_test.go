package record

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// told is a history in short: who, mode, and the kinds of acts.
func shortVisits(h History) []string {
	var out []string
	for _, v := range h.Visits {
		var acts []string
		for _, a := range v.Acts {
			word := a.Kind
			if a.Waiting {
				word += "(waiting)"
			}
			if a.Title != "" {
				word += "(" + a.Title + ")"
			}
			if a.Count > 1 {
				word += fmt.Sprintf("×%d", a.Count)
			}
			acts = append(acts, word)
		}
		out = append(out, strings.TrimSpace(v.Role+" "+v.Who.Name)+" "+v.Mode+": "+strings.Join(acts, " "))
	}
	return out
}

func (w *world) history(t *testing.T, c Citizen, q HistoryQuery) History {
	t.Helper()
	h, err := w.History(context.Background(), c, "pat-1", q)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestTheHistoryTellsVisits(t *testing.T) {
	ctx := context.Background()
	w := livedWorld(t)
	a, err := w.OpenAccess(ctx, gp(), "pat-1", "", "")
	if err != nil {
		t.Fatal(err)
	}
	e, err := w.OpenAccess(ctx, otherGP(), "pat-1", fhir.ModeBreakGlass, "coma")
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range []string{"a", "announce"} {
		for range 2 {
			if _, err := w.list(gp(), a.Session, "pat-1"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.content(gp(), a.Session, docID(doc)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.content(otherGP(), e.Session, docID("a")); err != nil {
		t.Fatal(err)
	}
	if err := w.CloseAccess(ctx, gp(), a.Session); err != nil {
		t.Fatal(err)
	}
	if _, err := w.list(pharmacist(), "", "pat-1"); code(err) != fhir.NoConsent {
		t.Fatal(err)
	}
	if _, err := w.MyPatients(ctx, gp(), PatientQuery{Text: "lef"}); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Hour)
	want := []string{
		"professional Paul PETIT normal: denial",
		"professional Dr Anne MOREL normal: open search×2 read(Consultation a) search×2 read(waiting) close",
		"professional Dr Marc VIDAL bris_de_glace: open read(Consultation a)",
	}
	h := w.history(t, holder(1), HistoryQuery{})
	if got := shortVisits(h); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if v := h.Visits[0]; !v.Refused || v.Acts[0].Detail != "no-consent" || v.Who.Profession != "21" {
		t.Errorf("%+v", v)
	}
	if v := h.Visits[2]; v.Reason != "coma" || v.Refused || v.Acts[1].Document != docID("a") || v.Acts[1].TypeCode == "" || v.Who.OrgID == "" {
		t.Errorf("%+v", v)
	}
	if v := h.Visits[1]; v.Acts[4].Document != "" || v.Acts[4].Title != "" || v.Acts[4].TypeCode != "" {
		t.Errorf("a document that waits is told: %+v", v.Acts[4])
	}
	// Reading the history is in the history.
	again := shortVisits(w.history(t, holder(1), HistoryQuery{}))
	if len(again) != 4 || again[0] != "holder Zoé LEFÈVRE normal: history" {
		t.Errorf("%q", again)
	}
	for name, c := range map[string]struct {
		q    HistoryQuery
		want int
	}{
		"reads":      {HistoryQuery{Only: "reads"}, 2},
		"refusals":   {HistoryQuery{Only: "refusals"}, 1},
		"emergency":  {HistoryQuery{Only: "emergency"}, 1},
		"changes":    {HistoryQuery{Only: "changes"}, 0},
		"one person": {HistoryQuery{Who: gp().ID}, 1},
		"one place":  {HistoryQuery{Who: pharmacist().OrgID}, 1},
		"before":     {HistoryQuery{To: w.clock.now().Add(-2 * time.Hour)}, 0},
		"the day":    {HistoryQuery{From: w.clock.now().Add(-90 * time.Minute), To: w.clock.now().Add(-30 * time.Minute)}, 3},
		"no kind":    {HistoryQuery{Only: "nonsense"}, 0},
	} {
		if got := w.history(t, holder(1), c.q); len(got.Visits) != c.want || got.Next != "" {
			t.Errorf("%s: %q %q", name, shortVisits(got), got.Next)
		}
	}
}

func TestNobodyElseReadsAHistory(t *testing.T) {
	ctx := context.Background()
	w := livedWorld(t)
	for name, c := range map[string]struct {
		who  Citizen
		want fhir.Code
	}{"a stranger": {holder(2), fhir.NotFound}, "nobody": {Citizen{}, fhir.Unauthenticated}} {
		if _, err := w.History(ctx, c.who, "pat-1", HistoryQuery{}); code(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := w.Notices(ctx, c.who, "pat-1", 0); code(err) != c.want {
			t.Errorf("%s: notices %v", name, err)
		}
	}
}

// Pages join up to what one page tells: no visit is split, lost or told twice,
// also when visits overlap.
func TestPagesOfAHistoryJoin(t *testing.T) {
	ctx := context.Background()
	w := livedWorld(t)
	people := []Principal{gp(), otherGP(), regulator()}
	for range 9 {
		var sessions []string
		for i, p := range people {
			mode := fhir.ModeNormal
			if i > 0 {
				mode = fhir.ModeBreakGlass
			}
			a, err := w.OpenAccess(ctx, p, "pat-1", mode, "coma")
			if err != nil {
				t.Fatal(err)
			}
			sessions = append(sessions, a.Session)
		}
		for range 3 {
			for i, p := range people {
				if _, err := w.content(p, sessions[i], docID("a")); err != nil {
					t.Fatal(err)
				}
			}
			w.clock.advance(7 * time.Minute)
		}
	}
	all := w.history(t, holder(1), HistoryQuery{Limit: 100})
	if len(all.Visits) != 27 || all.Next != "" {
		t.Fatalf("%d visits, %q", len(all.Visits), all.Next)
	}
	want := shortVisits(all)
	for _, size := range []int{1, 2, 3, 4, 5, 7, 13, 26, 27} {
		var got []string
		q := HistoryQuery{Limit: size, To: w.clock.now().Add(time.Hour)}
		first := true
		for first || q.Cursor != "" {
			first = false
			// what happens meanwhile changes nothing
			page, err := w.History(ctx, holder(1), "pat-1", q)
			if err != nil {
				t.Fatal(err)
			}
			q.Cursor = page.Next
			for i, v := range shortVisits(page) {
				if page.Visits[i].Role == roleProfessional {
					got = append(got, v)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: %d visits\n%s", size, len(got), strings.Join(got, "\n"))
		}
	}
	page := w.history(t, holder(1), HistoryQuery{Limit: 2})
	thief := holder(1)
	thief.Session = "another"
	if _, err := w.History(ctx, thief, "pat-1", HistoryQuery{Cursor: page.Next}); code(err) != fhir.BadValue {
		t.Errorf("another sign-in: %v", err)
	}
}
