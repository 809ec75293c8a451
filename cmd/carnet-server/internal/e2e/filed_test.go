package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// TestTheSameAgain: what was filed is recognised without a key, and only its
// filer is told where it is, to compare before they take it for the same.
func TestTheSameAgain(t *testing.T) {
	w := newWorld(t)
	body := w.filing(alice, gp)
	send := func(who, body string) answer { return w.do(ask{who: who, path: "/DocumentReference", body: body}) }
	first := send(gp, body)
	location := first.header.Get("Location")
	again := send(gp, body)
	if again.status != 409 || again.code() != fhir.Duplicate || again.header.Get("Location") != location {
		t.Errorf("again: %d %q %s", again.status, again.header.Get("Location"), again.body)
	}
	doc := strings.TrimPrefix(location, w.base+"/DocumentReference/")
	unique := uidOf(w, doc)
	same := func(d *fhir.DocumentReference) { d.UniqueID = unique }
	theirs := send(pharmacist, w.filing(alice, pharmacist, same))
	if theirs.status != 409 || theirs.header.Get("Location") != "" || strings.Contains(theirs.body, doc) {
		t.Errorf("somebody else: %d %q %s", theirs.status, theirs.header.Get("Location"), theirs.body)
	}
	changed := strings.Replace(body, base64Of("Bonjour"), base64Of("Bonsoir"), 1)
	if changed == body {
		t.Fatal("the content is another than this test thinks")
	}
	for name, a := range map[string]answer{"another content": send(gp, changed), "another patient": send(gp, w.filing(carol, gp, same))} {
		if a.status != 409 || a.code() != fhir.Duplicate || a.header.Get("Location") != location {
			t.Errorf("%s: %d %q %s", name, a.status, a.header.Get("Location"), a.body)
		}
	}
	w.do(w.file(gp, "", alice, func(d *fhir.DocumentReference) { d.Replaces = []string{"DocumentReference/" + doc} }))
	if late := send(gp, body); late.code() != fhir.Duplicate || late.header.Get("Location") != location {
		t.Errorf("again after its correction: %d %q", late.status, late.header.Get("Location"))
	}
	if n := len(w.ids(w.do(list(gp, "", alice)))); n != 1 {
		t.Errorf("%d current documents", n)
	}
}

// TestCorrectionsOfCorrections: a chain of versions is followed to its end for
// who filed that; the list shows one, and each version leads to the next.
func TestCorrectionsOfCorrections(t *testing.T) {
	w := newWorld(t)
	replaces := func(id string) func(*fhir.DocumentReference) {
		return func(d *fhir.DocumentReference) { d.Replaces = []string{"DocumentReference/" + id} }
	}
	made := func(a answer) string {
		t.Helper()
		if a.status != 201 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return strings.TrimPrefix(a.header.Get("Location"), w.base+"/DocumentReference/")
	}
	chain := []string{made(w.do(w.file(gp, "", alice)))}
	for range 3 {
		chain = append(chain, made(w.do(w.file(gp, "", alice, replaces(chain[len(chain)-1])))))
	}
	last := chain[len(chain)-1]
	for _, old := range chain[:3] {
		late := w.do(w.file(gp, "", alice, replaces(old)))
		if late.status != 409 || late.code() != fhir.StateConflict || late.header.Get("Location") != w.base+"/DocumentReference/"+last {
			t.Errorf("replacing an old version: %d %q %s", late.status, late.header.Get("Location"), late.body)
		}
		lot := w.do(w.submit(1, alice, gp, func(docs []fhir.DocumentReference) { replaces(old)(&docs[0]) }))
		outcome := fhir.ParseOutcome(lot.status, []byte(lot.body))
		if outcome.Code != fhir.StateConflict || outcome.Existing["Bundle.entry[1].resource.relatesTo[0].target"] != "DocumentReference/"+last {
			t.Errorf("in a set: %d %+v", lot.status, outcome)
		}
		theirs := w.do(w.file(pharmacist, "", alice, replaces(old)))
		if theirs.status < 400 || theirs.header.Get("Location") != "" || strings.Contains(theirs.body, last) {
			t.Errorf("another structure: %d %q %s", theirs.status, theirs.header.Get("Location"), theirs.body)
		}
	}
	for i, id := range chain {
		d, err := fhir.ParseDocumentReference([]byte(w.do(ask{who: gp, path: "/DocumentReference/" + id}).body))
		w.must(err)
		switch {
		case i < 3 && (d.Status != "superseded" || d.ReplacedBy != "DocumentReference/"+chain[i+1]):
			t.Errorf("version %d is %s and leads to %q", i, d.Status, d.ReplacedBy)
		case i == 3 && d.Status != "current", i > 0 && !slices.Equal(d.Replaces, []string{"DocumentReference/" + chain[i-1]}):
			t.Errorf("version %d is %s in place of %v", i, d.Status, d.Replaces)
		}
	}
	if got := w.ids(w.do(list(gp, "", alice))); !slices.Equal(got, []string{last}) {
		t.Errorf("current: %v", got)
	}
	// Nothing is told of a current version that its filer took back.
	w.do(ask{who: gp, method: "POST", path: "/DocumentReference/" + last + "/$undo"})
	if late := w.do(w.file(gp, "", alice, replaces(chain[0]))); late.header.Get("Location") != "" {
		t.Errorf("a version taken back: %d %q", late.status, late.header.Get("Location"))
	}
}

