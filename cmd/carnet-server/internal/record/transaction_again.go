package record

import (
	"context"
	"errors"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// answersFor finds who answers for what a system files: the author that the
// document names, who must be a professional of the system's own structure. A
// person answers for themselves.
func (s *Service) answersFor(ctx context.Context, f *filing) error {
	if isNational(f.p.ID) {
		return nil
	}
	unknown := issue(fhir.BusinessRule, "author[0]", "L'auteur n'est pas un professionnel de votre structure dans l'annuaire : nommez le professionnel responsable (RPPS).")
	if f.p.OrgID == "" || !isNational(f.view.Author.ID) {
		return unknown
	}
	l, err := s.st.Listed(ctx, f.view.Author.ID)
	if errors.Is(err, store.ErrNotFound) {
		return unknown
	}
	if err != nil {
		return fault(err)
	}
	if l.Org || l.OrgID != f.p.OrgID {
		return unknown
	}
	today := s.now().In(france()).Format(time.DateOnly)
	if l.Until != "" && today > l.Until {
		return issue(fhir.BusinessRule, "author[0]", "L'activité de l'auteur dans votre structure est terminée dans l'annuaire : nommez un professionnel responsable qui y exerce (RPPS).")
	}
	if today < l.Since {
		return issue(fhir.BusinessRule, "author[0]", "L'activité de l'auteur dans votre structure n'a pas commencé dans l'annuaire : nommez un professionnel responsable qui y exerce (RPPS).")
	}
	f.responsible = &audit.Agent{ID: l.ID, Name: l.Name}
	return nil
}

// submittedBefore answers a submission set whose idempotency key was used.
func (s *Service) submittedBefore(ctx context.Context, l *lot) (out []fhir.Entry, done bool, err error) {
	if l.in.Idempotency == "" {
		return nil, false, nil
	}
	_, id, err := s.st.Once(ctx, l.p.ID, l.in.Idempotency)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fault(err)
	}
	before := make([]store.Doc, len(l.docs))
	for i, f := range l.docs {
		old, _, err := s.st.Locate(ctx, "", f.view.UniqueID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, false, fault(err)
		}
		if err != nil || i == 0 && old.ID != id || old.Filer != l.p.ID || !f.same(old, l) {
			return nil, false, fhir.E(fhir.StateConflict, "Cette clé d'envoi a déjà servi pour un autre lot : utilisez-en une nouvelle.")
		}
		before[i] = old
	}
	l.set.ID = seedID("set", id)
	for i, f := range l.docs {
		f.id, f.rec, f.person = before[i].ID, l.docs[0].rec, l.docs[0].person
		was, err := s.again(ctx, f, f.id)
		if err != nil && fhir.CodeOf(err) != fhir.Withdrawn {
			return nil, false, err
		}
		f.doc.Served = was.JSON
	}
	return l.answer("200"), true, nil
}

// same tells whether a document holds what is filed now.
func (f *filing) same(old store.Doc, l *lot) bool {
	return old.SHA256 == f.u.SHA256 && old.Record == l.docs[0].person.N
}

// duplicates refuses a submission set of whose documents some are there. Who
// filed them is told where they are, if they hold the same and were not taken
// back: for them it is done. raced is the store's word that there are some.
func (s *Service) duplicates(ctx context.Context, l *lot, raced error) error {
	answer := fhir.E(fhir.Duplicate, "Des documents de ce lot ont déjà été déposés : retirez-les du lot, puis renvoyez les autres.")
	answer.Existing = map[string]string{}
	for i, f := range l.docs {
		old, _, err := s.st.Locate(ctx, "", f.view.UniqueID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return fault(err)
		}
		one := fhir.Issue{
			Code: fhir.Duplicate, Expression: fhir.EntryPath(l.asked.Documents[i].Entry) + ".masterIdentifier", Message: "Ce document a déjà été déposé.",
		}
		switch {
		case old.Filer != l.p.ID:
		case f.same(old, l) && old.Facts.Status != consent.StatusWithdrawn:
			answer.Existing[one.Expression] = "DocumentReference/" + old.ID
		default:
			one.Code, one.Message = fhir.StateConflict, "Cet identifiant unique désigne déjà un autre contenu, ou un document retiré : vérifiez le document."
		}
		answer.Issues = append(answer.Issues, one)
	}
	if len(answer.Issues) == 0 {
		return fault(raced)
	}
	e := s.entry(l.p, fhir.KindDenial)
	e.Refusal = string(fhir.Duplicate)
	if err := s.record(ctx, e, nil); err != nil {
		return err
	}
	return answer
}

// replacedIn finds the documents that those of a submission set replace, each
// replaced once.
func (s *Service) replacedIn(ctx context.Context, l *lot) error {
	taken := map[int64]bool{}
	found := &lot{asked: l.asked, faulty: map[int]bool{}}
	for i, f := range l.docs {
		if len(f.view.Replaces) == 0 {
			continue
		}
		err := s.replaced(ctx, f)
		var e *fhir.Error
		if errors.As(err, &e) && e.Code == fhir.StateConflict {
			named := *e
			named.Issues = fhir.InEntry([]fhir.Issue{{
				Code: e.Code, Expression: "DocumentReference.relatesTo[0].target", Message: e.Message,
			}}, l.asked.Documents[i].Entry)
			if e.Location != "" {
				named.Existing = map[string]string{named.Issues[0].Expression: e.Location}
			}
			return &named
		}
		if err == nil && taken[f.old.N] {
			err = issue(fhir.Invalid, "relatesTo[0].target", "Deux documents du lot remplacent le même : un seul peut le remplacer.")
		}
		if err := found.fault(i, err); err != nil {
			return err
		}
		taken[f.old.N] = true
	}
	return fhir.Refuse(found.faults)
}
