package record

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// auditCursor is a place in a list of audit entries.
type auditCursor struct {
	Query  AuditQuery
	Before int64
}

// Audit lists accesses, newest first: what the caller did, on one record or on
// all; for the médecin traitant of PatientID, what everyone did there. Reading
// the history is itself logged. Errors: NotFound, Forbidden (another agent's).
func (s *Service) Audit(ctx context.Context, p Principal, q AuditQuery) (Page, error) {
	if err := p.check(); err != nil {
		return Page{}, err
	}
	at := auditCursor{Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(p, cursorAudit, q.Cursor, &at); err != nil {
			return Page{}, err
		}
		q = at.Query
	}
	if q.PatientID == "" {
		if q.AgentID != "" && q.AgentID != p.ID {
			return Page{}, refused(consent.RefusalFunction)
		}
		ask := store.EntryQuery{Actor: p.ID, Date: ranges(q.Date), Limit: pageSize(q.Limit), Before: at.Before}
		return s.traces(ctx, p, tracing{at: at, ask: ask, log: s.entry(p, fhir.KindHistory)})
	}
	rec, err := s.asked(ctx, p, q.PatientID)
	if err != nil {
		return Page{}, err
	}
	var page Page
	n := rec.N
	err = s.decided(rec, func() error {
		rec, err := s.st.Record(ctx, n)
		if err != nil {
			return err
		}
		page, err = s.recordTraces(ctx, p, at, rec)
		return err
	})
	return durable(page, err)
}

// recordTraces lists the accesses to one record that the caller may see.
func (s *Service) recordTraces(ctx context.Context, p Principal, at auditCursor, rec *store.Record) (Page, error) {
	q := at.Query
	v := visit{mode: fhir.ModeNormal}
	d := s.decide(p, v, consent.FunctionTraces, rec)
	e := about(s.entry(p, fhir.KindHistory), v, d, rec)
	all := d.Grant.Has(fhir.RightTracesAll)
	if d.Refusal == "" && !all && q.AgentID != "" && q.AgentID != p.ID {
		d.Refusal = consent.RefusalFunction
	}
	if d.Refusal != "" {
		return Page{}, s.denied(ctx, e, d, rec)
	}
	ask := store.EntryQuery{Record: rec.N, Actor: p.ID, Date: ranges(q.Date), Limit: pageSize(q.Limit), Before: at.Before}
	if all {
		ask.Actor = q.AgentID
	}
	return s.traces(ctx, p, tracing{at: at, ask: ask, log: e, rec: rec})
}

// tracing is one reading of the log.
type tracing struct {
	at  auditCursor
	ask store.EntryQuery
	log audit.Entry
	rec *store.Record // nil: all records
}

// traces reads a page of the log, logs that, and answers.
func (s *Service) traces(ctx context.Context, p Principal, t tracing) (Page, error) {
	found, err := s.st.Entries(ctx, t.ask)
	if err != nil {
		return Page{}, fault(err)
	}
	page := Page{Total: found.Total, Items: make([]Resource, 0, len(found.Entries))}
	names := namer{s: s, p: p, people: map[int64]seenPerson{}}
	for _, e := range found.Entries {
		t.at.Before = e.Seq
		if e.Body == nil { // erased
			page.Total--
			continue
		}
		item, err := names.event(ctx, e)
		if err != nil {
			return Page{}, fault(err)
		}
		page.Items = append(page.Items, item)
	}
	if found.More {
		page.Next = s.sealCursor(p, cursorAudit, t.at)
	}
	log, err := s.prepare(t.log, t.rec)
	if err != nil {
		return Page{}, fault(err)
	}
	op := store.Op{Log: []store.Entry{log}}
	if t.rec != nil {
		op.Still = still(t.rec)
	}
	if err := s.st.Do(ctx, op); errors.Is(err, store.ErrStale) {
		return Page{}, err
	} else if err != nil {
		return Page{}, fault(err)
	}
	return page, nil
}

// namer adds to events the names that their reader may see: they are not in
// the log.
type namer struct {
	s      *Service
	p      Principal
	people map[int64]seenPerson
}

type seenPerson struct {
	name  string
	grant *consent.Grant // nil: nothing of the record is to be read
	rec   *store.Record
}

