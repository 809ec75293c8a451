package idp

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// audience is what access tokens are for: this record server.
const audience = "carnet-record"

// scopeAll is the scope by which Pro Santé Connect gives its claims.
const scopeAll = "scope_all"

// storage is what the library asks of us. It answers from the store and from
// the requests under way; its methods' contracts are those of op.Storage.
type storage struct {
	store    *store
	keys     *keyRing
	requests *requests
	ended    *endedList
	demo     map[string]person // by subject
	now      func() time.Time
	login    string        // address of the login page
	portal   string        // redirect address of the portal; "" where there is none
	access   time.Duration // life of an access token
}

var (
	_ op.Storage                        = (*storage)(nil)
	_ op.ClientCredentialsStorage       = (*storage)(nil)
	_ op.CanGetPrivateClaimsFromRequest = (*storage)(nil)
	_ op.CanSetUserinfoFromRequest      = (*storage)(nil)
)

// direct is a token request without browser and without refresh: a system's.
// The library tells the kinds apart by their methods.
type direct struct{ in signIn }

func (d *direct) GetSubject() string    { return d.in.subject }
func (d *direct) GetAudience() []string { return []string{audience} }
func (d *direct) GetScopes() []string   { return d.in.scopes }
func (d *direct) signInID() string      { return d.in.id }

// grant is a token request without browser and with refresh: that of a refresh
// token, or of a demo account.
type grant struct{ in signIn }

func (g *grant) GetAMR() []string                 { return nil }
func (g *grant) GetAudience() []string            { return []string{audience} }
func (g *grant) GetAuthTime() time.Time           { return g.in.started }
func (g *grant) GetClientID() string              { return g.in.client }
func (g *grant) GetScopes() []string              { return g.in.scopes }
func (g *grant) GetSubject() string               { return g.in.subject }
func (g *grant) SetCurrentScopes(scopes []string) { g.in.scopes = scopes }
func (g *grant) signInID() string                 { return g.in.id }

// CreateAuthRequest is done in server.go, which knows the browser.
func (s *storage) CreateAuthRequest(context.Context, *oidc.AuthRequest, string) (op.AuthRequest, error) {
	return nil, oidc.ErrServerError()
}

func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	a, ok := s.requests.get(id, s.now())
	if !ok {
		return nil, oidc.ErrInvalidRequest()
	}
	return a, nil
}

// AuthRequestByCode uses the code up. A second use ends the sign-in that the
// first one began.
func (s *storage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	a, replayed := s.requests.useCode(code, s.now())
	if replayed {
		if err := s.end(ctx, a.who.id); err != nil {
			return nil, err
		}
	}
	if a == nil || replayed {
		return nil, oidc.ErrInvalidGrant()
	}
	return a, nil
}

func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	if !s.requests.giveCode(id, code, s.now()) {
		return oidc.ErrInvalidRequest()
	}
	return nil
}

// DeleteAuthRequest keeps the request: it is how a replayed code is known. It
// goes with the others when there are too many.
func (s *storage) DeleteAuthRequest(context.Context, string) error { return nil }

// tokenID names an access token after its sign-in, so that revoking the one
// ends the other.
func tokenID(signInID string) string { return signInID + "." + uuid.NewString() }

func signInOfToken(id string) string {
	before, _, _ := strings.Cut(id, ".")
	return before
}

func (s *storage) CreateAccessToken(_ context.Context, req op.TokenRequest) (string, time.Time, error) {
	r, ok := req.(interface{ signInID() string })
	if !ok {
		return "", time.Time{}, oidc.ErrUnsupportedGrantType()
	}
	ends := s.now().Add(s.access)
	if d, system := req.(*direct); system && d.in.ends.Before(ends) {
		ends = d.in.ends
	}
	return tokenID(r.signInID()), ends, nil
}

func (s *storage) CreateAccessAndRefreshTokens(ctx context.Context, req op.TokenRequest, current string) (string, string, time.Time, error) {
	id, exp, err := s.CreateAccessToken(ctx, req)
	if err != nil {
		return "", "", time.Time{}, err
	}
	next, err := s.store.nextRefresh(ctx, signInOfToken(id), current)
	if errors.Is(err, errEnded) { // two used it at the same moment
		if err := s.end(ctx, signInOfToken(id)); err != nil {
			return "", "", time.Time{}, err
		}
		return "", "", time.Time{}, oidc.ErrInvalidGrant()
	}
	if err == nil {
		err = s.store.seen(ctx, signInOfToken(id), s.now())
	}
	return id, next, exp, err
}

// TokenRequestByRefreshToken refuses a token that was used before and ends its
// sign-in: one of the two who hold it is not who they say.
func (s *storage) TokenRequestByRefreshToken(ctx context.Context, token string) (op.RefreshTokenRequest, error) {
	st, err := s.store.refreshOf(ctx, token)
	if err != nil {
		return nil, err
	}
	if st.used {
		if err := s.end(ctx, st.signIn); err != nil {
			return nil, err
		}
		return nil, op.ErrInvalidRefreshToken
	}
	in, err := s.store.signInOf(ctx, st.signIn, s.now())
	if err != nil {
		return nil, err
	}
	if _, err := s.person(ctx, in.subject); err != nil { // disabled meanwhile
		return nil, err
	}
	return &grant{in: in}, nil
}

// end ends a sign-in for everybody who asks from now on.
func (s *storage) end(ctx context.Context, id string) error {
	now := s.now()
	s.ended.add(id, now)
	return s.store.endSignIn(ctx, id, now)
}

// TerminateSession ends the sign-ins of a person with a client.
func (s *storage) TerminateSession(ctx context.Context, subject, client string) error {
	ids, err := s.store.signInsOf(ctx, subject, client)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.end(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// RevokeToken ends the sign-in of a token, access or refresh alike. A token
// that is not known is no error (RFC 7009 section 2.2).
func (s *storage) RevokeToken(ctx context.Context, id, _, client string) *oidc.Error {
	in, err := s.store.signInOf(ctx, signInOfToken(id), s.now())
	if errors.Is(err, errEnded) || (err == nil && in.client != client) {
		return nil
	}
	if err == nil {
		err = s.end(ctx, in.id)
	}
	if err != nil {
		return oidc.ErrServerError().WithParent(err)
	}
	return nil
}

func (s *storage) GetRefreshTokenInfo(ctx context.Context, _, token string) (subject, id string, err error) {
	st, err := s.store.refreshOf(ctx, token)
	if errors.Is(err, errEnded) {
		return "", "", op.ErrInvalidRefreshToken
	}
	return "", st.signIn, err
}

func (s *storage) SigningKey(ctx context.Context) (op.SigningKey, error) { return s.keys.signing(ctx) }

func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

func (s *storage) KeySet(context.Context) ([]op.Key, error) {
	var out []op.Key
	for _, k := range s.keys.verifying() {
		out = append(out, k)
	}
	return out, nil
}

// Health answers the library's probes, which are not served.
func (s *storage) Health(context.Context) error { return nil }
