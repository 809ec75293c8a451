package measures

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/client/trend"
)

var now = time.Date(2026, time.November, 22, 10, 0, 0, 0, time.FixedZone("CET", 3600))

func item(code, value, unit, start string) client.Item {
	return client.Item{Resource: "Observation", ID: code + start, Code: fhir.Coding{Code: code}, Value: value, Unit: unit, Start: start}
}

func stateOf(t *testing.T, items ...client.Item) *State {
	t.Helper()
	s := NewState(client.Patient{BirthDate: "1979-03-28"}, client.Person{ID: "899700000001"}, "fr", now.Location())
	s.SetPeriod(Always, now)
	s.Answer(client.ItemPage{Items: items}, nil, now)
	return &s
}

func rowsOf(s *State, code string) string {
	s.Choose(code, now)
	var out []string
	for _, r := range s.Rows {
		out = append(out, strings.ReplaceAll(valueWords(r), "\u00a0", " "))
	}
	return strings.Join(out, "; ")
}

func TestWhatWasEnteredStays(t *testing.T) {
	s := stateOf(
		t,
		item("29463-7", "72.50", "kg", "2026-11-01"),
		item("29463-7", "160", "[lb_av]", "2026-10-01T08:30:00+02:00"),
		item("29463-7", "73", "stone", "2026-09-01"),
		item("15074-8", "5.6", "mmol/L", "2026-11-02"),
		item("8480-6", "131", "mm[Hg]", "2026-11-03"),
	)
	if got := rowsOf(s, "29463-7"); got != "72,50 kg; 72,6 kg; 73 stone" {
		t.Errorf("weights: %s", got)
	}
	if !s.Rows[1].Reading.Converted || s.Rows[1].Reading.Entered != "160\u00a0lb" || s.Rows[1].Day {
		t.Errorf("%+v", s.Rows[1])
	}
	if fmt.Sprint(s.Points()) != "[1 0]" {
		t.Errorf("drawn: %v; what has another unit stands in the table alone", s.Points())
	}
	if got := rowsOf(s, "2339-0"); got != "1,01 g/L" {
		t.Errorf("a laboratory's mmol/L: %s", got)
	}
	if got := rowsOf(s, terminology.LOINCBloodPressure); got != "131 mmHg" || !math.IsNaN(s.Rows[0].Reading.Numbers[1]) {
		t.Errorf("a device's upper number alone: %s", got)
	}
}

func TestALaboratorysOwnTrendsTheSameWay(t *testing.T) {
	a, b := item("2160-0", "71", "umol/L", "2026-11-02"), item("2160-0", "8.1", "mg/L", "2026-10-02")
	a.Code.Display, b.Code.Display = "Créatinine", "Créatinine"
	s := stateOf(t, a, b, item("", "", "", "2026-01-01"))
	last := s.Kinds[len(s.Kinds)-2:]
	if got := rowsOf(s, "2160-0"); got != "71 umol/L; 8,1 mg/L" || !s.Kind().Other || s.Kind().Label != "Créatinine" {
		t.Errorf("%s of %+v", got, last)
	}
	if fmt.Sprint(s.Points()) != "[0]" {
		t.Errorf("two units share no curve: %v", s.Points())
	}
}

func TestTheIndexIsComputedAndNeverKept(t *testing.T) {
	s := stateOf(t, item("29463-7", "72.5", "kg", "2026-11-01"), item("8302-2", "168", "cm", "2026-06-01"), item("39156-5", "26", "kg/m2", "2026-01-01"))
	if got := rowsOf(s, terminology.LOINCBMI); got != "25,7 kg/m²; 26 kg/m²" {
		t.Fatal(got)
	}
	r := s.Rows[0]
	if !r.Computed || r.Item.ID != "" || whoWords(r) != "calculé" || !strings.Contains(strings.ReplaceAll(remarkWords(r), "\u00a0", " "), "calculé de 72,5 kg, 168 cm") {
		t.Errorf("%+v: %q", r, remarkWords(r))
	}
}

func TestPeriodsAndPhases(t *testing.T) {
	s := stateOf(t, item("29463-7", "72", "kg", "2026-11-01"), item("29463-7", "70", "kg", "2024-11-01"), item("29463-7", "60", "kg", "2010"))
	s.Choose("29463-7", now)
	for p, want := range map[Period]int{ThreeMonths: 1, OneYear: 1, FiveYears: 2, Always: 3} {
		if s.SetPeriod(p, now); len(s.Rows) != want || s.Phase != Shown {
			t.Errorf("period %d: %d rows, phase %d", p, len(s.Rows), s.Phase)
		}
	}
	s.Choose("8302-2", now)
	if s.Phase != NoneYet {
		t.Errorf("no height: phase %d", s.Phase)
	}
	s = stateOf(t, item("29463-7", "60", "kg", "2010"))
	s.Choose("29463-7", now)
	if s.SetPeriod(OneYear, now); s.Phase != NoneThen {
		t.Errorf("older ones alone: phase %d", s.Phase)
	}
	if s = stateOf(t); s.Phase != Empty {
		t.Errorf("nothing: phase %d", s.Phase)
	}
	if s.Answer(client.ItemPage{}, fhir.E(fhir.Offline, ""), now); s.Phase != Failed {
		t.Errorf("no answer: phase %d", s.Phase)
	}
	s = stateOf(t, item("29463-7", "60", "kg", "2010"))
	if s.Answer(client.ItemPage{}, fhir.E(fhir.NoConsent, ""), now); s.Phase != Forbidden || len(s.Rows) != 0 || len(s.items) != 0 || len(s.Kinds) != 0 {
		t.Errorf("a right that ended leaves nothing behind: phase %d, %d rows", s.Phase, len(s.Rows))
	}
}

