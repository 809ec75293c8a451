package record

import (
	"context"
	"errors"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Document gives one document's description. Errors: NotFound for an unknown
// and a hidden one alike, Withdrawn for one that this caller could read before.
func (s *Service) Document(ctx context.Context, p Principal, session, id string) (Resource, error) {
	var out Resource
	err := s.readOne(ctx, p, wanted{session, id, fhir.KindReadMeta}, func(ctx context.Context, g *consent.Grant, d store.Doc, rec *store.Record) (err error) {
		body, err := s.st.Reveal(ctx, g, d, rec)
		if err != nil {
			return err
		}
		out, err = s.linked(ctx, g, rec, d, body)
		return err
	})
	return durable(out, err)
}

// Content gives a document's bytes. Errors: as Document. The caller closes it.
func (s *Service) Content(ctx context.Context, p Principal, session, id string) (Content, error) {
	var out Content
	err := s.readOne(ctx, p, wanted{session, id, fhir.KindRead}, func(ctx context.Context, g *consent.Grant, d store.Doc, rec *store.Record) error {
		r, err := s.st.Content(ctx, g, d, rec)
		out = Content{Type: d.ContentType, Size: d.Size, SHA256: d.SHA256, Reader: r}
		return err
	})
	if err != nil {
		out.close()
		return Content{}, err
	}
	return out, nil
}

func (c *Content) close() {
	if c.Reader != nil {
		_ = c.Reader.Close() // nothing was read from it
	}
}

// fetch reads what a grant opens.
type fetch func(ctx context.Context, g *consent.Grant, d store.Doc, rec *store.Record) error

// wanted is a document that is asked for; kind is for the log.
type wanted struct{ session, id, kind string }

// readOne finds a document, decides, logs and reads it.
func (s *Service) readOne(ctx context.Context, p Principal, w wanted, read fetch) error {
	v, err := s.visit(ctx, p, w.session)
	if err != nil {
		return err
	}
	for range attempts {
		d, rec, err := s.st.Locate(ctx, w.id, "")
		if errors.Is(err, store.ErrNotFound) {
			return s.missed(ctx, p, w.id)
		}
		if err != nil {
			return fault(err)
		}
		err = s.readLocated(ctx, p, v, located{d, rec, w.kind}, read)
		if !errors.Is(err, store.ErrStale) {
			return err
		}
		s.st.Forget(rec.N)
	}
	return fault(errors.New("record: it changes too often"))
}

// located is a document that was found, and what is to be done with it.
type located struct {
	doc  store.Doc
	rec  *store.Record
	kind string
}

// readLocated decides about a document that exists. What the caller may not
// read takes the same path as what does not exist.
func (s *Service) readLocated(ctx context.Context, p Principal, v visit, l located, read fetch) error {
	d := s.decide(p, v, consent.FunctionRead, l.rec)
	if d.Grant == nil || !d.Grant.Filter().Allows(l.doc.Facts) {
		if d.Grant != nil && d.Grant.Filter().AllowedBefore(l.doc.Facts) {
			return s.withdrawn(ctx, p, v, l, d)
		}
		return s.missed(ctx, p, l.doc.ID)
	}
	e := about(s.entry(p, l.kind), v, d, l.rec)
	e.Document = l.doc.ID
	return s.logged(ctx, logging{p, v, l.rec, e}, func() error { return read(ctx, d.Grant, l.doc, l.rec) })
}

// withdrawn answers for a document that was readable by this caller.
func (s *Service) withdrawn(ctx context.Context, p Principal, v visit, l located, d consent.Decision) error {
	e := about(s.entry(p, l.kind), v, d, l.rec)
	e.Document, e.Outcome = l.doc.ID, audit.OutcomeMinor
	if err := s.record(ctx, e, l.rec); err != nil {
		return err
	}
	return refused(consent.RefusalWithdrawn)
}

// logging is a reading of a record, and the entry that says so.
type logging struct {
	p     Principal
	v     visit
	rec   *store.Record
	entry audit.Entry
}

// logged reads while the entry joins a group commit, and lets nothing out
// before that commit: the entry is durable and the record still as decided, or
// there is an error. ErrStale passes, for the caller to decide again.
func (s *Service) logged(ctx context.Context, l logging, read func() error) error {
	p, rec := l.p, l.rec
	sealed, err := s.prepare(l.entry, rec)
	if err != nil {
		return fault(err)
	}
	op := store.Op{Still: still(rec), Log: []store.Entry{sealed}}
	if l.entry.Kind == fhir.KindSearch {
		op.Still = stillListed(rec)
	}
	now := s.now()
	// In a session, too: who was let in after its opening reads for the first time.
	first := !s.visits.recent(p.ID, rec.N, now)
	var touched store.Touched
	if first {
		op.Do = func(tx store.Tx) (err error) {
			if touched, err = tx.Touch(p.ID, rec.N, now); err != nil {
				return err
			}
			return s.notifyVisit(tx, p, rec, entering{l.v.on(rec.Facts.PatientID), touched, false})
		}
	}
	done := s.st.Start(ctx, op)
	readErr := read()
	if err := <-done; err != nil {
		if errors.Is(err, store.ErrStale) {
			return err
		}
		return fault(err)
	}
	if first {
		s.visited(p, rec, now, touched)
	}
	return fault(readErr)
}

// recordFor finds the record that a search is about; nil when there is none.
func (s *Service) recordFor(ctx context.Context, patientID string, ins *fhir.Identifier) (*store.Record, error) {
	if patientID == "" && ins == nil {
		return nil, fhir.E(fhir.Required, "Précisez le patient : patient ou patient.identifier est obligatoire.")
	}
	if ins != nil {
		person, err := s.st.PersonByIdentifier(ctx, *ins)
		if errors.Is(err, store.ErrNotFound) || err == nil && patientID != "" && patientID != person.ID {
			return nil, nil
		}
		if err != nil {
			return nil, fault(err)
		}
		patientID = person.ID
	}
	rec, err := s.st.RecordOf(ctx, patientID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return rec, fault(err)
}

// search runs a search in a record: it decides, logs and reads, again when the
// record changed meanwhile. In no record there is nothing to find, and the log
// says that it was asked.
func (s *Service) search(ctx context.Context, p Principal, v visit, a ask, read func(*consent.Grant, *store.Record) error) error {
	e := s.entry(p, a.kind)
	e.Detail = a.shape
	if a.rec == nil {
		if err := s.probe(ctx, p, v, nil); err != nil {
			return err
		}
		return s.record(ctx, e, nil)
	}
	n := a.rec.N
	return s.decided(a.rec, func() error {
		rec, err := s.st.Record(ctx, n)
		if err != nil {
			return err
		}
		d := s.decide(p, v, consent.FunctionRead, rec)
		if d.Refusal != "" {
			if err := s.probe(ctx, p, v, rec); err != nil {
				return err
			}
			return s.denied(ctx, about(e, v, d, rec), d, rec)
		}
		return s.logged(ctx, logging{p, v, rec, about(e, v, d, rec)}, func() error { return read(d.Grant, rec) })
	})
}

// ask is what a search is about: kind and shape are for the log.
type ask struct {
	rec         *store.Record
	kind, shape string
}
