package record

import (
	"context"
	"errors"
	"time"
	_ "time/tzdata" // a birthday begins at midnight in France, on any machine

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Details of entries about mandates.
const (
	detailMandate    = "mandate,"
	detailEndMandate = "end-mandate"
)

// bonds are the bonds of mandates by the relation that they make.
var bonds = map[string]consent.Bond{
	RelationRepresentative: consent.BondRepresentative, RelationHeir: consent.BondHeir, RelationPartner: consent.BondPartner,
}

// bondName names the relation that a mandate makes.
func bondName(b consent.Bond) string {
	for name, bond := range bonds {
		if bond == b {
			return name
		}
	}
	return ""
}

// mandateFacts gives a mandate as the decision knows it.
func mandateFacts(m store.Mandate) consent.Mandate {
	return consent.Mandate{Relation: consent.Relation{Actor: consent.Actor{ID: m.Person}, Start: m.Starts, End: m.Ends}, Bond: m.Bond}
}

// france is the zone of birthdays.
func france() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil { // the zones are part of the program
		panic(err)
	}
	return zone
}

// AddMandate lets a person enter another's record. Support and the server add
// any mandate once they have seen its proof; the holder of a record may name
// nobody, and a representative may not pass theirs on. A representative of a
// minor reaches until the day they come of age at most; an heir or partner
// needs an end, and reaches only while the record is closed. The record's
// holder finds a notice. Errors: Forbidden, NotFound (either person), Invalid, Duplicate
// (the mandate's id).
func (s *Service) AddMandate(ctx context.Context, by LifeBy, m Mandate) error {
	if err := checkStaff(by); err != nil {
		return err
	}
	bond, ok := bonds[m.Relation]
	rec, err := s.mandated(ctx, m)
	switch {
	case err != nil:
		return err
	case !ok || m.Patient == m.Person:
		return fhir.E(fhir.Invalid, "Ce mandat ne désigne pas un lien possible entre deux personnes : vérifiez-le.")
	}
	now := s.now()
	if m.Start.IsZero() {
		m.Start = now
	}
	if bond == consent.BondRepresentative {
		if m.End, err = s.untilMajority(ctx, rec, m); err != nil {
			return err
		}
	} else if m.End.IsZero() {
		return fhir.E(fhir.Invalid, "Un accès au dossier d’une personne décédée a une fin : indiquez-la.")
	}
	if !m.End.IsZero() && !m.Start.Before(m.End) {
		return fhir.E(fhir.Invalid, "La fin précède le début : vérifiez les dates.")
	}
	e := s.staffEntry(by, rec, detailMandate+m.Relation)
	log, err := s.prepare(e, rec)
	if err != nil {
		return fault(err)
	}
	kept := store.Mandate{ID: newID(), Record: rec.N, Person: m.Person, Bond: bond, Starts: m.Start, Ends: m.End, By: e.Agent.ID}
	if m.ID != "" {
		kept.ID = m.ID
	}
	err = s.st.Do(ctx, store.Op{Log: []store.Entry{log}, Do: func(tx store.Tx) error {
		if err := tx.AddMandate(kept); err != nil {
			return err
		}
		return tx.AddNotice(s.notice(Principal{ID: e.Agent.ID, Name: e.Agent.Name}, rec, noticeConsent, e.Detail))
	}})
	if errors.Is(err, store.ErrDuplicate) {
		return &fhir.Error{Code: fhir.Duplicate, Message: "Ce mandat existe déjà : rien n’a changé.", Err: err}
	}
	return fault(err)
}

// checkStaff lets support and the server themselves deal with mandates.
func checkStaff(by LifeBy) error {
	if by.Citizen.ID != "" || by.Staff.ID == "" || by.Staff.Role != StaffOperator && by.Staff.Role != StaffSystem {
		return fhir.E(fhir.Forbidden, "Un mandat s’ajoute par le support, sur justificatif.")
	}
	return nil
}

// staffEntry starts the entry of what somebody of the staff does about a
// record's mandates.
func (s *Service) staffEntry(by LifeBy, rec *store.Record, detail string) audit.Entry {
	return audit.Entry{
		At: s.now(), Kind: fhir.KindConsent, Detail: detail, Patient: rec.Facts.PatientID, Request: by.Staff.RequestID,
		Agent: audit.Agent{ID: "staff/" + by.Staff.ID, Name: by.Staff.Name, Role: by.Staff.Role},
	}
}

