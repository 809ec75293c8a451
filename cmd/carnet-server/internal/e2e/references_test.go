package e2e

import (
	"strings"
	"testing"

	"carnet/client/fhir"
)

// TestReferencesElsewhereAreNotOurs: the same id on another server is somebody
// else, or something else. Relative references and our own address are ours.
func TestReferencesElsewhereAreNotOurs(t *testing.T) {
	w := newWorld(t)
	older := w.document(alice, gp)
	olderUID := uniqueID(w.docs)
	old := w.document(alice, gp)
	const there = "http://other.example/fhir/"
	filing := func(subject string) ask {
		body := w.filing(alice, gp, func(d *fhir.DocumentReference) { d.PatientINS = fhir.Identifier{} })
		return ask{who: gp, path: "/DocumentReference", body: strings.Replace(body, `"reference":"Patient/`+alice, `"reference":"`+subject, 1)}
	}
	replacing := func(target string) ask {
		return w.file(gp, "", alice, func(d *fhir.DocumentReference) { d.Replaces = []string{target} })
	}
	declaring := func(patient string) ask {
		body := string(fhir.Consent{Status: "active", PatientID: alice, DateTime: w.now(), Form: "oral", Source: fhir.SourceProfessional}.JSON())
		return ask{who: gp, path: "/Consent", body: strings.Replace(body, `"reference":"Patient/`+alice, `"reference":"`+patient, 1)}
	}
	replacingUID := func(system string) ask {
		body := replacing("DocumentReference/" + older).body
		return ask{who: gp, path: "/DocumentReference", body: strings.Replace(body, `{"reference":"DocumentReference/`+older+`"}`,
			`{"identifier":{"system":"`+system+`","value":"`+olderUID+`"}}`, 1)}
	}
	before := w.bundle(w.do(list(gp, "", alice))).Total
	w.play(t, []row{
		{name: "a subject elsewhere", ask: filing(there + "Patient/" + alice), status: 422, code: fhir.Invalid, has: []string{`"DocumentReference.subject"`}},
		{name: "a subject under no scheme", ask: filing("//other.example/fhir/Patient/" + alice), status: 422, code: fhir.Invalid},
		{name: "a subject below another path", ask: filing("x/Patient/" + alice), status: 422, code: fhir.Invalid},
		{name: "a subject elsewhere, by INS", ask: filing(there + "Patient?identifier=" + insOf(alice).System + "|" + insOf(alice).Value), status: 422, code: fhir.Invalid},
		{name: "replacing what is elsewhere", ask: replacing(there + "DocumentReference/" + old), status: 422, code: fhir.Invalid, has: []string{"relatesTo[0].target"}},
		{name: "replacing by another system's identifier", ask: replacingUID("urn:other"), status: 422, code: fhir.Invalid},
		{name: "consent of somebody elsewhere", ask: declaring(there + "Patient/" + alice), status: 422, code: fhir.Invalid, has: []string{`"Consent.patient"`}},
		{name: "patient of a search elsewhere", ask: ask{who: gp, path: "/DocumentReference?status=current&patient=x/Patient/" + alice}, status: 400, code: fhir.BadValue},
		{name: "related to what is elsewhere", ask: ask{who: gp, path: "/DocumentReference?status=current&patient=" + alice + "&related=" + there + "DocumentReference/" + old}, status: 200, has: []string{`"total":0`}},
	})
	if after := w.bundle(w.do(list(gp, "", alice))).Total; after != before {
		t.Errorf("%d documents before, %d after", before, after)
	}
	w.play(t, []row{
		{name: "our own address of a subject", ask: filing(w.base + "/Patient/" + alice), status: 201},
		{name: "a subject by INS", ask: filing("Patient?identifier=" + insOf(alice).System + "|" + insOf(alice).Value), status: 201},
		{name: "our own address of the replaced", ask: replacing(w.base + "/DocumentReference/" + old), status: 201},
		{name: "replacing by unique id", ask: replacingUID(fhir.SystemURI), status: 201},
		{name: "our own address of who consents", ask: declaring(w.base + "/Patient/" + alice), status: 201},
	})
}
