package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// TestTableOfErrors holds the table of contract section 11, a row or more for
// each of its lines.
func TestTableOfErrors(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, gp)
	w.play(t, []row{
		{name: "no token", ask: ask{path: "/Patient"}, status: 401, code: fhir.Unauthenticated, has: []string{`"login"`}},
		{name: "function forbidden", ask: list(occupational, "", alice), status: 403, code: fhir.Forbidden, has: []string{`"forbidden"`}},
		{name: "consent denies", ask: list(stranger, "", alice), status: 403, code: fhir.NoConsent, has: []string{`"suppressed"`}},
		{name: "not found", ask: read(gp, "", "none"), status: 404, code: fhir.NotFound, has: []string{`"not-found"`}},
		{name: "no such route", ask: ask{who: gp, path: "/Procedure"}, status: 404, code: fhir.NotFound},
		{name: "no such route outside FHIR", ask: ask{path: strings.TrimSuffix(w.base, "/fhir") + "/admin"}, status: 404, code: fhir.NotFound},
		{name: "no such method", ask: ask{who: gp, method: "DELETE", path: "/DocumentReference/" + doc}, status: 405, code: fhir.NotAllowed},
		{name: "patch of another field", ask: patch(gp, "", doc, `[{"op":"replace","path":"/description","value":"x"}]`), status: 405, code: fhir.PatchRefused, has: []string{`"not-supported"`}},
		{name: "patch of another extension", ask: patch(gp, "", doc, `[{"op":"add","path":"/extension","value":[{"url":"http://x.example","valueString":"x"}]}]`), status: 405, code: fhir.PatchRefused},
		{name: "patch by copying", ask: patch(gp, "", doc, `[{"op":"copy","from":"/id","path":"/status"}]`), status: 405, code: fhir.PatchRefused},
		{name: "another status", ask: patch(gp, "", doc, `[{"op":"replace","path":"/status","value":"superseded"}]`), status: 405, code: fhir.PatchRefused},
		{name: "an unknown label", ask: patch(gp, "", doc, labels("SECRET")), status: 422, code: fhir.BadCode},
		{name: "an unknown status", ask: patch(gp, "", doc, `[{"op":"replace","path":"/status","value":"lost"}]`), status: 422, code: fhir.BadCode},
		{name: "not a patch", ask: patch(gp, "", doc, `{"status":"x"}`), status: 400, code: fhir.Malformed},
		{name: "patch without a value", ask: patch(gp, "", doc, `[{"op":"replace","path":"/status"}]`), status: 400, code: fhir.Malformed},
		{name: "patch of an index that is not there", ask: patch(gp, "", doc, `[{"op":"remove","path":"/securityLabel/7"}]`), status: 422, code: fhir.Invalid},
		{name: "patch by no identifier", ask: ask{who: gp, method: "PATCH", path: "/DocumentReference", body: remove}, status: 400, code: fhir.Required},
		{name: "version conflict", ask: ask{who: gp, method: "PATCH", path: "/DocumentReference/" + doc, body: remove, header: map[string]string{"If-Match": `W/"7"`}}, status: 412, code: fhir.VersionConflict, has: []string{`"conflict"`}},
		{name: "version that cannot be read", ask: ask{who: gp, method: "PATCH", path: "/DocumentReference/" + doc, body: remove, header: map[string]string{"If-Match": `7`}}, status: 400, code: fhir.BadValue},
		{name: "XML", ask: ask{who: gp, path: "/Patient", header: map[string]string{"Accept": "application/fhir+xml"}}, status: 406, code: fhir.NotAcceptable},
		{name: "XML by parameter", ask: ask{who: gp, path: "/Patient?_format=xml"}, status: 406, code: fhir.NotAcceptable},
		{name: "XML metadata", ask: ask{path: "/metadata", header: map[string]string{"Accept": "application/xml"}}, status: 406, code: fhir.NotAcceptable},
		{name: "a picture of a text", ask: ask{who: gp, path: "/Binary/" + doc, header: map[string]string{"Accept": "image/png"}}, status: 406, code: fhir.NotAcceptable},
		{name: "XML body", ask: ask{who: gp, path: "/DocumentReference", body: "<x/>", header: map[string]string{"Content-Type": "application/fhir+xml"}}, status: 415, code: fhir.UnsupportedMedia},
		{name: "Latin-1 body", ask: ask{who: gp, path: "/DocumentReference", body: "{}", header: map[string]string{"Content-Type": "application/json; charset=iso-8859-1"}}, status: 415, code: fhir.UnsupportedMedia},
		{name: "compressed body", ask: ask{who: gp, path: "/DocumentReference", body: "{}", header: map[string]string{"Content-Encoding": "gzip"}}, status: 415, code: fhir.UnsupportedMedia},
		{name: "merge patch", ask: ask{who: gp, method: "PATCH", path: "/DocumentReference/" + doc, body: "{}", header: map[string]string{"Content-Type": "application/merge-patch+json"}}, status: 415, code: fhir.UnsupportedMedia},
		{name: "search without a patient", ask: ask{who: gp, path: "/DocumentReference?status=current"}, status: 400, code: fhir.Required, has: []string{`"required"`}},
		{name: "search without a status", ask: ask{who: gp, path: "/DocumentReference?patient=" + alice}, status: 400, code: fhir.Required},
		{name: "sets without a code", ask: ask{who: gp, path: "/List?status=current&patient=" + alice}, status: 400, code: fhir.Required},
		{name: "a modifier", ask: ask{who: gp, path: "/DocumentReference?type:not=x&status=current&patient=" + alice}, status: 400, code: fhir.BadValue},
		{name: "a status that is none", ask: ask{who: gp, path: "/DocumentReference?status=active&patient=" + alice}, status: 400, code: fhir.BadValue},
		{name: "a date that is none", ask: ask{who: gp, path: "/DocumentReference?status=current&date=hier&patient=" + alice}, status: 400, code: fhir.BadValue},
		{name: "a parameter twice", ask: ask{who: gp, path: "/DocumentReference?status=current&type=a&type=b&patient=" + alice}, status: 400, code: fhir.BadValue},
		{name: "a reference to another server", ask: ask{who: gp, path: "/DocumentReference?status=current&patient=https://x.example/fhir/Patient/1"}, status: 400, code: fhir.BadValue},
		{name: "unknown parameter, strict", ask: ask{who: gp, path: "/Patient?colour=blue", header: map[string]string{"Prefer": "handling=strict"}}, status: 400, code: fhir.BadValue},
		{name: "unknown parameter, lenient", ask: ask{who: gp, path: "/Patient?colour=blue"}, status: 200, hasNot: []string{"colour"}},
		{name: "unknown domain of identifiers", ask: ask{who: gp, path: "/Patient?identifier=urn:oid:1.2.3|1"}, status: 404, code: fhir.NotFound},
		{name: "INS with a bad key", ask: ask{who: gp, path: "/Patient?identifier=urn:oid:1.2.250.1.213.1.4.8|279035121518980"}, status: 422, code: fhir.Invalid, has: []string{"clé"}},
		{name: "INS cut short", ask: ask{who: gp, path: "/Patient?identifier=" + fhir.SystemINSTest + "|27903512151898"}, status: 422, code: fhir.Invalid},
		{name: "INS of nobody", ask: ask{who: gp, path: "/Patient?identifier=" + fhir.SystemINSTest + "|162037512345699"}, status: 200, has: []string{`"total":0`}},
		{name: "match without all traits", ask: ask{who: gp, path: "/Patient/$match", body: string(fhir.Traits{BirthName: "X"}.MatchParameters())}, status: 400, code: fhir.Required},
		{name: "an access mode that is none", ask: opening(gp, alice, "curiosity", ""), status: 400, code: fhir.BadValue},
		{name: "a body too long", ask: ask{who: gp, path: "/Patient/_search", form: "name=" + strings.Repeat("x", 70_000)}, status: 413, code: fhir.TooLarge, has: []string{`"too-long"`}},
	})
	if a := w.do(ask{who: gp, method: "DELETE", path: "/Binary/" + doc}); a.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("Allow: %q", a.header.Get("Allow"))
	}
	if a := w.do(ask{path: "/Patient"}); a.header.Get("WWW-Authenticate") == "" || !strings.Contains(a.body, a.request) {
		t.Errorf("401: %v %s", a.header, a.body)
	}
}

