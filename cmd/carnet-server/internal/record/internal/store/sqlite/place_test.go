package sqlite

import (
	"context"
	"fmt"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Documents that are filed in turn into several records lie record by record.
func TestDocumentsOfARecordLieSideBySide(t *testing.T) {
	ctx := context.Background()
	db, err := Open(ctx, options(t, time.Now))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	people := []*store.Person{{Patient: fhir.Patient{ID: "p1"}}, {Patient: fhir.Patient{ID: "p2"}}}
	last := map[int64]int64{}
	err = db.Do(ctx, store.Op{Do: func(tx store.Tx) error {
		for _, p := range people {
			if err := tx.AddPerson(p, store.RecordState{State: consent.StateOpen}); err != nil {
				return err
			}
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	stored := putEmpty(t, db, people[0].N, "any")
	err = db.Do(ctx, store.Op{Do: func(tx store.Tx) error {
		for i := range 6 {
			id := fmt.Sprint("d", i)
			d := &store.Doc{Record: people[i%2].N, ID: id, UniqueID: "urn:oid:1." + id, Version: 1, Facts: consent.DocFacts{Status: consent.StatusCurrent}}
			if err := tx.AddDocument(d, stored); err != nil {
				return err
			}
			if d.N>>documentBits != d.Record || last[d.Record] != 0 && d.N != last[d.Record]+1 {
				t.Errorf("document %d of record %d, after %d", d.N, d.Record, last[d.Record])
			}
			last[d.Record] = d.N
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// putEmpty puts a content of no bytes.
func putEmpty(t *testing.T, db *DB, record int64, id string) store.Stored {
	t.Helper()
	r, err := db.Record(context.Background(), record)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := db.Put(context.Background(), store.Incoming{Record: r, ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// A type that gets its number after a list of types was first asked for is
// then found by the same list.
func TestASetOfTypesLearnsNewNumbers(t *testing.T) {
	table := typeTable{number: map[string]int64{"a": 1}, code: map[int64]string{1: "a"}}
	codes := []string{"a", "b"}
	if got := table.set(codes); got != [typeWords]int64{1 << 1} {
		t.Errorf("before: %b", got)
	}
	table.add("b", typeBits+3)
	if got := table.set(codes); got != [typeWords]int64{1 << 1, 1 << 3} {
		t.Errorf("after: %b", got)
	}
	if got := table.set(codes[:1]); got != [typeWords]int64{1 << 1} {
		t.Errorf("the start of it: %b", got)
	}
	if got := table.set(nil); got != [typeWords]int64{} {
		t.Errorf("none: %b", got)
	}
}

// The memory for pages holds what was asked for last, and no more than it may.
func TestPagesKeepToTheirMemory(t *testing.T) {
	page := store.DocPage{Docs: []store.Doc{{Served: make([]byte, 1000)}}}
	c := newPageCache(3 * pageSize(page))
	for i := range int64(5) {
		c.add(pageKey{countKey: countKey{record: i}}, page)
		if _, ok := c.get(pageKey{}); !ok && i < 3 {
			t.Errorf("forgotten at page %d", i)
		}
	}
	if c.size > c.max {
		t.Errorf("%d bytes of %d", c.size, c.max)
	}
	for i, kept := range []bool{true, false, false, true, true} {
		if _, ok := c.get(pageKey{countKey: countKey{record: int64(i)}}); ok != kept {
			t.Errorf("page %d: kept %v", i, ok)
		}
	}
}
