package idp

import (
	"context"
	"crypto/subtle"
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/go-jose/go-jose/v4"
)

// server is the library's server with what it leaves open closed.
type server struct {
	*op.LegacyServer
	storage *storage
	issuer  string
	secure  bool // the issuer is https: so are the cookies
}

var _ op.ExtendedLegacyServer = (*server)(nil)

// cookieName holds what ties a sign-in to the browser that began it. Without
// it, somebody could begin a sign-in, have another person type their password
// into it, and collect the code.
const cookieName = "carnet-signin"

// Authorize begins a sign-in. It refuses what has no S256 challenge (RFC 9700
// section 2.1.1) or no state, and a prompt=none, because no sign-in outlives
// its page here.
func (s *server) Authorize(_ context.Context, r *op.ClientRequest[oidc.AuthRequest]) (*op.Redirect, error) {
	switch {
	case r.Data.CodeChallenge == "" || r.Data.CodeChallengeMethod != oidc.CodeChallengeMethodS256:
		return nil, oidc.ErrInvalidRequest().WithDescription("code_challenge with method S256 is required")
	case len(r.Data.CodeChallenge) < 43 || len(r.Data.CodeChallenge) > 128:
		return nil, oidc.ErrInvalidRequest().WithDescription("code_challenge has a wrong length")
	case r.Data.State == "":
		return nil, oidc.ErrInvalidRequest().WithDescription("state is required")
	case r.Data.ResponseMode != "" && r.Data.ResponseMode != oidc.ResponseModeQuery:
		return nil, oidc.ErrInvalidRequest().WithDescription("only response_mode query is supported")
	case len(r.Data.State) > 512 || len(r.Data.Nonce) > 512:
		return nil, oidc.ErrInvalidRequest().WithDescription("state or nonce is too long")
	}
	for _, p := range r.Data.Prompt {
		if p == oidc.PromptNone {
			return nil, oidc.ErrLoginRequired().WithDescription("a person has to sign in")
		}
	}
	value := browserOf(&http.Request{Header: r.Header})
	if value == "" {
		value = secret()
	}
	a := s.storage.requests.begin(*r.Data, hashOf(value), s.storage.now())
	redirect := op.NewRedirect(r.Client.LoginURL(a.id))
	redirect.Header.Add("Set-Cookie", s.cookie(value).String())
	redirect.Header.Set("Cache-Control", "no-store")
	return redirect, nil
}

// cookie ties a browser to its sign-ins under way.
func (s *server) cookie(value string) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode, MaxAge: int(requestLife.Seconds()),
	}
}

// browserOf gives the cookie's value, "" when there is none.
func browserOf(r *http.Request) string {
	c, err := r.Cookie(cookieName)
	if err != nil || len(c.Value) > 128 {
		return ""
	}
	return c.Value
}

// sameBrowser tells whether a request comes from the browser that began a.
func sameBrowser(r *http.Request, a *authRequest) bool {
	return subtle.ConstantTimeCompare(hashOf(browserOf(r)), a.browser) == 1
}

// VerifyClient accepts private_key_jwt for client credentials as well, and a
// public client by its id; nothing has a secret.
func (s *server) VerifyClient(ctx context.Context, r *op.Request[op.ClientCredentials]) (op.Client, error) {
	if r.Data.ClientSecret != "" {
		return nil, op.NewStatusError(oidc.ErrInvalidClient().WithDescription("no client has a secret"), http.StatusUnauthorized)
	}
	if r.Data.ClientAssertion == "" {
		client, err := s.storage.GetClientByClientID(ctx, r.Data.ClientID)
		if err != nil || client.AuthMethod() != oidc.AuthMethodNone {
			return nil, op.NewStatusError(oidc.ErrInvalidClient().WithDescription("unknown client"), http.StatusUnauthorized)
		}
		return client, nil
	}
	audiences := []string{s.issuer, s.Endpoints().Token.Absolute(s.issuer)}
	app, err := s.storage.store.assertClient(ctx, r.Data.ClientAssertion, audiences, s.storage.now())
	if err != nil {
		return nil, op.NewStatusError(oidc.ErrInvalidClient().WithDescription("the assertion was refused").WithParent(err), http.StatusUnauthorized)
	}
	return app, nil
}

