package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carnet/cmd/carnet-server/internal/demo"
)

// TestInside: the server reaches itself without the network, and nothing else.
func TestInside(t *testing.T) {
	own := inside{base: "https://carnet.example", handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
			return
		}
		w.Header().Set("X-Path", r.URL.Path)
		_, _ = w.Write(append([]byte(r.Method+" "+r.Host+" "+r.RemoteAddr+" "), body...))
	})}.client()
	res, err := own.Post("https://carnet.example/oidc/token?x=1", "text/plain", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || res.Header.Get("X-Path") != "/oidc/token" || string(body) != "POST carnet.example inside body" {
		t.Errorf("%d %v %s %v", res.StatusCode, res.Header, body, err)
	}
	if res, err := own.Get("https://carnet.example/away"); err != nil || res.StatusCode != http.StatusFound {
		t.Errorf("a redirect: %v %v", res, err)
	}
	for _, address := range []string{"http://carnet.example/", "https://carnet.example:444/", "https://elsewhere.example/"} {
		if res, err := own.Get(address); err == nil {
			t.Errorf("%s: %d", address, res.StatusCode)
		}
	}
}

// TestStaffAccounts: who serves patients gets a second factor, shown once.
func TestStaffAccounts(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if _, err := run(t, "", "init", "-data", data); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, "correct horse battery\n", "user", "add", "-data", data, "-kind", "operator", "-login", "slaurent", "-name", "Sabine LAURENT")
	if err != nil || !strings.Contains(out, "otpauth://totp/Carnet:slaurent?") || strings.Count(out, "-") < 30 || strings.Contains(out, "battery") {
		t.Errorf("%s %v", out, err)
	}
	for name, args := range map[string][]string{
		"twice":            {"-kind", "dpo", "-login", "SLAURENT", "-name", "X"},
		"without a name":   {"-kind", "dpo", "-login", "eroche"},
		"an unknown kind":  {"-kind", "root", "-login", "eroche", "-name", "X"},
		"a patient":        {"-kind", "patient", "-login", "eroche", "-name", "X"},
		"without an RPPS":  {"-login", "eroche", "-name", "X", "-profession", "10"},
		"the kind of none": {"-kind", "", "-login", "eroche", "-name", "X"},
	} {
		if out, err := run(t, "correct horse battery\n", append([]string{"user", "add", "-data", data}, args...)...); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "idp.db")); err != nil {
		t.Error(err)
	}
}

// TestAPatientOfADemo: the demo signs patients in to the patients' side, and to
// nothing of the professionals'.
func TestAPatientOfADemo(t *testing.T) {
	citizens, err := demo.Citizens()
	if err != nil {
		t.Fatal(err)
	}
	text, err := run(t, "", "demo", "accounts")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range citizens {
		if !strings.Contains(text, "\n"+c.ID+" ") || !strings.Contains(text, c.Name) {
			t.Errorf("the list lacks %s", c.ID)
		}
	}
	if strings.Index(text, "Professionals") > strings.Index(text, "\nhelene") || strings.Index(text, "Patients") > strings.Index(text, "\nhelene") {
		t.Error("patients do not stand in their own group")
	}
}

// browser is a person's, with cookies.
type browser struct {
	t *testing.T
	*http.Client
}

func newBrowser(t *testing.T) browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return browser{t, &http.Client{Jar: jar}}
}

// open follows redirects to a page and gives it with where it stands.
func (b browser) open(res *http.Response, err error) (at *url.URL, page string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %d %v %.300s", res.Request.URL.Path, res.StatusCode, err, body)
	}
	return res.Request.URL, string(body)
}

// session is the portal's cookie.
func (b browser) session(base string) string {
	b.t.Helper()
	at, err := url.Parse(base + portalPath)
	if err != nil {
		b.t.Fatal(err)
	}
	all := ""
	for _, c := range b.Jar.Cookies(at) {
		if c.Name != "carnet-signin" {
			all += c.Name + "=" + c.Value + ";"
		}
	}
	return all
}

// signIn takes a person from the server's first page through the provider back
// to their own, as a browser does.
func (b browser) signIn(base, account string) (page string) {
	b.t.Helper()
	if at, _ := b.open(b.Get(base + "/")); at.Path != portalPath {
		b.t.Fatalf("the first page leads to %s", at.Path)
	}
	before := b.session(base)
	at, login := b.open(b.Get(base + portalPath + "connexion"))
	if at.Path != oidcPath+"/login" || !strings.Contains(login, `name="account" value="`+account+`"`) || strings.Contains(login, `value="gp"`) {
		b.t.Fatalf("%s: %.600s", at.Path, login)
	}
	at, page = b.open(b.PostForm(at.String(), url.Values{"request": {at.Query().Get("request")}, "account": {account}}))
	if !strings.HasPrefix(at.Path, portalPath) || at.Path == portalBack || at.RawQuery != "" {
		b.t.Fatalf("back to %s", at)
	}
	if after := b.session(base); after == before || after == "" {
		b.t.Errorf("the session keeps its id at the sign-in: %q", after)
	}
	return page
}

// pagesOfADemo: patients and those who serve them sign in through the provider
// to pages of their own.
func pagesOfADemo(t *testing.T, data string) {
	t.Helper()
	s := startHere(t, "-demo", "-addr", "127.0.0.1:0", "-data", data)
	citizens, err := demo.Citizens()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range citizens {
		t.Run(c.ID, func(t *testing.T) {
			page := newBrowser(t).signIn(s.base, c.ID)
			if !strings.Contains(page, c.Name) {
				t.Errorf("the page does not name %s: %.2000s", c.Name, page)
			}
		})
	}
	token, err := run(t, "", "demo", "token", "-addr", s.base, "helene")
	if err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, http.DefaultClient, s.base+"/fhir/Patient", strings.TrimSpace(token)); status != http.StatusOK || !strings.Contains(body, `"total":1`) {
		t.Errorf("Hélène over FHIR: %d %.300s", status, body)
	}
	token, err = run(t, "", "demo", "token", "-addr", s.base, "parent")
	if err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, http.DefaultClient, s.base+"/fhir/Patient", strings.TrimSpace(token)); status != http.StatusOK || !strings.Contains(body, `"total":3`) {
		t.Errorf("the mother of the twins over FHIR: %d %.300s", status, body)
	}
	if strings.Contains(s.log.String(), "LEFÈBVRE") || strings.Contains(s.log.String(), "p001") {
		t.Error("the log names somebody")
	}
}

// TestProofs: a proof is for one account, for half an hour, and for nobody else.
func TestProofs(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	p := newProofs(func() time.Time { return now })
	if p.has("p001") {
		t.Error("a proof of nobody")
	}
	p.add("p001")
	if !p.has("p001") || p.has("p002") {
		t.Error("the proof is not theirs alone")
	}
	now = now.Add(proofLife)
	if p.has("p001") {
		t.Error("a proof lasts")
	}
	p.add("p002")
	p.used("p002")
	if p.has("p002") || len(p.at) != 0 {
		t.Errorf("used: %v", p.at)
	}
}
