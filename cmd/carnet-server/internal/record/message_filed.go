package record

import (
	"context"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// screenName is a patient's name as professionals' screens write it: the name in
// use in capitals, then the given name.
func screenName(p fhir.Patient) string {
	name, given := p.UsedName, p.FirstGiven
	if name == "" {
		name = p.BirthName
	}
	if given == "" && len(p.Given) > 0 {
		given = p.Given[0]
	}
	return strings.TrimSpace(strings.ToUpper(name) + " " + given)
}

// files makes the file of an answer a document of the record, too: the answer
// then refers to it, and both are written at once or not at all.
func (s *Service) files(ctx context.Context, c Citizen, m *outgoing, a HeldMessage) error {
	d := *a.File.Filed
	d.Data, d.Size, d.ContentType, d.Once = a.File.Data, a.File.Size, "", ""
	person, err := s.st.PersonByN(ctx, m.dialogue.Record)
	if err != nil {
		return err
	}
	m.as.person = person
	if err := m.as.deposited(c, d, s.now()); err != nil {
		return err
	}
	m.u.SHA1, m.u.SHA256 = m.as.u.SHA1, m.as.u.SHA256
	return s.checkContent(ctx, m.as, &patience{s.intake.Patience})
}

// deposits decides about the document that an answer brings, and writes its
// bytes. It gives the entry of the log that tells of it.
func (s *Service) deposits(ctx context.Context, h *held, m *outgoing) ([]store.Entry, error) {
	if m.as == nil {
		return nil, nil
	}
	if err := s.readyDeposit(ctx, h, m.as); err != nil {
		return nil, err
	}
	e := s.heldEntry(h, fhir.KindCreate, "")
	e.Document = m.as.id
	log, err := s.prepare(e, h.rec)
	return []store.Entry{log}, err
}

// readyDeposit decides about a deposit and writes its bytes.
func (s *Service) readyDeposit(ctx context.Context, h *held, f *filing) error {
	f.rec = h.rec
	if r := consent.MayFile(h.grant, f.view.Type.Code, s.matrix); r != "" {
		e := s.heldEntry(h, fhir.KindDenial, "")
		e.Refusal, e.Outcome = string(r), audit.OutcomeMinor
		if err := s.record(ctx, e, h.rec); err != nil {
			return err
		}
		return refused(r)
	}
	if f.id == "" {
		f.id = newID()
	}
	if err := f.asReceived(); err != nil {
		return err
	}
	now := s.now()
	f.doc = store.Doc{ID: f.id, Record: h.rec.N, Filer: f.p.ID, Filed: now, Updated: now, Version: 1}
	if _, err := f.resource(); err != nil {
		return err
	}
	f.doc.Facts.ByPatient = true
	return s.put(ctx, f)
}
