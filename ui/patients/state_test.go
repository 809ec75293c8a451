package patients

import (
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/choose"
)

func person(id, family, given, birth string) client.Patient {
	return client.Patient{
		ID: id, BirthName: family, FirstGiven: given, Given: []string{given}, BirthDate: birth, Gender: "female",
		INS: fhir.Identifier{System: fhir.SystemINSTest, Value: insGood}, Reliability: "QUAL", Active: true, Relation: fhir.BasisMT,
	}
}

func answer(s *State, step Step, people ...client.Patient) Step {
	next, _ := s.Answered(step.Gen, step.Query, client.PatientPage{Patients: people, Total: len(people)}, nil)
	return next
}

func TestTypingAStaleAnswerIsDropped(t *testing.T) {
	var s State
	first := s.Typed("ma")
	second := s.Typed("mart")
	if _, ok := s.Answered(first.Gen, first.Query, client.PatientPage{Patients: []client.Patient{person("1", "MAURY", "Zoé", "1990-01-01")}}, nil); ok {
		t.Fatal("the answer to an earlier question was taken")
	}
	answer(&s, second, person("2", "MARTIN", "Léa", "1979-03-28"))
	if len(s.Rows) != 1 || s.Rows[0].Patient.ID != "2" {
		t.Errorf("rows: %+v", s.Rows)
	}
}

func TestTypingKeepsTheRowsUntilTheNextAnswer(t *testing.T) {
	var s State
	answer(&s, s.Start(), person("1", "MARTIN", "Léa", "1979-03-28"))
	s.Typed("du")
	if s.Phase != Shown || len(s.Rows) != 1 {
		t.Errorf("the list flickered: phase %v, %d rows", s.Phase, len(s.Rows))
	}
}

func TestEnterOpensOnlyWhatAnswersTheQuestion(t *testing.T) {
	lea, leo := person("1", "MARTIN", "Léa", "1979-03-28"), person("2", "MARTINET", "Léo", "1979-05-17")
	for name, c := range map[string]struct {
		answer []client.Patient
		want   Op
	}{
		"one answer opens when it comes": {[]client.Patient{leo}, OpenRecord},
		"two answers wait for a choice":  {[]client.Patient{lea, leo}, Nothing},
		"nobody":                         {nil, Nothing},
	} {
		t.Run(name, func(t *testing.T) {
			var s State
			answer(&s, s.Start(), lea, leo)
			ask := s.Typed("martinet")
			if s.Enter().Op != Nothing {
				t.Fatal("a row of the earlier list was opened")
			}
			if got := answer(&s, ask, c.answer...); got.Op != c.want {
				t.Errorf("after the answer: %v, want %v", got.Op, c.want)
			}
		})
	}
}

func TestATypedINSLooksAmongMyPatientsFirst(t *testing.T) {
	s := State{TestIdentities: true}
	mine := s.Typed("2 79 03 51 215 189 89")
	if mine.Op != AskMine || mine.Query.Text != insGood {
		t.Fatalf("first question: %+v", mine)
	}
	answer(&s, mine)
	if s.Phase != Offer {
		t.Fatalf("phase %v, want the offer to look everywhere", s.Phase)
	}
	everywhere := s.Enter()
	if everywhere.Op != AskINS || everywhere.INS.Value != insGood {
		t.Fatalf("second question: %+v", everywhere)
	}
	stranger := person("9", "PAT-TROIS", "Dominique", "1979-03-28")
	stranger.Relation = ""
	next, ok := s.AnsweredOne(everywhere.Gen, stranger, nil)
	if !ok || next.Op != Nothing || !s.Outside {
		t.Errorf("a typed INS shows the person and waits: %+v outside=%v", next, s.Outside)
	}
	if s.Enter().Op != OpenRecord {
		t.Error("Enter does not open the person found")
	}
}

func TestAScannedCodeOpensTheRecordUnlessItsTraitsDiffer(t *testing.T) {
	for name, c := range map[string]struct {
		found    client.Patient
		want     Op
		mismatch Trait
		phase    Phase
	}{
		"agreeing":         {person("9", "PAT-TROIS", "Dominique", "1979-03-28"), OpenRecord, 0, Shown},
		"other given name": {person("9", "PAT-TROIS", "Ruth", "1979-03-28"), Nothing, TraitGiven, Shown},
		"nobody":           {client.Patient{}, Nothing, 0, Empty},
	} {
		t.Run(name, func(t *testing.T) {
			s := State{TestIdentities: true}
			ask := s.Typed(code())
			if ask.Op != AskINS {
				t.Fatalf("asked %+v", ask)
			}
			var err error
			if c.found.ID == "" {
				err = fhir.E(fhir.NotFound, "")
			}
			next, ok := s.AnsweredOne(ask.Gen, c.found, err)
			if !ok || next.Op != c.want || s.Mismatch != c.mismatch || s.Phase != c.phase {
				t.Errorf("op %v mismatch %b phase %v", next.Op, s.Mismatch, s.Phase)
			}
		})
	}
}

