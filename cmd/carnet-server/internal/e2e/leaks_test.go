package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// shape is all of an answer that a client can see, without what differs by its
// nature: the moment, and the request's own id.
func (a answer) shape() string {
	h := a.header.Clone()
	h.Del("Date")
	if len(h.Get(fhir.HeaderRequestID)) != 32 {
		h.Set("Odd", h.Get(fhir.HeaderRequestID))
	}
	h.Del(fhir.HeaderRequestID)
	keys := []string{}
	for k, v := range h {
		keys = append(keys, k+": "+strings.Join(v, ","))
	}
	slices.Sort(keys)
	return fmt.Sprintf("%d\n%s\n\n%s", a.status, strings.Join(keys, "\n"), a.body)
}

// TestHiddenIsAbsent holds that what a caller may not see answers byte for
// byte as what does not exist, whatever is asked of it, and leaves audit
// entries of the same kinds (contract section 13).
func TestHiddenIsAbsent(t *testing.T) {
	w := newWorld(t)
	hidden := map[string]struct{ who, doc string }{
		"masked":                          {gp, w.document(alice, nurse, masked)},
		"a type for others":               {optician, w.document(alice, nurse, birthReport)},
		"another's record":                {gp, w.document(carol, nurse)},
		"a closed record":                 {mt, w.document(dan, nurse)},
		"withdrawn, never readable":       {gp, w.document(alice, nurse, masked, withdrawn)},
		"to a blocked professional":       {blocked, w.document(alice, nurse)},
		"to an occupational doctor":       {occupational, w.document(alice, nurse)},
		"to an unlisted profession":       {unlisted, w.document(alice, nurse)},
		"masked, and in an absent record": {stranger, w.document(carol, nurse, masked)},
	}
	questions := map[string]func(who, doc string) ask{
		"description": func(who, doc string) ask { return ask{who: who, path: "/DocumentReference/" + doc} },
		"content":     func(who, doc string) ask { return read(who, "", doc) },
		"as resource": func(who, doc string) ask {
			return ask{who: who, path: "/Binary/" + doc, header: map[string]string{"Accept": "application/fhir+json"}}
		},
		"head": func(who, doc string) ask { return ask{who: who, method: "HEAD", path: "/Binary/" + doc} },
		"if changed": func(who, doc string) ask {
			return ask{who: who, path: "/DocumentReference/" + doc, header: map[string]string{"If-None-Match": `W/"1"`}}
		},
		"mask":      func(who, doc string) ask { return patch(who, "", doc, labels(fhir.LabelMasked)) },
		"unmask":    func(who, doc string) ask { return patch(who, "", doc, labels()) },
		"one label": func(who, doc string) ask { return patch(who, "", doc, `[{"op":"remove","path":"/securityLabel/1"}]`) },
		"delete":    func(who, doc string) ask { return patch(who, "", doc, remove) },
		"right version": func(who, doc string) ask {
			a := patch(who, "", doc, remove)
			a.header = map[string]string{"If-Match": `W/"1"`}
			return a
		},
		"wrong version": func(who, doc string) ask {
			a := patch(who, "", doc, remove)
			a.header = map[string]string{"If-Match": `W/"9"`}
			return a
		},
		"undo": func(who, doc string) ask {
			return ask{who: who, method: "POST", path: "/DocumentReference/" + doc + "/$undo"}
		},
	}
	for what, h := range hidden {
		for question, q := range questions {
			unknown := "doc-" + strings.Repeat("9", len(h.doc)-len("doc-"))
			got, want := w.do(q(h.who, h.doc)), w.do(q(h.who, unknown))
			if got.shape() != want.shape() || got.status != http.StatusNotFound {
				t.Errorf("%s, %s: hidden\n%s\nunknown\n%s", what, question, got.shape(), want.shape())
			}
			if a, b := w.audit(h.who, got.request), w.audit(h.who, want.request); !slices.Equal(a, b) || len(a) != 1 {
				t.Errorf("%s, %s: audit of hidden %v, of unknown %v", what, question, a, b)
			}
		}
	}
}

