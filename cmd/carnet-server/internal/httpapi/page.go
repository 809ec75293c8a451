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

// nextPage answers a page link.
func (c *call) nextPage() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	value := c.r.URL.Query().Get("page")
	if len(value) < 2 {
		return c.noRoute()
	}
	if c.holder.ID == "" {
		switch value[0] {
		case cursorDialogues:
			return c.dialogues(record.DialogueQuery{Cursor: value[1:]})
		case cursorMessages:
			return c.messagesOf("", value[1:])
		}
	}
	follow := c.follow
	if c.holder.ID != "" {
		follow = c.followHeld
	}
	l := listing{cursor: value[0]}
	if l.cursor == cursorItems {
		found, err := c.found(record.ItemQuery{Cursor: value[1:]})
		if err == nil {
			c.items(found, l)
		}
		return err
	}
	page, err := follow(&l, value[1:])
	if err != nil {
		return err
	}
	c.bundle(page, l)
	return nil
}

// lostPage answers a link of another side, or of none.
func lostPage() error {
	return fhir.E(fhir.BadValue, "Ce lien de page n’est plus valable : relancez la recherche.")
}

// follow gives a professional's later page of the list that a cursor continues.
func (c *call) follow(l *listing, cursor string) (record.Page, error) {
	ctx := c.r.Context()
	switch l.cursor {
	case cursorPatients:
		l.kind = "Patient"
		return c.Records.MyPatients(ctx, c.p, record.PatientQuery{Cursor: cursor})
	case cursorEmergency:
		l.kind = "Patient"
		return c.Records.EmergencySearch(ctx, c.p, c.session(), record.PatientQuery{Cursor: cursor})
	case cursorDocuments:
		l.kind = "DocumentReference"
		return c.Records.SearchDocuments(ctx, c.p, c.session(), record.DocumentQuery{Cursor: cursor})
	case cursorSets:
		l.kind = "List"
		return c.Records.SearchSets(ctx, c.p, c.session(), record.SetQuery{Cursor: cursor})
	case cursorConsents:
		l.kind = "Consent"
		return c.Records.Consents(ctx, c.p, "", cursor)
	case cursorAudit:
		l.kind = "AuditEvent"
		return c.Records.Audit(ctx, c.p, record.AuditQuery{Cursor: cursor})
	}
	return record.Page{}, lostPage()
}

// followHeld gives a patient's.
func (c *call) followHeld(l *listing, cursor string) (record.Page, error) {
	ctx := c.r.Context()
	switch l.cursor {
	case cursorHeld:
		l.kind = "DocumentReference"
		found, err := c.Holders.HeldPage(ctx, c.holder, cursor)
		return documentPage(found), err
	case cursorHeldRules:
		l.kind = "Consent"
		return c.Holders.HeldConsents(ctx, c.holder, "", cursor)
	case cursorHeldSets:
		l.kind = "List"
		return c.Holders.HeldSets(ctx, c.holder, record.SetQuery{Cursor: cursor})
	case cursorHeldAudit:
		l.kind = "AuditEvent"
		return c.Holders.HeldAudit(ctx, c.holder, record.AuditQuery{Cursor: cursor})
	}
	return record.Page{}, lostPage()
}
