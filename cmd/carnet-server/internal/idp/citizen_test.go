package idp

import (
	"bytes"
	"context"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/oauth2"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

const portalCallback = "/mon/callback"

// patient is an account as the story's person keeps it.
type patient struct {
	login, person, secret string
	recovery              []string
}

var demoPatient = Account{ID: "helene", Role: "Patiente", GoodTo: "214 documents", Claims: Claims{Kind: KindPatient, Person: "p001", Name: "Hélène LEFÈBVRE"}}

// codeNow is what the patient's application shows.
func (w *world) codeNow(secret string) string {
	w.t.Helper()
	code, err := totp.GenerateCode(secret, w.clock.now())
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// next waits for the next code, as a person does.
func (w *world) next() { w.clock.move(stepLife) }

// addPatient makes an account as the portal does.
func (w *world) addPatient(login, person string) patient {
	w.t.Helper()
	p, err := w.tryPatient(login, person, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// tryPatient makes an account, or one in place of another.
func (w *world) tryPatient(login, person string, again bool) (patient, error) {
	w.t.Helper()
	secret, _, _, err := w.p.NewSecret(login)
	if err != nil {
		w.t.Fatal(err)
	}
	recovery, err := w.p.CreateCitizen(context.Background(), NewCitizen{
		Login: login, Password: goodPassword, Person: person, Name: "Hélène LEFÈBVRE", Secret: secret, Code: w.codeNow(secret), Again: again,
	})
	w.next()
	return patient{login: login, person: person, secret: secret, recovery: recovery}, err
}

// portal is the patients' pages as an OAuth client.
func (w *world) portal() *oauth2.Config {
	c := w.oauth()
	c.ClientID, c.RedirectURL = PortalClient, w.srv.URL+portalCallback
	return c
}

// beginPortal opens the portal's /authorize and gives the login page's address.
func (w *world) beginPortal(verifier string) *url.URL {
	w.t.Helper()
	res, body := w.do(w.browser, http.MethodGet, w.portal().AuthCodeURL("a state", oauth2.S256ChallengeOption(verifier)), nil)
	if res.StatusCode != http.StatusFound {
		w.t.Fatalf("authorize: %d %s", res.StatusCode, body)
	}
	login, err := res.Location()
	if err != nil {
		w.t.Fatal(err)
	}
	return login
}

// halfway types login and password, and gives the address of the second step.
func (w *world) halfway(login *url.URL, who patient) *url.URL {
	w.t.Helper()
	res, body := w.enter(login, "login", who.login, "password", goodPassword)
	if res.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("password: %d %s", res.StatusCode, body)
	}
	second, err := res.Location()
	if err != nil {
		w.t.Fatal(err)
	}
	if second.Path != "/oidc/login" {
		w.t.Fatalf("no second step, but %s", second)
	}
	return second
}

// signIn signs a patient in with a code and gives the tokens.
func (w *world) signIn(who patient) *oauth2.Token {
	w.t.Helper()
	verifier := oauth2.GenerateVerifier()
	second := w.halfway(w.beginPortal(verifier), who)
	res, body := w.enter(second, "code", w.codeNow(who.secret))
	w.next()
	return w.exchange(res, body, verifier)
}

// exchange gives the tokens of the answer that leads back to the portal.
func (w *world) exchange(res *http.Response, body, verifier string) *oauth2.Token {
	w.t.Helper()
	back, err := res.Location()
	if err != nil || res.StatusCode != http.StatusSeeOther || back.Path != portalCallback {
		w.t.Fatalf("%d %v %s", res.StatusCode, err, body)
	}
	tok, err := w.portal().Exchange(context.Background(), back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		w.t.Fatal(err)
	}
	return tok
}

func TestAPatientSignsInWithTwoFactors(t *testing.T) {
	w := newWorld(t)
	who := w.addPatient("Helene", "p001")
	verifier := oauth2.GenerateVerifier()
	second := w.halfway(w.beginPortal(verifier), who)

	res, page := w.do(w.browser, http.MethodGet, second.String(), nil)
	for _, want := range []string{`autocomplete="one-time-code"`, `<label for="code">`, "codes de secours", `<html lang="fr">`} {
		if !strings.Contains(page, want) {
			t.Errorf("the second step lacks %s", want)
		}
	}
	if strings.Contains(page, `name="password"`) || strings.Contains(page, "<script") || res.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("the second step: %v %s", res.Header, page)
	}
	if _, english := w.do(w.browser, http.MethodGet, second.String()+"&lang=en", nil); !strings.Contains(english, "recovery codes") {
		t.Error("the second step is not in English")
	}

	res, body := w.enter(second, "code", w.codeNow(who.secret))
	tok := w.exchange(res, body, verifier)
	c, err := w.p.Verifier().Citizen(context.Background(), tok.AccessToken)
	if err != nil || c.ID != "p001" || c.Name != "Hélène LEFÈBVRE" || c.Session == "" {
		t.Fatalf("%+v %v", c, err)
	}
	if any, err := w.p.Verifier().Identify(context.Background(), tok.AccessToken); err != nil || any != any.(record.Citizen) {
		t.Errorf("%v %v", any, err)
	}
}

func TestOneSideOpensNothingOfTheOther(t *testing.T) {
	w := newWorld(t, demoDoctor, demoPatient)
	w.addDoctor("amorel")
	ctx := context.Background()
	tok, doctorTok := w.signIn(w.addPatient("helene", "p001")), w.tokens()

	if _, err := w.p.Verifier().Verify(ctx, tok.AccessToken); fhir.CodeOf(err) != fhir.Forbidden {
		t.Errorf("a patient as a professional: %v", err)
	}
	if _, err := w.p.Verifier().Staff(ctx, tok.AccessToken); fhir.CodeOf(err) != fhir.Forbidden {
		t.Errorf("a patient as staff: %v", err)
	}
	if _, err := w.p.Verifier().Citizen(ctx, doctorTok.AccessToken); fhir.CodeOf(err) != fhir.Forbidden {
		t.Errorf("a professional as a patient: %v", err)
	}
	for name, step := range map[string]struct {
		at     *url.URL
		fields []string
		status int
	}{
		"a patient's password in the desktop":      {w.begin(oauth2.GenerateVerifier()), []string{"login", "helene", "password", goodPassword}, http.StatusForbidden},
		"a patient of the demo in the desktop":     {w.begin(oauth2.GenerateVerifier()), []string{"account", "helene"}, http.StatusForbidden},
		"a professional's password in the portal":  {w.beginPortal(oauth2.GenerateVerifier()), []string{"login", "amorel", "password", goodPassword}, http.StatusForbidden},
		"a professional of the demo in the portal": {w.beginPortal(oauth2.GenerateVerifier()), []string{"account", "gp"}, http.StatusForbidden},
		"a wrong password in the portal":           {w.beginPortal(oauth2.GenerateVerifier()), []string{"login", "amorel", "password", "wrong password here"}, http.StatusUnauthorized},
	} {
		// Each form belongs to the browser's last sign-in begun: they share a cookie.
		if res, body := w.enter(step.at, step.fields...); res.StatusCode != step.status || res.Header.Get("Location") != "" {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
}

func TestTheListOfADemoIsThatOfItsApplication(t *testing.T) {
	w := newWorld(t, demoDoctor, demoPatient)
	_, desktop := w.do(w.browser, http.MethodGet, w.begin(oauth2.GenerateVerifier()).String(), nil)
	if !strings.Contains(desktop, "Dr Fictive") || strings.Contains(desktop, "LEFÈBVRE") {
		t.Error("the desktop's page lists a patient, or no professional")
	}
	verifier := oauth2.GenerateVerifier()
	login := w.beginPortal(verifier)
	_, page := w.do(w.browser, http.MethodGet, login.String(), nil)
	if strings.Contains(page, "Dr Fictive") || !strings.Contains(page, "LEFÈBVRE") || !strings.Contains(page, "espace des patients") {
		t.Error("the portal's page lists a professional, or no patient")
	}
	res, body := w.enter(login, "account", "helene")
	tok := w.exchange(res, body, verifier)
	if c, err := w.p.Verifier().Citizen(context.Background(), tok.AccessToken); err != nil || c.ID != "p001" {
		t.Errorf("%+v %v", c, err)
	}
	for query, want := range map[string]string{"": "gp", "?client=" + PortalClient: "helene"} {
		if _, body := w.do(http.DefaultClient, http.MethodGet, w.srv.URL+"/demo/accounts"+query, nil); !strings.Contains(body, `"id":"`+want+`"`) || strings.Count(body, `"id"`) != 1 {
			t.Errorf("%s: %s", query, body)
		}
	}
	if status, token := w.demoTokenOf("helene"); status != http.StatusOK {
		t.Error(status)
	} else if _, err := w.p.Verifier().Citizen(context.Background(), token); err != nil {
		t.Error(err)
	}
}

func TestThePortalsCodesGoToThePortalAlone(t *testing.T) {
	w := newWorld(t, demoPatient)
	for name, redirect := range map[string]string{
		"another server":        "https://attacker.example" + portalCallback,
		"another port":          "http://127.0.0.1:1" + portalCallback,
		"another page":          w.srv.URL + "/elsewhere",
		"a longer address":      w.srv.URL + portalCallback + "/../../x",
		"an address in another": w.srv.URL + portalCallback + "@attacker.example",
		"none":                  "",
	} {
		c := w.portal()
		c.RedirectURL = redirect
		res, _ := w.do(w.browser, http.MethodGet, c.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())), nil)
		if res.StatusCode < 400 {
			t.Errorf("%s: %d to %q", name, res.StatusCode, res.Header.Get("Location"))
		}
	}
	c := w.portal()
	if res, _ := w.do(w.browser, http.MethodGet, c.AuthCodeURL("s"), nil); res.StatusCode < 400 {
		t.Errorf("without PKCE: %d", res.StatusCode)
	}
}

func TestACodeOfTheSecondFactorWorksOnce(t *testing.T) {
	w := newWorld(t)
	who := w.addPatient("helene", "p001")
	code := w.codeNow(who.secret)
	if res, _ := w.enter(w.halfway(w.beginPortal(oauth2.GenerateVerifier()), who), "code", code); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("the first time: %d", res.StatusCode)
	}
	second := w.halfway(w.beginPortal(oauth2.GenerateVerifier()), who)
	if res, body := w.enter(second, "code", code); res.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "a déjà servi") {
		t.Errorf("the second time: %d %s", res.StatusCode, body)
	}
	w.next()
	if res, _ := w.enter(second, "code", code); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the second time, within the window: %d", res.StatusCode)
	}
	if res, _ := w.enter(second, "code", w.codeNow(who.secret)[:3]+" "+w.codeNow(who.secret)[3:]); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the next code, as it is read aloud: %d", res.StatusCode)
	}
}

