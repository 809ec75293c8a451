package summary

import (
	"fmt"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

func TestTypedDates(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "2019": "2019", "05/2019": "2019-05", "5/2019": "2019-05", "12/05/2019": "2019-05-12", "1.2.2019": "2019-02-01", "2019-05-12T08:00:00Z": "2019-05-12T08:00:00Z",
		"31/02/2019": "!", "13/2019": "!", "hier": "!", "19": "!", "0001": "!", "12/05/19": "!",
	} {
		got, ok := parseDate(in)
		if ok == (want == "!") || ok && got != want {
			t.Errorf("%q: %q %v", in, got, ok)
		}
	}
	for in, want := range map[string]string{"2019": "2019", "2019-05": "05/2019", "2019-05-12": "12/05/2019", "2019-05-12T08:00:00Z": "12/05/2019", "": ""} {
		if got := typedDate(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestFormsAreJudged(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	type values = map[Field]string
	for _, c := range []struct {
		resource string
		values   values
		want     Fault
	}{
		{"AllergyIntolerance", values{}, Fault{FieldText, Empty}},
		{"AllergyIntolerance", values{FieldSubstance: "amoxicilline"}, Fault{}},
		{"Condition", values{FieldText: "x", FieldStart: "hier"}, Fault{FieldStart, BadDate}},
		{"Condition", values{FieldText: "x", FieldStart: "2030"}, Fault{FieldStart, Future}},
		{"Condition", values{FieldText: "x", FieldStart: "1970"}, Fault{FieldStart, BeforeBirth}},
		{"Condition", values{FieldText: "x", FieldStart: "1979"}, Fault{}},
		{"Condition", values{FieldText: "x", FieldStart: "05/2019", FieldEnd: "2018"}, Fault{FieldEnd, EndFirst}},
		{"Condition", values{FieldText: "x", FieldStart: "05/2019", FieldEnd: "2019"}, Fault{}},
		{"MedicationStatement", values{FieldText: "x", FieldEnd: "2027"}, Fault{}}, // a treatment may end tomorrow
		{"Immunization", values{FieldText: "x"}, Fault{FieldStart, Empty}},
		{"Immunization", values{FieldText: "x", FieldStart: "22/11/2026", FieldDose: "zéro"}, Fault{FieldDose, BadDose}},
		{"Immunization", values{FieldText: "x", FieldStart: "22/11/2026", FieldDose: "2"}, Fault{}},
		{"FamilyMemberHistory", values{FieldText: "x", FieldStart: "ignored"}, Fault{}},
	} {
		f := Form{Resource: c.resource, Values: c.values}
		if _, got := f.Read("1979-03-28", now); got != c.want {
			t.Errorf("%s %v: %+v, want %+v", c.resource, c.values, got, c.want)
		}
	}
	item, _ := Form{Resource: "MedicationStatement", Values: values{FieldText: "Augmentin", FieldSubstance: "amoxicilline + acide clavulanique"}, Over: true}.Read("", now)
	// what was typed before another type was chosen is not on the sheet any more
	other, fault := Form{Resource: "Condition", Values: values{FieldText: "Grippe", FieldSubstance: "oséltamivir", FieldDose: "zéro", FieldReaction: "r", FieldLot: "L1", FieldDosage: "d"}}.Read("", now)
	if fault.Kind != Fine || len(other.Substances) != 0 || other.Dose != 0 || other.Reaction+other.Lot+other.Dosage != "" {
		t.Errorf("%+v %+v", fault, other)
	}
	if _, fault := (Form{Resource: "Condition", Values: values{FieldSubstance: "oséltamivir"}}).Read("", now); fault.Kind != Empty {
		t.Errorf("a field that is not there names the thing: %+v", fault)
	}
	if len(item.Substances) != 2 || item.Status != "stopped" {
		t.Errorf("%+v", item)
	}
	again := FormOf(item)
	if again.Values[FieldSubstance] != "amoxicilline + acide clavulanique" || !again.Over {
		t.Errorf("%+v", again)
	}
}

func TestJudgingTellsOnlyWhatConcernsTheItem(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	drug := func(id, name string) client.Item {
		return client.Item{Resource: "MedicationStatement", ID: id, Status: "active", Text: name, Substances: []fhir.Coding{{Display: name}}}
	}
	items := []client.Item{drug("1", "warfarine"), drug("2", "ibuprofène"), {Resource: "AllergyIntolerance", ID: "3", Status: "active", Text: "pénicilline"}}
	if r := Judge(drug("", "amoxicilline"), items, now); len(r.Warnings) != 1 || r.Warnings[0].Kind != advice.Allergic {
		t.Errorf("%+v", r.Warnings)
	}
	if r := Judge(drug("", "kétoprofène"), items, now); len(r.Warnings) != 3 { // the anticoagulant, the other AINS, and its class
		t.Errorf("%+v", r.Warnings)
	}
	if r := Judge(drug("2", "ibuprofène"), items, now); len(r.Warnings) != 1 {
		t.Errorf("an item against itself: %+v", r.Warnings)
	}
	if r := Judge(client.Item{Resource: "AllergyIntolerance", Status: "active", Text: "AINS"}, items, now); len(r.Warnings) != 1 || r.Warnings[0].B.Name != "ibuprofene" {
		t.Errorf("%+v", r.Warnings)
	}
	if r := Judge(client.Item{Resource: "Condition", Text: "x"}, items, now); len(r.Warnings)+len(r.Unverified) != 0 {
		t.Errorf("%+v", r)
	}
}

// long is a profile of n items, twenty of them current treatments.
func long(n int) Known {
	k := Known{Patient: client.Patient{BirthDate: "1950-05-12"}, Language: "fr", Now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	names := []string{"warfarine", "bisoprolol", "ramipril", "furosémide", "spironolactone", "atorvastatine", "metformine", "oméprazole", "paracétamol", "tramadol"}
	kinds := []string{"Observation", "Condition", "Immunization", "MedicationStatement", "AllergyIntolerance", "FamilyMemberHistory"}
	for i := range n {
		it := client.Item{Resource: kinds[i%len(kinds)], ID: fmt.Sprint(i), Text: fmt.Sprintf("Chose %d", i), Status: "active", Start: fmt.Sprintf("%d-0%d-1%d", 1990+i%36, 1+i%9, i%9), Value: "72", Unit: "kg", Code: fhir.Coding{Code: fmt.Sprint("c", i%40)}}
		if it.Resource == "MedicationStatement" {
			it.Substances = []fhir.Coding{{Display: names[i%len(names)]}}
			if i > 120 {
				it.Status = "completed"
			}
		}
		if it.Resource == "AllergyIntolerance" && i > 30 {
			it.Status = "resolved"
		}
		k.Items = append(k.Items, it)
	}
	return k
}

func BenchmarkBuild2000(b *testing.B) {
	k := long(2000)
	advice.CurrentThesaurus()
	for b.Loop() {
		if p := Build(k); len(p.Left) < 300 {
			b.Fatal(len(p.Left))
		}
	}
}

// BenchmarkShow2000 puts a picture of 2,000 items on the screen and moves through it.
func BenchmarkShow2000(b *testing.B) {
	d := sit(b, clienttest.PatientLea)
	k := long(2000)
	k.Unfolded = map[Section]bool{Treatments: true, Conditions: true, Vaccines: true, Allergies: true}
	d.picture = Build(k)
	for b.Loop() {
		d.view.left.set(nil)
		d.view.right.set(nil)
		d.view.show()
		d.Focus(d.view.left.list)
		d.view.left.list.Step(20)
	}
}
