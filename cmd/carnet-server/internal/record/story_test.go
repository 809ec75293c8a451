package record

import (
	"context"
	"testing"

	"carnet/client/fhir"
)

// A general practitioner finds a patient, opens the record, lists it, reads a
// document; a stranger gets nothing of it.
func TestReadingARecord(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	w.seed(func(s *Seeder) {
		_ = s.AddPatient(patientSeed(1, "LEFÈVRE", "Zoé", "Anne"))
		_ = s.AddPatient(patientSeed(2, "LE GUEN", "Maël"))
		_ = s.SetRecord(RecordSeed{PatientID: "pat-1", MT: gp().ID})
		_ = s.AddDocument(w.documentSeed("pat-1", "1"))
		_ = s.AddDocument(w.documentSeed("pat-1", "2"))
	})
	page, err := w.MyPatients(ctx, gp(), PatientQuery{Text: "lefev"})
	if err != nil || page.Total != 1 || page.Items[0].ID != "pat-1" {
		t.Fatalf("my patients: %+v, %v", page, err)
	}
	access, err := w.OpenAccess(ctx, gp(), "pat-1", fhir.ModeNormal, "")
	if err != nil || access.Basis != fhir.BasisMT || access.Refusal != "" {
		t.Fatalf("open: %+v, %v", access, err)
	}
	docs, err := w.list(gp(), access.Session, "pat-1")
	if err != nil || docs.Total != 2 || len(docs.Items) != 2 {
		t.Fatalf("list: %+v, %v", docs, err)
	}
	got, err := w.content(gp(), access.Session, docID("1"))
	if err != nil || got != "contenu de 1" {
		t.Fatalf("content: %q, %v", got, err)
	}
	if _, err := w.list(pharmacist(), "", "pat-1"); code(err) != fhir.NoConsent {
		t.Errorf("a stranger's list: %v", err)
	}
	if _, err := w.content(pharmacist(), "", docID("1")); code(err) != fhir.NotFound {
		t.Errorf("a stranger's read: %v", err)
	}
	if _, err := w.content(pharmacist(), "", "none"); code(err) != fhir.NotFound {
		t.Errorf("a read of nothing: %v", err)
	}
}
