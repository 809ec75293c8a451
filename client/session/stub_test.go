package session

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// stub is a provider that can be told to misbehave. The real one's stories are
// beside it, in the server's folders.
type stub struct {
	*httptest.Server
	t         *testing.T
	key       *ecdsa.PrivateKey
	mu        sync.Mutex
	nonce     string // asked for
	wrong     string // what to get wrong
	refreshes atomic.Int32
	revoked   atomic.Int32
	hold      chan struct{} // nil, or what a refresh waits for
	arrived   chan struct{} // told when a refresh has come
}

func newStub(t *testing.T) *stub {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &stub{t: t, key: key, arrived: make(chan struct{}, 100)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oidc/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		issuer := s.URL + "/oidc"
		if s.is("issuer") {
			issuer = "https://elsewhere.example"
		}
		s.json(w, 200, map[string]any{
			"issuer": issuer, "authorization_endpoint": s.URL + "/oidc/authorize", "token_endpoint": s.URL + "/oidc/token", "jwks_uri": s.URL + "/oidc/keys",
			"userinfo_endpoint": s.URL + "/oidc/userinfo", "revocation_endpoint": s.URL + "/oidc/revoke", "id_token_signing_alg_values_supported": []string{"ES256"},
		})
	})
	mux.HandleFunc("GET /oidc/keys", func(w http.ResponseWriter, _ *http.Request) {
		s.json(w, 200, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /oidc/token", s.token)
	mux.HandleFunc("GET /oidc/userinfo", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer access p" {
			s.json(w, 200, map[string]any{"sub": "pharmacist", "SubjectNameID": "899700218904", "given_name": "Claire", "family_name": "LE GOFF", "SubjectRole": "21"})
			return
		}
		sub := "person"
		if s.is("userinfo") {
			sub = "somebody else"
		}
		s.json(w, 200, map[string]any{
			"sub": sub, "SubjectNameID": "899700218896", "given_name": "Anne", "family_name": "MOREL",
			"SubjectRole": []string{"10^1.2.250.1.213.1.1.5.5"}, "SubjectOrganization": 7, "Secteur_Activite": "SA07^1.2.250.1.71.4.2.4",
		})
	})
	mux.HandleFunc("POST /oidc/revoke", func(http.ResponseWriter, *http.Request) { s.revoked.Add(1) })
	mux.HandleFunc("POST /demo/token", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("account") == "pharmacist" {
			s.json(w, 200, map[string]any{"access_token": "access p", "refresh_token": "refresh p", "expires_in": 600})
			return
		}
		s.json(w, 200, map[string]any{"access_token": "access 0", "refresh_token": "refresh 0", "expires_in": 600})
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *stub) is(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wrong == what
}

func (s *stub) be(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = what
}

func (s *stub) json(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (s *stub) token(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("grant_type") == "refresh_token" {
		n := s.refreshes.Add(1)
		s.arrived <- struct{}{}
		if s.hold != nil {
			<-s.hold
		}
		switch {
		case s.is("refused"):
			s.json(w, 400, map[string]any{"error": "invalid_grant"})
		case s.is("broken"):
			s.json(w, 503, map[string]any{})
		default:
			s.json(w, 200, map[string]any{"access_token": "access " + string('0'+rune(n)), "refresh_token": "refresh", "token_type": "Bearer", "expires_in": 600})
		}
		return
	}
	if s.is("exchange") || r.FormValue("code_verifier") == "" {
		s.json(w, 400, map[string]any{"error": "invalid_grant"})
		return
	}
	s.json(w, 200, map[string]any{"access_token": "access 0", "refresh_token": "refresh 0", "token_type": "Bearer", "expires_in": 600, "id_token": s.idToken()})
}

// idToken signs an ID token, right or wrong.
func (s *stub) idToken() string {
	key := s.key
	claims := map[string]any{"iss": s.URL + "/oidc", "sub": "person", "aud": "carnet", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()}
	s.mu.Lock()
	claims["nonce"] = s.nonce
	s.mu.Unlock()
	switch {
	case s.is("nonce"):
		claims["nonce"] = "another"
	case s.is("audience"):
		claims["aud"] = "another application"
	case s.is("expired"):
		claims["exp"] = time.Now().Add(-time.Hour).Unix()
	case s.is("signature"):
		key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case s.is("hash"):
		claims["at_hash"] = "bm90IHRoZSBoYXNo"
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		s.t.Error(err)
		return ""
	}
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		s.t.Error(err)
	}
	return raw
}

// browser answers as a person's browser would: it comes back at once with the
// query that edit makes of the right one.
func (s *stub) browser(edit func(url.Values)) func(string) error {
	return func(address string) error {
		u, err := url.Parse(address)
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.nonce = u.Query().Get("nonce")
		s.mu.Unlock()
		q := url.Values{"code": {"a code"}, "state": {u.Query().Get("state")}}
		if edit != nil {
			edit(q)
		}
		go func() {
			res, err := http.Get(u.Query().Get("redirect_uri") + "?" + q.Encode())
			if err != nil {
				s.t.Error(err)
				return
			}
			_ = res.Body.Close()
		}()
		return nil
	}
}
