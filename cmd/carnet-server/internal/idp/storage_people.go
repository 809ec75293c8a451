package idp

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// person gives who a sub is: a demo account, a person's account or a system.
func (s *storage) person(ctx context.Context, subject string) (person, error) {
	if p, ok := s.demo[subject]; ok {
		return p, nil
	}
	p, ok, err := s.store.accountBySubject(ctx, subject)
	if err != nil || ok {
		return p, err
	}
	app, ok, err := s.store.application(ctx, subject, "")
	if err != nil {
		return person{}, err
	}
	if !ok || !app.system {
		return person{}, errEnded
	}
	return person{subject: app.id, claims: app.claims}, nil
}

func (s *storage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	if id == PortalClient && s.portal != "" {
		return application{id: id, login: s.login, portal: s.portal}, nil
	}
	app, ok, err := s.store.application(ctx, id, s.login)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, oidc.ErrInvalidClient().WithDescription("unknown client")
	}
	return app, nil
}

// AuthorizeClientIDSecret refuses: no client has a secret.
func (s *storage) AuthorizeClientIDSecret(context.Context, string, string) error {
	return oidc.ErrInvalidClient()
}

// ClientCredentials refuses secrets; assertions are verified in server.go.
func (s *storage) ClientCredentials(context.Context, string, string) (op.Client, error) {
	return nil, oidc.ErrInvalidClient()
}

// ClientCredentialsTokenRequest refuses: a system's sign-in begins in server.go,
// which knows by which key it proved who it is.
func (s *storage) ClientCredentialsTokenRequest(context.Context, string, []string) (op.TokenRequest, error) {
	return nil, oidc.ErrUnauthorizedClient()
}

// begin begins a system's sign-in; it has no refresh token, so it lasts as long
// as the access token, and no longer than the key that it was proved by.
func (s *storage) begin(ctx context.Context, app application) (*direct, error) {
	now := s.now()
	ends := now.Add(s.access)
	if end, ok := app.ends[app.proved]; ok && end.Before(ends) {
		ends = end
	}
	in, err := s.store.startSystem(ctx, signIn{subject: app.id, client: app.id, started: now, ends: ends}, app.proved)
	if errors.Is(err, errEnded) {
		return nil, oidc.ErrInvalidClient().WithDescription("the client is kept out")
	}
	if err != nil {
		return nil, err
	}
	return &direct{in: in}, nil
}

// GetPrivateClaimsFromRequest puts into the access token who its bearer is, so
// that no request has to ask userinfo.
func (s *storage) GetPrivateClaimsFromRequest(ctx context.Context, req op.TokenRequest, _ []string) (map[string]any, error) {
	r, ok := req.(interface{ signInID() string })
	if !ok {
		return nil, oidc.ErrUnsupportedGrantType()
	}
	p, err := s.person(ctx, req.GetSubject())
	if err != nil {
		return nil, err
	}
	claims := p.claims.asMap()
	claims["sid"] = r.signInID()
	return claims, nil
}

// SetUserinfoFromRequest puts the name, the claims and the sign-in into the ID
// token.
func (s *storage) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, req op.IDTokenRequest, _ []string) error {
	if r, ok := req.(interface{ signInID() string }); ok {
		info.AppendClaims("sid", r.signInID())
	}
	return s.describe(ctx, info, req.GetSubject())
}

// SetUserinfoFromToken answers userinfo while the sign-in lasts.
func (s *storage) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, token, subject, _ string) error {
	in, err := s.store.signInOf(ctx, signInOfToken(token), s.now())
	if err != nil || in.subject != subject {
		return oidc.ErrAccessDenied()
	}
	return s.describe(ctx, info, subject)
}

func (s *storage) describe(ctx context.Context, info *oidc.UserInfo, subject string) error {
	p, err := s.person(ctx, subject)
	if err != nil {
		return err
	}
	info.Subject, info.Name = p.subject, p.claims.Name
	for k, v := range p.claims.asMap() {
		info.AppendClaims(k, v)
	}
	return nil
}

// SetUserinfoFromScopes is empty: SetUserinfoFromRequest does it.
func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SetIntrospectionFromToken refuses: introspection is not served.
func (s *storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return oidc.ErrAccessDenied()
}

// GetPrivateClaimsFromScopes is not asked: GetPrivateClaimsFromRequest is.
func (s *storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, oidc.ErrUnsupportedGrantType()
}

// GetKeyByIDAndClientID refuses: assertions are verified in client.go.
func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, oidc.ErrInvalidClient()
}

// ValidateJWTProfileScopes refuses: the JWT bearer grant is not served.
func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, oidc.ErrUnsupportedGrantType()
}

// signInsOf lists the sign-ins of a person with a client that have not ended.
func (s *store) signInsOf(ctx context.Context, subject, client string) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id FROM signin WHERE subject = ? AND client = ? AND ended = 0`, subject, client)
	if err != nil {
		return nil, fmt.Errorf("read sign-ins: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read sign-ins: %w", err)
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// demoSubject gives a demo account a sub that stays the same.
func demoSubject(id string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("carnet-demo:"+id)).String()
}
