package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"carnet/client/fhir"
)

// Open enters a record.
func (h *HTTP) Open(ctx context.Context, patientID string, how OpenRequest) (Access, error) {
	if err := checkID(patientID); err != nil {
		return Access{}, err
	}
	mode := how.Mode
	if mode == "" {
		mode = fhir.ModeNormal
	}
	a, err := h.do(ctx, request{
		op: "Open", method: http.MethodPost, path: "Patient/" + patientID + "/$open",
		body: fhir.OpenParameters(mode, how.Reason), kind: typeFHIR, once: true,
	})
	if err != nil {
		return Access{}, err
	}
	access, err := fhir.ParseAccess(a.body)
	if err != nil {
		return Access{}, err
	}
	access.PatientID = patientID
	return access, nil
}

// Close ends a session. One that the server no longer knows is closed.
func (h *HTTP) Close(ctx context.Context, a Access) error {
	if err := checkID(a.PatientID); err != nil {
		return err
	}
	_, err := h.do(ctx, request{
		op: "Close", method: http.MethodPost, path: "Patient/" + a.PatientID + "/$close",
		body: fhir.CloseParameters(a.Session), kind: typeFHIR, once: true,
	})
	if fhir.CodeOf(err) == fhir.NotFound {
		return nil
	}
	return err
}

// Documents lists what this reader may read (ITI-67).
func (h *HTTP) Documents(ctx context.Context, a Access, q DocumentQuery) (DocumentPage, error) {
	form := url.Values{"patient": {"Patient/" + a.PatientID}, "_count": {count(q.Limit, 50)}, "status": {"current"}}
	if len(q.Statuses) > 0 {
		form.Set("status", strings.Join(q.Statuses, ","))
	}
	if len(q.Types) > 0 {
		form.Set("type", strings.Join(q.Types, ","))
	}
	if len(q.Classes) > 0 {
		form.Set("category", strings.Join(q.Classes, ","))
	}
	if q.Archived {
		form.Set("isArchived", "true,false")
	} else {
		form.Set("isArchived", "false")
	}
	period(form, "period", q.From, q.To)
	b, err := h.search(ctx, request{op: "Documents", path: "DocumentReference", session: a.Session}, form, q.Page)
	if err != nil {
		return DocumentPage{}, err
	}
	docs, err := rows(b, "DocumentReference", fhir.ParseDocumentReference)
	if err != nil {
		return DocumentPage{}, err
	}
	cursor, err := next(b)
	if err != nil {
		return DocumentPage{}, err
	}
	return DocumentPage{Documents: docs, Total: total(b, len(docs)), Next: cursor, Provenance: h.fresh()}, nil
}

// Document gives one description.
func (h *HTTP) Document(ctx context.Context, a Access, id string) (Document, error) {
	if err := checkID(id); err != nil {
		return Document{}, err
	}
	got, err := h.do(ctx, request{op: "Document", method: http.MethodGet, path: "DocumentReference/" + id, session: a.Session})
	if err != nil {
		return Document{}, err
	}
	return fhir.ParseDocumentReference(got.body)
}
