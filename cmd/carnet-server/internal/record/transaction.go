package record

import (
	"context"
	"errors"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Lot is a submission set as received: the transaction with its contents split
// out while it was read (fhir.SplitLot).
type Lot struct {
	Body        []byte
	Parts       []fhir.Split
	Idempotency string // Idempotency-Key of the whole, "" when none
	Base        string // as in Upload
}

// lot is a submission set on its way in: documents of one patient, which are
// filed together or not at all.
type lot struct {
	p      Principal
	v      visit
	in     Lot
	asked  fhir.Transaction
	set    fhir.SubmissionSet
	docs   []*filing // as asked.Documents
	faults []fhir.Issue
	faulty map[int]bool // entries with faults
}

// Submit files a submission set (ITI-65). The answer has an entry for each of
// the transaction's, in its order; created is false when the same idempotency
// key did it before. Every document passes what File asks of one, and one that
// fails fails all: the Issues name each fault found as an element of an entry.
//
// Errors: those of File; of Duplicate, Existing names the documents that the
// caller filed before with the same content.
func (s *Service) Submit(ctx context.Context, p Principal, session string, in Lot) (out []fhir.Entry, created bool, err error) {
	v, err := s.visit(ctx, p, session)
	if err != nil {
		return nil, false, err
	}
	l := &lot{p: p, v: v, in: in, faulty: map[int]bool{}}
	if err := s.checkLot(ctx, l); err != nil {
		return nil, false, err
	}
	s.intake.charge(p.ID, len(l.docs)-1)
	if len(l.faults) == 0 {
		if out, done, err := s.submittedBefore(ctx, l); done || err != nil {
			return out, false, err
		}
		if err := s.duplicates(ctx, l, nil); err != nil {
			return nil, false, err
		}
	}
	if err := s.checkContents(ctx, l); err != nil {
		return nil, false, err
	}
	if err := fhir.Refuse(l.faults); err != nil {
		return nil, false, err
	}
	err = s.decided(l.docs[0].rec, func() error { return s.submit(ctx, l) })
	if err != nil {
		for _, f := range l.docs {
			s.discard(f, err)
		}
	}
	if errors.Is(err, store.ErrDuplicate) {
		if out, done, err := s.submittedBefore(ctx, l); done || err != nil {
			return out, false, err
		}
		return nil, false, s.duplicates(ctx, l, err)
	}
	if err != nil {
		return nil, false, err
	}
	return l.answer("201"), true, nil
}

// submit decides and writes a submission set.
func (s *Service) submit(ctx context.Context, l *lot) error {
	rec, err := s.st.Record(ctx, l.docs[0].person.N)
	if err != nil {
		return err
	}
	d := s.decide(l.p, l.v, consent.FunctionFile, rec)
	e := about(s.entry(l.p, fhir.KindSubmit), l.v, d, rec)
	for _, f := range l.docs {
		if d.Refusal == "" {
			d.Refusal = consent.MayFile(d.Grant, f.view.Type.Code, s.matrix)
		}
		f.rec, f.person = rec, l.docs[0].person
	}
	if d.Refusal != "" {
		if err := s.probe(ctx, l.p, l.v, rec); err != nil {
			return err
		}
		return s.denied(ctx, e, d, rec)
	}
	if err := s.replacedIn(ctx, l); err != nil {
		return err
	}
	if err := s.putLot(ctx, l); err != nil {
		return err
	}
	log, size, err := s.logLot(l, e, rec)
	if err != nil {
		return err
	}
	return s.st.Do(ctx, store.Op{Still: still(rec), Log: log, Size: size, Do: func(tx store.Tx) error { return s.writeLot(tx, l) }})
}

// putLot completes the documents and writes their bytes, one after the other.
func (s *Service) putLot(ctx context.Context, l *lot) error {
	now := s.now()
	for _, f := range l.docs {
		f.doc = store.Doc{ID: f.id, Record: f.rec.N, Filer: l.p.ID, Filed: now, Updated: now, Version: 1, Replaces: f.old.N}
		if _, err := f.resource(); err != nil {
			return err
		}
		if err := s.put(ctx, f); err != nil {
			return err
		}
	}
	first := l.docs[0]
	made := newSet(first.view, first.doc, l.p)
	l.set.ID, l.set.PatientID, l.set.Date, l.set.Source = made.ID, made.PatientID, made.Date, made.Source
	if l.set.UniqueID == "" {
		l.set.UniqueID = made.UniqueID
	}
	if first.responsible != nil {
		l.set.Source.ID, l.set.Source.Name = first.responsible.ID, first.responsible.Name
	}
	return nil
}

// logLot gives the entries of the log: the import of the set, and each document
// of it, so that the patient's history tells of every one.
func (s *Service) logLot(l *lot, e audit.Entry, rec *store.Record) (log []store.Entry, size int, err error) {
	e.Document, e.Count, e.Responsible = l.set.ID, len(l.docs), l.docs[0].responsible
	all := []audit.Entry{e}
	for _, f := range l.docs {
		one := e
		one.Kind, one.Document, one.Count, one.Responsible = fhir.KindCreate, f.doc.ID, 0, f.responsible
		if f.old.N != 0 {
			one.Kind = fhir.KindReplace
		}
		all = append(all, one)
		size += 2 * len(f.u.Body)
	}
	for _, one := range all {
		sealed, err := s.prepare(one, rec)
		if err != nil {
			return nil, 0, err
		}
		log = append(log, sealed)
	}
	return log, size, nil
}

// writeLot is what a submission set does in its transaction.
func (s *Service) writeLot(tx store.Tx, l *lot) error {
	for _, f := range l.docs {
		d := &f.doc
		if err := tx.AddDocument(d, f.stored); err != nil {
			return err
		}
		if err := linkReplaced(tx, d); err != nil {
			return err
		}
		if err := tx.AddSet(l.set.ID, d, l.setOf(d)); err != nil {
			return err
		}
		if d.Facts.HiddenPatient { // told when it is shown
			continue
		}
		if err := tx.AddNotice(s.documentNotice(l.p, f.rec, noticeDocument, noticeBody{Document: d.ID, Detail: "added"})); err != nil {
			return err
		}
	}
	if l.in.Idempotency == "" {
		return nil
	}
	first := l.docs[0].doc
	return tx.AddOnce(l.p.ID, l.in.Idempotency, first.N, first.Filed)
}

// setOf gives the List with one document alone: who may not see the others
// learns nothing of them. Words about the whole are kept only where the whole
// is one document.
func (l *lot) setOf(d *store.Doc) []byte {
	set := l.set
	set.Entries = []string{"DocumentReference/" + d.ID}
	if len(l.docs) > 1 {
		set.Title = ""
	}
	return set.JSON()
}

// answer gives an entry for each of the transaction's, in its order.
func (l *lot) answer(status string) []fhir.Entry {
	out := make([]fhir.Entry, l.asked.Entries)
	out[l.asked.SetEntry] = fhir.Entry{Status: status, Location: "List/" + l.set.ID}
	for i, d := range l.asked.Documents {
		f := l.docs[i]
		out[d.Entry] = fhir.Entry{Status: status, Location: "DocumentReference/" + f.id + "/_history/1", Resource: unmarked(f.doc.Served)}
		out[l.asked.Binaries[d.Binary].Entry] = fhir.Entry{Status: status, Location: "Binary/" + f.id}
	}
	for _, patch := range l.asked.Patches {
		out[patch.Entry] = fhir.Entry{Status: "200"}
	}
	return out
}
