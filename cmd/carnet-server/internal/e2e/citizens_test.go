package e2e

import (
	"net/http"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/record"
)

// operator serves patients and sees nothing of their records.
const operator = "operator"

// citizens gives each patient an account of the name of their record, and the
// operator theirs.
func citizens() []idp.Account {
	out := []idp.Account{{ID: operator, Claims: idp.Claims{Kind: idp.KindStaff, Person: operator, StaffRole: record.StaffOperator, Name: "Opératrice"}}}
	for patient, n := range names {
		out = append(out, idp.Account{ID: patient, Claims: idp.Claims{Kind: idp.KindPatient, Person: patient, Name: n[1] + " " + n[0]}})
	}
	return out
}

// TestAPatientReadsTheirRecord: who, what, status.
func TestAPatientReadsTheirRecord(t *testing.T) {
	w := newWorld(t)
	older := w.document(alice, nurse)
	plain := w.document(alice, nurse, func(d *record.DocumentSeed) { d.Replaces = uniqueID(1) })
	secret := w.document(alice, nurse, masked)
	waiting := w.document(alice, nurse, hiddenPat)
	stored := w.document(alice, nurse, archived)
	gone := w.document(alice, nurse, withdrawn)
	bobs := w.document(bob, nurse)
	dans := w.document(dan, nurse)
	inRecord := "/DocumentReference?status=current&patient="
	w.play(t, []row{
		{name: "who they are", ask: ask{who: alice, path: "/Patient"}, status: 200, has: []string{`"total":1`, alice, `"self"`}, hasNot: []string{bob}},
		{name: "who they are, by id", ask: ask{who: alice, path: "/Patient/" + alice}, status: 200, has: []string{"PAT-TROIS"}},
		{name: "others by INS, which finds nobody else", ask: ask{who: alice, path: "/Patient/_search", form: "identifier=" + insOf(bob).System + "|" + insOf(bob).Value}, status: 200, hasNot: []string{bob}},
		{name: "their list", ask: list(alice, "", alice), status: 200, has: []string{`"total":2`, `"` + plain + `"`, `"` + secret + `"`}, hasNot: []string{`"` + waiting + `"`, `"` + stored + `"`, gone}},
		{name: "what they archived", ask: ask{who: alice, path: inRecord + alice + "&isArchived=true"}, status: 200, has: []string{`"` + stored + `"`}, hasNot: []string{`"` + plain + `"`}},
		{name: "without a person", ask: ask{who: alice, path: "/DocumentReference?status=current"}, status: 400, code: fhir.Required},
		{name: "without a status", ask: ask{who: alice, path: "/DocumentReference?patient=" + alice}, status: 400, code: fhir.Required},
		{name: "with a status that is none", ask: ask{who: alice, path: "/DocumentReference?status=draft&patient=" + alice}, status: 400, code: fhir.BadValue},
		{name: "what was replaced", ask: ask{who: alice, path: "/DocumentReference?status=superseded&patient=" + alice}, status: 200, has: []string{`"total":1`, `"` + older + `"`}, hasNot: []string{`"` + plain + `"`}},
		{name: "both", ask: ask{who: alice, path: "/DocumentReference?status=current,superseded&patient=" + alice}, status: 200, has: []string{`"total":3`, `"` + older + `"`, `"` + plain + `"`}, hasNot: []string{`"` + waiting + `"`, gone}},
		{name: "what was withdrawn is in no list", ask: ask{who: alice, path: "/DocumentReference?status=entered-in-error&patient=" + alice}, status: 200, has: []string{`"total":0`}, hasNot: []string{gone}},
		{name: "a description", ask: ask{who: alice, path: "/DocumentReference/" + plain}, status: 200, has: []string{plain}},
		{name: "a content", ask: read(alice, "", plain), status: 200, has: []string{"contenu"}},
		{name: "what they masked to others", ask: read(alice, "", secret), status: 200, has: []string{"contenu"}},
		{name: "what waits for its announcement", ask: read(alice, "", waiting), status: 404, code: fhir.NotFound},
		{name: "its description", ask: ask{who: alice, path: "/DocumentReference/" + waiting}, status: 404, code: fhir.NotFound},
		{name: "what was withdrawn", ask: read(alice, "", gone), status: 410, code: fhir.Withdrawn},
		{name: "a closed record, by its holder", ask: read(dan, "", dans), status: 200},
		{name: "somebody else's list", ask: list(alice, "", bob), status: 404, code: fhir.NotFound},
		{name: "somebody else's document", ask: read(alice, "", bobs), status: 404, code: fhir.NotFound},
		{name: "their submission sets", ask: ask{who: alice, path: "/List?code=submissionset&status=current&patient=" + alice}, status: 200},
		{name: "their history", ask: ask{who: alice, path: "/AuditEvent?patient=" + alice}, status: 200, hasNot: []string{waiting, `"total"`}},
		{name: "how long their history is", ask: ask{who: alice, path: "/AuditEvent?_summary=count&patient=" + alice}, status: 400, code: fhir.BadValue},
	})
}

