package batch

import (
	"testing"
	"time"

	"carnet/client"
	engine "carnet/client/batch"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
)

func opened1(rows ...engine.Row) (*State, *fake) {
	f := newFake(rows...)
	s := &State{}
	s.Open(f, partyOf(biologist))
	return s, f
}

// TestWhoMayHaveALot: an establishment, and somebody with an RPPS who answers.
func TestWhoMayHaveALot(t *testing.T) {
	without, clerk := biologist, biologist
	without.OrgID = ""
	clerk.ID = "3499700000044/secretaire"
	for name, row := range map[string]struct {
		me          client.Person
		responsible fhir.Party
		want        Barrier
	}{
		"a biologist": {biologist, fhir.Party{}, NoBarrier}, "no establishment": {without, fhir.Party{}, NoSender},
		"a clerk": {clerk, fhir.Party{}, NoResponsible}, "a clerk for a biologist": {clerk, partyOf(biologist), NoBarrier},
	} {
		if got := BarrierOf(row.me, row.responsible); got != row.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// TestEveryStateHasAPlace: each state is in one filter and has words of its own.
func TestEveryStateHasAPlace(t *testing.T) {
	words := map[string]engine.State{}
	for _, state := range engine.States() {
		places := 0
		for f := ToRead; f < filters; f++ {
			for _, in := range f.States() {
				if in == state {
					places++
				}
			}
		}
		if places != 1 {
			t.Errorf("%s stands in %d filters", state, places)
		}
		says := stateOf(engine.Row{State: state}, noon)
		if says.icon == "" || says.word == "" || words[says.word] != "" {
			t.Errorf("%s says %+v, as %s does", state, says, words[says.word])
		}
		words[says.word] = state
	}
}

// TestEveryProblemHasWords: in the list in two or three words of its own, in the sheet
// in a sentence.
func TestEveryProblemHasWords(t *testing.T) {
	seen := map[string]bool{problemWord("something of tomorrow"): true}
	for _, p := range []engine.Problem{
		engine.NoIdentity, engine.UnknownPatient, engine.Mismatch, engine.Unsure, engine.Several, engine.Unqualified, engine.NoType, engine.BadType,
		engine.NoDate, engine.BadDate, engine.Missing, engine.Unreadable, engine.Changed, engine.Twice, engine.Conflict, engine.Offline,
		engine.BadINS, engine.Ambiguous, engine.NoOriginal, engine.Outside,
	} {
		word := problemWord(p)
		if seen[word] || p.Message("fr") == "" || p.Message("en") == "" {
			t.Errorf("%s: %q", p, word)
		}
		seen[word] = true
	}
}

// TestPhases: what stands in the place of rows.
func TestPhases(t *testing.T) {
	s, f := opened1()
	if s.Phase != Empty {
		t.Errorf("nothing added: %d", s.Phase)
	}
	f.put(result(0))
	s.Refresh()
	if s.Phase != Shown || s.Total != 1 {
		t.Errorf("one file: %d, %d", s.Phase, s.Total)
	}
	if s.SetFilter(Refused); s.Phase != NoMatch {
		t.Errorf("none refused: %d", s.Phase)
	}
	if s.SetFilter(Refused) {
		t.Error("the same filter counts as another")
	}
	s.SetFilter(All)
	if s.SetText("zzz"); s.Phase != NoMatch {
		t.Errorf("no such name: %d", s.Phase)
	}
	s.Shut(NotAllowed, nil)
	if _, ok := s.At(0); ok || s.Phase != Barred {
		t.Errorf("barred: %d", s.Phase)
	}
	if s.Shut(NoBarrier, fhir.E(fhir.Unavailable, "")); s.Phase != Failed {
		t.Errorf("failed: %d", s.Phase)
	}
	if s.Shut(NoBarrier, nil); s.Phase != Opening {
		t.Errorf("opening: %d", s.Phase)
	}
}

// TestFiltersCount: every filter counts its rows, All without those taken out.
func TestFiltersCount(t *testing.T) {
	s, f := opened1(evening(400)...)
	f.become(engine.Removed, "r00000")
	s.Refresh()
	if n := s.Count(All); n != 399 {
		t.Errorf("%d in all", n)
	}
	sum := 0
	for f := ToRead; f < Removed; f++ {
		n := s.Count(f)
		sum += n
		if s.SetFilter(f); s.Total != n {
			t.Errorf("filter %d counts %d and shows %d", f, n, s.Total)
		}
	}
	if sum != 399 || s.Count(Removed) != 1 {
		t.Errorf("%d in the filters", sum)
	}
}

// TestOnlyTheStretchInSightIsAsked: of 10,000 rows, and again only when one of it moved.
func TestOnlyTheStretchInSightIsAsked(t *testing.T) {
	s, f := opened1(evening(10_000)...)
	for i := range 20 {
		s.At(5000 + i)
	}
	if f.asked > 3*stretch {
		t.Errorf("%d rows were asked for", f.asked)
	}
	f.asked = 0
	f.become(engine.Sent, "r09000")
	if s.Moved(map[string]bool{"r09000": true}, false) || f.asked != 0 {
		t.Errorf("a row out of sight: %d asked", f.asked)
	}
	f.become(engine.Sent, "r05001")
	if !s.Moved(map[string]bool{"r05001": true}, false) {
		t.Error("a row in sight moved unseen")
	}
	if row, _ := s.At(5001); row.State != engine.Sent || f.asked > stretch {
		t.Errorf("%s after %d rows", row.State, f.asked)
	}
	if s.Counts.By[engine.Sent] != 10_000/4+2 {
		t.Errorf("%d sent", s.Counts.By[engine.Sent])
	}
}

// TestWhatIsInHandStaysInHand: rows that leave the list above it do not put another one
// under the hand.
func TestWhatIsInHandStaysInHand(t *testing.T) {
	rows := make([]engine.Row, 30)
	for i := range rows {
		rows[i] = result(i)
	}
	s, f := opened1(rows...)
	s.SetFilter(Ready)
	s.Hold(10)
	f.become(engine.Sent, "r00002", "r00005", "r00020")
	s.Moved(nil, true)
	if at := s.Held(10); at != 8 {
		t.Errorf("stands at %d, want 8", at)
	}
	f.become(engine.Sent, "r00010")
	s.Moved(nil, true)
	if at := s.Held(8); at != 8 {
		t.Errorf("gone: the place is %d", at)
	}
	if at := s.Held(100); at != s.Total-1 {
		t.Errorf("beyond the end: %d of %d", at, s.Total)
	}
}

// TestMarks: deeds are about the marked rows, else the one in hand.
func TestMarks(t *testing.T) {
	s, _ := opened1(evening(40)...)
	s.Hold(0)
	if ids := s.Chosen(MayRemove); len(ids) != 1 || ids[0] != "r00000" {
		t.Errorf("in hand: %v", ids)
	}
	if n, ids := s.Sendable(); n != s.Count(Ready) || ids != nil {
		t.Errorf("without marks %d of %v", n, ids)
	}
	s.Mark("r00001") // to be corrected
	s.Mark("r00008") // sent
	s.Mark("r00021") // ready
	if ids := s.Chosen(MayRemove); len(ids) != 2 {
		t.Errorf("to be taken out: %v", ids)
	}
	if ids := s.Chosen(MayRead); len(ids) != 1 || ids[0] != "r00001" {
		t.Errorf("to be read again: %v", ids)
	}
	if n, ids := s.Sendable(); n != 1 || ids[0] != "r00021" {
		t.Errorf("to be sent: %d, %v", n, ids)
	}
	s.Mark("r00008")
	if len(s.Marks) != 2 {
		t.Errorf("marks %v", s.Marks)
	}
	s.SetFilter(ToFix)
	s.MarkAll()
	if len(s.Marks) != s.Total {
		t.Errorf("%d marked of %d", len(s.Marks), s.Total)
	}
	if s.MarkAll(); len(s.Marks) != 0 {
		t.Errorf("still marked: %v", s.Marks)
	}
}

// TestProgress: what leaves goes before what is read; a pause or a lost line promises
// no time.
func TestProgress(t *testing.T) {
	counts := func(paused bool, by map[engine.State]int) *State {
		return &State{Counts: engine.Counts{By: by, Rate: 38, Left: 7 * time.Second, Paused: paused}}
	}
	sending := map[engine.State]int{engine.Sent: 500, engine.Already: 12, engine.Queued: 200, engine.Waiting: 70, engine.Found: 5, engine.Fix: 14}
	for name, row := range map[string]struct {
		state *State
		away  bool
		want  Progress
		words string
	}{
		"sending":  {counts(false, sending), false, Progress{Work: InSends, Done: 512, Total: 782, Rate: 38, Left: 7 * time.Second}, "Envoi : 512 sur 782 · 38 fichiers par seconde · encore 7 secondes"},
		"paused":   {counts(true, sending), false, Progress{Work: InSends, Done: 512, Total: 782, Paused: true}, "Envoi : 512 sur 782 · en pause"},
		"offline":  {counts(false, sending), true, Progress{Work: InSends, Done: 512, Total: 782}, "Envoi : 512 sur 782 · hors ligne : reprise automatique"},
		"reading":  {counts(false, map[engine.State]int{engine.Found: 30, engine.Reading: 2, engine.Ready: 8}), false, Progress{Work: InFiles, Done: 8, Total: 40, Rate: 38, Left: 7 * time.Second}, "Lecture : 8 sur 40 · 38 fichiers par seconde · encore 7 secondes"},
		"arrived":  {counts(false, map[engine.State]int{engine.Sent: 9, engine.Fix: 1}), false, Progress{Arrived: true}, "Tout ce qui était prêt est arrivé."},
		"not sent": {counts(false, map[engine.State]int{engine.Sent: 9, engine.Ready: 1}), false, Progress{}, ""},
	} {
		row.state.Away = row.away
		got := row.state.Progress()
		if got != row.want {
			t.Errorf("%s: %+v", name, got)
		}
		if words := progressOf(got, row.away).word; words != row.words {
			t.Errorf("%s: %q", name, words)
		}
	}
	for d, want := range map[time.Duration]string{300 * time.Millisecond: "1 seconde", 95 * time.Second: "2 minutes", 3*time.Hour + 20*time.Minute: "3 heures 20 minutes"} {
		if got := leftWords(d); got != want {
			t.Errorf("%s: %q", d, got)
		}
	}
	if got := rateWords(0.2); got != "12 fichiers par minute" {
		t.Errorf("slow: %q", got)
	}
}

// TestRPPS: eleven digits with a key; the numbers of a demonstration have none.
func TestRPPS(t *testing.T) {
	for number, want := range map[string]bool{"99700000044": true, "9970000004": false, "1010000000a": false, "": false} {
		if got := IsRPPS(number); got != want {
			t.Errorf("%s: %v", number, got)
		}
	}
	keys := 0
	for key := '0'; key <= '9'; key++ {
		if IsRPPS("1010000321" + string(key)) {
			keys++
		}
	}
	if keys != 1 || !luhn("79927398713") || luhn("79927398710") {
		t.Errorf("%d keys fit", keys)
	}
	if got := bareRPPS(" 8 997 0000 0044 "); got != "99700000044" {
		t.Errorf("bare: %q", got)
	}
	if p, wrong := typedParty("997 0000 0045", " Dr  Claire FABRE ", biologist); wrong != "" || p.ID != "899700000045" || p.Name != "Dr Claire FABRE" || p.OrgID != biologist.OrgID {
		t.Errorf("%+v, %q", p, wrong)
	}
	for _, typed := range [][2]string{{"", "x"}, {"123", "x"}, {"99700000045", ""}} {
		if _, wrong := typedParty(typed[0], typed[1], biologist); wrong == "" {
			t.Errorf("%q was taken", typed)
		}
	}
}

// TestForm: what a person still has to answer, and what their answers are.
func TestForm(t *testing.T) {
	row := result(1)
	row.State, row.Problems = engine.Fix, []engine.Problem{engine.Mismatch, engine.NoType}
	f := FormOf(row)
	if needs := f.Needs(noon); len(needs) != 1 || needs[0] != FieldConfirm || !f.Chord() {
		t.Errorf("needs %v", needs)
	}
	f.Confirm = true
	if c := f.Correction(noon); !c.Confirmed || c.Type != row.Type.Code || !c.ActDate.IsZero() || c.Patient != nil {
		t.Errorf("correction %+v", c) // saving accepts the type that was not sure
	}
	f.Patient = person(2)
	if c := f.Correction(noon); c.Confirmed || c.Patient == nil || f.Chord() {
		t.Errorf("somebody else was confirmed unseen: %+v", c)
	}
	for _, trait := range f.Traits() {
		if trait.Found != pdfcheck.Absent {
			t.Error("somebody picked just now is shown as compared")
		}
	}
	nobody := engine.Row{State: engine.Fix, Problems: []engine.Problem{engine.NoIdentity, engine.NoType, engine.NoDate, engine.Twice}}
	f = FormOf(nobody)
	if needs := f.Needs(noon); len(needs) != 4 || needs[0] != FieldPatient || needs[1] != FieldType || needs[2] != FieldDate || needs[3] != FieldFile {
		t.Errorf("needs %v", needs)
	}
	for typed, ok := range map[string]bool{"21/11/2026": true, "21112026": true, "22/11/2026": false, "": false, "31/02/2026": false, "1-2-26": false} {
		f.Date = typed
		if _, got := f.Act(noon.Add(-11 * time.Hour)); got != ok {
			t.Errorf("%q: %v", typed, got)
		}
	}
	f.Title, f.Date = "à moi", ""
	nobody.Title, nobody.ActDate = "de la machine", noon
	if f.Take(nobody); f.Title != "à moi" || f.Date != "21/11/2026" {
		t.Errorf("after an answer of the engine: %q, %q", f.Title, f.Date)
	}
}