func TestCodesCountForThreeSteps(t *testing.T) {
	w := newWorld(t)
	secret := newSecret()
	now := w.clock.now()
	for shift, want := range map[int]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		code, err := totp.GenerateCode(secret, now.Add(time.Duration(shift)*stepLife))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := codeStep(secret, code, 0, now); ok != want {
			t.Errorf("a code of %d steps from now: %v", shift, ok)
		}
	}
	for _, code := range []string{"", "12345", "1234567", "abcdef", strings.Repeat("0", 400)} {
		if _, ok := codeStep(secret, code, 0, now); ok {
			t.Errorf("%q is accepted", code)
		}
	}
}

func TestARecoveryCodeWorksOnce(t *testing.T) {
	w := newWorld(t)
	who, other := w.addPatient("helene", "p001"), w.addPatient("elodie", "p015")
	if len(who.recovery) != recoveryCodes {
		t.Fatalf("%d recovery codes", len(who.recovery))
	}
	typed := strings.ToLower(strings.ReplaceAll(who.recovery[3], "-", " "))
	if res, body := w.enter(w.halfway(w.beginPortal(oauth2.GenerateVerifier()), other), "code", typed); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("somebody else's: %d %s", res.StatusCode, body)
	}
	if res, body := w.enter(w.halfway(w.beginPortal(oauth2.GenerateVerifier()), who), "code", typed); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("the first time: %d %s", res.StatusCode, body)
	}
	if res, _ := w.enter(w.halfway(w.beginPortal(oauth2.GenerateVerifier()), who), "code", typed); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the second time: %d", res.StatusCode)
	}
	if n, err := w.p.RecoveryLeft(context.Background(), "p001"); err != nil || n != recoveryCodes-1 {
		t.Errorf("%d are left (%v)", n, err)
	}
}

