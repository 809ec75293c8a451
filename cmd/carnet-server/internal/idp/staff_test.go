package idp

import (
	"context"
	"net/http"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

func TestAnOperatorSignsInWithTwoFactors(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	f, err := addStaff(ctx, w.dir, StaffUser{Login: "SLaurent", Password: goodPassword, Name: "Sabine LAURENT", Role: record.StaffOperator}, w.clock.now(), cheap)
	if err != nil {
		t.Fatal(err)
	}
	verifier := oauth2.GenerateVerifier()
	second := w.halfway(w.beginPortal(verifier), patient{login: "slaurent"})
	if res, _ := w.enter(second, "code", "000000"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong code: %d", res.StatusCode)
	}
	res, body := w.enter(second, "code", w.codeNow(f.Secret))
	tok := w.exchange(res, body, verifier)
	s, err := w.p.Verifier().Staff(ctx, tok.AccessToken)
	if err != nil || s.ID != "slaurent" || s.Name != "Sabine LAURENT" || s.Role != record.StaffOperator || s.Session == "" {
		t.Errorf("%+v %v", s, err)
	}
	if _, err := w.p.Verifier().Citizen(ctx, tok.AccessToken); fhir.CodeOf(err) != fhir.Forbidden {
		t.Errorf("an operator as a patient: %v", err)
	}
	if len(f.Recovery) != recoveryCodes {
		t.Errorf("%d recovery codes", len(f.Recovery))
	}
	if res, _ := w.enter(w.begin(oauth2.GenerateVerifier()), "login", "slaurent", "password", goodPassword); res.StatusCode != http.StatusForbidden {
		t.Errorf("in the desktop: %d", res.StatusCode)
	}
}

func TestAddStaffRefuses(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	good := StaffUser{Login: "slaurent", Password: goodPassword, Name: "Sabine LAURENT", Role: record.StaffDPO}
	for name, change := range map[string]func(*StaffUser){
		"no login":           func(u *StaffUser) { u.Login = "" },
		"no name":            func(u *StaffUser) { u.Name = "" },
		"a role of its own":  func(u *StaffUser) { u.Role = record.StaffSystem },
		"a profession":       func(u *StaffUser) { u.Role = "10" },
		"a short password":   func(u *StaffUser) { u.Password = "fourteen chars" },
		"a login with a tab": func(u *StaffUser) { u.Login = "a\tb" },
	} {
		u := good
		change(&u)
		if _, err := addStaff(ctx, dir, u, time.Now(), cheap); fhir.CodeOf(err) != fhir.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := addStaff(ctx, dir, good, time.Now(), cheap); err != nil {
		t.Fatal(err)
	}
	if _, err := addStaff(ctx, dir, good, time.Now(), cheap); fhir.CodeOf(err) != fhir.Duplicate {
		t.Errorf("twice: %v", err)
	}
}
