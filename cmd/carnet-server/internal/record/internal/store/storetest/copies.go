package storetest

import (
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

func nobody(string) bool { return false }

// copiesKept: leases with their record in one instant, what they were given, and
// what may be read by number and version.
func copiesKept(t *testing.T, k *kit) {
	a := k.person()
	d, hidden := k.newDoc(a), k.newDoc(a)
	hidden.Facts.Status = consent.StatusWithdrawn
	k.add(a, d, []byte("a"))
	k.add(a, hidden, []byte("b"))
	a = k.fresh(a)
	marks, err := k.Marks(bg, k.grant(a), a)
	k.must(err)
	if len(marks) != 1 || marks[0].N != d.N || marks[0].Version != 1 || !marks[0].Current || marks[0].Type != d.Facts.Type || !marks[0].Start.Equal(k.at) {
		t.Errorf("marks %+v", marks)
	}
	if _, err := k.Marks(bg, &consent.Grant{}, a); !errors.Is(err, store.ErrNoGrant) {
		t.Errorf("without a grant: %v", err)
	}
	l := store.Lease{ID: "l1", Record: a.N, Actor: reader, SignIn: "s1", Taken: k.at, Until: k.at.Add(time.Hour), Logged: k.at, Body: []byte("who")}
	k.do(func(tx store.Tx) error { return tx.AddLease(l) })
	k.do(func(tx store.Tx) error { return tx.RenewLease("l1", k.at.Add(2*time.Hour)) })
	k.do(func(tx store.Tx) error { return tx.NoteLease("l1", k.at.Add(time.Minute)) })
	now, err := k.LeasesNow(bg, []string{"l1", "l9"}, nobody)
	k.must(err)
	got := now["l1"]
	if len(now) != 1 || got.Epoch != a.Facts.Epoch || got.Docs != a.Docs || got.NoOffline || string(got.Body) != "who" ||
		!got.Until.Equal(k.at.Add(2*time.Hour)) || !got.Logged.Equal(k.at.Add(time.Minute)) {
		t.Errorf("%+v", now)
	}
	if now, err := k.LeasesNow(bg, []string{"l1"}, func(id string) bool { return id == "l1" }); err != nil || now["l1"].Body != nil || now["l1"].Actor != reader {
		t.Errorf("with a body that is known: %+v, %v", now, err)
	}
	k.do(func(tx store.Tx) error { return tx.SetChoices(a.N, store.Choices{NoOffline: true}) })
	if now, err := k.LeasesNow(bg, []string{"l1"}, nobody); err != nil || !now["l1"].NoOffline {
		t.Errorf("%+v, %v", now, err)
	}
	k.do(func(tx store.Tx) error { return tx.KeepCopied("l1", []store.Copied{{N: d.N, Version: 1, Batch: 1}}) })
	k.do(func(tx store.Tx) error { return tx.KeepCopied("l1", []store.Copied{{N: d.N, Batch: 2}}) })
	if all, err := k.Copied(bg, "l1"); err != nil || len(all) != 1 || all[0] != (store.Copied{N: d.N, ID: d.ID, Batch: 2}) {
		t.Errorf("%+v, %v", all, err)
	}
	k.do(func(tx store.Tx) error { return tx.EndLease("l1", k.at) })
	for name, op := range map[string]func(tx store.Tx) error{
		"renewed": func(tx store.Tx) error { return tx.RenewLease("l1", k.at.Add(time.Hour)) },
		"given":   func(tx store.Tx) error { return tx.KeepCopied("l1", nil) },
	} {
		if err := k.Do(bg, store.Op{Do: op}); !errors.Is(err, store.ErrStale) {
			t.Errorf("%s after its end: %v", name, err)
		}
	}
	if all, err := k.LeasesOf(bg, reader, a.N); err != nil || len(all) != 1 || !all[0].Ended.Equal(k.at) {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := k.LeasesOf(bg, other, a.N); err != nil || len(all) != 0 {
		t.Errorf("of another: %+v, %v", all, err)
	}
}

// handedInOnce: a read is handed in once by one actor.
func handedInOnce(t *testing.T, k *kit) {
	a := k.person()
	h := store.HandedIn{Actor: reader, ID: "r1", Record: a.N, At: k.at, Sum: sha256.Sum256([]byte("x")), Revoked: true}
	k.do(func(tx store.Tx) error { return tx.AddHandedIn(h) })
	if err := k.Do(bg, store.Op{Do: func(tx store.Tx) error { return tx.AddHandedIn(h) }}); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("twice: %v", err)
	}
	same := h
	same.Actor = other
	k.do(func(tx store.Tx) error { return tx.AddHandedIn(same) })
	got, err := k.HandedIn(bg, reader, []string{"r0", "r1"})
	k.must(err)
	if len(got) != 1 || got["r1"] != h {
		t.Errorf("%+v", got)
	}
}
