package e2e

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// TestAStructuredDispensation: it is kept byte for byte when it speaks of the person
// in whose record it goes and is what it is filed as; anything else is refused.
func TestAStructuredDispensation(t *testing.T) {
	w := newWorld(t)
	given := fhir.Dispensation{
		UniqueID: "urn:uuid:0b1c2d3e-0000-4000-8000-000000000001", At: w.now().UTC().Truncate(time.Second), PatientINS: insOf(alice),
		PatientName: "Alice", Author: party(pharmacist), Lines: []fhir.Dispensed{{Text: "Paracétamol 500 mg", Quantity: "1", Unit: "boîte"}},
	}
	send := func(kind string, d fhir.Dispensation, change func(string) string) answer {
		body := w.filing(alice, pharmacist, func(r *fhir.DocumentReference) {
			r.Type = fhir.Coding{System: fhir.SystemLOINC, Code: kind}
			r.Attachment.ContentType = fhir.TypeFHIRDocument
		})
		content := change(string(d.Document()))
		return w.do(ask{who: pharmacist, path: "/DocumentReference", body: strings.Replace(body, "Qm9uam91cg==", base64.StdEncoding.EncodeToString([]byte(content)), 1)})
	}
	same := func(s string) string { return s }
	kept := send("60593-1", given, same)
	if kept.status != 201 {
		t.Fatalf("%d %s", kept.status, kept.body)
	}
	id := strings.TrimPrefix(kept.header.Get("Location"), w.base+"/DocumentReference/")
	if read := w.do(ask{who: gp, method: "GET", path: "/Binary/" + id}); read.body != string(given.Document()) {
		t.Errorf("%d, other bytes: %s", read.status, read.body)
	}
	other := given
	other.PatientINS = insOf(carol)
	for name, a := range map[string]answer{
		"another person's":    send("60593-1", other, same),
		"as another type":     send("11488-4", given, same),
		"half of it":          send("60593-1", given, func(s string) string { return s[:len(s)/2] }),
		"another resource":    send("60593-1", given, func(s string) string { return strings.Replace(s, `"document"`, `"message"`, 1) }),
		"a line nobody reads": send("60593-1", given, func(s string) string { return strings.Replace(s, `"MedicationDispense"`, `"Basic"`, 1) }),
	} {
		if a.status != 422 || strings.Contains(a.body, "Alice") || strings.Contains(a.body, insOf(carol).Value) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}
