package fhir

import (
	"strings"
	"testing"
)

func TestParseRefusesWhatGoLetsThrough(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"a":[`, n/2) + "1" + strings.Repeat("]}", n/2) }
	for name, text := range map[string]string{
		"empty": "", "blank": "  ", "truncated object": `{"a":1`, "truncated string": `{"a":"b`, "truncated escape": `"\u12`,
		"truncated word": "tru", "trailing data": `{} {}`, "trailing comma": `{"a":1,}`, "trailing comma in list": `[1,]`,
		"key twice": `{"a":1,"a":2}`, "key twice by escape": `{"a":1,"\u0061":2}`, "key twice among many": manyKeys(40) + `,"k7":1}`,
		"too deep": deep(70), "not UTF-8": "\"\xff\"", "overlong UTF-8": "\"\xc0\x80\"", "not UTF-8 after escape": "\"\\n\xff\"",
		"half a surrogate": `"\ud800"`, "surrogates reversed": `"\udc00\ud800"`, "raw control": "\"a\nb\"", "raw control after escape": "\"\\na\x00\"",
		"odd escape": `"\x41"`, "leading zero": "01", "plus": "+1", "no digits": "1.", "no exponent": "1e", "hex": "0x1", "NaN": "NaN", "comment": "{}//", "BOM": "\ufeff{}",
		"single quotes": "{'a':1}", "bare key": "{a:1}", "no colon": `{"a" 1}`, "nothing after minus": "-",
	} {
		if _, err := Parse([]byte(text)); CodeOf(err) != Malformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{deep(64), `"\ud83d\ude00\u00e9\/\b"`, `[-0.10,1E+2,{}, [] ,null,true,false]`, manyKeys(40) + "}"} {
		if _, err := Parse([]byte(text)); err != nil {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"k` + string(Whole(int64(i)).Text) + `":1`)
	}
	return "{" + b.String()[1:]
}

func TestParseKeepsOrderAndNumbers(t *testing.T) {
	const text = `{"z":1.50,"a":[1E3,-0.0,"\u00e9\\"],"_z":{"id":"x"},"n":null}`
	n, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(n.AppendJSON(nil)); got != strings.ReplaceAll(text, `\u00e9`, "é") {
		t.Error(got)
	}
	n.Set("b", Text("q"))
	n.Set("z", Whole(-3))
	n.Remove("a")
	n.Remove("unknown")
	if got := string(n.AppendJSON(nil)); got != `{"z":-3,"_z":{"id":"x"},"n":null,"b":"q"}` {
		t.Error(got)
	}
}

const wellFormed = `{"resourceType":"DocumentReference","id":"d1","language":"fr","_language":{"extension":[{"url":"http://x.example","valueString":"y"}]},
 "contained":[{"resourceType":"Practitioner","id":"a","name":[{"given":["A",null],"_given":[null,{"id":"g"}]}]}],
 "extension":[{"url":"http://x.example","valueDecimal":1.50}],
 "masterIdentifier":{"system":"urn:ietf:rfc:3986","value":"urn:oid:1.2.3"},"status":"current",
 "type":{"coding":[{"system":"http://loinc.org","code":"11488-4"}]},
 "subject":{"reference":"Patient/p1"},"date":"2026-06-12T10:00:00+02:00","author":[{"reference":"#a"}],
 "content":[{"attachment":{"contentType":"text/plain","data":"YWJj","title":"t","size":3}}],
 "context":{"period":{"start":"2026-06-12","end":"2026-06-13"}}}`

