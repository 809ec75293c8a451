package record

import (
	"cmp"
	"context"
	"slices"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Details of entries of kind consent that a holder, or who represents them,
// leaves; what was so already is detailAgain.
const (
	detailRules   = "list" // the rules were read
	detailAllow   = "allow"
	detailTeam    = "team"
	detailRevoke  = "revoke"
	detailBlock   = "block"
	detailUnblock = "unblock"
	detailMT      = "mt"
	detailNoMT    = "no-mt"
	detailChoose  = "choose"
	detailContest = "contest"
	detailAccept  = "accept"
	detailDecline = "decline"
)

// Rules tells everything that is decided about a record: what is in force and
// what ended in the last year, in force first, newest first. Errors: NotFound.
func (s *Service) Rules(ctx context.Context, c Citizen, rec string) (Rules, error) {
	var out Rules
	err := s.enters(ctx, c, rec, func(h *held) error {
		if err := h.reviews(); err != nil {
			return err
		}
		return s.shown(ctx, h, s.lookedUp(h, detailRules), func() (err error) {
			out, err = s.rules(ctx, h)
			return err
		})
	})
	return durable(out, err)
}

// rulesShown is how long a rule that ended is shown.
const rulesShown = 365 * 24 * time.Hour

// rules reads everything that is decided about a record.
func (s *Service) rules(ctx context.Context, h *held) (out Rules, err error) {
	f := h.rec.Facts
	choices, err := s.st.Choices(ctx, h.rec.N)
	if err != nil {
		return out, err
	}
	out.Choices = Choices{
		OpposeBreakGlass: f.OpposeBreakGlass, OpposeCentre15: f.OpposeCentre15, MaskedEmergency: f.MaskedInEmergency,
		NoOffline: choices.NoOffline, EveryVisit: choices.EveryVisit, Email: choices.Email,
	}
	if !h.self() {
		out.Choices.Email = "" // the holder's own address
	}
	if f.MT != "" {
		if out.MT, err = s.nameOf(ctx, f.MT); err != nil {
			return out, err
		}
	}
	if out.Rules, err = s.ruleList(ctx, h.rec.N); err != nil {
		return out, err
	}
	out.Requests, err = s.waiting(ctx, h.rec.N)
	return out, err
}

// ruleList gives the provisions of a record as rules.
func (s *Service) ruleList(ctx context.Context, record int64) ([]Rule, error) {
	all, err := s.st.Decisions(ctx, record)
	if err != nil {
		return nil, err
	}
	contests, err := s.st.Contests(ctx, record)
	if err != nil {
		return nil, err
	}
	contested := map[string]time.Time{}
	for _, c := range contests {
		contested[c.Provision] = c.At
	}
	var out []Rule
	now := s.now()
	for _, p := range all {
		if !p.Ends.IsZero() && now.Sub(p.Ends) > rulesShown {
			continue
		}
		r, err := s.rule(ctx, p)
		if err != nil {
			return nil, err
		}
		r.Contested = contested[p.ID]
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b Rule) int { return cmp.Compare(rank(a, now), rank(b, now)) })
	return out, nil
}

// rank puts what is in force or will be before what is over.
func rank(r Rule, now time.Time) int {
	if r.Active || r.Contested.IsZero() && r.Start.After(now) {
		return 0
	}
	return 1
}

// kindNames are the names of kinds of provisions.
var kindNames = map[store.ProvisionKind]string{
	store.KindAuthorisation: RuleAuthorisation, store.KindTeam: RuleTeam, store.KindBlock: RuleBlock,
}

// rule gives a provision as a rule.
func (s *Service) rule(ctx context.Context, p store.Provision) (Rule, error) {
	now := s.now()
	r := Rule{
		ID: p.ID, Kind: kindNames[p.Kind], Start: p.Starts, End: p.Ends,
		Active: p.Active && !now.Before(p.Starts) && (p.Ends.IsZero() || now.Before(p.Ends)),
	}
	var body fhir.Consent
	if p.Body != nil {
		var err error
		if body, err = fhir.ParseConsent(p.Body); err != nil {
			return r, err
		}
	}
	if r.Start.IsZero() {
		r.Start = body.DateTime
	}
	var err error
	if r.Actor, err = s.nameOf(ctx, p.Actor); err != nil {
		return r, err
	}
	if r.Actor.Name == p.Actor && body.ActorName != "" {
		r.Actor.Name = body.ActorName
	}
	if p.Declarer == "" || isCitizen(p.Declarer) {
		r.By, err = s.actingName(ctx, p.Declarer)
		return r, err
	}
	by, err := s.nameOf(ctx, p.Declarer)
	if err == nil && by.Name == p.Declarer && p.Declarer == p.Actor {
		by.Name = r.Actor.Name
	}
	r.By, r.ByPro, r.Form = by.Name, true, body.Form
	return r, err
}

// Allow lets a professional or a structure in, as a member of the care team or
// by an authorisation, for a period or for good. It takes the place of what
// was decided about them in the same kind; twice is once. Errors: NotFound
// (also of an actor who is not in the directory), BusinessRule (blocked;
// occupational medicine), Invalid (the period), NoRecord.
func (s *Service) Allow(ctx context.Context, c Citizen, rec string, g GrantAsked) error {
	return s.manages(ctx, c, rec, func(h *held) error {
		p, err := s.asProvision(ctx, h, g)
		if err != nil {
			return err
		}
		return s.allow(ctx, h, p, detailOf(p.Kind))
	})
}

