package terminology

import (
	"math"
	"testing"
	"time"
)

func TestReadingsKeepWhatWasEntered(t *testing.T) {
	bp, weight := measureOf(t, LOINCBloodPressure), measureOf(t, LOINCWeight)
	r, ok := bp.Read([]WrittenValue{{"8480-6", "132", "mm[Hg]"}, {"8462-4", "84", "mm[Hg]"}}, "mm[Hg]", "fr")
	if !ok || r.Say("fr") != "132/84\u00a0mmHg" || r.Converted || r.Numbers != [2]float64{132, 84} {
		t.Errorf("%+v", r)
	}
	r, ok = bp.Read([]WrittenValue{{"8480-6", "132", "mm[Hg]"}}, "mm[Hg]", "fr")
	if !ok || r.Say("fr") != "132\u00a0mmHg" || !math.IsNaN(r.Numbers[1]) {
		t.Errorf("the upper number alone: %+v %q", r, r.Say("fr"))
	}
	r, ok = bp.Read([]WrittenValue{{"8462-4", "84", "mm[Hg]"}}, "mm[Hg]", "fr")
	if !ok || r.Say("fr") != "–/84\u00a0mmHg" {
		t.Errorf("the lower number alone: %+v %q", r, r.Say("fr"))
	}
	r, ok = weight.Read([]WrittenValue{{"29463-7", "160", "[lb_av]"}}, "kg", "fr")
	if !ok || !r.Converted || r.Say("fr") != "72,6\u00a0kg" || r.Entered != "160\u00a0lb" || math.Abs(r.Numbers[0]-72.5747792) > 1e-9 {
		t.Errorf("%+v", r)
	}
	r, ok = weight.Read([]WrittenValue{{"29463-7", "72.50", "kg"}}, "kg", "fr")
	if !ok || r.Converted || r.Say("fr") != "72,50\u00a0kg" || r.Entered != "" {
		t.Errorf("%+v", r)
	}
	for name, values := range map[string][]WrittenValue{
		"nothing": nil, "a unit of something else": {{"29463-7", "72", "mmol/L"}}, "no number": {{"29463-7", "<5", "kg"}},
		"twice": {{"29463-7", "72", "kg"}, {"29463-7", "73", "kg"}},
	} {
		if r, ok := weight.Read(values, "kg", "fr"); ok {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r, ok := bp.Read([]WrittenValue{{"85354-9", "132", "mm[Hg]"}}, "mm[Hg]", "fr"); ok {
		t.Errorf("a blood pressure of one number: %+v", r)
	}
	other := OtherMeasure("2160-0", "Créatinine", "umol/L")
	if r, ok := other.Read([]WrittenValue{{"2160-0", "71", "umol/L"}}, "umol/L", "fr"); !ok || r.Say("fr") != "71\u00a0umol/L" {
		t.Errorf("a laboratory's own: %+v", r)
	}
}

func TestBMIsNeedAHeightOfThePeriod(t *testing.T) {
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	weights := []DatedValue{{day("2020-10-01"), "60", "kg"}, {day("2026-03-01"), "70", "kg"}, {day("2026-10-01"), "72.5", "kg"}}
	heights := []DatedValue{{day("2026-02-20"), "168", "cm"}, {day("2026-09-01"), "1.70", "m"}}
	got := BMIs(weights, heights, day("1979-03-28"))
	if len(got) != 2 || got[0].Value != "24.8" || got[0].Height != 0 || got[1].Value != "25.1" || got[1].Height != 1 || got[1].Weight != 2 {
		t.Errorf("%+v", got)
	}
	if got := BMIs(weights, heights, day("2016-03-28")); len(got) != 2 {
		t.Errorf("a child, with heights of the month: %+v", got)
	}
	if got := BMIs(weights, heights[:1], day("2016-03-28")); len(got) != 1 {
		t.Errorf("a child, with an old height: %+v", got)
	}
	if got := BMIs(weights[2:], heights[:1], time.Time{}); len(got) != 0 {
		t.Errorf("of unknown birth, with an old height: %+v", got)
	}
}
