package e2e

import (
	"strings"
	"testing"

	"carnet/client/fhir"
)

// TestNoLinkNamesWhatIsHidden: however a visible document points to another,
// who may not see that one sees no reference to it, in no answer; who may, and
// who reads it before it is masked, does.
func TestNoLinkNamesWhatIsHidden(t *testing.T) {
	w := newWorld(t)
	target := w.document(alice, nurse)
	uid := uniqueID(w.docs)
	byID, byUID := `{"reference":"DocumentReference/`+target+`"}`, `{"identifier":{"system":"`+fhir.SystemURI+`","value":"`+uid+`"}}`
	relates := func(code, ref string) string {
		return `"relatesTo":[{"code":"` + code + `","target":` + ref + `}],"content":[`
	}
	links := map[string][2]string{
		"appends":           {`"content":[`, relates("appends", byID)},
		"transforms":        {`"content":[`, relates("transforms", byID)},
		"signs, by uid":     {`"content":[`, relates("signs", byUID)},
		"its version":       {`"content":[`, relates("appends", strings.Replace(byID, target, target+"/_history/1", 1))},
		"our address":       {`"content":[`, relates("appends", strings.Replace(byID, "Doc", w.base+"/Doc", 1))},
		"two relations":     {`"content":[`, `"relatesTo":[{"code":"appends","target":` + byID + `},{"code":"signs","target":` + byUID + `}],"content":[`},
		"related":           {`"context":{`, `"context":{"related":[` + byID + `],`},
		"related, by uid":   {`"context":{`, `"context":{"related":[` + byUID + `],`},
		"related, by urn":   {`"context":{`, `"context":{"related":[{"reference":"` + uid + `"}],`},
		"related, contents": {`"context":{`, `"context":{"related":[{"reference":"Binary/` + target + `"}],`},
		"an extension":      {`"content":[`, `"extension":[{"url":"http://x.example/see","valueReference":` + byID + `}],"content":[`},
		"both":              {`"context":{`, `"context":{"related":[{"reference":"DocumentReference/` + target + `","identifier":{"value":"` + uid + `"}}],`},
	}
	keeps := `{"identifier":{"system":"urn:oid:1.2.3","value":"ACC-42"}}` // an order's number names no document
	docs := map[string]string{}
	for name, l := range links {
		body := strings.Replace(w.filing(alice, gp), l[0], l[1], 1)
		body = strings.Replace(body, `"related":[`, `"related":[`+keeps+`,`, 1)
		a := w.do(ask{who: gp, path: "/DocumentReference", body: body})
		if a.status != 201 {
			t.Fatalf("%s: %d %s", name, a.status, a.body)
		}
		docs[name] = strings.TrimPrefix(a.header.Get("Location"), w.base+"/DocumentReference/")
	}
	names := func(who string, a ask) bool {
		got := w.do(a)
		if got.status != 200 {
			t.Fatalf("%s: %d %s", who, got.status, got.body)
		}
		return strings.Contains(got.body, target) || strings.Contains(got.body, uid)
	}
	page := func(who string) ask {
		return ask{who: who, path: "/DocumentReference/_search", form: "status=current&_count=100&patient=" + alice}
	}
	look := func(who string, want bool) {
		t.Helper()
		for name, doc := range docs {
			one := ask{who: who, path: "/DocumentReference/" + doc}
			if got := names(who, one); got != want {
				t.Errorf("%s reads %s: named %v\n%s", who, name, got, w.do(one).body)
			}
			if body := w.do(one).body; strings.Contains(name, "related") && !strings.Contains(body, "ACC-42") {
				t.Errorf("%s: the other relation is gone: %s", name, body)
			}
			if got := names(who, patch(who, "", doc, labels())); got != want {
				t.Errorf("%s changes %s: named %v", who, name, got)
			}
		}
	}
	look(gp, true)
	if got := w.do(patch(mt, "", target, labels(fhir.LabelMasked))); got.status != 200 {
		t.Fatal(got.body)
	}
	look(gp, false)
	look(mt, true)
	if names(gp, page(gp)) || !names(mt, page(mt)) {
		t.Error("a list tells")
	}
	for _, ref := range []string{"DocumentReference/doc-none", "Binary/doc-none"} {
		body := strings.Replace(w.filing(alice, gp), `"context":{`, `"context":{"related":[{"reference":"`+ref+`"}],`, 1)
		a := w.do(ask{who: gp, path: "/DocumentReference", body: body})
		if got := w.do(ask{who: gp, path: strings.TrimPrefix(a.header.Get("Location"), w.base)}).body; strings.Contains(got, "doc-none") {
			t.Errorf("a reference to nothing is told apart from one to what is hidden: %s", got)
		}
	}
}
