package record

import (
	"context"
	"slices"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// What a holder decided, as Consent resources by the mapping of contract section
// 6 (IHE PCF): the open record, each rule, each emergency switch that is on. An
// authorisation is a permit with actor and period, a place in the care team one
// with an extension that says so, a block a denied actor within a permit, an
// opposition a denied purpose, and masked documents readable in an emergency a
// permit with the label.

const (
	systemActReason = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	policyAccess    = "urn:carnet:policy:acces-professionnel"
	profilePCF      = "https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentBasic"
)

// switchNames name the switches that are Consents.
var switchNames = []string{"open", "break-glass", "centre-15", "masked"}

// switchID is the id of the Consent that a switch is, the same whenever it is on.
func switchID(patient, name string) string { return seedID("switch", patient, name) }

// list makes an array.
func list(items ...fhir.Node) fhir.Node { return fhir.Node{Kind: fhir.Array, Items: items} }

// permit and deny make a provision.
func permit() fhir.Node { return fhir.Object1("type", fhir.Text("permit")) }
func deny() fhir.Node   { return fhir.Object1("type", fhir.Text("deny")) }

// purpose adds a purpose of use to a provision.
func purpose(p fhir.Node, code string) fhir.Node {
	p.Set("purpose", list(coding(fhir.Coding{System: systemActReason, Code: code})))
	return p
}

// switchProvisions are the provisions of the switches of a record that are on.
func switchProvisions(f consent.Facts) map[string]fhir.Node {
	out := map[string]fhir.Node{}
	if f.State == consent.StateOpen {
		out["open"] = permit()
	}
	if f.OpposeBreakGlass {
		out["break-glass"] = purpose(deny(), fhir.PurposeOf(fhir.ModeBreakGlass))
	}
	if f.OpposeCentre15 {
		out["centre-15"] = purpose(deny(), fhir.PurposeOf(fhir.ModeCentre15))
	}
	if f.MaskedInEmergency {
		p := purpose(permit(), fhir.PurposeOf(fhir.ModeBreakGlass))
		p.Set("securityLabel", list(coding(fhir.LabelCoding(fhir.LabelMasked))))
		out["masked"] = p
	}
	return out
}

// consentNode makes a Consent of the holder's.
func consentNode(id, version, status, patient string) fhir.Node {
	n := fhir.Object1("resourceType", fhir.Text("Consent"))
	n.Set("id", fhir.Text(id))
	meta := fhir.Object1("versionId", fhir.Text(version))
	meta.Set("profile", list(fhir.Text(profilePCF)))
	n.Set("meta", meta)
	n.Set("status", fhir.Text(status))
	n.Set("scope", codings(fhir.Coding{System: fhir.SystemConsentScope, Code: scopePrivacy}, ""))
	n.Set("category", list(codings(fhir.Coding{System: fhir.SystemLOINC, Code: categoryConsent}, "")))
	n.Set("patient", fhir.Object1("reference", fhir.Text("Patient/"+patient)))
	n.Set("performer", list(fhir.Object1("reference", fhir.Text("Patient/"+patient))))
	n.Set("policy", list(fhir.Object1("uri", fhir.Text(policyAccess))))
	return n
}

// actorNode names whom a provision is about.
func actorNode(l Listed) fhir.Node {
	system := fhir.SystemNationalPro
	if l.Org {
		system = fhir.SystemNationalOrg
	}
	ref := fhir.Object1("identifier", identifier(system, l.ID))
	ref.Set("display", fhir.Text(l.Name))
	a := fhir.Object1("role", codings(fhir.Coding{System: fhir.SystemParticipation, Code: roleRecipient}, ""))
	a.Set("reference", ref)
	return a
}

// ruleConsent gives a rule as a Consent: as the professional declared it, or
// made from it.
func (s *Service) ruleConsent(ctx context.Context, h *held, p store.Provision) (Resource, error) {
	if p.Body != nil && p.Declarer != "" && !isCitizen(p.Declarer) {
		return s.consentResource(p)
	}
	actor, err := s.nameOf(ctx, p.Actor)
	if err != nil {
		return Resource{}, err
	}
	actor.Org = p.Org
	status := "active"
	if !p.Active || !p.Ends.IsZero() && !s.now().Before(p.Ends) {
		status = "inactive"
	}
	n := consentNode(p.ID, formatInt(p.Version), status, h.rec.Facts.PatientID)
	if isCitizen(p.Declarer) {
		n.Set("performer", list(fhir.Object1("reference", fhir.Text(p.Declarer))))
	}
	n.Set("dateTime", fhir.Text(fhir.Instant(p.Updated)))
	provision := permit()
	switch p.Kind {
	case store.KindBlock:
		not := deny()
		not.Set("actor", list(actorNode(actor)))
		provision.Set("provision", list(not))
	case store.KindTeam:
		addExtension(&n, fhir.ExtCareTeam, "valueBoolean", fhir.Node{Kind: fhir.Bool, Text: "true"})
		fallthrough
	default:
		if !p.Starts.IsZero() || !p.Ends.IsZero() {
			provision.Set("period", periodNode(p))
		}
		provision.Set("actor", list(actorNode(actor)))
	}
	n.Set("provision", provision)
	return Resource{ID: p.ID, Version: formatInt(p.Version), LastUpdated: p.Updated, JSON: n.AppendJSON(nil)}, nil
}

func periodNode(p store.Provision) fhir.Node {
	n := fhir.Node{Kind: fhir.Object}
	if !p.Starts.IsZero() {
		n.Set("start", fhir.Text(fhir.Instant(p.Starts)))
	}
	if !p.Ends.IsZero() {
		n.Set("end", fhir.Text(fhir.Instant(p.Ends)))
	}
	return n
}

// heldConsents gives all Consents of a record: the switches, then the rules,
// newest first.
func (s *Service) heldConsents(ctx context.Context, h *held) (out []Resource, err error) {
	on := switchProvisions(h.rec.Facts)
	version := formatInt(h.rec.Facts.Epoch)
	for _, name := range switchNames {
		provision, ok := on[name]
		if !ok {
			continue
		}
		id := switchID(h.rec.Facts.PatientID, name)
		n := consentNode(id, version, "active", h.rec.Facts.PatientID)
		n.Set("provision", provision)
		out = append(out, Resource{ID: id, Version: version, LastUpdated: s.now(), JSON: n.AppendJSON(nil)})
	}
	all, err := s.st.Decisions(ctx, h.rec.N)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		r, err := s.ruleConsent(ctx, h, p)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// HeldConsents lists what is decided about a record as Consent resources, those
// that ended too. What a professional declared is there as they declared it.
// Errors: NotFound, BadValue for a cursor of another sign-in.
func (s *Service) HeldConsents(ctx context.Context, c Citizen, rec, cursor string) (Page, error) {
	at := consentCursor{Patient: rec}
	if cursor != "" {
		if err := s.openCursor(c.principal(), cursorConsents, cursor, &at); err != nil {
			return Page{}, err
		}
	}
	var page Page
	err := s.enters(ctx, c, at.Patient, func(h *held) error {
		if err := h.reviews(); err != nil {
			return err
		}
		return s.shown(ctx, h, s.lookedUp(h, detailRules), func() error {
			all, err := s.heldConsents(ctx, h)
			from := min(max(at.Offset, 0), len(all))
			to := min(from+defaultPage, len(all))
			page = Page{Total: len(all), Items: all[from:to]}
			if to < len(all) {
				page.Next = s.sealCursor(c.principal(), cursorConsents, consentCursor{at.Patient, to})
			}
			return err
		})
	})
	return durable(page, err)
}

// HeldEnd ends what a Consent says: a rule ends, a switch is put back. Ended
// already is no error. Errors: NotFound, BusinessRule (the open record ends by
// closing it), NoRecord.
func (s *Service) HeldEnd(ctx context.Context, c Citizen, consentID string) error {
	if err := c.check(); err != nil {
		return err
	}
	records := []string{c.ID}
	all, err := s.enteredByMandate(ctx, c)
	if err != nil {
		return fault(err)
	}
	for _, r := range all {
		records = append(records, r.Patient.ID)
	}
	for _, rec := range records {
		for _, name := range switchNames {
			if switchID(rec, name) == consentID {
				return s.endSwitch(ctx, c, rec, name)
			}
		}
	}
	for _, rec := range records {
		n, err := s.st.RecordOf(ctx, rec)
		if err != nil {
			continue
		}
		rules, err := s.st.Decisions(ctx, n.N)
		if err != nil {
			return fault(err)
		}
		if at := slices.IndexFunc(rules, func(p store.Provision) bool { return p.ID == consentID }); at >= 0 {
			if rules[at].Kind == store.KindBlock {
				return s.Unblock(ctx, c, rec, rules[at].Actor)
			}
			return s.Revoke(ctx, c, rec, consentID)
		}
	}
	return s.missedBy(ctx, c, consentID)
}

// endSwitch puts a switch back.
func (s *Service) endSwitch(ctx context.Context, c Citizen, rec, name string) error {
	if name == "open" {
		return fhir.E(fhir.BusinessRule, "Un dossier ne se ferme pas par un consentement : fermez-le depuis votre espace.")
	}
	return s.setSwitch(ctx, c, rec, name, false)
}

// setSwitch sets one emergency switch and leaves the others.
func (s *Service) setSwitch(ctx context.Context, c Citizen, rec, name string, on bool) error {
	var next Choices
	err := s.manages(ctx, c, rec, func(h *held) error {
		kept, err := s.st.Choices(ctx, h.rec.N)
		f := h.rec.Facts
		next = Choices{
			OpposeBreakGlass: f.OpposeBreakGlass, OpposeCentre15: f.OpposeCentre15, MaskedEmergency: f.MaskedInEmergency,
			NoOffline: kept.NoOffline, EveryVisit: kept.EveryVisit, Email: kept.Email,
		}
		return err
	})
	if err != nil {
		return err
	}
	switch name {
	case "break-glass":
		next.OpposeBreakGlass = on
	case "centre-15":
		next.OpposeCentre15 = on
	case "masked":
		next.MaskedEmergency = on
	}
	return s.Choose(ctx, c, rec, next)
}
