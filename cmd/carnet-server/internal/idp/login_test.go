package idp

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"carnet/client/fhir"
)

func TestTheLoginPage(t *testing.T) {
	w := newWorld(t, demoDoctor)
	login := w.begin(oauth2.GenerateVerifier())
	res, body := w.do(w.browser, http.MethodGet, login.String(), nil)
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.StatusCode)
	}
	csp := res.Header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "form-action 'self' http://127.0.0.1:49152;") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	if res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("headers %v", res.Header)
	}
	if strings.Contains(body, "<script") || regexp.MustCompile(`\son\w+=`).MatchString(body) {
		t.Error("the page has a script")
	}
	for _, want := range []string{
		`<html lang="fr">`, `<label for="login">Identifiant</label>`, `<label for="password">`, `autocomplete="current-password"`,
		"Comptes de démonstration", "Dr Fictive", `name="account" value="gp"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	_, english := w.do(w.browser, http.MethodGet, login.String()+"&lang=en", nil)
	if !strings.Contains(english, `<html lang="en">`) || !strings.Contains(english, "Demonstration accounts") || !strings.Contains(english, "General practitioner") {
		t.Errorf("not English: %s", english)
	}
	if res, css := w.do(w.browser, http.MethodGet, w.srv.URL+"/oidc/style.css", nil); !strings.HasPrefix(res.Header.Get("Content-Type"), "text/css") || !strings.Contains(css, "focus-visible") {
		t.Error("no stylesheet")
	}
}

func TestEveryTextIsInBothLanguages(t *testing.T) {
	for key := range texts["fr"] {
		if texts["en"][key] == "" {
			t.Errorf("%s lacks English", key)
		}
	}
	if len(texts["fr"]) != len(texts["en"]) {
		t.Error("English says more than French")
	}
}

func TestAWrongPasswordSaysSoAndNothingElse(t *testing.T) {
	w := newWorld(t)
	w.addDoctor("amorel")
	login := w.begin(oauth2.GenerateVerifier())
	res, known := w.enter(login, "login", "amorel", "password", "wrong password here")
	if res.StatusCode != http.StatusUnauthorized || !strings.Contains(known, `role="alert"`) || strings.Contains(known, "wrong password here") {
		t.Errorf("%d %s", res.StatusCode, known)
	}
	_, unknown := w.enter(login, "login", "nobody", "password", "wrong password here")
	if strings.ReplaceAll(known, "amorel", "x") != strings.ReplaceAll(unknown, "nobody", "x") {
		t.Error("an unknown account looks different from a wrong password")
	}
	if res, _ := w.enter(login, "login", " AMorel ", "password", goodPassword); res.StatusCode != http.StatusSeeOther {
		t.Errorf("then the right one: %d", res.StatusCode)
	}
}

func TestGuessingIsSlowedDownPerAccount(t *testing.T) {
	w := newWorld(t)
	w.addDoctor("amorel")
	login := w.begin(oauth2.GenerateVerifier())
	for i := range 5 {
		if res, _ := w.enter(login, "login", "amorel", "password", "guess"); res.StatusCode != http.StatusUnauthorized {
			t.Fatalf("attempt %d: %d", i, res.StatusCode)
		}
	}
	res, body := w.enter(login, "login", "amorel", "password", goodPassword)
	if res.StatusCode != http.StatusTooManyRequests || !strings.Contains(body, "Trop d") {
		t.Errorf("even the right password waits: %d", res.StatusCode)
	}
	w.clock.move(11 * time.Second)
	if res, _ := w.enter(login, "login", "amorel", "password", goodPassword); res.StatusCode != http.StatusSeeOther {
		t.Errorf("after the wait: %d", res.StatusCode)
	}
}

func TestThrottle(t *testing.T) {
	th := newThrottle(5, 10*time.Second, 15*time.Minute)
	now := time.Unix(1_700_000_000, 0)
	for i, want := range []time.Duration{0, 0, 0, 0, 0, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second} {
		if got := th.wait("a", now); got != want {
			t.Errorf("after %d failures: %v, want %v", i, got, want)
		}
		th.failed("a", now)
	}
	for range 100 {
		th.failed("a", now)
	}
	if got := th.wait("a", now); got != 15*time.Minute {
		t.Errorf("the longest wait is %v", got)
	}
	if th.wait("b", now) != 0 {
		t.Error("another key waits")
	}
	if got := th.wait("a", now.Add(25*time.Hour)); got != 0 {
		t.Errorf("a day later: %v", got)
	}
	for range 31 {
		th.failed("address", now)
	}
	th.forgive("address")
	if got := th.wait("address", now); got == 0 {
		t.Error("one right password pays for thirty guesses")
	}
}

func TestASignInBelongsToTheBrowserThatBeganIt(t *testing.T) {
	w := newWorld(t, demoDoctor)
	w.addDoctor("amorel")
	login := w.begin(oauth2.GenerateVerifier())
	w.browser = newBrowser(t) // another person, who was sent the address
	if res, body := w.do(w.browser, http.MethodGet, login.String(), nil); res.StatusCode != http.StatusBadRequest || strings.Contains(body, "<form") {
		t.Errorf("the form is shown: %d", res.StatusCode)
	}
	if res, _ := w.enter(login, "login", "amorel", "password", goodPassword); res.StatusCode != http.StatusBadRequest {
		t.Errorf("the password is taken: %d", res.StatusCode)
	}
	if res, _ := w.enter(login, "account", "gp"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("the demo account is taken: %d", res.StatusCode)
	}
	id := login.Query().Get("request")
	if res, _ := w.do(w.browser, http.MethodGet, w.srv.URL+"/oidc/authorize/callback?id="+id, nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("the library's callback answers: %d", res.StatusCode)
	}
}

func TestAFormOfAnotherSiteIsRefused(t *testing.T) {
	w := newWorld(t, demoDoctor)
	for _, address := range []string{w.begin(oauth2.GenerateVerifier()).String(), w.srv.URL + "/demo/token"} {
		req, err := http.NewRequest(http.MethodPost, address, strings.NewReader("account=gp"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", req.URL.Path, res.StatusCode)
		}
		if res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Error("another origin may read the answer")
		}
	}
}

func TestALoginPageEndsAfterItsTime(t *testing.T) {
	w := newWorld(t)
	w.addDoctor("amorel")
	login := w.begin(oauth2.GenerateVerifier())
	w.clock.move(requestLife + time.Second)
	if res, body := w.enter(login, "login", "amorel", "password", goodPassword); res.StatusCode != http.StatusBadRequest || !strings.Contains(body, "Retournez dans l") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

func TestDemoAccounts(t *testing.T) {
	w := newWorld(t, demoDoctor)
	ctx := context.Background()
	if _, body := w.do(http.DefaultClient, http.MethodGet, w.srv.URL+"/demo/accounts", nil); !strings.Contains(body, `{"id":"gp","name":"Dr Fictive","role":"Médecin généraliste","goodTo":"Ses patients","kind":"professional"}`) {
		t.Error(body)
	}
	status, token := w.demoTokenOf("gp")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	p, err := w.p.Verifier().Verify(ctx, token)
	if err != nil || p.ID != "899700000001" || p.Session == "" {
		t.Errorf("%+v %v", p, err)
	}
	if status, _ := w.demoTokenOf("nobody"); status != http.StatusNotFound {
		t.Error(status)
	}
	res, _ := w.enter(w.begin(oauth2.GenerateVerifier()), "account", "gp")
	if res.StatusCode != http.StatusSeeOther {
		t.Errorf("the button on the page: %d", res.StatusCode)
	}
}

func TestDemoIsNotThere(t *testing.T) {
	with, without := newWorld(t, demoDoctor), newWorld(t)
	for name, c := range map[string]struct {
		w            *world
		remote, host string
	}{
		"without -demo":                      {without, "127.0.0.1:1", "127.0.0.1:8443"},
		"from another machine":               {with, "192.0.2.7:1", "127.0.0.1:8443"},
		"through a name that points here":    {with, "127.0.0.1:1", "attacker.example:8443"},
		"from another machine, over IPv6":    {with, "[2001:db8::1]:1", "localhost"},
		"through a name that begins like it": {with, "127.0.0.1:1", "localhost.attacker.example"},
	} {
		for _, path := range []string{"/demo/accounts", "/demo/token"} {
			t.Run(name+path, func(t *testing.T) {
				method, body := http.MethodGet, ""
				if path == "/demo/token" {
					method, body = http.MethodPost, "account=gp"
				}
				r := httptest.NewRequest(method, path, strings.NewReader(body))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.RemoteAddr, r.Host = c.remote, c.host
				rec := httptest.NewRecorder()
				c.w.p.DemoHandler().ServeHTTP(rec, r)
				if rec.Code != http.StatusNotFound {
					t.Errorf("%d %s", rec.Code, rec.Body)
				}
			})
		}
	}
	login := without.begin(oauth2.GenerateVerifier())
	if res, _ := without.enter(login, "account", "gp"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the login page takes it: %d", res.StatusCode)
	}
}

func TestAddUserRefuses(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	good := User{Login: "amorel", Password: goodPassword, Claims: doctor}
	for name, change := range map[string]func(*User){
		"no login":         func(u *User) { u.Login = " " },
		"a spaced login":   func(u *User) { u.Login = "a b" },
		"a short password": func(u *User) { u.Password = "fourteen chars" },
		"an endless one":   func(u *User) { u.Password = strings.Repeat("x", 257) },
		"no national id":   func(u *User) { u.Claims.NameID = "" },
		"no profession":    func(u *User) { u.Claims.Role = "" },
	} {
		t.Run(name, func(t *testing.T) {
			u := good
			change(&u)
			if err := addUser(ctx, dir, u, time.Now(), cheap); fhir.CodeOf(err) != fhir.Invalid {
				t.Error(err)
			}
		})
	}
	if err := addUser(ctx, dir, good, time.Now(), cheap); err != nil {
		t.Fatal(err)
	}
	good.Login = "AMOREL"
	if err := addUser(ctx, dir, good, time.Now(), cheap); fhir.CodeOf(err) != fhir.Duplicate {
		t.Error(err)
	}
}

func TestPasswordHashes(t *testing.T) {
	h := cheap.hash("the password")
	full := defaultCost.hash("the password")
	if h == cheap.hash("the password") {
		t.Error("no salt")
	}
	for stored, want := range map[string]bool{
		h:                              true,
		full:                           true,
		cheap.hash("another password"): false,
		"":                             false,
		"$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5": false,
		strings.Replace(h, "argon2id", "argon2i", 1):                           false,
	} {
		if got, _ := matches(stored, "the password"); got != want {
			t.Errorf("%q: %v", stored, got)
		}
	}
	if !strings.HasPrefix(full, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Error("weaker than RFC 9106 recommends")
	}
}

func FuzzMatches(f *testing.F) {
	f.Add(cheap.hash("x"), "x")
	f.Add("$argon2id$v=19$m=64,t=1,p=1$$", "")
	f.Add("$argon2id$v=19$m=0,t=0,p=0$AA$AAAAAAAAAAAAAAAAAAAAAA", "a")
	f.Fuzz(func(t *testing.T, stored, password string) {
		if strings.Contains(stored, "m=") && len(stored) > 200 {
			return // longer than anything that is stored
		}
		_, _ = matches(stored, password)
	})
}

func TestOpenNeedsAnIssuer(t *testing.T) {
	for _, issuer := range []string{"", "oidc", (&url.URL{Scheme: "https", Host: "h", RawQuery: "x=1"}).String()} {
		if _, err := Open(context.Background(), Config{Issuer: issuer, Dir: t.TempDir(), hashing: cheap}); err == nil {
			t.Errorf("%q accepted", issuer)
		}
	}
}
