package record

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
)

// trace is an entry in short: minute of the day, agent, kind, and what is said
// of it: "s:ID" session, "m:MODE", "h:MINUTE" when it happened.
func trace(seq int64, minute int, who, kind string, more ...string) traced {
	at := func(m int) time.Time {
		return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC).Add(time.Duration(m) * time.Minute)
	}
	e := traced{seq, audit.Entry{At: at(minute), Kind: kind, Action: audit.Action(kind), Agent: audit.Agent{ID: who, Role: "10"}, Outcome: "0"}}
	for _, m := range more {
		what, value, _ := strings.Cut(m, ":")
		switch what {
		case "s":
			e.Session = value
		case "m":
			e.Mode = value
		case "h":
			var n int
			_, _ = fmt.Sscan(value, &n)
			e.Happened = at(n)
		case "role":
			e.Agent.Role = value
		case "r":
			e.Refusal = value
		}
	}
	return e
}

func TestEntriesAreGroupedIntoVisits(t *testing.T) {
	const (
		open, read, search, closed = fhir.KindOpen, fhir.KindRead, fhir.KindSearch, fhir.KindClose
	)
	for name, c := range map[string]struct {
		log  []traced // oldest first
		want []string // newest first: agent and numbers of entries, oldest first
	}{
		"one session": {
			[]traced{trace(1, 0, "a", open, "s:x"), trace(2, 50, "a", read, "s:x"), trace(3, 200, "a", closed, "s:x")},
			[]string{"a 1 2 3"},
		},
		"two at once": {
			[]traced{trace(1, 0, "a", open, "s:x"), trace(2, 1, "b", open, "s:y"), trace(3, 2, "a", read, "s:x"), trace(4, 3, "b", read, "s:y")},
			[]string{"b 2 4", "a 1 3"},
		},
		"two sessions of one": {
			[]traced{trace(1, 0, "a", open, "s:x"), trace(2, 1, "a", read, "s:x"), trace(3, 2, "a", open, "s:y")},
			[]string{"a 3", "a 1 2"},
		},
		"no session, no pause": {
			[]traced{trace(1, 0, "a", search), trace(2, 30, "a", read), trace(3, 60, "a", read)},
			[]string{"a 1 2 3"},
		},
		"no session, a pause": {
			[]traced{trace(1, 0, "a", search), trace(2, 31, "a", read)},
			[]string{"a 2", "a 1"},
		},
		"two modes": {
			[]traced{trace(1, 0, "a", read), trace(2, 1, "a", read, "m:"+fhir.ModeBreakGlass)},
			[]string{"a 2", "a 1"},
		},
		"a working copy apart": {
			[]traced{trace(1, 0, "a", read), trace(2, 1, "a", fhir.KindCopy), trace(3, 2, "a", read)},
			[]string{"a 1 3", "a 2"},
		},
		"offline apart, by when it was": {
			[]traced{trace(1, 600, "a", read), trace(2, 601, "a", read, "h:60"), trace(3, 601, "a", read, "h:65"), trace(4, 601, "a", read, "h:300")},
			[]string{"a 4", "a 2 3", "a 1"},
		},
		"a person's sign-in is no visit": {
			[]traced{trace(1, 0, "p", read, "s:z", "role:patient"), trace(2, 600, "p", read, "s:z", "role:patient")},
			[]string{"p 2", "p 1"},
		},
		"my patients is absent": {
			[]traced{trace(1, 0, "a", fhir.KindPatientQuery), trace(2, 1, "a", read)},
			[]string{"a 2"},
		},
		"nothing": {nil, nil},
	} {
		g := newLines(nil)
		for _, e := range slices.Backward(c.log) {
			g.add(e)
		}
		g.end()
		var got []string
		for _, l := range g.ready() {
			words := l.entries[0].Agent.ID
			for _, e := range slices.Backward(l.entries) {
				words += fmt.Sprint(" ", e.seq)
			}
			got = append(got, words)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A line is told as soon as nothing older can be part of it, and not before.
func TestALineIsCompleteInTime(t *testing.T) {
	g := newLines(nil)
	g.add(trace(9, 1000, "a", fhir.KindRead))
	g.add(trace(8, 990, "b", fhir.KindRead, "s:y"))
	if len(g.ready()) != 0 {
		t.Error("a older read may follow")
	}
	g.add(trace(7, 968, "c", fhir.KindRead)) // 32 minutes before
	if got := g.ready(); len(got) != 1 || got[0].entries[0].Agent.ID != "a" {
		t.Errorf("%d ready", len(got))
	}
	g.add(trace(6, 950, "b", fhir.KindOpen, "s:y"))
	if got := g.ready(); len(got) != 2 || len(got[1].entries) != 2 {
		t.Errorf("%d ready after the opening", len(got))
	}
	g.add(trace(5, 700, "d", fhir.KindRead, "s:old"))
	if got := g.ready(); len(got) != 3 {
		t.Errorf("%d ready, %d in all", len(got), len(g.order))
	}
}

func TestALineIsBounded(t *testing.T) {
	g := newLines(nil)
	for i := range 2*visitActs + 1 {
		g.add(trace(int64(5000-i), 100, "robot", fhir.KindRead, "s:x"))
	}
	g.end()
	if got := g.ready(); len(got) != 3 || len(got[0].entries) != visitActs {
		t.Errorf("%d lines", len(got))
	}
}

func TestWhatAVisitSays(t *testing.T) {
	l := &line{entries: []traced{
		trace(3, 12, "a", fhir.KindDenial, "m:"+fhir.ModeBreakGlass, "r:blocked"),
		trace(2, 11, "a", fhir.KindDenial, "m:"+fhir.ModeBreakGlass, "r:hidden"),
	}}
	all := func(traced, *Act) bool { return true }
	v, ok := HistoryQuery{}.visit(l, all)
	if !ok || !v.Refused || v.ID != "2" || v.Mode != fhir.ModeBreakGlass || v.Role != roleProfessional || v.Who.Profession != "10" {
		t.Errorf("%+v", v)
	}
	if v.Acts[0].Detail != "refused" || v.Acts[1].Detail != "blocked" {
		t.Errorf("%+v", v.Acts)
	}
	none := func(traced, *Act) bool { return false }
	if _, ok := (HistoryQuery{}).visit(l, none); ok {
		t.Error("a visit of which nothing may be seen is told")
	}
	for role, want := range map[string]string{
		"patient": "holder", RelationRepresentative: "representative", StaffOperator: "operator", StaffDPO: "dpo", StaffSystem: "server", "21": "professional", "": "professional",
	} {
		v, _ := HistoryQuery{}.visit(&line{entries: []traced{trace(1, 0, "x", fhir.KindRead, "role:"+role)}}, all)
		if v.Role != want || (want != roleProfessional) != (v.Who.Profession == "") && role != "" {
			t.Errorf("role %q: %+v", role, v)
		}
	}
	offline, _ := HistoryQuery{}.visit(&line{entries: []traced{trace(1, 600, "a", fhir.KindRead, "h:60")}}, all)
	if !offline.Offline || offline.Acts[0].At.Hour() != 1 || offline.Acts[0].Synced.Hour() != 10 {
		t.Errorf("both times of an offline read: %+v", offline)
	}
}

// A visit lasts as long as what its reader sees of it, and is found by that alone.
func TestAHiddenActStretchesNoVisit(t *testing.T) {
	l := &line{entries: []traced{
		trace(4, 900, "a", fhir.KindCreate), // hidden
		trace(3, 700, "a", fhir.KindRead),
		trace(2, 600, "a", fhir.KindRead),
		trace(1, 100, "a", fhir.KindCreate), // hidden
	}}
	l.from, l.to = l.entries[3].At, l.entries[0].At
	seen := func(e traced, _ *Act) bool { return e.Kind == fhir.KindRead }
	v, ok := HistoryQuery{}.visit(l, seen)
	if !ok || !v.Start.Equal(l.entries[2].At) || !v.End.Equal(l.entries[1].At) || v.ID != "2" || len(v.Acts) != 1 || v.Acts[0].Count != 2 {
		t.Errorf("%v to %v, %d acts, %+v", v.Start, v.End, len(v.Acts), v)
	}
	for name, q := range map[string]HistoryQuery{
		"only changes": {Only: "changes"},
		"after it":     {From: l.entries[0].At},
		"before it":    {To: l.entries[2].At},
	} {
		if _, ok := q.visit(l, seen); ok {
			t.Errorf("%s: found by what is hidden", name)
		}
	}
	if _, ok := (HistoryQuery{Only: "reads"}).visit(l, seen); !ok {
		t.Error("not found by what is shown")
	}
}

// What a representative may not know of is in nothing that they are told; that
// it is there shows in no number either.
func TestWhatRepresentativesAreTold(t *testing.T) {
	w := heldWorld(t, func(w *world, s *Seeder) {
		_ = s.SetRecord(RecordSeed{PatientID: "pat-1", MT: gp().ID})
		_ = s.AddDocument(w.documentSeed("pat-1", "plain"))
		intimate := w.documentSeed("pat-1", "intimate")
		intimate.HiddenReps = true
		_ = s.AddDocument(intimate)
	})
	w.represent() // a protected adult
	a, err := w.OpenAccess(bg, gp(), "pat-1", "", "")
	w.must(err)
	for _, doc := range []string{"plain", "intimate"} {
		_, err := w.content(gp(), a.Session, docID(doc))
		w.must(err)
		_, err = w.PatchDocument(bg, gp(), "", PatchTarget{ID: docID(doc)}, Patch{Ops: []byte("[]"), Labels: labelsOf(doc == "intimate")})
		w.must(err)
	}
	w.must(w.Choose(bg, mother(), "pat-2", Choices{Email: "ines@example.net"}))
	told := func(c Citizen) (documents, acts int) {
		t.Helper()
		all, err := w.Notices(bg, c, "pat-1", 0)
		w.must(err)
		for _, n := range all {
			if n.Document == docID("intimate") || strings.Contains(n.Title, "intimate") {
				documents++
			}
		}
		h := w.history(t, c, HistoryQuery{})
		for _, v := range h.Visits {
			for _, act := range v.Acts {
				if act.Document == docID("intimate") || strings.Contains(act.Title, "intimate") || act.Waiting {
					acts++
				}
			}
		}
		return documents, acts
	}
	if n, m := told(zoe()); n != 1 || m != 2 {
		t.Errorf("the holder is told of %d notices and %d acts", n, m)
	}
	if n, m := told(mother()); n != 0 || m != 0 {
		t.Errorf("the representative is told of %d notices and %d acts", n, m)
	}
	file := w.exported(t, mother(), "pat-1")
	if strings.Contains(file, docID("intimate")) || !strings.Contains(file, docID("plain")) {
		t.Error("the representative's export tells of it, or of nothing")
	}
	r, err := VerifyExport(ExportCheck{File: strings.NewReader(file)})
	if err != nil || r.Withheld < 4 {
		t.Errorf("%+v, %v", r, err)
	}
	if mails, err := w.PendingMails(bg, 10); err != nil || len(mails) != 1 || !slices.Equal(mails[0].To, []string{"ines@example.net"}) {
		t.Errorf("%+v, %v", mails, err)
	}
	w.must(w.ContestAccess(bg, mother(), "pat-1", w.emergency(t), "Pourquoi ?"))
}

// labelsOf masks a document, and keeps it from representatives or not.
func labelsOf(hidden bool) []fhir.Coding {
	all := []fhir.Coding{fhir.LabelCoding("N"), fhir.LabelCoding(fhir.LabelMasked)}
	if hidden {
		all = append(all, fhir.LabelCoding(fhir.LabelHiddenReps))
	}
	return all
}

// emergency makes an emergency access and gives the place of its opening.
func (w *world) emergency(t *testing.T) int64 {
	t.Helper()
	_, err := w.OpenAccess(bg, otherGP(), "pat-1", fhir.ModeBreakGlass, "coma")
	w.must(err)
	return w.lastVisit(t, HistoryQuery{Only: "emergency"}).Acts[0].Seq
}
