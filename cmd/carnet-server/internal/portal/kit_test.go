package portal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/sirupsen/logrus"
	"golang.org/x/net/html"
)

// issuer is an OpenID provider that signs in whoever the story says, and is
// strict about PKCE and nonce.
type issuer struct {
	t      testing.TB
	server *httptest.Server
	key    *ecdsa.PrivateKey

	mu      sync.Mutex
	claims  map[string]any
	spoil   func(claims map[string]any)
	asked   map[string]url.Values // code → the request
	revoked []string
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key, asked: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		u := i.server.URL
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": u, "authorization_endpoint": u + "/authorize", "token_endpoint": u + "/token", "jwks_uri": u + "/keys", "revocation_endpoint": u + "/revoke",
			"id_token_signing_alg_values_supported": []string{"ES256", "HS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("POST /revoke", func(_ http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.revoked = append(i.revoked, r.FormValue("token"))
	})
	i.server = httptest.NewServer(mux)
	t.Cleanup(i.server.Close)
	return i
}

func (i *issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("state") == "" || q.Get("nonce") == "" {
		http.Error(w, "incomplete", http.StatusBadRequest)
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	code := secret()
	i.asked[code] = q
	http.Redirect(w, r, q.Get("redirect_uri")+"?code="+code+"&state="+url.QueryEscape(q.Get("state")), http.StatusFound)
}

func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	q, ok := i.asked[r.FormValue("code")]
	delete(i.asked, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
		return
	}
	claims := map[string]any{
		"iss": i.server.URL, "aud": q.Get("client_id"), "sub": "s", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nonce": q.Get("nonce"),
	}
	for k, v := range i.claims {
		claims[k] = v
	}
	if i.spoil != nil {
		i.spoil(claims)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.key, KeyID: "k"}}, nil)
	if err != nil {
		i.t.Error(err)
		return
	}
	id, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		i.t.Error(err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "bearer-1", "token_type": "Bearer", "id_token": id, "expires_in": 300})
}