func detailOf(k store.ProvisionKind) string {
	if k == store.KindTeam {
		return detailTeam
	}
	return detailAllow
}

// asProvision checks what a holder asks for.
func (s *Service) asProvision(ctx context.Context, h *held, g GrantAsked) (store.Provision, error) {
	p := store.Provision{Record: h.rec.N, Kind: store.KindAuthorisation, Actor: g.Actor, Starts: g.Start, Ends: g.End}
	if g.Kind == RuleTeam {
		p.Kind = store.KindTeam
	} else if g.Kind != RuleAuthorisation {
		return p, fhir.E(fhir.Invalid, "Choisissez une autorisation ou une place dans l’équipe de soins.")
	}
	l, err := s.st.Listed(ctx, g.Actor)
	if err != nil {
		return p, unlisted(err)
	}
	if r := consent.MayAllow(requesterOf(l), l.Org, h.rec.Facts); r != "" {
		return p, ruleRefused(r)
	}
	now := s.now()
	if p.Starts.IsZero() || p.Starts.Before(now) {
		p.Starts = now
	}
	if p.Kind == store.KindTeam && p.Ends.IsZero() {
		p.Ends = teamEnd(p.Starts)
	}
	if !p.Ends.IsZero() && !p.Starts.Before(p.Ends) {
		return p, fhir.E(fhir.Invalid, "La fin précède le début : vérifiez les dates.")
	}
	p.Org = l.Org
	return p, nil
}

// allow writes a relation in the place of those of the same kind and actor.
func (s *Service) allow(ctx context.Context, h *held, p store.Provision, detail string, more ...func(store.Tx) error) error {
	all, err := s.st.Decisions(ctx, h.rec.N)
	if err != nil {
		return err
	}
	e := s.heldEntry(h, fhir.KindConsent, detail)
	for _, old := range all {
		if len(more) == 0 && same(old, p) {
			e.Detail = detailAgain
			return s.wrote(ctx, h, e, nil)
		}
	}
	now := s.now()
	p.ID, p.Active, p.Declarer, p.Version, p.Updated = newID(), true, h.declarer(), 1, now
	return s.wrote(ctx, h, e, func(tx store.Tx) error {
		for _, old := range all {
			if old.Active && old.Kind == p.Kind && old.Actor == p.Actor {
				if _, err := tx.EndProvision(h.rec.N, old.ID, now); err != nil {
					return err
				}
			}
		}
		if err := tx.AddProvision(&p); err != nil {
			return err
		}
		for _, f := range more {
			if err := f(tx); err != nil {
				return err
			}
		}
		return s.tellHolder(tx, h, detail)
	})
}

// same tells that a provision in force already says what is asked: times are
// kept in milliseconds, and what has begun need not begin again.
func same(old, p store.Provision) bool {
	if !old.Active || old.Kind != p.Kind || old.Actor != p.Actor || old.Declarer != "" && !isCitizen(old.Declarer) {
		return false
	}
	teamLike := p.Kind == store.KindTeam && old.Ends.Sub(p.Ends).Abs() < 24*time.Hour && !old.Ends.IsZero() && !p.Ends.IsZero()
	return old.Starts.Before(p.Starts.Add(time.Millisecond)) && (teamLike || old.Ends.UnixMilli() == p.Ends.UnixMilli())
}

// declarer is who recorded a provision: "" the holder, as all that was ever
// seeded or decided by them.
func (h *held) declarer() string {
	if h.self() {
		return ""
	}
	return consent.CitizenID(h.c.ID)
}

// tellHolder leaves a notice of what somebody decided in the holder's place,
// and of every membership of the care team (contract section 6).
func (s *Service) tellHolder(tx store.Tx, h *held, detail string) error {
	if h.self() && detail != detailTeam {
		return nil
	}
	kind := noticeConsent
	if detail == detailTeam {
		kind = noticeTeam
	}
	return tx.AddNotice(s.notice(h.c.principal(), h.rec, kind, detail))
}

// Revoke ends a rule that lets somebody in; ended already is no error. A block
// ends by Unblock. Errors: NotFound, NoRecord.
func (s *Service) Revoke(ctx context.Context, c Citizen, rec, rule string) error {
	return s.manages(ctx, c, rec, func(h *held) error {
		p, err := s.provision(ctx, h, rule)
		if err != nil {
			return err
		}
		if p.Kind == store.KindBlock {
			return notFound()
		}
		e := s.heldEntry(h, fhir.KindConsent, detailRevoke)
		now := s.now()
		if !p.Active || !p.Ends.IsZero() && !now.Before(p.Ends) {
			e.Detail = detailAgain
		}
		return s.wrote(ctx, h, e, func(tx store.Tx) error {
			ended, err := tx.EndProvision(h.rec.N, p.ID, now)
			if err != nil || !ended {
				return err
			}
			return s.tellHolder(tx, h, detailRevoke)
		})
	})
}

// provision finds one of a record's.
func (s *Service) provision(ctx context.Context, h *held, id string) (store.Provision, error) {
	all, err := s.st.Decisions(ctx, h.rec.N)
	if err != nil {
		return store.Provision{}, err
	}
	at := slices.IndexFunc(all, func(p store.Provision) bool { return p.ID == id })
	if at < 0 {
		return store.Provision{}, s.missedBy(ctx, h.c, id)
	}
	return all[at], nil
}
