package record

import (
	"context"
	"slices"

	"carnet/client/fhir"
)

// What a holder may declare as a Consent, beyond what a professional may.
var (
	heldElements  = []string{"id", "extension", "type", "period", "actor", "purpose", "securityLabel", "provision"}
	innerElements = []string{"id", "extension", "type", "actor"}
)

// HeldDeclare decides what a Consent says, by the same mapping (contract section
// 6), in a record that the citizen manages, and gives it as it stands. Each
// element is understood or the whole is refused. Errors: those of Allow, Block
// and Choose; Malformed, Invalid, Required.
func (s *Service) HeldDeclare(ctx context.Context, c Citizen, body []byte) (Resource, error) {
	n, err := fhir.Parse(body)
	if err != nil {
		return Resource{}, err
	}
	if err := checkHeldConsent(n); err != nil {
		return Resource{}, err
	}
	rec := fhir.RefID(n.At("patient", "reference").String(), "Patient")
	same, err := s.carryOut(ctx, c, rec, n)
	if err != nil {
		return Resource{}, err
	}
	var out Resource
	err = s.enters(ctx, c, rec, func(h *held) error {
		return s.shown(ctx, h, s.lookedUp(h, detailRules), func() error {
			all, err := s.heldConsents(ctx, h)
			if at := slices.IndexFunc(all, same); err == nil && at >= 0 {
				out = all[at]
			}
			return err
		})
	})
	return durable(out, err)
}

// checkHeldConsent holds a received Consent against FHIR and against what is
// understood of it here.
func checkHeldConsent(n *fhir.Node) error {
	if err := fhir.Refuse(append(fhir.CheckAs(n, "Consent"), fhir.Modifiers(n)...)); err != nil {
		return err
	}
	top, inner := notAmong(n, declaredElements), notAmong(n.Get("provision"), heldElements)
	switch {
	case top != "":
		return notUnderstood(top)
	case inner != "":
		return notUnderstood("provision." + inner)
	case n.Get("provision") == nil:
		return consentFault(fhir.Required, "provision", "Précisez ce que vous décidez.")
	case n.Get("status").String() != "active":
		return consentFault(fhir.Invalid, "status", "Une décision se déclare avec le statut « active ».")
	case !hasCode(n.Get("scope"), fhir.SystemConsentScope, scopePrivacy):
		return consentFault(fhir.Invalid, "scope", "La portée d’un consentement est « patient-privacy ».")
	case !hasCategory(n.Get("category"), fhir.SystemLOINC, categoryConsent):
		return consentFault(fhir.Invalid, "category", "La catégorie d’un consentement est 59284-0 (LOINC).")
	case !fhir.IsHere(n.At("patient", "reference").String(), "", "Patient"):
		return consentFault(fhir.Invalid, "patient", "Désignez la personne par sa référence sur ce serveur : Patient/id.")
	}
	if nested := n.At("provision").Get("provision"); nested != nil {
		for i := range nested.Items {
			if name := notAmong(&nested.Items[i], innerElements); name != "" {
				return notUnderstood("provision.provision." + name)
			}
		}
	}
	return nil
}

// said is what a provision consists of.
type said struct {
	kind                            string // permit, deny
	actors, purposes, labels, inner int
	period                          bool
}

func saidOf(p *fhir.Node) said {
	count := func(name string) int {
		if n := p.Get(name); n != nil {
			return len(n.Items)
		}
		return 0
	}
	return said{p.Get("type").String(), count("actor"), count("purpose"), count("securityLabel"), count("provision"), p.Get("period") != nil}
}

// carryOut decides what a checked Consent says, and tells how to know it among
// the record's.
func (s *Service) carryOut(ctx context.Context, c Citizen, rec string, n *fhir.Node) (func(Resource) bool, error) {
	p := n.Get("provision")
	what := saidOf(p)
	switch what {
	case said{kind: "permit", actors: 1}, said{kind: "permit", actors: 1, period: true}:
		return s.carryOutAllow(ctx, c, rec, n)
	case said{kind: "permit", inner: 1}:
		inner := &p.Get("provision").Items[0]
		if got := saidOf(inner); got != (said{kind: "deny", actors: 1}) {
			return nil, notUnderstood("provision.provision")
		}
		actor, err := heldActor(inner, "provision.provision.actor[0]")
		if err != nil {
			return nil, err
		}
		return namesActor(actor, "deny"), s.Block(ctx, c, rec, actor)
	case said{kind: "deny", purposes: 1}:
		for name, code := range map[string]string{"break-glass": fhir.PurposeOf(fhir.ModeBreakGlass), "centre-15": fhir.PurposeOf(fhir.ModeCentre15)} {
			if isPurpose(p, code) {
				return hasID(switchID(rec, name)), s.setSwitch(ctx, c, rec, name, true)
			}
		}
	case said{kind: "permit", purposes: 1, labels: 1}:
		if isPurpose(p, fhir.PurposeOf(fhir.ModeBreakGlass)) && p.At("securityLabel", "code").String() == fhir.LabelMasked {
			return hasID(switchID(rec, "masked")), s.setSwitch(ctx, c, rec, "masked", true)
		}
	}
	return nil, consentFault(fhir.Invalid, "provision", "Ce consentement ne dit rien que ce serveur sache appliquer : voyez la correspondance publiée.")
}

// carryOutAllow decides an authorisation or a place in the care team.
func (s *Service) carryOutAllow(ctx context.Context, c Citizen, rec string, n *fhir.Node) (func(Resource) bool, error) {
	p := n.Get("provision")
	actor, err := heldActor(p, "provision.actor[0]")
	if err != nil {
		return nil, err
	}
	g := GrantAsked{
		Actor: actor, Kind: RuleAuthorisation,
		Start: fhir.ParseTime(p.At("period", "start").String()), End: fhir.ParseTime(p.At("period", "end").String()),
	}
	if exts := n.Get("extension"); exts != nil && slices.ContainsFunc(exts.Items, func(e fhir.Node) bool {
		return e.Get("url").String() == fhir.ExtCareTeam
	}) {
		g.Kind = RuleTeam
	}
	return namesActor(actor, "permit"), s.Allow(ctx, c, rec, g)
}

// heldActor reads whom a provision is about: one recipient with a national id.
func heldActor(p *fhir.Node, at string) (string, error) {
	if err := checkActors(p.Get("actor")); err != nil {
		return "", err
	}
	id := p.At("actor", "reference", "identifier", "value").String()
	if id == "" {
		return "", consentFault(fhir.Required, at, "Désignez le destinataire par son identifiant national.")
	}
	return id, nil
}

func isPurpose(p *fhir.Node, code string) bool {
	return p.At("purpose", "code").String() == code && p.At("purpose", "system").String() == systemActReason
}

func hasID(id string) func(Resource) bool { return func(r Resource) bool { return r.ID == id } }

// namesActor finds the newest Consent in force about an actor.
func namesActor(actor, kind string) func(Resource) bool {
	return func(r Resource) bool {
		n, err := fhir.Parse(r.JSON)
		if err != nil || n.Get("status").String() != "active" {
			return false
		}
		p := n.Get("provision")
		if kind == "deny" {
			p = p.At("provision")
		}
		if p != nil && p.Kind == fhir.Array {
			p = &p.Items[0]
		}
		return p.At("actor", "reference", "identifier", "value").String() == actor
	}
}
