package e2e

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// disease is an item whose words nobody may find where they may not read.
func disease(text string) client.Item {
	return client.Item{Resource: "Condition", Text: text, Status: "active", Start: "2020"}
}

func maskedItem(i client.Item) client.Item {
	i.Masked = true
	return i
}

// readItem is a GET of an item.
func readItem(who string, i client.Item) ask {
	return ask{who: who, path: "/" + i.Resource + "/" + i.ID}
}

// put is a correction of an item.
func put(who, patient string, i client.Item, version string) ask {
	a := ask{who: who, method: "PUT", path: "/" + i.Resource + "/" + i.ID, body: string(i.JSON(patient))}
	if version != "" {
		a.header = map[string]string{"If-Match": `W/"` + version + `"`}
	}
	return a
}

func profileOf(who, patient string) ask {
	return ask{who: who, method: "POST", path: "/Patient/" + patient + "/$profile"}
}

// TestHiddenItemsAreAbsent holds that an item that a caller may not read answers
// byte for byte as one that does not exist, whatever is asked of it, and leaves
// entries of the same kinds.
func TestHiddenItemsAreAbsent(t *testing.T) {
	w := newWorld(t)
	w.must(w.seeder.Authorise(record.AuthorisationSeed{PatientID: carol, Actor: id(nurse), Form: "ecrit"}))
	w.must(w.seeder.Flush())
	open := w.keeps(nurse, alice, disease("Titre-secret"))
	gone := w.keeps(nurse, alice, disease("Titre-secret"))
	w.must(w.profiles(w.base, nurse).DropItem(t.Context(), client.Access{PatientID: alice}, gone))
	hidden := map[string]struct {
		who  string
		item client.Item
	}{
		"masked":                       {gp, w.keeps(nurse, alice, maskedItem(disease("Titre-secret")))},
		"a type for others":            {optician, open},
		"another's record":             {gp, w.keeps(nurse, carol, disease("Titre-secret"))},
		"to a stranger":                {stranger, open},
		"to a blocked professional":    {blocked, open},
		"to an occupational doctor":    {occupational, open},
		"to an unlisted profession":    {unlisted, open},
		"taken back, to a stranger":    {stranger, gone},
		"taken back, a type of others": {optician, gone},
	}
	questions := map[string]func(who string, i client.Item) ask{
		"read": readItem,
		"head": func(who string, i client.Item) ask {
			a := readItem(who, i)
			a.method = "HEAD"
			return a
		},
		"if changed": func(who string, i client.Item) ask {
			a := readItem(who, i)
			a.header = map[string]string{"If-None-Match": `W/"1"`}
			return a
		},
		"as another type": func(who string, i client.Item) ask { return ask{who: who, path: "/Observation/" + i.ID} },
		"correct":         func(who string, i client.Item) ask { return put(who, alice, i, "1") },
		"wrong version":   func(who string, i client.Item) ask { return put(who, alice, i, "9") },
		"no version":      func(who string, i client.Item) ask { return put(who, alice, i, "") },
		"mask":            func(who string, i client.Item) ask { return put(who, alice, maskedItem(i), "1") },
		"in error": func(who string, i client.Item) ask {
			i.Status = fhir.StatusInError
			return put(who, alice, i, "1")
		},
		"take back": func(who string, i client.Item) ask {
			return ask{who: who, method: "DELETE", path: "/" + i.Resource + "/" + i.ID, header: map[string]string{"If-Match": `W/"1"`}}
		},
	}
	for what, h := range hidden {
		for question, q := range questions {
			unknown := h.item
			unknown.ID = "00000000-0000-4000-8000-000000000000"
			got, want := w.do(q(h.who, h.item)), w.do(q(h.who, unknown))
			if got.shape() != want.shape() || got.status != http.StatusNotFound || strings.Contains(got.body, "Titre-secret") {
				t.Errorf("%s, %s: hidden\n%s\nunknown\n%s", what, question, got.shape(), want.shape())
			}
			if a, b := w.audit(h.who, got.request), w.audit(h.who, want.request); !slices.Equal(a, b) || len(a) != 1 {
				t.Errorf("%s, %s: audit of hidden %v, of unknown %v", what, question, a, b)
			}
		}
	}
}

