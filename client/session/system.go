package session

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"

	"carnet/client"
	"carnet/client/fhir"
)

// assertionLife is how long an assertion is good for: long enough for clocks
// that differ, short enough to be worth nothing to who finds it.
const assertionLife = 2 * time.Minute

// SystemConfig says as what a system signs in, and where.
type SystemConfig struct {
	Base     string       // of the server: "https://host:8443"
	Issuer   string       // "" means Base + "/oidc"
	ClientID string       // as the server's administrator added it
	Key      Key          // whose public half they were given
	HTTP     *http.Client // nil means one of its own with a timeout
	Now      func() time.Time
}

// System is a program's sign-in without a person: client credentials with
// private_key_jwt (RFC 6749 section 4.4, RFC 7523). It signs in when a token is
// first asked for, and again shortly before the token ends. Tokens are in memory
// only. It is safe for concurrent use: those who wait for a token wait for one
// request.
type System struct {
	cfg  SystemConfig
	line *Session // for discovery and requests; nobody is signed in there

	mu     sync.Mutex
	tokens *tokens
	flight *flight
}

var (
	_ client.TokenSource = (*System)(nil)
	_ client.Invalidator = (*System)(nil)
)

// NewSystem gives a System. It asks nobody anything yet.
func NewSystem(cfg SystemConfig) *System {
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{Timeout: requestTime}
	}
	// An assertion goes where the metadata say and nowhere else.
	straight := *cfg.HTTP
	straight.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	line := New(Config{Base: cfg.Base, Issuer: cfg.Issuer, ClientID: cfg.ClientID, HTTP: &straight, Now: cfg.Now})
	cfg.Now, cfg.Issuer = line.cfg.Now, line.cfg.Issuer
	return &System{cfg: cfg, line: line}
}

// Token gives an access token that is good for now; see client.TokenSource.
// Errors: Unauthenticated (the server does not know this client or its key),
// Offline, Unavailable, Invalid, Canceled.
func (s *System) Token(ctx context.Context) (string, error) {
	if ctx.Err() != nil {
		return "", problem(ctx, ctx.Err())
	}
	s.mu.Lock()
	t := s.tokens
	if t != nil && s.cfg.Now().Before(t.renew) {
		s.mu.Unlock()
		return t.access, nil
	}
	f := s.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		s.flight = f
		go s.renew(context.WithoutCancel(ctx), f)
	}
	s.mu.Unlock()
	select {
	case <-f.done:
	case <-ctx.Done():
		return "", problem(ctx, ctx.Err())
	}
	if f.err == nil {
		return f.got.access, nil
	}
	// A provider that does not answer does not end a token that still runs.
	if code := fhir.CodeOf(f.err); t != nil && (code == fhir.Offline || code == fhir.Unavailable) && s.cfg.Now().Before(t.ends) {
		return t.access, nil
	}
	return "", f.err
}

// Invalidate says that the server refused a token although it should still
// run: the next Token asks for another one.
func (s *System) Invalidate(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens != nil && s.tokens.access == token {
		s.tokens = nil
	}
}

// renew signs in once for all who wait, whoever of them gives up.
func (s *System) renew(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, 2*requestTime)
	defer cancel()
	got, err := s.signIn(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	f.got, f.err = got, err
	s.flight = nil
	if err == nil {
		s.tokens = got
	}
	close(f.done)
}

// signIn asks for a token with an assertion.
func (s *System) signIn(ctx context.Context) (*tokens, error) {
	provider, err := s.line.discover(ctx)
	if err != nil {
		return nil, err
	}
	assertion, err := s.assertion()
	if err != nil {
		return nil, err
	}
	status, body, err := s.line.post(ctx, provider.Endpoint().TokenURL, url.Values{
		"grant_type": {"client_credentials"}, "scope": {strings.Join([]string{oidc.ScopeOpenID, "scope_all"}, " ")},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion},
	})
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusTooManyRequests:
		return nil, fhir.E(fhir.Unavailable, "Le service de connexion a trop de demandes : recommencez dans un moment.")
	case status >= 300 && status < 400:
		return nil, fhir.E(fhir.Offline, "Autre chose répond à la place du service de connexion : vérifiez le réseau.")
	case status != http.StatusOK:
		return nil, fhir.E(fhir.Unauthenticated, "Le serveur ne reconnaît pas ce système : vérifiez l’identifiant client, la clé donnée à son administrateur et l’heure de cette machine.")
	}
	var tok oauth2.Token
	if err := json.Unmarshal(body, &tok); err != nil || tok.AccessToken == "" || !strings.EqualFold(tok.TokenType, "Bearer") {
		return nil, &fhir.Error{Code: fhir.Invalid, Message: "La réponse du service de connexion est illisible : recommencez plus tard.", Err: err}
	}
	if tok.ExpiresIn <= 0 {
		tok.ExpiresIn = 60 // it says nothing: ask again soon
	}
	return s.line.keep(&tok), nil
}

// assertion makes and signs the proof of who asks: for this provider, for two
// minutes, for one use.
func (s *System) assertion() (string, error) {
	k := s.cfg.Key.private
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.Algorithm), Key: k},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", badKey(err)
	}
	now := s.cfg.Now()
	out, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: s.cfg.ClientID, Subject: s.cfg.ClientID, Audience: jwt.Audience{s.cfg.Issuer}, ID: random(),
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now.Add(-time.Minute)), Expiry: jwt.NewNumericDate(now.Add(assertionLife)),
	}).Serialize()
	if err != nil {
		return "", badKey(err)
	}
	return out, nil
}