// TestAPatientReadsTheirHealthProfile over the same addresses as their professionals.
func TestAPatientReadsTheirHealthProfile(t *testing.T) {
	w := newWorld(t)
	w.fullProfile(alice, 60)
	w.must(w.seeder.AddItem(record.ItemSeed{PatientID: alice, ID: "hidden-1", Item: fhir.Item{Resource: "Condition", Status: "active", Text: "Cachée aux autres", Masked: true}, By: party(gp), At: w.now()}))
	w.must(w.seeder.Flush())
	all := profileOf(alice, alice)
	all.body = string(fhir.ItemsAsk{Count: 25}.JSON())
	w.play(t, []row{
		{name: "all types, in one answer", ask: profileOf(alice, alice), status: 200, has: []string{`"total":61`, "Cachée aux autres", "Allergène"}},
		{name: "a page of it", ask: all, status: 200, has: []string{`"total":61`, `"next"`}},
		{name: "one type", ask: ask{who: alice, path: "/Condition?patient=" + alice}, status: 200, has: []string{"Cachée aux autres", "Maladie"}, hasNot: []string{"Allergène"}},
		{name: "one type, by form", ask: ask{who: alice, path: "/AllergyIntolerance/_search", form: "patient=" + alice}, status: 200, has: []string{"Allergène"}},
		{name: "without a person", ask: ask{who: alice, path: "/Condition"}, status: 400, code: fhir.Required},
		{name: "by INS, which finds nobody", ask: ask{who: alice, path: "/Condition/_search", form: "patient.identifier=" + insOf(bob).System + "|" + insOf(bob).Value}, status: 400, code: fhir.Required},
		{name: "somebody else's", ask: profileOf(alice, bob), status: 404, code: fhir.NotFound},
		{name: "one type of somebody else's", ask: ask{who: alice, path: "/Condition?patient=" + bob}, status: 404, code: fhir.NotFound},
		{name: "of nobody", ask: ask{who: alice, path: "/Condition?patient=nobody"}, status: 404, code: fhir.NotFound},
		{name: "writing is for their pages", ask: ask{who: alice, method: "POST", path: "/Condition", body: "{}"}, status: 403, code: fhir.Forbidden},
		{name: "an operator never", ask: profileOf(operator, alice), status: 403, code: fhir.Forbidden},
	})
	next := w.bundle(w.do(all)).Link("next")
	if next == "" {
		t.Fatal("no link to the next page")
	}
	if got := w.do(ask{who: alice, path: next}); got.status != 200 || !strings.Contains(got.body, `"total":61`) {
		t.Errorf("the next page: %d %s", got.status, got.body)
	}
	for _, who := range []string{bob, gp} {
		if got := w.do(ask{who: who, path: next}); got.status == 200 {
			t.Errorf("%s follows another's link", who)
		}
	}
}

