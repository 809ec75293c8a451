package idp

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"carnet/client/fhir"
)

func TestADoctorSignsInAndIsKnownToTheServer(t *testing.T) {
	w := newWorld(t)
	w.addDoctor("amorel")
	tok := w.tokens()

	p, err := w.p.Verifier().Verify(context.Background(), tok.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if p.ID != doctor.NameID || p.Name != doctor.Name || p.Profession != "10" || p.Specialty != "SM54" ||
		p.OrgID != doctor.Organisation || p.OrgName != doctor.OrgName || p.Sector != "SA07" || p.Session == "" {
		t.Errorf("principal = %+v", p)
	}
	if tok.RefreshToken == "" || tok.Extra("id_token") == nil {
		t.Error("no refresh token or no ID token")
	}

	next, err := w.refresh(tok.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.p.Verifier().Verify(context.Background(), next.AccessToken)
	if err != nil || again.Session != p.Session {
		t.Errorf("after a refresh the session is %q, was %q (%v)", again.Session, p.Session, err)
	}
}

func TestTheFileIsForItsOwnerAlone(t *testing.T) {
	w := newWorld(t)
	w.addDoctor("amorel")
	info, err := os.Stat(filepath.Join(w.dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode().Perm())
	}
}

func TestAuthorizeRefuses(t *testing.T) {
	w := newWorld(t)
	base := url.Values{
		"client_id": {DesktopClient}, "redirect_uri": {"http://127.0.0.1:5/callback"}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(oauth2.GenerateVerifier())}, "code_challenge_method": {"S256"},
	}
	for name, change := range map[string][2]string{
		"no PKCE":               {"code_challenge", ""},
		"the plain challenge":   {"code_challenge_method", "plain"},
		"no method":             {"code_challenge_method", ""},
		"a short challenge":     {"code_challenge", "abc"},
		"no state":              {"state", ""},
		"another machine":       {"redirect_uri", "http://192.0.2.1:5/callback"},
		"another path":          {"redirect_uri", "http://127.0.0.1:5/elsewhere"},
		"a name":                {"redirect_uri", "https://attacker.example/callback"},
		"an unknown client":     {"client_id", "somebody"},
		"the implicit flow":     {"response_type", "id_token token"},
		"an answer in a form":   {"response_mode", "form_post"},
		"no person":             {"prompt", "none"},
		"nowhere to return to":  {"redirect_uri", ""},
		"no client":             {"client_id", ""},
		"an endless state":      {"state", strings.Repeat("s", 600)},
		"a signed request":      {"request", "e30.e30.x"},
		"an answer in fragment": {"response_mode", "fragment"},
	} {
		t.Run(name, func(t *testing.T) {
			q := url.Values{}
			for k, v := range base {
				q[k] = v
			}
			q.Set(change[0], change[1])
			res, body := w.do(w.browser, http.MethodGet, w.srv.URL+"/oidc/authorize?"+q.Encode(), nil)
			if res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" {
				t.Errorf("status %d to %q", res.StatusCode, res.Header.Get("Location"))
			}
			if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") || !strings.Contains(body, "incomplète") || !strings.Contains(body, "<h1>") {
				t.Errorf("no page: %s", body)
			}
		})
	}
	if res, _ := w.do(w.browser, http.MethodGet, w.srv.URL+"/oidc/authorize?"+base.Encode(), nil); res.StatusCode != http.StatusFound {
		t.Errorf("the base of these cases is refused itself: %d", res.StatusCode)
	}
}

