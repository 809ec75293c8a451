package client

import (
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// TestAStructuredDocumentIsReadInWords, in the language of the screen; what is none
// stays what it is, for the viewer to say so.
func TestAStructuredDocumentIsReadInWords(t *testing.T) {
	d := fhir.Dispensation{
		UniqueID: "urn:uuid:1", At: time.Unix(0, 0), PatientINS: fhir.Identifier{Value: "1"}, Author: fhir.Party{ID: "8"},
		Lines: []fhir.Dispensed{{Text: "Paracétamol 500 mg", Days: 5}},
	}
	made := Content{Type: fhir.TypeFHIRDocument + "; charset=utf-8", Bytes: d.Document()}
	for language, want := range map[string]string{"fr": "pour 5 jours", "en": "for 5 days"} {
		got := made.Legible(language, time.UTC)
		if !strings.HasPrefix(got.Type, "text/plain") || !strings.Contains(string(got.Bytes), want) {
			t.Errorf("%s: %s %q", language, got.Type, got.Bytes)
		}
	}
	broken := Content{Type: fhir.TypeFHIRDocument, Bytes: []byte("{}")}
	if got := broken.Legible("fr", time.UTC); got.Type != broken.Type {
		t.Errorf("%s", got.Type)
	}
	pdf := Content{Type: "application/pdf", Bytes: []byte("%PDF-")}
	if got := pdf.Legible("fr", time.UTC); got.Type != pdf.Type {
		t.Errorf("%s", got.Type)
	}
}
