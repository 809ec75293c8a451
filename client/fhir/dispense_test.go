package fhir

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func handedOut() Dispensation {
	return Dispensation{
		UniqueID: "urn:uuid:0b1c2d3e-0000-4000-8000-000000000001", At: time.Date(2026, 11, 21, 10, 40, 0, 0, time.UTC),
		PatientINS: Identifier{System: "urn:oid:1.2.250.1.213.1.4.10", Value: "279035121518989"}, PatientName: "MARTIN Léa", BirthDate: "1979-03-28",
		Author:       Party{ID: "899700218904", Name: "Paul GARNIER", OrgID: "1997000050", OrgName: "Pharmacie du Parvis"},
		Prescription: "urn:uuid:0b1c2d3e-0000-4000-8000-000000000002",
		Lines: []Dispensed{
			{Text: "Amoxicilline 1 g \"<b>\" & co", Substances: []Coding{{Display: "amoxicilline"}}, Quantity: "2", Unit: "boîtes", Dosage: "1 matin et soir", Days: 6, Instead: "Clamoxyl 1 g"},
			{Text: "Paracétamol 500 mg", Quantity: "0.5", Unit: "boîte"},
		},
	}
}

// TestADispensationIsItsDocument: written and read it is the same, and the same one
// is the same bytes.
func TestADispensationIsItsDocument(t *testing.T) {
	d := handedOut()
	data := d.Document()
	if !json.Valid(data) {
		t.Fatalf("no JSON: %s", data)
	}
	got, err := ParseDispensation(data)
	if err != nil || !reflect.DeepEqual(got, d) {
		t.Fatalf("%v\n%+v\n%+v", err, got, d)
	}
	if string(d.Document()) != string(data) {
		t.Error("other bytes the second time")
	}
	if n, err := Parse(data); err != nil || strings.Contains(n.At("entry", "resource", "section", "text", "div").String(), "<b>") {
		t.Errorf("a tag in the narrative (%v)", err)
	}
	for _, want := range []string{"MARTIN Léa 28/03/1979", "Paracétamol 500 mg — 0,5 boîte", "à la place de : Clamoxyl", "pour 6 jours"} {
		if !strings.Contains(d.Plain("fr", time.UTC), want) {
			t.Errorf("%q is not in\n%s", want, d.Plain("fr", time.UTC))
		}
	}
}

// TestWhatIsNoDispensation is refused, each for its reason.
func TestWhatIsNoDispensation(t *testing.T) {
	good := string(handedOut().Document())
	for name, c := range map[string]struct {
		data string
		code Code
	}{
		"no JSON":            {"{", Malformed},
		"another Bundle":     {strings.Replace(good, `"type":"document"`, `"type":"collection"`, 1), Malformed},
		"another document":   {strings.Replace(good, "60593-1", "11488-4", 1), Malformed},
		"entered in error":   {strings.Replace(good, `"status":"final"`, `"status":"entered-in-error"`, 1), Malformed},
		"a line not given":   {strings.Replace(good, `"status":"completed"`, `"status":"declined"`, 1), Malformed},
		"an unknown entry":   {strings.Replace(good, `"PractitionerRole"`, `"Device"`, 1), Malformed},
		"a quantity in text": {strings.Replace(good, `"value":2,`, `"value":"2",`, 1), Malformed},
		"a negative number":  {strings.Replace(good, `"value":2,`, `"value":-2,`, 1), Invalid},
		"an exponent":        {strings.Replace(good, `"value":2,`, `"value":2e3,`, 1), Invalid},
		"a nameless line":    {strings.Replace(good, `"text":"Paracétamol 500 mg"`, `"text":" "`, 1), Required},
		"nobody's":           {strings.Replace(good, "279035121518989", "", 1), Required},
		"too large":          {good + strings.Repeat(" ", MaxFHIRDocument), TooLarge},
	} {
		if _, err := ParseDispensation([]byte(c.data)); CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParseDispensation: what is read is written back as what it was.
func FuzzParseDispensation(f *testing.F) {
	f.Add(handedOut().Document())
	f.Add([]byte(`{"resourceType":"Bundle","type":"document","entry":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ParseDispensation(data)
		if err != nil {
			return
		}
		again, err := ParseDispensation(d.Document())
		if err != nil {
			t.Fatalf("it is not read again: %v", err)
		}
		d.At, again.At = d.At.Truncate(time.Millisecond), again.At.Truncate(time.Millisecond)
		if !reflect.DeepEqual(again, d) {
			t.Fatalf("\n%+v\n%+v", again, d)
		}
	})
}
