package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"carnet/client/fhir"
)

// witness asks the server, apart from the desktop, what it logged.
type witness struct {
	base  string
	token string
}

// call posts a form and gives the answer's body.
func (w *witness) call(ctx context.Context, path string, form url.Values) ([]byte, error) {
	return w.send(ctx, http.MethodPost, path, form)
}

// send sends one request and gives the answer's body.
func (w *witness) send(ctx context.Context, method, path string, form url.Values) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, w.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if w.token != "" {
		req.Header.Set("Authorization", "Bearer "+w.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusNoContent {
		return nil, fmt.Errorf("%s answered %s: %.300s", path, resp.Status, body)
	}
	return body, nil
}

// signIn takes a token of a fictional account.
func (w *witness) signIn(ctx context.Context, account string) error {
	body, err := w.call(ctx, "/demo/token", url.Values{"account": {account}})
	if err != nil {
		return err
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	w.token = answer.Token
	return nil
}

// patient finds one of the account's patients by name.
func (w *witness) patient(ctx context.Context, name string) (fhir.Patient, error) {
	body, err := w.call(ctx, "/fhir/Patient/_search", url.Values{"name": {name}})
	if err != nil {
		return fhir.Patient{}, err
	}
	b, err := fhir.ParseBundle(body)
	if err != nil {
		return fhir.Patient{}, err
	}
	if len(b.Entries) == 0 {
		return fhir.Patient{}, fmt.Errorf("no such patient")
	}
	return fhir.ParsePatient(b.Entries[0].Resource)
}

// logged tells how many entries of a kind the record's history gained since.
func (w *witness) logged(ctx context.Context, patientID string, since time.Time) (map[string]int, error) {
	kinds := map[string]int{}
	err := w.entries(ctx, patientID, since, func(a fhir.AuditEvent) { kinds[a.Kind]++ })
	return kinds, err
}

// filings counts, by document, the filings that took effect since, as the record's
// history tells them; one that only repeated another says so and is not counted.
func (w *witness) filings(ctx context.Context, patientID string, since time.Time) (map[string]int, error) {
	documents := map[string]int{}
	err := w.entries(ctx, patientID, since, func(a fhir.AuditEvent) {
		if a.Kind == fhir.KindCreate && a.Outcome == "0" && a.Query != "again" {
			documents[a.DocumentID]++
		}
	})
	return documents, err
}

// entries gives what the record's history gained since.
func (w *witness) entries(ctx context.Context, patientID string, since time.Time, one func(fhir.AuditEvent)) error {
	body, err := w.call(ctx, "/fhir/AuditEvent/_search", url.Values{
		"patient": {"Patient/" + patientID}, "_count": {"200"},
	})
	if err != nil {
		return err
	}
	b, err := fhir.ParseBundle(body)
	if err != nil {
		return err
	}
	for _, e := range b.Entries {
		a, err := fhir.ParseAuditEvent(e.Resource)
		if err != nil {
			return err
		}
		if a.Recorded.After(since) {
			one(a)
		}
	}
	return nil
}

// end takes back, as the patient who is signed in, what professionals recorded
// of their consent.
func (w *witness) end(ctx context.Context, patientID string) error {
	body, err := w.call(ctx, "/fhir/Consent/_search", url.Values{"patient": {"Patient/" + patientID}})
	if err != nil {
		return err
	}
	b, err := fhir.ParseBundle(body)
	if err != nil {
		return err
	}
	ended := 0
	for _, e := range b.Entries {
		c, err := fhir.ParseConsent(e.Resource)
		if err != nil || c.Status != "active" || c.Source != "professional" {
			continue // what else the patient decided stays
		}
		if _, err := w.send(ctx, http.MethodDelete, "/fhir/Consent/"+c.ID, nil); err != nil {
			return err
		}
		ended++
	}
	if ended == 0 {
		return errors.New("the patient has no consent to take back")
	}
	return nil
}
