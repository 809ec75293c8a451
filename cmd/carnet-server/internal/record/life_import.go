package record

import (
	"context"
	"errors"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// importer is who files what a former record held: the server, in the name of
// nobody. The author of a document stays who wrote it.
var importer = Principal{ID: "staff/server", Name: "Ancien DMP", Profession: StaffSystem}

// ImportFormer files a document of a person's former record, through the same
// reader and gate as any other (File), with its author as it says. The unique id
// is the idempotency key: filed before, created is false. Errors: those of File;
// Invalid when it is about somebody else.
func (s *Service) ImportFormer(ctx context.Context, by Staff, patient string, u Upload) (id string, created bool, err error) {
	if by.ID == "" || by.Role != StaffSystem {
		return "", false, refused(consent.RefusalIdentity)
	}
	f := &filing{u: u, v: visit{mode: fhir.ModeNormal}}
	if err := f.read(); err != nil {
		return "", false, err
	}
	if err := s.formerSubject(ctx, f, patient); err != nil {
		return "", false, err
	}
	// Held against its own author: nobody's sign-in says who may have written it.
	f.p = Principal{ID: f.view.Author.ID, OrgID: f.view.Author.OrgID, OrgName: f.view.Author.OrgName}
	if err := f.check(); err != nil {
		return "", false, err
	}
	if err := f.checkAct(s.now()); err != nil {
		return "", false, err
	}
	f.p = importer
	f.u.Idempotency = f.view.UniqueID
	if out, done, err := s.filedBefore(ctx, f); done || err != nil {
		return out.ID, false, err
	}
	if err := s.checkContent(ctx, f, &patience{lotPatience * s.intake.Patience}); err != nil {
		return "", false, err
	}
	err = s.decided(f.rec, func() error { return s.importIn(ctx, f) })
	if err != nil {
		s.discard(f, err)
	}
	if errors.Is(err, store.ErrDuplicate) {
		out, _, err := s.duplicate(ctx, f)
		return out.ID, false, err
	}
	return f.id, err == nil, err
}

// formerSubject makes sure that a document is about the person whose former
// record it is said to be of.
func (s *Service) formerSubject(ctx context.Context, f *filing, patient string) (err error) {
	other := issue(fhir.Invalid, "subject", "Ce document concerne une autre personne : il n'est pas repris.")
	if f.person, err = s.st.PersonByID(ctx, patient); err != nil {
		return fault(err)
	}
	if f.rec, err = s.st.Record(ctx, f.person.N); err != nil {
		return fault(err)
	}
	if f.view.PatientINS.Value == "" {
		return other
	}
	named, err := s.st.PersonByIdentifier(ctx, f.view.PatientINS)
	if errors.Is(err, store.ErrNotFound) || err == nil && named.N != f.person.N {
		return other
	}
	return fault(err)
}

// importIn writes one document of a former record. It goes to an open record
// alone.
func (s *Service) importIn(ctx context.Context, f *filing) error {
	rec, err := s.st.Record(ctx, f.person.N)
	if err != nil {
		return err
	}
	if f.rec = rec; rec.Facts.State != consent.StateOpen {
		return refusedIn(fhir.KindCreate, fhir.ModeNormal, consent.RefusalNoRecord)
	}
	now := s.now()
	if f.id == "" {
		f.id = newID()
	}
	f.doc = store.Doc{ID: f.id, Record: rec.N, Filer: f.p.ID, Filed: now, Updated: now, Version: 1}
	if _, err := f.resource(); err != nil {
		return err
	}
	if err := s.put(ctx, f); err != nil {
		return err
	}
	e := s.entry(f.p, fhir.KindCreate)
	e.Document, e.Patient, e.Reason = f.doc.ID, rec.Facts.PatientID, "reprise de l'ancien DMP"
	log, err := s.prepare(e, rec)
	if err != nil {
		return err
	}
	return s.st.Do(ctx, store.Op{
		Still: still(rec), Log: []store.Entry{log}, Size: 2 * len(f.u.Body),
		Do: func(tx store.Tx) error { return s.write(tx, f) },
	})
}
