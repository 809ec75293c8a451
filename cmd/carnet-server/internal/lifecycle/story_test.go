package lifecycle

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// A person is announced, gets a letter, activates, closes, opens again, closes
// and deletes their record.
func TestALife(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	id := w.announced(zoe())
	if got := w.state(id); got != record.LifePending {
		t.Fatalf("announced: %s", got)
	}
	codes := w.codes()
	if len(codes) != 1 || len(w.letters()) != 1 {
		t.Fatalf("codes %v, letters %v", codes, w.letters())
	}
	who, err := w.Activate(ctx, activation(zoe(), strings.ToLower(strings.ReplaceAll(codes[0], "-", " "))))
	if err != nil || who != id {
		t.Fatalf("activate: %s, %v", who, err)
	}
	if _, err := w.Activate(ctx, activation(zoe(), codes[0])); fhir.CodeOf(err) != fhir.Invalid {
		t.Errorf("a code is good once: %v", err)
	}
	me := record.Citizen{ID: id, Name: "Zoé LEFÈVRE"}
	for _, step := range []struct {
		do   func(context.Context, record.Citizen, string) error
		want string
		code fhir.Code
	}{
		{w.Erase, record.LifeActivated, fhir.StateConflict},
		{w.Reopen, record.LifeActivated, fhir.StateConflict},
		{w.Close, record.LifeClosed, ""},
		{w.Close, record.LifeClosed, fhir.StateConflict},
		{w.Reopen, record.LifeActivated, ""},
		{w.Close, record.LifeClosed, ""},
	} {
		if err := step.do(ctx, me, id); fhir.CodeOf(err) != step.code {
			t.Fatalf("%v, want %q", err, step.code)
		}
		if got := w.state(id); got != step.want {
			t.Fatalf("state %s, want %s", got, step.want)
		}
	}
	stranger := record.Citizen{ID: "somebody", Name: "Un INCONNU"}
	if err := w.Reopen(ctx, stranger, id); fhir.CodeOf(err) != fhir.NotFound {
		t.Errorf("a stranger: %v", err)
	}
	w.work()
	if n := len(w.letters()); n != 4 { // announced, closed, opened again, closed
		t.Errorf("%d letters", n)
	}
}

// A file of the outbox is its owner's alone, and neither its name nor what it
// says tells anything of health or an identifier.
func TestLettersTellNothing(t *testing.T) {
	w := newWorld(t)
	w.announced(zoe())
	for name, text := range w.letters() {
		info, err := os.Stat(filepath.Join(w.outbox, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		for _, secret := range []string{zoe().INS.Value, "1990", "12345678"} {
			if strings.Contains(text, secret) || strings.Contains(name, secret) {
				t.Errorf("it says %s", secret)
			}
		}
		if strings.Contains(strings.ToUpper(name), "LEF") {
			t.Errorf("the name of the file: %s", name)
		}
	}
}
