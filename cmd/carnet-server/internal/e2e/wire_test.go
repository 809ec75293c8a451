package e2e

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// TestWhatWasStoredComesBackElementForElement: extensions of primitives,
// digits of decimals, elements that no view knows, the order of all of them.
func TestWhatWasStoredComesBackElementForElement(t *testing.T) {
	w := newWorld(t)
	extra := `"status":"current","_status":{"extension":[{"url":"http://x.example/why","valueString":"parce que"}]},` +
		`"language":"fr","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">é \\ & <b>gras</b></div>"},` +
		`"docStatus":"final","identifier":[{"use":"secondary","system":"urn:oid:1.2.3","value":"42"}],` +
		`"extension":[{"url":"http://x.example/d","valueDecimal":1.500},{"url":"http://x.example/e","valueDecimal":-0.10e-3},{"url":"http://x.example/n","extension":[{"url":"a","valueInteger":7},{"url":"b","valueDate":"2024-02"}]}]`
	sent := strings.Replace(w.filing(alice, gp), `"status":"current"`, extra, 1)
	created := w.do(ask{who: gp, path: "/DocumentReference", body: sent})
	if created.status != 201 || created.header.Get("ETag") != `W/"1"` {
		t.Fatalf("%d %s", created.status, created.body)
	}
	path := strings.TrimPrefix(created.header.Get("Location"), w.base)
	got := w.do(ask{who: gp, path: path})
	if got.body != created.body {
		t.Errorf("the answer of the create is not what is read\n%s\n%s", created.body, got.body)
	}
	was, err := fhir.Parse([]byte(sent))
	w.must(err)
	is, err := fhir.Parse([]byte(got.body))
	w.must(err)
	if issues := fhir.CheckStored(is); len(issues) > 0 {
		t.Errorf("what is stored lacks: %+v", issues)
	}
	lost(t, "DocumentReference", was, is)
}

// lost names what of a sent element is missing or different in what came back.
// The server may add; of the attachment it takes the content away.
func lost(t *testing.T, path string, was, is *fhir.Node) {
	t.Helper()
	switch {
	case is == nil || is.Kind != was.Kind:
		t.Errorf("%s is gone", path)
	case was.Kind == fhir.Object:
		for i, name := range was.Names {
			if path == "DocumentReference.content.attachment" && name == "data" {
				continue
			}
			lost(t, path+"."+name, &was.Items[i], is.Get(name))
		}
	case was.Kind == fhir.Array:
		if len(was.Items) != len(is.Items) {
			t.Errorf("%s has %d items, had %d", path, len(is.Items), len(was.Items))
			return
		}
		for i := range was.Items {
			lost(t, path, &was.Items[i], &is.Items[i])
		}
	case was.Text != is.Text:
		t.Errorf("%s was %s, is %s", path, was.Text, is.Text)
	}
}

// TestPublishedSimplifiedPublication: the national example of ITI-105, of which
// the server completes what it can know, is accepted for a person of ours.
func TestPublishedSimplifiedPublication(t *testing.T) {
	w := newWorld(t)
	data, err := os.ReadFile("../../../../client/fhir/testdata/ans/DocumentReference-example-td2-iti105-publication-simplifiee.json")
	w.must(err)
	body := strings.NewReplacer(
		fhir.SystemINSNIR+"|123456789012345", insOf(alice).System+"|"+insOf(alice).Value, "application/xml", "text/plain",
	).Replace(string(data))
	got := w.do(ask{who: mt, path: "/DocumentReference", body: body})
	if got.status != 201 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	n, err := fhir.Parse([]byte(got.body))
	w.must(err)
	if issues := fhir.CheckStored(n); len(issues) > 0 {
		t.Errorf("%+v\n%s", issues, got.body)
	}
}

