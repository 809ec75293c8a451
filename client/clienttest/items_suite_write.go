package clienttest

import (
	"reflect"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// newItems are items of each type, with all that one writes in them.
func newItems() []client.Item {
	loinc := func(code, label string) fhir.Coding {
		return fhir.Coding{System: fhir.SystemLOINC, Code: code, Display: label}
	}
	return []client.Item{
		{
			Resource: "AllergyIntolerance", Text: "Ibuprofène", Status: "active", Start: "2011-02", Category: "medication", Criticality: "high",
			Reaction: "bronchospasme", Note: "vu aux urgences", Substances: []fhir.Coding{{Display: "ibuprofène"}},
		},
		{Resource: "Condition", Text: "Asthme", Status: "resolved", Start: "2001", End: "2012-06"},
		{Resource: "FamilyMemberHistory", Text: "Cancer du sein", Status: "completed", Relation: fhir.Coding{System: "http://terminology.hl7.org/CodeSystem/v3-RoleCode", Code: "MTH", Display: "mère"}},
		{
			Resource: "MedicationStatement", Text: "Lévothyroxine 75 µg", Status: "active", Start: "2020-01-02", Dosage: "1 comprimé le matin à jeun",
			Substances: []fhir.Coding{{Display: "lévothyroxine sodique"}},
		},
		{Resource: "Immunization", Text: "Grippe", Status: "completed", Start: "2025-10-20", Lot: "AB-12", Dose: 1},
		{Resource: "Observation", Code: loinc(fhir.MeasureWeight, "Poids"), Text: "Poids", Status: "final", Start: "2026-11-01T08:30:00+01:00", Value: "72.50", Unit: "kg"},
		{
			Resource: "Observation", Code: loinc(fhir.MeasureBloodPressure, "Tension artérielle"), Text: "Tension artérielle", Status: "final", Start: "2026-11-02", Parts: []fhir.Part{
				{Code: loinc(fhir.MeasureSystolic, "Systolique"), Value: "138", Unit: "mm[Hg]"},
				{Code: loinc(fhir.MeasureDiastolic, "Diastolique"), Value: "84", Unit: "mm[Hg]"},
			},
		},
	}
}

func storyKeepItem(t *testing.T, h ProfilesHarness) {
	a := h.open(t, h.Mine.ID)
	for n, want := range newItems() {
		got, err := h.Profiles.KeepItem(timeout(t), a, key("00000000010"+string(rune('0'+n))), want)
		ok(t, want.Resource, err)
		if got.ID == "" || got.Version != "1" || got.Updated.IsZero() || got.Author.ID == "" || got.ByHolder {
			t.Errorf("%s: kept as %+v", want.Resource, got)
		}
		again, found := findKept(h.items(t, a, client.ItemQuery{Resources: []string{want.Resource}}), got.ID)
		if !found || !reflect.DeepEqual(again, got) {
			t.Errorf("%s: listed as %+v, kept as %+v", want.Resource, again, got)
		}
		got.ID, got.Version, got.Updated, got.Author = "", "", time.Time{}, fhir.Party{}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v\nwant %+v", want.Resource, got, want)
		}
	}
}

func storyKeepItemTwice(t *testing.T, h ProfilesHarness) {
	a := h.open(t, h.Mine.ID)
	before := len(h.items(t, a, client.ItemQuery{}))
	one, err := h.Profiles.KeepItem(timeout(t), a, key("000000000200"), newItems()[0])
	ok(t, "keep", err)
	two, err := h.Profiles.KeepItem(timeout(t), a, key("000000000200"), newItems()[0])
	ok(t, "keep again", err)
	if one.ID != two.ID || len(h.items(t, a, client.ItemQuery{})) != before+1 {
		t.Error("it was added twice")
	}
}

func storyKeepItemRefused(t *testing.T, h ProfilesHarness) {
	a := h.open(t, h.Mine.ID)
	before := len(h.items(t, a, client.ItemQuery{}))
	weight, pressure := newItems()[5], newItems()[6]
	for name, c := range map[string]struct {
		change func(*client.Item)
		item   client.Item
		want   fhir.Code
	}{
		"a weight of 1,200 kg":     {func(i *client.Item) { i.Value = "1200" }, weight, fhir.Invalid},
		"a weight in centimetres":  {func(i *client.Item) { i.Unit = "cm" }, weight, fhir.Invalid},
		"a weight in words":        {func(i *client.Item) { i.Value = "lourd" }, weight, fhir.Invalid},
		"a weight of no day":       {func(i *client.Item) { i.Start = "" }, weight, fhir.Required},
		"a weight of next year":    {func(i *client.Item) { i.Start = "2099-01-01" }, weight, fhir.Invalid},
		"half a blood pressure":    {func(i *client.Item) { i.Parts = i.Parts[:1] }, pressure, fhir.Invalid},
		"a pressure upside down":   {func(i *client.Item) { i.Parts[0].Value, i.Parts[1].Value = "84", "138" }, pressure, fhir.Invalid},
		"nothing said":             {func(i *client.Item) { i.Text = "" }, newItems()[1], fhir.Required},
		"an unknown document":      {func(i *client.Item) { i.Source = "00000000-0000-4000-8000-000000000000" }, newItems()[1], fhir.Invalid},
		"what is no item":          {func(i *client.Item) { i.Resource = "Patient" }, newItems()[1], fhir.BadCode},
		"an injection without day": {func(i *client.Item) { i.Start = "" }, newItems()[4], fhir.Required},
	} {
		c.change(&c.item)
		_, err := h.Profiles.KeepItem(timeout(t), a, "", c.item)
		h.want(t, name, err, c.want)
	}
	if after := len(h.items(t, a, client.ItemQuery{})); after != before {
		t.Errorf("%d items more", after-before)
	}
}

func storyCorrectItem(t *testing.T, h ProfilesHarness) {
	a := h.open(t, h.Mine.ID)
	first, err := h.Profiles.KeepItem(timeout(t), a, key("000000000300"), newItems()[1])
	ok(t, "keep", err)
	change := first
	change.Text, change.Status, change.End = "Asthme d’effort", "active", ""
	second, err := h.Profiles.KeepItem(timeout(t), a, key("000000000301"), change)
	ok(t, "correct", err)
	if second.ID != first.ID || second.Version == first.Version || second.Text != change.Text || second.Status != "active" || second.End != "" || second.Author != first.Author {
		t.Errorf("corrected to %+v", second)
	}
	again, err := h.Profiles.KeepItem(timeout(t), a, key("000000000301"), change)
	ok(t, "the same correction again", err)
	if again.Version != second.Version {
		t.Error("a correction sent twice takes effect twice")
	}
	change.Text = "Autre chose"
	_, err = h.Profiles.KeepItem(timeout(t), a, key("000000000302"), change)
	h.want(t, "correct an old version", err, fhir.VersionConflict)
	_, err = h.Profiles.KeepItem(timeout(t), a, "", client.Item{Resource: "Condition", ID: "00000000-0000-4000-8000-000000000000", Version: "1", Text: "x"})
	h.want(t, "correct nothing", err, fhir.NotFound)
}