func TestGuessingCodesIsSlowedDown(t *testing.T) {
	w := newWorld(t)
	who := w.addPatient("helene", "p001")
	for i := range 5 {
		// A right password between does not pay for the guesses.
		second := w.halfway(w.beginPortal(oauth2.GenerateVerifier()), who)
		if res, _ := w.enter(second, "code", "000000"); res.StatusCode != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d", i, res.StatusCode)
		}
	}
	second := w.halfway(w.beginPortal(oauth2.GenerateVerifier()), who)
	if res, body := w.enter(second, "code", w.codeNow(who.secret)); res.StatusCode != http.StatusTooManyRequests || !strings.Contains(body, "Trop d") {
		t.Errorf("even the right code waits: %d", res.StatusCode)
	}
	if res, _ := w.enter(second, "code", who.recovery[0]); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("even a recovery code waits: %d", res.StatusCode)
	}
	w.clock.move(31 * time.Second)
	if res, _ := w.enter(second, "code", w.codeNow(who.secret)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("after the wait: %d", res.StatusCode)
	}
}

func TestASignInChangesItsIdAndCookieAtThePassword(t *testing.T) {
	w := newWorld(t)
	who := w.addPatient("helene", "p001")
	login := w.beginPortal(oauth2.GenerateVerifier())
	address, err := url.Parse(w.srv.URL + "/oidc/login")
	if err != nil {
		t.Fatal(err)
	}
	before := w.browser.Jar.Cookies(address)
	second := w.halfway(login, who)
	after := w.browser.Jar.Cookies(address)
	if len(before) != 1 || len(after) != 1 || before[0].Value == after[0].Value {
		t.Errorf("the cookie: %v, then %v", before, after)
	}
	if login.Query().Get("request") == second.Query().Get("request") {
		t.Error("the sign-in keeps its id")
	}
	// Whoever put the first cookie there, and knows the first id, is left behind.
	thief := newBrowser(t)
	thief.Jar.SetCookies(address, before)
	honest := w.browser
	w.browser = thief
	for _, at := range []*url.URL{login, second} {
		if res, body := w.enter(at, "code", w.codeNow(who.secret)); res.StatusCode != http.StatusBadRequest {
			t.Errorf("the thief goes on: %d %s", res.StatusCode, body)
		}
	}
	w.browser = honest
	if res, _ := w.enter(second, "code", w.codeNow(who.secret)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the honest one does not: %d", res.StatusCode)
	}
}

