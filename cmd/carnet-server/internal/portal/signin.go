package portal

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// pending is one sign-in on its way: what ties the answer to this browser.
type pending struct {
	state, nonce, verifier string
	begun                  time.Time
}

const (
	pendingLife = 15 * time.Minute
	maxPending  = 4 // sign-ins begun in as many tabs
)

func signInRoutes() []route {
	return []route{
		{pattern: "GET " + root + "connexion", serve: (*call).begin},
		{pattern: "POST " + root + "deconnexion", serve: (*call).signOut},
	}
}

// provider is the OpenID provider, discovered when first needed: the bundled
// one answers on the same listener, which does not listen yet at New.
type provider struct {
	cfg Config

	mu     sync.Mutex
	oauth  *oauth2.Config
	tokens *oidc.IDTokenVerifier
	revoke string // RFC 7009 endpoint, "" none
}

func newProvider(cfg Config) *provider { return &provider{cfg: cfg} }

// context carries the HTTP client to the libraries.
func (p *provider) context(ctx context.Context) context.Context {
	client := p.cfg.HTTP
	if client == nil {
		client = &http.Client{Timeout: 15 * time.Second}
	}
	return oidc.ClientContext(ctx, client)
}

// formTargets are the places where a form may lead: sign-in may pass through
// the provider.
func (p *provider) formTargets() string {
	u, err := url.Parse(p.cfg.Issuer)
	own, err2 := url.Parse(p.cfg.URL)
	if err != nil || err2 != nil || u.Host == "" || u.Host == own.Host {
		return "'self'"
	}
	return "'self' " + u.Scheme + "://" + u.Host
}

