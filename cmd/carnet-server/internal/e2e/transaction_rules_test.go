package e2e

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// once is a request with an idempotency key.
func (a ask) once(key string) ask {
	a.header = map[string]string{fhir.HeaderIdempotency: key}
	return a
}

// documentOf is the id in the n-th entry of a transaction's answer.
func (w *world) documentOf(a answer, n int) string {
	w.Helper()
	return strings.TrimPrefix(w.locations(a)[n], "DocumentReference/")
}

// TestLotTakesEffectOnce: under a key, and by unique ids without one.
func TestLotTakesEffectOnce(t *testing.T) {
	w := newWorld(t)
	first := w.submit(2, alice, gp)
	made := w.locations(w.do(first.once("key-1")))
	before := w.ids(w.do(list(gp, "", alice)))

	again := w.do(first.once("key-1"))
	for i, e := range w.bundle(again).Entries {
		location, _, _ := strings.Cut(e.Location, "/_history/")
		if e.Status != "200" || location != made[i] {
			t.Errorf("sent again, entry %d answers %s %s, was %s", i, e.Status, e.Location, made[i])
		}
	}
	if kinds := w.audit(gp, again.request); slices.Contains(kinds, fhir.KindSubmit) {
		t.Errorf("sent again is logged as %v", kinds)
	}
	other := w.submit(2, alice, gp).once("key-1")
	if got := w.do(other); got.code() != fhir.StateConflict {
		t.Errorf("another lot under the key: %d %s", got.status, got.body)
	}

	duplicate := w.do(first)
	outcome := fhir.ParseOutcome(duplicate.status, []byte(duplicate.body))
	if outcome.Code != fhir.Duplicate || len(outcome.Issues) != 2 {
		t.Fatalf("without the key: %d %s", duplicate.status, duplicate.body)
	}
	for i, issue := range outcome.Issues {
		if want := fhir.EntryPath(1+2*i) + ".masterIdentifier"; issue.Expression != want || outcome.Existing[want] != made[1+2*i] {
			t.Errorf("duplicate %d names %q, %q; want %q", i, issue.Expression, outcome.Existing[want], made[1+2*i])
		}
	}
	theirs := w.submit(2, alice, mt, func(docs []fhir.DocumentReference) {
		docs[1].UniqueID = w.uniqueOf(w.do(ask{who: gp, path: "/" + made[1]}))
	})
	if got := w.do(theirs); got.code() != fhir.Duplicate || strings.Contains(got.body, "DocumentReference/") {
		t.Errorf("somebody else's unique id: %d %s", got.status, got.body)
	}
	changed := first
	changed.body = strings.Replace(first.body, "UmVzdWx0YXQgMQ==", "UmVzdWx0YXQgMg==", 1)
	got := w.do(changed)
	if outcome := fhir.ParseOutcome(got.status, []byte(got.body)); outcome.Code != fhir.Duplicate || len(outcome.Existing) != 1 {
		t.Errorf("another content: %d %s", got.status, got.body)
	}
	if after := w.ids(w.do(list(gp, "", alice))); !slices.Equal(before, after) {
		t.Errorf("%d documents, before %d", len(after), len(before))
	}
}

// uniqueOf is the unique id of a document as it was answered.
func (w *world) uniqueOf(a answer) string {
	w.Helper()
	d, err := fhir.ParseDocumentReference([]byte(a.body))
	w.must(err)
	return d.UniqueID
}

// TestLotRaces: the same lot from many connections at once is there once.
func TestLotRaces(t *testing.T) {
	w := newWorld(t)
	before := len(w.ids(w.do(list(gp, "", alice))))
	lot := w.submit(3, alice, gp).once("race")
	w.token(gp)
	answers := make([]answer, 8)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = w.do(lot) })
	}
	all.Wait()
	first := ""
	for _, a := range answers {
		if a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		location, _, _ := strings.Cut(w.bundle(a).Entries[1].Location, "/_history/")
		if first == "" {
			first = location
		}
		if location != first {
			t.Errorf("two documents of one: %s, %s", location, first)
		}
	}
	if after := len(w.ids(w.do(list(gp, "", alice)))); after != before+3 {
		t.Errorf("%d new documents", after-before)
	}
}

