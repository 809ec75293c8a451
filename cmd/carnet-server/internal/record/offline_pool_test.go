package record

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/uuid"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// The key of a pool is the same for the members of one establishment, another one
// for any other establishment, pool and server, and nobody's for who works in none.
func TestTheKeyOfAPool(t *testing.T) {
	w := copyWorld(t)
	pool, other := uuid.NewString(), uuid.NewString()
	ask := func(p Principal, pool string) fhir.CopyPool {
		t.Helper()
		got, err := w.CopyPool(bg, p, pool)
		w.must(err)
		if got.OrgID != p.OrgID || len(got.Key) != 32 || !got.Until.Equal(w.clock.now().Add(leaseTime)) {
			t.Fatalf("%s: %+v", p.Name, got)
		}
		return got
	}
	colleague := pharmacist()
	colleague.ID, colleague.Session = "810000000009", "signin-lise"
	elsewhere := colleague
	elsewhere.OrgID = optician().OrgID
	mine := ask(pharmacist(), pool).Key
	if !bytes.Equal(mine, ask(colleague, pool).Key) || !bytes.Equal(mine, ask(pharmacist(), pool).Key) {
		t.Error("two members are given two keys")
	}
	for name, key := range map[string][]byte{
		"another establishment": ask(elsewhere, pool).Key, "another pool": ask(pharmacist(), other).Key,
	} {
		if bytes.Equal(mine, key) {
			t.Errorf("%s has the same key", name)
		}
	}
	if got, err := copyWorld(t).CopyPool(bg, pharmacist(), pool); err != nil || bytes.Equal(got.Key, mine) {
		t.Errorf("another server gives the same key: %v", err)
	}
	alone := pharmacist()
	alone.OrgID = ""
	for name, c := range map[string]struct {
		p    Principal
		pool string
		want fhir.Code
	}{
		"nobody":               {Principal{}, pool, fhir.Unauthenticated},
		"in no establishment":  {alone, pool, fhir.Forbidden},
		"of a pool that is no": {pharmacist(), "pool", fhir.BadValue},
	} {
		if got, err := w.CopyPool(bg, c.p, c.pool); code(err) != c.want || len(got.Key) > 0 {
			t.Errorf("%s: %d bytes, %v", name, len(got.Key), err)
		}
	}
	w.sound()
}

// A colleague takes copies of what the establishment may read, each in their own name
// and with their own profession's documents; of a record that they may not read, that
// is not given to the establishment, or that is nobody's, nothing is said or logged.
func TestColleaguesTakeCopiesOfWhatTheEstablishmentMayRead(t *testing.T) {
	w := copyWorld(t)
	w.must(w.Allow(bg, zoe(), "pat-1", GrantAsked{Actor: pharmacist().OrgID, Kind: RuleAuthorisation}))
	colleague := pharmacist()
	colleague.ID, colleague.Name, colleague.Session = "810000000009", "Lise GARNIER", "signin-lise"
	ids := []string{"pat-1", "pat-2", "nobody"}
	take := func(p Principal) []Lease {
		t.Helper()
		got, err := w.TakeCopies(bg, p, ids)
		w.must(err)
		return got
	}
	got := take(colleague)
	if len(got) != 1 || got[0].Patient != "pat-1" || !got[0].Shared || got[0].ID == "" || got[0].Stamp == "" || !slices.Contains(got[0].Rights, fhir.RightRead) {
		t.Fatalf("%+v", got)
	}
	if n := w.toldCopies(colleague.ID); n != 1 {
		t.Errorf("the history tells of %d copies", n)
	}
	// the log's head moves with every entry
	head := func() string { note, err := w.Head(bg); w.must(err); return string(note) }
	before := head()
	for name, p := range map[string]Principal{"of another place": optician(), "with a right of one's own": gp()} {
		if got := take(p); len(got) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if head() != before {
		t.Error("what nobody asked to see is logged")
	}
	w.provide(store.KindBlock, "pat-1", colleague.ID)
	before = head()
	if got := take(colleague); len(got) != 0 {
		t.Errorf("blocked: %+v", got)
	}
	if head() != before {
		t.Error("a background refusal of who is blocked is logged")
	}
	if got := take(pharmacist()); len(got) != 1 {
		t.Errorf("a colleague was blocked, and one's own: %+v", got)
	}
	w.must(w.Choose(bg, zoe(), "pat-1", Choices{NoOffline: true}))
	if got := take(pharmacist()); len(got) != 0 {
		t.Errorf("no copies: %+v", got)
	}
	if _, err := w.TakeCopies(bg, colleague, make([]string, maxTakenCopies+1)); code(err) != fhir.BadValue {
		t.Errorf("too many: %v", err)
	}
	w.sound()
}