func TestThePasswordAloneOpensNothing(t *testing.T) {
	w := newWorld(t)
	who := w.addPatient("helene", "p001")
	second := w.halfway(w.beginPortal(oauth2.GenerateVerifier()), who)
	for name, fields := range map[string][]string{
		"nothing":            {},
		"an empty code":      {"code", ""},
		"the password again": {"login", who.login, "password", goodPassword},
		"a demo account":     {"account", "gp"},
	} {
		if res, _ := w.enter(second, fields...); res.StatusCode != http.StatusUnauthorized || res.Header.Get("Location") != "" {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
}

func TestSigningOutEverywhereEndsTokensAtOnce(t *testing.T) {
	w := newWorld(t, demoPatient)
	ctx := context.Background()
	who := w.addPatient("helene", "p001")
	other := w.signIn(w.addPatient("elodie", "p015"))
	one, two := w.signIn(who), w.signIn(who)
	_, demo := w.demoTokenOf("helene")
	list, err := w.p.Sessions(ctx, "p001")
	if err != nil || len(list) != 3 {
		t.Fatalf("%+v %v", list, err)
	}
	c, err := w.p.Verifier().Citizen(ctx, two.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.p.SignOut(ctx, c.Session); err != nil {
		t.Fatal(err)
	}
	if _, err := w.p.Verifier().Citizen(ctx, two.AccessToken); fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Errorf("the one signed out: %v", err)
	}
	if _, err := w.p.Verifier().Citizen(ctx, one.AccessToken); err != nil {
		t.Errorf("the other one: %v", err)
	}
	if err := w.p.SignOutEverywhere(ctx, "p001"); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{one.AccessToken, two.AccessToken, demo} {
		if _, err := w.p.Verifier().Citizen(ctx, token); fhir.CodeOf(err) != fhir.Unauthenticated {
			t.Errorf("afterwards: %v", err)
		}
	}
	if _, err := w.portal().TokenSource(ctx, &oauth2.Token{RefreshToken: one.RefreshToken}).Token(); err == nil {
		t.Error("refresh still works")
	}
	if _, err := w.p.Verifier().Citizen(ctx, other.AccessToken); err != nil {
		t.Errorf("somebody else's: %v", err)
	}
	if list, err := w.p.Sessions(ctx, "p001"); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestAPatientChangesTheirPassword(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	who := w.addPatient("helene", "p001")
	here, there := w.signIn(who), w.signIn(who)
	c, err := w.p.Verifier().Citizen(ctx, here.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	const fresh = "a new secret!"
	for name, try := range map[string]struct {
		old, fresh string
		code       fhir.Code
	}{
		"too short":     {goodPassword, "eleven char", fhir.Invalid},
		"the wrong old": {"wrong password here", fresh, fhir.Forbidden},
	} {
		if err := w.p.ChangePassword(ctx, "p001", c.Session, try.old, try.fresh); fhir.CodeOf(err) != try.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.p.ChangePassword(ctx, "p002", c.Session, goodPassword, fresh); fhir.CodeOf(err) != fhir.NotFound {
		t.Errorf("without an account: %v", err)
	}
	if err := w.p.ChangePassword(ctx, "p001", c.Session, goodPassword, fresh); err != nil {
		t.Fatal(err)
	}
	if _, err := w.p.Verifier().Citizen(ctx, here.AccessToken); err != nil {
		t.Errorf("where it was changed: %v", err)
	}
	if _, err := w.p.Verifier().Citizen(ctx, there.AccessToken); fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Errorf("elsewhere: %v", err)
	}
	login := w.beginPortal(oauth2.GenerateVerifier())
	if res, _ := w.enter(login, "login", "helene", "password", goodPassword); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the old one: %d", res.StatusCode)
	}
	if res, _ := w.enter(login, "login", "helene", "password", fresh); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the new one: %d", res.StatusCode)
	}
}

func TestWhoProvesAgainGetsANewAccount(t *testing.T) {
	w := newWorld(t)
	lost := w.addPatient("helene", "p001")
	tok := w.signIn(lost)
	if _, err := w.tryPatient("thief", "p001", false); fhir.CodeOf(err) != fhir.BusinessRule {
		t.Fatalf("an account in place of another, without proof: %v", err)
	}
	if _, err := w.p.Verifier().Citizen(context.Background(), tok.AccessToken); err != nil {
		t.Errorf("the sign-in of who has it: %v", err)
	}
	again, err := w.tryPatient("helene.l", "p001", true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.p.Verifier().Citizen(context.Background(), tok.AccessToken); fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Errorf("the sign-ins of before: %v", err)
	}
	login := w.beginPortal(oauth2.GenerateVerifier())
	if res, _ := w.enter(login, "login", "helene", "password", goodPassword); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the login of before: %d", res.StatusCode)
	}
	second := w.halfway(w.beginPortal(oauth2.GenerateVerifier()), again)
	for _, old := range []string{w.codeNow(lost.secret), lost.recovery[0]} {
		if res, _ := w.enter(second, "code", old); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("the second factor of before: %d", res.StatusCode)
		}
	}
	if res, _ := w.enter(second, "code", w.codeNow(again.secret)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the new one: %d", res.StatusCode)
	}
}

