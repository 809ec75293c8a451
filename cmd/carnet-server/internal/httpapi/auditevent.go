package httpapi

import (
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// auditParams are the parameters of AuditEvent searches.
func auditParams() []param[record.AuditQuery] {
	type Q = record.AuditQuery
	return []param[Q]{
		{"agent", "token", false, func(_ *call, q *Q, v string) error { q.AgentID = fhir.ParseToken(v).Value; return nil }},
		{"date", "date", true, func(c *call, q *Q, v string) error { return c.dates(&q.Date, v) }},
		{"patient", "reference", false, func(c *call, q *Q, v string) (err error) {
			q.PatientID, err = c.patientRef(v)
			return err
		}},
	}
}

// searchAudit answers AuditEvent searches: what the caller did, and all of a
// record for its médecin traitant.
func (c *call) searchAudit() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	var q record.AuditQuery
	s, err := readSearch(c, auditParams(), &q)
	if err != nil {
		return err
	}
	q.Limit = s.limit
	page, err := c.Records.Audit(c.r.Context(), c.p, q)
	if err != nil {
		return err
	}
	c.bundle(page, listing{kind: "AuditEvent", cursor: cursorAudit, self: s.self("AuditEvent"), count: s.count})
	return nil
}
