package idp

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is a provider on a real listener, with one account and demo accounts.
type world struct {
	t       testing.TB
	p       *Provider
	srv     *httptest.Server
	clock   *clock
	dir     string
	browser *http.Client
}

const goodPassword = "correct horse battery"

var (
	cheap  = cost{time: 1, memory: 64, threads: 1}
	doctor = Claims{
		NameID: "899700218896", Name: "Dr Anne MOREL", Role: "10", Specialty: "SM54",
		Organisation: "499700218896007", OrgName: "Cabinet des Lilas", Sector: "SA07",
	}
	demoDoctor = Account{ID: "gp", Role: "Médecin généraliste", GoodTo: "Ses patients", RoleEN: "General practitioner", Claims: Claims{NameID: "899700000001", Name: "Dr Fictive", Role: "10"}}
)

func newWorld(t testing.TB, demo ...Account) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{t: time.Now()}, dir: t.TempDir()}
	mux := http.NewServeMux()
	w.srv = httptest.NewServer(mux)
	t.Cleanup(w.srv.Close)
	w.open(mux, demo...)
	w.browser = newBrowser(t)
	return w
}

func (w *world) open(mux *http.ServeMux, demo ...Account) {
	w.t.Helper()
	p, err := Open(context.Background(), Config{Issuer: w.srv.URL + "/oidc", Dir: w.dir, Demo: demo, Portal: w.srv.URL + portalCallback, Now: w.clock.now, hashing: cheap})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = p.Close() })
	w.p = p
	mux.Handle("/oidc/", http.StripPrefix("/oidc", p.Handler()))
	mux.Handle("/demo/", p.DemoHandler())
}

// newBrowser keeps cookies and does not follow redirects.
func newBrowser(t testing.TB) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// addDoctor adds the account with a cheap hash.
func (w *world) addDoctor(login string) {
	w.t.Helper()
	if err := addUser(context.Background(), w.dir, User{Login: login, Password: goodPassword, Claims: doctor}, w.clock.now(), cheap); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) oauth() *oauth2.Config {
	return &oauth2.Config{
		ClientID: DesktopClient, RedirectURL: "http://127.0.0.1:49152/callback", Scopes: []string{"openid", scopeAll, "offline_access"},
		Endpoint: oauth2.Endpoint{AuthURL: w.srv.URL + "/oidc/authorize", TokenURL: w.srv.URL + "/oidc/token", AuthStyle: oauth2.AuthStyleInParams},
	}
}

// do sends a request and gives the answer with its body read.
func (w *world) do(c *http.Client, method, address string, form url.Values) (*http.Response, string) {
	w.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, address, body)
	if err != nil {
		w.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := c.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res, string(data)
}

// begin opens /authorize and gives the login page's address.
func (w *world) begin(verifier string) *url.URL {
	w.t.Helper()
	res, body := w.do(w.browser, http.MethodGet, w.oauth().AuthCodeURL("a state", oauth2.S256ChallengeOption(verifier)), nil)
	if res.StatusCode != http.StatusFound {
		w.t.Fatalf("authorize: %d %s", res.StatusCode, body)
	}
	login, err := res.Location()
	if err != nil {
		w.t.Fatal(err)
	}
	return login
}

// enter sends the login form and gives the answer.
func (w *world) enter(login *url.URL, fields ...string) (*http.Response, string) {
	w.t.Helper()
	form := url.Values{"request": {login.Query().Get("request")}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return w.do(w.browser, http.MethodPost, login.String(), form)
}

// code signs the doctor in and gives the authorization code.
func (w *world) code(verifier string) string {
	w.t.Helper()
	res, body := w.enter(w.begin(verifier), "login", "amorel", "password", goodPassword)
	if res.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("login: %d %s", res.StatusCode, body)
	}
	back, err := res.Location()
	if err != nil {
		w.t.Fatal(err)
	}
	if back.Host != "127.0.0.1:49152" || back.Query().Get("state") != "a state" {
		w.t.Fatalf("returned to %s", back)
	}
	return back.Query().Get("code")
}

// tokens signs the doctor in.
func (w *world) tokens() *oauth2.Token {
	w.t.Helper()
	verifier := oauth2.GenerateVerifier()
	tok, err := w.oauth().Exchange(context.Background(), w.code(verifier), oauth2.VerifierOption(verifier))
	if err != nil {
		w.t.Fatal(err)
	}
	return tok
}

// refresh uses a refresh token.
func (w *world) refresh(token string) (*oauth2.Token, error) {
	return w.oauth().TokenSource(context.Background(), &oauth2.Token{RefreshToken: token}).Token()
}

// demoTokenOf asks /demo/token.
func (w *world) demoTokenOf(account string) (status int, token string) {
	w.t.Helper()
	res, body := w.do(http.DefaultClient, http.MethodPost, w.srv.URL+"/demo/token", url.Values{"account": {account}})
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	_ = json.Unmarshal([]byte(body), &answer)
	return res.StatusCode, answer.AccessToken
}

var requestField = regexp.MustCompile(`name="request" value="([^"]+)"`)

func copyBody(to io.Writer, res *http.Response) (int64, error) { return io.Copy(to, res.Body) }
