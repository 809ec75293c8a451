package portal

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
)

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	s := newSite(t)
	b := s.lea()
	for _, path := range []string{"/mon/", "/mon/documents", "/mon/nulle-part", "/mon/static/portal.css", "/mon/documents/" + lea[:8] + "-d0/contenu"} {
		b.get(path)
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := b.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		csp := b.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "script-src") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if path != "/mon/static/portal.css" && b.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached: %s", path, b.header.Get("Cache-Control"))
		}
		if !strings.Contains(path, "contenu") && strings.Contains(csp, "unsafe") {
			t.Errorf("%s allows what is inline", path)
		}
		if b.header.Get("X-Request-Id") == "" {
			t.Errorf("%s has no request id", path)
		}
	}
}

func TestNothingIsDoneWithoutTheSessionsToken(t *testing.T) {
	s := newSite(t)
	b, neighbour := s.lea(), s.as(patient(bob, "Bob PETIT"))
	stolen := attr(find(neighbour.get("/mon/reglages").page, "input")[0], "value")
	for _, rt := range routes() {
		method, path, _ := strings.Cut(rt.pattern, " ")
		if method != http.MethodPost {
			continue
		}
		path = strings.ReplaceAll(strings.ReplaceAll(path, "{section}", "allergies"), "{id}", "x")
		visitor := b
		switch rt.who {
		case operators:
			visitor = s.as(staff("operator"))
		case officers:
			visitor = s.as(staff("dpo"))
		}
		before := len(s.world.asked)
		for _, token := range []string{"", "wrong", stolen} {
			visitor.post(path, url.Values{"csrf": {token}, "rec": {lea}, "sur": {"1"}, "mot": {"EFFACER"}})
			if visitor.status != http.StatusForbidden {
				t.Errorf("%s with token %q answers %d", path, token, visitor.status)
			}
		}
		if len(s.world.asked) != before {
			t.Errorf("%s asked the door for %v", path, s.world.asked[before:])
		}
	}
}