// TestAnotherPersonsIdsAreUnknown: in every address, somebody else's id, that of
// a hidden document and one that never was give the same answer, byte for byte.
func TestAnotherPersonsIdsAreUnknown(t *testing.T) {
	w := newWorld(t)
	w.document(alice, nurse)
	bobs := w.document(bob, nurse)
	waiting := w.document(alice, nurse, hiddenPat)
	for name, address := range map[string]func(patient, document string) ask{
		"Patient read":          func(p, _ string) ask { return ask{who: alice, path: "/Patient/" + p} },
		"documents":             func(p, _ string) ask { return list(alice, "", p) },
		"documents, by address": func(p, _ string) ask { return ask{who: alice, path: "/DocumentReference?status=current&patient=" + p} },
		"documents, by reference": func(p, _ string) ask {
			return ask{who: alice, path: "/DocumentReference?status=current&patient=Patient/" + p}
		},
		"submission sets": func(p, _ string) ask {
			return ask{who: alice, path: "/List?code=submissionset&status=current&patient=" + p}
		},
		"submission sets, by form": func(p, _ string) ask {
			return ask{who: alice, path: "/List/_search", form: "code=submissionset&status=current&patient=" + p}
		},
		"history":          func(p, _ string) ask { return ask{who: alice, path: "/AuditEvent?patient=" + p} },
		"history, by form": func(p, _ string) ask { return ask{who: alice, path: "/AuditEvent/_search", form: "patient=" + p} },
		"description":      func(_, d string) ask { return ask{who: alice, path: "/DocumentReference/" + d} },
		"content":          func(_, d string) ask { return read(alice, "", d) },
		"mask":             func(_, d string) ask { return patch(alice, "", d, labels(fhir.LabelMasked)) },
		"withdraw":         func(_, d string) ask { return patch(alice, "", d, remove) },
	} {
		t.Run(name, func(t *testing.T) {
			never := w.do(address("nobody", "nothing"))
			if never.status != http.StatusNotFound {
				t.Fatalf("what never was: %d %s", never.status, never.body)
			}
			for what, got := range map[string]answer{"somebody else's": w.do(address(bob, bobs)), "a hidden one": w.do(address(eve, waiting))} {
				if got.status != never.status || got.body != never.body {
					t.Errorf("%s: %d %s, and what never was: %s", what, got.status, got.body, never.body)
				}
			}
		})
	}
}

// TestAPatientMasksADocument: it takes effect on the next request of others.
func TestAPatientMasksADocument(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	before := w.do(ask{who: alice, path: "/DocumentReference/" + doc})
	tag := before.header.Get("ETag")
	conditional := func(tag string) ask {
		a := patch(alice, "", doc, labels())
		a.header = map[string]string{"If-Match": tag}
		return a
	}
	w.play(t, []row{
		{name: "before", ask: read(gp, "", doc), status: 200},
		{name: "masking", ask: patch(alice, "", doc, labels(fhir.LabelMasked)), status: 200, has: []string{fhir.LabelMasked}},
		{name: "to others", ask: read(gp, "", doc), status: 404, code: fhir.NotFound},
		{name: "to the médecin traitant", ask: read(mt, "", doc), status: 200},
		{name: "to its holder", ask: read(alice, "", doc), status: 200},
		{name: "masking again is no error", ask: patch(alice, "", doc, labels(fhir.LabelMasked)), status: 200},
		{name: "with the version of before", ask: conditional(tag), status: 412, code: fhir.VersionConflict},
		{name: "unmasking", ask: patch(alice, "", doc, labels()), status: 200, hasNot: []string{fhir.LabelMasked}},
		{name: "to others again", ask: read(gp, "", doc), status: 200},
		{name: "hiding it from oneself", ask: patch(alice, "", doc, labels(fhir.LabelHiddenPatient)), status: 405, code: fhir.PatchRefused},
		{name: "two changes at once", ask: patch(alice, "", doc, labels(fhir.LabelMasked, fhir.LabelHiddenReps)), status: 405, code: fhir.PatchRefused},
		{name: "a status of one's own", ask: patch(alice, "", doc, `[{"op":"replace","path":"/status","value":"superseded"}]`), status: 405, code: fhir.PatchRefused},
		{name: "the title", ask: patch(alice, "", doc, `[{"op":"replace","path":"/description","value":"x"}]`), status: 405, code: fhir.PatchRefused},
		{name: "withdrawing what a professional filed", ask: patch(alice, "", doc, remove), status: 403, code: fhir.Forbidden},
		{name: "archiving it", ask: patch(alice, "", doc, archive(true)), status: 403, code: fhir.Forbidden},
	})
	own := w.document(alice, nurse, byPatient, func(d *record.DocumentSeed) { d.Author = fhir.Party{ID: alice} })
	w.play(t, []row{
		{name: "archiving one's own", ask: patch(alice, "", own, archive(true)), status: 200, has: []string{fhir.ExtIsArchived}},
		{name: "withdrawing one's own", ask: patch(alice, "", own, remove), status: 204},
		{name: "afterwards", ask: read(alice, "", own), status: 410, code: fhir.Withdrawn},
	})
}