// site is the portal with its world and its provider.
type site struct {
	t      testing.TB
	world  *world
	issuer *issuer
	url    string
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, world: newWorld(), issuer: newIssuer(t)}
	log := logrus.New()
	log.SetOutput(io.Discard)
	var h http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	s.url = server.URL
	var err error
	h, err = New(Config{
		Records: s.world, Lifecycle: s.world, Accounts: s.world, URL: s.url, Issuer: s.issuer.server.URL, ClientID: "portal",
		SpoolDir: t.TempDir(), Now: func() time.Time { s.world.mu.Lock(); defer s.world.mu.Unlock(); return s.world.clock }, Log: log, Demo: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// browser is one visitor with a cookie jar.
type browser struct {
	*site
	client *http.Client
	page   *html.Node
	body   string
	status int
	header http.Header
	at     string // path of the page shown
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{site: s, client: &http.Client{Jar: jar}}
}

// as signs a person in.
func (s *site) as(claims map[string]any) *browser {
	s.t.Helper()
	s.issuer.mu.Lock()
	s.issuer.claims = claims
	s.issuer.mu.Unlock()
	b := s.browser()
	b.get("/mon/connexion")
	if b.status != http.StatusOK {
		s.t.Fatalf("sign-in ended in %d at %s", b.status, b.at)
	}
	return b
}

func patient(id, name string) map[string]any {
	return map[string]any{"kind": "patient", "person": id, "SubjectName": name, "sid": "sid-" + id}
}

func staff(role string) map[string]any {
	return map[string]any{"kind": "staff", "person": "acc-" + role, "staff_role": role, "SubjectName": "Sam", "sid": "sid-staff"}
}

func (s *site) lea() *browser { return s.as(patient(lea, "Léa MARTIN")) }

func (b *browser) read(resp *http.Response, err error) *browser {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.body, b.status, b.header, b.at = string(data), resp.StatusCode, resp.Header, resp.Request.URL.Path
	b.page = nil
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		if b.page, err = html.Parse(bytes.NewReader(data)); err != nil {
			b.t.Fatal(err)
		}
	}
	return b
}

func (b *browser) get(path string) *browser {
	b.t.Helper()
	return b.read(b.client.Get(b.url + path))
}

// post sends values alone, as a forger would.
func (b *browser) post(path string, values url.Values) *browser {
	b.t.Helper()
	return b.read(b.client.PostForm(b.url+path, values))
}

// submit fills the first form of the page shown whose action is given and
// whose hidden fields and names fit, with the fields typed over what it holds,
// and sends it as a browser does.
func (b *browser) submit(action string, typed ...string) *browser {
	b.t.Helper()
	want := map[string]string{}
	for _, kv := range typed {
		k, v, _ := strings.Cut(kv, "=")
		want[k] = v
	}
	for _, f := range find(b.page, "form") {
		if attr(f, "action") == action && fits(f, want) {
			return b.post(action, fill(f, want))
		}
	}
	b.t.Fatalf("no form %s with %v on %s:\n%s", action, typed, b.at, b.body)
	return b
}

// fits tells whether a form can send what is wanted: each name is there, and a
// button or a hidden field of it has that very value.
func fits(f *html.Node, want map[string]string) bool {
	for name, value := range want {
		found := false
		for _, n := range controls(f) {
			if attr(n, "name") != name {
				continue
			}
			fixed := n.Data == "button" || attr(n, "type") == "hidden" || attr(n, "type") == "radio"
			found = found || !fixed || attr(n, "value") == value
		}
		if !found {
			return false
		}
	}
	return true
}

// controls are the fields and buttons of a form, those outside it too.
func controls(f *html.Node) []*html.Node {
	out := append(append(append(find(f, "input"), find(f, "button")...), find(f, "select")...), find(f, "textarea")...)
	if id := attr(f, "id"); id != "" {
		top := f
		for top.Parent != nil {
			top = top.Parent
		}
		for _, n := range find(top, "button") {
			if attr(n, "form") == id {
				out = append(out, n)
			}
		}
	}
	return out
}

// fill gives what a browser would send.
func fill(f *html.Node, want map[string]string) url.Values {
	out := url.Values{}
	for _, n := range find(f, "input") {
		switch attr(n, "type") {
		case "checkbox", "radio":
			if has(n, "checked") {
				out.Set(attr(n, "name"), attr(n, "value"))
			}
		case "file":
		default:
			out.Set(attr(n, "name"), attr(n, "value"))
		}
	}
	for _, n := range find(f, "select") {
		for i, o := range find(n, "option") {
			if i == 0 || has(o, "selected") {
				out.Set(attr(n, "name"), attr(o, "value"))
			}
		}
	}
	for _, n := range find(f, "textarea") {
		out.Set(attr(n, "name"), text(n))
	}
	for k, v := range want {
		if out.Set(k, v); v == "-" {
			out.Del(k)
		}
	}
	return out
}

// upload sends the deposit form with a file.
func (b *browser) upload(fields map[string]string, name string, data []byte) *browser {
	b.t.Helper()
	return b.uploadTo("/mon/documents/ajouter", fields, name, data)
}

// uploadTo sends the form of an action with a file.
func (b *browser) uploadTo(action string, fields map[string]string, name string, data []byte) *browser {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	values := url.Values{}
	for _, f := range find(b.page, "form") {
		if attr(f, "action") == action {
			values = fill(f, fields)
		}
	}
	for k := range values {
		_ = w.WriteField(k, values.Get(k))
	}
	if name != "" {
		part, err := w.CreateFormFile("fichier", name)
		if err != nil {
			b.t.Fatal(err)
		}
		_, _ = part.Write(data)
	}
	_ = w.Close()
	return b.read(b.client.Post(b.url+action, w.FormDataContentType(), &body))
}

// sees fails unless the page says all of it.
func (b *browser) sees(status int, words ...string) *browser {
	b.t.Helper()
	if b.status != status {
		b.t.Fatalf("%s answers %d, want %d:\n%s", b.at, b.status, status, b.main())
	}
	for _, w := range words {
		if !strings.Contains(strings.ReplaceAll(b.main(), "\u00a0", " "), w) {
			b.t.Fatalf("%s does not say %q:\n%s", b.at, w, b.main())
		}
	}
	return b
}

// never fails when the page says any of it.
func (b *browser) never(words ...string) *browser {
	b.t.Helper()
	for _, w := range words {
		if strings.Contains(b.body, w) {
			b.t.Fatalf("%s says %q", b.at, w)
		}
	}
	return b
}

// main is the text of the page, without the markup.
func (b *browser) main() string {
	if b.page == nil {
		return b.body
	}
	return strings.Join(strings.Fields(text(b.page)), " ")
}

func find(n *html.Node, tag string) []*html.Node {
	var out []*html.Node
	if n == nil {
		return nil
	}
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == tag {
			out = append(out, d)
		}
	}
	return out
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func text(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return out.String()
}
