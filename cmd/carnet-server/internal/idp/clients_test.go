package idp

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"carnet/client/fhir"
)

// token signs in and gives the access token.
func (l lab) token(t *testing.T) string {
	t.Helper()
	status, body := l.ask(l.assertion(t, nil))
	var tok struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &tok); status != http.StatusOK || err != nil {
		t.Fatalf("%d %s", status, body)
	}
	return tok.AccessToken
}

// admitted tells whether the server takes a token now.
func (l lab) admitted(token string) bool {
	_, err := l.w.p.Verifier().Verify(context.Background(), token)
	return err == nil
}

func (l lab) signsIn(t *testing.T) bool {
	t.Helper()
	status, _ := l.ask(l.assertion(t, nil))
	return status == http.StatusOK
}

// keySet is the public half of a key, as a file has it.
func keySet(t *testing.T, id string, public any) []byte {
	t.Helper()
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: id, Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// What is decided about a system holds for the server that runs at once: also for
// the tokens that it gave, and remembers to be good.
func TestASystemIsKeptOutAtOnce(t *testing.T) {
	l := newLab(t)
	ctx, dir, now := t.Context(), l.w.dir, l.w.clock.now
	first := l.token(t)
	if !l.admitted(first) {
		t.Fatal("the token is refused")
	}
	ok(t, DisableClient(ctx, dir, l.system.ID, now()))
	if l.admitted(first) || l.signsIn(t) {
		t.Error("a disabled system gets in")
	}
	// One that was just about to get its token, when it was disabled, gets none.
	app, _, err := l.w.p.storage.store.application(ctx, l.system.ID, "")
	ok(t, err)
	app.id, app.proved = l.system.ID, "lab-1"
	if in, err := l.w.p.storage.begin(ctx, app); err == nil {
		t.Errorf("%+v", in)
	}
	all, err := Systems(ctx, dir)
	if err != nil || len(all) != 1 || all[0].Disabled.IsZero() || len(all[0].Keys) != 1 {
		t.Errorf("%+v %v", all, err)
	}
	ok(t, EnableClient(ctx, dir, l.system.ID, now()))
	if l.admitted(first) {
		t.Error("a token of before is good again")
	}
	second := l.token(t)
	if !l.admitted(second) {
		t.Error("an enabled system does not get in")
	}
	ok(t, RemoveClient(ctx, dir, l.system.ID, now()))
	if l.admitted(second) || l.signsIn(t) {
		t.Error("a removed system gets in")
	}
	for name, err := range map[string]error{
		"disable": DisableClient(ctx, dir, l.system.ID, now()),
		"enable":  EnableClient(ctx, dir, l.system.ID, now()),
		"remove":  RemoveClient(ctx, dir, l.system.ID, now()),
		"rotate":  RotateClient(ctx, dir, System{ID: l.system.ID, JWKS: keySet(t, "x", newECKey(t).Public())}, 0, now()),
	} {
		if fhir.CodeOf(err) != fhir.NotFound {
			t.Errorf("%s of a removed system: %v", name, err)
		}
	}
	if err := AddClient(ctx, dir, l.system, now()); fhir.CodeOf(err) != fhir.Duplicate {
		t.Errorf("another system under the same name: %v", err)
	}
	if all, err := Systems(ctx, dir); err != nil || len(all) != 0 {
		t.Errorf("%+v %v", all, err)
	}
}

// A second key works beside the first until that one's end; tokens that the first
// one got do not outlive it.
func TestASystemChangesItsKey(t *testing.T) {
	l := newLab(t)
	ctx, dir := t.Context(), l.w.dir
	next := l
	next.private, next.kid = newECKey(t), "lab-2"
	if next.signsIn(t) {
		t.Fatal("an unknown key gets in")
	}
	fresh := System{ID: l.system.ID, JWKS: keySet(t, "lab-2", next.private.Public())}
	ok(t, RotateClient(ctx, dir, fresh, time.Hour, l.w.clock.now()))
	if !l.signsIn(t) || !next.signsIn(t) {
		t.Fatal("both keys open")
	}
	l.w.clock.move(55 * time.Minute)
	of, beside := l.token(t), next.token(t)
	l.w.clock.move(6 * time.Minute)
	if l.admitted(of) || l.signsIn(t) {
		t.Error("the old key opens after its end")
	}
	if !l.admitted(beside) || !next.signsIn(t) {
		t.Error("the new key does not open")
	}
	if err := RotateClient(ctx, dir, System{ID: l.system.ID, JWKS: l.system.JWKS}, time.Hour, l.w.clock.now()); fhir.CodeOf(err) != fhir.Duplicate {
		t.Errorf("a key of before comes back: %v", err)
	}
	// A key that somebody else has: at once.
	token := next.token(t)
	third := l
	third.private, third.kid = newECKey(t), "lab-3"
	ok(t, RotateClient(ctx, dir, System{ID: l.system.ID, JWKS: keySet(t, "lab-3", third.private.Public())}, 0, l.w.clock.now()))
	if next.admitted(token) || next.signsIn(t) || !third.signsIn(t) {
		t.Error("the key that was replaced at once still opens, or the new one does not")
	}
	for name, err := range map[string]error{
		"no key":    RotateClient(ctx, dir, System{ID: l.system.ID, JWKS: []byte(`{"keys":[]}`)}, 0, l.w.clock.now()),
		"too long":  RotateClient(ctx, dir, System{ID: l.system.ID, JWKS: keySet(t, "y", newECKey(t).Public())}, MaxOverlap+1, l.w.clock.now()),
		"backwards": RotateClient(ctx, dir, System{ID: l.system.ID, JWKS: keySet(t, "y", newECKey(t).Public())}, -1, l.w.clock.now()),
	} {
		if fhir.CodeOf(err) != fhir.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
