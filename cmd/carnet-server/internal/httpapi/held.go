package httpapi

import (
	"slices"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// What the API answers to a patient, for themselves or whom they represent. The
// pages of package portal ask the same door; another front end needs no more
// than this.

// unknown is the one answer to what is unknown, hidden or of others, in the
// words of package record.
func unknown() error { return fhir.E(fhir.NotFound, "Introuvable : vérifiez la référence.") }

// heldPatientQuery is a patient's search of people.
type heldPatientQuery struct{ id string }

func heldPatientParams() []param[heldPatientQuery] {
	return []param[heldPatientQuery]{
		{"_id", "token", false, func(_ *call, q *heldPatientQuery, v string) error { q.id = v; return nil }},
	}
}

// heldPatients answers Patient searches of a patient: themselves, and whom they
// represent.
func (c *call) heldPatients() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	var q heldPatientQuery
	s, err := readSearch(c, heldPatientParams(), &q)
	if err != nil {
		return err
	}
	all, err := c.Holders.Held(c.r.Context(), c.holder)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(h record.HeldRecord) bool { return q.id != "" && h.Patient.ID != q.id })
	page := record.Page{Total: len(all)}
	for _, h := range all {
		page.Items = append(page.Items, heldResource(h))
	}
	c.bundle(page, listing{kind: "Patient", self: s.self("Patient"), count: s.count})
	return nil
}

// heldResource is a person as who holds or represents their record sees them.
func heldResource(h record.HeldRecord) record.Resource {
	p := h.Patient
	p.Relation, p.RelationEnd = h.Relation, h.Until
	return record.Resource{ID: p.ID, Version: p.Version, LastUpdated: p.LastUpdated, JSON: p.JSON()}
}

// heldPatient answers one person.
func (c *call) heldPatient() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	all, err := c.Holders.Held(c.r.Context(), c.holder)
	if err != nil {
		return err
	}
	for _, h := range all {
		if h.Patient.ID == c.id() {
			r := heldResource(h)
			c.resource(r, fhir.ETag(r.Version))
			return nil
		}
	}
	return unknown()
}

// heldDocumentQuery is a patient's search of documents.
type heldDocumentQuery struct {
	record.HeldQuery
	patientID string
	status    bool
}

// heldDocumentParams are the parameters of ITI-67 that a patient's search takes.
func heldDocumentParams() []param[heldDocumentQuery] {
	type Q = heldDocumentQuery
	return []param[Q]{
		{"_id", "token", false, func(_ *call, q *Q, v string) error { q.ID = v; return nil }},
		{"_text", "string", false, func(_ *call, q *Q, v string) error { q.Words = v; return nil }},
		{"category", "token", false, func(_ *call, q *Q, v string) error {
			codes := tokens(v)
			if len(codes) != 1 {
				return fhir.E(fhir.BadValue, "category est un seul code.")
			}
			q.Class = codes[0].Code
			return nil
		}},
		{"isArchived", "token", false, func(_ *call, q *Q, v string) error {
			values, err := oneOf("isArchived", v, "true", "false")
			if err == nil && len(values) != 1 {
				err = fhir.E(fhir.BadValue, "isArchived est true ou false.")
			}
			q.Archived = err == nil && values[0] == "true"
			return err
		}},
		{"patient", "reference", false, func(c *call, q *Q, v string) (err error) {
			q.patientID, err = c.patientRef(v)
			return err
		}},
		{"status", "token", false, func(_ *call, q *Q, v string) error {
			values, err := oneOf("status", v, "current", "superseded", "entered-in-error")
			q.status, q.Statuses = err == nil && len(values) > 0, values
			return err
		}},
	}
}

// heldDocuments answers ITI-67 to a patient.
func (c *call) heldDocuments() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	var q heldDocumentQuery
	s, err := readSearch(c, heldDocumentParams(), &q)
	switch {
	case err != nil:
		return err
	case q.patientID == "":
		return fhir.E(fhir.Required, "Précisez la personne : patient est obligatoire.")
	case !q.status:
		return fhir.E(fhir.Required, "Le paramètre status est obligatoire : précisez par exemple status=current.")
	}
	q.Limit = s.limit
	found, err := c.Holders.HeldDocuments(c.r.Context(), c.holder, q.patientID, q.HeldQuery)
	if err != nil {
		return err
	}
	c.bundle(documentPage(found), listing{kind: "DocumentReference", cursor: cursorHeld, self: s.self("DocumentReference"), count: s.count})
	return nil
}

// documentPage is a page of documents as resources.
func documentPage(found record.HeldDocuments) record.Page {
	page := record.Page{Total: found.Total, Next: found.Next}
	for _, d := range found.Items {
		page.Items = append(page.Items, documentResource(d))
	}
	return page
}

func documentResource(d fhir.DocumentReference) record.Resource {
	return record.Resource{ID: d.ID, Version: d.Version, LastUpdated: d.LastUpdated, JSON: d.JSON()}
}

// theirs finds a document by its id, and the record that it is of.
func (c *call) theirs() (rec string, d fhir.DocumentReference, err error) {
	if rec, err = c.Holders.HeldOf(c.r.Context(), c.holder, c.id()); err != nil {
		return "", d, err
	}
	return c.within(rec, c.id())
}

// within finds a document in a record.
func (c *call) within(rec, id string) (string, fhir.DocumentReference, error) {
	found, err := c.Holders.HeldDocuments(c.r.Context(), c.holder, rec, record.HeldQuery{ID: id})
	if err != nil {
		return "", fhir.DocumentReference{}, err
	}
	if len(found.Items) != 1 {
		return "", fhir.DocumentReference{}, unknown()
	}
	return rec, found.Items[0], nil
}

// heldDocument answers one document's description.
func (c *call) heldDocument() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	_, d, err := c.theirs()
	if err != nil {
		return err
	}
	c.resource(documentResource(d), fhir.ETag(d.Version))
	return nil
}

// heldContent answers ITI-68 to a patient.
func (c *call) heldContent() error {
	rec, err := c.Holders.HeldOf(c.r.Context(), c.holder, c.id())
	if err != nil {
		return err
	}
	content, err := c.Holders.HeldContent(c.r.Context(), c.holder, rec, c.id())
	if err != nil {
		return err
	}
	return c.sendContent(content)
}

// heldSets answers ITI-66 to a patient.
func (c *call) heldSets() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	q, s, err := c.setSearch()
	if err != nil {
		return err
	}
	if q.PatientID == "" {
		return fhir.E(fhir.Required, "Précisez la personne : patient est obligatoire.")
	}
	page, err := c.Holders.HeldSets(c.r.Context(), c.holder, q.SetQuery)
	if err != nil {
		return err
	}
	c.bundle(page, listing{kind: "List", cursor: cursorHeldSets, self: s.self("List"), count: s.count})
	return nil
}

// heldAudit answers AuditEvent searches of a patient: what everybody did in a
// record, one event after the other.
func (c *call) heldAudit() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	var q record.AuditQuery
	s, err := readSearch(c, auditParams(), &q)
	switch {
	case err != nil:
		return err
	case q.PatientID == "":
		return fhir.E(fhir.Required, "Précisez la personne : patient est obligatoire.")
	case s.count:
		return fhir.E(fhir.BadValue, "Le nombre des accès n’est pas donné : lisez-les.")
	}
	q.Limit = s.limit
	page, err := c.Holders.HeldAudit(c.r.Context(), c.holder, q)
	if err != nil {
		return err
	}
	c.bundle(page, listing{kind: "AuditEvent", cursor: cursorHeldAudit, self: s.self("AuditEvent")})
	return nil
}
