package record

import (
	"strings"
	"testing"

	"carnet/client/fhir"
)

func items() map[string]ProfileItem {
	return map[string]ProfileItem{
		"an allergy":        {Resource: "AllergyIntolerance", Text: "Pénicilline", Date: "2010", Status: "active", Note: "urticaire"},
		"a condition":       {Resource: "Condition", Text: "Asthme", Date: "2001-05", Status: "resolved"},
		"a family history":  {Resource: "FamilyMemberHistory", Text: "Diabète chez ma mère"},
		"a treatment":       {Resource: "MedicationStatement", Text: "Lévothyroxine 75 µg", Date: "2020-01-02", Status: "completed"},
		"a vaccination":     {Resource: "Immunization", Text: "Tétanos", Date: "2024-09-01"},
		"a measure":         {Resource: "Observation", Code: fhir.Coding{System: fhir.SystemLOINC, Code: "29463-7", Display: "Poids"}, Value: "62.50", Unit: "kg", Date: "2026-11-01"},
		"a negative number": {Resource: "Observation", Text: "Écart", Value: "-0.5", Unit: "1", Date: "2026-11-01"},
	}
}

func TestTheProfileKeepsWhatOneTypes(t *testing.T) {
	w := heldWorld(t, nil)
	w.represent()
	for name, item := range items() {
		id, err := w.KeepItem(bg, zoe(), "pat-1", item)
		w.wants(name, err, "")
		all, err := w.Profile(bg, mother(), "pat-1")
		w.must(err)
		var got ProfileItem
		for _, i := range all {
			if i.ID == id {
				got = i
			}
		}
		if got.Resource != item.Resource || got.Date != item.Date || got.Value != item.Value || got.Unit != item.Unit || got.Note != item.Note ||
			item.Text != "" && got.Text != item.Text || item.Status != "" && got.Status != item.Status || got.Version != 1 || got.By != "" {
			t.Errorf("%s comes back as %+v", name, got)
		}
	}
	w.sound()
}

func TestAnItemHasVersions(t *testing.T) {
	w := heldWorld(t, nil)
	w.represent()
	item := items()["an allergy"]
	id, err := w.KeepItem(bg, mother(), "pat-1", item)
	w.must(err)
	item.ID, item.Version, item.Masked, item.Text = id, 1, true, "Pénicilline G"
	_, err = w.KeepItem(bg, zoe(), "pat-1", item)
	w.must(err)
	_, err = w.KeepItem(bg, zoe(), "pat-1", item)
	w.wants("an old version", err, fhir.VersionConflict)
	all, err := w.Profile(bg, zoe(), "pat-1")
	w.must(err)
	if len(all) != 1 || all[0].Version != 2 || !all[0].Masked || all[0].Text != "Pénicilline G" || !strings.Contains(all[0].By, "LEFÈVRE") ||
		!strings.Contains(string(all[0].JSON), fhir.LabelMasked) {
		t.Errorf("profile: %+v", all)
	}
	w.wants("drop an old version", w.DropItem(bg, zoe(), "pat-1", id, 1), fhir.VersionConflict)
	w.wants("drop nothing", w.DropItem(bg, zoe(), "pat-1", "nothing", 1), fhir.NotFound)
	w.must(w.DropItem(bg, zoe(), "pat-1", id, 2))
	w.wants("drop twice", w.DropItem(bg, zoe(), "pat-1", id, 2), fhir.NotFound)
	if all, err := w.Profile(bg, zoe(), "pat-1"); err != nil || len(all) != 0 {
		t.Errorf("profile after: %v %v", all, err)
	}
	_, err = w.KeepItem(bg, stranger(), "pat-1", items()["a condition"])
	w.wants("a stranger", err, fhir.NotFound)
	w.sound()
}

func TestWhatIsNoItemIsRefused(t *testing.T) {
	w := heldWorld(t, nil)
	for name, tt := range map[string]struct {
		item ProfileItem
		want fhir.Code
	}{
		"another resource":    {ProfileItem{Resource: "Patient", Text: "x"}, fhir.BadCode},
		"nothing said":        {ProfileItem{Resource: "Condition", Text: " "}, fhir.Required},
		"a vaccine undated":   {ProfileItem{Resource: "Immunization", Text: "x"}, fhir.Required},
		"a measure in words":  {ProfileItem{Resource: "Observation", Text: "x", Value: `1,"status":"x"`, Unit: "kg", Date: "2026"}, fhir.Invalid},
		"a measure unitless":  {ProfileItem{Resource: "Observation", Text: "x", Value: "1", Date: "2026"}, fhir.Required},
		"no date":             {ProfileItem{Resource: "Condition", Text: "x", Date: "hier"}, fhir.Invalid},
		"an unknown status":   {ProfileItem{Resource: "Immunization", Text: "x", Date: "2026", Status: "maybe"}, fhir.BadCode},
		"a long note":         {ProfileItem{Resource: "Condition", Text: "x", Note: strings.Repeat("é", 2001)}, fhir.Invalid},
		"another's":           {ProfileItem{Resource: "Condition", JSON: []byte(`{"resourceType":"Condition","subject":{"reference":"Patient/pat-3"}}`)}, fhir.Invalid},
		"a modifier":          {ProfileItem{Resource: "Condition", JSON: []byte(`{"resourceType":"Condition","modifierExtension":[{"url":"urn:x","valueCode":"y"}]}`)}, fhir.Invalid},
		"an unknown element":  {ProfileItem{Resource: "Condition", JSON: []byte(`{"resourceType":"Condition","colour":"red"}`)}, fhir.Malformed},
		"another kind inside": {ProfileItem{Resource: "Condition", JSON: []byte(`{"resourceType":"Patient"}`)}, fhir.Malformed},
	} {
		_, err := w.KeepItem(bg, zoe(), "pat-1", tt.item)
		w.wants(name, err, tt.want)
	}
}
