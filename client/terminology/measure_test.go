package terminology

import (
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
)

func measureOf(t testing.TB, code string) Measure {
	t.Helper()
	m, _, ok := MeasureByCode(code)
	if !ok {
		t.Fatalf("%s is no measure", code)
	}
	return m
}

func TestMeasureTableHoldsTogether(t *testing.T) {
	seen := map[string]string{}
	for _, m := range Measures() {
		if m.Label == "" || m.LabelEN == "" || len(m.Units) == 0 || len(m.Parts) == 0 {
			t.Errorf("%s is not whole", m.Code)
		}
		for _, c := range m.Codes() {
			if seen[c] != "" {
				t.Errorf("%s belongs to %s and to %s", c, seen[c], m.Code)
			}
			seen[c] = m.Code
		}
		first := m.Units[0]
		if first.scale != nil || first.offset != nil {
			t.Errorf("%s: the bounds are not in its first unit", m.Code)
		}
		for _, p := range m.Parts {
			if (len(m.Parts) > 1) != (p.Code != "" && p.Label != "" && p.LabelEN != "") {
				t.Errorf("%s: a part without a name", m.Code)
			}
			for _, r := range []MeasureRange{p.Hard, p.Soft} {
				low, okLow := decimal(r.Low)
				high, okHigh := decimal(r.High)
				if !okLow || !okHigh || low.Cmp(high) >= 0 || !p.Hard.holds(low) || !p.Hard.holds(high) {
					t.Errorf("%s: bounds %v", m.Code, r)
				}
			}
			if p.Band == nil {
				continue
			}
			if p.Band.Source == "" || p.Band.SourceEN == "" || p.Band.Low == "" && p.Band.High == "" {
				t.Errorf("%s: a band of nobody", m.Code)
			}
			for _, end := range []string{p.Band.Low, p.Band.High} {
				if r, ok := decimal(end); ok && !p.Soft.holds(r) {
					t.Errorf("%s: the band %v is unusual", m.Code, p.Band.MeasureRange)
				}
			}
		}
	}
	for code, part := range map[string]int{"8480-6": 0, "8462-4": 1, "85354-9": -1, "55284-4": -1} {
		m, got, ok := MeasureByCode(code)
		if !ok || m.Code != LOINCBloodPressure || got != part {
			t.Errorf("%s is part %d of %s", code, got, m.Code)
		}
	}
	if _, _, ok := MeasureByCode(""); ok {
		t.Error("no code is a measure")
	}
}

func TestConversions(t *testing.T) {
	for _, c := range []struct {
		code, value, from, to, want string
		rounded                     bool
	}{
		{"29463-7", "72.50", "kg", "kg", "72.50", false}, // as it was entered
		{"29463-7", "3450", "g", "kg", "3.5", true},
		{"29463-7", "3400", "g", "kg", "3.4", false},
		{"29463-7", "160", "[lb_av]", "kg", "72.6", true}, // 72.5747792
		{"8302-2", "1.68", "m", "cm", "168", false},
		{"8302-2", "168.5", "cm", "m", "1.69", true}, // half away from zero
		{"2339-0", "1", "g/L", "mmol/L", "5.6", true},
		{"2339-0", "5.6", "mmol/L", "g/L", "1.01", true},
		{"2339-0", "110", "mg/dL", "g/L", "1.10", false},
		{"4548-4", "7.0", "%", "mmol/mol", "53", true},
		{"4548-4", "6.5", "%", "mmol/mol", "48", true},
		{"4548-4", "9", "%", "mmol/mol", "75", true},
		{"4548-4", "53", "mmol/mol", "%", "7.0", true},
		{"4548-4", "48", "mmol/mol", "%", "6.5", true},
		{"4548-4", "42", "mmol/mol", "%", "6.0", true},
		{"2093-3", "2", "g/L", "mmol/L", "5.17", true},
		{"2571-8", "1.50", "g/L", "mmol/L", "1.71", true},
		{"2571-8", "1.75", "g/L", "mmol/L", "2.00", false},
		{"8310-5", "98.6", "[degF]", "Cel", "37.0", false},
		{"8310-5", "40", "Cel", "[degF]", "104.0", false},
		{"41950-7", "8000", "/d", "1/(24.h)", "8000", false},
	} {
		got, err := measureOf(t, c.code).Convert(c.value, c.from, c.to)
		if err != nil || got.Value != c.want || got.Rounded != c.rounded || got.Converted != (c.from != c.to) {
			t.Errorf("%s %s %s → %s: %+v, %v", c.code, c.value, c.from, c.to, got, err)
		}
	}
	m := measureOf(t, "29463-7")
	if _, err := m.Convert("1", "kg", "mmol/L"); !errors.Is(err, ErrMeasureUnit) {
		t.Errorf("a weight in mmol/L: %v", err)
	}
	if _, err := m.Convert("1e3", "kg", "g"); !errors.Is(err, ErrMeasureForm) {
		t.Errorf("an exponent: %v", err)
	}
}

