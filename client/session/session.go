// Package session signs a person in as a client of OpenID Connect and keeps
// their access token fresh. It implements client.SignIn and client.TokenSource.
//
// A person signs in with the system's browser: authorization code with PKCE,
// the answer received on a loopback address that is open only meanwhile (RFC
// 8252), state and nonce compared, the ID token verified. On a demo server a
// fictional account signs in directly, without browser. After that both are
// the same: an access token, refreshed by one goroutine before it ends, and a
// refresh token that works once.
//
// Tokens are in memory only, in this package only: whoever makes requests asks
// Token for each of them. Nothing here is logged, and no error carries an
// address or a token.
package session

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"carnet/client"
	"carnet/client/fhir"
)

// Config says where and how to sign in.
type Config struct {
	Base     string                     // of the server: "https://host:8443"
	Issuer   string                     // "" means Base + "/oidc", the server's own provider
	ClientID string                     // "" means "carnet"
	Scopes   []string                   // nil means openid, scope_all and offline_access
	Lang     string                     // of the page in the browser: "fr" (also when empty) or "en"
	HTTP     *http.Client               // nil means one of its own with a timeout
	Browser  func(address string) error // opens the system's browser
	Now      func() time.Time           // nil: time.Now
}

// Session is one person's sign-in, or none. It is safe for concurrent use.
type Session struct {
	cfg Config

	mu       sync.Mutex
	provider *oidc.Provider // known after the first answer
	tokens   *tokens        // nil: nobody is signed in
	who      client.Person  // whose tokens they are
	turn     uint64         // counts changes of who
	flight   *flight        // the refresh under way
	seats    map[string]*seat
}

var (
	_ client.SignIn      = (*Session)(nil)
	_ client.TokenSource = (*Session)(nil)
	_ client.Invalidator = (*Session)(nil)
	_ client.Shared      = (*Session)(nil)
)

// tokens are what a sign-in gave. Immutable.
type tokens struct {
	access  string
	refresh string
	ends    time.Time // of access
	renew   time.Time // from then on it is refreshed before it is used
}

// flight is a refresh that several callers wait for.
type flight struct {
	done chan struct{}
	got  *tokens
	err  error
}

const (
	signInTime  = 10 * time.Minute // for a person to type a password in the browser
	requestTime = 20 * time.Second // for one question to the provider
)

// New gives a Session in which nobody is signed in. It asks nobody anything.
func New(cfg Config) *Session {
	cfg.Base = strings.TrimSuffix(cfg.Base, "/")
	if cfg.Issuer == "" {
		cfg.Issuer = cfg.Base + "/oidc"
	}
	if cfg.ClientID == "" {
		cfg.ClientID = "carnet"
	}
	if cfg.Scopes == nil {
		cfg.Scopes = []string{oidc.ScopeOpenID, "scope_all", oidc.ScopeOfflineAccess}
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{Timeout: requestTime}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Session{cfg: cfg}
}

// SignIn signs a person in; see client.SignIn. Errors: Unauthenticated (refused,
// or given up in the browser), NotFound (no such demo account), Offline,
// Canceled, Invalid (the provider's answer is not to be trusted).
func (s *Session) SignIn(ctx context.Context, account string, show func(address string)) (client.Person, error) {
	ctx, cancel := context.WithTimeout(ctx, signInTime)
	defer cancel()
	provider, err := s.discover(ctx)
	if err != nil {
		return client.Person{}, err
	}
	var tok *oauth2.Token
	var subject string
	if account != "" {
		tok, err = s.demoToken(ctx, account)
	} else {
		tok, subject, err = s.browse(ctx, provider, show)
	}
	if err != nil {
		return client.Person{}, err
	}
	person, err := s.person(ctx, provider, tok, subject)
	if err != nil {
		return client.Person{}, err
	}
	kept := s.keep(tok)
	person.Expires = kept.ends
	s.mu.Lock()
	if before := s.seats[s.who.ID]; before != nil && s.who.ID != person.ID {
		before.tokens = s.tokens // who was here may come back by their code
	}
	s.become(kept, person)
	s.mu.Unlock()
	return person, nil
}

// become makes somebody, or nobody, the one who is signed in. The lock is held.
func (s *Session) become(t *tokens, who client.Person) {
	if s.who.ID != who.ID {
		s.turn++
	}
	s.tokens, s.who, s.flight = t, who, nil
}

// Turn implements client.Shared.
func (s *Session) Turn() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.turn
}

// keep notes when a token has to be renewed: with a tenth of its life left, at
// least five seconds, at most a minute.
func (s *Session) keep(tok *oauth2.Token) *tokens {
	now := s.cfg.Now()
	life := time.Duration(tok.ExpiresIn) * time.Second
	if life <= 0 {
		life = tok.Expiry.Sub(now)
	}
	margin := min(max(life/10, 5*time.Second), time.Minute)
	return &tokens{access: tok.AccessToken, refresh: tok.RefreshToken, ends: now.Add(life), renew: now.Add(life - margin)}
}

