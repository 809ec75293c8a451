package record

import (
	"context"
	"errors"
	"slices"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
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
	s.activations.of.Remove(n)
	return fault(s.st.Keys().Destroy(n))
}

// eraseIn removes the rows of a record, ends what its person represented
// others by, and logs that, within a transaction.
func (s *Service) eraseIn(tx store.Tx, n int64, e audit.Entry) error {
	if err := s.endRepresenting(tx, e); err != nil {
		return err
	}
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

// endRepresenting ends the mandates by which somebody who is erased represents
// others: nobody could be named as who acts any more. Those whom they
// represented find it in their history and are told.
func (s *Service) endRepresenting(tx store.Tx, erased audit.Entry) error {
	all, err := tx.MandatesFor(erased.Patient)
	if err != nil {
		return err
	}
	server := LifeBy{Staff: Staff{ID: "server", Name: "Carnet", Role: StaffSystem}}
	for _, m := range all {
		if !represented(m, erased.At) {
			continue
		}
		rec, err := tx.Record(m.Record)
		if err != nil {
			return err
		}
		e := s.staffEntry(server, &rec, detailEndMandate)
		sealed, err := s.prepare(e, &rec)
		if err != nil {
			return err
		}
		tx.Log(sealed)
		err = errors.Join(endOnce(tx.EndMandate(m.Record, m.ID, erased.At)),
			tx.AddNotice(s.notice(Principal{ID: e.Agent.ID, Name: e.Agent.Name}, &rec, noticeConsent, detailEndMandate)))
		if err != nil {
			return err
		}
	}
	return nil
}

// inForce tells whether a mandate lasts, or is still to begin.
func inForce(m store.Mandate, now time.Time) bool {
	return m.Ended.IsZero() && (m.Ends.IsZero() || now.Before(m.Ends))
}

// EntersOthers tells whether a person enters records of others by mandates that
// outlive the erasure of their own: as an heir, or as the partner.
func (s *Service) EntersOthers(ctx context.Context, person string) (bool, error) {
	all, err := s.st.MandatesFor(ctx, person)
	now := s.now()
	return slices.ContainsFunc(all, func(m store.Mandate) bool { return m.Bond != consent.BondRepresentative && inForce(m, now) }), fault(err)
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
