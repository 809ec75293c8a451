package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// changesTold: who may read, what there is and the end of a session are told by
// the time that Do returns; what was undone is not.
func changesTold(t *testing.T, k *kit) {
	n := k.person().N
	var mu sync.Mutex
	var told []store.Changed
	k.OnChange(func(c store.Changed) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, c)
	})
	take := func() []store.Changed {
		mu.Lock()
		defer mu.Unlock()
		out := told
		told = nil
		return out
	}
	k.do(func(tx store.Tx) error { return tx.BumpEpoch(n) })
	if got := take(); !slices.Contains(got, store.Changed{Record: n, Rights: true}) {
		t.Errorf("who may read: %+v", got)
	}
	k.do(func(tx store.Tx) error {
		return errors.Join(tx.AddAccess(store.Access{ID: "s", Record: n, Actor: reader, Ends: k.at}), tx.CloseAccess("s"))
	})
	if got := take(); !slices.Equal(got, []store.Changed{{Access: "s"}}) {
		t.Errorf("a session: %+v", got)
	}
	undone := errors.New("undone")
	if err := k.Do(bg, store.Op{Do: func(tx store.Tx) error { return errors.Join(tx.BumpEpoch(n), undone) }}); !errors.Is(err, undone) {
		t.Fatal(err)
	}
	if got := take(); len(got) != 0 {
		t.Errorf("what was undone is told: %+v", got)
	}
}

// rightsSettled: what follows from a change of rights is done once a record and
// Op, sees what the Op did, and undoes it when it fails.
func rightsSettled(t *testing.T, k *kit) {
	a, b := k.person().N, k.person().N
	var settled []int64
	var fails error
	k.OnRights(func(tx store.Tx, n int64) error {
		settled = append(settled, n)
		if rec, err := tx.Record(n); err != nil || rec.Facts.Epoch < 2 {
			t.Errorf("it sees %+v, %v", rec.Facts, err)
		}
		return fails
	})
	k.do(func(tx store.Tx) error { return errors.Join(tx.BumpEpoch(b), tx.BumpEpoch(a), tx.BumpEpoch(b)) })
	k.do(func(tx store.Tx) error { return tx.CloseAccess("none") })
	if !slices.Equal(settled, []int64{b, a}) {
		t.Errorf("settled %v", settled)
	}
	before, err := k.Fresh(bg, a)
	if err != nil {
		t.Fatal(err)
	}
	fails = errors.New("it fails")
	if err := k.Do(bg, store.Op{Do: func(tx store.Tx) error { return tx.BumpEpoch(a) }}); !errors.Is(err, fails) {
		t.Errorf("the op: %v", err)
	}
	if after, err := k.Fresh(bg, a); err != nil || after.Facts.Epoch != before.Facts.Epoch {
		t.Errorf("the epoch is %+v, %v", after, err)
	}
}
