package record

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

const (
	// wishAgain is how long a professional whose wish was refused asks in vain.
	wishAgain = 30 * 24 * time.Hour
	// wishLasts is how long a wish waits for its answer.
	wishLasts = 60 * 24 * time.Hour
)

// RequestAccess leaves a professional's wish to be let in for the patient to
// answer. It is accepted whether it will be shown or not: not of somebody whom
// the patient blocked or refused in the last thirty days, nor of one who may
// read already, nor a second time while one waits; nothing tells the
// professional which. Errors: NotFound, Throttled, NoRecord, Forbidden (a
// profession that never reads), Invalid (words of more than 400 characters).
func (s *Service) RequestAccess(ctx context.Context, p Principal, patientID, words string) error {
	if err := p.check(); err != nil {
		return err
	}
	words = strings.TrimSpace(words)
	if utf8.RuneCountInString(words) > maxReason {
		return fhir.E(fhir.Invalid, "Le message dépasse 400 caractères : raccourcissez-le.")
	}
	if err := s.limits.allow(p.ID); err != nil {
		return err
	}
	rec, err := s.asked(ctx, p, patientID)
	if err != nil {
		return err
	}
	n := rec.N
	return s.decided(rec, func() error {
		if rec, err = s.st.Record(ctx, n); err != nil {
			return err
		}
		return s.request(ctx, p, rec, words)
	})
}

// request decides about a wish and writes it.
func (s *Service) request(ctx context.Context, p Principal, rec *store.Record, words string) error {
	v := visit{mode: fhir.ModeNormal}
	d := s.decide(p, v, consent.FunctionOpen, rec)
	e := about(s.entry(p, fhir.KindConsent), v, d, rec)
	e.Detail = "request"
	if d.Refusal == "" && d.ReadRefusal == consent.RefusalProfession {
		d.Refusal = d.ReadRefusal
	}
	if d.Refusal != "" {
		return s.denied(ctx, e, d, rec)
	}
	all, err := s.st.Wishes(ctx, rec.N)
	if err != nil {
		return err
	}
	log, err := s.prepare(e, rec)
	if err != nil {
		return err
	}
	now := s.now()
	op := store.Op{Still: still(rec), Log: []store.Entry{log}}
	if d.ReadRefusal == consent.RefusalNoConsent && !slices.ContainsFunc(all, func(w store.Wish) bool { return w.Actor == p.ID && holds(w, now) }) {
		w := store.Wish{ID: newID(), Record: rec.N, Actor: p.ID, At: now, Words: words}
		op.Do = func(tx store.Tx) error {
			if err := tx.AddWish(w); err != nil {
				return err
			}
			return tx.AddNotice(s.notice(p, rec, noticeRequest, ""))
		}
	}
	return s.st.Do(ctx, op)
}

// waiting lists the wishes that wait for an answer.
func (s *Service) waiting(ctx context.Context, record int64) ([]Request, error) {
	all, err := s.st.Wishes(ctx, record)
	if err != nil {
		return nil, err
	}
	var out []Request
	for _, w := range all {
		if w.State != store.WishWaiting || s.now().Sub(w.At) >= wishLasts {
			continue
		}
		actor, err := s.nameOf(ctx, w.Actor)
		if err != nil {
			return nil, err
		}
		out = append(out, Request{ID: w.ID, Actor: actor, At: w.At, Words: w.Words})
	}
	return out, nil
}

// Answer answers a wish: accepted, the professional is authorised until a time,
// zero for good. Answered before, it stays so, and that is no error. Errors:
// NotFound, BusinessRule (blocked meanwhile), Invalid (the end), NoRecord.
func (s *Service) Answer(ctx context.Context, c Citizen, rec, request string, a Reply) error {
	return s.manages(ctx, c, rec, func(h *held) error {
		all, err := s.st.Wishes(ctx, h.rec.N)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(w store.Wish) bool { return w.ID == request })
		if at < 0 {
			return s.missedBy(ctx, c, request)
		}
		w, now := all[at], s.now()
		if w.State != store.WishWaiting {
			return s.wrote(ctx, h, s.heldEntry(h, fhir.KindConsent, detailAgain), nil)
		}
		if !a.Accept {
			return s.wrote(ctx, h, s.heldEntry(h, fhir.KindConsent, detailDecline), func(tx store.Tx) error {
				return tx.AnswerWish(h.rec.N, w.ID, store.WishRefused, now)
			})
		}
		p, err := s.asProvision(ctx, h, GrantAsked{Actor: w.Actor, Kind: RuleAuthorisation, End: a.Until})
		if err != nil {
			return err
		}
		return s.allow(ctx, h, p, detailAccept, func(tx store.Tx) error {
			return tx.AnswerWish(h.rec.N, w.ID, store.WishAccepted, now)
		})
	})
}

// Contest contests a consent that a professional declared: it ends at once, is
// marked as contested, and the professional may declare none of this patient
// for ninety days (consent.ContestTime); the patient can let them in all the
// same. Nobody is told; the log has it. Twice is once. Errors: NotFound, also
// of what no professional declared; Invalid (words of more than 400
// characters); NoRecord.
func (s *Service) Contest(ctx context.Context, c Citizen, rec, rule, words string) error {
	words = strings.TrimSpace(words)
	if utf8.RuneCountInString(words) > maxReason {
		return fhir.E(fhir.Invalid, "Le message dépasse 400 caractères : raccourcissez-le.")
	}
	return s.manages(ctx, c, rec, func(h *held) error {
		p, err := s.provision(ctx, h, rule)
		if err != nil {
			return err
		}
		if p.Kind == store.KindBlock || p.Declarer == "" || isCitizen(p.Declarer) {
			return s.missedBy(ctx, c, rule)
		}
		before, err := s.st.Contests(ctx, h.rec.N)
		if err != nil {
			return err
		}
		e := s.heldEntry(h, fhir.KindConsent, detailContest)
		if slices.ContainsFunc(before, func(o store.Contest) bool { return o.Provision == p.ID }) {
			e.Detail = detailAgain
			return s.wrote(ctx, h, e, nil)
		}
		now := s.now()
		return s.wrote(ctx, h, e, func(tx store.Tx) error {
			if _, err := tx.EndProvision(h.rec.N, p.ID, now); err != nil {
				return err
			}
			return tx.AddContest(store.Contest{
				Provision: p.ID, Record: h.rec.N, Declarer: p.Declarer, At: now, Until: now.Add(consent.ContestTime), Words: words,
			})
		})
	})
}

// holds tells that a wish keeps its professional from another: it waits, or
// was refused not long ago.
func holds(w store.Wish, now time.Time) bool {
	return w.State == store.WishWaiting && now.Sub(w.At) < wishLasts || w.State == store.WishRefused && now.Sub(w.Answered) < wishAgain
}
