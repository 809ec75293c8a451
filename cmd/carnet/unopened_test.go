package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui"
	"carnet/ui/unlock"
)

// Copies that cannot be opened are told, one works on without them, they can be erased,
// and the next unlocking tries again.
func TestCopiesThatDoNotOpen(t *testing.T) {
	ctx := context.Background()
	k := newTestKeep(t, t.TempDir(), &ring{kept: map[string]string{}}, false)
	wantNeed(t, k, anne, unlock.Nothing)
	if c := k.Kept().Copies; c == nil || c.Held().Trouble != ui.CopiesWell {
		t.Fatal("the copies do not open to begin with")
	}
	dir := filepath.Join(k.vault.Dir(), forCache)
	k.Leave()
	inTheWay := filepath.Join(dir, "keys", "in the way")
	if err := os.MkdirAll(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	wantNeed(t, k, anne, unlock.Nothing)
	kept := k.Kept()
	if kept.Copies == nil || kept.Copies.Held().Trouble != ui.CopiesClosed || kept.Found != ui.FoundClosed {
		t.Fatalf("found %d, %+v", kept.Found, kept.Copies)
	}
	if page, err := kept.Records.MyPatients(ctx, client.PatientQuery{}); err != nil || len(page.Patients) == 0 {
		t.Errorf("one does not work on without copies: %v", err)
	}
	if err := kept.Copies.Clear(ctx); fhir.CodeOf(err) != fhir.Unavailable {
		t.Errorf("keys that stay on the disk are told erased: %v", err)
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Dir(inTheWay)); err != nil {
		t.Fatal(err)
	}
	if err := kept.Copies.Clear(ctx); err != nil {
		t.Fatalf("erased unopened: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "db")); !os.IsNotExist(err) {
		t.Error("the copies are still there")
	}
	k.Hide()
	wantNeed(t, k, anne, unlock.Nothing)
	if kept := k.Kept(); kept.Copies.Held().Trouble != ui.CopiesWell || kept.Found != ui.FoundWell {
		t.Errorf("after unlocking: found %d, %+v", kept.Found, kept.Copies.Held())
	}
}