// event gives an entry as an AuditEvent.
func (n namer) event(ctx context.Context, e store.LogEntry) (Resource, error) {
	entry, err := audit.Decode(e.Body)
	if err != nil {
		return Resource{}, err
	}
	id := strconv.FormatInt(e.Seq, 10)
	v := entry.Event(id)
	if !entry.Happened.IsZero() { // offline: it asked nothing of the server
		v.Query = ""
	}
	// The log says why something was refused; a professional is told no more than
	// they were then: never that they are blocked.
	v.OutcomeDesc = consent.Refusal(entry.Refusal).Public()
	if e.Record != 0 {
		who, err := n.person(ctx, e.Record)
		if err != nil {
			return Resource{}, err
		}
		v.PatientName = who.name
		if v.DocumentID != "" && who.grant != nil {
			if v.DocumentTitle, err = n.title(ctx, who, v.DocumentID); err != nil {
				return Resource{}, err
			}
		}
	}
	return Resource{ID: id, Version: "1", LastUpdated: e.At, JSON: v.JSON()}, nil
}

// person gives a patient's name as every screen writes it (NOM Prénom), and what the reader may read of the record.
func (n namer) person(ctx context.Context, number int64) (seenPerson, error) {
	if who, ok := n.people[number]; ok {
		return who, nil
	}
	p, err := n.s.st.PersonByN(ctx, number)
	if err != nil {
		return seenPerson{}, err
	}
	family := p.UsedName
	if family == "" {
		family = p.BirthName
	}
	who := seenPerson{name: strings.TrimSpace(strings.ToUpper(family) + " " + p.FirstGiven)}
	if who.rec, err = n.s.st.Fresh(ctx, number); err != nil {
		return who, err
	}
	who.grant = n.s.decide(n.p, visit{mode: fhir.ModeNormal}, consent.FunctionRead, who.rec).Grant
	n.people[number] = who
	return who, nil
}

// title gives a document's title if the reader may read the document now.
func (n namer) title(ctx context.Context, who seenPerson, id string) (string, error) {
	d, _, err := n.s.st.Locate(ctx, id, "")
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	body, err := n.s.st.Reveal(ctx, who.grant, d, who.rec)
	if errors.Is(err, store.ErrNoGrant) || errors.Is(err, store.ErrStale) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	v, err := fhir.ParseDocumentReference(body)
	return v.Attachment.Title, err
}

// EmergencySearch is the emergency centre's search over everyone (ITI-78
// parameters), inside a centre 15 access session or, without one, for who may
// use that mode. Whoever it shows may be seen by id in this sign-in, and the
// search is in each one's history. Errors: Forbidden, Required without a name
// or a birth date.
func (s *Service) EmergencySearch(ctx context.Context, p Principal, session string, q PatientQuery) (Page, error) {
	at := patientCursor{Session: session, Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(p, cursorEmergency, q.Cursor, &at); err != nil {
			return Page{}, err
		}
		q = at.Query
	}
	if _, err := s.visit(ctx, p, at.Session); err != nil {
		return Page{}, err
	}
	if !consent.IsRegulator(p.requester()) {
		return Page{}, refused(consent.RefusalMode)
	}
	c := q.criteria()
	if len(c.words) == 0 || len(c.births) == 0 && len(strings.Join(c.words, "")) < 4 {
		return Page{}, fhir.E(fhir.Required, "Précisez un nom d'au moins quatre lettres, ou un nom et une date de naissance.")
	}
	ask := store.TraitQuery{Words: c.words, Limit: min(pageSize(q.Limit), defaultPage), Offset: at.Offset}
	if len(c.births) > 0 {
		ask.BirthDate = c.births[0]
	}
	people, total, err := s.st.PersonsByTraits(ctx, ask)
	if err != nil {
		return Page{}, fault(err)
	}
	page := Page{Total: total}
	op := store.Op{}
	numbers := make([]int64, len(people))
	for i, person := range people {
		numbers[i] = person.N
		rec, err := s.st.Record(ctx, person.N)
		if err != nil {
			return Page{}, fault(err)
		}
		e := s.entry(p, fhir.KindLookup)
		e.Patient, e.Mode, e.Session = person.ID, fhir.ModeCentre15, at.Session
		log, err := s.prepare(e, rec)
		if err != nil {
			return Page{}, fault(err)
		}
		op.Log = append(op.Log, log)
		page.Items = append(page.Items, patientResource(view(person)))
	}
	if at.Offset += len(people); at.Offset < total {
		page.Next = s.sealCursor(p, cursorEmergency, at)
	}
	return durable(page, s.emergencyLogged(ctx, p, op, numbers))
}

// emergencyLogged writes the entries of an emergency search: one for each
// person shown, or one about nobody.
func (s *Service) emergencyLogged(ctx context.Context, p Principal, op store.Op, shown []int64) error {
	if len(shown) == 0 {
		return s.record(ctx, s.entry(p, fhir.KindLookup), nil)
	}
	now := s.now()
	op.Do = func(tx store.Tx) error {
		for _, n := range shown {
			if err := tx.AddLooked(p.Session, n, now); err != nil {
				return err
			}
		}
		return nil
	}
	return fault(s.st.Do(ctx, op))
}
