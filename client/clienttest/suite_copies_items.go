package clienttest

import (
	"testing"

	"carnet/client"
	"carnet/client/fhir"
)

// storyCopyProfile: the copied profile is the profile; fetching it is no access,
// looking at it is one.
func storyCopyProfile(t *testing.T, h Harness) {
	k := h.take(t)
	profiles, _ := h.Records.(client.Profiles)
	from, _ := k.Copies.(client.ProfileCopies)
	if profiles == nil || from == nil {
		t.Fatal("there are no profiles to copy")
	}
	looks := func() (n int) {
		page, err := h.Records.Accesses(timeout(t), client.TraceQuery{PatientID: h.Mine.ID, Limit: 200})
		ok(t, "accesses", err)
		for _, one := range page.Traces {
			if one.Kind == fhir.KindProfile && one.Action == "E" {
				n++
			}
		}
		return n
	}
	moves := func(what string) {
		if k.standing().Stamp == k.stamp {
			t.Errorf("%s: the stamp stays", what)
		}
		k.follow()
		if k.standing().Stamp != k.stamp {
			t.Errorf("%s: the stamp never settles", what)
		}
	}
	a := h.open(t, h.Mine.ID)
	item, err := profiles.KeepItem(timeout(t), a, key("000000000900"), newItems()[0])
	ok(t, "keep", err)
	moves("an item came")
	online, err := profiles.Items(timeout(t), a, client.ItemQuery{Limit: 1000})
	ok(t, "items", err)
	before := looks()
	got, err := from.CopyProfile(timeout(t), k.lease.ID, h.Mine.ID)
	ok(t, "copy the profile", err)
	if len(got.Items) != len(online.Items) {
		t.Fatalf("%d items are copied, %d are there", len(got.Items), len(online.Items))
	}
	for n, i := range got.Items {
		if string(i.JSON("p")) != string(online.Items[n].JSON("p")) {
			t.Errorf("item %d is copied as another", n)
		}
	}
	read := k.read("", h.now(t))
	read.Profile = true
	if n := looks(); n != before || !k.report(read, read)[0].Kept || looks() != before+1 {
		t.Errorf("%d looks before, %d after copying, %d after one", before, n, looks())
	}
	ok(t, "drop", profiles.DropItem(timeout(t), a, item))
	moves("an item went")
	_, err = from.CopyProfile(timeout(t), "nobody's", h.Mine.ID)
	h.want(t, "of no lease", err, fhir.NoConsent)
	ok(t, "return", k.ReturnCopy(timeout(t), k.lease.ID))
	_, err = from.CopyProfile(timeout(t), k.lease.ID, h.Mine.ID)
	h.want(t, "after the end", err, fhir.NoConsent)
}