// TestCheckNamesEachFault changes one thing of a well-formed resource and
// wants exactly that fault, at its place.
func TestCheckNamesEachFault(t *testing.T) {
	n, err := Parse([]byte(wellFormed))
	if err != nil || len(Check(n)) > 0 || len(CheckFiled(n)) > 0 {
		t.Fatal(err, Check(n), CheckFiled(n))
	}
	for _, c := range []struct {
		name, from, to string
		code           Code
		at             string
	}{
		{"wrong case", `"status":`, `"Status":`, Malformed, "DocumentReference.Status"},
		{"missing", `"status":"current",`, ``, Required, "DocumentReference.status"},
		{"unknown", `"id":"d1"`, `"id":"d1","foo":1`, Malformed, "DocumentReference.foo"},
		{"unknown nested", `"title":"t"`, `"titre":"t"`, Malformed, "DocumentReference.content[0].attachment.titre"},
		{"underscore of an object", `"id":"d1"`, `"id":"d1","_subject":{"id":"x"}`, Malformed, "DocumentReference._subject"},
		{"bad code", `"status":"current"`, `"status":"actuel"`, BadCode, "DocumentReference.status"},
		{"list wanted", `[{"reference":"#a"}]`, `{"reference":"#a"}`, Malformed, "DocumentReference.author"},
		{"one wanted", `"date":"2026-06-12T10:00:00+02:00"`, `"date":["2026-06-12T10:00:00+02:00"]`, Malformed, "DocumentReference.date"},
		{"empty list", `"author":[{"reference":"#a"}]`, `"author":[]`, Malformed, "DocumentReference.author"},
		{"empty object", `{"reference":"Patient/p1"}`, `{}`, Malformed, "DocumentReference.subject"},
		{"null", `"date":"2026-06-12T10:00:00+02:00"`, `"date":null`, Malformed, "DocumentReference.date"},
		{"instant without zone", `T10:00:00+02:00`, `T10:00:00`, Invalid, "DocumentReference.date"},
		{"no such day", `2026-06-12T10`, `2026-02-30T10`, Invalid, "DocumentReference.date"},
		{"number for string", `"title":"t"`, `"title":1`, Malformed, "DocumentReference.content[0].attachment.title"},
		{"string for number", `"size":3`, `"size":"3"`, Malformed, "DocumentReference.content[0].attachment.size"},
		{"negative", `"size":3`, `"size":-3`, Invalid, "DocumentReference.content[0].attachment.size"},
		{"fraction", `"size":3`, `"size":3.0`, Invalid, "DocumentReference.content[0].attachment.size"},
		{"blank", `"title":"t"`, `"title":"  "`, Invalid, "DocumentReference.content[0].attachment.title"},
		{"no base64", `"YWJj"`, `"YWJ"`, Invalid, "DocumentReference.content[0].attachment.data"},
		{"content without type", `"contentType":"text/plain",`, ``, Required, "DocumentReference.content[0].attachment.contentType"},
		{"bad id", `"id":"d1"`, `"id":"d_1"`, Invalid, "DocumentReference.id"},
		{"extension of two values", `"valueDecimal":1.50`, `"valueDecimal":1.50,"valueString":"x"`, Malformed, "DocumentReference.extension[0].value"},
		{"extension of none", `"url":"http://x.example","valueDecimal":1.50`, `"url":"http://x.example"`, Malformed, "DocumentReference.extension[0]"},
		{"extension without url", `"url":"http://x.example","valueDecimal":1.50`, `"valueDecimal":1.50`, Required, "DocumentReference.extension[0].url"},
		{"value and extensions", `"valueDecimal":1.50`, `"valueDecimal":1.50,"extension":[{"url":"u:x","valueCode":"a"}]`, Malformed, "DocumentReference.extension[0]"},
		{"no such value type", `"valueDecimal":1.50`, `"valueFoo":1`, Malformed, "DocumentReference.extension[0].valueFoo"},
		{"primitive extension, odd member", `"_language":{`, `"_language":{"value":"x",`, Malformed, "DocumentReference.language.value"},
		{"primitive extension, length", `"_given":[null,{"id":"g"}]`, `"_given":[{"id":"g"}]`, Malformed, "DocumentReference.contained[0].name[0].given"},
		{"null without extension", `,"_given":[null,{"id":"g"}]`, ``, Malformed, "DocumentReference.contained[0].name[0].given[1]"},
		{"no such contained", `"#a"`, `"#b"`, Invalid, "DocumentReference.author[0].reference"},
		{"contained without id", `"id":"a",`, ``, Required, "DocumentReference.contained[0].id"},
		{"contained of unknown type", `"resourceType":"Practitioner"`, `"resourceType":"Praticien"`, Malformed, "DocumentReference.contained[0]"},
		{"contained in contained", `"id":"a",`, `"id":"a","contained":[{"resourceType":"Patient","id":"x"}],`, Malformed, "DocumentReference.contained[0].contained"},
		{"wrong target", `"subject":{"reference":"Patient/p1"}`, `"subject":{"reference":"Location/p1"}`, Invalid, "DocumentReference.subject.reference"},
		{"wrong target in contained", `"subject":{"reference":"Patient/p1"}`, `"subject":{"reference":"#a"},"custodian":{"reference":"#a"}`, Invalid, "DocumentReference.custodian.reference"},
		{"wrong type of target", `"subject":{"reference":"Patient/p1"}`, `"subject":{"type":"Location","display":"x"}`, Invalid, "DocumentReference.subject.type"},
		{"relative, no id", `Patient/p1`, `Patient`, Invalid, "DocumentReference.subject.reference"},
		{"bad uuid", `Patient/p1`, `urn:uuid:12`, Invalid, "DocumentReference.subject.reference"},
		{"address with a space", `Patient/p1`, `http://x y`, Invalid, "DocumentReference.subject.reference"},
		{"period reversed", `"end":"2026-06-13"`, `"end":"2026-06-11"`, Invalid, "DocumentReference.context.period"},
		{"script", `"id":"d1"`, `"id":"d1","text":{"status":"generated","div":"<div><SCRIPT>x</SCRIPT></div>"}`, Invalid, "DocumentReference.text.div"},
		{"handler", `"id":"d1"`, `"id":"d1","text":{"status":"generated","div":"<div><p onclick='x'>y</p></div>"}`, Invalid, "DocumentReference.text.div"},
	} {
		text := strings.Replace(wellFormed, c.from, c.to, 1)
		if text == wellFormed {
			t.Fatalf("%s: nothing to replace", c.name)
		}
		n, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		issues := Check(n)
		found := false
		for _, i := range issues {
			found = found || i.Code == c.code && i.Expression == c.at && i.Message != ""
		}
		if !found {
			t.Errorf("%s: want %s at %s, got %+v", c.name, c.code, c.at, issues)
		}
		if e, ok := Refuse(issues).(*Error); !ok || e.Code != issues[0].Code || !strings.Contains(string(e.OperationOutcome()), c.at) {
			t.Errorf("%s: the refusal does not name the element", c.name)
		}
	}
}

