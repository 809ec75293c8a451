package fhir

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDatesOfASearchMeanSpans(t *testing.T) {
	day := func(s string) time.Time { return ParseTime(s) }
	for s, want := range map[string]DateParam{
		"2024":                          {day("2024-01-01"), day("2025-01-01")},
		"eq2024-02":                     {day("2024-02-01"), day("2024-03-01")},
		"ge2024-02-29":                  {From: day("2024-02-29")},
		"gt2024-02":                     {From: day("2024-03-01")},
		"sa2024-02":                     {From: day("2024-03-01")},
		"le2024-02-28":                  {To: day("2024-02-29")},
		"lt2024":                        {To: day("2024-01-01")},
		"eb2024":                        {To: day("2024-01-01")},
		"2024-02-28T10:00:00Z":          {day("2024-02-28T10:00:00Z"), day("2024-02-28T10:00:01Z")},
		"2024-02-28T10:00:00 02:00":     {day("2024-02-28T08:00:00Z"), day("2024-02-28T08:00:01Z")}, // a plus that a form decoded
		"2024-02-28T10:00":              {day("2024-02-28T10:00:00Z"), day("2024-02-28T10:01:00Z")},
		"ge2024-02-28T10:00:00.5+00:00": {From: day("2024-02-28T10:00:00.5Z")},
	} {
		got, err := ParseDateParam(s, time.UTC)
		if err != nil || !got.From.Equal(want.From) || !got.To.Equal(want.To) {
			t.Errorf("%s: %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "ge", "24", "ne2024", "ap2024", "xx2024", "2024-13", "2024-02-30", "2024-02-28T", "hier", "2024-02-28x10:00:00Z"} {
		if _, err := ParseDateParam(s, time.UTC); CodeOf(err) != BadValue {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestReferencesAndTokens(t *testing.T) {
	for ref, want := range map[string]string{
		"Patient/p1": "p1", "https://x.example/fhir/Patient/p1": "p1", "Patient/p1/_history/2": "p1",
		"Group/p1": "", "p1": "", "Patient?identifier=a|b": "", "XPatient/p1": "", "#p1": "", "": "",
	} {
		if got := RefID(ref, "Patient"); got != want {
			t.Errorf("%q: %q", ref, got)
		}
	}
	const base = "https://x.example/fhir"
	for ref, want := range map[string]bool{
		"Patient/p1": true, base + "/Patient/p1": true, "Patient/p1/_history/2": true, "Patient?identifier=a|b": true, base + "/Patient?identifier=a": true,
		"https://y.example/fhir/Patient/p1": false, "//y.example/fhir/Patient/p1": false, "x/Patient/p1": false, "../Patient/p1": false,
		base + "/Group/p1": false, base + "Patient/p1": false, "Patient?": false, "Patient/": false, "Patient/a/Patient/b": false, "#p1": false, "": false,
		"https://y.example/Patient?identifier=a": false, "urn:uuid:c757873d-ec9a-4326-a141-556f43239520": false,
	} {
		if got := IsHere(ref, base, "Patient"); got != want {
			t.Errorf("%q is here: %v", ref, got)
		}
		if IsHere(ref, "", "Patient") && strings.Contains(ref, "://") {
			t.Errorf("%q is relative", ref)
		}
	}
	want := Identifier{SystemINSTest, "279035121518989"}
	for _, ref := range []string{
		"Patient?identifier=urn:oid:1.2.250.1.213.1.4.10|279035121518989",
		"https://x.example/fhir/Patient?identifier=urn%3Aoid%3A1.2.250.1.213.1.4.10%7C279035121518989",
	} {
		if got := RefIdentifier(ref, "Patient"); got != want {
			t.Errorf("%q: %+v", ref, got)
		}
	}
	if RefIdentifier("Patient/1", "Patient") != (Identifier{}) || RefIdentifier("Group?identifier=a|b", "Patient") != (Identifier{}) {
		t.Error("no conditional reference")
	}
	if ParseToken("x") != (Identifier{Value: "x"}) || ParseToken("|x") != (Identifier{Value: "x"}) || ParseToken("s|") != (Identifier{System: "s"}) {
		t.Error("tokens")
	}
	if got := SplitOr(`a\,b,c\|d,`); !reflect.DeepEqual(got, []string{"a,b", "c|d", ""}) {
		t.Errorf("%q", got)
	}
}

func TestResourceTypeWhereverItStands(t *testing.T) {
	for text, want := range map[string]string{
		`{"resourceType":"Patient","id":"x"}`: "Patient", " {\n \"resourceType\" : \"List\" }": "List", `{"id":"x","resourceType":"Patient"}`: "Patient",
		`{"resourceType":"Pat\u0069ent"}`: "Patient", `{"resourceType":1}`: "", `[]`: "", ``: "", `{"resourceType":"`: "", `{"resourceType":""}`: "",
	} {
		if got := ResourceType([]byte(text)); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func FuzzParseDateParam(f *testing.F) {
	for _, s := range []string{"2024", "ge2024-02-28T10:00:00.5+00:00", "lt", "2024-02-28T10:00:00 02:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseDateParam(s, time.UTC)
		if err == nil && got.From.IsZero() == got.To.IsZero() && got.To.Before(got.From) {
			t.Fatalf("%q: a span that ends before it starts", s)
		}
	})
}