// CodeExchange gives a code's tokens to the client that asked for the code,
// and to no other.
func (s *server) CodeExchange(ctx context.Context, r *op.ClientRequest[oidc.AccessTokenRequest]) (*op.Response, error) {
	a, err := s.storage.AuthRequestByCode(ctx, r.Data.Code)
	if err != nil {
		return nil, err
	}
	if a.GetClientID() != r.Client.GetID() || a.GetRedirectURI() != r.Data.RedirectURI {
		return nil, oidc.ErrInvalidGrant().WithDescription("the code was given to another client or address")
	}
	if err := op.AuthorizeCodeChallenge(r.Data.CodeVerifier, a.GetCodeChallenge()); err != nil {
		return nil, err
	}
	resp, err := op.CreateTokenResponse(ctx, a, r.Client, s.Provider(), true, r.Data.Code, "")
	if err != nil {
		return nil, err
	}
	return op.NewResponse(resp), nil
}

// ClientCredentialsExchange gives a system its token.
func (s *server) ClientCredentialsExchange(ctx context.Context, r *op.ClientRequest[oidc.ClientCredentialsRequest]) (*op.Response, error) {
	app, ok := r.Client.(application)
	if !ok || !app.system || app.proved == "" {
		return nil, oidc.ErrUnauthorizedClient()
	}
	in, err := s.storage.begin(ctx, app)
	if err != nil {
		return nil, err
	}
	resp, err := op.CreateClientCredentialsTokenResponse(ctx, in, s.Provider(), app)
	if err != nil {
		return nil, err
	}
	return op.NewResponse(resp), nil
}

// JWTProfile refuses: systems use client credentials.
func (s *server) JWTProfile(context.Context, *op.Request[oidc.JWTProfileGrantRequest]) (*op.Response, error) {
	return nil, oidc.ErrUnsupportedGrantType()
}

// Discovery says what is served, and no more.
func (s *server) Discovery(ctx context.Context, r *op.Request[struct{}]) (*op.Response, error) {
	resp, err := s.LegacyServer.Discovery(ctx, r)
	if err != nil {
		return nil, err
	}
	d, ok := resp.Data.(*oidc.DiscoveryConfiguration)
	if !ok {
		return nil, oidc.ErrServerError()
	}
	var algs []string
	for _, a := range algorithms() {
		algs = append(algs, string(a))
	}
	d.ResponseTypesSupported = []string{string(oidc.ResponseTypeCode)}
	d.ResponseModesSupported = []string{string(oidc.ResponseModeQuery)}
	d.GrantTypesSupported = []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken, oidc.GrantTypeClientCredentials}
	d.IDTokenSigningAlgValuesSupported = []string{string(jose.ES256)}
	d.TokenEndpointAuthMethodsSupported = []oidc.AuthMethod{oidc.AuthMethodNone, oidc.AuthMethodPrivateKeyJWT}
	d.TokenEndpointAuthSigningAlgValuesSupported = algs
	d.RevocationEndpointAuthMethodsSupported = []oidc.AuthMethod{oidc.AuthMethodNone}
	d.RevocationEndpointAuthSigningAlgValuesSupported = nil
	d.IntrospectionEndpointAuthMethodsSupported = nil
	d.IntrospectionEndpointAuthSigningAlgValuesSupported = nil
	d.RequestObjectSigningAlgValuesSupported = nil
	d.ScopesSupported = []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeOfflineAccess, scopeAll}
	d.ClaimsSupported = []string{
		"sub", "sid", "name", "SubjectNameID", "SubjectName", "SubjectRole", "SubjectSpecialty",
		"SubjectOrganizationID", "SubjectOrganization", "Secteur_Activite", "kind", "person", "staff_role",
	}
	return resp, nil
}