func TestCheckOfOtherResources(t *testing.T) {
	for name, c := range map[string]struct{ text, at string }{
		"choice twice":        {`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueString":"a","valueBoolean":true}`, "Observation.value"},
		"bundle entry":        {`{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","gender":"x"}}]}`, "Bundle.entry[0].resource.gender"},
		"bundle request":      {`{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"u:x"}]}`, "Bundle.entry[0].request"},
		"required concept":    {`{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"clinicalStatus":{"coding":[{"code":"maybe"}]}}`, "AllergyIntolerance.clinicalStatus.coding"},
		"required text only":  {`{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"clinicalStatus":{"text":"x"}}`, "AllergyIntolerance.clinicalStatus"},
		"unknown resource":    {`{"resourceType":"Foo"}`, "Foo"},
		"no resourceType":     {`{"id":"x"}`, "resourceType"},
		"not an object":       {`[1]`, "resourceType"},
		"a datatype":          {`{"resourceType":"Identifier","value":"x"}`, "Identifier"},
		"parameters resource": {`{"resourceType":"Parameters","parameter":[{"name":"resource","resource":{"resourceType":"Patient","birthDate":"79"}}]}`, "Parameters.parameter[0].resource.birthDate"},
	} {
		n, err := Parse([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if issues := Check(n); len(issues) != 1 || issues[0].Expression != c.at {
			t.Errorf("%s: want one fault at %s, got %+v", name, c.at, issues)
		}
	}
	n, _ := Parse([]byte(`{"resourceType":"Patient"}`))
	if issues := CheckAs(n, "Consent"); len(issues) != 1 {
		t.Error("another type passed")
	}
}

func TestPrimitiveForms(t *testing.T) {
	for kind, c := range map[string]struct{ good, bad []string }{
		"date":        {[]string{"2024", "2024-02", "2024-02-29"}, []string{"24", "2023-02-29", "2024-2-1", "0000", "2024-02-01T00:00:00Z", "2024/02/01"}},
		"dateTime":    {[]string{"2024", "2024-02-29T10:00:00Z", "2024-02-29T10:00:00.123+02:00"}, []string{"2024-02-29T10:00", "2024-02-29T10:00:00", "2024-02-29 10:00:00Z", "2024-02-29T10:00:00,5Z", "2024-02-29T25:00:00Z"}},
		"instant":     {[]string{"2024-02-29T10:00:00Z"}, []string{"2024-02-29", "2024"}},
		"time":        {[]string{"10:00:00", "10:00:00.5"}, []string{"10:00", "24:00:00", "1:00:00"}},
		"oid":         {[]string{"urn:oid:1.2.250"}, []string{"1.2.250", "urn:oid:1", "urn:oid:1.02", "urn:oid:3.1", "urn:oid:1..2"}},
		"uuid":        {[]string{"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}, []string{"c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:c757873dec9a4326a141556f43239520", "urn:uuid:g757873d-ec9a-4326-a141-556f43239520"}},
		"code":        {[]string{"a", "a b"}, []string{"", " a", "a ", "a  b", "a\tb"}},
		"id":          {[]string{"a-1.B"}, []string{"", "a_b", strings.Repeat("a", 65)}},
		"uri":         {[]string{"http://x", "urn:x", "a/b"}, []string{"", "a b", "<x>"}},
		"positiveInt": {[]string{"1"}, []string{"0", "-1", "2147483648", "1e2"}},
		"integer":     {[]string{"-0", "-2147483648"}, []string{"2147483648", "1.0"}},
		"string":      {[]string{" a", "é\n"}, []string{"", " \t", "a\x01"}},
	} {
		for _, s := range c.good {
			if !primitives[kind].form(s) {
				t.Errorf("%s: %q is refused", kind, s)
			}
		}
		for _, s := range c.bad {
			if primitives[kind].form(s) {
				t.Errorf("%s: %q is accepted", kind, s)
			}
		}
	}
}

func TestCheckStoredWantsPDSmComprehensive(t *testing.T) {
	n, err := Parse(fullDocument().JSON())
	if err != nil || len(CheckStored(n)) > 0 {
		t.Fatal(err, CheckStored(n))
	}
	for _, path := range storedElements {
		n, _ := Parse(fullDocument().JSON())
		names := strings.Split(path, ".")
		parent := n
		for _, name := range names[:len(names)-1] {
			if parent = parent.Get(name); parent.Kind == Array {
				parent = &parent.Items[0]
			}
		}
		parent.Remove(names[len(names)-1])
		want := "DocumentReference." + indexed(names)
		found := false
		for _, i := range CheckStored(n) {
			found = found || i.Expression == want && i.Code == Required
		}
		if !found {
			t.Errorf("without %s: %+v", path, CheckStored(n))
		}
	}
	for name, c := range map[string]struct{ from, to, at string }{
		"language":   {"fr-FR", "en-GB", "DocumentReference.content[0].attachment.language"},
		"unique id":  {`urn:oid:1.2.250.1.213.1.4.10.99999.1`, "12", "DocumentReference.masterIdentifier.value"},
		"label":      {LabelMasked, "MASQUE", "DocumentReference.securityLabel[1].coding[0].code"},
		"two levels": {`"code":"MASQUE_PS"`, `"code":"R"`, "DocumentReference.securityLabel"},
	} {
		n, err := Parse([]byte(strings.Replace(string(fullDocument().JSON()), c.from, c.to, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if issues := CheckStored(n); len(issues) != 1 || issues[0].Expression != c.at {
			t.Errorf("%s: %+v", name, issues)
		}
	}
	filed, _ := Parse([]byte(strings.NewReplacer(`"current"`, `"superseded"`, `"data":"YWJj",`, ``).Replace(wellFormed)))
	if issues := CheckFiled(filed); len(issues) != 2 {
		t.Errorf("%+v", issues)
	}
}

func TestPublishedExampleOfITI105IsAccepted(t *testing.T) {
	n, err := Parse(sample(t, "ans/DocumentReference-example-td2-iti105-publication-simplifiee.json"))
	if err != nil || len(CheckFiled(n)) > 0 {
		t.Fatal(err, CheckFiled(n))
	}
}

func FuzzParseAndCheck(f *testing.F) {
	f.Add([]byte(wellFormed))
	f.Add(fullPatient().JSON())
	f.Add(fullAudit().JSON())
	f.Add([]byte(`{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient"}},{}]}`))
	f.Add([]byte(`{"resourceType":"Patient","_active":{"extension":[{"url":"x","_valueCode":{"id":"a"}}]},"name":[null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := Parse(data)
		if err != nil {
			if CodeOf(err) != Malformed {
				t.Fatalf("%v", err)
			}
			return
		}
		again, err := Parse(n.AppendJSON(nil))
		if err != nil {
			t.Fatalf("what was read does not read again: %v", err)
		}
		first, second := Check(n), Check(again)
		if len(first) != len(second) || len(first) > maxIssues {
			t.Fatalf("%d findings, then %d", len(first), len(second))
		}
		CheckFiled(n)
		CheckStored(n)
		_, _ = ParseDocumentReference(data)
		_, _ = ParsePatient(data)
		_, _ = ParseBundle(data)
		_, _ = ParseConsent(data)
		_, _ = ParseAuditEvent(data)
		_, _ = ParseAccess(data)
		_ = ParseOutcome(500, data)
	})
}
