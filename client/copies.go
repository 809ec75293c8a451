package client

import (
	"context"
	"net/http"
	"slices"

	"carnet/client/fhir"
)

var _ Copies = (*HTTP)(nil)

// maxReads is how many offline reads are handed in with one request.
const maxReads = 500

// TakeCopy asks for leave to keep a copy. It may be asked again: a lease of this
// sign-in takes the place of the one before.
func (h *HTTP) TakeCopy(ctx context.Context, a Access) (Lease, error) {
	if err := checkID(a.PatientID); err != nil {
		return Lease{}, err
	}
	got, err := h.operate(ctx, request{op: "TakeCopy", path: "Patient/" + a.PatientID + "/" + fhir.OperationCopy, body: []byte(noArguments), session: a.Session})
	if err != nil {
		return Lease{}, err
	}
	l, err := fhir.ParseOfflineLease(got.body)
	if err != nil {
		return Lease{}, err
	}
	return Lease{ID: l.ID, PatientID: a.PatientID, Basis: l.Basis, Until: l.Until, Stamp: l.Stamp, Shared: l.Shared}, nil
}

// operate calls an operation that may be called twice.
func (h *HTTP) operate(ctx context.Context, q request) (answer, error) {
	q.method, q.kind = http.MethodPost, typeFHIR
	return h.do(ctx, q)
}

// CheckCopies asks how copies stand, in one request.
func (h *HTTP) CheckCopies(ctx context.Context, held []CopyCheck) ([]CopyState, error) {
	if ctx.Err() != nil {
		return nil, canceled(ctx)
	}
	if len(held) > MaxCopyChecks {
		return nil, fhir.E(fhir.BadValue, "Trop de copies sont vérifiées à la fois.")
	}
	if len(held) == 0 {
		return nil, nil
	}
	asked := make([]fhir.CopyCheck, len(held))
	for i, c := range held {
		asked[i] = fhir.CopyCheck(c)
	}
	got, err := h.operate(ctx, request{op: "CheckCopies", path: fhir.OperationCheckCopies, body: fhir.CopyChecksJSON(asked)})
	if err != nil {
		return nil, err
	}
	states, err := fhir.ParseCopyStates(got.body)
	if err != nil {
		return nil, err
	}
	if len(states) != len(held) {
		return nil, fhir.E(fhir.Malformed, "La réponse ne dit pas tout des copies hors ligne.")
	}
	out := make([]CopyState, len(states))
	for i, s := range states {
		if out[i] = CopyState(s); s.Lease != held[i].Lease {
			return nil, fhir.E(fhir.Malformed, "La réponse parle d’autres copies hors ligne.")
		}
	}
	return out, nil
}

// CopyChanges gives what changed in a copied record.
func (h *HTTP) CopyChanges(ctx context.Context, lease, since string) (CopyChanges, error) {
	got, err := h.operate(ctx, request{op: "CopyChanges", path: fhir.OperationCopyChanges, body: fhir.LeaseParameters(lease, since)})
	if err != nil {
		return CopyChanges{}, err
	}
	c, err := fhir.ParseCopyChanges(got.body)
	if err != nil {
		return CopyChanges{}, err
	}
	out := CopyChanges{Gone: c.Gone, Stamp: c.Stamp, More: c.More}
	for _, e := range c.Documents {
		d, err := fhir.ParseDocumentReference(e.Resource)
		if err != nil {
			return CopyChanges{}, err
		}
		out.Documents = append(out.Documents, d)
	}
	return out, nil
}

// CopyContent gives a document's bytes for a copy.
func (h *HTTP) CopyContent(ctx context.Context, lease string, d Document) (Content, error) {
	if err := checkID(lease); err != nil {
		return Content{}, noLease()
	}
	return h.content(ctx, request{op: "CopyContent", lease: lease}, d)
}

// noLease is the error of a lease that cannot be one.
func noLease() error { return fhir.E(fhir.NoConsent, "Cette copie hors ligne n’est plus permise.") }

// ReturnCopy tells that a copy is gone.
func (h *HTTP) ReturnCopy(ctx context.Context, lease string) error {
	_, err := h.operate(ctx, request{op: "ReturnCopy", path: fhir.OperationReturnCopy, body: fhir.LeaseParameters(lease, "")})
	return err
}

// ReportReads hands in offline reads, some at a time. When a later request fails
// its reads come back as to be tried again: what was kept is told as kept.
func (h *HTTP) ReportReads(ctx context.Context, reads []OfflineRead) ([]ReadReceipt, error) {
	var out []ReadReceipt
	for some := range slices.Chunk(reads, maxReads) {
		receipts, err := h.reportReads(ctx, some)
		if err != nil && len(out) == 0 {
			return nil, err
		}
		if err != nil {
			for _, r := range reads[len(out):] {
				out = append(out, ReadReceipt{ID: r.ID, Code: fhir.Unavailable})
			}
			return out, nil
		}
		out = append(out, receipts...)
	}
	return out, nil
}

func (h *HTTP) reportReads(ctx context.Context, reads []OfflineRead) ([]ReadReceipt, error) {
	all := make([]fhir.OfflineRead, len(reads))
	for i, r := range reads {
		all[i] = fhir.OfflineRead(r)
	}
	got, err := h.operate(ctx, request{op: "ReportReads", path: fhir.OperationOfflineReads, body: fhir.OfflineReadsJSON(all)})
	if err != nil {
		return nil, err
	}
	receipts, err := fhir.ParseReadReceipts(got.body)
	if err != nil {
		return nil, err
	}
	if len(receipts) != len(reads) {
		return nil, fhir.E(fhir.Malformed, "La réponse ne dit pas tout des lectures hors ligne.")
	}
	out := make([]ReadReceipt, len(receipts))
	for i, r := range receipts {
		if out[i] = ReadReceipt(r); r.ID != reads[i].ID {
			return nil, fhir.E(fhir.Malformed, "La réponse parle d’autres lectures hors ligne.")
		}
	}
	return out, nil
}
