package record

import (
	"fmt"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// ItemSeed is an item of a health profile as if it had been written At. It is
// held against FHIR, and against what a measure can be.
type ItemSeed struct {
	PatientID string
	ID        string     // logical id, chosen by the caller so that a demo is the same at every start
	Item      fhir.Item  // what it says; Masked and Source count, its author does not
	By        fhir.Party // who wrote it; zero: the patient
	At        time.Time
}

// AddItem adds an item of a health profile.
func (s *Seeder) AddItem(seed ItemSeed) error {
	who, err := s.written(seed.PatientID)
	if err != nil {
		return err
	}
	author := fhir.Item{Author: seed.By, ByHolder: seed.By.ID == ""}
	by := seed.By.ID
	if by == "" {
		by = consent.CitizenID(seed.PatientID)
	}
	next := store.Item{
		ID: seed.ID, Record: who.N, Version: 1, Updated: seed.At,
		Facts: consent.ItemFacts{Resource: seed.Item.Resource, AuthorID: by, Masked: seed.Item.Masked},
	}
	v := seed.Item
	v.ID, v.Author, v.ByHolder, v.Masked = seed.ID, fhir.Party{}, false, false
	n, err := fhir.Parse(v.JSON(seed.PatientID))
	if err == nil {
		err = fhir.Refuse(fhir.CheckAs(n, v.Resource))
	}
	if err == nil {
		// the clock of a demonstration that plays its past stands before what is sown
		err = checkItem(v, n, latest(s.svc.now(), seed.At))
	}
	if err != nil {
		s.err = fmt.Errorf("seed: item %s: %w", seed.ID, err)
		return s.err
	}
	n.Set("meta", itemMeta(next))
	stampAuthor(n, author, seed.PatientID)
	next.Body = n.AppendJSON(nil)
	return s.do(len(next.Body)+200, func(tx store.Tx) error { return tx.KeepItem(&next) })
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