func TestAScanCutShortSaysSoAtItsEnd(t *testing.T) {
	s := State{TestIdentities: true}
	if step := s.Typed(code()[:40]); step.Op != Nothing || s.Ask.Intent != choose.Unfinished {
		t.Fatalf("in the middle of a scan: %+v", s.Ask)
	}
	s.Enter()
	if s.Ask.Intent != choose.Refused || s.Ask.Fault != choose.FaultCut {
		t.Errorf("after the scanner's Enter: %+v", s.Ask)
	}
}

func TestFailureAndReturnOfTheServer(t *testing.T) {
	var s State
	answer(&s, s.Start(), person("1", "MARTIN", "Léa", "1979-03-28"))
	ask := s.Typed("dup")
	s.Answered(ask.Gen, ask.Query, client.PatientPage{}, fhir.E(fhir.Offline, ""))
	if s.Phase != Failed || len(s.Rows) != 0 {
		t.Fatalf("rows of another question stayed: phase %v, %d rows", s.Phase, len(s.Rows))
	}
	again := s.Again()
	if again.Op != AskMine || again.Query.Text != "dup" {
		t.Fatalf("asked again: %+v", again)
	}
	asOf := time.Date(2026, 11, 21, 10, 40, 0, 0, time.UTC)
	s.Answered(again.Gen, again.Query, client.PatientPage{
		Patients:   []client.Patient{person("3", "DUPONT", "Ali", "2000-01-01")},
		Provenance: client.Provenance{Cached: true, AsOf: asOf},
	}, nil)
	if s.Phase != Shown || s.Err != nil || !s.Prov.Cached || s.Total != 1 {
		t.Errorf("after the return: %+v", s)
	}
}

func TestACanceledSearchIsNoFailure(t *testing.T) {
	var s State
	ask := s.Start()
	if _, ok := s.Answered(ask.Gen, ask.Query, client.PatientPage{}, fhir.E(fhir.Canceled, "")); ok || s.Phase == Failed {
		t.Error("a cancelled question changed the page")
	}
}

func TestSelectionStaysInsideTheList(t *testing.T) {
	var s State
	if s.Move(1) {
		t.Error("moved in an empty list")
	}
	answer(&s, s.Start(), person("1", "A", "A", "1990"), person("2", "B", "B", "1991"))
	for _, c := range []struct{ by, want int }{{1, 1}, {1, 1}, {-5, 0}, {9, 1}} {
		if s.Move(c.by); s.Selected != c.want {
			t.Errorf("after %+d: row %d, want %d", c.by, s.Selected, c.want)
		}
	}
}

func TestMoreKeepsTheSelection(t *testing.T) {
	var s State
	ask := s.Start()
	s.Answered(ask.Gen, ask.Query, client.PatientPage{Patients: []client.Patient{person("1", "A", "A", "1990"), person("2", "B", "B", "1991")}, Total: 3, Next: "p2"}, nil)
	s.Move(1)
	more := s.More(1)
	if more.Op != AskMine || more.Query.Page != "p2" {
		t.Fatalf("next page: %+v", more)
	}
	s.Answered(more.Gen, more.Query, client.PatientPage{Patients: []client.Patient{person("3", "C", "C", "1992")}, Total: 3}, nil)
	if len(s.Rows) != 3 || s.Selected != 1 || s.More(2).Op != Nothing {
		t.Errorf("%d rows, row %d selected", len(s.Rows), s.Selected)
	}
}

func TestEscapeEmptiesTheBoxOnce(t *testing.T) {
	var s State
	answer(&s, s.Start())
	if _, cleared := s.Clear(); cleared {
		t.Error("an empty box was cleared: Escape belongs to the shell then")
	}
	s.Typed("mart")
	if step, cleared := s.Clear(); !cleared || step.Op != AskMine || step.Query.Text != "" {
		t.Errorf("cleared %v, %+v", cleared, step)
	}
}

func TestNamesakesShowWhatDiffers(t *testing.T) {
	twin := person("2", "Martin", "Léo", "2019-05-17")
	other := twin
	other.ID, other.City, other.Gender = "3", "Épernay", "male"
	rows := Rows([]client.Patient{person("1", "MARTIN", "Léa", "1979-03-28"), twin, other})
	if rows[0].Differs != 0 {
		t.Errorf("no namesake, yet bold: %b", rows[0].Differs)
	}
	if want := TraitSex | TraitCity; rows[1].Differs != want || rows[2].Differs != want {
		t.Errorf("differs %b and %b, want %b", rows[1].Differs, rows[2].Differs, want)
	}
}

func TestRow(t *testing.T) {
	p := person("1", "Nessi", "MARIE-LOUISE", "1977-07-14")
	p.UsedName = "Decourcy"
	if r := RowOf(p); !r.Renamed || r.NoINS || r.Closed {
		t.Errorf("%+v", r)
	}
	p.UsedName, p.Reliability, p.Active = "NESSI", "PROV", false
	if r := RowOf(p); r.Renamed || !r.NoINS || !r.Closed {
		t.Errorf("%+v", r)
	}
	p.Reliability, p.INS.Value = "QUAL", ""
	if r := RowOf(p); !r.NoINS {
		t.Error("qualified without an INS")
	}
}
