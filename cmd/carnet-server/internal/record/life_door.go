package record

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// lifeRights is who may make which change of a life. Deleting for good is the
// holder's alone: a representative may close and open again, which can be
// undone, and a child must not find their record gone because a parent wished
// it. An operator never deletes either: a voice on the telephone is no proof
// enough for what cannot be undone.
var lifeRights = map[string][]string{
	RelationSelf:           {"object", "withdraw-objection", "code", "wrong-code", "activate", "close", "reopen", "erase-asked", "erase"},
	RelationRepresentative: {"object", "withdraw-objection", "code", "close", "reopen"},
	StaffOperator:          {"object", "withdraw-objection", "code", "close", "reopen", "archive"},
	StaffSystem:            {"announce", "code", "wrong-code", "open", "archive-end", "carried", "sent", "retry"},
}

// lifeEntry decides whether who asks may make a change of a life, and starts
// its entry. The detail is what changes: "sent" is of a letter that went out.
func (s *Service) lifeEntry(ctx context.Context, rec *store.Record, ch LifeChange) (audit.Entry, error) {
	e := audit.Entry{
		At: s.now(), Kind: fhir.KindLife, Patient: rec.Facts.PatientID, Detail: ch.Detail, Reason: clipWords(ch.Words),
	}
	role, err := s.lifeRole(ctx, rec, ch.By)
	if err != nil {
		return e, err
	}
	// A code goes to the address on file, whoever asks for it.
	if role == RelationSelf && ch.Detail != "activate" && ch.Detail != "code" {
		made, err := s.activated(ctx, rec.N)
		if err != nil {
			return e, fault(err)
		}
		if !made { // their account came with another's code
			return e, notActivated()
		}
	}
	e.Agent, e.Request = lifeAgent(ch.By, role)
	if !slices.Contains(lifeRights[role], ch.Detail) {
		return e, fhir.E(fhir.Forbidden, "Cela ne peut pas être fait à votre place : la personne concernée le demande depuis son espace.")
	}
	return e, nil
}

// clipWords bounds what an operator's words may add to the log: 400 characters.
func clipWords(s string) string {
	if r := []rune(s); len(r) > 400 {
		return string(r[:400])
	}
	return s
}

// lifeRole tells as what somebody changes the life of a record. A stranger is
// told what they would be told of nobody.
func (s *Service) lifeRole(ctx context.Context, rec *store.Record, by LifeBy) (string, error) {
	staff, citizen := by.Staff.ID != "", by.Citizen.ID != ""
	switch {
	case staff == citizen, staff && by.Staff.Role != StaffOperator && by.Staff.Role != StaffSystem:
		return "", refused(consent.RefusalIdentity)
	case staff:
		return by.Staff.Role, nil
	case by.Citizen.ID == rec.Facts.PatientID:
		return RelationSelf, nil
	}
	represents, err := s.represents(ctx, by.Citizen, rec)
	if err != nil {
		return "", err
	}
	if !represents {
		return "", notFound()
	}
	return RelationRepresentative, nil
}

// lifeAgent names who changes a life, and the request.
func lifeAgent(by LifeBy, role string) (audit.Agent, string) {
	if by.Staff.ID != "" {
		return audit.Agent{ID: "staff/" + by.Staff.ID, Name: by.Staff.Name, Role: by.Staff.Role}, by.Staff.RequestID
	}
	if role == RelationSelf {
		role = "patient"
	}
	return audit.Agent{ID: "Patient/" + by.Citizen.ID, Name: by.Citizen.Name, Role: role}, by.Citizen.RequestID
}

// FindLife tells an operator where the record of somebody who telephones stands
// in its life, by the whole INS. It tells who the person is, so that the
// operator can make sure of it, and nothing of what the record holds; looking is
// logged in the person's history. Errors: Forbidden, NotFound, Throttled.
func (s *Service) FindLife(ctx context.Context, who Staff, ins string) (Life, error) {
	if who.ID == "" || who.Role != StaffOperator {
		return Life{}, refused(consent.RefusalIdentity)
	}
	if err := s.limits.allow("staff/" + who.ID); err != nil {
		return Life{}, err
	}
	agent, request := lifeAgent(LifeBy{Staff: who}, "")
	e := audit.Entry{At: s.now(), Kind: fhir.KindLookup, Agent: agent, Request: request}
	l, err := s.LifeByINS(ctx, ins)
	if fhir.CodeOf(err) == fhir.NotFound {
		e.Outcome = audit.OutcomeMinor
		return Life{}, errors.Join(s.record(ctx, e, nil), err)
	}
	if err != nil {
		return Life{}, err
	}
	rec, err := s.st.RecordOf(ctx, l.Patient)
	if err != nil {
		return Life{}, fault(err)
	}
	e.Patient = l.Patient
	if err := s.record(ctx, e, rec); err != nil {
		return Life{}, err
	}
	l.CodeHash, l.Card, l.Letters = nil, nil, nil
	return l, nil
}

