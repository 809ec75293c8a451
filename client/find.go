package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"carnet/client/fhir"
)

// MyPatients lists my patients.
func (h *HTTP) MyPatients(ctx context.Context, q PatientQuery) (PatientPage, error) {
	form := url.Values{"_count": {count(q.Limit, 20)}}
	if q.Text != "" {
		form.Set("_text", q.Text)
	}
	return h.people(ctx, request{op: "MyPatients", path: "Patient"}, form, q.Page)
}

// EmergencySearch lists anyone by name. It is sent once: every search leaves
// lines.
func (h *HTTP) EmergencySearch(ctx context.Context, q EmergencyQuery) (PatientPage, error) {
	form := url.Values{"_query": {"centre-15"}, "_count": {count(q.Limit, 20)}, "name": {q.Name}}
	if q.BirthDate != "" {
		form.Set("birthdate", q.BirthDate)
	}
	return h.people(ctx, request{op: "EmergencySearch", path: "Patient", once: true}, form, q.Page)
}

// people asks for one page of people.
func (h *HTTP) people(ctx context.Context, r request, form url.Values, page string) (PatientPage, error) {
	b, err := h.search(ctx, r, form, page)
	if err != nil {
		return PatientPage{}, err
	}
	people, err := rows(b, "Patient", fhir.ParsePatient)
	if err != nil {
		return PatientPage{}, err
	}
	cursor, err := next(b)
	if err != nil {
		return PatientPage{}, err
	}
	return PatientPage{Patients: people, Total: total(b, len(people)), Next: cursor, Provenance: h.fresh()}, nil
}

// count is a page's size as a search parameter.
func count(limit, usual int) string {
	if limit <= 0 {
		limit = usual
	}
	return strconv.Itoa(limit)
}

// FindByINS gives anyone by INS. It is sent once: every look-up leaves a line.
func (h *HTTP) FindByINS(ctx context.Context, ins fhir.Identifier) (Patient, error) {
	form := url.Values{"identifier": {ins.System + "|" + ins.Value}}
	b, err := h.search(ctx, request{op: "FindByINS", path: "Patient", once: true}, form, "")
	if err != nil {
		return Patient{}, err
	}
	return one(b)
}

// Match gives anyone by strict traits. It is sent once: every look-up leaves a line.
func (h *HTTP) Match(ctx context.Context, t Traits) (Patient, error) {
	a, err := h.do(ctx, request{
		op: "Match", method: http.MethodPost, path: "Patient/$match", body: t.MatchParameters(), kind: typeFHIR, once: true,
	})
	if err != nil {
		return Patient{}, err
	}
	b, err := fhir.ParseBundle(a.body)
	if err != nil {
		return Patient{}, err
	}
	return one(b)
}

// one gives the only person of a Bundle.
func one(b fhir.Bundle) (Patient, error) {
	people, err := rows(b, "Patient", fhir.ParsePatient)
	switch {
	case err != nil:
		return Patient{}, err
	case len(people) == 0:
		return Patient{}, fhir.E(fhir.NotFound, "Personne ne porte cette identité. Vérifiez la saisie.")
	case len(people) > 1:
		return Patient{}, fhir.E(fhir.Malformed, "Le serveur donne plusieurs personnes pour une identité. Prévenez le support.")
	}
	return people[0], nil
}

// Accesses lists accesses, newest first.
func (h *HTTP) Accesses(ctx context.Context, q TraceQuery) (TracePage, error) {
	form := url.Values{"_count": {count(q.Limit, 50)}}
	if q.PatientID != "" {
		form.Set("patient", "Patient/"+q.PatientID)
	}
	period(form, "date", q.From, q.To)
	b, err := h.search(ctx, request{op: "Accesses", path: "AuditEvent"}, form, q.Page)
	if err != nil {
		return TracePage{}, err
	}
	traces, err := rows(b, "AuditEvent", fhir.ParseAuditEvent)
	if err != nil {
		return TracePage{}, err
	}
	cursor, err := next(b)
	if err != nil {
		return TracePage{}, err
	}
	return TracePage{Traces: traces, Total: total(b, len(traces)), Next: cursor, Provenance: h.fresh()}, nil
}

// period adds a half-open period to a form: from ≤ t < to.
func period(form url.Values, name string, from, to time.Time) {
	if !from.IsZero() {
		form.Add(name, "ge"+from.UTC().Format(time.RFC3339))
	}
	if !to.IsZero() {
		form.Add(name, "lt"+to.UTC().Format(time.RFC3339))
	}
}

// Status asks the server for its CapabilityStatement.
func (h *HTTP) Status(ctx context.Context) (Status, error) {
	a, err := h.do(ctx, request{op: "Status", method: http.MethodGet, path: "metadata", open: true})
	if err != nil {
		return Status{}, err
	}
	c, err := fhir.ParseCapability(a.body)
	if err != nil {
		return Status{}, err
	}
	s := Status{Version: c.Version, Demo: c.Demo, Now: h.now()}
	if at, err := http.ParseTime(a.header.Get("Date")); err == nil {
		s.Now = at
	}
	return s, nil
}
