package cache

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// The cache keeps every promise of the health profile, online and with nothing copied.
func TestTheCacheKeepsProfiles(t *testing.T) {
	clienttest.RunProfiles(t, func(t *testing.T) clienttest.ProfilesHarness {
		over := func(o clienttest.Options) *bench { return newBench(t, o) }
		on, off, out := over(clienttest.Options{Lookups: 40}), over(clienttest.Options{}), over(clienttest.Options{SignedOut: true})
		off.offline(true)
		f := on.fake
		return clienttest.ProfilesHarness{
			Harness: clienttest.Harness{
				Records: on, Offline: off, SignedOut: out,
				Regulator: over(clienttest.Options{Me: client.Person{ID: "899700000088", Name: "Dr Inès CARON", Profession: "10", Specialty: "SM59"}}),
				Mine:      f.Patient(clienttest.PatientLea), Name: "mart",
				Stranger: f.Patient(clienttest.PatientStranger), Objects: f.Patient(clienttest.PatientObjects),
				Blocked: f.Patient(clienttest.PatientBlocked), Closed: f.Patient(clienttest.PatientClosed),
				NoINS:     f.Patient(clienttest.PatientLeo),
				Forbidden: []string{"martin", "léa", "benali", "rousseau", "Consultation de suivi", f.Patient(clienttest.PatientLea).INS.Value},
			},
			Profiles: on, OfflineProfiles: off, SignedOutProfiles: out,
			Friend: f.Patient(clienttest.PatientHelene),
			Hidden: client.Item{Resource: "Condition", ID: clienttest.HiddenItem, Version: "1", Text: "x", Status: "active"},
			Source: clienttest.PatientLea + "-d00000",
		}
	})
}

// The network drops: allergies, treatments and measures are those of the copy, with its
// age, whatever is asked of them; that they were looked at is told, once.
func TestTheProfileIsThereWithoutTheNetwork(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	if r := b.copied(clienttest.PatientLea); r.Profiles != 1 {
		t.Fatalf("the copy: %+v", r)
	}
	if r := b.sync(); r.Profiles != 0 || r.Requests != 2 {
		t.Fatalf("a second sync with no change: %+v", r)
	}
	everything := client.ItemQuery{Limit: 1000}
	questions := []client.ItemQuery{
		everything,
		{Resources: []string{"AllergyIntolerance", "MedicationStatement", "Immunization"}},
		{Resources: []string{"Observation"}, From: b.clock.now().AddDate(0, -6, 0)},
		{Codes: []string{fhir.MeasureSystolic}, Limit: 1000},
	}
	a := client.Access{PatientID: clienttest.PatientLea}
	var want [][]client.Item
	for _, q := range questions {
		p, err := b.fake.Items(ctx, a, q)
		ok(t, "online", err)
		want = append(want, p.Items)
	}
	team, err := b.fake.CareTeam(ctx, a)
	ok(t, "team", err)
	copiedAt := b.clock.now()
	b.clock.move(20 * time.Minute)
	b.offline(true)
	b.again()
	a, err = b.Cache.Open(ctx, clienttest.PatientLea, client.OpenRequest{})
	ok(t, "open", err)
	for n, q := range questions {
		p, err := b.Items(ctx, a, q)
		ok(t, "items", err)
		if !p.Cached || !p.AsOf.Equal(copiedAt) || p.Total != len(want[n]) || !same(p.Items, want[n]) {
			t.Errorf("%+v: %d items of %d, %d online, %+v", q, len(p.Items), p.Total, len(want[n]), p.Provenance)
		}
	}
	var paged []client.Item
	for q := (client.ItemQuery{Limit: 7}); ; {
		p, err := b.Items(ctx, a, q)
		ok(t, "a page", err)
		paged = append(paged, p.Items...)
		if q.Page = p.Next; q.Page == "" {
			break
		}
	}
	if !same(paged, want[0]) {
		t.Errorf("page by page %d items, %d online", len(paged), len(want[0]))
	}
	got, err := b.CareTeam(ctx, a)
	if err != nil || !reflect.DeepEqual(got, team) {
		t.Errorf("the team is %+v, %v", got, err)
	}
	reads, err := b.Unreported(ctx)
	if err != nil || len(reads) != 1 || !reads[0].Profile || reads[0].DocumentID != "" {
		t.Fatalf("the journal holds %+v, %v", reads, err)
	}
	b.offline(false)
	if r := b.sync(); r.Reported != 1 || !b.copies.reads[0].Profile {
		t.Fatalf("reported %+v", r)
	}
}