// Announce makes the record of an insured person, not open yet, with the life
// that package lifecycle gives it, under the logical id l.Patient; with l.Parent,
// the mandate of that parent is made with it, or neither is. Somebody who has one by this INS keeps it:
// created is then false, and nothing is changed. An erased record is none, so
// that a person who had theirs deleted is announced only when the insurance
// names them again. Errors: Invalid (no INS, birth name or birth date).
func (s *Service) Announce(ctx context.Context, p Insured, l Life, by Staff) (made Life, created bool, err error) {
	if p.INS.Value == "" || p.BirthName == "" || p.BirthDate == "" {
		return Life{}, false, fhir.E(fhir.Invalid, "Il manque l’INS, le nom de naissance ou la date de naissance : complétez la ligne.")
	}
	if by.ID == "" || by.Role != StaffSystem {
		return Life{}, false, refused(consent.RefusalIdentity)
	}
	if known, err := s.LifeByINS(ctx, p.INS.Value); fhir.CodeOf(err) != fhir.NotFound {
		return known, false, err
	}
	p.ID = l.Patient
	who := newPerson(p.PatientSeed)
	err = s.st.Do(ctx, store.Op{Do: func(tx store.Tx) error { return s.announceIn(tx, &who, l, by) }})
	if errors.Is(err, store.ErrDuplicate) { // announced twice at once
		known, err := s.LifeByINS(ctx, p.INS.Value)
		return known, false, err
	}
	if err != nil {
		return Life{}, false, fault(err)
	}
	made, err = s.LifeOf(ctx, l.Patient)
	return made, true, err
}

// announceIn adds a person with the life of their record, and logs that.
func (s *Service) announceIn(tx store.Tx, who *store.Person, l Life, by Staff) error {
	if err := tx.AddPerson(who, store.RecordState{State: consent.StatePending}); err != nil {
		return err
	}
	kept, err := closeLife(who.N, l)
	if err != nil {
		return err
	}
	if err := tx.SaveLife(&kept, decisionStates[l.State], l.Closed); err != nil {
		return err
	}
	rec, err := tx.Record(who.N)
	if err != nil {
		return err
	}
	agent, request := lifeAgent(LifeBy{Staff: by}, "")
	sealed, err := s.prepare(audit.Entry{
		At: s.now(), Kind: fhir.KindLife, Patient: who.ID, Detail: "announce", Agent: agent, Request: request,
	}, &rec)
	if err != nil {
		return err
	}
	tx.Log(sealed)
	if l.Parent == "" {
		return nil
	}
	return s.parentIn(tx, who, &rec, l.Parent, by)
}

// parentIn makes whom the insurance names as a child's parent their
// representative, until they come of age.
func (s *Service) parentIn(tx store.Tx, who *store.Person, rec *store.Record, parent string, by Staff) error {
	e := s.staffEntry(LifeBy{Staff: by}, rec, detailMandate+RelationRepresentative)
	sealed, err := s.prepare(e, rec)
	if err != nil {
		return err
	}
	tx.Log(sealed)
	return errors.Join(
		tx.AddMandate(store.Mandate{
			ID: ParentMandate(who.ID), Record: rec.N, Person: parent, Bond: consent.BondRepresentative,
			Starts: e.At, Ends: ofAge(who.BirthDate, e.At, time.Time{}), By: e.Agent.ID,
		}),
		tx.AddNotice(s.notice(Principal{ID: e.Agent.ID, Name: e.Agent.Name}, rec, noticeConsent, e.Detail)))
}

// ParentMandate is the id of the mandate of the parent whom the insurance names,
// by the child's logical id: there is one.
func ParentMandate(child string) string { return "parent-" + child }

// OfAge tells whether somebody is of age on the day of a time, in France.
func OfAge(birth string, at time.Time) bool {
	of, ok := consent.Majority(birth, france())
	return ok && !at.Before(of)
}

// newPerson makes a person of the traits that a source gives.
func newPerson(p PatientSeed) store.Person {
	var who store.Person
	v := &who.Patient
	*v = fhir.Patient{
		ID: p.ID, INS: p.INS, BirthName: p.BirthName, UsedName: p.UsedName, Given: p.Given, Gender: p.Gender,
		BirthDate: p.BirthDate, BirthPlace: p.BirthPlace, City: p.City, Reliability: p.Reliability,
	}
	if v.Reliability == "" {
		v.Reliability = "QUAL"
	}
	if len(p.Given) > 0 {
		v.FirstGiven = p.Given[0]
	}
	who.SortName, who.Words = sortName(*v), nameWords(*v)
	who.MatchKey = matchKey(fhir.Traits{BirthName: v.BirthName, FirstGiven: v.FirstGiven, Sex: sexOf(v.Gender), BirthDate: v.BirthDate})
	return who
}

// personName is a person's name in words, as they use it.
func personName(p fhir.Patient) string {
	name := p.UsedName
	if name == "" {
		name = p.BirthName
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s", p.FirstGiven, name))
}

// represents tells whether a citizen is the legal representative of somebody
// else now: also while the record is not open yet, when nobody enters it.
func (s *Service) represents(ctx context.Context, c Citizen, rec *store.Record) (bool, error) {
	mandates, err := s.mandates(ctx, rec.N)
	return consent.Represents(c.ID, mandates, s.now()), fault(err)
}