// TestSearchParameters: each parameter of ITI-67 finds the one document that
// has what is asked for, by GET and by POST alike.
func TestSearchParameters(t *testing.T) {
	w := newWorld(t)
	other := time.Date(2019, 6, 1, 8, 0, 0, 0, time.UTC)
	for range 3 {
		w.document(alice, gp, func(d *record.DocumentSeed) { d.Date, d.PeriodStart, d.FiledAt = other, other, other })
	}
	at := time.Date(2024, 3, 5, 10, 0, 0, 0, time.UTC)
	doc := w.document(alice, nurse, func(d *record.DocumentSeed) {
		d.Type.Code, d.PeriodStart, d.PeriodEnd, d.Date, d.FiledAt = "60591-5", at, at.Add(time.Hour), at, at
		d.Facility.Code, d.Practice.Code, d.ContentType, d.Data = "SA33", "PALLIATIF", "application/pdf", []byte("%PDF-1.4")
	})
	got, err := fhir.ParseDocumentReference([]byte(w.do(ask{who: gp, path: "/DocumentReference/" + doc}).body))
	w.must(err)
	for _, q := range []string{
		"type=60591-5", "type=" + fhir.SystemLOINC + "|60591-5", "type=18748-4,60591-5", "category=11", "category=" + fhir.SystemClass + "|11",
		"author.family=rouxel", "author.given=Nadia", "author.family=ROUX", "facility=SA33", "setting=PALLIATIF", "format=" + got.Format.Code,
		"identifier=" + fhir.SystemURI + "|" + got.UniqueID, "identifier=" + got.UniqueID,
		"date=2024-03-05", "date=ge2024", "date=ge2024-03&date=lt2024-04", "creation=2024", "period=2024-03-05", "period=gt2023&period=lt2025", "date=sa2020",
	} {
		search := "status=current&patient=Patient/" + alice + "&" + strings.ReplaceAll(q, "|", "%7C")
		byGet := w.do(ask{who: gp, path: "/DocumentReference?" + search})
		byPost := w.do(ask{who: gp, path: "/DocumentReference/_search", form: search})
		if byGet.body != byPost.body || !slices.Equal(w.ids(byGet), []string{doc}) {
			t.Errorf("%s: by GET %v, by POST %v", q, w.ids(byGet), w.ids(byPost))
		}
		if self := w.bundle(byGet).Link("self"); !slices.Equal(w.ids(w.do(ask{who: gp, path: self})), []string{doc}) {
			t.Errorf("%s: the self link is another search: %s", q, self)
		}
	}
	for _, q := range []string{"type=34112-3", "author.family=nobody", "facility=SA07,SA25&type=60591-5", "date=lt2019", "event=x", "security-label=R"} {
		if got := w.ids(w.do(ask{who: gp, path: "/DocumentReference?status=current&patient=" + alice + "&" + q})); len(got) != 0 {
			t.Errorf("%s finds %v", q, got)
		}
	}
	w.play(t, []row{
		{name: "by INS", ask: ask{who: gp, path: "/DocumentReference/_search", form: "status=current&_count=0&patient.identifier=" + insOf(alice).System + "|" + insOf(alice).Value}, status: 200, has: []string{`"total":4`}, hasNot: []string{"entry"}},
		{name: "by our own address", ask: ask{who: gp, path: "/DocumentReference?status=current&_count=1&patient=" + w.base + "/Patient/" + alice}, status: 200, has: []string{`"total":4`}},
		{name: "submission sets", ask: ask{who: gp, path: "/List/_search", form: "status=current&code=submissionset&patient=" + alice}, status: 200, has: []string{`"total":4`, "DocumentReference/" + doc}},
	})
}