// What changed is copied anew; what went opens no more, and the record has a new key.
func TestACopiedProfileFollowsTheRecord(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	b.copied(clienttest.PatientLea)
	a := client.Access{PatientID: clienttest.PatientLea}
	record := b.entry(clienttest.PatientLea).record
	key := b.keys.get(record)
	kept, err := b.fake.KeepItem(ctx, a, "", client.Item{Resource: "AllergyIntolerance", Text: "Iode", Status: "active"})
	ok(t, "keep", err)
	if r := b.sync(); r.Profiles != 1 || !bytes.Equal(key, b.keys.get(record)) {
		t.Fatalf("an item came: %+v", r)
	}
	iodine := func() (n int) {
		b.offline(true)
		defer b.offline(false)
		p, err := b.Items(ctx, a, client.ItemQuery{Resources: []string{"AllergyIntolerance"}})
		ok(t, "items", err)
		for _, i := range p.Items {
			if i.ID == kept.ID {
				n++
			}
		}
		return n
	}
	if iodine() != 1 {
		t.Error("what came is not there")
	}
	ok(t, "drop", b.fake.DropItem(ctx, a, kept))
	if r := b.sync(); r.Profiles != 1 || bytes.Equal(key, b.keys.get(record)) {
		t.Fatalf("an item went: %+v", r)
	}
	if iodine() != 0 {
		t.Error("what went is still there")
	}
	key = b.keys.get(record)
	page, err := b.Documents(ctx, a, client.DocumentQuery{})
	ok(t, "documents", err)
	yes := true
	for _, d := range page.Documents {
		if _, err := b.fake.Change(ctx, a, d, client.Change{Archived: &yes}); err == nil {
			break
		}
	}
	if r := b.sync(); r.Gone != 1 || bytes.Equal(key, b.keys.get(record)) {
		t.Fatalf("a document went: %+v", r)
	}
	if b.again(); iodine() != 0 || b.entry(clienttest.PatientLea) == nil {
		t.Error("the profile did not outlive the new key")
	}
}

// Reading online brings the copy up to date before Sync does.
func TestReadingOnlineRefreshesTheCopiedProfile(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	b.copied(clienttest.PatientLea)
	a := client.Access{PatientID: clienttest.PatientLea}
	_, err := b.fake.KeepItem(ctx, a, "", client.Item{Resource: "Condition", Text: "Asthme", Status: "active"})
	ok(t, "keep", err)
	b.clock.move(time.Minute)
	online, err := b.Items(ctx, a, client.ItemQuery{Limit: 1000})
	ok(t, "online", err)
	b.offline(true)
	p, err := b.Items(ctx, a, client.ItemQuery{Limit: 1000})
	ok(t, "offline", err)
	if !same(p.Items, online.Items) || !p.AsOf.Equal(b.clock.now()) {
		t.Errorf("%d items, %d online, %+v", len(p.Items), len(online.Items), p.Provenance)
	}
}

// A copy of which a piece of the profile is missing closes whole, and comes again; one
// that was taken before profiles were copied says that it has none, and gets it.
func TestAProfileIsWholeOrNotShown(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	b.copied(clienttest.PatientLea, clienttest.PatientHelene)
	b.offline(true)
	e := b.entry(clienttest.PatientLea)
	name, err := b.partName(e.record, e.Profile.Taking, 0)
	ok(t, "name", err)
	ok(t, "damage", b.db.Update(func(txn *badger.Txn) error { return txn.Delete([]byte(name)) }))
	a := client.Access{PatientID: clienttest.PatientLea}
	_, err = b.Items(ctx, a, client.ItemQuery{})
	if !errors.Is(err, client.ErrCopyDamaged) || fhir.CodeOf(err) != fhir.Offline {
		t.Fatalf("a damaged profile: %v", err)
	}
	_, err = b.Documents(ctx, a, client.DocumentQuery{})
	refused(t, "its record", err, fhir.Offline)
	old := b.entry(clienttest.PatientHelene)
	h := old.head
	h.Profile = profileHead{}
	ok(t, "an old copy", b.putHeads([]*entry{newEntry(old.record, h)}))
	_, err = b.Items(ctx, client.Access{PatientID: clienttest.PatientHelene}, client.ItemQuery{})
	if !errors.Is(err, client.ErrNoCopy) {
		t.Fatalf("no profile: %v", err)
	}
	b.offline(false)
	if r := b.sync(); r.Profiles != 2 || r.Taken != 1 {
		t.Fatalf("afterwards: %+v", r)
	}
	b.offline(true)
	for _, id := range []string{clienttest.PatientLea, clienttest.PatientHelene} {
		p, err := b.Items(ctx, client.Access{PatientID: id}, client.ItemQuery{})
		if err != nil || len(p.Items) == 0 {
			t.Errorf("%d items, %v", len(p.Items), err)
		}
	}
	names, err := b.namesUnder(profilePrefix + old.record)
	if err != nil || len(names) != 1 {
		t.Errorf("%d values of one taking, %v", len(names), err)
	}
}
