package idp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"carnet/client/fhir"
)

// foreign is an issuer that is not ours: it stands for Pro Santé Connect.
type foreign struct {
	*httptest.Server
	t        *testing.T
	mu       sync.Mutex
	keys     map[string]*ecdsa.PrivateKey
	info     map[string]any
	down     bool
	keyReads atomic.Int32
	infos    atomic.Int32
}

func newForeign(t *testing.T) *foreign {
	t.Helper()
	f := &foreign{t: t, keys: map[string]*ecdsa.PrivateKey{}}
	f.newKey("k1")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"issuer": f.URL, "jwks_uri": f.URL + "/keys", "userinfo_endpoint": f.URL + "/userinfo"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		f.keyReads.Add(1)
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.down {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		var set jose.JSONWebKeySet
		for id, k := range f.keys {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Public(), KeyID: id, Algorithm: "ES256", Use: "sig"})
		}
		writeJSON(w, set)
	})
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, _ *http.Request) {
		f.infos.Add(1)
		f.mu.Lock()
		defer f.mu.Unlock()
		writeJSON(w, f.info)
	})
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func (f *foreign) newKey(id string) {
	f.t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keys[id] = k
}

// token signs claims that are right but for the changes.
func (f *foreign) token(key string, now time.Time, changes map[string]any) string {
	f.t.Helper()
	claims := map[string]any{
		"iss": f.URL, "sub": "f:1", "aud": []string{"carnet-record"}, "exp": now.Add(time.Minute).Unix(), "nbf": now.Unix(), "jti": "t",
		"sid": "s", "SubjectNameID": "899700218896", "SubjectRole": []string{"10^1.2.250.1.213.1.1.5.5"}, "given_name": "Anne", "family_name": "MOREL",
		"Secteur_Activite": "SA07^1.2.250.1.71.4.2.4",
	}
	maps.Copy(claims, changes)
	for k, v := range claims {
		if v == nil {
			delete(claims, k)
		}
	}
	f.mu.Lock()
	private := f.keys[key]
	f.mu.Unlock()
	return sign(f.t, jose.ES256, jose.JSONWebKey{Key: private, KeyID: key}, claims)
}

