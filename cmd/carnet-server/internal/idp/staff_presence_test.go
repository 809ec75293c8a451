package idp

import (
	"context"
	"testing"

	"golang.org/x/oauth2"

	"carnet/cmd/carnet-server/internal/record"
)

// Where somebody of the staff is signed in is listed under their account, and
// under no patient's name; nothing is once the account is disabled.
func TestStaffSignInsAreListedUntilTheAccountIsDisabled(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	f, err := addStaff(ctx, w.dir, StaffUser{Login: "slaurent", Password: goodPassword, Name: "Sabine LAURENT", Role: record.StaffOperator}, w.clock.now(), cheap)
	if err != nil {
		t.Fatal(err)
	}
	verifier := oauth2.GenerateVerifier()
	res, body := w.enter(w.halfway(w.beginPortal(verifier), patient{login: "slaurent"}), "code", w.codeNow(f.Secret))
	s, err := w.p.Verifier().Staff(ctx, w.exchange(res, body, verifier).AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.p.StaffSessions(ctx, "slaurent")
	if err != nil || len(list) != 1 || list[0].ID != s.Session {
		t.Errorf("%+v %v", list, err)
	}
	if list, err := w.p.Sessions(ctx, "slaurent"); err != nil || len(list) != 0 {
		t.Errorf("as a patient: %+v %v", list, err)
	}
	w.addPatient("helene", "p001")
	if list, err := w.p.StaffSessions(ctx, "helene"); err != nil || len(list) != 0 {
		t.Errorf("a patient as staff: %+v %v", list, err)
	}
	if err := DisableUser(ctx, w.dir, "slaurent", w.clock.now()); err != nil {
		t.Fatal(err)
	}
	if list, err := w.p.StaffSessions(ctx, "slaurent"); err != nil || len(list) != 0 {
		t.Errorf("disabled: %+v %v", list, err)
	}
}
