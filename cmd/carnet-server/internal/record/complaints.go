package record

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// maxWords bounds what somebody writes in a contested access, in characters.
const maxWords = 2000

// complaintBody is what is sealed of a contested access.
type complaintBody struct {
	At     time.Time `json:"at"` // of the access
	Who    Listed    `json:"who"`
	Mode   string    `json:"mode"`
	Reason string    `json:"reason,omitempty"`
	By     string    `json:"by"` // agent who contested it
	Words  string    `json:"words"`
	Answer string    `json:"answer,omitempty"`
}

// writtenWords trims what somebody wrote and refuses nothing at all, and too
// much.
func writtenWords(words, element string) (string, error) {
	words = strings.TrimSpace(words)
	switch n := utf8.RuneCountInString(words); {
	case n == 0:
		return "", issue(fhir.Required, element, "Écrivez quelques mots, puis envoyez.")
	case n > maxWords:
		return "", issue(fhir.Invalid, element, "Le message dépasse 2 000 caractères\u00a0: résumez-le.")
	}
	return words, nil
}

// ContestAccess contests an emergency access: act is an entry of the history,
// of the visit that it was in. It opens one message to the data-protection
// officer, logged and traced; contesting the same visit twice is no error and
// changes nothing. Errors: NotFound, BusinessRule (no emergency access),
// Required, Invalid.
func (s *Service) ContestAccess(ctx context.Context, c Citizen, rec string, act int64, words string) error {
	words, err := writtenWords(words, "words")
	if err != nil {
		return err
	}
	return s.enters(ctx, c, rec, func(h *held) error {
		if !h.self() && h.relation != RelationRepresentative {
			return fhir.E(fhir.Forbidden, "Vous pouvez consulter ce dossier, mais pas contester ses accès.")
		}
		opened, err := s.contested(ctx, h, act)
		if err != nil {
			return err
		}
		e := s.heldEntry(h, fhir.KindComplaint, "contest")
		e.Action = "C"
		one := store.Complaint{ID: newID(), Record: h.rec.N, Seq: opened.seq, At: s.now()}
		one.Body, err = json.Marshal(complaintBody{
			At: opened.when(), Who: agentListed(opened.Agent), Mode: opened.Mode, Reason: opened.Reason,
			By: consent.CitizenID(c.ID), Words: words,
		})
		if err != nil {
			return err
		}
		err = s.wrote(ctx, h, e, func(tx store.Tx) error { return tx.AddComplaint(one) })
		if errors.Is(err, store.ErrDuplicate) {
			return nil
		}
		return err
	})
}

// contested finds the entry that opened the visit of an act: what is contested
// is the visit.
func (s *Service) contested(ctx context.Context, h *held, act int64) (traced, error) {
	found, err := s.st.History(ctx, store.HistoryAsk{Record: h.rec.N, Below: act + 1, Limit: 1})
	if err != nil {
		return traced{}, err
	}
	if act < 0 || len(found) == 0 || found[0].Seq != act {
		return traced{}, notFound()
	}
	entry, err := audit.Read(found[0].Body)
	if err != nil {
		return traced{}, err
	}
	if entry.Mode == "" || entry.Mode == fhir.ModeNormal || visitRole(entry.Agent) != roleProfessional {
		return traced{}, fhir.E(fhir.BusinessRule, "Seul un accès d’urgence se conteste ainsi\u00a0: pour un autre, bloquez le professionnel ou retirez son autorisation.")
	}
	if entry.Session == "" || entry.Kind == fhir.KindOpen {
		return traced{act, entry}, nil
	}
	seq, err := s.openingOf(ctx, h.rec.N, entry.At, entry.Session)
	if err != nil || seq == 0 {
		return traced{act, entry}, err
	}
	return traced{seq, entry}, nil
}

// agentListed is an agent of the log as people see them.
func agentListed(a audit.Agent) Listed {
	l := Listed{ID: a.ID, Name: a.Name, Specialty: a.Specialty, OrgID: a.OrgID, OrgName: a.OrgName}
	if visitRole(a) == roleProfessional {
		l.Profession = a.Role
	}
	return l
}

