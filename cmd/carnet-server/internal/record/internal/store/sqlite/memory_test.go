package sqlite

import (
	"context"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// A record that changes while its facts are read is not remembered as it was.
func TestFactsOfTheMomentBeforeAreNotRemembered(t *testing.T) {
	ctx := context.Background()
	db, err := Open(ctx, options(t, time.Now))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	p := store.Person{Patient: fhir.Patient{ID: "p1"}}
	do := func(f func(store.Tx) error) {
		t.Helper()
		if err := db.Do(ctx, store.Op{Do: f}); err != nil {
			t.Fatal(err)
		}
	}
	do(func(tx store.Tx) error { return tx.AddPerson(&p, store.RecordState{State: consent.StateOpen}) })
	changed := false
	between := func(text string, args ...any) (rows, error) {
		if text == provisionsText { // the state and the epoch are read by now
			changed = true
			do(func(tx store.Tx) error { return tx.SetRecord(p.N, store.RecordState{State: consent.StateClosed}) })
		}
		return db.query(ctx, text, args...)
	}
	before, err := db.readFacts(between, p.N)
	if err != nil || !changed || before.Facts.State != consent.StateOpen {
		t.Fatalf("%+v, changed %v, %v", before, changed, err)
	}
	after, err := db.Record(ctx, p.N)
	if err != nil || after.Facts.State != consent.StateClosed {
		t.Errorf("remembered: %+v, %v", after.Facts, err)
	}
	if again, err := db.Record(ctx, p.N); err != nil || again != after {
		t.Errorf("what did not change is read again: %v", err)
	}
}