// TestProfilesTellNothingOfWhatIsHidden: counts, pages, filters, sources.
func TestProfilesTellNothingOfWhatIsHidden(t *testing.T) {
	w := newWorld(t)
	report, secret := w.document(alice, nurse), w.document(alice, nurse, masked)
	one, two := disease("Asthme"), disease("Titre-secret")
	one.Source, two.Source = report, report
	seen := w.keeps(nurse, alice, one)
	w.keeps(nurse, alice, disease("Rhinite"))
	w.keeps(nurse, alice, disease("Eczéma"))
	for range 3 {
		w.keeps(nurse, alice, maskedItem(two))
	}
	hinting := disease("Bilan")
	hinting.Source = secret
	hinting = w.keeps(mt, alice, hinting) // who reads all that is masked
	search := "/Condition?patient=" + alice
	first := w.bundle(w.do(ask{who: gp, path: search + "&_count=3"}))
	second := w.bundle(w.do(ask{who: gp, path: first.Link("next")}))
	if first.Total != 4 || len(first.Entries) != 3 || second.Total != 4 || len(second.Entries) != 1 || second.Link("next") != "" {
		t.Fatalf("totals %d and %d, entries %d and %d", first.Total, second.Total, len(first.Entries), len(second.Entries))
	}
	next := first.Link("next")
	w.play(t, []row{
		{name: "the whole profile", ask: profileOf(gp, alice), status: 200, has: []string{`"total":4`, report}, hasNot: []string{"Titre-secret", secret}, audit: []string{fhir.KindProfile}},
		{name: "for who reads what is masked", ask: profileOf(mt, alice), status: 200, has: []string{`"total":7`, "Titre-secret", secret}},
		{name: "for who wrote it", ask: profileOf(nurse, alice), status: 200, has: []string{`"total":7`, secret}},
		{name: "for a profession that reads none of it", ask: profileOf(optician, alice), status: 200, has: []string{`"total":0`}, hasNot: []string{"entry"}},
		{name: "for a stranger", ask: profileOf(stranger, alice), status: 403, code: fhir.NoConsent, audit: []string{fhir.KindDenial}},
		{name: "for the blocked", ask: profileOf(blocked, alice), status: 403, code: fhir.NoConsent, hasNot: []string{"bloqu"}, audit: []string{fhir.KindDenial}},
		{name: "for occupational medicine", ask: profileOf(occupational, alice), status: 403, code: fhir.Forbidden},
		{name: "of nobody", ask: profileOf(gp, "nobody"), status: 200, has: []string{`"total":0`}},
		{name: "count", ask: ask{who: gp, path: search + "&_summary=count"}, status: 200, has: []string{`"total":4`}, hasNot: []string{"entry"}},
		{name: "by date", ask: ask{who: gp, path: search + "&onset-date=2020"}, status: 200, has: []string{`"total":4`}},
		{name: "by status", ask: ask{who: gp, path: search + "&clinical-status=resolved"}, status: 200, has: []string{`"total":0`}},
		{name: "a filter that was not understood", ask: ask{who: gp, path: search + "&_include=*&_has:x=y"}, status: 200, has: []string{`"total":4`}, hasNot: []string{"_has", "_include"}},
		{name: "without a patient", ask: ask{who: gp, path: "/Condition"}, status: 400, code: fhir.Required},
		{name: "another operation's parameter", ask: ask{who: gp, path: "/Patient/" + alice + "/$profile", body: `{"resourceType":"Parameters","parameter":[{"name":"codes","valueCode":"x"}]}`}, status: 400, code: fhir.BadValue},
		{name: "a page of somebody else's", ask: ask{who: mt, path: next}, status: 400, code: fhir.BadValue},
		{name: "a page as another list", ask: ask{who: gp, path: strings.Replace(next, "?page=i", "?page=d", 1)}, status: 400, code: fhir.BadValue},
		{name: "no document that may not be read", ask: readItem(gp, hinting), status: 200, has: []string{"Bilan"}, hasNot: []string{secret, fhir.ExtItemSource}},
		{name: "the document, for who may", ask: readItem(nurse, hinting), status: 200, has: []string{secret}},
		{name: "the care team", ask: ask{who: gp, path: "/CareTeam?patient=" + alice}, status: 200, has: []string{`"total":1`, id(mt), id(nurse)}, hasNot: []string{id(blocked), id(pharmacist)}},
		{name: "the care team, for a stranger", ask: ask{who: stranger, path: "/CareTeam?patient=" + alice}, status: 403, code: fhir.NoConsent},
	})
	if a := w.do(patch(mt, "", report, labels(fhir.LabelMasked))); a.status != 200 {
		t.Fatal(a.body)
	}
	seen.Masked = true
	w.play(t, []row{
		{name: "the document was masked since", ask: readItem(gp, seen), status: 200, hasNot: []string{report}},
		{name: "and is nowhere in the profile", ask: profileOf(gp, alice), status: 200, hasNot: []string{report}},
		{name: "the item is masked", ask: put(mt, alice, seen, "1"), status: 200, has: []string{fhir.LabelMasked, report}},
		{name: "it is gone at once", ask: readItem(gp, seen), status: 404, code: fhir.NotFound},
		{name: "with its old version in hand too", ask: ask{who: gp, path: "/Condition/" + seen.ID, header: map[string]string{"If-None-Match": `W/"1"`}}, status: 404, code: fhir.NotFound},
		{name: "and counts no more", ask: profileOf(gp, alice), status: 200, has: []string{`"total":3`}},
	})
	w.tokens = map[string]string{}
	w.play(t, []row{{name: "a page in another sign-in", ask: ask{who: gp, path: next}, status: 400, code: fhir.BadValue}})
}

