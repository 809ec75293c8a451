package httpapi

import (
	"net/http"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// declareHeld answers POST Consent of a patient: they decide who reads (IHE PCF,
// ITI-108). What a Consent can say is package record's mapping.
func (c *call) declareHeld() error {
	body, err := c.consentBody()
	if err != nil {
		return err
	}
	r, err := c.Holders.HeldDeclare(c.r.Context(), c.holder, body)
	if err != nil {
		return err
	}
	c.written(http.StatusCreated, "Consent", r)
	return nil
}

// heldConsents answers Consent searches of a patient: all that is decided about
// a record, whoever declared it.
func (c *call) heldConsents() error {
	q, s, err := c.consentSearch()
	if err != nil {
		return err
	}
	page, err := c.Holders.HeldConsents(c.r.Context(), c.holder, q.patientID, "")
	if err != nil {
		return err
	}
	c.bundle(page, listing{kind: "Consent", cursor: cursorHeldRules, self: s.self("Consent"), count: s.count})
	return nil
}

// heldConsent answers one consent, of a record that the patient may enter.
func (c *call) heldConsent() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	ctx := c.r.Context()
	all, err := c.Holders.Held(ctx, c.holder)
	if err != nil {
		return err
	}
	for _, h := range all {
		r, found, err := c.consentIn(h.Patient.ID)
		if err != nil {
			return err
		}
		if found {
			c.resource(r, fhir.ETag(r.Version))
			return nil
		}
	}
	return unknown()
}

// consentIn looks for the consent of the request in one record.
func (c *call) consentIn(rec string) (r record.Resource, found bool, err error) {
	for cursor := ""; ; {
		page, err := c.Holders.HeldConsents(c.r.Context(), c.holder, rec, cursor)
		if err != nil {
			return r, false, err
		}
		for _, r := range page.Items {
			if r.ID == c.id() {
				return r, true, nil
			}
		}
		if cursor = page.Next; cursor == "" {
			return r, false, nil
		}
	}
}

// endHeld answers DELETE Consent/[id]: what it says ends, and stays in the
// history.
func (c *call) endHeld() error {
	if err := c.Holders.HeldEnd(c.r.Context(), c.holder, c.id()); err != nil {
		return err
	}
	c.nothing(http.StatusNoContent)
	return nil
}
