package idp

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestAVisitIsKeptOnce: over the version that was read, until it ends, sealed,
// and with the sign-in that it is bound to.
func TestAVisitIsKeptOnce(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	who := w.addPatient("helene", "p001")
	key, word := hashOf("a browser's secret"), []byte("what a visit remembers, in words of its own")
	ends := w.clock.now().Add(time.Hour)
	keep := func(version int64, want bool) {
		t.Helper()
		if kept, err := w.p.KeepVisit(ctx, key, version, ends, word); err != nil || kept != want {
			t.Errorf("over version %d: %v %v", version, kept, err)
		}
	}
	has := func(want bool) {
		t.Helper()
		data, _, ok, err := w.p.Visit(ctx, key)
		if err != nil || ok != want || ok && !bytes.Equal(data, word) {
			t.Errorf("%q %v %v, want %v", data, ok, err, want)
		}
	}
	has(false)
	keep(3, false)
	keep(0, true)
	keep(0, false)
	keep(1, true)
	keep(1, false) // another request was faster
	has(true)
	for _, name := range []string{FileName, FileName + "-wal"} {
		data, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil || bytes.Contains(data, word) || bytes.Contains(data, []byte("a browser's secret")) {
			t.Errorf("%s tells of the visit (%v)", name, err)
		}
	}
	if _, err := w.p.storage.store.db.Exec(`UPDATE visit SET key = ?`, hashOf("another")); err != nil {
		t.Fatal(err)
	}
	if _, _, ok, err := w.p.Visit(ctx, hashOf("another")); ok || err == nil {
		t.Error("what is one visit's opens as another's")
	}
	if _, err := w.p.storage.store.db.Exec(`UPDATE visit SET key = ?`, key); err != nil {
		t.Fatal(err)
	}
	w.signIn(who)
	list, err := w.p.Sessions(ctx, "p001")
	if err != nil || len(list) != 1 {
		t.Fatalf("%v %v", list, err)
	}
	if err := w.p.BindVisit(ctx, key, "patient p001", list[0].ID); err != nil {
		t.Fatal(err)
	}
	has(true)
	if err := DisableUser(ctx, w.dir, "helene", w.clock.now()); err != nil { // a command beside the server
		t.Fatal(err)
	}
	has(false)
}

// TestVisitsThatAreOverGo, and the oldest of nobody when there are too many.
func TestVisitsThatAreOverGo(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	keep := func(name string, lasts time.Duration) []byte {
		t.Helper()
		key := hashOf(name)
		if kept, err := w.p.KeepVisit(ctx, key, 0, w.clock.now().Add(lasts), []byte(name)); err != nil || !kept {
			t.Fatal(kept, err)
		}
		return key
	}
	short, long, gone := keep("short", time.Minute), keep("long", time.Hour), keep("ended", time.Hour)
	if err := w.p.BindVisit(ctx, gone, "staff x", ""); err != nil {
		t.Fatal(err)
	}
	for person, want := range map[string]bool{"staff y": true, "staff x": false} {
		if err := w.p.EndVisits(ctx, person); err != nil {
			t.Fatal(err)
		}
		if _, _, ok, err := w.p.Visit(ctx, gone); ok != want || err != nil {
			t.Errorf("after the end of %s's visits: %v %v", person, ok, err)
		}
	}
	w.clock.move(2 * time.Minute)
	if _, _, ok, err := w.p.Visit(ctx, short); ok || err != nil {
		t.Errorf("a visit outlives its time: %v", err)
	}
	keep("new", time.Hour) // clears away
	var left int
	if err := w.p.storage.store.db.QueryRow(`SELECT count(*) FROM visit`).Scan(&left); err != nil || left != 2 {
		t.Errorf("%d visits are kept (%v)", left, err)
	}
	if err := w.p.EndVisit(ctx, long); err != nil {
		t.Fatal(err)
	}
	if _, _, ok, err := w.p.Visit(ctx, long); ok || err != nil {
		t.Errorf("an ended visit: %v %v", ok, err)
	}
}