// TestSidesDoNotMix: what is a professional's is refused to patients, and to
// those who serve them everything is.
func TestSidesDoNotMix(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	parameters := string(fhir.OpenParameters("", ""))
	w.play(t, []row{
		{name: "opening a record", ask: ask{who: alice, path: "/Patient/" + alice + "/$open", body: parameters}, status: 403, code: fhir.Forbidden},
		{name: "following an access", ask: ask{who: alice, path: "/Patient/" + alice + "/$events"}, status: 403, code: fhir.Forbidden},
		{name: "searching by traits", ask: ask{who: alice, path: "/Patient/$match", body: parameters}, status: 403, code: fhir.Forbidden},
		{name: "filing as a professional", ask: w.file(alice, "", alice), status: 422, code: fhir.BadCode},
		{name: "an operator, a filing", ask: w.file(operator, "", alice), status: 403, code: fhir.Forbidden},
		{name: "taking a filing back", ask: ask{who: alice, method: "POST", path: "/DocumentReference/" + doc + "/$undo"}, status: 403, code: fhir.Forbidden},
		{name: "giving an authorisation back", ask: ask{who: alice, method: "POST", path: "/Patient/" + alice + "/$withdraw"}, status: 403, code: fhir.Forbidden},
		{name: "an operator, people", ask: ask{who: operator, path: "/Patient"}, status: 403, code: fhir.Forbidden},
		{name: "an operator, a list", ask: list(operator, "", alice), status: 403, code: fhir.Forbidden},
		{name: "an operator, a content", ask: read(operator, "", doc), status: 403, code: fhir.Forbidden},
		{name: "an operator, a history", ask: ask{who: operator, path: "/AuditEvent?patient=" + alice}, status: 403, code: fhir.Forbidden},
		{name: "an operator, a mask", ask: patch(operator, "", doc, labels(fhir.LabelMasked)), status: 403, code: fhir.Forbidden},
	})
}

