package record

import (
	"context"
	"strconv"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Forms of a consent that a professional declares.
const (
	formOral    = "oral"
	formWritten = "ecrit"
)

// visitConsent is how long a consent for one consultation holds: as long as a
// normal access, so that it ends with the visit it was given for.
const visitConsent = consent.SessionTime

// DeclareConsent records the consent that a patient gave in front of the
// caller, for the caller or their structure. The patient is told at once. It
// never lifts a block, and declared twice it is recorded once. Errors:
// Required, Invalid, NotFound (no such patient), NoRecord, Forbidden,
// NoConsent.
func (s *Service) DeclareConsent(ctx context.Context, p Principal, body []byte) (Resource, error) {
	if err := p.check(); err != nil {
		return Resource{}, err
	}
	c, err := s.readConsent(p, body)
	if err != nil {
		return Resource{}, err
	}
	rec, err := s.asked(ctx, p, c.PatientID)
	if err != nil {
		return Resource{}, err
	}
	var out Resource
	n := rec.N
	err = s.decided(rec, func() error {
		if rec, err = s.st.Record(ctx, n); err != nil {
			return err
		}
		out, err = s.declare(ctx, p, c, rec)
		return err
	})
	return durable(out, err)
}

// readConsent reads and checks a declaration.
func (s *Service) readConsent(p Principal, body []byte) (fhir.Consent, error) {
	node, err := fhir.Parse(body)
	if err != nil {
		return fhir.Consent{}, err
	}
	if err := checkDeclaration(node); err != nil {
		return fhir.Consent{}, err
	}
	c, err := fhir.ParseConsent(body)
	if err != nil {
		return c, err
	}
	now := s.now()
	switch {
	case c.Form != formOral && c.Form != formWritten:
		return c, consentFault(fhir.Required, "extension", "Précisez si le consentement est oral ou écrit.")
	case c.ActorID == "":
		c.ActorID, c.ActorName = p.ID, p.Name
	case c.ActorID != p.ID && (p.OrgID == "" || c.ActorID != p.OrgID):
		return c, consentFault(fhir.BusinessRule, "provision.actor", "Vous ne pouvez déclarer un accord que pour vous ou pour votre structure.")
	}
	if c.Visit {
		c.End = now.Add(visitConsent)
	}
	if !c.End.IsZero() && !now.Before(c.End) {
		return c, consentFault(fhir.Invalid, "provision.period", "La fin de l'accord est déjà passée.")
	}
	if c.Start.IsZero() || c.Start.Before(now) {
		c.Start = now // nobody agrees for the past
	}
	c.DateTime, c.Source, c.Status = now, fhir.SourceProfessional, "active"
	return c, nil
}

// declare decides and writes a declaration.
func (s *Service) declare(ctx context.Context, p Principal, c fhir.Consent, rec *store.Record) (Resource, error) {
	d := s.decide(p, visit{mode: fhir.ModeNormal}, consent.FunctionDeclare, rec)
	e := about(s.entry(p, fhir.KindConsent), visit{mode: fhir.ModeNormal}, d, rec)
	if d.Refusal == "" && d.ReadRefusal == consent.RefusalBlocked {
		d.Refusal = consent.RefusalBlocked
	}
	if d.Refusal != "" {
		return Resource{}, s.denied(ctx, e, d, rec)
	}
	if same, err := s.declaredBefore(ctx, p, c, rec); err != nil || same.ID != "" {
		if err != nil {
			return Resource{}, err
		}
		e.Detail, e.Action = "again", "C"
		return same, s.record(ctx, e, rec)
	}
	c.ID, c.Version = newID(), "1"
	e.Detail, e.Action = "declare,"+c.Form, "C"
	log, err := s.prepare(e, rec)
	if err != nil {
		return Resource{}, err
	}
	prov := store.Provision{
		ID: c.ID, Record: rec.N, Kind: store.KindAuthorisation, Actor: c.ActorID, Org: isOrg(c.ActorID),
		Starts: c.Start, Ends: c.End, Active: true, Declarer: p.ID, Version: 1, Updated: c.DateTime, Body: c.JSON(),
	}
	err = s.st.Do(ctx, store.Op{Still: still(rec), Log: []store.Entry{log}, Do: func(tx store.Tx) error {
		if err := tx.AddProvision(&prov); err != nil {
			return err
		}
		return tx.AddNotice(s.documentNotice(p, rec, noticeConsent, noticeBody{Detail: c.Form, Rule: prov.ID}))
	}})
	return Resource{ID: c.ID, Version: c.Version, LastUpdated: c.DateTime, JSON: prov.Body}, err
}

// declaredBefore finds a declaration of the caller's that is in force and
// reaches as far.
func (s *Service) declaredBefore(ctx context.Context, p Principal, c fhir.Consent, rec *store.Record) (Resource, error) {
	all, err := s.st.Provisions(ctx, rec.N, p.ID)
	if err != nil {
		return Resource{}, err
	}
	for _, old := range all {
		reaches := old.Ends.IsZero() || !c.End.IsZero() && !old.Ends.Before(c.End.Truncate(time.Minute))
		if old.Active && old.Kind == store.KindAuthorisation && old.Actor == c.ActorID && reaches && !s.now().Before(old.Starts) && old.Body != nil {
			return s.consentResource(old)
		}
	}
	return Resource{}, nil
}

// consentResource gives a declaration as it stands: one that ended is no
// longer active.
func (s *Service) consentResource(p store.Provision) (Resource, error) {
	out := Resource{ID: p.ID, Version: strconv.FormatInt(p.Version, 10), LastUpdated: p.Updated, JSON: p.Body}
	if p.Active && (p.Ends.IsZero() || s.now().Before(p.Ends)) {
		return out, nil
	}
	n, err := fhir.Parse(p.Body)
	if err != nil {
		return out, err
	}
	n.Set("status", fhir.Text("inactive"))
	out.JSON = n.AppendJSON(nil)
	return out, nil
}

// Consents lists what the caller declared in a patient's name, newest first.
// Errors: NotFound.
func (s *Service) Consents(ctx context.Context, p Principal, patientID, cursor string) (Page, error) {
	if err := p.check(); err != nil {
		return Page{}, err
	}
	at := consentCursor{Patient: patientID}
	if cursor != "" {
		if err := s.openCursor(p, cursorConsents, cursor, &at); err != nil {
			return Page{}, err
		}
	}
	rec, err := s.asked(ctx, p, at.Patient)
	if err != nil {
		return Page{}, err
	}
	all, err := s.st.Provisions(ctx, rec.N, p.ID)
	if err != nil {
		return Page{}, fault(err)
	}
	var page Page
	for _, prov := range all {
		if prov.Body == nil {
			continue
		}
		if page.Total++; page.Total > at.Offset && len(page.Items) < defaultPage {
			item, err := s.consentResource(prov)
			if err != nil {
				return Page{}, fault(err)
			}
			page.Items = append(page.Items, item)
		}
	}
	if at.Offset += len(page.Items); at.Offset < page.Total {
		page.Next = s.sealCursor(p, cursorConsents, at)
	}
	e := s.entry(p, fhir.KindConsent)
	e.Patient, e.Action, e.Detail = at.Patient, "E", "list"
	return durable(page, s.record(ctx, e, rec))
}

type consentCursor struct {
	Patient string
	Offset  int
}

// WithdrawOwn ends the caller's own authorisation on a record. With none there
// is nothing to end, and that is no error. Errors: NotFound, Forbidden.
func (s *Service) WithdrawOwn(ctx context.Context, p Principal, patientID string) error {
	if err := p.check(); err != nil {
		return err
	}
	rec, err := s.asked(ctx, p, patientID)
	if err != nil {
		return err
	}
	n := rec.N
	return s.decided(rec, func() error {
		rec, err := s.st.Record(ctx, n)
		if err != nil {
			return err
		}
		d := s.decide(p, visit{mode: fhir.ModeNormal}, consent.FunctionWithdrawOwn, rec)
		e := about(s.entry(p, fhir.KindConsent), visit{mode: fhir.ModeNormal}, d, rec)
		if d.Refusal != "" {
			return s.denied(ctx, e, d, rec)
		}
		e.Detail, e.Action, e.Outcome = "withdraw", "D", audit.OutcomeSuccess
		log, err := s.prepare(e, rec)
		if err != nil {
			return err
		}
		return s.st.Do(ctx, store.Op{Still: still(rec), Log: []store.Entry{log}, Do: func(tx store.Tx) error {
			_, err := tx.EndProvisions(rec.N, store.KindAuthorisation, p.ID, s.now())
			return err
		}})
	})
}