// TestListsTellNothingOfWhatIsHidden: counts, pages, filters and references.
func TestListsTellNothingOfWhatIsHidden(t *testing.T) {
	w := newWorld(t)
	seen := []string{w.document(alice, nurse), w.document(alice, nurse), w.document(alice, nurse)}
	secret := w.document(alice, nurse, masked)
	for range 5 {
		w.document(alice, nurse, masked)
	}
	successor := w.document(alice, nurse, func(d *record.DocumentSeed) { d.Replaces = "urn:oid:1.2.250.1.213.1.4.10.1.4" }) // the secret one
	search := "/DocumentReference?patient=" + alice + "&status=current,superseded"

	first := w.bundle(w.do(ask{who: gp, path: search + "&_count=2"}))
	if first.Total != 4 || len(first.Entries) != 2 {
		t.Fatalf("total %d, %d entries on the first page", first.Total, len(first.Entries))
	}
	second := w.bundle(w.do(ask{who: gp, path: first.Link("next")}))
	if second.Total != 4 || len(second.Entries) != 2 || second.Link("next") != "" {
		t.Fatalf("total %d, %d entries on the last page, next %q", second.Total, len(second.Entries), second.Link("next"))
	}
	if got := w.ids(w.do(ask{who: mt, path: search})); len(got) != 10 {
		t.Errorf("the médecin traitant sees %d", len(got))
	}
	w.play(t, []row{
		{name: "count", ask: ask{who: gp, path: search + "&_summary=count"}, status: 200, has: []string{`"total":4`}, hasNot: []string{"entry"}},
		{name: "by label", ask: ask{who: gp, path: search + "&security-label=" + fhir.LabelMasked}, status: 200, has: []string{`"total":0`}},
		{name: "by identifier, hidden", ask: ask{who: gp, path: search + "&identifier=urn:ietf:rfc:3986|urn:oid:1.2.250.1.213.1.4.10.1.4"}, status: 200, has: []string{`"total":0`}},
		{name: "by identifier, seen", ask: ask{who: gp, path: search + "&identifier=urn:ietf:rfc:3986|urn:oid:1.2.250.1.213.1.4.10.1.1"}, status: 200, has: []string{`"total":1`, seen[0]}},
		{name: "by relation to a hidden one", ask: ask{who: gp, path: search + "&related=DocumentReference/" + secret}, status: 200, has: []string{`"total":0`}},
		{name: "by relation, for who sees it", ask: ask{who: mt, path: search + "&related=DocumentReference/" + secret}, status: 200, has: []string{`"total":1`, successor}},
		{name: "no reference to a hidden one", ask: ask{who: gp, path: "/DocumentReference/" + successor}, status: 200, hasNot: []string{secret, "relatesTo", "10.1.4\""}},
		{name: "submission sets", ask: ask{who: gp, path: "/List?code=submissionset&status=current&patient=" + alice}, status: 200, has: []string{`"total":4`}, hasNot: []string{secret}},
		{name: "a filter that was not understood widens nothing", ask: ask{who: gp, path: search + "&_has:List:item:code=submissionset&_include=*"}, status: 200, has: []string{`"total":4`}, hasNot: []string{"_has", "_include"}},
		{name: "filing again under a hidden unique id", ask: w.file(gp, "", alice, func(d *fhir.DocumentReference) { d.UniqueID = "urn:oid:1.2.250.1.213.1.4.10.1.4" }), status: 409, code: fhir.Duplicate, hasNot: []string{secret, "nurse"}},
		{name: "replacing a hidden one", ask: w.file(gp, "", alice, func(d *fhir.DocumentReference) { d.Replaces = []string{"DocumentReference/" + secret} }), status: 422, code: fhir.Invalid},
		{name: "replacing an unknown one", ask: w.file(gp, "", alice, func(d *fhir.DocumentReference) { d.Replaces = []string{"DocumentReference/none"} }), status: 422, code: fhir.Invalid},
	})
}

