package client

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"carnet/client/fhir"
)

// patchOp is one operation of a JSON Patch (RFC 6902).
type patchOp struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// Change alters one thing of a document's metadata, against the version that
// was seen.
func (h *HTTP) Change(ctx context.Context, a Access, d Document, c Change) (Document, error) {
	if err := checkID(d.ID); err != nil {
		return Document{}, err
	}
	ops, err := patch(d, c)
	if err != nil {
		return Document{}, err
	}
	data, err := json.Marshal(ops)
	if err != nil {
		return Document{}, fhir.Wrap(fhir.Internal, err)
	}
	got, err := h.do(ctx, request{
		op: "Change", method: http.MethodPatch, path: "DocumentReference/" + d.ID, body: data, kind: typePatch,
		session: a.Session, match: fhir.ETag(d.Version), once: true,
	})
	if err != nil {
		return Document{}, err
	}
	if fhir.ResourceType(got.body) == "DocumentReference" {
		return fhir.ParseDocumentReference(got.body)
	}
	return h.Document(ctx, a, d.ID)
}

// patch writes a change as a JSON Patch: only status, securityLabel and
// isArchived may change (contract, section 4).
func patch(d Document, c Change) ([]patchOp, error) {
	set := 0
	for _, is := range []bool{c.Masked != nil, c.HiddenPatient != nil, c.Archived != nil, c.Delete} {
		if is {
			set++
		}
	}
	if set != 1 {
		return nil, fhir.E(fhir.BadValue, "Une modification porte sur une seule chose.")
	}
	switch {
	case c.Masked != nil:
		d.Masked = *c.Masked
	case c.HiddenPatient != nil:
		d.HiddenPatient = *c.HiddenPatient
	case c.Archived != nil:
		return []patchOp{archive(d, *c.Archived)}, nil
	case c.Delete:
		return []patchOp{{Op: "replace", Path: "/status", Value: "entered-in-error"}}, nil
	}
	labels := []any{}
	for _, l := range d.Labels() {
		labels = append(labels, map[string]any{"coding": []any{map[string]string{"system": l.System, "code": l.Code}}})
	}
	return []patchOp{{Op: "replace", Path: "/securityLabel", Value: labels}}, nil
}

// archive sets the isArchived extension.
func archive(_ Document, on bool) patchOp {
	return patchOp{Op: "add", Path: "/extension", Value: []any{map[string]any{"url": fhir.ExtIsArchived, "valueBoolean": on}}}
}

// noArguments is the body of an operation that takes none.
const noArguments = `{"resourceType":"Parameters"}`

// Undo withdraws a document that I filed to the wrong patient.
func (h *HTTP) Undo(ctx context.Context, a Access, d Document) error {
	if err := checkID(d.ID); err != nil {
		return err
	}
	_, err := h.do(ctx, request{
		op: "Undo", method: http.MethodPost, path: "DocumentReference/" + d.ID + "/$undo",
		body: []byte(noArguments), kind: typeFHIR, session: a.Session, once: true,
	})
	return err
}

// DeclareConsent records the consent given in front of me.
func (h *HTTP) DeclareConsent(ctx context.Context, c ConsentDeclaration) (Consent, error) {
	if err := checkID(c.PatientID); err != nil {
		return Consent{}, err
	}
	// Who declares it and from when is for the server to say: it knows the
	// sign-in, and a clock that runs ahead here must not delay the consent.
	out := Consent{
		Status: "active", PatientID: c.PatientID, DateTime: h.now().UTC().Truncate(time.Second),
		Form: c.Form, Visit: c.Visit, End: c.End,
	}
	got, err := h.do(ctx, request{op: "DeclareConsent", method: http.MethodPost, path: "Consent", body: out.JSON(), kind: typeFHIR, once: true})
	if err != nil {
		return Consent{}, err
	}
	return fhir.ParseConsent(got.body)
}

// WithdrawOwn ends my own authorisation on a record.
func (h *HTTP) WithdrawOwn(ctx context.Context, patientID string) error {
	if err := checkID(patientID); err != nil {
		return err
	}
	_, err := h.do(ctx, request{
		op: "WithdrawOwn", method: http.MethodPost, path: "Patient/" + patientID + "/$withdraw",
		body: []byte(noArguments), kind: typeFHIR, once: true,
	})
	return err
}
