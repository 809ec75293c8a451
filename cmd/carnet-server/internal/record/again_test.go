package record

import (
	"bytes"
	"context"
	"testing"

	"carnet/client/fhir"
)

// A filing that is sent again is told what became of the document meanwhile.
func TestAFilingSentAgainIsToldTheTruth(t *testing.T) {
	ctx := context.Background()
	w := onePatient(t)
	d := newDraft(1, "1", gp())
	d.key = "key-1"
	first, _, err := w.file(gp(), d)
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	if _, err := w.PatchDocument(ctx, gp(), "", PatchTarget{ID: first.ID}, Patch{Archived: &yes}); err != nil {
		t.Fatal(err)
	}
	now, err := w.Document(ctx, gp(), "", first.ID)
	if err != nil {
		t.Fatal(err)
	}
	again, created, err := w.file(gp(), d)
	if err != nil || created || !bytes.Equal(again.JSON, now.JSON) || again.Version != "2" {
		t.Errorf("archived meanwhile: %s, created %v, %v", again.JSON, created, err)
	}
	if err := w.Undo(ctx, gp(), "", first.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.file(gp(), d); code(err) != fhir.Withdrawn {
		t.Errorf("withdrawn meanwhile: %v", err)
	}
}

// Who filed without a right to read learns nothing of what changed since.
func TestAFilingSentAgainShowsNothingHidden(t *testing.T) {
	ctx := context.Background()
	w := onePatient(t)
	d := newDraft(1, "1", otherGP())
	d.key = "key-1"
	first, _, err := w.file(otherGP(), d)
	if err != nil {
		t.Fatal(err)
	}
	labels := []fhir.Coding{fhir.LabelCoding(fhir.LabelMasked)}
	if _, err := w.PatchDocument(ctx, gp(), "", PatchTarget{ID: first.ID}, Patch{Labels: labels}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Document(ctx, otherGP(), "", first.ID); code(err) != fhir.NotFound {
		t.Fatalf("the filer reads: %v", err)
	}
	again, created, err := w.file(otherGP(), d)
	if err != nil || created || !bytes.Equal(again.JSON, first.JSON) {
		t.Errorf("%s, created %v, %v", again.JSON, created, err)
	}
}