// TestLotReplaces: a corrected result takes the old one's place, said by
// relatesTo alone or with the PATCH of ITI-65; a PATCH that says more is
// refused.
func TestLotReplaces(t *testing.T) {
	w := newWorld(t)
	old := w.documentOf(w.do(w.submit(2, alice, mt)), 1)
	replaces := func(docs []fhir.DocumentReference) { docs[0].Replaces = []string{"DocumentReference/" + old} }
	patched := func(ops, target string) ask {
		a := w.submit(1, alice, mt, replaces)
		a.body = strings.TrimSuffix(a.body, "]}") + `,{"fullUrl":"urn:uuid:11111111-1111-4111-8111-111111111111","resource":{"resourceType":"Binary",` +
			`"contentType":"application/json-patch+json","data":"` + base64Of(ops) + `"},"request":{"method":"PATCH","url":"` + target + `"}}]}`
		return a
	}
	const superseded = `[{"op":"replace","path":"/status","value":"superseded"}]`
	for name, a := range map[string]ask{
		"another change":   patched(`[{"op":"replace","path":"/status","value":"entered-in-error"}]`, "DocumentReference/"+old),
		"another document": patched(superseded, "DocumentReference/doc-1"),
		"no patch":         patched("{", "DocumentReference/"+old),
	} {
		got := w.do(a)
		if got.status != 422 || !slices.Equal(expressions(got), []string{"Bundle.entry[3].resource"}) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	got := w.do(patched(superseded, "DocumentReference/"+old))
	entries := w.bundle(got).Entries
	if len(entries) != 4 || entries[1].Status != "201" || entries[3].Status != "200" {
		t.Fatalf("%d %s", got.status, got.body)
	}
	location, _, _ := strings.Cut(entries[1].Location, "/_history/")
	was, err := fhir.ParseDocumentReference([]byte(w.do(ask{who: mt, path: "/DocumentReference/" + old}).body))
	w.must(err)
	if was.Status != "superseded" || was.ReplacedBy != location {
		t.Errorf("the old one is %q and leads to %q, want %q", was.Status, was.ReplacedBy, location)
	}
	if kinds := w.audit(mt, got.request); !slices.Equal(kinds, []string{fhir.KindSubmit, fhir.KindReplace}) {
		t.Errorf("audit %v", kinds)
	}
	if late := w.do(w.submit(1, alice, mt, replaces)); late.code() != fhir.StateConflict || len(expressions(late)) != 1 {
		t.Errorf("replacing an old version: %d %s", late.status, late.body)
	}
	last := strings.TrimPrefix(location, "DocumentReference/")
	twice := w.submit(2, alice, mt, func(docs []fhir.DocumentReference) {
		docs[0].Replaces = []string{"DocumentReference/" + last}
		docs[1].Replaces = docs[0].Replaces
	})
	if got := w.do(twice); !slices.Equal(expressions(got), []string{"Bundle.entry[3].resource.relatesTo[0].target"}) {
		t.Errorf("replaced twice: %d %s", got.status, got.body)
	}
}

// TestLotFromABlockedSender: filing is not reading. The set is there, and its
// sender reads none of it.
func TestLotFromABlockedSender(t *testing.T) {
	w := newWorld(t)
	doc := w.documentOf(w.do(w.submit(2, alice, blocked)), 1)
	if got := w.do(read(blocked, "", doc)); got.status != 404 {
		t.Errorf("the sender reads: %d", got.status)
	}
	sets := ask{who: blocked, path: "/List/_search", form: "code=submissionset&status=current&patient=" + alice}
	if got := w.do(sets); got.code() != fhir.NoConsent {
		t.Errorf("the sender's sets: %d %s", got.status, got.body)
	}
	if got := w.do(read(mt, "", doc)); got.status != 200 {
		t.Errorf("the médecin traitant reads: %d", got.status)
	}
}

// TestLotShowsWhatIsVisible: a set names those of its documents that its reader
// may see, counts once, and is not there at all where they may see none.
func TestLotShowsWhatIsVisible(t *testing.T) {
	w := newWorld(t)
	sets := func(who string) (out []fhir.SubmissionSet) {
		page := w.bundle(w.do(ask{who: who, path: "/List/_search", form: "code=submissionset&status=current&patient=" + alice}))
		for _, e := range page.Entries {
			s, err := fhir.ParseSubmissionSet(e.Resource)
			w.must(err)
			out = append(out, s)
			if strings.Contains(string(e.Resource), "Titre-secret") {
				t.Error("words about the whole are told")
			}
		}
		if page.Total != len(out) {
			t.Errorf("%d sets, told %d", len(out), page.Total)
		}
		return out
	}
	before := len(sets(gp))
	made := w.locations(w.do(w.submit(3, alice, mt, func(docs []fhir.DocumentReference) { docs[1].Masked = true })))
	allMasked := func(docs []fhir.DocumentReference) {
		for i := range docs {
			docs[i].Masked = true
		}
	}
	hidden := w.locations(w.do(w.submit(2, alice, mt, allMasked)))
	seen := sets(gp)
	if len(seen) != before+1 || "List/"+seen[0].ID != made[0] || !slices.Equal(seen[0].Entries, []string{made[1], made[5]}) {
		t.Errorf("the reader sees %d sets, the newest %+v", len(seen), seen[0])
	}
	own := sets(mt)
	if "List/"+own[0].ID != hidden[0] || len(own[0].Entries) != 2 || !slices.Equal(own[1].Entries, []string{made[1], made[3], made[5]}) {
		t.Errorf("the author sees %+v, %+v", own[0], own[1])
	}
	page := w.bundle(w.do(ask{who: mt, path: "/List/_search", form: "code=submissionset&status=current&_count=1&patient=" + alice}))
	if len(page.Entries) != 1 || page.Link("next") == "" {
		t.Fatalf("a page of one has %d", len(page.Entries))
	}
	next := w.bundle(w.do(ask{who: mt, path: page.Link("next")}))
	if s, err := fhir.ParseSubmissionSet(next.Entries[0].Resource); err != nil || "List/"+s.ID != made[0] || len(s.Entries) != 3 {
		t.Errorf("the next page shows %+v, %v", s, err)
	}
}

// TestLotOfASystem: a laboratory's software names who answers for it, a
// professional of its own structure; both are in the patient's history.
func TestLotOfASystem(t *testing.T) {
	w := newWorld(t)
	c := professionals[biologist]
	w.must(w.seeder.AddListed(record.ListedSeed{Listed: record.Listed{ID: c.NameID, Name: c.Name, Profession: c.Role, OrgID: c.Organisation, OrgName: c.OrgName}}))
	elsewhere := party(gp)
	w.must(w.seeder.AddListed(record.ListedSeed{Listed: record.Listed{ID: elsewhere.ID, Name: elsewhere.Name, OrgID: elsewhere.OrgID, OrgName: elsewhere.OrgName}}))
	w.must(w.seeder.Flush())
	by := func(author fhir.Party) ask {
		return w.submit(2, alice, laboratory, func(docs []fhir.DocumentReference) {
			for i := range docs {
				docs[i].Author = author
			}
		})
	}
	lab := party(laboratory)
	claimed := fhir.Party{ID: elsewhere.ID, Name: elsewhere.Name, OrgID: lab.OrgID, OrgName: lab.OrgName}
	unknown := fhir.Party{ID: "897000000099", Name: "Personne", OrgID: lab.OrgID, OrgName: lab.OrgName}
	for name, a := range map[string]ask{
		"nobody": by(lab), "of another structure": by(elsewhere), "of another structure by the directory": by(claimed), "unknown": by(unknown),
		"alone": {who: laboratory, path: "/DocumentReference", body: w.filing(alice, laboratory, func(d *fhir.DocumentReference) { d.Author = claimed })},
	} {
		if got := w.do(a); got.status != 422 || got.code() != fhir.BusinessRule || !strings.Contains(got.body, ".author[0]") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	doc := w.documentOf(w.do(by(party(biologist))), 1)
	found := false
	for _, e := range w.bundle(w.do(ask{who: mt, path: "/AuditEvent/_search", form: "_count=50&patient=" + alice})).Entries {
		v, err := fhir.ParseAuditEvent(e.Resource)
		w.must(err)
		if v.DocumentID == doc && v.Kind == fhir.KindCreate {
			found = v.AgentName == lab.Name && v.ResponsibleID == c.NameID && v.ResponsibleName == c.Name
		}
	}
	if !found {
		t.Error("the history does not name both")
	}
	d, err := fhir.ParseDocumentReference([]byte(w.do(ask{who: mt, path: "/DocumentReference/" + doc}).body))
	w.must(err)
	if d.Author.ID != c.NameID {
		t.Errorf("the author is %+v", d.Author)
	}
}
