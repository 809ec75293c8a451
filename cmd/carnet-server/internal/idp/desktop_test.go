package idp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/client/session"
)

// The desktop's own sign-in against the real provider.
func TestTheDesktopSignsIn(t *testing.T) {
	w := newWorld(t, demoDoctor)
	w.addDoctor("amorel")
	ctx := context.Background()
	s := session.New(session.Config{Base: w.srv.URL, Now: w.clock.now, Browser: func(address string) error {
		go w.person(address)
		return nil
	}})
	list, err := s.Accounts(ctx)
	if err != nil || len(list) != 1 || list[0].ID != "gp" {
		t.Fatalf("%v %v", list, err)
	}
	for _, account := range []string{"", "gp"} {
		who, err := s.SignIn(ctx, account, nil)
		if err != nil {
			t.Fatal(err)
		}
		first, err := s.Token(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.p.Verifier().Verify(ctx, first)
		if err != nil || p.ID != who.ID || p.Name != who.Name {
			t.Errorf("the server knows %+v, the screen %+v (%v)", p, who, err)
		}
		w.clock.move(9*time.Minute + 30*time.Second)
		second, err := s.Token(ctx)
		if err != nil || second == first {
			t.Errorf("not refreshed: %v", err)
		}
		if p2, err := w.p.Verifier().Verify(ctx, second); err != nil || p2.Session != p.Session {
			t.Errorf("another session after a refresh (%v)", err)
		}
		if err := s.SignOut(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := w.p.Verifier().Verify(ctx, second); fhir.CodeOf(err) != fhir.Unauthenticated {
			t.Errorf("after signing out: %v", err)
		}
	}
	if _, err := s.SignIn(ctx, "nobody", nil); !errors.Is(err, &fhir.Error{Code: fhir.NotFound}) {
		t.Errorf("an unknown demo account: %v", err)
	}
}

// person does what a person does in a browser.
func (w *world) person(address string) {
	browser := newBrowser(w.t)
	res, _ := w.do(browser, http.MethodGet, address, nil)
	login := res.Header.Get("Location")
	_, page := w.do(browser, http.MethodGet, login, nil)
	field := requestField.FindStringSubmatch(page)
	if field == nil {
		w.t.Errorf("no form: %s", page)
		return
	}
	res, _ = w.do(browser, http.MethodPost, login, url.Values{"request": {field[1]}, "login": {"amorel"}, "password": {goodPassword}})
	back := res.Header.Get("Location")
	if res, page := w.do(browser, http.MethodGet, back, nil); res.StatusCode != http.StatusOK || !strings.Contains(page, "connecté") {
		w.t.Errorf("the page after: %d", res.StatusCode)
	}
}