// TestWhoWritesInAProfile: whose profession reads it, in a record that they may
// read; their own and nobody else's.
func TestWhoWritesInAProfile(t *testing.T) {
	w := newWorld(t)
	add := func(who, session, patient string) ask {
		return ask{who: who, session: session, path: "/Condition", body: string(disease("Asthme").JSON(patient))}
	}
	theirs := w.keeps(gp, alice, disease("Migraine"))
	other := theirs
	other.Text = "Autre chose"
	wrong := theirs
	wrong.Status = fhir.StatusInError
	keyed := add(gp, "", alice)
	keyed.header = map[string]string{fhir.HeaderIdempotency: "key-1"}
	again := keyed
	again.body = string(disease("Autre chose").JSON(alice))
	label := strings.Replace(add(gp, "", alice).body, `"text":"Asthme"`, `"text":"Asthme","coding":[{"system":"`+fhir.SystemConfidentialCare+`","code":"minor"}]`, 1)
	w.play(t, []row{
		{name: "a nurse of the team", ask: add(nurse, "", alice), status: 201, has: []string{id(nurse), `"versionId":"1"`}, audit: []string{fhir.KindProfile}},
		{name: "an authorised pharmacist", ask: add(pharmacist, "", alice), status: 201},
		{name: "in an emergency", ask: add(regulator, w.session(regulator, carol, fhir.ModeCentre15), carol), status: 201},
		{name: "an optician", ask: add(optician, "", alice), status: 403, code: fhir.Forbidden, audit: []string{fhir.KindDenial}},
		{name: "an unlisted profession", ask: add(unlisted, "", alice), status: 403, code: fhir.Forbidden},
		{name: "occupational medicine", ask: add(occupational, "", alice), status: 403, code: fhir.Forbidden},
		{name: "a stranger", ask: add(stranger, "", alice), status: 403, code: fhir.NoConsent},
		{name: "the blocked", ask: add(blocked, "", alice), status: 403, code: fhir.NoConsent},
		{name: "a closed record", ask: add(mt, "", dan), status: 422, code: fhir.NoRecord},
		{name: "no record", ask: add(mt, "", "nobody"), status: 422, code: fhir.NoRecord},
		{name: "a patient, by this way", ask: add(alice, "", alice), status: 403, code: fhir.Forbidden},
		{name: "of no patient", ask: ask{who: gp, path: "/Condition", body: `{"resourceType":"Condition","code":{"text":"x"},"subject":{"display":"y"}}`}, status: 400, code: fhir.Required},
		{name: "under another type", ask: ask{who: gp, path: "/AllergyIntolerance", body: add(gp, "", alice).body}, status: 400, code: fhir.Malformed},
		{name: "as somebody else", ask: ask{who: gp, path: "/Condition", body: strings.Replace(add(gp, "", alice).body, `"code":{"text"`, `"recorder":{"reference":"Practitioner/x"},"code":{"text"`, 1)}, status: 422, code: fhir.Invalid},
		{name: "confidential care of a minor", ask: ask{who: gp, path: "/Condition", body: label}, status: 422, code: fhir.Invalid, audit: []string{}},
		{name: "an error of its own", ask: ask{who: gp, path: "/Condition", body: strings.Replace(string(wrong.JSON(alice)), `"id":"`+wrong.ID+`",`, "", 1)}, status: 422, code: fhir.Invalid},
		{name: "with a key", ask: keyed, status: 201},
		{name: "with the key again", ask: keyed, status: 200},
		{name: "with the key, something else", ask: again, status: 409, code: fhir.StateConflict},
		{name: "the médecin traitant corrects another's", ask: put(mt, alice, other, "1"), status: 403, code: fhir.Forbidden, has: []string{"Seul son auteur"}, audit: []string{fhir.KindDenial}},
		{name: "a nurse takes back another's", ask: put(nurse, alice, wrong, "1"), status: 403, code: fhir.Forbidden},
		{name: "the author, of no version", ask: put(gp, alice, other, ""), status: 400, code: fhir.Required},
		{name: "the author, of another version", ask: put(gp, alice, other, "2"), status: 412, code: fhir.VersionConflict},
		{name: "the author, for another patient", ask: put(gp, bob, other, "1"), status: 422, code: fhir.Invalid},
		{name: "the author", ask: put(gp, alice, other, "1"), status: 200, has: []string{"Autre chose", `"versionId":"2"`}, hasNot: []string{"Migraine"}, audit: []string{fhir.KindProfile}},
		{name: "the author, in error", ask: put(gp, alice, wrong, "2"), status: 204, audit: []string{fhir.KindProfile}},
		{name: "for who could read it", ask: readItem(mt, theirs), status: 410, code: fhir.Withdrawn},
		{name: "for the others", ask: readItem(optician, theirs), status: 404, code: fhir.NotFound},
	})
}

