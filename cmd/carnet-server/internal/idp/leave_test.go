package idp

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"carnet/client/fhir"
)

// Who leaves is signed out at once, signs in no more by whatever they had, and
// leaves nothing behind that tells who they were; others notice nothing. The
// login may be somebody else's from then on, and they may come back as new.
func TestAPatientLeaves(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, demoPatient)
	who, other := w.addPatient("helene", "p009"), w.addPatient("autre", "p002")
	tok, others := w.signIn(who), w.signIn(other)
	verifier := oauth2.GenerateVerifier()
	begun := w.halfway(w.beginPortal(verifier), who) // the password is typed already
	for range 2 {
		if err := w.p.RemoveCitizen(ctx, "p009"); err != nil {
			t.Fatal(err)
		}
	}
	if res, _ := w.enter(begun, "code", w.codeNow(who.secret)); res.StatusCode == http.StatusFound && strings.Contains(res.Header.Get("Location"), "code=") {
		t.Errorf("a sign-in under way goes on: %s", res.Header.Get("Location"))
	}
	if _, err := w.p.Verifier().Citizen(ctx, tok.AccessToken); fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Errorf("the access token: %v", err)
	}
	if _, err := w.portal().TokenSource(ctx, &oauth2.Token{RefreshToken: tok.RefreshToken}).Token(); err == nil {
		t.Error("the refresh token is good")
	}
	if res, body := w.enter(w.beginPortal(oauth2.GenerateVerifier()), "login", "helene", "password", goodPassword); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the password: %d %s", res.StatusCode, body)
	}
	if _, err := w.p.Verifier().Citizen(ctx, others.AccessToken); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	if _, err := w.tryPatient("helene", "p003", false); err != nil {
		t.Errorf("the login: %v", err)
	}
	if _, err := w.tryPatient("nouvelle", "p009", false); err != nil {
		t.Errorf("back as new: %v", err)
	}
	if err := w.p.RemoveCitizen(ctx, "p001"); err != nil { // of the demonstration
		t.Error(err)
	}
}

// Nothing in the file tells of who left.
func TestWhoLeftIsNotInTheFile(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s, err := openStore(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`INSERT INTO account VALUES ('helene', 'sub-1', 'hash', '{"person":"p-left","name":"LEFEBVRE-LEFT"}', 1, 0)`,
		`INSERT INTO citizen VALUES ('p-left', 'sub-1')`,
	} {
		if _, err := s.db.ExecContext(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	p := &Provider{storage: &storage{store: s}}
	if err := p.RemoveCitizen(ctx, "p-left"); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{FileName, FileName + "-wal"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, trace := range []string{"p-left", "LEFEBVRE-LEFT"} {
			if strings.Contains(string(data), trace) {
				t.Errorf("%s holds %s", name, trace)
			}
		}
	}
}
