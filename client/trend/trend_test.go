package trend

import (
	"math"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
)

var paris = time.FixedZone("CET", 3600)

func reader() Reader {
	return Reader{Language: "fr", Me: "899700000001", Born: "1979-03-28", Zone: paris}
}

func observation(code, value, unit, start string) fhir.Item {
	return fhir.Item{Resource: "Observation", ID: code + start, Code: fhir.Coding{Code: code}, Value: value, Unit: unit, Start: start}
}

// said gives the rows of a kind in words.
func said(kinds []Kind, code string) string {
	for _, k := range kinds {
		if k.Code != code {
			continue
		}
		var out []string
		for _, r := range k.Rows {
			out = append(out, strings.ReplaceAll(r.Say("fr"), "\u00a0", " "))
		}
		return strings.Join(out, "; ")
	}
	return "no such kind"
}

func TestEveryKindOfTheTableIsThere(t *testing.T) {
	kinds := reader().Read(nil)
	if len(kinds) != len(terminology.Measures()) {
		t.Fatalf("%d kinds", len(kinds))
	}
	for _, k := range kinds {
		if len(k.Rows) != 0 || k.Last().Drawn || k.Other {
			t.Errorf("%s has %+v", k.Code, k.Rows)
		}
	}
}

func TestWhatLaboratoriesAndDevicesWriteIsTheSameMeasure(t *testing.T) {
	creatinine := observation("2160-0", "71", "umol/L", "2026-10-02")
	creatinine.Code.Display = "Créatinine"
	kinds := reader().Read([]fhir.Item{
		observation("14771-0", "5.6", "mmol/L", "2026-10-02"), observation("1558-6", "1.04", "g/L", "2026-09-02"),
		observation("8480-6", "131", "mm[Hg]", "2026-11-03T08:00:00Z"), creatinine, observation("2160-0", "8", "mg/L", "2026-01-02"),
		{Resource: "Observation", Text: "Groupe sanguin : A+", Start: "2020"},
		{Resource: "Condition", Code: fhir.Coding{Code: "29463-7"}},
	})
	for code, want := range map[string]string{
		"1558-6": "1,01 g/L; 1,04 g/L", terminology.LOINCBloodPressure: "131 mmHg", "2160-0": "71 umol/L; 8 mg/L",
		"text:Groupe sanguin : A+": "Groupe sanguin : A+", terminology.LOINCWeight: "",
	} {
		if got := said(kinds, code); got != want {
			t.Errorf("%s: %q", code, got)
		}
	}
	last := kinds[len(kinds)-2:]
	if last[0].Label != "Créatinine" || !last[0].Other || last[0].Rows[1].Drawn || last[1].Rows[0].Drawn {
		t.Errorf("what is in another unit, or in words, is not drawn: %+v", last)
	}
}

func TestOwnIsWhatThisProfessionalWrote(t *testing.T) {
	mine, theirs, hers := observation("29463-7", "70", "kg", "2026-01-03"), observation("29463-7", "71", "kg", "2026-01-02"), observation("29463-7", "72", "kg", "2026-01-01")
	mine.Author.ID, theirs.Author.ID, hers.ByHolder = "899700000001", "899700000002", true
	for _, k := range reader().Read([]fhir.Item{hers, theirs, mine}) {
		if k.Code == terminology.LOINCWeight && (!k.Rows[0].Own || k.Rows[1].Own || k.Rows[2].Own) {
			t.Errorf("%+v", k.Rows)
		}
	}
	nobody := reader()
	nobody.Me = ""
	for _, k := range nobody.Read([]fhir.Item{hers}) {
		for _, r := range k.Rows {
			if r.Own {
				t.Error("nobody wrote it")
			}
		}
	}
}

func TestTheIndexSaysWhatItIsComputedOf(t *testing.T) {
	kinds := reader().Read([]fhir.Item{observation("29463-7", "160", "[lb_av]", "2026-11-01"), observation("8302-2", "1.68", "m", "2026-06-01")})
	for _, k := range kinds {
		if k.Code != terminology.LOINCBMI {
			continue
		}
		if r := k.Last(); !r.Computed || r.Item.ID != "" || strings.ReplaceAll(r.Of, "\u00a0", " ") != "160 lb, 1,68 m" || math.Abs(r.Reading.Numbers[0]-25.7) > 0.05 {
			t.Errorf("%+v", r)
		}
	}
}

func TestMomentsAreAsExactAsTheyAreKnown(t *testing.T) {
	for _, c := range []struct {
		start, want string
		day         bool
	}{
		{"2026-11-22T08:30:00+02:00", "2026-11-22T07:30:00+01:00", false},
		{"2026-11-22T08:30", "2026-11-22T08:30:00+01:00", false},
		{"2026-11-22", "2026-11-22T12:00:00+01:00", true},
		{"2026-11", "2026-11-15T12:00:00+01:00", true},
		{"2026", "2026-07-01T12:00:00+01:00", true},
		{"hier", "0001-01-01T00:00:00Z", true},
		{"", "0001-01-01T00:00:00Z", true},
	} {
		if at, day := Moment(c.start, paris); at.Format(time.RFC3339) != c.want || day != c.day {
			t.Errorf("%q: %s, %v", c.start, at.Format(time.RFC3339), day)
		}
	}
	k := Kind{Rows: []Row{{At: time.Date(2026, 1, 1, 0, 0, 0, 0, paris)}, {}}}
	if got := k.Since(time.Date(2026, 6, 1, 0, 0, 0, 0, paris)); len(got) != 1 || !got[0].At.IsZero() {
		t.Errorf("what has no date is always there: %+v", got)
	}
	if r := reader(); r.Adult(time.Date(1997, 3, 27, 0, 0, 0, 0, paris)) || !r.Adult(time.Date(1997, 3, 28, 12, 0, 0, 0, paris)) || (Reader{}).Adult(time.Now()) {
		t.Error("of age at eighteen, and not when nobody knows")
	}
}