// TestAPatientIsToldOfTheirProfile: a first access and each change are told,
// nothing of what was written is, and the history says who read and who wrote.
func TestAPatientIsToldOfTheirProfile(t *testing.T) {
	w := newWorld(t)
	kept := w.keeps(nurse, alice, disease("Titre-secret"))
	w.do(profileOf(gp, alice))
	w.do(profileOf(gp, alice))
	w.must(w.profiles(w.base, nurse).DropItem(t.Context(), client.Access{PatientID: alice}, kept))
	told, err := w.svc.Notices(t.Context(), citizen(alice), alice, 0)
	w.must(err)
	kinds := []string{}
	for _, n := range told {
		kinds = append(kinds, n.Kind+" "+n.Detail)
		if strings.Contains(n.Title+n.Detail+n.Document, "secret") || strings.Contains(n.Document, kept.ID) {
			t.Errorf("a notice tells %+v", n)
		}
	}
	if want := []string{"item removed", "first-access ", "item added"}; !slices.Equal(kinds, want) {
		t.Errorf("notices %q, want %q", kinds, want)
	}
	history, err := w.svc.History(t.Context(), citizen(alice), alice, record.HistoryQuery{})
	w.must(err)
	who := map[string][]string{}
	for _, v := range history.Visits {
		for _, a := range v.Acts {
			if a.Kind == fhir.KindProfile {
				who[v.Who.ID] = append(who[v.Who.ID], a.Detail)
			}
		}
	}
	if !slices.Equal(who[id(nurse)], []string{"keep", "drop"}) || !slices.Equal(who[id(gp)], []string{"read"}) {
		t.Errorf("the history says %v", who)
	}
	for only, want := range map[string]string{"reads": id(gp), "changes": id(nurse)} {
		picked, err := w.svc.History(t.Context(), citizen(alice), alice, record.HistoryQuery{Only: only})
		w.must(err)
		if len(picked.Visits) != 1 || picked.Visits[0].Who.ID != want {
			t.Errorf("only %s: %d visits", only, len(picked.Visits))
		}
	}
}

// TestARevokedProfileIsRevokedNow: while many read and write, the masks of an
// item are acknowledged; no read that starts after one shows it.
func TestARevokedProfileIsRevokedNow(t *testing.T) {
	w := newWorld(t)
	kept := w.keeps(nurse, alice, disease("Titre-secret"))
	for _, who := range []string{gp, mt, pharmacist} {
		w.token(who)
	}
	var state, shown, hidden atomic.Int64 // state as in TestRevokedMeansNow
	var readers sync.WaitGroup
	done := make(chan struct{})
	for n := range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				before := state.Load()
				var seen bool
				if n%2 == 0 {
					seen = w.do(readItem(gp, kept)).status == http.StatusOK
				} else {
					seen = strings.Contains(w.do(profileOf(gp, alice)).body, kept.ID)
				}
				if seen {
					shown.Add(1)
				} else {
					hidden.Add(1)
				}
				if before == state.Load() && before%4 == 2 && seen {
					t.Errorf("moment %d: it is shown", before)
				}
			}
		})
	}
	version := 1
	for range 10 {
		for _, mask := range []bool{true, false} {
			state.Add(1)
			change := kept
			change.Masked = mask
			var a answer
			for range 20 { // others write meanwhile: a busy record may ask to come again
				if a = w.do(put(mt, alice, change, strconv.Itoa(version))); a.status != http.StatusServiceUnavailable {
					break
				}
			}
			if a.status != http.StatusOK {
				t.Fatalf("mask %v of version %d: %d %s", mask, version, a.status, a.body)
			}
			version++
			state.Add(1)
		}
	}
	close(done)
	readers.Wait()
	if shown.Load() == 0 || hidden.Load() == 0 {
		t.Errorf("the readers saw it %d times, and %d times not", shown.Load(), hidden.Load())
	}
}