// TestPageLinksAreTheirSignInsAlone: a link of one person opens nothing for
// another, and holds nothing in clear.
func TestPageLinksAreTheirSignInsAlone(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.document(alice, nurse)
	}
	answer := w.do(ask{who: gp, path: "/DocumentReference/_search", form: "_count=2&status=current&patient.identifier=" + insOf(alice).System + "|" + insOf(alice).Value})
	next := w.bundle(answer).Link("next")
	if next == "" || strings.Contains(next, alice) || strings.Contains(w.bundle(answer).Link("self"), insOf(alice).Value) {
		t.Fatalf("links %+v", w.bundle(answer).Links)
	}
	other := strings.Replace(next, "?page=d", "?page=p", 1)
	w.play(t, []row{
		{name: "its owner", ask: ask{who: gp, path: next}, status: 200, has: []string{`"total":3`}},
		{name: "somebody else", ask: ask{who: mt, path: next}, status: 400, code: fhir.BadValue},
		{name: "as another list", ask: ask{who: gp, path: other}, status: 400, code: fhir.BadValue},
		{name: "changed", ask: ask{who: gp, path: changed(next, len(next)-8)}, status: 400, code: fhir.BadValue},
		{name: "of no list", ask: ask{who: gp, path: "?page=zz"}, status: 400, code: fhir.BadValue},
		{name: "empty", ask: ask{who: gp, path: "?page="}, status: 404, code: fhir.NotFound},
	})
	w.tokens = map[string]string{} // the same person signs in anew
	w.play(t, []row{{name: "in another sign-in", ask: ask{who: gp, path: next}, status: 400, code: fhir.BadValue}})
}

// changed gives an address with another character at a place.
func changed(address string, at int) string {
	other := "A"
	if address[at] == 'A' {
		other = "B"
	}
	return address[:at] + other + address[at+1:]
}

// TestLogsAndErrorsNameNobody: after all kinds of questions, good and bad, the
// log holds no name, identifier, title or content, and neither do the metrics.
func TestLogsAndErrorsNameNobody(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	ins := insOf(alice).Value
	errors := []ask{
		{who: gp, path: "/Patient?identifier=" + insOf(alice).System + "|" + ins[:14] + "0"},
		{who: gp, path: "/Patient?identifier=urn:oid:1.2.250.1.213.1.4.8|" + ins[:14] + "0"},
		{who: gp, path: "/Patient/_search", form: "name=PAT-TROIS&birthdate=hier"},
		{who: gp, path: "/DocumentReference?status=PAT-TROIS&patient=" + alice},
		{who: gp, path: "/DocumentReference?status=current&type:PAT-TROIS=x&patient=" + alice},
		{who: gp, method: "PAT-TROIS", path: "/Patient"},
		{who: gp, path: "/Patient/PAT-TROIS"},
		{who: gp, path: "/PAT-TROIS"},
		{who: gp, path: "/DocumentReference", body: `{"resourceType":"DocumentReference","PAT-TROIS":"` + ins + `","status":"PAT-TROIS"}`},
		{who: gp, path: "/DocumentReference", body: `{"resourceType":"PAT-TROIS"}`},
		patch(gp, "", doc, `[{"op":"replace","path":"/PAT-TROIS","value":1}]`),
		{who: gp, path: "/Patient", header: map[string]string{fhir.HeaderRequestID: ins, "Prefer": "handling=PAT-TROIS"}},
		{token: "PAT-TROIS", path: "/Patient"},
		w.file(gp, "", alice, func(d *fhir.DocumentReference) { d.Type.Code = "PAT-TROIS" }),
	}
	for i, a := range errors {
		got := w.do(a)
		if got.status >= 400 && (strings.Contains(got.body, "PAT-TROIS") && !strings.Contains(got.body, "DocumentReference.PAT-TROIS") || strings.Contains(got.body, ins)) {
			t.Errorf("error %d repeats what it was given: %s", i, got.body)
		}
	}
	w.do(ask{who: gp, path: "/Patient/_search", form: "name=pat"})
	w.do(list(gp, "", alice))
	w.do(read(gp, "", doc))
	w.do(w.file(gp, "", alice))
	metrics := w.do(ask{path: strings.TrimSuffix(w.base, "/fhir") + "/metrics"})
	if metrics.status != 200 || !strings.Contains(metrics.body, `carnet_http_requests_total{route="content-read",status="200"} 1`) {
		t.Errorf("metrics: %d", metrics.status)
	}
	for _, secret := range []string{"PAT-TROIS", "DOMINIQUE", ins, id(gp), id(nurse), "SELLAMI", "Titre-secret", "contenu", "Bonjour", alice, doc, w.token(gp)} {
		for name, text := range map[string]string{"log": w.log.String(), "metrics": metrics.body} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("the %s holds %q: …%s…", name, secret, text[max(0, i-200):min(len(text), i+100)])
			}
		}
	}
	if !strings.Contains(w.log.String(), `"route":"content-read"`) {
		t.Error("the log says nothing at all")
	}
}
