package session

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"carnet/client/fhir"
)

// door is a provider for systems that verifies what it gets, and can be told
// what to answer.
type door struct {
	*httptest.Server
	jwks   jose.JSONWebKeySet
	clock  *clock
	asked  atomic.Int32
	mu     sync.Mutex
	used   map[string]bool
	status int // 0: as it should be
	body   string
	hold   chan struct{}
	came   chan struct{}
	why    error // of the last refusal
}

func newDoor(t *testing.T, k Key) *door {
	t.Helper()
	d := &door{clock: &clock{t: time.Now()}, used: map[string]bool{}, came: make(chan struct{}, 100)}
	public, err := k.JWKS()
	if err != nil || json.Unmarshal(public, &d.jwks) != nil {
		t.Fatalf("%v %s", err, public)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oidc/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": d.URL + "/oidc", "token_endpoint": d.URL + "/oidc/token", "jwks_uri": d.URL + "/oidc/keys", "authorization_endpoint": d.URL + "/oidc/authorize"})
	})
	mux.HandleFunc("POST /oidc/token", d.token)
	d.Server = httptest.NewServer(mux)
	t.Cleanup(d.Close)
	return d
}

func (d *door) token(w http.ResponseWriter, r *http.Request) {
	n := d.asked.Add(1)
	d.came <- struct{}{}
	if d.hold != nil {
		<-d.hold
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.status != 0 {
		w.Header().Set("Location", "https://elsewhere.example/")
		w.WriteHeader(d.status)
		_, _ = w.Write([]byte(d.body))
		return
	}
	if d.why = d.check(r); d.why != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprint("access ", n), "token_type": "Bearer", "expires_in": 300})
}

// check verifies an assertion as RFC 7523 says.
func (d *door) check(r *http.Request) error {
	if r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return fmt.Errorf("the form is %v", r.Form)
	}
	raw := r.FormValue("client_assertion")
	tok, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return err
	}
	keys := d.jwks.Key(tok.Headers[0].KeyID)
	if len(keys) != 1 {
		return fmt.Errorf("no key %q", tok.Headers[0].KeyID)
	}
	var c jwt.Claims
	if err := tok.Claims(keys[0].Key, &c); err != nil {
		return err
	}
	now := d.clock.now()
	if c.ID == "" || d.used[c.ID] || c.Expiry.Time().Sub(now) > 5*time.Minute {
		return fmt.Errorf("jti %q, exp %v", c.ID, c.Expiry)
	}
	d.used[c.ID] = true
	return c.ValidateWithLeeway(jwt.Expected{Issuer: "labo", Subject: "labo", AnyAudience: jwt.Audience{d.URL + "/oidc"}, Time: now}, 0)
}

func (d *door) answer(status int, body string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status, d.body = status, body
}

func newSystem(t *testing.T) (*System, *door) {
	t.Helper()
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	d := newDoor(t, k)
	return NewSystem(SystemConfig{Base: d.URL, ClientID: "labo", Key: k, Now: d.clock.now}), d
}

// A token is asked for once, kept, and asked for anew before it ends.
func TestASystemSignsInAndStaysSo(t *testing.T) {
	s, d := newSystem(t)
	ctx := context.Background()
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{0, "access 1"}, {200 * time.Second, "access 1"}, {80 * time.Second, "access 2"}, {time.Hour, "access 3"}} {
		d.clock.move(step.after)
		if got, err := s.Token(ctx); err != nil || got != step.want {
			t.Fatalf("after %v: %q %v (%v)", step.after, got, err, d.why)
		}
	}
	s.Invalidate("access 2") // no longer in use
	if got, _ := s.Token(ctx); got != "access 3" {
		t.Errorf("%q", got)
	}
	s.Invalidate("access 3")
	if got, err := s.Token(ctx); err != nil || got != "access 4" {
		t.Errorf("%q %v", got, err)
	}
}

func TestManyWaitForOneSignIn(t *testing.T) {
	s, d := newSystem(t)
	d.hold = make(chan struct{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if got, err := s.Token(context.Background()); err != nil || got != "access 1" {
				t.Errorf("%q %v", got, err)
			}
		})
	}
	<-d.came
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Token(gone); fhir.CodeOf(err) != fhir.Canceled {
		t.Error(err)
	}
	close(d.hold)
	wg.Wait()
	if n := d.asked.Load(); n != 1 {
		t.Errorf("%d sign-ins", n)
	}
}