// TestBadFilings: each gets a clear error that names the element, and nothing
// is kept.
func TestBadFilings(t *testing.T) {
	w := newWorld(t)
	good := w.filing(alice, gp)
	body := func(text string) ask { return ask{who: gp, path: "/DocumentReference", body: text} }
	change := func(from, to string) ask {
		if !strings.Contains(good, from) {
			t.Fatalf("nothing to replace: %s", from)
		}
		return body(strings.Replace(good, from, to, 1))
	}
	edited := func(patient string, edit func(*fhir.DocumentReference)) ask { return body(w.filing(patient, gp, edit)) }
	taken := w.filing(alice, gp)
	if a := w.do(body(taken)); a.status != 201 {
		t.Fatal(a.body)
	}
	before := w.bundle(w.do(list(mt, "", alice))).Total
	w.play(t, []row{
		{name: "truncated in the content", ask: body(good[:strings.Index(good, "Qm9u")+6]), status: 400, code: fhir.Malformed},
		{name: "truncated at the end", ask: body(good[:len(good)-1]), status: 400, code: fhir.Malformed},
		{name: "something after it", ask: body(good + "{}"), status: 400, code: fhir.Malformed},
		{name: "empty object", ask: body("{}"), status: 400, code: fhir.Malformed},
		{name: "too deep", ask: change(`"status":"current"`, `"status":"current","extension":`+strings.Repeat(`[{"url":"x","extension":`, 40)+strings.Repeat("}]", 40)), status: 400, code: fhir.Malformed},
		{name: "a key twice", ask: change(`"status":"current"`, `"status":"current","status":"current"`), status: 400, code: fhir.Malformed},
		{name: "another resource", ask: body(`{"resourceType":"Patient"}`), status: 400, code: fhir.Malformed},
		{name: "wrong case", ask: change(`"status":`, `"Status":`), status: 400, code: fhir.Malformed, has: []string{"DocumentReference.Status"}},
		{name: "wrong type", ask: change(`"status":"current"`, `"status":["current"]`), status: 400, code: fhir.Malformed, has: []string{"DocumentReference.status"}},
		{name: "bad code", ask: change(`"status":"current"`, `"status":"actuel"`), status: 422, code: fhir.BadCode, has: []string{"DocumentReference.status"}},
		{name: "not current", ask: change(`"status":"current"`, `"status":"superseded"`), status: 422, code: fhir.Invalid, has: []string{"DocumentReference.status"}},
		{name: "unknown type of document", ask: change("11488-4", "18842-5"), status: 422, code: fhir.BadCode, has: []string{"DocumentReference.type"}},
		{name: "type without a row in the matrix", ask: edited(alice, func(d *fhir.DocumentReference) { d.Type.Code = "28617-9" }), status: 422, code: fhir.BadCode, has: []string{"DocumentReference.type"}},
		{name: "wrong class for the type", ask: edited(alice, func(d *fhir.DocumentReference) { d.Category = fhir.Coding{System: fhir.SystemClass, Code: "11"} }), status: 422, code: fhir.BusinessRule, has: []string{"DocumentReference.category"}},
		{name: "hash of something else", ask: edited(alice, func(d *fhir.DocumentReference) { d.Attachment.Hash = "A/hMRrv6Y15BjSM8kMLidrz+mHc=" }), status: 422, code: fhir.Invalid, has: []string{"attachment.hash"}},
		{name: "size of something else", ask: edited(alice, func(d *fhir.DocumentReference) { d.Attachment.Size = 8 }), status: 422, code: fhir.Invalid, has: []string{"attachment.size"}},
		{name: "no base64", ask: change("Qm9uam91cg==", "Qm9*"), status: 422, code: fhir.Invalid, has: []string{"attachment.data"}},
		{name: "empty content", ask: change("Qm9uam91cg==", ""), status: 422, code: fhir.Invalid, has: []string{"attachment.data"}},
		{name: "no content", ask: change(`,"data":"Qm9uam91cg=="`, ""), status: 400, code: fhir.Required, has: []string{"attachment.data"}},
		{name: "no author", ask: change(`"author":[{"reference":"#author-role"}],`, ""), status: 400, code: fhir.Required, has: []string{"DocumentReference.author"}},
		{name: "another author", ask: edited(alice, func(d *fhir.DocumentReference) { d.Author = party(nurse) }), status: 422, code: fhir.BusinessRule, has: []string{"DocumentReference.author"}},
		{name: "a PDF that is none", ask: edited(alice, func(d *fhir.DocumentReference) { d.Attachment.ContentType = "application/pdf" }), status: 422, code: fhir.Invalid},
		{name: "closed record", ask: edited(dan, func(*fhir.DocumentReference) {}), status: 422, code: fhir.NoRecord},
		{name: "opposed record", ask: edited(eve, func(*fhir.DocumentReference) {}), status: 422, code: fhir.NoRecord},
		{name: "unknown record", ask: edited("nobody", func(*fhir.DocumentReference) {}), status: 422, code: fhir.NoRecord},
		{name: "identity without a qualified INS", ask: edited(gina, func(*fhir.DocumentReference) {}), status: 422, code: fhir.BusinessRule, has: []string{"DocumentReference.subject"}},
		{name: "two people in one reference", ask: edited(alice, func(d *fhir.DocumentReference) { d.PatientINS = insOf(bob) }), status: 422, code: fhir.Invalid, has: []string{"DocumentReference.subject"}},
		{name: "INS with a bad key", ask: edited(alice, func(d *fhir.DocumentReference) {
			d.PatientINS = fhir.Identifier{System: fhir.SystemINSNIR, Value: "279035121518980"}
		}), status: 422, code: fhir.Invalid, has: []string{"DocumentReference.subject"}},
		{name: "the same unique id", ask: body(taken), status: 409, code: fhir.Duplicate, has: []string{`"duplicate"`}},
		{name: "an idempotency key that is none", ask: ask{who: gp, path: "/DocumentReference", body: good, header: map[string]string{fhir.HeaderIdempotency: "a b"}}, status: 400, code: fhir.BadValue},
		{name: "over 25 MiB", ask: change("Qm9uam91cg==", strings.Repeat("QUFB", 9<<20)), status: 413, code: fhir.TooLarge},
		{name: "a long description", ask: change(`"status":"current"`, `"status":"current","description":"`+strings.Repeat("x", 2<<20)+`"`), status: 413, code: fhir.TooLarge},
	})
	if after := w.bundle(w.do(list(mt, "", alice))).Total; after != before {
		t.Errorf("%d documents before, %d after", before, after)
	}
	location := w.do(body(taken)).header.Get("Location")
	if !strings.HasPrefix(location, w.base+"/DocumentReference/") {
		t.Errorf("who filed it is told where: %q", location)
	}
	w.play(t, []row{{name: "good at last", ask: body(good), status: 201}})
}

