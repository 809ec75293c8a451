package record

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// What a natural person does with a record that they hold or represent follows
// the three steps of all use cases: package consent decides how they enter
// (Enter), the log has it, then they are answered. A record that they may not
// enter is one that they never heard of.

// rolePatient is a holder's role in the log; that of the others is their
// Relation….
const rolePatient = "patient"

// principal is a citizen as links between pages and notices know who asks.
func (c Citizen) principal() Principal {
	return Principal{ID: consent.CitizenID(c.ID), Name: c.Name, Session: c.Session, RequestID: c.RequestID}
}

// check refuses the zero Citizen.
func (c Citizen) check() error {
	if c.ID == "" {
		return fhir.E(fhir.Unauthenticated, "Votre session est terminée : reconnectez-vous.")
	}
	return nil
}

// held is a record that a citizen entered.
type held struct {
	c        Citizen
	rec      *store.Record
	grant    *consent.Grant
	relation string // Relation…
}

// self tells the holder from who represents them.
func (h *held) self() bool { return h.relation == RelationSelf }

// reviews refuses who reaches what an heir or the partner may know of a closed
// record (article L. 1110-4): what its documents say. What the holder decided,
// who read it, what they were told and who holds a copy is not of it. Errors:
// Forbidden.
func (h *held) reviews() error {
	if h.grant.Has(fhir.RightTracesAll) {
		return nil
	}
	return fhir.E(fhir.Forbidden, "Vous pouvez lire les documents de ce dossier, pas ce que son titulaire avait décidé, ni qui l’a consulté.")
}

// relationOf names how a citizen stands to the record that a grant is of.
func relationOf(g *consent.Grant, mandates []consent.Mandate, person string) string {
	switch g.Reader() {
	case consent.ReaderHolder:
		return RelationSelf
	case consent.ReaderRepresentative:
		return RelationRepresentative
	}
	if slices.ContainsFunc(mandates, func(m consent.Mandate) bool { return m.ID == person && m.Bond == consent.BondHeir }) {
		return RelationHeir
	}
	return RelationPartner
}

// mandates gives those over a record as the decision knows them. They are read
// after the record: ending one moves its epoch, so that what was decided by an
// older one is stale.
func (s *Service) mandates(ctx context.Context, record int64) ([]consent.Mandate, error) {
	all, err := s.st.MandatesOf(ctx, record)
	if err != nil {
		return nil, err
	}
	out := make([]consent.Mandate, 0, len(all))
	for _, m := range all {
		if m.Ended.IsZero() {
			out = append(out, mandateFacts(m))
		}
	}
	return out, nil
}

// stand decides how a citizen stands to a record now. A nil held is nobody.
// Errors: Forbidden, of a record of their own that they did not activate.
func (s *Service) stand(ctx context.Context, c Citizen, rec *store.Record) (*held, error) {
	var mandates []consent.Mandate
	var err error
	who := consent.Person{ID: c.ID}
	if rec.Facts.PatientID == c.ID {
		who.Activated, err = s.activated(ctx, rec.N)
	} else {
		mandates, err = s.mandates(ctx, rec.N)
	}
	if err != nil {
		return nil, err
	}
	g, refusal := consent.Enter(who, rec.Facts, mandates, s.now())
	switch refusal {
	case "":
	case consent.RefusalNotActivated:
		return nil, notActivated()
	default:
		return nil, nil
	}
	return &held{c: c, rec: rec, grant: g, relation: relationOf(g, mandates, c.ID)}, nil
}

// enters runs f in a record that a citizen may enter, again when the record
// changed meanwhile. Errors: NotFound, for a record of others as for none.
func (s *Service) enters(ctx context.Context, c Citizen, patientID string, f func(h *held) error) error {
	if err := c.check(); err != nil {
		return err
	}
	rec, err := s.st.RecordOf(ctx, patientID)
	if errors.Is(err, store.ErrNotFound) {
		return s.missedBy(ctx, c, patientID)
	}
	if err != nil {
		return fault(err)
	}
	n := rec.N
	return s.decided(rec, func() error {
		if rec, err = s.st.Record(ctx, n); err != nil {
			return err
		}
		h, err := s.stand(ctx, c, rec)
		if fhir.CodeOf(err) == fhir.Forbidden {
			return errors.Join(s.shut(ctx, c, rec), err)
		}
		if err != nil {
			return err
		}
		if h == nil {
			return s.missedBy(ctx, c, patientID)
		}
		return f(h)
	})
}

// manages is enters for who decides in the record. Errors: NoRecord when it is
// closed, Forbidden for who only reads.
func (s *Service) manages(ctx context.Context, c Citizen, patientID string, f func(h *held) error) error {
	return s.enters(ctx, c, patientID, func(h *held) error {
		switch {
		case h.grant.Manages():
			return f(h)
		case h.rec.Facts.State != consent.StateOpen:
			return fhir.E(fhir.NoRecord, "Ce dossier est fermé : il se consulte, mais rien n’y change. Vous pouvez le rouvrir.")
		}
		return fhir.E(fhir.Forbidden, "Vous pouvez consulter ce dossier, mais pas le modifier.")
	})
}