// Token gives an access token that is good for now; see client.TokenSource.
func (s *Session) Token(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", problem(ctx, err)
	}
	s.mu.Lock()
	t := s.tokens
	if t == nil {
		s.mu.Unlock()
		return "", &fhir.Error{Code: fhir.Unauthenticated, Message: "Personne n'est connecté : connectez-vous."}
	}
	if s.cfg.Now().Before(t.renew) {
		s.mu.Unlock()
		return t.access, nil
	}
	f := s.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		s.flight = f
		go s.renew(context.WithoutCancel(ctx), t, f)
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
	if fhir.CodeOf(f.err) == fhir.Offline && s.cfg.Now().Before(t.ends) {
		return t.access, nil
	}
	return "", f.err
}

// Invalidate says that the server refused a token although it should still
// run: the next Token gives another one or an error. A token that is no longer
// in use changes nothing.
func (s *Session) Invalidate(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens != nil && s.tokens.access == token {
		s.tokens = &tokens{access: token, refresh: s.tokens.refresh}
	}
}

// renew uses the refresh token once, for all who wait, whoever of them gives up.
func (s *Session) renew(ctx context.Context, t *tokens, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	got, err := s.refreshed(ctx, t)
	s.mu.Lock()
	defer s.mu.Unlock()
	f.got, f.err = got, err
	// Signed out or signed in anew meanwhile: this answer is for nobody.
	if s.flight == f {
		s.flight = nil
		switch {
		case err == nil:
			s.tokens = got
		case fhir.CodeOf(err) == fhir.TokenExpired:
			s.tokens = nil
		}
	} else if err == nil {
		s.renewed(t, got)
		f.got, f.err = nil, &fhir.Error{Code: fhir.Unauthenticated, Message: "La connexion a été fermée entre-temps : reconnectez-vous."}
	}
	close(f.done)
}

func (s *Session) refreshed(ctx context.Context, t *tokens) (*tokens, error) {
	expired := &fhir.Error{Code: fhir.TokenExpired, Message: "La connexion a expiré : reconnectez-vous."}
	if t.refresh == "" {
		if s.cfg.Now().Before(t.ends) {
			return t, nil
		}
		return nil, expired
	}
	provider, err := s.discover(ctx)
	if err != nil {
		return nil, err
	}
	tok, err := s.oauth(provider, "").TokenSource(s.with(ctx), &oauth2.Token{RefreshToken: t.refresh}).Token()
	if err != nil {
		if e := problem(ctx, err); fhir.CodeOf(e) != fhir.Unauthenticated {
			return nil, e
		}
		return nil, expired
	}
	return s.keep(tok), nil
}

// SignOut forgets the tokens at once and then ends the sign-in at the
// provider. An error means only that the provider was not told: the tokens
// here are gone either way.
func (s *Session) SignOut(ctx context.Context) error {
	s.mu.Lock()
	t := s.tokens
	delete(s.seats, s.who.ID)
	s.become(nil, client.Person{})
	s.mu.Unlock()
	if t == nil {
		return nil
	}
	provider, err := s.discover(ctx)
	if err != nil {
		return err
	}
	return s.revoke(ctx, provider, t)
}

// discover reads the provider's metadata once.
func (s *Session) discover(ctx context.Context) (*oidc.Provider, error) {
	s.mu.Lock()
	known := s.provider
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	provider, err := oidc.NewProvider(s.with(ctx), s.cfg.Issuer)
	if err != nil {
		return nil, problem(ctx, err)
	}
	s.mu.Lock()
	s.provider = provider
	s.mu.Unlock()
	return provider, nil
}

// with gives the libraries our HTTP client.
func (s *Session) with(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, s.cfg.HTTP)
}

func (s *Session) oauth(p *oidc.Provider, redirect string) *oauth2.Config {
	endpoint := p.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams // a public client: nothing to try out
	return &oauth2.Config{ClientID: s.cfg.ClientID, Endpoint: endpoint, RedirectURL: redirect, Scopes: s.cfg.Scopes}
}

// problem puts any failure into our words. A cause may carry an address, so it
// stays behind.
func problem(ctx context.Context, err error) error {
	var ours *fhir.Error
	var refused *oauth2.RetrieveError
	var other *oidc.IssuerMismatchError
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.Is(ctx.Err(), context.Canceled):
		return &fhir.Error{Code: fhir.Canceled, Err: err}
	case errors.As(err, &other):
		return &fhir.Error{Code: fhir.Invalid, Message: "Le service de connexion n'est pas celui qui est attendu : prévenez la personne qui s'occupe du serveur.", Err: err}
	case errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < 500:
		return &fhir.Error{Code: fhir.Unauthenticated, Message: "La connexion a été refusée : recommencez.", Err: err}
	}
	return &fhir.Error{Code: fhir.Offline, Message: "Le service de connexion ne répond pas : vérifiez le réseau, puis recommencez.", Err: err}
}
