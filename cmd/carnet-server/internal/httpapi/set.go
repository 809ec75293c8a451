package httpapi

import (
	"net/http"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// setQuery is a search of submission sets, with the code that ITI-66 demands.
type setQuery struct {
	record.SetQuery
	code string
}

// setParams are the parameters of ITI-66 (IHE MHD 4.2.4, 2:3.66.4.1.2) that
// are served.
func setParams() []param[setQuery] {
	return []param[setQuery]{
		{"code", "token", false, func(_ *call, q *setQuery, v string) error {
			if t := fhir.ParseToken(v); t.System == "" || t.System == fhir.SystemListType {
				q.code = t.Value
			}
			return nil
		}},
		{"date", "date", true, func(c *call, q *setQuery, v string) error { return c.dates(&q.Date, v) }},
		{"patient", "reference", false, func(c *call, q *setQuery, v string) (err error) {
			q.PatientID, err = c.patientRef(v)
			return err
		}},
		{"patient.identifier", "token", false, func(_ *call, q *setQuery, v string) (err error) {
			q.PatientINS, err = ins(v)
			return err
		}},
		{"status", "token", false, func(_ *call, q *setQuery, v string) (err error) {
			q.Statuses, err = oneOf("status", v, "current", "retired", "entered-in-error")
			return err
		}},
	}
}

// searchSets answers ITI-66.
func (c *call) searchSets() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	q, s, err := c.setSearch()
	if err != nil {
		return err
	}
	page, err := c.Records.SearchSets(c.r.Context(), c.p, c.session(), q.SetQuery)
	if err != nil {
		return err
	}
	c.bundle(page, listing{kind: "List", cursor: cursorSets, self: s.self("List"), count: s.count})
	return nil
}

// setSearch reads what ITI-66 asks.
func (c *call) setSearch() (q setQuery, s search, err error) {
	if s, err = readSearch(c, setParams(), &q); err != nil {
		return q, s, err
	}
	switch {
	case q.PatientID == "" && q.PatientINS == nil:
		return q, s, fhir.E(fhir.Required, "Précisez le patient : patient ou patient.identifier est obligatoire.")
	case q.code != fhir.CodeSubmissionSet:
		return q, s, fhir.E(fhir.Required, "Précisez code=submissionset : seuls les lots de soumission sont servis.")
	case len(q.Statuses) == 0:
		return q, s, fhir.E(fhir.Required, "Le paramètre status est obligatoire : précisez status=current.")
	}
	q.Limit = s.limit
	return q, s, nil
}

// readSet answers one submission set. It has no validator: which of its
// documents a reader sees changes with their rights.
func (c *call) readSet() error {
	return c.oneSet(func() (record.Resource, error) {
		return c.Records.Set(c.r.Context(), c.p, c.session(), c.id())
	})
}

// heldSet answers a patient the same.
func (c *call) heldSet() error {
	return c.oneSet(func() (record.Resource, error) {
		return c.Holders.HeldSet(c.r.Context(), c.holder, c.id())
	})
}

func (c *call) oneSet(find func() (record.Resource, error)) error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	r, err := find()
	if err != nil {
		return err
	}
	c.json(http.StatusOK, r.JSON)
	return nil
}
