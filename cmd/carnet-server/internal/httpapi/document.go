package httpapi

import (
	"net/http"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

type docParam = param[record.DocumentQuery]

// documentParams are the parameters of ITI-67 (IHE MHD 4.2.4, 2:3.67.4.1.2)
// and PDSm's isArchived.
func documentParams() []docParam {
	token := func(name string, field func(*record.DocumentQuery) *[]fhir.Coding) docParam {
		return docParam{name, "token", false, func(_ *call, q *record.DocumentQuery, v string) error {
			*field(q) = tokens(v)
			return nil
		}}
	}
	date := func(name string, field func(*record.DocumentQuery) *[]record.DateRange) docParam {
		return docParam{name, "date", true, func(c *call, q *record.DocumentQuery, v string) error { return c.dates(field(q), v) }}
	}
	type Q = record.DocumentQuery
	return []docParam{
		{"author.family", "string", false, func(_ *call, q *Q, v string) error { q.Authors.Family = v; return nil }},
		{"author.given", "string", false, func(_ *call, q *Q, v string) error { q.Authors.Given = v; return nil }},
		token("category", func(q *Q) *[]fhir.Coding { return &q.Categories }),
		date("creation", func(q *Q) *[]record.DateRange { return &q.Creation }),
		date("date", func(q *Q) *[]record.DateRange { return &q.Date }),
		token("event", func(q *Q) *[]fhir.Coding { return &q.Events }),
		token("facility", func(q *Q) *[]fhir.Coding { return &q.Facilities }),
		token("format", func(q *Q) *[]fhir.Coding { return &q.Formats }),
		{"identifier", "token", false, func(_ *call, q *Q, v string) error {
			id := fhir.ParseToken(v)
			q.Identifier = &id
			return nil
		}},
		{"isArchived", "token", false, readArchived},
		{"patient", "reference", false, func(c *call, q *Q, v string) (err error) {
			q.PatientID, err = c.patientRef(v)
			return err
		}},
		{"patient.identifier", "token", false, func(_ *call, q *Q, v string) (err error) {
			q.PatientINS, err = ins(v)
			return err
		}},
		date("period", func(q *Q) *[]record.DateRange { return &q.Period }),
		{"related", "reference", false, func(c *call, q *Q, v string) error {
			q.Related = strings.TrimPrefix(v, c.base+"/")
			return nil
		}},
		token("security-label", func(q *Q) *[]fhir.Coding { return &q.Labels }),
		token("setting", func(q *Q) *[]fhir.Coding { return &q.Settings }),
		{"status", "token", false, func(_ *call, q *Q, v string) (err error) {
			q.Statuses, err = oneOf("status", v, "current", "superseded", "entered-in-error")
			return err
		}},
		token("type", func(q *Q) *[]fhir.Coding { return &q.Types }),
	}
}

// readArchived reads isArchived; both values together mean all documents.
func readArchived(_ *call, q *record.DocumentQuery, v string) error {
	values, err := oneOf("isArchived", v, "true", "false")
	if err != nil {
		return err
	}
	q.Archived = nil
	if len(values) == 1 {
		archived := values[0] == "true"
		q.Archived = &archived
	}
	return nil
}

// searchDocuments answers ITI-67. Archived documents come only on request
// (contract section 5, line 8); the self link says so.
func (c *call) searchDocuments() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	archived := false
	q := record.DocumentQuery{Archived: &archived}
	s, err := readSearch(c, documentParams(), &q)
	if err != nil {
		return err
	}
	if q.PatientID == "" && q.PatientINS == nil {
		return fhir.E(fhir.Required, "Précisez le patient : patient ou patient.identifier est obligatoire.")
	}
	if len(q.Statuses) == 0 {
		return fhir.E(fhir.Required, "Le paramètre status est obligatoire : précisez par exemple status=current.")
	}
	if q.Archived == &archived {
		s.keep("isArchived", []string{"false"})
	}
	q.Limit, q.Count = s.limit, s.count
	page, err := c.Records.SearchDocuments(c.r.Context(), c.p, c.session(), q)
	if err != nil {
		return err
	}
	c.bundle(page, listing{kind: "DocumentReference", cursor: cursorDocuments, self: s.self("DocumentReference"), count: s.count})
	return nil
}

// readDocument answers one document's description.
func (c *call) readDocument() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	r, err := c.Records.Document(c.r.Context(), c.p, c.session(), c.id())
	if err != nil {
		return err
	}
	c.resource(r, fhir.ETag(r.Version))
	return nil
}

// undoDocument answers DocumentReference/[id]/$undo: the author takes back what
// was filed to the wrong patient.
func (c *call) undoDocument() error {
	if _, err := c.arguments(); err != nil {
		return err
	}
	if err := c.Records.Undo(c.r.Context(), c.p, c.session(), c.id()); err != nil {
		return err
	}
	c.nothing(http.StatusNoContent)
	return nil
}