func TestCreateCitizenRefuses(t *testing.T) {
	w := newWorld(t)
	w.addDoctor("amorel")
	w.addPatient("helene", "p001")
	secret, address, image, err := w.p.NewSecret("Élodie")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(address, "otpauth://totp/Carnet:%C3%A9lodie?") || !strings.Contains(address, "secret="+secret) {
		t.Errorf("address %s", address)
	}
	if _, err := png.Decode(bytes.NewReader(image)); err != nil {
		t.Errorf("QR code: %v", err)
	}
	good := NewCitizen{Login: "elodie", Password: "twelve chars", Person: "p015", Name: "Élodie ROUSSEL", Secret: secret, Code: w.codeNow(secret)}
	for name, try := range map[string]struct {
		change func(*NewCitizen)
		code   fhir.Code
	}{
		"no login":               {func(n *NewCitizen) { n.Login = "" }, fhir.Invalid},
		"a login with a space":   {func(n *NewCitizen) { n.Login = "a b" }, fhir.Invalid},
		"another patient's":      {func(n *NewCitizen) { n.Login = "HELENE" }, fhir.Duplicate},
		"a professional's":       {func(n *NewCitizen) { n.Login = "amorel" }, fhir.Duplicate},
		"a short password":       {func(n *NewCitizen) { n.Password = "eleven char" }, fhir.Invalid},
		"nobody":                 {func(n *NewCitizen) { n.Person = "" }, fhir.Invalid},
		"a secret of their own":  {func(n *NewCitizen) { n.Secret = "AAAA" }, fhir.Invalid},
		"a wrong code":           {func(n *NewCitizen) { n.Code = "000000" }, fhir.Invalid},
		"a code of another time": {func(n *NewCitizen) { n.Code, _ = totp.GenerateCode(secret, w.clock.now().Add(-time.Hour)) }, fhir.Invalid},
	} {
		n := good
		try.change(&n)
		if _, err := w.p.CreateCitizen(context.Background(), n); fhir.CodeOf(err) != try.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.p.CreateCitizen(context.Background(), good); err != nil {
		t.Errorf("the base of these cases: %v", err)
	}
}

func TestAgentsInWords(t *testing.T) {
	for header, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0":                                                 "Firefox, Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile Safari/604.1": "Safari, iPhone",
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36":                         "Chrome, Android",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0":            "Edge, Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15":               "Safari, macOS",
		"<script>": "",
	} {
		if got := agentWords(header); got != want {
			t.Errorf("%s: %q", header, got)
		}
	}
}

func FuzzTidyCode(f *testing.F) {
	f.Add("123 456")
	f.Add("abcd-efgh-ijkl-mnop")
	f.Add("\u202f1\u00a02")
	f.Fuzz(func(t *testing.T, typed string) {
		if again := tidy(tidy(typed)); again != tidy(typed) {
			t.Errorf("%q is tidied to %q, then to %q", typed, tidy(typed), again)
		}
	})
}
