package httpapi

import (
	"fmt"
	"hash/crc32"
	"net/http"
	"strings"
	"time"
	"unicode"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// queryCentre15 is the named query (_query) by which an emergency centre
// searches everyone.
const queryCentre15 = "centre-15"

// patientQuery is a search of people.
type patientQuery struct {
	record.PatientQuery
	everyone bool // the emergency centre's
}

// patientParams are the parameters of Patient searches: my patients, anyone by
// INS, or everyone for an emergency centre.
func patientParams() []param[patientQuery] {
	name := func(_ *call, q *patientQuery, v string) error {
		if strings.IndexFunc(v, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
			return fhir.E(fhir.BadValue, "Un nom cherché a au moins une lettre.")
		}
		q.Names = append(q.Names, v)
		return nil
	}
	return []param[patientQuery]{
		{"_id", "token", false, func(_ *call, q *patientQuery, v string) error { q.ID = v; return nil }},
		{"_query", "special", false, func(_ *call, q *patientQuery, v string) error {
			if q.everyone = v == queryCentre15; !q.everyone {
				return fhir.E(fhir.BadValue, "La seule requête nommée est _query=%s.", queryCentre15)
			}
			return nil
		}},
		{"_text", "string", false, func(_ *call, q *patientQuery, v string) error { q.Text = v; return nil }},
		{"birthdate", "date", false, func(_ *call, q *patientQuery, v string) error {
			v = strings.TrimPrefix(v, "eq")
			if _, err := fhir.ParseDateParam(v, time.UTC); err != nil || len(v) > len("2006-01-02") || v[0] > '9' {
				return fhir.E(fhir.BadValue, "La date de naissance s'écrit AAAA, AAAA-MM ou AAAA-MM-JJ, sans autre préfixe que eq.")
			}
			q.BirthDate = v
			return nil
		}},
		{"family", "string", true, name},
		{"given", "string", true, name},
		{"identifier", "token", false, func(_ *call, q *patientQuery, v string) (err error) {
			q.Identifier, err = ins(v)
			return err
		}},
		{"name", "string", true, name},
	}
}

// searchPatients answers Patient searches: my patients, or the one person with
// an exact INS; with _query=centre-15 everyone (ITI-78).
func (c *call) searchPatients() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	var q patientQuery
	s, err := readSearch(c, patientParams(), &q)
	if err != nil {
		return err
	}
	q.Limit = s.limit
	l := listing{kind: "Patient", cursor: cursorPatients, self: s.self("Patient"), count: s.count}
	var page record.Page
	if q.everyone {
		l.cursor = cursorEmergency
		page, err = c.Records.EmergencySearch(c.r.Context(), c.p, c.session(), q.PatientQuery)
	} else {
		page, err = c.Records.MyPatients(c.r.Context(), c.p, q.PatientQuery)
	}
	if err != nil {
		return err
	}
	c.bundle(page, l)
	return nil
}

// readPatient answers one person, of whom the caller may know.
func (c *call) readPatient() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	r, err := c.Records.Patient(c.r.Context(), c.p, c.id())
	if err != nil {
		return err
	}
	// What the caller sees of a person (relation, last visit, new documents)
	// changes without a new version: the tag tells these apart too.
	c.resource(r, fhir.ETag(fmt.Sprintf("%s-%08x", r.Version, crc32.ChecksumIEEE(r.JSON))))
	return nil
}

// matchPatient answers Patient/$match: one certain match or none.
func (c *call) matchPatient() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	if err := c.resourceBody(); err != nil {
		return err
	}
	body, err := c.checkedBody("Parameters")
	if err != nil {
		return err
	}
	traits, err := fhir.ParseMatch(body)
	if err != nil {
		return err
	}
	page, err := c.Records.Match(c.r.Context(), c.p, traits)
	if err != nil {
		return err
	}
	c.bundle(page, listing{kind: "Patient", cursor: cursorPatients})
	return nil
}

// checkedBody reads a resource and checks it; the bytes come back as they were
// received.
func (c *call) checkedBody(kind string) ([]byte, error) {
	body, err := c.read()
	if err != nil {
		return nil, err
	}
	n, err := fhir.Parse(body)
	if err != nil {
		return nil, err
	}
	return body, fhir.Refuse(fhir.CheckAs(n, kind))
}

// arguments reads the body of an operation; there may be none.
func (c *call) arguments() (fhir.Arguments, error) {
	if c.r.ContentLength == 0 {
		return fhir.Arguments{}, nil
	}
	if err := c.resourceBody(); err != nil {
		return nil, err
	}
	body, err := c.checkedBody("Parameters")
	if err != nil {
		return nil, err
	}
	return fhir.ParseArguments(body)
}

// openRecord answers Patient/[id]/$open: the session and the rights in it.
func (c *call) openRecord() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	args, err := c.arguments()
	if err != nil {
		return err
	}
	mode := args["mode"]
	switch mode {
	case "", fhir.ModeNormal, fhir.ModeBreakGlass, fhir.ModeCentre15:
	default:
		return fhir.E(fhir.BadValue, "Le mode d'accès est normal, bris_de_glace ou centre_15.")
	}
	access, err := c.Records.OpenAccess(c.r.Context(), c.p, c.id(), mode, args["reason"])
	if err != nil {
		return err
	}
	c.json(http.StatusOK, access.JSON())
	return nil
}

// closeRecord answers Patient/[id]/$close.
func (c *call) closeRecord() error {
	args, err := c.arguments()
	if err != nil {
		return err
	}
	session := args["session"]
	if session == "" {
		session = c.session()
	}
	if session == "" {
		return fhir.E(fhir.Required, "Le paramètre « session » est demandé.")
	}
	if err := c.Records.CloseAccess(c.r.Context(), c.p, session); err != nil {
		return err
	}
	c.nothing(http.StatusNoContent)
	return nil
}

// withdrawOwn answers Patient/[id]/$withdraw: the caller ends their own
// authorisation.
func (c *call) withdrawOwn() error {
	if _, err := c.arguments(); err != nil {
		return err
	}
	if err := c.Records.WithdrawOwn(c.r.Context(), c.p, c.id()); err != nil {
		return err
	}
	c.nothing(http.StatusNoContent)
	return nil
}
