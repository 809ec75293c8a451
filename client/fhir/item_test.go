package fhir

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// randomItem makes an item that uses each field its resource has.
func randomItem(r *rand.Rand, resource string) Item {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	i := Item{
		Resource: resource, ID: pick("", "a-1"), Version: pick("1", "12"), Updated: time.Date(2026, 11, 2, 3, 4, 5, 6e6, time.UTC),
		Text: pick("Pénicilline", `une "chose" \ <b>`, "été\nhiver"), Start: pick("", "2010", "2010-05", "2010-05-06", "2010-05-06T07:08:09+02:00"),
		Note: pick("", "vu au cabinet"), Masked: r.IntN(2) == 0, Source: pick("", "doc-1"),
	}
	if r.IntN(2) == 0 {
		i.Code = Coding{System: SystemLOINC, Code: "29463-7", Display: "Poids"}
	}
	if i.ByHolder = r.IntN(2) == 0; i.ByHolder {
		i.Author.Name = pick("", "Ines LEFÈVRE")
	} else {
		i.Author = Party{ID: "899700218896", Name: "Dr Anne MOREL", OrgID: pick("", "151"), OrgName: pick("", "Cabinet")}
	}
	switch resource {
	case "AllergyIntolerance":
		i.Status, i.Category, i.Criticality = pick("active", "resolved", "refuted", StatusInError), pick("", "food"), pick("", "high")
		i.Reaction, i.Substances = pick("", "urticaire"), []Coding{{Display: "amoxicilline"}}
	case "Condition":
		i.Status, i.End = pick("active", "resolved", "refuted"), pick("", "2020")
	case "FamilyMemberHistory":
		i.Status = pick("completed", "partial")
		i.Relation = Coding{System: "http://terminology.hl7.org/CodeSystem/v3-RoleCode", Code: "MTH"}
	case "MedicationStatement":
		i.Status, i.End, i.Dosage = pick("active", "completed"), pick("", "2020-01-01"), pick("", "1 comprimé le matin")
		i.Substances = []Coding{{Display: "lévothyroxine"}, {System: "urn:x", Code: "y", Display: "z"}}
	case "Immunization":
		i.Status, i.Lot, i.Dose = pick("completed", "not-done"), pick("", "AB12"), r.IntN(4)
	case "Observation":
		i.Status = pick("final", "preliminary")
		if r.IntN(2) == 0 {
			i.Value, i.Unit = pick("72.50", "0", "-0.5", "37.0", "123456789.12345678"), pick("kg", "mm[Hg]")
		} else {
			i.Parts = []Part{
				{Code: Coding{System: SystemLOINC, Code: MeasureSystolic, Display: "systolique"}, Value: "132", Unit: "mm[Hg]"},
				{Code: Coding{System: SystemLOINC, Code: MeasureDiastolic, Display: "diastolique"}, Value: "84.0", Unit: "mm[Hg]"},
			}
		}
	}
	return i
}

// TestItemsComeBack: what is written is valid FHIR, and is read as it was.
func TestItemsComeBack(t *testing.T) {
	for _, resource := range ItemResources() {
		for seed := range uint64(400) {
			want := randomItem(rand.New(rand.NewPCG(seed, 1)), resource)
			data := want.JSON("p-1")
			n, err := Parse(data)
			if err != nil {
				t.Fatalf("%v in %s", err, data)
			}
			if issues := CheckAs(n, resource); len(issues) > 0 && want.Start != "" && len(want.Parts)+len(want.Value) > 0 {
				t.Fatalf("%v in %s", issues, data)
			}
			if ItemPatient(n) != "p-1" {
				t.Fatalf("whose is %s", data)
			}
			got, err := ParseItem(data)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%v\n got %+v\nwant %+v\n%s", err, got, want, data)
			}
		}
	}
}

