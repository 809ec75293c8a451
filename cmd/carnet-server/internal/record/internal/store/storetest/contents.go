package storetest

import (
	"errors"
	"io"
	"strings"
	"testing"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// putIsNobodys: bytes whose op failed, or never came, leave nothing and harm
// nothing; their room may be given to others.
func putIsNobodys(t *testing.T, k *kit) {
	r := k.person()
	kept := map[*store.Doc]string{}
	for i := range 6 {
		before, lost := k.newDoc(r), k.newDoc(r)
		kept[before] = strings.Repeat("kept ", 1000*i+1)
		k.add(r, before, []byte(kept[before]))
		lost.Size = 5000
		stored := k.put(r, lost, make([]byte, lost.Size))
		err := k.Do(bg, store.Op{Do: func(tx store.Tx) error {
			if err := tx.AddDocument(lost, stored); err != nil {
				return err
			}
			return errRefused
		}})
		if !errors.Is(err, errRefused) {
			t.Fatal(err)
		}
		if i%2 == 0 { // others come between
			after := k.newDoc(r)
			kept[after] = "after"
			k.add(r, after, []byte("after"))
		}
		k.Discard(stored)
		if _, _, err := k.Locate(bg, lost.ID, ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a document that was refused: %v", err)
		}
	}
	for d, want := range kept {
		found, rec, err := k.Locate(bg, d.ID, "")
		k.must(err)
		if got, err := k.read(k.grant(rec), found, rec); err != nil || got != want {
			t.Errorf("%d bytes came back of %d: %v", len(got), len(want), err)
		}
	}
}

// putBreaksOff: a content that ends before its size is not put, and a document
// takes only bytes of its own size.
func putBreaksOff(t *testing.T, k *kit) {
	r := k.person()
	for _, have := range []int{0, 10, store.PieceSize, store.PieceSize + 10} {
		in := incoming(r, k.newDoc(r), make([]byte, have))
		in.Size++
		if s, err := k.Put(bg, in); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) || s != (store.Stored{}) {
			t.Errorf("%d bytes of %d: %+v, %v", have, in.Size, s, err)
		}
	}
	d := k.newDoc(r)
	d.Size = 7
	for name, s := range map[string]store.Stored{"nothing": {}, "fewer": k.put(r, d, []byte("abc"))} {
		if err := k.Do(bg, store.Op{Do: func(tx store.Tx) error { return tx.AddDocument(d, s) }}); err == nil {
			t.Errorf("a document with %s for its bytes was added", name)
		}
	}
}

// bytesOfAnother: bytes that were put for one document open for no other.
func bytesOfAnother(t *testing.T, k *kit) {
	a, b := k.person(), k.person()
	d := k.newDoc(a)
	d.Size = 6
	stored := k.put(a, d, []byte("secret"))
	for _, r := range []*store.Record{a, b} {
		thief := k.newDoc(r)
		thief.Size = 6
		k.do(func(tx store.Tx) error { return tx.AddDocument(thief, stored) })
		found, rec, err := k.Locate(bg, thief.ID, "")
		k.must(err)
		if got, err := k.read(k.grant(rec), found, rec); !errors.Is(err, store.ErrSealed) || got != "" {
			t.Errorf("record %d: %q, %v", r.N, got, err)
		}
	}
}
