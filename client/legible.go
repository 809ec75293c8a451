package client

import (
	"bytes"
	"strings"
	"time"

	"carnet/client/fhir"
)

// Legible gives a structured document in words, in a language ("fr", "en") and with
// times of a place, and any other content as it is. One that cannot be read stays what
// it is, for a viewer to say so.
func (c Content) Legible(language string, place *time.Location) Content {
	kind, _, _ := strings.Cut(c.Type, ";")
	if strings.TrimSpace(kind) != fhir.TypeFHIRDocument {
		return c
	}
	d, err := fhir.ParseDispensation(c.Bytes)
	if err != nil {
		return c
	}
	c.Type, c.Bytes = "text/plain; charset=utf-8", []byte(d.Plain(language, place))
	return c
}

// pdfHeader is in how many bytes the header of a PDF stands (ISO 32000-1, annex H.3.4.1).
const pdfHeader = 1024

// IsPDF tells by its bytes whether a content says that it is a PDF; whether it is a good
// one is for the gate.
func IsPDF(data []byte) bool {
	return bytes.Contains(data[:min(len(data), pdfHeader)], []byte("%PDF-"))
}
