package e2e

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// fetched is the retrieve of a content for an offline copy.
func fetched(who, lease, doc string) ask {
	return ask{who: who, path: "/Binary/" + doc, header: map[string]string{fhir.HeaderOfflineCopy: lease}}
}

// TestHiddenIsAbsentForACopy: what a copy's holder may not see answers, under
// their own lease, byte for byte as what does not exist, and leaves entries of
// the same kinds; so does any document of another record.
func TestHiddenIsAbsentForACopy(t *testing.T) {
	w := newWorld(t)
	w.document(alice, nurse)
	hidden := map[string]struct{ who, doc string }{
		"masked":                            {gp, w.document(alice, nurse, masked)},
		"a type for others":                 {optician, w.document(alice, nurse, birthReport)},
		"withdrawn, never readable":         {gp, w.document(alice, nurse, masked, withdrawn)},
		"another's record":                  {gp, w.document(carol, nurse)},
		"another's record that one may see": {pharmacist, w.document(bob, nurse)},
		"a closed record":                   {gp, w.document(dan, nurse)},
	}
	forms := map[string]func(ask) ask{
		"content": func(a ask) ask { return a },
		"head":    func(a ask) ask { a.method = "HEAD"; return a },
		"as resource": func(a ask) ask {
			a.header["Accept"] = "application/fhir+json"
			return a
		},
		"if changed": func(a ask) ask { a.header["If-None-Match"] = "*"; return a },
	}
	for what, h := range hidden {
		lease := w.copies(h.who, alice).lease.ID
		for form, as := range forms {
			unknown := "doc-" + strings.Repeat("9", len(h.doc)-len("doc-"))
			got, want := w.do(as(fetched(h.who, lease, h.doc))), w.do(as(fetched(h.who, lease, unknown)))
			if got.shape() != want.shape() || got.status != http.StatusNotFound {
				t.Errorf("%s, %s: hidden\n%s\nunknown\n%s", what, form, got.shape(), want.shape())
			}
			if a, b := w.audit(h.who, got.request), w.audit(h.who, want.request); !slices.Equal(a, b) || len(a) != 1 {
				t.Errorf("%s, %s: audit of hidden %v, of unknown %v", what, form, a, b)
			}
		}
	}
}

// TestALeaseOpensNothingForOthers: another's lease, one that ended in whatever
// way and one that never was give the same answer, byte for byte.
func TestALeaseOpensNothingForOthers(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	citizen := holder(alice)
	ended := func(end func()) string {
		lease := w.copies(pharmacist, alice).lease.ID
		end()
		return lease
	}
	must := func(f func() error) func() { return func() { w.must(f()) } }
	ctx := context.Background()
	block := func() error { return w.svc.Block(ctx, citizen, alice, id(pharmacist)) }
	leases := map[string]string{
		"another's":      w.copies(gp, alice).lease.ID,
		"after a block":  ended(must(block)),
		"no lease":       "x",
		"an odd one":     strings.Repeat("é", 300),
		"a document's":   doc,
		"of another day": "",
	}
	w.must(w.svc.Unblock(ctx, citizen, alice, id(pharmacist)))
	leases["returned"] = ended(func() {})
	w.must(w.desktop(pharmacist).ReturnCopy(ctx, leases["returned"]))
	leases["when no copies are wished"] = ended(must(func() error { return w.svc.Choose(ctx, citizen, alice, record.Choices{NoOffline: true}) }))
	w.must(w.svc.Choose(ctx, citizen, alice, record.Choices{}))
	leases["of another day"] = ended(func() { w.later(73 * time.Hour) })
	never := uuid.NewString()
	calls := map[string]func(lease string) ask{
		"content": func(l string) ask { return fetched(pharmacist, l, doc) },
		"changes": func(l string) ask {
			return ask{who: pharmacist, path: "/$copy-changes", body: string(fhir.LeaseParameters(l, ""))}
		},
	}
	for call, make := range calls {
		want := w.do(make(never))
		if want.status != http.StatusForbidden || want.code() != fhir.NoConsent {
			t.Fatalf("%s of no lease: %d %s", call, want.status, want.body)
		}
		for name, lease := range leases {
			got := w.do(make(lease))
			if strings.ReplaceAll(got.shape(), got.request, "") != strings.ReplaceAll(want.shape(), want.request, "") {
				t.Errorf("%s, %s:\n%s\nnever\n%s", call, name, got.shape(), want.shape())
			}
		}
	}
	var asked []client.CopyCheck
	for _, lease := range leases {
		asked = append(asked, client.CopyCheck{Lease: lease})
	}
	states, err := w.desktop(pharmacist).CheckCopies(ctx, asked)
	w.must(err)
	for i, s := range states {
		if s != (client.CopyState{Lease: asked[i].Lease}) {
			t.Errorf("told of a lease that is none: %+v", s)
		}
	}
}

