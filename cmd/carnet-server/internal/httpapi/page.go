package httpapi

import (
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// A page link is [base]?page=kind+cursor. The cursor is record's: sealed, bound
// to the sign-in, and holding the whole query. The letter before it says which
// list it continues, and nothing else.
const (
	cursorPatients  byte = 'p'
	cursorEmergency byte = 'e'
	cursorDocuments byte = 'd'
	cursorSets      byte = 's'
	cursorConsents  byte = 'c'
	cursorAudit     byte = 'a'
	cursorHeld      byte = 'D' // of patients: capitals
	cursorHeldSets  byte = 'S'
	cursorHeldAudit byte = 'A'
	cursorHeldRules byte = 'C'
)

// nextHeldPage answers a patient's page link.
func (c *call) nextHeldPage() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	value := c.r.URL.Query().Get("page")
	if len(value) < 2 {
		return c.noRoute()
	}
	kind, cursor := value[0], value[1:]
	ctx, l := c.r.Context(), listing{cursor: kind}
	var page record.Page
	var err error
	switch kind {
	case cursorHeld:
		var found record.HeldDocuments
		l.kind = "DocumentReference"
		found, err = c.Holders.HeldPage(ctx, c.holder, cursor)
		page = documentPage(found)
	case cursorHeldRules:
		l.kind = "Consent"
		page, err = c.Holders.HeldConsents(ctx, c.holder, "", cursor)
	case cursorHeldSets:
		l.kind = "List"
		page, err = c.Holders.HeldSets(ctx, c.holder, record.SetQuery{Cursor: cursor})
	case cursorHeldAudit:
		l.kind = "AuditEvent"
		page, err = c.Holders.HeldAudit(ctx, c.holder, record.AuditQuery{Cursor: cursor})
	default:
		err = fhir.E(fhir.BadValue, "Ce lien de page n’est plus valable : relancez la recherche.")
	}
	if err != nil {
		return err
	}
	c.bundle(page, l)
	return nil
}

// nextPage answers a page link.
func (c *call) nextPage() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	value := c.r.URL.Query().Get("page")
	if len(value) < 2 {
		return c.noRoute()
	}
	kind, cursor := value[0], value[1:]
	ctx, l := c.r.Context(), listing{cursor: kind}
	var page record.Page
	var err error
	switch kind {
	case cursorPatients:
		l.kind = "Patient"
		page, err = c.Records.MyPatients(ctx, c.p, record.PatientQuery{Cursor: cursor})
	case cursorEmergency:
		l.kind = "Patient"
		page, err = c.Records.EmergencySearch(ctx, c.p, c.session(), record.PatientQuery{Cursor: cursor})
	case cursorDocuments:
		l.kind = "DocumentReference"
		page, err = c.Records.SearchDocuments(ctx, c.p, c.session(), record.DocumentQuery{Cursor: cursor})
	case cursorSets:
		l.kind = "List"
		page, err = c.Records.SearchSets(ctx, c.p, c.session(), record.SetQuery{Cursor: cursor})
	case cursorConsents:
		l.kind = "Consent"
		page, err = c.Records.Consents(ctx, c.p, "", cursor)
	case cursorAudit:
		l.kind = "AuditEvent"
		page, err = c.Records.Audit(ctx, c.p, record.AuditQuery{Cursor: cursor})
	default:
		err = fhir.E(fhir.BadValue, "Ce lien de page n'est plus valable : relancez la recherche.")
	}
	if err != nil {
		return err
	}
	c.bundle(page, l)
	return nil
}