func TestACodeWorksOnceForItsClientAndVerifier(t *testing.T) {
	w := newWorld(t)
	w.addDoctor("amorel")
	verifier := oauth2.GenerateVerifier()
	ctx := context.Background()

	t.Run("a wrong verifier", func(t *testing.T) {
		if _, err := w.oauth().Exchange(ctx, w.code(verifier), oauth2.VerifierOption(oauth2.GenerateVerifier())); err == nil {
			t.Error("accepted")
		}
	})
	t.Run("no verifier", func(t *testing.T) {
		if _, err := w.oauth().Exchange(ctx, w.code(verifier)); err == nil {
			t.Error("accepted")
		}
	})
	t.Run("another address", func(t *testing.T) {
		other := w.oauth()
		other.RedirectURL = "http://127.0.0.1:1/callback"
		if _, err := other.Exchange(ctx, w.code(verifier), oauth2.VerifierOption(verifier)); err == nil {
			t.Error("accepted")
		}
	})
	t.Run("too late", func(t *testing.T) {
		code := w.code(verifier)
		w.clock.move(codeLife + time.Second)
		if _, err := w.oauth().Exchange(ctx, code, oauth2.VerifierOption(verifier)); err == nil {
			t.Error("accepted")
		}
	})
	t.Run("twice, which ends the sign-in of the first", func(t *testing.T) {
		code := w.code(verifier)
		tok, err := w.oauth().Exchange(ctx, code, oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.oauth().Exchange(ctx, code, oauth2.VerifierOption(verifier)); err == nil {
			t.Error("accepted")
		}
		if _, err := w.p.Verifier().Verify(ctx, tok.AccessToken); fhir.CodeOf(err) != fhir.Unauthenticated {
			t.Errorf("the first access token: %v", err)
		}
		if _, err := w.refresh(tok.RefreshToken); err == nil {
			t.Error("the first refresh token still works")
		}
	})
}

func TestARefreshTokenWorksOnce(t *testing.T) {
	w := newWorld(t)
	w.addDoctor("amorel")
	tok := w.tokens()
	next, err := w.refresh(tok.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.refresh(tok.RefreshToken); err == nil {
		t.Error("a used refresh token was accepted")
	}
	if _, err := w.refresh(next.RefreshToken); err == nil {
		t.Error("the thief's branch goes on after the theft was noticed")
	}
	if _, err := w.p.Verifier().Verify(context.Background(), next.AccessToken); fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Errorf("its access token: %v", err)
	}
}

func TestARevokedSignInIsOver(t *testing.T) {
	ctx := context.Background()
	t.Run("revoked by its refresh token", func(t *testing.T) {
		w := newWorld(t)
		w.addDoctor("amorel")
		tok := w.tokens()
		if _, err := w.p.Verifier().Verify(ctx, tok.AccessToken); err != nil {
			t.Fatal(err)
		}
		res, body := w.do(http.DefaultClient, http.MethodPost, w.srv.URL+"/oidc/revoke", url.Values{"token": {tok.RefreshToken}, "client_id": {DesktopClient}})
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", res.StatusCode, body)
		}
		if _, err := w.p.Verifier().Verify(ctx, tok.AccessToken); fhir.CodeOf(err) != fhir.Unauthenticated {
			t.Errorf("remembered token: %v", err)
		}
		if _, err := w.refresh(tok.RefreshToken); err == nil {
			t.Error("refresh still works")
		}
		// A restarted server knows it as well.
		p2, err := Open(ctx, Config{Issuer: w.srv.URL + "/oidc", Dir: w.dir, Now: w.clock.now, hashing: cheap})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = p2.Close() }()
		if _, err := p2.Verifier().Verify(ctx, tok.AccessToken); fhir.CodeOf(err) != fhir.Unauthenticated {
			t.Errorf("after a restart: %v", err)
		}
	})
	t.Run("revoked by its access token", func(t *testing.T) {
		w := newWorld(t)
		w.addDoctor("amorel")
		tok := w.tokens()
		res, _ := w.do(http.DefaultClient, http.MethodPost, w.srv.URL+"/oidc/revoke", url.Values{"token": {tok.AccessToken}, "client_id": {DesktopClient}})
		if res.StatusCode != http.StatusOK {
			t.Fatal(res.StatusCode)
		}
		if _, err := w.p.Verifier().Verify(ctx, tok.AccessToken); fhir.CodeOf(err) != fhir.Unauthenticated {
			t.Error(err)
		}
	})
}