// mandated finds the record of a mandate, and makes sure that the person is
// there.
func (s *Service) mandated(ctx context.Context, m Mandate) (*store.Record, error) {
	if _, err := s.st.PersonByID(ctx, m.Person); err != nil {
		return nil, fault(err)
	}
	rec, err := s.st.RecordOf(ctx, m.Patient)
	return rec, fault(err)
}

// untilMajority gives the end of a representative's mandate: of a minor, their
// eighteenth birthday at the latest.
func (s *Service) untilMajority(ctx context.Context, rec *store.Record, m Mandate) (time.Time, error) {
	person, err := s.st.PersonByN(ctx, rec.N)
	return ofAge(person.BirthDate, m.Start, m.End), fault(err)
}

// ofAge gives the earlier of an end and the day somebody comes of age, if they
// are not at the start.
func ofAge(birth string, start, end time.Time) time.Time {
	of, ok := consent.Majority(birth, france())
	if ok && start.Before(of) && (end.IsZero() || of.Before(end)) {
		return of
	}
	return end
}

// EndMandate ends a mandate before its end; ended already is no error. Support,
// the server, the record's holder and the person themself may. Errors:
// NotFound, Forbidden.
func (s *Service) EndMandate(ctx context.Context, by LifeBy, patient, id string) error {
	if by.Citizen.ID != "" {
		return s.endMandate(ctx, by.Citizen, patient, id)
	}
	if err := checkStaff(by); err != nil {
		return err
	}
	rec, err := s.st.RecordOf(ctx, patient)
	if err != nil {
		return fault(err)
	}
	log, err := s.prepare(s.staffEntry(by, rec, detailEndMandate), rec)
	if err != nil {
		return fault(err)
	}
	return fault(s.st.Do(ctx, store.Op{Log: []store.Entry{log}, Do: func(tx store.Tx) error {
		return endOnce(tx.EndMandate(rec.N, id, s.now()))
	}}))
}

// endMandate is EndMandate for a citizen.
func (s *Service) endMandate(ctx context.Context, c Citizen, patient, id string) error {
	return s.enters(ctx, c, patient, func(h *held) error {
		all, err := s.st.MandatesOf(ctx, h.rec.N)
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.ID == id && (h.self() || m.Person == c.ID) {
				return s.wrote(ctx, h, s.heldEntry(h, fhir.KindConsent, detailEndMandate), func(tx store.Tx) error {
					if err := endOnce(tx.EndMandate(h.rec.N, id, s.now())); err != nil {
						return err
					}
					return s.tellHolder(tx, h, detailEndMandate)
				})
			}
		}
		return s.missedBy(ctx, c, id)
	})
}

// endOnce takes what is over already as ended.
func endOnce(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// Mandates lists who may enter a record by a mandate, ended ones too. Errors:
// NotFound.
func (s *Service) Mandates(ctx context.Context, c Citizen, rec string) (out []Mandate, err error) {
	err = s.enters(ctx, c, rec, func(h *held) error {
		return s.shown(ctx, h, s.lookedUp(h, "mandates"), func() error {
			all, err := s.st.MandatesOf(ctx, h.rec.N)
			out = nil
			for _, m := range all {
				if !h.self() && m.Person != c.ID {
					continue
				}
				end := m.Ends
				if !m.Ended.IsZero() {
					end = m.Ended
				}
				out = append(out, Mandate{ID: m.ID, Patient: rec, Person: m.Person, Relation: bondName(m.Bond), Start: m.Starts, End: end})
			}
			return err
		})
	})
	return durable(out, err)
}

// AddMandate lets a fictional person enter another's record.
func (s *Seeder) AddMandate(m Mandate) error {
	who, err := s.person(m.Patient)
	if err != nil {
		return err
	}
	start := firstTime(m.Start, s.svc.now())
	if m.Relation == RelationRepresentative {
		m.End = ofAge(who.BirthDate, start, m.End)
	}
	kept := store.Mandate{
		ID: seedID("mandate", m.Patient, m.Person), Person: m.Person, Bond: bonds[m.Relation], Starts: start, Ends: m.End, By: "staff/demo",
	}
	return s.do(300, func(tx store.Tx) error {
		kept.Record = who.N
		return tx.AddMandate(kept)
	})
}
