package ui

import (
	"context"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// watched is the contract with an ear on it: what every call tells of the
// connection reaches the top bar, so that no page has to say it.
type watched struct {
	client.Records
	now  func() time.Time
	tell func(outcome) // any goroutine
}

var _ client.Records = (*watched)(nil)

// heard tells how a call that began at start ended, and gives its results.
func heard[T any](w *watched, start time.Time, value T, err error) (T, error) {
	end := w.now()
	w.tell(outcome{code: fhir.CodeOf(err), took: end.Sub(start), at: end})
	return value, err
}

// MyPatients implements client.Finder.
func (w *watched) MyPatients(ctx context.Context, q client.PatientQuery) (client.PatientPage, error) {
	start := w.now()
	v, err := w.Records.MyPatients(ctx, q)
	return heard(w, start, v, err)
}

// FindByINS implements client.Finder.
func (w *watched) FindByINS(ctx context.Context, ins fhir.Identifier) (client.Patient, error) {
	start := w.now()
	v, err := w.Records.FindByINS(ctx, ins)
	return heard(w, start, v, err)
}

// Match implements client.Finder.
func (w *watched) Match(ctx context.Context, t client.Traits) (client.Patient, error) {
	start := w.now()
	v, err := w.Records.Match(ctx, t)
	return heard(w, start, v, err)
}

// Open implements client.Reader.
func (w *watched) Open(ctx context.Context, patientID string, how client.OpenRequest) (client.Access, error) {
	start := w.now()
	v, err := w.Records.Open(ctx, patientID, how)
	return heard(w, start, v, err)
}

// Documents implements client.Reader.
func (w *watched) Documents(ctx context.Context, a client.Access, q client.DocumentQuery) (client.DocumentPage, error) {
	start := w.now()
	v, err := w.Records.Documents(ctx, a, q)
	return heard(w, start, v, err)
}

// Document implements client.Reader.
func (w *watched) Document(ctx context.Context, a client.Access, id string) (client.Document, error) {
	start := w.now()
	v, err := w.Records.Document(ctx, a, id)
	return heard(w, start, v, err)
}

// Content implements client.Reader.
func (w *watched) Content(ctx context.Context, a client.Access, d client.Document) (client.Content, error) {
	start := w.now()
	v, err := w.Records.Content(ctx, a, d)
	return heard(w, start, v, err)
}

// File implements client.Writer.
func (w *watched) File(ctx context.Context, a client.Access, d client.Draft, p client.Progress) (client.Document, error) {
	start := w.now()
	v, err := w.Records.File(ctx, a, d, p)
	return heard(w, start, v, err)
}

// Change implements client.Writer.
func (w *watched) Change(ctx context.Context, a client.Access, d client.Document, c client.Change) (client.Document, error) {
	start := w.now()
	v, err := w.Records.Change(ctx, a, d, c)
	return heard(w, start, v, err)
}

// Undo implements client.Writer.
func (w *watched) Undo(ctx context.Context, a client.Access, d client.Document) error {
	start := w.now()
	_, err := heard(w, start, struct{}{}, w.Records.Undo(ctx, a, d))
	return err
}

// DeclareConsent implements client.Consents.
func (w *watched) DeclareConsent(ctx context.Context, c client.ConsentDeclaration) (client.Consent, error) {
	start := w.now()
	v, err := w.Records.DeclareConsent(ctx, c)
	return heard(w, start, v, err)
}

// WithdrawOwn implements client.Consents.
func (w *watched) WithdrawOwn(ctx context.Context, patientID string) error {
	start := w.now()
	_, err := heard(w, start, struct{}{}, w.Records.WithdrawOwn(ctx, patientID))
	return err
}

// Accesses implements client.Traces.
func (w *watched) Accesses(ctx context.Context, q client.TraceQuery) (client.TracePage, error) {
	start := w.now()
	v, err := w.Records.Accesses(ctx, q)
	return heard(w, start, v, err)
}