func TestAnEndedExpiredOrDisabledSignInIsOver(t *testing.T) {
	ctx := context.Background()
	t.Run("ended at the provider", func(t *testing.T) {
		w := newWorld(t)
		w.addDoctor("amorel")
		tok := w.tokens()
		hint, _ := tok.Extra("id_token").(string)
		res, _ := w.do(w.browser, http.MethodGet, w.srv.URL+"/oidc/end_session?id_token_hint="+url.QueryEscape(hint), nil)
		if res.StatusCode != http.StatusFound || !strings.HasSuffix(res.Header.Get("Location"), "/oidc/signed-out") {
			t.Fatalf("%d %s", res.StatusCode, res.Header.Get("Location"))
		}
		if _, err := w.refresh(tok.RefreshToken); err == nil {
			t.Error("refresh still works")
		}
		if res, body := w.do(w.browser, http.MethodGet, res.Header.Get("Location"), nil); res.StatusCode != http.StatusOK || !strings.Contains(body, "déconnecté") {
			t.Errorf("%d %s", res.StatusCode, body)
		}
	})
	t.Run("a working day later", func(t *testing.T) {
		w := newWorld(t)
		w.addDoctor("amorel")
		tok := w.tokens()
		w.clock.move(13 * time.Hour)
		if _, err := w.refresh(tok.RefreshToken); err == nil {
			t.Error("refresh still works")
		}
		if _, err := w.p.Verifier().Verify(ctx, tok.AccessToken); fhir.CodeOf(err) != fhir.TokenExpired {
			t.Error(err)
		}
	})
	t.Run("the account was disabled", func(t *testing.T) {
		w := newWorld(t)
		w.addDoctor("amorel")
		tok := w.tokens()
		if _, err := w.p.Verifier().Verify(ctx, tok.AccessToken); err != nil {
			t.Fatal(err)
		}
		if err := DisableUser(ctx, w.dir, "AMOREL", w.clock.now()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.refresh(tok.RefreshToken); err == nil {
			t.Error("refresh still works")
		}
		if _, err := w.p.Verifier().Verify(ctx, tok.AccessToken); fhir.CodeOf(err) != fhir.Unauthenticated {
			t.Errorf("the access token that was good before, right after: %v", err)
		}
		login := w.begin(oauth2.GenerateVerifier())
		if res, _ := w.enter(login, "login", "amorel", "password", goodPassword); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("sign-in still works: %d", res.StatusCode)
		}
		const another = "another horse battery"
		if err := setPassword(ctx, w.dir, User{Login: "amorel", Password: another}, w.clock.now(), cheap); err != nil {
			t.Fatal(err)
		}
		if res, _ := w.enter(login, "login", "amorel", "password", another); res.StatusCode != http.StatusSeeOther {
			t.Errorf("the new password: %d", res.StatusCode)
		}
		if err := DisableUser(ctx, w.dir, "nobody", w.clock.now()); fhir.CodeOf(err) != fhir.NotFound {
			t.Error(err)
		}
		if err := SetPassword(ctx, w.dir, User{Login: "amorel", Password: "short"}, w.clock.now()); fhir.CodeOf(err) != fhir.Invalid {
			t.Error(err)
		}
	})
}

func TestAKeyCanBeReplacedWhileTokensAreOut(t *testing.T) {
	w := newWorld(t)
	w.addDoctor("amorel")
	ctx := context.Background()
	old := w.tokens()
	if err := w.p.RotateKey(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := w.p.Verifier().Verify(ctx, old.AccessToken); err != nil {
		t.Errorf("a token of before: %v", err)
	}
	if _, err := w.p.Verifier().Verify(ctx, w.tokens().AccessToken); err != nil {
		t.Errorf("a token of after: %v", err)
	}
	if n := len(w.p.storage.keys.verifying()); n != 2 {
		t.Errorf("%d keys served", n)
	}
	w.clock.move(keyLife + time.Hour)
	if _, err := w.p.storage.keys.signing(ctx); err != nil {
		t.Fatal(err)
	}
	if n := len(w.p.storage.keys.verifying()); n != 2 {
		t.Errorf("%d keys after the third: the first should be forgotten", n)
	}
}

func TestTheUserinfoEndpointSpeaksTheSameClaims(t *testing.T) {
	w := newWorld(t)
	w.addDoctor("amorel")
	tok := w.tokens()
	req, err := http.NewRequest(http.MethodGet, w.srv.URL+"/oidc/userinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	tok.SetAuthHeader(req)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	buf := new(strings.Builder)
	if _, err := copyBody(buf, res); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"SubjectNameID":"899700218896"`, `"SubjectRole":"10"`, `"Secteur_Activite":"SA07"`} {
		if !strings.Contains(buf.String(), want) {
			t.Errorf("%s lacks %s", buf, want)
		}
	}
}