func TestASignInThatFails(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		status int
		body   string
		code   fhir.Code
	}{
		"unknown":           {401, `{"error":"invalid_client"}`, fhir.Unauthenticated},
		"bad request":       {400, `{"error":"invalid_grant"}`, fhir.Unauthenticated},
		"broken":            {503, "", fhir.Unavailable},
		"too many":          {429, "", fhir.Unavailable},
		"a portal":          {302, "", fhir.Offline},
		"no JSON":           {200, "<html>", fhir.Invalid},
		"no token":          {200, `{"token_type":"Bearer"}`, fhir.Invalid},
		"another token":     {200, `{"access_token":"x","token_type":"DPoP"}`, fhir.Invalid},
		"no word on ending": {200, `{"access_token":"x","token_type":"bearer"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, d := newSystem(t)
			d.answer(c.status, c.body)
			_, err := s.Token(ctx)
			if fhir.CodeOf(err) != c.code {
				t.Fatalf("%v, want %s", err, c.code)
			}
			if err != nil && strings.Contains(err.Error(), d.URL) {
				t.Error("the error holds the address")
			}
			d.answer(0, "")
			d.clock.move(time.Minute)
			if got, err := s.Token(ctx); err != nil || !strings.HasPrefix(got, "access") {
				t.Errorf("afterwards: %q %v", got, err)
			}
		})
	}
	t.Run("a provider that is down does not end a token that still runs", func(t *testing.T) {
		s, d := newSystem(t)
		if _, err := s.Token(ctx); err != nil {
			t.Fatal(err)
		}
		d.answer(503, "")
		d.clock.move(280 * time.Second)
		if got, err := s.Token(ctx); err != nil || got != "access 1" {
			t.Errorf("%q %v", got, err)
		}
		d.Close()
		d.clock.move(time.Minute)
		if _, err := s.Token(ctx); fhir.CodeOf(err) != fhir.Offline {
			t.Error(err)
		}
	})
	t.Run("another's key", func(t *testing.T) {
		s, d := newSystem(t)
		other, err := NewKey()
		if err != nil {
			t.Fatal(err)
		}
		s.cfg.Key = other
		if _, err := s.Token(ctx); fhir.CodeOf(err) != fhir.Unauthenticated || d.why == nil {
			t.Errorf("%v (%v)", err, d.why)
		}
	})
}

// Each form of key file signs; what is no key of ours, or is open to others, is
// refused in words.
func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	block := func(kind string, der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(k any) []byte { der, err := x509.MarshalPKCS8PrivateKey(k); return block("PRIVATE KEY", der, err) }
	sec1, err := x509.MarshalECPrivateKey(ec)
	jwk, jerr := json.Marshal(jose.JSONWebKey{Key: ec, KeyID: "a name"})
	public, perr := json.Marshal(jose.JSONWebKey{Key: ec.Public(), KeyID: "k"})
	if jerr != nil || perr != nil {
		t.Fatal(jerr, perr)
	}
	for name, data := range map[string][]byte{
		"pkcs8": pkcs8(ec), "sec1": block("EC PRIVATE KEY", sec1, err), "rsa": pkcs8(long),
		"pkcs1": block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(long), nil), "jwk": jwk,
	} {
		k, err := ReadKey(write(name, data, 0o600), false)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		d := newDoor(t, k)
		s := NewSystem(SystemConfig{Base: d.URL, ClientID: "labo", Key: k, Now: d.clock.now})
		if _, err := s.Token(context.Background()); err != nil {
			t.Errorf("%s: %v (%v)", name, err, d.why)
		}
		if set, _ := k.JWKS(); strings.Contains(string(set), `"d"`) {
			t.Errorf("%s: the public set holds the private key", name)
		}
	}
	for name, c := range map[string]struct {
		path       string
		credential bool
		code       fhir.Code
	}{
		"absent":             {filepath.Join(dir, "none"), false, fhir.NotFound},
		"others may read":    {write("open", pkcs8(ec), 0o644), false, fhir.Forbidden},
		"the group may read": {write("group", pkcs8(ec), 0o640), false, fhir.Forbidden},
		"a credential may":   {write("credential", pkcs8(ec), 0o440), true, ""},
		"a folder":           {dir, false, fhir.Forbidden},
		"P-384":              {write("wide", pkcs8(wide), 0o600), false, fhir.Invalid},
		"a public key":       {write("public", public, 0o600), false, fhir.Invalid},
		"no key":             {write("none.txt", []byte("bonjour"), 0o600), false, fhir.Invalid},
		"broken JSON":        {write("broken", []byte("{"), 0o600), false, fhir.Invalid},
	} {
		if _, err := ReadKey(c.path, c.credential); fhir.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
	}
}

// What keygen writes is what is read, under the same name.
func TestAKeyIsWrittenAndRead(t *testing.T) {
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	text, err := k.PEM()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseKey(text)
	if err != nil || again.private.KeyID != k.private.KeyID {
		t.Fatalf("%v", err)
	}
	a, err1 := k.Fingerprint()
	b, err2 := again.Fingerprint()
	if a != b || err1 != nil || err2 != nil || len(a) != 39 {
		t.Errorf("%q %q", a, b)
	}
}

func FuzzParseKey(f *testing.F) {
	k, err := NewKey()
	if err != nil {
		f.Fatal(err)
	}
	text, err := k.PEM()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"kty":"EC","crv":"P-256","x":"","y":"","d":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if k, err := ParseKey(data); err == nil {
			if _, err := k.JWKS(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