func TestFormsAreJudgedAsTyped(t *testing.T) {
	kind := func(code string) terminology.Measure {
		m, _, ok := terminology.MeasureByCode(code)
		if !ok {
			t.Fatal(code)
		}
		return m
	}
	for _, c := range []struct {
		code, value, when string
		sure              bool
		level             Level
		err               error
		meant, start      string
	}{
		{"29463-7", "", "22/11/2026", false, Incomplete, nil, "", ""},
		{"29463-7", "72,5", "22/11/2026 8:30", false, Fine, nil, "", "2026-11-22T08:30:00+01:00"},
		{"29463-7", "72,5", "22/11/2026 8 h 30", false, Fine, nil, "", "2026-11-22T08:30:00+01:00"},
		{"29463-7", "72,5", "21/11/2026", false, Fine, nil, "", "2026-11-21"},
		{"29463-7", "160 lb", "21/11/2026", false, Fine, nil, "", "2026-11-21"},
		{"29463-7", "1200", "21/11/2026", false, Wrong, terminology.ErrMeasureImpossible, "", ""},
		{"29463-7", "1200", "21/11/2026", true, Wrong, terminology.ErrMeasureImpossible, "", ""},
		{"29463-7", "300", "21/11/2026", false, Doubtful, nil, "", "2026-11-21"},
		{"29463-7", "300", "21/11/2026", true, Fine, nil, "", "2026-11-21"},
		{"29463-7", "72,5 mmol/L", "21/11/2026", false, Wrong, terminology.ErrMeasureUnit, "", ""},
		{"29463-7", "abc", "21/11/2026", false, Wrong, terminology.ErrMeasureForm, "", ""},
		{"29463-7", "72", "23/11/2026", false, Wrong, errFuture, "", ""},
		{"29463-7", "72", "22/11/2026 12:00", false, Wrong, errFuture, "", ""},
		{"29463-7", "72", "31/02/2026", false, Wrong, errWhen, "", ""},
		{"29463-7", "72", "hier", false, Wrong, errWhen, "", ""},
		{"85354-9", "13/8", "22/11/2026", false, Wrong, terminology.ErrMeasureImpossible, "130 80", ""},
		{"85354-9", "130/80", "22/11/2026", false, Fine, nil, "", "2026-11-22"},
		{"85354-9", "130", "22/11/2026", false, Wrong, terminology.ErrMeasureParts, "", ""},
		{"85354-9", "80/130", "22/11/2026", false, Wrong, terminology.ErrMeasureOrder, "", ""},
	} {
		m := kind(c.code)
		j := Form{Measure: m, Value: c.value, Unit: m.Units[0].Code, When: c.when, Sure: c.sure}.Judge(now)
		if j.Level != c.level || !errors.Is(j.Err, c.err) || strings.Join(j.Meant, " ") != c.meant || j.Start != c.start {
			t.Errorf("%q on %q: %+v", c.value, c.when, j)
		}
	}
}

// FuzzJudge: whatever is typed, a form that is fine makes an item that reads
// back as what was typed.
func FuzzJudge(f *testing.F) {
	f.Add(uint8(0), "130/80", "22/11/2026 8:30")
	f.Add(uint8(1), "160 lb", "2026-11-22")
	f.Add(uint8(5), "5,6 mmol/L", "1999")
	f.Fuzz(func(t *testing.T, which uint8, value, when string) {
		all := terminology.Measures()
		form := Form{Measure: all[int(which)%len(all)], Value: value, When: when, Sure: true}
		form.Unit = form.Measure.Units[0].Code
		j := form.Judge(now)
		if j.Level != Fine {
			return
		}
		kept := form.ItemOf(j)
		at, _ := trend.Moment(kept.Start, now.Location())
		if at.IsZero() || at.After(now.Add(24*time.Hour)) {
			t.Fatalf("%q became the moment %q", when, kept.Start)
		}
		r, ok := form.Measure.Read(trend.Written(kept), j.Unit, "fr")
		if !ok || r.Converted {
			t.Fatalf("%q became %+v, which cannot be read", value, kept)
		}
		for i, v := range j.Values {
			if r.Amounts[i].Value != v {
				t.Fatalf("%q became %+v", value, kept)
			}
		}
	})
}

func TestCSVIsForASpreadsheet(t *testing.T) {
	noted := item("29463-7", "160", "[lb_av]", "2026-10-01T08:30:00+02:00")
	noted.Note, noted.ByHolder = "=1+1;\"x\"", true
	s := stateOf(t, item("29463-7", "72.50", "kg", "2026-11-01"), noted)
	s.Choose("29463-7", now)
	got := string(s.WriteCSV())
	for _, want := range []string{
		"\ufeffdate;mesure;valeur saisie;unité;valeur sur la courbe;saisie par;remarque\r\n",
		"2026-10-01 07:30;Poids;160;lb;72,6 kg;le patient;\"converti ; saisi : 160 lb · =1+1;\"\"x\"\"\"\r\n",
		"2026-11-01;Poids;72,50;kg;72,50 kg;;\r\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	plain := item("29463-7", "72", "kg", "2026-11-01")
	plain.Note = "=HYPERLINK(1)"
	s = stateOf(t, plain)
	s.Choose("29463-7", now)
	if got := string(s.WriteCSV()); !strings.Contains(got, ";'=HYPERLINK(1)") {
		t.Errorf("a formula is left in:\n%s", got)
	}
}