// TestConversionsComeBack: exact arithmetic means that there and back is where
// one was, for every unit of every measure.
func TestConversionsComeBack(t *testing.T) {
	for _, m := range Measures() {
		for _, u := range m.Units {
			for _, v := range []*big.Rat{big.NewRat(1, 1), big.NewRat(725, 10), big.NewRat(1, 3)} {
				if back := u.fromFirst(u.toFirst(v)); back.Cmp(v) != 0 {
					t.Errorf("%s in %s: %s became %s", m.Code, u.Code, v, back)
				}
			}
		}
	}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		code, value, unit string
		want              Verdict
		err               error
	}{
		{"29463-7", "1200", "kg", Impossible, nil},
		{"29463-7", "72.5", "kg", Usual, nil},
		{"29463-7", "72500", "g", Usual, nil},
		{"29463-7", "300", "kg", Unusual, nil},
		{"29463-7", "72.5", "cm", Impossible, ErrMeasureUnit},
		{"29463-7", "-3", "kg", Impossible, ErrMeasureForm},
		{"29463-7", "", "kg", Impossible, ErrMeasureForm},
		{"29463-7", "NaN", "kg", Impossible, ErrMeasureForm},
		{"29463-7", "1/2", "kg", Impossible, ErrMeasureForm},
		{"29463-7", "0x10", "kg", Impossible, ErrMeasureForm},
		{"59408-5", "100", "%", Usual, nil},
		{"59408-5", "100.1", "%", Impossible, nil},
		{"8310-5", "30", "Cel", Unusual, nil},
		{"8310-5", "98.6", "[degF]", Usual, nil},
		{"4548-4", "53", "%", Impossible, nil},
		{"4548-4", "53", "mmol/mol", Usual, nil},
	} {
		got, err := measureOf(t, c.code).Judge(MeasureValue{Value: c.value, Unit: c.unit})
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s %s %s: %v, %v", c.code, c.value, c.unit, got, err)
		}
	}
	if _, err := measureOf(t, "29463-7").Judge(MeasureValue{Part: 1, Value: "1", Unit: "kg"}); !errors.Is(err, ErrMeasureParts) {
		t.Errorf("a second weight: %v", err)
	}
}