// TestNothingIsLostWithoutSpool: where a large document cannot be spooled (a
// full or missing disk), the answer says try again, and nothing is kept.
func TestNothingIsLostWithoutSpool(t *testing.T) {
	w := newWorld(t)
	large := strings.Replace(w.filing(alice, gp), "Qm9uam91cg==", strings.Repeat("QUFB", 1<<20), 1)
	w.must(os.Remove(w.spool))
	refused := w.do(ask{who: gp, path: "/DocumentReference", body: large})
	if refused.status != 503 || refused.code() != fhir.Unavailable || refused.header.Get("Retry-After") == "" {
		t.Fatalf("%d %s", refused.status, refused.body)
	}
	if total := w.bundle(w.do(list(gp, "", alice))).Total; total != 0 {
		t.Errorf("%d documents were kept", total)
	}
	w.must(os.Mkdir(w.spool, 0o700))
	if again := w.do(ask{who: gp, path: "/DocumentReference", body: large}); again.status != 201 {
		t.Fatalf("%d %s", again.status, again.body)
	}
	if left, err := os.ReadDir(w.spool); err != nil || len(left) != 0 {
		t.Errorf("the spool keeps %d files (%v)", len(left), err)
	}
}

// TestOneThingTakesEffectOnce: the same request twice, a replacement, a change
// against an old version, an undo.
func TestOneThingTakesEffectOnce(t *testing.T) {
	w := newWorld(t)
	key := map[string]string{fhir.HeaderIdempotency: "c757873d-ec9a-4326-a141-556f43239520"}
	body := w.filing(alice, gp)
	first := w.do(ask{who: gp, path: "/DocumentReference", body: body, header: key})
	again := w.do(ask{who: gp, path: "/DocumentReference", body: body, header: key})
	if first.status != 201 || again.status != 200 || first.header.Get("Location") != again.header.Get("Location") {
		t.Fatalf("%d %s, then %d %s", first.status, first.header.Get("Location"), again.status, again.body)
	}
	doc := strings.TrimPrefix(first.header.Get("Location"), w.base+"/DocumentReference/")
	replace := func(d *fhir.DocumentReference) { d.Replaces = []string{"DocumentReference/" + doc} }
	w.play(t, []row{
		{name: "the same key for another document", ask: ask{who: gp, path: "/DocumentReference", body: w.filing(alice, gp), header: key}, status: 409, code: fhir.StateConflict},
		{name: "one document", ask: list(gp, "", alice), status: 200, has: []string{`"total":1`}},
		{name: "masking", ask: ask{who: gp, method: "PATCH", path: "/DocumentReference/" + doc, body: labels(fhir.LabelMasked), header: map[string]string{"If-Match": `W/"1"`}}, status: 200, has: []string{`"versionId":"2"`, fhir.LabelMasked}, audit: []string{fhir.KindPatch}},
		{name: "against the old version", ask: ask{who: gp, method: "PATCH", path: "/DocumentReference/" + doc, body: labels(), header: map[string]string{"If-Match": `W/"1"`}}, status: 412, code: fhir.VersionConflict},
		{name: "one label by its place", ask: patch(gp, "", doc, `[{"op":"test","path":"/status","value":"current"},{"op":"remove","path":"/securityLabel/1"}]`), status: 200, hasNot: []string{fhir.LabelMasked}},
		{name: "a test that fails", ask: patch(gp, "", doc, `[{"op":"test","path":"/status","value":"superseded"},{"op":"remove","path":"/securityLabel/0"}]`), status: 412, code: fhir.VersionConflict},
		{name: "the last label", ask: patch(gp, "", doc, `[{"op":"remove","path":"/securityLabel/0"}]`), status: 422, code: fhir.BadCode},
		{name: "replacing another's", ask: w.file(pharmacist, "", alice, replace), status: 403, code: fhir.Forbidden},
		{name: "replacing", ask: w.file(gp, "", alice, replace), status: 201, audit: []string{fhir.KindReplace}},
		{name: "replacing what was replaced", ask: w.file(gp, "", alice, replace), status: 409, code: fhir.StateConflict},
		{name: "the old one", ask: ask{who: gp, path: "/DocumentReference/" + doc}, status: 200, has: []string{`"superseded"`, fhir.ExtReplacedBy}},
	})
	filed := w.do(w.file(gp, "", alice))
	misfiled := strings.TrimPrefix(filed.header.Get("Location"), w.base+"/DocumentReference/")
	undo := ask{who: gp, method: "POST", path: "/DocumentReference/" + misfiled + "/$undo"}
	w.play(t, []row{
		{name: "undo", ask: undo, status: 204, audit: []string{fhir.KindUndo}},
		{name: "undo twice", ask: undo, status: 204},
		{name: "undone", ask: read(gp, "", misfiled), status: 410, code: fhir.Withdrawn},
		{name: "undo of another's", ask: ask{who: pharmacist, method: "POST", path: "/DocumentReference/" + w.document(alice, nurse) + "/$undo"}, status: 403, code: fhir.Forbidden},
		{name: "conditional patch", ask: ask{who: gp, method: "PATCH", path: "/DocumentReference?identifier=urn:ietf:rfc:3986|" + uidOf(w, doc), body: archive(true)}, status: 200, has: []string{fhir.ExtIsArchived}},
	})
}

func uidOf(w *world, doc string) string {
	d, err := fhir.ParseDocumentReference([]byte(w.do(ask{who: gp, path: "/DocumentReference/" + doc}).body))
	w.must(err)
	return d.UniqueID
}

// TestLookupsAreThrottled: nobody browses the population, INS by INS.
func TestLookupsAreThrottled(t *testing.T) {
	w := newWorld(t)
	for i := range 200 {
		a := w.do(ask{who: stranger, path: "/Patient/_search", form: fmt.Sprintf("identifier=%s|1620375123%05d", fhir.SystemINSTest, i)})
		if a.status == 429 {
			if a.code() != fhir.Throttled || a.header.Get("Retry-After") == "" {
				t.Errorf("%s", a.body)
			}
			w.later(time.Minute)
			if a := w.do(ask{who: stranger, path: "/Patient/_search", form: "identifier=" + insOf(alice).System + "|" + insOf(alice).Value}); a.status != 200 {
				t.Errorf("a minute later: %d", a.status)
			}
			return
		}
	}
	t.Error("two hundred lookups were answered")
}