// discover finds the provider's addresses and keys, once.
func (p *provider) discover(ctx context.Context) (*oauth2.Config, *oidc.IDTokenVerifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.oauth != nil {
		return p.oauth, p.tokens, nil
	}
	found, err := oidc.NewProvider(p.context(context.WithoutCancel(ctx)), p.cfg.Issuer)
	if err != nil {
		return nil, nil, errors.Join(errProvider, err)
	}
	var more struct {
		Revoke string   `json:"revocation_endpoint"`
		Algs   []string `json:"id_token_signing_alg_values_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, nil, errors.Join(errProvider, err)
	}
	p.revoke = more.Revoke
	p.tokens = found.Verifier(&oidc.Config{ClientID: p.cfg.ClientID, SupportedSigningAlgs: asymmetric(more.Algs), Now: p.cfg.Now})
	p.oauth = &oauth2.Config{
		ClientID: p.cfg.ClientID, Endpoint: found.Endpoint(), RedirectURL: p.cfg.Redirect, Scopes: []string{oidc.ScopeOpenID, "profile"},
	}
	return p.oauth, p.tokens, nil
}

// asymmetric keeps the algorithms that a public client may trust.
func asymmetric(algs []string) []string {
	var out []string
	for _, a := range algs {
		if strings.HasPrefix(a, "ES") || strings.HasPrefix(a, "PS") || a == "RS256" || a == "EdDSA" {
			out = append(out, a)
		}
	}
	return out
}

// begin sends the browser to the provider: code, PKCE, state and nonce, all
// tied to this browser's session.
func (c *call) begin() error {
	if c.s.visitor().kind != "" {
		return c.redirect(root)
	}
	oauth, _, err := c.provider.discover(c.r.Context())
	if err != nil {
		return err
	}
	try := pending{state: secret(), nonce: secret(), verifier: oauth2.GenerateVerifier(), begun: c.Now()}
	c.s.change(func(s *state) {
		kept := append([]pending{try}, s.pending...)
		s.pending = kept[:min(len(kept), maxPending)]
	})
	if err := c.keepSession(); err != nil {
		return err
	}
	address := oauth.AuthCodeURL(try.state, oidc.Nonce(try.nonce), oauth2.S256ChallengeOption(try.verifier), oauth2.SetAuthURLParam("ui_locales", c.lang))
	http.Redirect(c.w, c.r, address, http.StatusSeeOther)
	return nil
}

// back takes the provider's answer. Whatever is wrong with it, the visitor
// stays nobody.
func (c *call) back() error {
	q := c.r.URL.Query()
	try, ok := c.takePending(q.Get("state"))
	if !ok || q.Get("code") == "" {
		return errLeft
	}
	oauth, tokens, err := c.provider.discover(c.r.Context())
	if err != nil {
		return err
	}
	ctx := c.provider.context(c.r.Context())
	token, err := oauth.Exchange(ctx, q.Get("code"), oauth2.VerifierOption(try.verifier))
	if err != nil {
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError {
			return errLeft
		}
		return errors.Join(errProvider, err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := tokens.Verify(ctx, raw)
	if err != nil || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(try.nonce)) != 1 {
		return errLeft
	}
	who, err := visitorOf(id)
	if err != nil {
		return err
	}
	ins, err := c.signInsOf(who)
	if err != nil {
		return err
	}
	listed := ""
	if lists(ins, who.signIn) {
		listed = who.signIn
	}
	if c.s, err = c.sessions.renew(c.s, who, token.AccessToken, listed); err != nil {
		return err
	}
	c.giveCookie()
	after := c.s.get().after
	c.s.change(func(s *state) { s.after = "" })
	return c.redirect(home(after))
}

// home is where a sign-in leads: the page that asked for it, which a route of
// ours put there, or the first page.
func home(after string) string {
	if strings.HasPrefix(after, root) {
		return after
	}
	return root
}

// takePending finds the sign-in that an answer belongs to, and uses it up.
func (c *call) takePending(given string) (found pending, ok bool) {
	c.s.change(func(s *state) {
		var rest []pending
		for _, p := range s.pending {
			if !ok && given != "" && subtle.ConstantTimeCompare([]byte(p.state), []byte(given)) == 1 {
				found, ok = p, c.Now().Sub(p.begun) < pendingLife
				continue
			}
			rest = append(rest, p)
		}
		s.pending = rest
	})
	return found, ok
}

// visitorOf reads who signed in from a verified ID token. A professional's
// account, or claims that say too little, opens nothing here.
func visitorOf(id *oidc.IDToken) (visitor, error) {
	var claims struct {
		Kind   string `json:"kind"`
		Person string `json:"person"`
		Role   string `json:"staff_role"`
		Name   string `json:"SubjectName"`
		Plain  string `json:"name"`
		SID    string `json:"sid"`
	}
	if err := id.Claims(&claims); err != nil {
		return visitor{}, fhir.Wrap(fhir.Unauthenticated, err)
	}
	if claims.Name == "" {
		claims.Name = claims.Plain
	}
	session := claims.SID
	if session == "" {
		session = id.Subject
	}
	switch {
	case claims.Person == "":
	case claims.Kind == kindPatient:
		return visitor{kind: kindPatient, signIn: session, citizen: record.Citizen{ID: claims.Person, Name: claims.Name, Session: session}}, nil
	case claims.Kind == kindStaff && (claims.Role == record.StaffOperator || claims.Role == record.StaffDPO):
		return visitor{kind: kindStaff, signIn: session, staff: record.Staff{ID: claims.Person, Name: claims.Name, Role: claims.Role, Session: session}}, nil
	}
	return visitor{}, errNotYours
}

// signOut ends the session here and the sign-in at the provider.
func (c *call) signOut() error {
	bearer := c.s.get().bearer
	if err := c.sessions.end(c.s); err != nil {
		return err
	}
	c.provider.end(c.r.Context(), bearer)
	return c.gone("Vous êtes déconnecté.")
}

// gone shows the first page to who is nobody from now on.
func (c *call) gone(sentence string) error {
	c.s = c.sessions.anonymous(c.r.Context())
	c.s.change(func(s *state) { s.flash = sentence })
	if err := c.keepSession(); err != nil {
		return err
	}
	return c.redirect(root)
}

// end revokes a token, which ends the sign-in it came from. The session here
// is over in any case, so a provider that does not answer is let be.
func (p *provider) end(ctx context.Context, bearer string) {
	p.mu.Lock()
	address := p.revoke
	p.mu.Unlock()
	if address == "" || bearer == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.context(ctx), 3*time.Second)
	defer cancel()
	form := url.Values{"token": {bearer}, "token_type_hint": {"access_token"}, "client_id": {p.cfg.ClientID}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client, _ := ctx.Value(oauth2.HTTPClient).(*http.Client)
	if client == nil {
		return
	}
	if resp, err := client.Do(req); err == nil {
		_ = resp.Body.Close()
	}
}
