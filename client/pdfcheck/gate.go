package pdfcheck

import (
	"context"
	"io"

	"carnet/client/fhir"
)

// ServerGate is the check as the server's door asks for it: may these bytes be
// stored?
type ServerGate struct {
	Checker *Checker
	Lang    string // of the messages: "fr" (also when empty) or "en"
}

// CheckPDF gives nil when the PDF of size bytes behind r may be stored; it holds
// no more of it than a piece (see Checker.CheckReader). Errors: Invalid with every
// refusal as an issue in words, TooLarge over the limit, Unavailable when the
// check could not be made, Canceled when ctx ended.
func (g ServerGate) CheckPDF(ctx context.Context, file io.ReaderAt, size int64) error {
	r, err := g.Checker.CheckReader(ctx, file, size)
	if err != nil {
		return err
	}
	if r.Verdict != Refused {
		return nil
	}
	e := &fhir.Error{Code: fhir.Invalid, Message: r.Reason(g.Lang)}
	if r.Has(CodeTooLarge) {
		e.Code = fhir.TooLarge
	}
	for _, f := range r.Findings {
		if f.Severity == Refuse {
			e.Issues = append(e.Issues, fhir.Issue{Code: e.Code, Expression: "DocumentReference.content[0].attachment.data", Message: f.Message(g.Lang)})
		}
	}
	return e
}