func TestAFormFromElsewhereIsRefused(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/reglages")
	token := attr(find(b.page, "input")[0], "value")
	send := func(name, value string) int {
		body := url.Values{"csrf": {token}, "rec": {lea}}.Encode()
		req, err := http.NewRequest(http.MethodPost, s.url+"/mon/reglages", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(name, value)
		return b.read(b.client.Do(req)).status
	}
	for _, r := range []struct {
		name, value string
		status      int
	}{
		{"Origin", "https://evil.example", 403},
		{"Origin", s.url, 200},
		{"Origin", "null", 200}, // our own pages send no referrer; the token decides
		{"Sec-Fetch-Site", "cross-site", 403},
		{"Sec-Fetch-Site", "same-site", 403},
		{"Sec-Fetch-Site", "none", 403},
		{"Sec-Fetch-Site", "same-origin", 200},
		{"Content-Type", "text/plain", 415},
		{"Content-Type", "multipart/form-data; boundary=x", 415},
	} {
		if got := send(r.name, r.value); got != r.status {
			t.Errorf("%s: %s answers %d, want %d", r.name, r.value, got, r.status)
		}
	}
}

func TestAnIdPlantedBeforeTheSignInIsWorthNothingAfter(t *testing.T) {
	s := newSite(t)
	s.issuer.claims = patient(lea, "Léa MARTIN")
	victim, thief := s.browser(), s.browser()
	thief.get("/mon/activer") // the form makes a session
	u, _ := url.Parse(s.url)
	planted := thief.client.Jar.Cookies(u)
	victim.client.Jar.SetCookies(u, planted)
	victim.get("/mon/connexion").sees(http.StatusOK, "Bonjour Léa")
	if now := victim.client.Jar.Cookies(u); now[0].Value == planted[0].Value {
		t.Error("the sign-in keeps the session's id")
	}
	thief.get("/mon/documents").sees(http.StatusOK, "Se connecter").never("Bonjour", "genou")
	invented := s.browser()
	invented.client.Jar.SetCookies(u, []*http.Cookie{{Name: "carnet-mon", Value: "chosen-by-me", Path: "/"}})
	invented.get("/mon/activer")
	if got := invented.client.Jar.Cookies(u)[0].Value; got == "chosen-by-me" {
		t.Error("the server takes an id over from the browser")
	}
}

func TestASignInAnswersOnlyTheBrowserThatBeganIt(t *testing.T) {
	s := newSite(t)
	s.issuer.claims = patient(lea, "Léa MARTIN")
	a, b := s.browser(), s.browser()
	stop := &http.Client{Jar: a.client.Jar, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if strings.HasPrefix(r.URL.Path, "/mon/retour") {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := stop.Get(s.url + "/mon/connexion")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	back := strings.TrimPrefix(resp.Header.Get("Location"), s.url)
	b.get(back).sees(http.StatusBadRequest, "Connexion inachevée")
	a.get(back).sees(http.StatusOK, "Bonjour Léa")
	a.get(back).sees(http.StatusBadRequest, "Connexion inachevée")
	for _, q := range []string{"", "?code=x", "?state=&code=x", "?error=access_denied&state=x"} {
		s.browser().get("/mon/retour"+q).sees(http.StatusBadRequest, "Connexion inachevée")
	}
}

func TestATokenThatIsNotOursSignsNobodyIn(t *testing.T) {
	for name, spoil := range map[string]func(map[string]any){
		"nonce":        func(c map[string]any) { c["nonce"] = "other" },
		"audience":     func(c map[string]any) { c["aud"] = "desktop" },
		"issuer":       func(c map[string]any) { c["iss"] = "https://evil.example" },
		"expired":      func(c map[string]any) { c["exp"] = now.Add(-time.Minute).Unix() },
		"professional": func(c map[string]any) { delete(c, "kind"); c["SubjectNameID"] = "899700000001" },
		"nobody":       func(c map[string]any) { delete(c, "person") },
		"system":       func(c map[string]any) { c["kind"] = "staff"; c["staff_role"] = "system" },
	} {
		s := newSite(t)
		s.issuer.claims, s.issuer.spoil = patient(lea, "Léa"), spoil
		b := s.browser().get("/mon/connexion")
		if b.status < 400 {
			t.Errorf("%s: answered %d", name, b.status)
		}
		b.get("/mon/documents").sees(http.StatusOK, "Se connecter")
	}
}

func TestNoAddressLeadsAway(t *testing.T) {
	s := newSite(t)
	quiet := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, path := range []string{
		"/mon/?lang=en", "/mon//evil.example?lang=en", "/mon/%2f%2fevil.example?lang=en", "/mon/?lang=en&next=https://evil.example", "/mon/documents", "/mon/connexion?next=//evil.example",
		"/mon/retour?next=//evil.example", "/mon/..%2f..%2fevil?lang=fr", "/mon/%5cevil.example?lang=fr",
	} {
		resp, err := quiet.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		to := resp.Header.Get("Location")
		if to != "" && !strings.HasPrefix(to, "/mon/") && !strings.HasPrefix(to, s.issuer.server.URL+"/authorize?") {
			t.Errorf("%s leads to %s", path, to)
		}
	}
}

func TestAnotherPersonsIdsAreUnknown(t *testing.T) {
	s := newSite(t)
	b := s.lea()
	unknown := b.get("/mon/documents/00000000-0000-4000-8000-000000000000")
	what := shape(unknown)
	for _, id := range []string{bob[:8] + "-d1", tom[:8] + "-d1"} {
		if got := shape(b.get("/mon/documents/" + id)); got != what {
			t.Errorf("the page of %s differs from that of an unknown id", id)
		}
		b.get("/mon/documents/" + id + "/contenu").sees(http.StatusNotFound)
	}
	b.get("/mon/documents")
	csrf := attr(find(b.page, "input")[0], "value")
	for _, r := range []struct{ path, field, id string }{
		{"/mon/documents/agir", "masquer", bob[:8] + "-d1"},
		{"/mon/acces/retirer", "regle", "nobody"},
		{"/mon/acces/contester", "regle", "r1"},
		{"/mon/profil/allergies", "ouvrir", "x"},
		{"/mon/acces/repondre", "demande", "x"},
	} {
		b.post(r.path, url.Values{"csrf": {csrf}, "rec": {lea}, r.field: {r.id}}).sees(http.StatusNotFound, "Introuvable")
	}
	if s.world.records[bob].docs[1].Masked {
		t.Error("another person's document was masked")
	}
}

// shape is a page without its request id and its own address.
func shape(b *browser) string {
	return strings.NewReplacer(b.header.Get("X-Request-Id"), "", b.at, "").Replace(b.body)
}

func TestASessionEndsByTime(t *testing.T) {
	for name, steps := range map[string][]time.Duration{"idle": {31 * time.Minute}, "absolute": repeat(20*time.Minute, 24)} {
		s := newSite(t)
		b := s.lea()
		for i, d := range steps {
			s.world.mu.Lock()
			s.world.clock = s.world.clock.Add(d)
			s.world.mu.Unlock()
			b.get("/mon/documents")
			if last := i == len(steps)-1; strings.Contains(b.main(), "Radio du genou") == last {
				t.Errorf("%s: step %d of %d shows the wrong page", name, i+1, len(steps))
			}
		}
	}
}

func repeat(d time.Duration, n int) []time.Duration {
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = d
	}
	return out
}

func TestSignOutEndsBothSides(t *testing.T) {
	s := newSite(t)
	b := s.lea()
	u, _ := url.Parse(s.url)
	old := b.client.Jar.Cookies(u)
	b.submit("/mon/deconnexion").sees(http.StatusOK, "Vous êtes déconnecté.")
	if len(s.issuer.revoked) != 1 || s.issuer.revoked[0] != "bearer-1" {
		t.Errorf("revoked: %v", s.issuer.revoked)
	}
	replay := s.browser()
	replay.client.Jar.SetCookies(u, old)
	replay.get("/mon/documents").sees(http.StatusOK, "Se connecter").never("genou")
}

func TestOverTLSTheCookieIsTheHosts(t *testing.T) {
	w := newWorld()
	log := logrus.New()
	log.SetOutput(io.Discard)
	h, err := New(Config{Records: w, Lifecycle: w, Accounts: w, URL: "https://carnet.example", Issuer: "https://pro.example", ClientID: "p", Log: log, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRecorder()
	h.ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/mon/activer", nil))
	cookie := r.Result().Cookies()[0]
	if cookie.Name != "__Host-carnet" || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" || cookie.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie %s", cookie)
	}
	if r.Header().Get("Strict-Transport-Security") == "" {
		t.Error("TLS is not required from now on")
	}
	if csp := r.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://pro.example;") {
		t.Errorf("policy %s", csp)
	}
}

func TestAProviderThatIsAwayIsAPageToo(t *testing.T) {
	s := newSite(t)
	s.issuer.server.Close()
	s.browser().get("/mon/connexion").sees(http.StatusServiceUnavailable, "Le service de connexion ne répond pas.", "Réessayez dans quelques minutes.")
	s.browser().get("/mon/").sees(http.StatusOK, "Se connecter")
}

func TestTroubleIsAPageWithAReference(t *testing.T) {
	s := newSite(t)
	b := s.lea()
	for code, want := range map[fhir.Code]int{fhir.Unavailable: 503, fhir.Internal: 500, fhir.Throttled: 429, fhir.NoConsent: 403, fhir.NotFound: 404} {
		s.world.fail = &fhir.Error{Code: code, Message: "Léa 279035121518989", Err: io.ErrUnexpectedEOF}
		b.get("/mon/documents").sees(want, "Que faire ?", "Référence à citer", b.header.Get("X-Request-Id")).never("279035121518989", "unexpected")
	}
}

func TestNothingOfAnybodyIsLogged(t *testing.T) {
	var out bytes.Buffer
	s := newSite(t)
	log := logrus.New()
	log.SetOutput(&out)
	h, err := New(Config{Records: s.world, Lifecycle: s.world, Accounts: s.world, URL: s.url, Issuer: s.issuer.server.URL, ClientID: "portal", Log: log, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/mon/", "/mon/documents/SECRETID?q=SECRET", "/mon/SECRET", "/mon/activer"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("X-Request-Id", "SECRET")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	if out.Len() == 0 || strings.Contains(out.String(), "SECRET") {
		t.Errorf("logged: %s", out.String())
	}
}
