package record

import (
	"bytes"
	"testing"

	"github.com/google/uuid"

	"carnet/client/fhir"
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
