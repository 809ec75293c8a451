package idp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"carnet/client/fhir"
)

// lab is a laboratory's system with its key.
type lab struct {
	w       *world
	system  System
	private *ecdsa.PrivateKey
	kid     string
}

func newLab(t *testing.T) lab {
	t.Helper()
	l := lab{w: newWorld(t), private: newECKey(t), kid: "lab-1"}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: l.private.Public(), KeyID: "lab-1", Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	l.system = System{ID: "labo-des-lilas", JWKS: set, Claims: Claims{Name: "Laboratoire des Lilas", Role: "21", Organisation: "1750000018"}}
	if err := AddClient(context.Background(), l.w.dir, l.system, l.w.clock.now()); err != nil {
		t.Fatal(err)
	}
	return l
}

func newECKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// assertion signs a client assertion that is right but for the changes.
func (l lab) assertion(t *testing.T, changes map[string]any) string {
	t.Helper()
	now := l.w.clock.now()
	claims := map[string]any{"iss": l.system.ID, "sub": l.system.ID, "aud": l.w.srv.URL + "/oidc", "jti": secret(), "exp": now.Add(time.Minute).Unix(), "iat": now.Unix()}
	maps.Copy(claims, changes)
	return sign(t, jose.ES256, jose.JSONWebKey{Key: l.private, KeyID: l.kid}, claims)
}

// ask asks for a token with an assertion.
func (l lab) ask(assertion string) (int, string) {
	res, body := l.w.do(http.DefaultClient, http.MethodPost, l.w.srv.URL+"/oidc/token", url.Values{
		"grant_type": {"client_credentials"}, "client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	})
	return res.StatusCode, body
}

func TestASystemSignsIn(t *testing.T) {
	l := newLab(t)
	status, body := l.ask(l.assertion(t, nil))
	if status != http.StatusOK || strings.Contains(body, "refresh_token") {
		t.Fatalf("%d %s", status, body)
	}
	var tok struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &tok); err != nil {
		t.Fatal(err)
	}
	p, err := l.w.p.Verifier().Verify(context.Background(), tok.AccessToken)
	if err != nil || p.ID != l.system.ID || p.OrgID != "1750000018" {
		t.Errorf("%+v %v", p, err)
	}
	if err := AddClient(context.Background(), l.w.dir, l.system, l.w.clock.now()); fhir.CodeOf(err) != fhir.Duplicate {
		t.Errorf("the same client twice: %v", err)
	}
}

func TestAnAssertionIsRefused(t *testing.T) {
	l := newLab(t)
	once := l.assertion(t, nil)
	if status, body := l.ask(once); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	forged := l
	forged.private = newECKey(t)
	now := l.w.clock.now()
	for name, a := range map[string]string{
		"replayed":             once,
		"for another audience": l.assertion(t, map[string]any{"aud": "https://elsewhere.example"}),
		"over":                 l.assertion(t, map[string]any{"exp": now.Add(-time.Hour).Unix()}),
		"valid for a day":      l.assertion(t, map[string]any{"exp": now.Add(24 * time.Hour).Unix()}),
		"without jti":          l.assertion(t, map[string]any{"jti": ""}),
		"in another's name":    l.assertion(t, map[string]any{"sub": "another"}),
		"of an unknown client": l.assertion(t, map[string]any{"iss": "unknown", "sub": "unknown"}),
		"of the desktop":       l.assertion(t, map[string]any{"iss": DesktopClient, "sub": DesktopClient}),
		"with another's key":   forged.assertion(t, nil),
		"not an assertion":     "abc",
	} {
		t.Run(name, func(t *testing.T) {
			if status, body := l.ask(a); status != http.StatusUnauthorized {
				t.Errorf("%d %s", status, body)
			}
		})
	}
}

func TestTheTokenEndpointServesNoOtherGrant(t *testing.T) {
	l := newLab(t)
	for name, form := range map[string]url.Values{
		"a system without proof": {"grant_type": {"client_credentials"}, "client_id": {l.system.ID}},
		"a secret":               {"grant_type": {"client_credentials"}, "client_id": {l.system.ID}, "client_secret": {"x"}},
		"the desktop":            {"grant_type": {"client_credentials"}, "client_id": {DesktopClient}},
		"the JWT bearer grant":   {"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {l.assertion(t, nil)}},
		"the password grant":     {"grant_type": {"password"}, "client_id": {DesktopClient}, "username": {"a"}, "password": {"b"}},
		"no grant":               {"client_id": {DesktopClient}},
	} {
		t.Run(name, func(t *testing.T) {
			res, body := l.w.do(http.DefaultClient, http.MethodPost, l.w.srv.URL+"/oidc/token", form)
			if res.StatusCode < 400 || res.StatusCode >= 500 {
				t.Errorf("%d %s", res.StatusCode, body)
			}
		})
	}
}

func TestAddClientRefusesBadKeys(t *testing.T) {
	secretSet, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: newECKey(t), KeyID: "k"}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, jwks := range map[string][]byte{"none": []byte(`{"keys":[]}`), "not JSON": []byte("x"), "a private key": secretSet} {
		if err := AddClient(context.Background(), t.TempDir(), System{ID: "lab", JWKS: jwks}, time.Now()); fhir.CodeOf(err) != fhir.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
