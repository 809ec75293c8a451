package httpapi

import (
	"net/http"
	"strings"

	"carnet/client/fhir"
)

// createConsent answers POST Consent: a professional declares what the patient
// allowed, orally or in writing.
func (c *call) createConsent() error {
	body, err := c.consentBody()
	if err != nil {
		return err
	}
	r, err := c.Records.DeclareConsent(c.r.Context(), c.p, body)
	if err != nil {
		return err
	}
	c.written(http.StatusCreated, "Consent", r)
	return nil
}

// consentBody reads a Consent.
func (c *call) consentBody() ([]byte, error) {
	if err := c.wantsJSON(); err != nil {
		return nil, err
	}
	if err := c.resourceBody(); err != nil {
		return nil, err
	}
	body, err := c.read()
	if err != nil {
		return nil, err
	}
	return c.relativePatient(body)
}

// relativePatient writes our own address of the patient as what it means, a
// relative reference: record does not know under which address it is served.
func (c *call) relativePatient(body []byte) ([]byte, error) {
	n, err := fhir.Parse(body)
	if err != nil {
		return nil, err
	}
	ref := n.At("patient", "reference")
	relative, ours := strings.CutPrefix(ref.String(), c.base+"/")
	if !ours {
		return body, nil
	}
	ref.Text = relative
	return n.AppendJSON(nil), nil
}

// consentQuery is a search of consents: those that the caller declared.
type consentQuery struct{ patientID string }

func consentParams() []param[consentQuery] {
	return []param[consentQuery]{
		{"patient", "reference", false, func(c *call, q *consentQuery, v string) (err error) {
			q.patientID, err = c.patientRef(v)
			return err
		}},
	}
}

// searchConsents answers Consent searches.
func (c *call) searchConsents() error {
	q, s, err := c.consentSearch()
	if err != nil {
		return err
	}
	page, err := c.Records.Consents(c.r.Context(), c.p, q.patientID, "")
	if err != nil {
		return err
	}
	c.bundle(page, listing{kind: "Consent", cursor: cursorConsents, self: s.self("Consent"), count: s.count})
	return nil
}

// consentSearch reads a search of consents.
func (c *call) consentSearch() (q consentQuery, s search, err error) {
	if err := c.wantsJSON(); err != nil {
		return q, s, err
	}
	if s, err = readSearch(c, consentParams(), &q); err != nil {
		return q, s, err
	}
	if q.patientID == "" {
		return q, s, fhir.E(fhir.Required, "Précisez le patient : patient est obligatoire.")
	}
	return q, s, nil
}