// TestFindingPeople: my patients as one types, anyone by INS and by all strict
// traits, nobody otherwise.
func TestFindingPeople(t *testing.T) {
	w := newWorld(t)
	carolTraits := fhir.Traits{BirthName: "Corse", FirstGiven: "Figatellix", Sex: "F", BirthDate: "1979-03-28"}
	almost := carolTraits
	almost.BirthDate = "1979-03-29"
	match := func(t fhir.Traits) ask {
		return ask{who: mt, path: "/Patient/$match", body: string(t.MatchParameters())}
	}
	w.play(t, []row{
		{name: "all of mine", ask: ask{who: mt, path: "/Patient"}, status: 200, has: []string{alice, gina, hugo, fhir.ExtRelation}, hasNot: []string{carol, eve, iris}},
		{name: "as one types", ask: ask{who: mt, path: "/Patient/_search", form: "_text=pat dom 1979"}, status: 200, has: []string{`"total":1`, alice}},
		{name: "by name and birth date", ask: ask{who: mt, path: "/Patient?name=trois&birthdate=1979-03"}, status: 200, has: []string{`"total":1`, alice, w.base + `/Patient"`}, hasNot: []string{"trois", "birthdate="}},
		{name: "by id", ask: ask{who: mt, path: "/Patient?_id=" + alice}, status: 200, has: []string{`"total":1`}},
		{name: "not somebody else's", ask: ask{who: mt, path: "/Patient?name=corse"}, status: 200, has: []string{`"total":0`}},
		{name: "not by id either", ask: ask{who: mt, path: "/Patient/" + carol}, status: 404, code: fhir.NotFound, audit: []string{fhir.KindMiss}},
		{name: "strict traits", ask: match(carolTraits), status: 200, has: []string{`"total":1`, carol}, audit: []string{fhir.KindLookup}},
		{name: "nearly all of them", ask: match(almost), status: 200, has: []string{`"total":0`}},
		{name: "by id once looked up", ask: ask{who: mt, path: "/Patient/" + carol}, status: 200},
		{name: "a closed record is told", ask: ask{who: gp, path: "/Patient/_search", form: "identifier=" + insOf(dan).System + "|" + insOf(dan).Value}, status: 200, has: []string{`"active":false`, fhir.ExtClosed}},
		{name: "an unknown id", ask: ask{who: mt, path: "/Patient/none"}, status: 404, code: fhir.NotFound},
	})
	a := w.do(ask{who: mt, path: "/Patient/" + alice})
	if again := w.do(ask{who: mt, path: "/Patient/" + alice, header: map[string]string{"If-None-Match": a.header.Get("ETag")}}); again.status != 304 || again.body != "" {
		t.Errorf("unchanged: %d %q", again.status, again.body)
	}
}

// TestRetrieve: bytes, a resource, a head, an unchanged copy.
func TestRetrieve(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	raw := w.do(read(gp, "", doc))
	d, err := fhir.ParseDocumentReference([]byte(w.do(ask{who: gp, path: "/DocumentReference/" + doc}).body))
	w.must(err)
	if raw.header.Get("Content-Type") != "text/plain" || int64(len(raw.body)) != d.Attachment.Size || d.Attachment.URL != "Binary/"+doc ||
		raw.header.Get("Content-Disposition") != "attachment" || raw.header.Get("Cache-Control") != "no-store" || raw.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%+v %+v", raw.header, d.Attachment)
	}
	for _, a := range []ask{
		{who: gp, path: "/Binary/" + doc, header: map[string]string{"Accept": "application/fhir+json"}},
		{who: gp, path: "/Binary/" + doc + "?_format=json"},
	} {
		kind, content, err := fhir.ParseBinary([]byte(w.do(a).body))
		if err != nil || kind != "text/plain" || string(content) != raw.body {
			t.Errorf("as a resource: %s %q %v", kind, content, err)
		}
	}
	if head := w.do(ask{who: gp, method: "HEAD", path: "/Binary/" + doc}); head.status != 200 || head.body != "" || head.header.Get("Content-Length") != raw.header.Get("Content-Length") {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
	same := w.do(ask{who: gp, path: "/Binary/" + doc, header: map[string]string{"If-None-Match": raw.header.Get("ETag")}})
	if same.status != 304 || same.body != "" || !slices.Equal(w.audit(gp, same.request), []string{fhir.KindRead}) {
		t.Errorf("unchanged: %d", same.status)
	}
}

