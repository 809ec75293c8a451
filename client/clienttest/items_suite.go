package clienttest

import (
	"context"
	"slices"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// ProfilesHarness is one implementation of client.Profiles, with what its
// stories need of a world beside a Harness.
type ProfilesHarness struct {
	Harness
	Profiles          client.Profiles // as Records
	OfflineProfiles   client.Profiles // as Offline
	SignedOutProfiles client.Profiles // as SignedOut

	// Mine has thirty items or more: of each type, some by me, some by a
	// colleague, one of these masked, and blood pressures of a year at least.
	Friend client.Patient // whom I may read without being their médecin traitant
	Hidden client.Item    // of Friend, masked by a colleague
	Source string         // logical id of a document of Mine that I may read
}

// RunProfiles runs the stories of the health profile.
func RunProfiles(t *testing.T, open func(t *testing.T) ProfilesHarness) {
	tell(t, open, []story[ProfilesHarness]{
		{"items come page by page, all of them, once, in their order", storyItemPages},
		{"items are narrowed by type, code and period", storyItemFilters},
		{"an added item is kept as sent, digit for digit", storyKeepItem},
		{"the same key sent twice takes effect once", storyKeepItemTwice},
		{"what cannot be says why and leaves nothing", storyKeepItemRefused},
		{"one's own is corrected, against the version that was read", storyCorrectItem},
		{"another's is masked, and not corrected nor taken back", storyItemOfAnother},
		{"one's own is taken back, once", storyDropItem},
		{"who may not read may not write", storyItemStranger},
		{"what is hidden is not there", storyItemHidden},
		{"an item names a document that its reader may read", storyItemSource},
		{"the médecin traitant cares", storyCareTeam},
		{"reading the profile is one access", storyItemAccess},
		{"calls that cannot be served say so", storyItemCalls},
		{"no answer shares memory", storyItemMemory},
	})
}

// check fails on a harness that would make stories pass for nothing.
func (h ProfilesHarness) check(t *testing.T) {
	t.Helper()
	h.Harness.check(t)
	if h.Profiles == nil || h.OfflineProfiles == nil || h.SignedOutProfiles == nil || h.Friend.ID == "" || h.Hidden.ID == "" || h.Source == "" {
		t.Fatal("the harness is incomplete")
	}
}

// items gives every page of a query.
func (h ProfilesHarness) items(t *testing.T, a client.Access, q client.ItemQuery) []client.Item {
	t.Helper()
	var out []client.Item
	for range 10000 {
		p, err := h.Profiles.Items(timeout(t), a, q)
		ok(t, "items", err)
		fresh(t, p.Provenance)
		out = append(out, p.Items...)
		if p.Next == "" {
			if p.Total != len(out) {
				t.Fatalf("%d items of %d", len(out), p.Total)
			}
			return out
		}
		q.Page = p.Next
	}
	t.Fatal("items: the pages never end")
	return nil
}

// find gives an item by id.
func findKept(all []client.Item, id string) (client.Item, bool) {
	at := slices.IndexFunc(all, func(i client.Item) bool { return i.ID == id })
	if at < 0 {
		return client.Item{}, false
	}
	return all[at], true
}

// key makes an idempotency key that no other story has.
func key(n string) string { return "6c1f0a52-8b7e-4d39-9a52-" + n }

func storyItemPages(t *testing.T, h ProfilesHarness) {
	a := h.open(t, h.Mine.ID)
	all := h.items(t, a, client.ItemQuery{})
	if len(all) < 30 {
		t.Fatalf("%d items", len(all))
	}
	small := h.items(t, a, client.ItemQuery{Limit: 7})
	seen, measures, last := map[string]bool{}, false, time.Time{}
	for n, i := range all {
		if small[n].ID != i.ID || seen[i.ID] {
			t.Fatal("small pages give other rows, or one twice")
		}
		seen[i.ID] = true
		if i.Resource != "Observation" {
			if measures {
				t.Error("something after the measures")
			}
			continue
		}
		at := fhir.ParseTime(i.Start)
		if measures && at.After(last) {
			t.Error("a measure before a newer one")
		}
		measures, last = true, at
	}
	_, err := h.Profiles.Items(timeout(t), a, client.ItemQuery{Page: "none"})
	h.want(t, "a page of nothing", err, fhir.BadValue)
}

func storyItemFilters(t *testing.T, h ProfilesHarness) {
	a := h.open(t, h.Mine.ID)
	all := h.items(t, a, client.ItemQuery{})
	count := func(keep func(client.Item) bool) (n int) {
		for _, i := range all {
			if keep(i) {
				n++
			}
		}
		return n
	}
	for _, kind := range fhir.ItemResources() {
		want := count(func(i client.Item) bool { return i.Resource == kind })
		if got := h.items(t, a, client.ItemQuery{Resources: []string{kind}}); len(got) != want || want == 0 {
			t.Errorf("%s: %d, want %d", kind, len(got), want)
		}
	}
	pressure := func(i client.Item) bool { return i.Code.Code == fhir.MeasureBloodPressure }
	for _, code := range []string{fhir.MeasureBloodPressure, fhir.MeasureSystolic} {
		if got := h.items(t, a, client.ItemQuery{Codes: []string{code}}); len(got) != count(pressure) || len(got) == 0 {
			t.Errorf("by code %s: %d of %d", code, len(got), count(pressure))
		}
	}
	middle := fhir.ParseTime(h.items(t, a, client.ItemQuery{Codes: []string{fhir.MeasureBloodPressure}})[3].Start)
	since := h.items(t, a, client.ItemQuery{Codes: []string{fhir.MeasureBloodPressure}, From: middle})
	before := h.items(t, a, client.ItemQuery{Codes: []string{fhir.MeasureBloodPressure}, To: middle})
	if len(since) == 0 || len(before) == 0 || len(since)+len(before) != count(pressure) {
		t.Errorf("by period: %d since, %d before, of %d", len(since), len(before), count(pressure))
	}
}

func storyItemOfAnother(t *testing.T, h ProfilesHarness) {
	a := h.open(t, h.Mine.ID)
	me := h.items(t, a, client.ItemQuery{})
	kept, err := h.Profiles.KeepItem(timeout(t), a, "", newItems()[0])
	ok(t, "keep", err)
	at := slices.IndexFunc(me, func(i client.Item) bool { return i.Author.ID != "" && i.Author.ID != kept.Author.ID && !i.Masked })
	if at < 0 {
		t.Fatal("no item of a colleague")
	}
	theirs := me[at]
	change := theirs
	change.Note = "autre chose"
	_, err = h.Profiles.KeepItem(timeout(t), a, "", change)
	h.want(t, "correct another's", err, fhir.Forbidden)
	h.want(t, "take back another's", h.Profiles.DropItem(timeout(t), a, theirs), fhir.Forbidden)
	theirs.Masked = true
	masked, err := h.Profiles.KeepItem(timeout(t), a, "", theirs)
	ok(t, "mask another's", err)
	if !masked.Masked || masked.Author != theirs.Author || masked.Text != theirs.Text {
		t.Errorf("masked as %+v", masked)
	}
	masked.Masked = false
	_, err = h.Profiles.KeepItem(timeout(t), a, "", masked)
	ok(t, "unmask as the médecin traitant", err)
}

func storyDropItem(t *testing.T, h ProfilesHarness) {
	a := h.open(t, h.Mine.ID)
	kept, err := h.Profiles.KeepItem(timeout(t), a, "", newItems()[0])
	ok(t, "keep", err)
	old := kept
	kept.Note = "revu"
	kept, err = h.Profiles.KeepItem(timeout(t), a, "", kept)
	ok(t, "correct", err)
	h.want(t, "take back an old version", h.Profiles.DropItem(timeout(t), a, old), fhir.VersionConflict)
	ok(t, "take back", h.Profiles.DropItem(timeout(t), a, kept))
	ok(t, "take back again", h.Profiles.DropItem(timeout(t), a, kept))
	if _, found := findKept(h.items(t, a, client.ItemQuery{}), kept.ID); found {
		t.Error("it is still there")
	}
	kept.Note = "encore"
	_, err = h.Profiles.KeepItem(timeout(t), a, "", kept)
	h.want(t, "correct what was taken back", err, fhir.Withdrawn)
	nothing := client.Item{Resource: "Condition", ID: "00000000-0000-4000-8000-000000000000", Version: "1"}
	h.want(t, "take back nothing", h.Profiles.DropItem(timeout(t), a, nothing), fhir.NotFound)
}

func storyItemStranger(t *testing.T, h ProfilesHarness) {
	for _, who := range []client.Patient{h.Stranger, h.Blocked} {
		a := h.open(t, who.ID)
		_, err := h.Profiles.Items(timeout(t), a, client.ItemQuery{})
		h.want(t, "read", err, fhir.NoConsent)
		_, err = h.Profiles.KeepItem(timeout(t), a, "", newItems()[0])
		h.want(t, "write", err, fhir.NoConsent)
		_, err = h.Profiles.CareTeam(timeout(t), a)
		h.want(t, "the care team", err, fhir.NoConsent)
	}
	_, err := h.Profiles.KeepItem(timeout(t), client.Access{PatientID: h.Closed.ID}, "", newItems()[0])
	h.want(t, "write in a closed record", err, fhir.NoRecord)
}

func storyItemHidden(t *testing.T, h ProfilesHarness) {
	a := h.open(t, h.Friend.ID)
	if _, found := findKept(h.items(t, a, client.ItemQuery{}), h.Hidden.ID); found {
		t.Error("a masked item of a colleague is listed")
	}
	nothing := h.Hidden
	nothing.ID = "00000000-0000-4000-8000-000000000000"
	for _, i := range []client.Item{h.Hidden, nothing} {
		h.want(t, "take back", h.Profiles.DropItem(timeout(t), a, i), fhir.NotFound)
		_, err := h.Profiles.KeepItem(timeout(t), a, "", i)
		h.want(t, "correct", err, fhir.NotFound)
	}
}

func storyItemSource(t *testing.T, h ProfilesHarness) {
	a := h.open(t, h.Mine.ID)
	v := newItems()[1]
	v.Source = h.Source
	kept, err := h.Profiles.KeepItem(timeout(t), a, "", v)
	ok(t, "keep", err)
	if got, _ := findKept(h.items(t, a, client.ItemQuery{}), kept.ID); got.Source != h.Source {
		t.Errorf("its source is %q", got.Source)
	}
}

func storyCareTeam(t *testing.T, h ProfilesHarness) {
	team, err := h.Profiles.CareTeam(timeout(t), h.open(t, h.Mine.ID))
	ok(t, "care team", err)
	if len(team) < 2 || !team[0].MT || team[0].ID == "" || team[0].Name == "" || team[1].MT {
		t.Errorf("the care team is %+v", team)
	}
}

func storyItemAccess(t *testing.T, h ProfilesHarness) {
	a := h.open(t, h.Mine.ID)
	count := func() (n int) {
		page, err := h.Records.Accesses(timeout(t), client.TraceQuery{PatientID: h.Mine.ID, Limit: 50})
		ok(t, "accesses", err)
		for _, one := range page.Traces {
			if one.Kind == fhir.KindProfile {
				n++
			}
		}
		return n
	}
	before := count()
	_, err := h.Profiles.Items(timeout(t), a, client.ItemQuery{})
	ok(t, "items", err)
	if n := count() - before; n != 1 {
		t.Errorf("reading all types leaves %d accesses", n)
	}
}

func storyItemCalls(t *testing.T, h ProfilesHarness) {
	a := client.Access{PatientID: h.Mine.ID}
	item := client.Item{Resource: "Condition", ID: "unknown", Version: "1", Text: "x", Status: "active"}
	calls := func(p client.Profiles) map[string]func(context.Context) error {
		return map[string]func(context.Context) error{
			"Items":    func(ctx context.Context) error { _, err := p.Items(ctx, a, client.ItemQuery{}); return err },
			"KeepItem": func(ctx context.Context) error { _, err := p.KeepItem(ctx, a, "", newItems()[0]); return err },
			"DropItem": func(ctx context.Context) error { return p.DropItem(ctx, a, item) },
			"CareTeam": func(ctx context.Context) error { _, err := p.CareTeam(ctx, a); return err },
		}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(h.Profiles) {
		h.want(t, name+" cancelled", call(over), fhir.Canceled)
	}
	for name, call := range calls(h.OfflineProfiles) {
		h.want(t, name+" offline", call(timeout(t)), fhir.Offline)
	}
	for name, call := range calls(h.SignedOutProfiles) {
		h.want(t, name+" signed out", call(timeout(t)), fhir.Unauthenticated)
	}
}

func storyItemMemory(t *testing.T, h ProfilesHarness) {
	a := h.open(t, h.Mine.ID)
	pressure := client.ItemQuery{Codes: []string{fhir.MeasureBloodPressure}, Limit: 1}
	one, err := h.Profiles.Items(timeout(t), a, pressure)
	ok(t, "items", err)
	value := one.Items[0].Parts[0].Value
	one.Items[0].Parts[0].Value = "spoiled"
	two, err := h.Profiles.Items(timeout(t), a, pressure)
	ok(t, "items", err)
	if two.Items[0].Parts[0].Value != value {
		t.Error("parts are shared")
	}
}
