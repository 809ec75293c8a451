package storetest

import (
	"errors"
	"slices"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// item keeps an item of a health profile.
func (k *kit) item(r *store.Record, id, author string, masked bool) store.Item {
	k.t.Helper()
	i := store.Item{
		ID: id, Record: r.N, Version: 1, Updated: k.at, Body: []byte("of " + id),
		Facts: consent.ItemFacts{Resource: "AllergyIntolerance", AuthorID: author, Masked: masked},
	}
	k.do(func(tx store.Tx) error { return tx.KeepItem(&i) })
	return i
}

// profileMatrix lets everyone read some rows of the health profile.
type profileMatrix struct{}

func (profileMatrix) Allowed(typeCode, _ string) (allowed, known bool) {
	return slices.Contains(profileRows, typeCode), true
}
func (profileMatrix) Column(string) []string { return profileRows }

var profileRows = []string{
	consent.ItemFacts{Resource: "AllergyIntolerance"}.Row(), consent.ItemFacts{Resource: "Observation"}.Row(), consent.ItemFacts{Resource: "Immunization"}.Row(),
}

// profileGrant is the grant of a professional who reads a health profile.
func (k *kit) profileGrant(r *store.Record, who string) *consent.Grant {
	k.t.Helper()
	d := consent.Decide(consent.Request{
		Requester: consent.Requester{ID: who, Profession: "10", Specialty: "SM54"}, Mode: fhir.ModeNormal,
		Function: consent.FunctionRead, Now: k.at,
	}, r.Facts, profileMatrix{})
	if d.Grant == nil {
		k.t.Fatalf("no grant: %s", d.Refusal)
	}
	return d.Grant
}

// itemsKept: an item is listed, found and opened as it was kept, a version follows
// the one before, and one that was taken back says nothing any more.
func itemsKept(t *testing.T, k *kit) {
	r := k.person()
	first, second := k.item(r, "i1", patient, false), k.item(r, "i2", reader, false)
	first.Version, first.Body = 2, []byte("changed")
	k.do(func(tx store.Tx) error { return tx.KeepItem(&first) })
	if err := k.Do(bg, store.Op{Do: func(tx store.Tx) error { return tx.KeepItem(&first) }}); !errors.Is(err, store.ErrVersion) {
		t.Errorf("the same version twice: %v", err)
	}
	r = k.fresh(r)
	all, err := k.Items(bg, k.profileGrant(r, reader), r)
	if err != nil || len(all) != 2 || all[0].ID != first.ID || string(all[0].Body) != "changed" || all[0].Version != 2 || string(all[1].Body) != "of i2" {
		t.Errorf("%+v, %v", all, err)
	}
	old, _, err := k.LocateItem(bg, second.ID)
	if err != nil || len(old.Body) != 0 || old.Facts != second.Facts || !old.Updated.Equal(k.at) {
		t.Errorf("%+v, %v", old, err)
	}
	gone := second
	gone.Version, gone.Removed, gone.Body = 2, true, nil
	k.do(func(tx store.Tx) error { return tx.KeepItem(&gone) })
	r = k.fresh(r)
	if _, err := k.RevealItem(bg, k.profileGrant(r, reader), old, r); !errors.Is(err, store.ErrStale) {
		t.Errorf("what was taken back since: %v", err)
	}
	found, rec, err := k.LocateItem(bg, second.ID)
	if err != nil || !found.Removed || found.Version != 2 || rec.N != r.N {
		t.Errorf("%+v, %v", found, err)
	}
	if all, err := k.Items(bg, k.profileGrant(r, reader), r); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	k.do(func(tx store.Tx) error {
		n, err := tx.CountItems(r.N)
		if n != 1 {
			t.Errorf("%d items", n)
		}
		return err
	})
	gone.Version, gone.Removed, gone.Body = 3, false, []byte("back")
	if err := k.Do(bg, store.Op{Do: func(tx store.Tx) error { return tx.KeepItem(&gone) }}); !errors.Is(err, store.ErrVersion) {
		t.Errorf("one that was taken back came back: %v", err)
	}
	if _, _, err := k.LocateItem(bg, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that is not: %v", err)
	}
}

// third is authorised where a story says so.
const third = "810000000003"

// itemsSealed: an item is opened by its record's grant alone, and by none that its
// mask keeps out.
func itemsSealed(t *testing.T, k *kit) {
	a, b := k.person(), k.person()
	open, masked := k.item(a, "i1", patient, false), k.item(a, "i2", other, true)
	a, b = k.fresh(a), k.fresh(b)
	for name, try := range map[string]func() error{
		"a list without a grant":    func() error { _, err := k.Items(bg, nil, a); return err },
		"a list of another's":       func() error { _, err := k.Items(bg, k.profileGrant(b, reader), a); return err },
		"one without a grant":       func() error { _, err := k.RevealItem(bg, &consent.Grant{}, open, a); return err },
		"one of another's":          func() error { _, err := k.RevealItem(bg, k.profileGrant(b, reader), open, b); return err },
		"one that only files":       func() error { _, err := k.RevealItem(bg, consent.ForDemo(k.at), open, a); return err },
		"one under another's grant": func() error { _, err := k.RevealItem(bg, k.profileGrant(b, reader), masked, a); return err },
		"one that was taken back": func() error {
			i := open
			i.Removed = true
			_, err := k.RevealItem(bg, k.profileGrant(a, reader), i, a)
			return err
		},
	} {
		if err := try(); !errors.Is(err, store.ErrNoGrant) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if body, err := k.RevealItem(bg, k.profileGrant(a, reader), open, a); err != nil || string(body) != "of i1" {
		t.Errorf("%q, %v", body, err)
	}
	// The médecin traitant reads what is masked; who is authorised does not.
	k.do(func(tx store.Tx) error {
		return tx.AddProvision(&store.Provision{ID: "pr", Record: a.N, Kind: store.KindAuthorisation, Actor: third, Active: true, Version: 1})
	})
	a = k.fresh(a)
	for who, want := range map[string]int{reader: 2, third: 1} {
		if all, err := k.Items(bg, k.profileGrant(a, who), a); err != nil || len(all) != want {
			t.Errorf("%s: %d items, want %d, %v", who, len(all), want, err)
		}
	}
	if _, err := k.RevealItem(bg, k.profileGrant(a, third), masked, a); !errors.Is(err, store.ErrNoGrant) {
		t.Errorf("one that is masked: %v", err)
	}
}
