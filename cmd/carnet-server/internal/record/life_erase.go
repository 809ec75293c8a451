package record

import (
	"context"
	"errors"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Erase deletes a record for good: its rows and traits go, then its key is
// destroyed, so that neither the files of the store nor an older copy of them
// gives anything of it back. The version is that of the Life on which it was
// decided. The log keeps that it happened, when and by whom (the logical id,
// no name); what it held about the record is sealed under the destroyed key.
//
// Once it is acknowledged, it is done. Should the server stop after the rows
// went and before the key did, the next start destroys the key.
//
// Errors: VersionConflict, Forbidden (see lifeRights), NotFound.
func (s *Service) Erase(ctx context.Context, l Life, ch LifeChange) error {
	rec, err := s.st.RecordOf(ctx, l.Patient)
	if err != nil {
		return fault(err)
	}
	e, err := s.lifeEntry(ctx, rec, ch)
	if err != nil {
		return err
	}
	// About no record: under its own key it would be gone as well.
	e.Agent.Name, e.Reason = "", ""
	n := rec.N
	err = s.st.Do(ctx, store.Op{Do: func(tx store.Tx) error {
		kept, err := closeLife(n, l)
		if err != nil {
			return err
		}
		if err := tx.SaveLife(&kept, decisionStates[l.State], l.Closed); err != nil {
			return err
		}
		return s.eraseIn(tx, n, e)
	}})
	switch {
	case errors.Is(err, store.ErrVersion):
		return fhir.E(fhir.VersionConflict, "Le dossier a changé entre-temps : rechargez la page, puis recommencez.")
	case err != nil:
		return fault(err)
	}
	s.texts.of.Remove(n)
	return fault(s.st.Keys().Destroy(n))
}

// eraseIn removes the rows of a record and logs that, within a transaction.
func (s *Service) eraseIn(tx store.Tx, n int64, e audit.Entry) error {
	documents, err := tx.EraseRecord(n, e.At)
	if err != nil {
		return err
	}
	e.Count = documents
	sealed, err := s.prepare(e, nil)
	if err != nil {
		return err
	}
	tx.Log(sealed)
	return nil
}

// finishErasures does what an interruption left to do, before anything is
// served: it destroys keys of records whose rows are gone, and removes the rows
// of erased records that came back with an older copy of the database. So an
// erasure that was acknowledged holds, whatever is put back beside the keys.
func (s *Service) finishErasures(ctx context.Context) error {
	keys, rows, err := s.st.Unfinished(ctx)
	if err != nil {
		return err
	}
	for _, n := range keys {
		if err := s.st.Keys().Destroy(n); err != nil {
			return err
		}
	}
	for _, n := range rows {
		err := s.st.Do(ctx, store.Op{Do: func(tx store.Tx) error {
			rec, err := tx.Record(n)
			if err != nil {
				return err
			}
			agent, _ := lifeAgent(LifeBy{Staff: Staff{ID: "server", Role: StaffSystem}}, "")
			return s.eraseIn(tx, n, audit.Entry{At: s.now(), Kind: fhir.KindLife, Patient: rec.Facts.PatientID, Detail: detailErasedAgain, Agent: agent})
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// Details of the entries that tell of an erasure.
const (
	detailErase       = "erase"       // the holder asked for it
	detailArchiveEnd  = "archive-end" // ten years after it was closed
	detailErasedAgain = "erase-again" // it had come back with an older copy of the database
)
