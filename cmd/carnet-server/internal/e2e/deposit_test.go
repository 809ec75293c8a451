package e2e

import (
	"net/http"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// own makes the body of a filing what a patient deposits.
func own(d *fhir.DocumentReference) {
	d.Type, d.Author = fhir.Coding{System: "https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05-TypeDocComplementaire", Code: "DOCPAT03"}, fhir.Party{}
}

// TestAPatientDeposits: their own documents, of which they are the author, in
// their record and in those that they represent; nowhere else.
func TestAPatientDeposits(t *testing.T) {
	w := newWorld(t)
	w.must(w.seeder.AddMandate(record.Mandate{Patient: carol, Person: bob, Relation: record.RelationRepresentative, End: w.now().Add(30 * day)}))
	w.must(w.seeder.Flush())
	deposit := func(who, patient string, edit ...func(*fhir.DocumentReference)) ask {
		return ask{who: who, path: "/DocumentReference", body: w.filing(patient, nurse, append([]func(*fhir.DocumentReference){own}, edit...)...)}
	}
	kept := deposit(alice, alice)
	made := w.do(kept)
	if made.status != http.StatusCreated {
		t.Fatalf("%d %s", made.status, made.body)
	}
	d, err := fhir.ParseDocumentReference([]byte(made.body))
	w.must(err)
	if d.Author.ID != "Patient/"+alice || d.Type.Code != "DOCPAT03" || d.PatientID != alice || made.header.Get("Location") == "" {
		t.Errorf("%+v %v", d, made.header)
	}
	as := func(name string) func(*fhir.DocumentReference) {
		return func(d *fhir.DocumentReference) { d.Author = fhir.Party{ID: id(name), Name: "Dr X"} }
	}
	w.play(t, []row{
		{name: "its content", ask: read(alice, "", d.ID), status: 200, has: []string{"Bonjour"}},
		{name: "its list", ask: list(alice, "", alice), status: 200, has: []string{`"total":1`}},
		{name: "to a professional", ask: read(gp, "", d.ID), status: 200},
		{name: "the same sent twice is one", ask: kept, status: 200, has: []string{d.ID}},
		{name: "still one", ask: list(alice, "", alice), status: 200, has: []string{`"total":1`}},
		{name: "by a representative", ask: deposit(bob, carol), status: 201, has: []string{"Patient/" + bob}},
		{name: "in a stranger's record", ask: deposit(alice, bob), status: 404, code: fhir.NotFound},
		{name: "in a record of nobody", ask: deposit(alice, "nobody"), status: 404, code: fhir.NotFound},
		{name: "a professional's type", ask: deposit(alice, alice, func(d *fhir.DocumentReference) { d.Type.Code = "11488-4" }), status: 422, code: fhir.BadCode},
		{name: "in a professional's name", ask: deposit(alice, alice, as(gp)), status: 422, code: fhir.Invalid},
		{name: "in place of another", ask: deposit(alice, alice, func(d *fhir.DocumentReference) { d.Replaces = []string{"DocumentReference/x"} }), status: 422, code: fhir.Invalid},
		{name: "masked from the start", ask: deposit(alice, alice, func(d *fhir.DocumentReference) { d.Masked = true }), status: 422, code: fhir.Invalid},
		{name: "with another's hash", ask: deposit(alice, alice, func(d *fhir.DocumentReference) { d.Attachment.Hash = "2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }), status: 422, code: fhir.Invalid},
		{name: "without a title", ask: deposit(alice, alice, func(d *fhir.DocumentReference) { d.Attachment.Title, d.Description = "", "" }), status: 400, code: fhir.Required},
		{name: "not a document", ask: ask{who: alice, path: "/DocumentReference", body: `{"resourceType":"Patient"}`}, status: 400, code: fhir.Malformed},
	})
	if got := w.ids(w.do(list(alice, "", alice))); len(got) != 1 || got[0] != d.ID {
		t.Errorf("what was refused was kept: %v", got)
	}
}

// TestAPatientPatchesByIdentifier: the conditional PATCH of ITI-105's clients.
func TestAPatientPatchesByIdentifier(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	first := uniqueID(w.docs)
	w.document(bob, nurse)
	bobs := uniqueID(w.docs)
	w.document(alice, nurse, hiddenPat)
	waiting := uniqueID(w.docs)
	by := func(identifier, ops string) ask {
		a := patch(alice, "", doc, ops)
		a.path = "/DocumentReference?identifier=" + fhir.SystemURI + "%7C" + identifier
		return a
	}
	bare := by(first, labels())
	bare.path = "/DocumentReference"
	w.play(t, []row{
		{name: "masking", ask: by(first, labels(fhir.LabelMasked)), status: 200, has: []string{fhir.LabelMasked, `"` + doc + `"`}},
		{name: "to others", ask: read(gp, "", doc), status: 404, code: fhir.NotFound},
		{name: "unmasking", ask: by(first, labels()), status: 200, hasNot: []string{fhir.LabelMasked}},
		{name: "somebody else's", ask: by(bobs, labels(fhir.LabelMasked)), status: 404, code: fhir.NotFound},
		{name: "what waits for its announcement", ask: by(waiting, labels(fhir.LabelMasked)), status: 404, code: fhir.NotFound},
		{name: "what never was", ask: by("urn:oid:1.2.3", labels(fhir.LabelMasked)), status: 404, code: fhir.NotFound},
		{name: "without saying which", ask: bare, status: 400, code: fhir.Required},
	})
	got, want := w.do(by(bobs, labels())), w.do(by("urn:oid:1.2.3", labels()))
	if got.body != want.body {
		t.Errorf("somebody else's: %s, and what never was: %s", got.body, want.body)
	}
}

// TestTheStatementListsWhatPatientsMayAsk: also what professionals do not have.
func TestTheStatementListsWhatPatientsMayAsk(t *testing.T) {
	w := newWorld(t)
	said := w.do(ask{path: "/metadata"}).body
	_, documents, ok := strings.Cut(said, `"type":"DocumentReference"`)
	if !ok {
		t.Fatal(said)
	}
	documents, _, _ = strings.Cut(documents, `{"type":"`)
	if n := strings.Count(documents, "Pour les patients"); n != 2 {
		t.Errorf("%d parameters are said to be the patients'", n)
	}
	for _, name := range []string{"_id", "_text", "isArchived", "status", "identifier"} {
		if n := strings.Count(documents, `"name":"`+name+`"`); n != 1 {
			t.Errorf("%s is listed %d times", name, n)
		}
	}
}