// TestReadingASet: a set by its id is what the search shows of it, for who may
// read something of it; for all others it is not there, byte for byte.
func TestReadingASet(t *testing.T) {
	w := newWorld(t)
	made := w.locations(w.do(w.submit(3, alice, mt, func(docs []fhir.DocumentReference) { docs[1].Masked = true })))
	hidden := w.locations(w.do(w.submit(2, alice, mt, func(docs []fhir.DocumentReference) { docs[0].Masked, docs[1].Masked = true, true })))
	get := func(who, set string) answer { return w.do(ask{who: who, path: "/" + set}) }
	for who, entries := range map[string][]string{mt: {made[1], made[3], made[5]}, gp: {made[1], made[5]}, alice: {made[1], made[3], made[5]}} {
		a := get(who, made[0])
		s, err := fhir.ParseSubmissionSet([]byte(a.body))
		if err != nil || a.status != 200 || "List/"+s.ID != made[0] || !slices.Equal(s.Entries, entries) {
			t.Errorf("%s: %d %+v, %v", who, a.status, s.Entries, err)
		}
		listed := false
		for _, e := range w.bundle(w.do(ask{who: who, path: "/List/_search", form: "code=submissionset&status=current&patient=" + alice})).Entries {
			listed = listed || string(e.Resource) == a.body
		}
		if !listed {
			t.Errorf("%s: read and listed, it is not the same", who)
		}
	}
	if kinds := w.audit(gp, get(gp, made[0]).request); !slices.Equal(kinds, []string{fhir.KindSearchSets}) {
		t.Errorf("audit %v", kinds)
	}
	none := get(gp, "List/none").body
	for name, a := range map[string]answer{
		"all of it masked":         get(gp, hidden[0]),
		"no right":                 get(optician, made[0]),
		"another patient":          get(bob, made[0]),
		"of nobody, for a patient": get(alice, "List/none"),
		"a document":               get(gp, "List/"+strings.TrimPrefix(made[1], "DocumentReference/")),
		"nothing":                  get(gp, "List/none"),
	} {
		if a.status != 404 || a.code() != fhir.NotFound || name != "another patient" && name != "of nobody, for a patient" && a.body != none {
			t.Errorf("%s: %d %s, want %s", name, a.status, a.body, none)
		}
	}
	if get(bob, made[0]).body != get(bob, "List/none").body {
		t.Error("a patient learns that there is a set of somebody else's")
	}
}

// TestWhoAnswersForASystem: who left the structure answers for nothing more; a
// structure is nobody; each document of a set has its own.
func TestWhoAnswersForASystem(t *testing.T) {
	w := newWorld(t)
	first, lab := professionals[biologist], professionals[laboratory]
	second := record.ListedSeed{Listed: record.Listed{ID: "899700000777", Name: "Dr Second", Profession: "21", OrgID: lab.Organisation, OrgName: lab.OrgName}}
	w.must(w.seeder.AddListed(record.ListedSeed{Listed: record.Listed{ID: first.NameID, Name: first.Name, Profession: first.Role, OrgID: first.Organisation, OrgName: first.OrgName}}))
	w.must(w.seeder.AddListed(second))
	w.must(w.seeder.AddListed(record.ListedSeed{Listed: record.Listed{ID: lab.Organisation, Org: true, Name: lab.OrgName}}))
	w.must(w.seeder.Flush())
	one := party(biologist)
	two := fhir.Party{ID: second.ID, Name: second.Name, OrgID: lab.Organisation, OrgName: lab.OrgName}
	by := func(authors ...fhir.Party) ask {
		return w.submit(2, alice, laboratory, func(docs []fhir.DocumentReference) {
			for i := range docs {
				docs[i].Author = authors[i%len(authors)]
			}
		})
	}
	locations := w.locations(w.do(by(one, two)))
	answers := map[string]string{}
	for _, e := range w.bundle(w.do(ask{who: mt, path: "/AuditEvent/_search", form: "_count=50&patient=" + alice})).Entries {
		v, err := fhir.ParseAuditEvent(e.Resource)
		w.must(err)
		if v.Kind == fhir.KindCreate {
			answers["DocumentReference/"+v.DocumentID] = v.ResponsibleID
		}
	}
	if answers[locations[1]] != one.ID || answers[locations[3]] != two.ID {
		t.Errorf("who answers: %v", answers)
	}
	if got := w.do(by(fhir.Party{ID: lab.Organisation, Name: lab.OrgName, OrgID: lab.Organisation, OrgName: lab.OrgName})); got.code() != fhir.BusinessRule {
		t.Errorf("a structure: %d %s", got.status, got.body)
	}
	if got := w.do(by(one, fhir.Party{ID: "899700000778", Name: "Nul", OrgID: lab.Organisation, OrgName: lab.OrgName})); got.code() != fhir.BusinessRule ||
		!slices.Equal(expressions(got), []string{"Bundle.entry[3].resource.author[0]"}) {
		t.Errorf("one of two unknown: %d %v", got.status, expressions(got))
	}
	// The directory says that the second works elsewhere now.
	moved := record.ListedHeader + "\npro," + second.ID + ",Dr Second,21,,1750000099,Ailleurs,SA25,Lyon\n"
	if _, err := w.svc.ImportDirectory(context.Background(), strings.NewReader(moved)); err != nil {
		t.Fatal(err)
	}
	if got := w.do(by(one, two)); got.code() != fhir.BusinessRule || !slices.Equal(expressions(got), []string{"Bundle.entry[3].resource.author[0]"}) {
		t.Errorf("who left: %d %v", got.status, expressions(got))
	}
	w.locations(w.do(by(one)))
}
