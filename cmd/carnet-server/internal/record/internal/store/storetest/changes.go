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