// TestAPatientsHistoryByBALP: who read what, and when; a page link belongs to
// its sign-in.
func TestAPatientsHistoryByBALP(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	waiting := w.document(alice, nurse, hiddenPat)
	for _, d := range []string{doc, waiting, doc} {
		if got := w.do(read(gp, "", d)); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	if got := w.do(list(stranger, "", alice)); got.status != 403 {
		t.Fatal(got.status)
	}
	b := w.bundle(w.do(ask{who: alice, path: "/AuditEvent?patient=" + alice}))
	reads, refusals := 0, 0
	for _, e := range b.Entries {
		v, err := fhir.ParseAuditEvent(e.Resource)
		w.must(err)
		if v.PatientID != alice && v.Kind != fhir.KindHistory {
			t.Errorf("an event of somebody else: %+v", v)
		}
		switch {
		case v.Kind == fhir.KindRead && v.DocumentID == doc && v.AgentID == id(gp) && v.AgentName != "" && strings.HasPrefix(v.DocumentTitle, "Titre-secret"):
			reads++
		case v.Kind == fhir.KindDenial && v.AgentID == id(stranger):
			refusals++
		case v.DocumentID == waiting:
			t.Errorf("what waits for its announcement is told: %+v", v)
		}
	}
	if reads != 2 || refusals != 1 {
		t.Errorf("%d reads and %d refusals are told", reads, refusals)
	}
	first := w.bundle(w.do(ask{who: alice, path: "/AuditEvent?_count=1&patient=" + alice}))
	next := first.Link("next")
	if next == "" || strings.Contains(next, alice) {
		t.Fatalf("next page %q", next)
	}
	if got := w.do(ask{who: alice, path: next}); got.status != 200 {
		t.Errorf("the next page: %d %s", got.status, got.body)
	}
	for _, who := range []string{bob, gp, operator} {
		if got := w.do(ask{who: who, path: next}); got.status < 400 {
			t.Errorf("%s follows the link: %s", who, got.body)
		}
	}
}

// TestAPatientsPages: page links of documents go on where they stopped.
func TestAPatientsPages(t *testing.T) {
	w := newWorld(t)
	want := map[string]bool{}
	for range 7 {
		want[w.document(alice, nurse)] = true
	}
	address := "/DocumentReference?_count=3&status=current&patient=" + alice
	for pages := 0; address != ""; pages++ {
		got := w.do(ask{who: alice, path: address})
		for _, id := range w.ids(got) {
			if !want[id] {
				t.Errorf("page %d has %s, of before or of nowhere", pages, id)
			}
			delete(want, id)
		}
		address = w.bundle(got).Link("next")
		if pages > 3 {
			t.Fatal("the pages have no end")
		}
		if address != "" {
			if other := w.do(ask{who: bob, path: address}); other.status != 400 {
				t.Errorf("somebody else follows the link: %d", other.status)
			}
		}
	}
	if len(want) != 0 {
		t.Errorf("missing: %v", want)
	}
}

// TestAPatientDecidesByConsent: what a Consent says takes effect on the next
// request (IHE PCF), and ends with it.
func TestAPatientDecidesByConsent(t *testing.T) {
	w := newWorld(t)
	c := professionals[stranger]
	w.must(w.seeder.AddListed(record.ListedSeed{Listed: record.Listed{
		ID: c.NameID, Name: c.Name, Profession: c.Role, Specialty: c.Specialty, OrgID: c.Organisation, OrgName: c.OrgName, City: "Reims",
	}, Sector: c.Sector}))
	doc := w.document(alice, nurse)
	permit := func(who, patient string) ask {
		consent := fhir.Consent{Status: "active", PatientID: patient, DateTime: w.now(), Source: fhir.SourcePatient, ActorID: id(stranger), ActorName: c.Name}
		return ask{who: who, path: "/Consent", body: string(consent.JSON())}
	}
	w.play(t, []row{
		{name: "before", ask: read(stranger, "", doc), status: 404, code: fhir.NotFound},
		{name: "somebody else decides", ask: permit(bob, alice), status: 404, code: fhir.NotFound},
		{name: "an operator decides", ask: permit(operator, alice), status: 403, code: fhir.Forbidden},
		{name: "still", ask: read(stranger, "", doc), status: 404, code: fhir.NotFound},
	})
	made := w.do(permit(alice, alice))
	if made.status != 201 {
		t.Fatalf("%d %s", made.status, made.body)
	}
	address := strings.TrimPrefix(made.header.Get("Location"), w.base)
	end := func(who string) ask { return ask{who: who, method: http.MethodDelete, path: address} }
	w.play(t, []row{
		{name: "after", ask: read(stranger, "", doc), status: 200},
		{name: "all that is decided", ask: ask{who: alice, path: "/Consent?patient=" + alice}, status: 200, has: []string{id(stranger), id(gp)}},
		{name: "this one", ask: ask{who: alice, path: address}, status: 200, has: []string{id(stranger)}},
		{name: "somebody else looks", ask: ask{who: bob, path: address}, status: 404, code: fhir.NotFound},
		{name: "somebody else lists", ask: ask{who: bob, path: "/Consent?patient=" + alice}, status: 404, code: fhir.NotFound},
		{name: "the professional looks", ask: ask{who: stranger, path: address}, status: 403, code: fhir.Forbidden},
		{name: "somebody else ends it", ask: end(bob), status: 404, code: fhir.NotFound},
		{name: "the professional ends it", ask: end(stranger), status: 403, code: fhir.Forbidden},
		{name: "still there", ask: read(stranger, "", doc), status: 200},
		{name: "ending it", ask: end(alice), status: 204},
		{name: "ending it twice", ask: end(alice), status: 204},
		{name: "afterwards", ask: read(stranger, "", doc), status: 404, code: fhir.NotFound},
		{name: "one that never was", ask: ask{who: alice, method: http.MethodDelete, path: "/Consent/nothing"}, status: 404, code: fhir.NotFound},
	})
}

// TestARepresentativeOverFHIR: who represents a person enters their record in
// their own name, sees nothing of what is kept from them, and leaves when the
// mandate ends.
func TestARepresentativeOverFHIR(t *testing.T) {
	w := newWorld(t)
	w.must(w.seeder.AddMandate(record.Mandate{Patient: carol, Person: bob, Relation: record.RelationRepresentative, End: w.now().Add(30 * day)}))
	plain := w.document(carol, nurse)
	kept := w.document(carol, nurse, func(d *record.DocumentSeed) { d.HiddenReps = true })
	w.play(t, []row{
		{name: "whom they represent", ask: ask{who: bob, path: "/Patient"}, status: 200, has: []string{`"total":2`, carol, record.RelationRepresentative}},
		{name: "by id", ask: ask{who: bob, path: "/Patient/" + carol}, status: 200},
		{name: "the list", ask: list(bob, "", carol), status: 200, has: []string{`"total":1`, `"` + plain + `"`}, hasNot: []string{kept}},
		{name: "a content", ask: read(bob, "", plain), status: 200},
		{name: "what is kept from them", ask: read(bob, "", kept), status: 404, code: fhir.NotFound},
		{name: "its description", ask: ask{who: bob, path: "/DocumentReference/" + kept}, status: 404, code: fhir.NotFound},
		{name: "the holder, of the same", ask: read(carol, "", kept), status: 200},
		{name: "masking", ask: patch(bob, "", plain, labels(fhir.LabelMasked)), status: 200},
		{name: "who decides", ask: ask{who: bob, path: "/Consent?patient=" + carol}, status: 200},
		{name: "the other way round", ask: ask{who: carol, path: "/Patient/" + bob}, status: 404, code: fhir.NotFound},
		{name: "somebody without a mandate", ask: read(alice, "", plain), status: 404, code: fhir.NotFound},
	})
	found := w.bundle(w.do(ask{who: carol, path: "/AuditEvent?patient=" + carol}))
	inTheirName := 0
	for _, e := range found.Entries {
		v, err := fhir.ParseAuditEvent(e.Resource)
		w.must(err)
		if v.AgentID == "Patient/"+bob && v.AgentRole == record.RelationRepresentative {
			inTheirName++
		}
	}
	if inTheirName < 3 {
		t.Errorf("%d accesses in the representative's name", inTheirName)
	}
	w.later(31 * day)
	w.play(t, []row{
		{name: "after the mandate", ask: read(bob, "", plain), status: 404, code: fhir.NotFound},
		{name: "the list, after it", ask: list(bob, "", carol), status: 404, code: fhir.NotFound},
		{name: "whom they represent, after it", ask: ask{who: bob, path: "/Patient"}, status: 200, has: []string{`"total":1`}, hasNot: []string{carol}},
	})
}