// TestWhatACopyIsGivenIsFilteredByProfession: each is given what they read, and
// fetching it is no consultation.
func TestWhatACopyIsGivenIsFilteredByProfession(t *testing.T) {
	w := newWorld(t)
	plain, birth := w.document(alice, nurse), w.document(alice, nurse, birthReport)
	secret := w.document(alice, nurse, masked)
	stored := w.document(alice, nurse, archived)
	for who, want := range map[string][]string{
		mt: {plain, birth, secret}, gp: {plain, birth}, optician: {},
	} {
		c := w.copies(who, alice)
		var got []string
		for id, d := range c.docs {
			got = append(got, id)
			content, err := c.CopyContent(context.Background(), c.lease.ID, d)
			w.must(err)
			if !strings.HasPrefix(string(content.Bytes), "contenu") {
				t.Errorf("%s fetches %q", who, content.Bytes)
			}
		}
		listed := w.ids(w.do(list(who, "", alice)))
		slices.Sort(got)
		if who == optician {
			want = listed
		}
		slices.Sort(want)
		if !slices.Equal(got, want) || !slices.Equal(got, listed) || slices.Contains(got, stored) {
			t.Errorf("%s is given %v, lists %v", who, got, listed)
		}
		h, err := w.svc.History(context.Background(), holder(alice), alice, record.HistoryQuery{Who: id(who)})
		w.must(err)
		for _, v := range h.Visits {
			for _, a := range v.Acts {
				if a.Kind == fhir.KindRead || a.Kind == fhir.KindReadMeta {
					t.Errorf("%s: a copy is told as a consultation: %+v", who, a)
				}
			}
		}
	}
}

// TestCopiesOnTheWire: who may ask, and with what.
func TestCopiesOnTheWire(t *testing.T) {
	w := newWorld(t)
	w.document(alice, nurse)
	lease := w.copies(gp, alice).lease.ID
	none := `{"resourceType":"Parameters"}`
	twice := `{"resourceType":"Parameters","parameter":[{"name":"copy","part":[{"name":"lease","valueString":"` + lease + `"}]},{"name":"copy"}]}`
	w.play(t, []row{
		{name: "the operations are told", ask: ask{path: "/metadata"}, status: 200, has: []string{`"check-copies"`, `"offline-reads"`, `"copy"`}, hasNot: []string{`"type":"$`}},
		{name: "a patient takes no copy", ask: ask{who: alice, path: "/Patient/" + alice + "/$copy", body: none}, status: 403, code: fhir.Forbidden},
		{name: "nobody takes none", ask: ask{path: "/Patient/" + alice + "/$copy", body: none}, status: 401, code: fhir.Unauthenticated},
		{name: "nor does who may not read", ask: ask{who: stranger, path: "/Patient/" + alice + "/$copy", body: none}, status: 403, code: fhir.NoConsent},
		{name: "nor a profession that never reads", ask: ask{who: occupational, path: "/Patient/" + alice + "/$copy", body: none}, status: 403, code: fhir.Forbidden},
		{name: "of nobody", ask: ask{who: gp, path: "/Patient/nobody/$copy", body: none}, status: 404, code: fhir.NotFound},
		{name: "two checks", ask: ask{who: gp, path: "/$check-copies", body: twice}, status: 200, has: []string{`"runs","valueBoolean":true`, `"runs","valueBoolean":false`}, audit: []string{}},
		{name: "no checks", ask: ask{who: gp, path: "/$check-copies", body: none}, status: 200, has: []string{none}},
		{name: "not FHIR", ask: ask{who: gp, path: "/$check-copies", body: `{}`}, status: 400, code: fhir.Malformed},
		{name: "another resource", ask: ask{who: gp, path: "/$offline-reads", body: `{"resourceType":"Patient"}`}, status: 400, code: fhir.Malformed},
		{name: "changes of no lease", ask: ask{who: gp, path: "/$copy-changes", body: none}, status: 400, code: fhir.Required},
		{name: "a return of no lease", ask: ask{who: gp, path: "/$return-copy", body: none}, status: 400, code: fhir.Required},
		{name: "by GET", ask: ask{who: gp, path: "/$check-copies"}, status: 405, code: fhir.NotAllowed},
		{name: "a patient's own content, with a lease", ask: ask{who: alice, path: "/Binary/doc-1", header: map[string]string{fhir.HeaderOfflineCopy: lease}}, status: 200},
	})
}