// missedBy is missed for a citizen.
func (s *Service) missedBy(ctx context.Context, c Citizen, id string) error {
	e := audit.Entry{At: s.now(), Kind: fhir.KindMiss, Request: c.RequestID, Agent: c.agent(rolePatient), Document: clip(id), Outcome: audit.OutcomeMinor}
	if err := s.record(ctx, e, nil); err != nil {
		return err
	}
	return notFound()
}

// agent is a citizen in the log.
func (c Citizen) agent(role string) audit.Agent {
	return audit.Agent{ID: consent.CitizenID(c.ID), Name: c.Name, Role: role}
}

// heldEntry starts the entry of something that a citizen does in a record.
func (s *Service) heldEntry(h *held, kind, detail string) audit.Entry {
	role := rolePatient
	if !h.self() {
		role = h.relation
	}
	return audit.Entry{
		At: s.now(), Kind: kind, Detail: detail, Request: h.c.RequestID, Agent: h.c.agent(role), Patient: h.rec.Facts.PatientID,
		Mode: fhir.ModeNormal, Basis: h.relation,
	}
}

// lookedUp starts the entry of reading what was decided about a record, which
// changes nothing of it.
func (s *Service) lookedUp(h *held, detail string) audit.Entry {
	e := s.heldEntry(h, fhir.KindConsent, detail)
	e.Action = "E"
	return e
}

// shown reads while the entry joins a group commit, and lets nothing out before
// it is durable and the record still as decided. ErrStale passes.
func (s *Service) shown(ctx context.Context, h *held, e audit.Entry, read func() error) error {
	sealed, err := s.prepare(e, h.rec)
	if err != nil {
		return err
	}
	op := store.Op{Still: still(h.rec), Log: []store.Entry{sealed}}
	if e.Kind == fhir.KindSearch {
		op.Still = stillListed(h.rec)
	}
	done := s.st.Start(ctx, op)
	readErr := read()
	if err := <-done; err != nil {
		return err
	}
	return readErr
}

// wrote writes a change with its entry, if the record is still as decided.
func (s *Service) wrote(ctx context.Context, h *held, e audit.Entry, do func(store.Tx) error) error {
	sealed, err := s.prepare(e, h.rec)
	if err != nil {
		return err
	}
	return s.st.Do(ctx, store.Op{Still: still(h.rec), Log: []store.Entry{sealed}, Size: 4 << 10, Do: do})
}

// Held lists the records that a citizen may enter, their own first, then by
// name. Their own is there whatever became of it, with where it stands in its
// life; until they activated it, it comes last and tells their name alone.
func (s *Service) Held(ctx context.Context, c Citizen) ([]HeldRecord, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	var out []HeldRecord
	own, err := s.st.RecordOf(ctx, c.ID)
	if err == nil {
		var r HeldRecord
		if r, err = s.heldRecord(ctx, own, RelationSelf); err == nil {
			out = append(out, r)
		}
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fault(err)
	}
	others, err := s.enteredByMandate(ctx, c)
	if err != nil {
		return nil, fault(err)
	}
	if len(out) > 0 && out[0].Waits {
		out = append(others, out...)
	} else {
		out = append(out, others...)
	}
	e := audit.Entry{At: s.now(), Kind: fhir.KindPatientQuery, Request: c.RequestID, Agent: c.agent(rolePatient), Detail: "held", Count: len(out)}
	return durable(out, s.record(ctx, e, nil))
}

// enteredByMandate lists the records that a citizen enters by a mandate.
func (s *Service) enteredByMandate(ctx context.Context, c Citizen) (out []HeldRecord, err error) {
	all, err := s.st.MandatesFor(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	seen := map[int64]bool{}
	for _, m := range all {
		if seen[m.Record] || !m.Ended.IsZero() {
			continue
		}
		seen[m.Record] = true
		rec, err := s.st.Fresh(ctx, m.Record)
		if err != nil {
			return nil, err
		}
		h, err := s.stand(ctx, c, rec)
		if err != nil {
			return nil, err
		}
		if h == nil || h.self() {
			continue
		}
		r, err := s.heldRecord(ctx, rec, h.relation)
		if err != nil {
			return nil, err
		}
		for _, m := range all {
			if m.Record == rec.N && m.Ended.IsZero() && bondName(m.Bond) == h.relation {
				r.Until = m.Ends
			}
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b HeldRecord) int {
		return cmp.Or(cmp.Compare(sortName(a.Patient), sortName(b.Patient)), cmp.Compare(a.Patient.ID, b.Patient.ID))
	})
	return out, nil
}

// heldRecord gives a record as its holder sees it in a list.
func (s *Service) heldRecord(ctx context.Context, rec *store.Record, relation string) (HeldRecord, error) {
	person, err := s.st.PersonByN(ctx, rec.N)
	if err != nil {
		return HeldRecord{}, err
	}
	life, err := s.lifeShown(ctx, rec)
	if err != nil {
		return HeldRecord{}, err
	}
	out := HeldRecord{Patient: view(person), Relation: relation, Life: life}
	if relation != RelationSelf {
		return out, nil
	}
	made, err := s.activated(ctx, rec.N)
	if !made {
		p := out.Patient
		out.Patient = fhir.Patient{ID: p.ID, Version: p.Version, LastUpdated: p.LastUpdated, BirthName: p.BirthName, UsedName: p.UsedName, Given: p.Given, FirstGiven: p.FirstGiven}
		out.Life, out.Waits = Life{Patient: life.Patient, State: life.State, Name: life.Name}, true
	}
	return out, err
}