func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, claims any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAForeignIssuersTokens(t *testing.T) {
	f := newForeign(t)
	now := time.Now()
	v := NewVerifier(VerifierConfig{Issuer: f.URL, Audience: "carnet-record"})
	p, err := v.Verify(context.Background(), f.token("k1", now, nil))
	if err != nil {
		t.Fatal(err)
	}
	if p.ID != "899700218896" || p.Name != "Anne MOREL" || p.Profession != "10" || p.Sector != "SA07" || p.Session != "s" {
		t.Errorf("%+v", p)
	}
	f.mu.Lock()
	public := f.keys["k1"].Public()
	f.mu.Unlock()
	der, err := json.Marshal(jose.JSONWebKey{Key: public})
	if err != nil {
		t.Fatal(err)
	}
	right := f.token("k1", now, nil)
	parts := strings.Split(right, ".")
	for name, c := range map[string]struct {
		token string
		want  fhir.Code
	}{
		"nothing":                                {"", fhir.Unauthenticated},
		"not a token":                            {"abc", fhir.Unauthenticated},
		"endless":                                {strings.Repeat("a", tokenLimit+1), fhir.Unauthenticated},
		"another issuer's":                       {f.token("k1", now, map[string]any{"iss": "https://elsewhere.example"}), fhir.Unauthenticated},
		"for another service":                    {f.token("k1", now, map[string]any{"aud": "another"}), fhir.Unauthenticated},
		"without end":                            {f.token("k1", now, map[string]any{"exp": nil}), fhir.Unauthenticated},
		"without subject":                        {f.token("k1", now, map[string]any{"sub": nil}), fhir.Unauthenticated},
		"of yesterday":                           {f.token("k1", now.Add(-24*time.Hour), nil), fhir.TokenExpired},
		"of tomorrow":                            {f.token("k1", now.Add(24*time.Hour), nil), fhir.Unauthenticated},
		"of a clock that is behind":              {f.token("k1", now.Add(-80*time.Second), nil), ""},
		"with another's signature":               {parts[0] + "." + parts[1] + "." + strings.Split(f.token("k1", now, map[string]any{"sub": "x"}), ".")[2], fhir.Unauthenticated},
		"without signature":                      {parts[0] + "." + parts[1] + ".", fhir.Unauthenticated},
		"signed with the public key as a secret": {sign(t, jose.HS256, jose.JSONWebKey{Key: der, KeyID: "k1"}, map[string]any{"iss": f.URL, "sub": "x", "exp": now.Add(time.Hour).Unix(), "aud": "carnet-record", "SubjectNameID": "1"}), fhir.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := v.Verify(context.Background(), c.token); fhir.CodeOf(err) != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestANewKeyOfTheIssuerIsFoundAndMadeUpOnesAreNoNuisance(t *testing.T) {
	f := newForeign(t)
	c := &clock{t: time.Now()}
	v := NewVerifier(VerifierConfig{Issuer: f.URL, Audience: "carnet-record", Now: c.now})
	ctx := context.Background()
	if _, err := v.Verify(ctx, f.token("k1", c.now(), nil)); err != nil {
		t.Fatal(err)
	}
	f.newKey("k2")
	c.move(keyRetry)
	if _, err := v.Verify(ctx, f.token("k2", c.now(), nil)); err != nil {
		t.Errorf("the new key: %v", err)
	}
	stranger := newForeign(t)
	stranger.newKey("made-up")
	before := f.keyReads.Load()
	for range 50 {
		if _, err := v.Verify(ctx, stranger.token("made-up", c.now(), map[string]any{"iss": f.URL})); fhir.CodeOf(err) != fhir.Unauthenticated {
			t.Fatal(err)
		}
	}
	if n := f.keyReads.Load() - before; n > 1 {
		t.Errorf("%d questions to the issuer", n)
	}
}

func TestTheIssuerIsDown(t *testing.T) {
	f := newForeign(t)
	c := &clock{t: time.Now()}
	v := NewVerifier(VerifierConfig{Issuer: f.URL, Audience: "carnet-record", Now: c.now})
	ctx := context.Background()
	f.down = true
	if _, err := v.Verify(ctx, f.token("k1", c.now(), nil)); fhir.CodeOf(err) != fhir.Unavailable {
		t.Errorf("from the start: %v", err)
	}
	f.mu.Lock()
	f.down = false
	f.mu.Unlock()
	c.move(keyRetry)
	if _, err := v.Verify(ctx, f.token("k1", c.now(), nil)); err != nil {
		t.Errorf("back again: %v", err)
	}
	f.Close()
	c.move(2 * metadataLife)
	if _, err := v.Verify(ctx, f.token("k1", c.now(), nil)); err != nil {
		t.Errorf("the keys we know still verify: %v", err)
	}
}

func TestMissingClaimsAreAskedForOnce(t *testing.T) {
	f := newForeign(t)
	v := NewVerifier(VerifierConfig{Issuer: f.URL, Audience: "carnet-record"})
	ctx := context.Background()
	bare := f.token("k1", time.Now(), map[string]any{"SubjectNameID": nil, "SubjectRole": nil})
	f.info = map[string]any{"sub": "f:1", "SubjectNameID": "899700218896", "SubjectRole": "21"}
	for range 3 {
		p, err := v.Verify(ctx, bare)
		if err != nil || p.Profession != "21" || p.Session != "s" {
			t.Errorf("%+v %v", p, err)
		}
	}
	if n := f.infos.Load(); n != 1 {
		t.Errorf("%d questions", n)
	}
	other := f.token("k1", time.Now(), map[string]any{"SubjectNameID": nil, "sub": "f:2"})
	if _, err := v.Verify(ctx, other); fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Errorf("another person's userinfo: %v", err)
	}
}

func TestARememberedTokenStillEnds(t *testing.T) {
	w := newWorld(t, demoDoctor)
	_, token := w.demoTokenOf("gp")
	ctx := context.Background()
	if _, err := w.p.Verifier().Verify(ctx, token); err != nil {
		t.Fatal(err)
	}
	w.clock.move(10*time.Minute + skew + time.Second)
	if _, err := w.p.Verifier().Verify(ctx, token); fhir.CodeOf(err) != fhir.TokenExpired {
		t.Error(err)
	}
}

// BenchmarkVerify is the cost in front of every request.
func BenchmarkVerify(b *testing.B) {
	ctx := context.Background()
	p, err := Open(ctx, Config{Issuer: "http://127.0.0.1:1/oidc", Dir: b.TempDir(), Demo: []Account{demoDoctor}, hashing: cheap})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	r := httptest.NewRequest(http.MethodPost, "/demo/token", strings.NewReader("account=gp"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr, r.Host = "127.0.0.1:2", "127.0.0.1:1"
	rec := httptest.NewRecorder()
	p.DemoHandler().ServeHTTP(rec, r)
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
		b.Fatal(err)
	}
	b.Run("remembered", func(b *testing.B) {
		for b.Loop() {
			if _, err := p.Verifier().Verify(ctx, answer.AccessToken); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("first time", func(b *testing.B) {
		for b.Loop() {
			p.verifier.seen.Purge()
			if _, err := p.Verifier().Verify(ctx, answer.AccessToken); err != nil {
				b.Fatal(err)
			}
		}
	})
}
