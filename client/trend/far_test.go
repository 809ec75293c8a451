package trend

import (
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
)

func TestAValueFarFromTheOneBefore(t *testing.T) {
	const weight, height, pressure, glucose = terminology.LOINCWeight, terminology.LOINCHeight, terminology.LOINCBloodPressure, "1558-6"
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, paris)
	items := []fhir.Item{
		observation(weight, "84.8", "kg", "2026-10-18"), observation(weight, "12", "kg", "2019-10-18"),
		observation(height, "185", "cm", "2026-11-14"), observation(glucose, "1.73", "g/L", "2026-09-14"),
		{Resource: "Observation", ID: "bp", Code: fhir.Coding{Code: pressure}, Start: "2026-11-14", Parts: []fhir.Part{
			{Code: fhir.Coding{Code: fhir.MeasureSystolic}, Value: "137", Unit: "mm[Hg]"}, {Code: fhir.Coding{Code: fhir.MeasureDiastolic}, Value: "76", Unit: "mm[Hg]"},
		}},
	}
	adult := reader()
	child := adult
	child.Born = "2018-01-01"
	for _, c := range []struct {
		who    Reader
		code   string
		values []string
		unit   string
		far    bool
	}{
		{adult, weight, []string{"84.83"}, "kg", false},
		{adult, weight, []string{"70"}, "kg", false}, // illness does that
		{adult, weight, []string{"8.48"}, "kg", true},
		{adult, weight, []string{"186"}, "kg", true}, // the height, in the wrong field
		{adult, weight, []string{"187"}, "[lb_av]", false},
		{adult, weight, []string{"84800"}, "g", false},
		{adult, height, []string{"158"}, "cm", true},
		{adult, height, []string{"1.84"}, "m", false},
		{child, weight, []string{"60"}, "kg", false},
		{adult, glucose, []string{"5.5"}, "mmol/L", false},
		{adult, glucose, []string{"0.17"}, "g/L", true},
		{adult, pressure, []string{"190", "110"}, "mm[Hg]", false},
		{adult, pressure, []string{"137", "7"}, "mm[Hg]", true},
	} {
		var kind Kind
		for _, k := range c.who.Read(items) {
			if k.Code == c.code {
				kind = k
			}
		}
		before, far := c.who.Far(kind, c.values, c.unit, at, "")
		if far != c.far || !before.Drawn {
			t.Errorf("%s %v %s: far %v after %s", c.code, c.values, c.unit, far, before.Say("fr"))
		}
		if _, far := c.who.Far(kind, c.values, c.unit, at.AddDate(20, 0, 0), ""); far {
			t.Errorf("%s %v: compared with what is long past", c.code, c.values)
		}
	}
	only := adult.Read(items[:1])
	for _, k := range only {
		if _, far := adult.Far(k, []string{"8.48"}, "kg", at, weight+"2026-10-18"); k.Code == weight && far {
			t.Error("what is corrected is compared with itself")
		}
	}
}
