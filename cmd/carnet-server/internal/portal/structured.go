package portal

import (
	"io"
	"net/http"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// structured shows a structured document as words; the file itself can be kept.
func (c *call) structured(content record.Content) error {
	data, err := io.ReadAll(io.LimitReader(content.Reader, fhir.MaxFHIRDocument+1))
	if err != nil {
		return fhir.Wrap(fhir.Internal, err)
	}
	d, err := fhir.ParseDispensation(data)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="document.txt"`)
	c.w.WriteHeader(http.StatusOK)
	if _, err := io.WriteString(c.w, d.Plain(c.lang, c.Zone)); err != nil {
		panic(http.ErrAbortHandler) // half a document must not look whole
	}
	return nil
}