// largestComplaints bounds the data-protection officer's list.
const largestComplaints = 500

// officer refuses whoever is not the data-protection officer.
func (w Staff) officer() error {
	if w.ID == "" || w.Role != StaffDPO {
		return refused(consent.RefusalIdentity)
	}
	return nil
}

// entry starts the entry of something that staff does.
func (w Staff) entry(now time.Time, kind, detail string) audit.Entry {
	return audit.Entry{
		At: now, Kind: kind, Detail: detail, Request: w.RequestID,
		Agent: audit.Agent{ID: "staff/" + w.ID, Name: w.Name, Role: w.Role},
	}
}

// Contested lists the contested accesses for the data-protection officer, the
// unanswered first: who, when, in which mode, the typed reason and the
// patient's words, and no medical content. Each listing is logged. Errors:
// Unauthenticated for anyone else.
func (s *Service) Contested(ctx context.Context, w Staff) ([]Complaint, error) {
	if err := w.officer(); err != nil {
		return nil, err
	}
	all, err := s.st.Complaints(ctx, largestComplaints)
	if err != nil {
		return nil, fault(err)
	}
	out := make([]Complaint, 0, len(all))
	for _, c := range all {
		one, err := s.complaint(ctx, c)
		if err != nil {
			return nil, fault(err)
		}
		out = append(out, one)
	}
	e := w.entry(s.now(), fhir.KindComplaint, "list")
	e.Count = len(out)
	return durable(out, s.record(ctx, e, nil))
}

// complaint gives a contested access as the officer sees it.
func (s *Service) complaint(ctx context.Context, c store.Complaint) (Complaint, error) {
	var b complaintBody
	if err := json.Unmarshal(c.Body, &b); err != nil {
		return Complaint{}, err
	}
	person, err := s.st.PersonByN(ctx, c.Record)
	return Complaint{
		ID: c.ID, Patient: personName(person.Patient), At: b.At, Act: c.Seq, Who: b.Who, Mode: b.Mode, Reason: b.Reason,
		Words: b.Words, Answer: b.Answer, Answered: c.Answered,
	}, err
}

// AnswerComplaint answers a contested access, once; the patient is told.
// Errors: Unauthenticated for anyone but the data-protection officer, NotFound,
// BusinessRule (answered already), Required, Invalid.
func (s *Service) AnswerComplaint(ctx context.Context, w Staff, id, words string) error {
	if err := w.officer(); err != nil {
		return err
	}
	words, err := writtenWords(words, "words")
	if err != nil {
		return err
	}
	c, err := s.st.Complaint(ctx, id)
	if err != nil {
		return fault(err)
	}
	var b complaintBody
	if err := json.Unmarshal(c.Body, &b); err != nil {
		return fault(err)
	}
	b.Answer = words
	if c.Body, err = json.Marshal(b); err != nil {
		return fault(err)
	}
	c.Answered = s.now()
	rec, err := s.st.Record(ctx, c.Record)
	if err != nil {
		return fault(err)
	}
	e := w.entry(s.now(), fhir.KindComplaint, "answer")
	e.Action = "U"
	log, err := s.prepare(e, rec)
	if err != nil {
		return fault(err)
	}
	err = s.st.Do(ctx, store.Op{Log: []store.Entry{log}, Do: func(tx store.Tx) error {
		if err := tx.AnswerComplaint(c); err != nil {
			return err
		}
		return tx.AddNotice(s.told(c.Record, noticeComplaint, noticeBody{Agent: e.Agent.ID, Name: w.Name, Detail: words, Act: c.Seq}))
	}})
	if errors.Is(err, store.ErrVersion) {
		return fhir.E(fhir.BusinessRule, "Cette contestation a déjà sa réponse\u00a0: rechargez la page.")
	}
	return fault(err)
}