// TestCapabilityStatementIsTrue: it passes the check, and each search that it
// lists is understood with all its parameters.
func TestCapabilityStatementIsTrue(t *testing.T) {
	w := newWorld(t)
	a := w.do(ask{path: "/metadata"})
	n, err := fhir.Parse([]byte(a.body))
	w.must(err)
	if issues := fhir.Check(n); len(issues) > 0 {
		t.Errorf("%+v", issues)
	}
	c, err := fhir.ParseCapability([]byte(a.body))
	if err != nil || len(c.Resources) < 13 || c.URL != w.base || !c.Demo || c.Version != "test" {
		t.Fatalf("%v %+v", err, c)
	}
	values := map[string]string{
		"patient": alice, "status": "current", "code": "submissionset", "isArchived": "true", "_query": "centre-15",
		"patient.identifier": insOf(alice).System + "|" + insOf(alice).Value, "identifier": insOf(alice).System + "|" + insOf(alice).Value,
	}
	for _, r := range c.Resources {
		if !slices.Contains(r.Interactions, "search-type") {
			continue
		}
		for _, p := range r.SearchParams {
			form := map[string]string{
				"Patient": "name=pat&", "List": "patient=" + alice + "&status=current&code=submissionset&",
				"DocumentReference": "patient=" + alice + "&status=current&", "Consent": "patient=" + alice + "&",
			}[r.Type]
			value := values[p.Name]
			if value == "" {
				value = map[string]string{"date": "2024"}[p.Type]
			}
			if value == "" {
				value = "x"
			}
			if !strings.Contains(form, p.Name+"=") {
				form += p.Name + "=" + value
			}
			got := w.do(ask{who: regulator, path: "/" + r.Type + "/_search", form: form, header: map[string]string{"Prefer": "handling=strict"}})
			if r.Type == "DocumentReference" && slices.Contains([]string{"_id", "_text"}, p.Name) { // patients alone have it
				got = w.do(ask{who: alice, path: "/" + r.Type + "/_search", form: form, header: map[string]string{"Prefer": "handling=strict"}})
			}
			if got.code() == fhir.BadValue {
				t.Errorf("%s?%s: %s", r.Type, p.Name, got.body)
			}
		}
	}
}

// TestPreferDecidesWhatAWriteAnswers.
func TestPreferDecidesWhatAWriteAnswers(t *testing.T) {
	w := newWorld(t)
	for prefer, holds := range map[string]string{
		"return=minimal": "", "return=representation": `"resourceType":"DocumentReference"`, "return=OperationOutcome": `"resourceType":"OperationOutcome"`, "": `"resourceType":"DocumentReference"`,
	} {
		a := w.file(gp, "", alice)
		a.header = map[string]string{"Prefer": prefer}
		got := w.do(a)
		if got.status != 201 || got.header.Get("Location") == "" || !strings.Contains(got.body, holds) || holds == "" && got.body != "" {
			t.Errorf("%q: %d %s", prefer, got.status, got.body)
		}
	}
}

// TestOperators: health and the head of the log need no token and name nobody.
func TestOperators(t *testing.T) {
	w := newWorld(t)
	root := strings.TrimSuffix(w.base, "/fhir")
	w.do(list(gp, "", alice))
	w.play(t, []row{
		{name: "health", ask: ask{path: root + "/healthz"}, status: 200, has: []string{`"ok"`}},
		{name: "log head", ask: ask{path: root + "/log/head"}, status: 200, has: []string{"carnet-log\n", "\n\n— "}},
	})
	var line map[string]any
	lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
	w.must(json.Unmarshal([]byte(lines[len(lines)-1]), &line))
	for _, field := range []string{"request_id", "route", "method", "status", "duration_ms", "bytes"} {
		if line[field] == nil {
			t.Errorf("the line of log lacks %s: %v", field, line)
		}
	}
	given := "c757873d-ec9a-4326-a141-556f43239520"
	if got := w.do(ask{who: gp, path: "/Patient", header: map[string]string{fhir.HeaderRequestID: given}}); got.request != given {
		t.Errorf("request id %q", got.request)
	}
}