// TestItemsOfOtherServers: what others write otherwise is understood, and what
// is no exact number is never one here.
func TestItemsOfOtherServers(t *testing.T) {
	for name, tt := range map[string]struct {
		json string
		want Item
	}{
		"a contained medicine": {
			`{"resourceType":"MedicationStatement","status":"active","contained":[{"resourceType":"Medication","id":"m","code":{"text":"Augmentin"},"ingredient":[{"itemCodeableConcept":{"text":"amoxicilline"}},{"itemCodeableConcept":{"coding":[{"display":"acide clavulanique"}]}}]}],"medicationReference":{"reference":"#m"},"subject":{"reference":"Patient/1"},"effectiveDateTime":"2026"}`,
			Item{Resource: "MedicationStatement", Status: "active", Text: "Augmentin", Start: "2026", Substances: []Coding{{Display: "amoxicilline"}, {Display: "acide clavulanique"}}},
		},
		"a comparator": {
			`{"resourceType":"Observation","status":"final","code":{"text":"CRP"},"valueQuantity":{"value":0.5,"comparator":"<","unit":"mg/L"}}`,
			Item{Resource: "Observation", Status: "final", Text: "CRP\u00a0: < 0.5 mg/L"},
		},
		"an exponent": {
			`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1e3,"code":"g"}}`,
			Item{Resource: "Observation", Status: "final", Text: "x\u00a0: 1e3 g"},
		},
		"a word": {
			`{"resourceType":"Observation","status":"final","code":{"text":"Test"},"valueCodeableConcept":{"text":"négatif"}}`,
			Item{Resource: "Observation", Status: "final", Text: "Test\u00a0: négatif"},
		},
		"a part in words": {
			`{"resourceType":"Observation","status":"final","code":{"text":"Bilan"},"component":[{"code":{"text":"Na"},"valueQuantity":{"value":140,"unit":"mmol/L"}},{"code":{"text":"K"},"valueString":"hémolysé"}]}`,
			Item{Resource: "Observation", Status: "final", Text: "Bilan\u00a0: K hémolysé", Parts: []Part{{Code: Coding{Display: "Na"}, Value: "140", Unit: "mmol/L"}}},
		},
		"a LOINC code among others": {
			`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:x","code":"a"},{"system":"http://loinc.org","code":"8302-2","display":"Taille"}]}}`,
			Item{Resource: "Observation", Status: "final", Code: Coding{SystemLOINC, "8302-2", "Taille"}, Text: "Taille"},
		},
		"an allergy that is none": {
			`{"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":"refuted"}]},"code":{"text":"Latex"},"recorder":{"identifier":{"system":"` + SystemNationalPro + `","value":"8997"},"display":"Dr X"}}`,
			Item{Resource: "AllergyIntolerance", Status: "refuted", Text: "Latex", Author: Party{ID: "8997", Name: "Dr X"}},
		},
		"the patient's own": {
			`{"resourceType":"MedicationStatement","status":"active","medicationCodeableConcept":{"text":"x"},"informationSource":{"reference":"Patient/1"}}`,
			Item{Resource: "MedicationStatement", Status: "active", Text: "x", ByHolder: true},
		},
	} {
		got, err := ParseItem([]byte(tt.json))
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", name, err, got, tt.want)
		}
	}
	for _, bad := range []string{``, `{}`, `{"resourceType":"Patient"}`, `{"resourceType":"Observation","resourceType":"Observation"}`} {
		if _, err := ParseItem([]byte(bad)); CodeOf(err) != Malformed {
			t.Errorf("%q gives %v", bad, err)
		}
	}
}

func TestIsDecimal(t *testing.T) {
	for s, want := range map[string]bool{
		"0": true, "-0.5": true, "72.50": true, "123456789": true, "0.12345678": true,
		"": false, "-": false, ".5": false, "5.": false, "1e3": false, "+1": false, "01": false, "1.2.3": false, "1,5": false, " 1": false,
		"1234567890": false, "0.123456789": false, "NaN": false, "0x1": false, "１": false,
	} {
		if IsDecimal(s) != want {
			t.Errorf("%q", s)
		}
	}
}

func TestItemsAskComesBack(t *testing.T) {
	want := ItemsAsk{Types: []string{"Condition", "Observation"}, Codes: []string{MeasureWeight}, From: "2026-01-01", To: "2026-02-01T00:00:00Z", Count: 200}
	got, err := ParseItemsAsk(want.JSON())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v %+v", err, got)
	}
	if got, err := ParseItemsAsk(nil); err != nil || !reflect.DeepEqual(got, ItemsAsk{}) {
		t.Errorf("of nothing: %v %+v", err, got)
	}
	for _, bad := range []string{
		`{"resourceType":"Parameters","parameter":[{"name":"type","valueCode":"Patient"}]}`,
		`{"resourceType":"Parameters","parameter":[{"name":"types","valueCode":"Condition"}]}`,
		`{"resourceType":"Bundle"}`, `[`,
	} {
		if _, err := ParseItemsAsk([]byte(bad)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

func TestCareTeamComesBack(t *testing.T) {
	want := []CareMember{
		{ID: "899700218896", Name: "Dr Anne MOREL", Profession: "10", OrgName: "Cabinet", MT: true},
		{ID: "897000000005", Name: "Nadia ROUXEL", Profession: "60", Until: time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC)},
		{ID: "1510000000", Name: "CHU de Reims"},
	}
	n, err := Parse(CareTeamJSON("p-1", want))
	if err != nil {
		t.Fatal(err)
	}
	if issues := CheckAs(n, "CareTeam"); len(issues) > 0 {
		t.Errorf("the care team that we write is none: %v", issues)
	}
	got, err := ParseCareTeam(CareTeamJSON("p-1", want))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
}

// FuzzItem: whatever is read can be written, and is then read the same.
func FuzzItem(f *testing.F) {
	for _, resource := range ItemResources() {
		for seed := range uint64(3) {
			f.Add(randomItem(rand.New(rand.NewPCG(seed, 2)), resource).JSON("p-1"))
		}
	}
	f.Add([]byte(`{"resourceType":"Observation","valueQuantity":{"value":1e400,"comparator":"<"},"component":[{},{"code":null}]}`))
	f.Add([]byte(`{"resourceType":"MedicationStatement","medicationReference":{"reference":"#"},"contained":{"id":""}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := ParseItem(data)
		if err != nil {
			return
		}
		written := first.JSON("p-1")
		again, err := ParseItem(written)
		if err != nil {
			t.Fatalf("%v in %s", err, written)
		}
		if again.Value != first.Value || len(again.Parts) != len(first.Parts) || again.Masked != first.Masked || again.ByHolder != first.ByHolder && !strings.Contains(string(data), "item-author") {
			t.Fatalf("read %+v, then %+v", first, again)
		}
	})
}
