package httpapi

import (
	"net/http"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// submitLot answers ITI-65: a submission set of up to fhir.MaxLot documents, filed
// together or not at all. The contents are taken out of the body while it is
// read, into one spool file; the rest of the body is judged by record.
func (c *call) submitLot() error {
	key, err := c.filed()
	if err != nil {
		return err
	}
	leave, err := c.admit(lotContent)
	if err != nil {
		return err
	}
	defer leave()
	c.begun = true
	limits := fhir.DefaultLotLimits()
	limits.Dir = c.SpoolDir
	split, err := fhir.SplitLot(c.r.Body, limits)
	if err != nil {
		return err
	}
	defer func() { _ = split.Close() }()
	if err := c.keepOut(split.Body); err != nil {
		return err
	}
	entries, _, err := c.Records.Submit(c.r.Context(), c.p, c.session(), record.Lot{
		Body: split.Body, Parts: split.Parts, Idempotency: key, Base: c.base,
	})
	if err != nil {
		return err
	}
	if c.prefer("return") != "representation" { // most senders need the addresses alone
		for i := range entries {
			entries[i].Resource = nil
		}
	}
	c.json(http.StatusOK, fhir.Bundle{Type: fhir.BundleResponse, Entries: entries}.JSON())
	return nil
}

// idempotency gives the Idempotency-Key of the request, "" for none.
func (c *call) idempotency() (string, error) {
	key := c.r.Header.Get(fhir.HeaderIdempotency)
	if key != "" && (len(key) > maxIdempotency || !fhir.IsID(key)) {
		return "", fhir.E(fhir.BadValue, "Idempotency-Key est un UUID.")
	}
	return key, nil
}