func TestCheckOfAWholeMeasure(t *testing.T) {
	bp := measureOf(t, LOINCBloodPressure)
	two := func(a, b string) []MeasureValue { return measureValues([]string{a, b}, "mm[Hg]") }
	for name, c := range map[string]struct {
		values []MeasureValue
		want   error
	}{
		"both":              {two("130", "80"), nil},
		"one":               {two("130", "80")[:1], ErrMeasureParts},
		"twice":             {[]MeasureValue{{0, "130", "mm[Hg]"}, {0, "131", "mm[Hg]"}}, ErrMeasureParts},
		"reversed":          {two("80", "130"), ErrMeasureOrder},
		"equal":             {two("100", "100"), ErrMeasureOrder},
		"impossible":        {two("130", "8"), ErrMeasureImpossible},
		"a part of nothing": {[]MeasureValue{{0, "130", "mm[Hg]"}, {7, "80", "mm[Hg]"}}, ErrMeasureParts},
	} {
		if err := bp.Check(c.values); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWeighAsks(t *testing.T) {
	for _, c := range []struct {
		code    string
		values  []string
		unit    string
		verdict Verdict
		meant   []string
		other   string
		err     error
	}{
		{"85354-9", []string{"130", "80"}, "mm[Hg]", Usual, nil, "", nil},
		{"85354-9", []string{"13", "8"}, "mm[Hg]", Impossible, []string{"130", "80"}, "", nil},
		{"85354-9", []string{"13.5", "8.5"}, "mm[Hg]", Impossible, []string{"135", "85"}, "", nil},
		{"85354-9", []string{"8", "13"}, "mm[Hg]", Impossible, nil, "", nil},
		{"85354-9", []string{"80", "130"}, "mm[Hg]", Usual, nil, "", ErrMeasureOrder},
		{"85354-9", []string{"130"}, "mm[Hg]", Impossible, nil, "", ErrMeasureParts},
		{"85354-9", []string{"230", "110"}, "mm[Hg]", Unusual, nil, "", nil},
		{"29463-7", []string{"1200"}, "kg", Impossible, nil, "", nil},
		{"29463-7", []string{"3450"}, "kg", Impossible, nil, "g", nil},
		{"29463-7", []string{"300"}, "kg", Unusual, nil, "", nil}, // nobody means pounds unsaid
		{"8302-2", []string{"1.68"}, "cm", Impossible, nil, "m", nil},
		{"2339-0", []string{"5.6"}, "g/L", Unusual, nil, "mmol/L", nil},
		{"2339-0", []string{"110"}, "g/L", Impossible, nil, "mg/dL", nil},
		{"4548-4", []string{"53"}, "%", Impossible, nil, "mmol/mol", nil},
		{"8310-5", []string{"98.6"}, "Cel", Impossible, nil, "[degF]", nil},
	} {
		d, err := measureOf(t, c.code).Weigh(c.values, c.unit)
		if !errors.Is(err, c.err) || d.Verdict != c.verdict || !slices.Equal(d.Meant, c.meant) || d.Unit != c.other {
			t.Errorf("%s %v %s: %+v, %v", c.code, c.values, c.unit, d, err)
		}
	}
}

func TestParseMeasure(t *testing.T) {
	for _, c := range []struct {
		code, input, values, unit string
		err                       error
	}{
		{"29463-7", "72,5", "72.5", "", nil},
		{"29463-7", "72.50", "72.50", "", nil},
		{"29463-7", " 72,5\u00a0kg ", "72.5", "kg", nil},
		{"29463-7", "72,5 KG", "72.5", "kg", nil},
		{"29463-7", "160 lb", "160", "[lb_av]", nil},
		{"29463-7", "3\u202f450 g", "3450", "g", nil},
		{"29463-7", "072", "72", "", nil},
		{"29463-7", ",5", "0.5", "", nil},
		{"29463-7", "0,5", "0.5", "", nil},
		{"29463-7", "72,", "", "", ErrMeasureForm},
		{"29463-7", "7 2", "", "", ErrMeasureForm},
		{"29463-7", "1 20", "", "", ErrMeasureForm},
		{"29463-7", "1,2,3", "", "", ErrMeasureForm},
		{"29463-7", "-3", "", "", ErrMeasureForm},
		{"29463-7", "1e3", "", "", ErrMeasureUnit},
		{"29463-7", "", "", "", ErrMeasureForm},
		{"29463-7", "kg", "", "", ErrMeasureForm},
		{"29463-7", "72 stones", "", "", ErrMeasureUnit},
		{"29463-7", "12345678901234567", "", "", ErrMeasureForm},
		{"85354-9", "130/80", "130 80", "", nil},
		{"85354-9", "13 / 8", "13 8", "", nil},
		{"85354-9", "13,5/8,5 mmHg", "13.5 8.5", "mm[Hg]", nil},
		{"85354-9", "130/", "", "", ErrMeasureForm},
		{"8867-4", "72 /min", "72", "/min", nil},
		{"8867-4", "72/min", "72", "/min", nil},
		{"2339-0", "1,05 g/l", "1.05", "g/L", nil},
		{"4548-4", "7,2%", "7.2", "%", nil},
		{"8310-5", "37,2 °C", "37.2", "Cel", nil},
		{"41950-7", "12\u00a0000 pas par jour", "12000", "1/(24.h)", nil},
	} {
		got, err := measureOf(t, c.code).ParseMeasure(c.input)
		if !errors.Is(err, c.err) || strings.Join(got.Values, " ") != c.values || got.Unit != c.unit {
			t.Errorf("%q: %+v, %v", c.input, got, err)
		}
	}
}

func TestBMI(t *testing.T) {
	got, err := BMI("72.5", "kg", "1.68", "m")
	if err != nil || got.Value != "25.7" || !got.Converted || !got.Rounded || got.Say("fr") != "25,7\u00a0kg/m²" {
		t.Errorf("%+v, %v", got, err)
	}
	if same, err := BMI("72500", "g", "168", "cm"); err != nil || same.Value != got.Value {
		t.Errorf("the same in other units: %+v, %v", same, err)
	}
	for _, c := range [][4]string{{"1200", "kg", "168", "cm"}, {"72", "cm", "168", "cm"}, {"72", "kg", "x", "cm"}, {"600", "kg", "20", "cm"}} {
		if got, err := BMI(c[0], c[1], c[2], c[3]); err == nil {
			t.Errorf("%v gave %+v", c, got)
		}
	}
}

func TestSayDecimal(t *testing.T) {
	for _, c := range [][3]string{
		{"72.50", "fr", "72,50"}, {"72.50", "en", "72.50"}, {"1200", "fr", "1200"}, {"12000", "fr", "12\u00a0000"}, {"12000.5", "en", "12,000.5"}, {"1234567", "fr", "1\u00a0234\u00a0567"},
	} {
		if got := SayDecimal(c[0], c[1]); got != c[2] {
			t.Errorf("%s in %s: %q", c[0], c[1], got)
		}
	}
}

// FuzzParseMeasure: whatever is typed, what comes out is a decimal of FHIR with
// the digits that were typed, and can be judged and converted.
func FuzzParseMeasure(f *testing.F) {
	for _, s := range []string{"72,5 kg", "130/80", "13/8", "1 200", ",5", "7 2", "98.6 °F", "53 mmol/mol", "١٢", "1e9", "\u202f1"} {
		f.Add(uint8(0), s)
	}
	f.Fuzz(func(t *testing.T, which uint8, input string) {
		all := Measures()
		m := all[int(which)%len(all)]
		got, err := m.ParseMeasure(input)
		if err != nil {
			return
		}
		typed := strings.Trim(strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, input), "0")
		for _, v := range got.Values {
			if _, ok := decimal(v); !ok {
				t.Fatalf("%q gave %q", input, v)
			}
			if bare := strings.Trim(strings.ReplaceAll(v, ".", ""), "0"); !strings.Contains(typed, bare) {
				t.Fatalf("%q gave %q: other digits", input, v)
			}
			for _, u := range m.Units {
				if _, err := m.Convert(v, m.Units[0].Code, u.Code); err != nil {
					t.Fatalf("%q cannot be converted: %v", v, err)
				}
			}
		}
		unit := got.Unit
		if unit == "" {
			unit = m.Units[0].Code
		}
		d, err := m.Weigh(got.Values, unit)
		if err == nil && d.Verdict != Impossible && m.Check(measureValues(got.Values, unit)) != nil {
			t.Fatalf("%q was let pass and is refused", input)
		}
	})
}
