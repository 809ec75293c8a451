package idp

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"carnet/client/fhir"
)

// DesktopClient is the desktop application's client id: public, with PKCE and
// a loopback redirect on any port.
const DesktopClient = "carnet"

// PortalClient is the client id of the patients' pages: public, with PKCE and
// the one redirect address of Config.Portal. The code goes nowhere else, and
// is worth nothing without its verifier: a secret would add none.
const PortalClient = "carnet-portal"

// application is a client as the library wants it: the desktop, the portal, or
// a system.
type application struct {
	id     string
	system bool
	portal string               // redirect address of the portal
	keys   jose.JSONWebKeySet   // of a system
	ends   map[string]time.Time // of those of its keys that have an end, by their id
	proved string               // id of the key by which a system proved who it is
	claims Claims               // of a system
	login  string               // prefix of the login page's address
}

var _ op.Client = application{}

func (a application) GetID() string { return a.id }

// RedirectURIs of a native application match on any loopback port (RFC 8252
// section 7.3); a system has none.
func (a application) RedirectURIs() []string {
	switch {
	case a.system:
		return nil
	case a.portal != "":
		return []string{a.portal}
	}
	return []string{"http://127.0.0.1/callback", "http://[::1]/callback"}
}

func (a application) PostLogoutRedirectURIs() []string { return nil }

// ApplicationType of the portal is web, whose redirect address is compared
// letter by letter.
func (a application) ApplicationType() op.ApplicationType {
	if a.portal != "" {
		return op.ApplicationTypeWeb
	}
	return op.ApplicationTypeNative
}

func (a application) AuthMethod() oidc.AuthMethod {
	if a.system {
		return oidc.AuthMethodPrivateKeyJWT
	}
	return oidc.AuthMethodNone
}

func (a application) ResponseTypes() []oidc.ResponseType {
	if a.system {
		return nil
	}
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}

func (a application) GrantTypes() []oidc.GrantType {
	if a.system {
		return []oidc.GrantType{oidc.GrantTypeClientCredentials}
	}
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
}

func (a application) LoginURL(id string) string {
	return a.login + "?request=" + url.QueryEscape(id)
}

func (a application) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }
func (a application) IDTokenLifetime() time.Duration      { return 10 * time.Minute }
func (a application) DevMode() bool                       { return false }

func (a application) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}

func (a application) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}

// IsScopeAllowed accepts the scope by which Pro Santé Connect gives its claims.
func (a application) IsScopeAllowed(scope string) bool { return scope == scopeAll }

func (a application) IDTokenUserinfoClaimsAssertion() bool { return true }
func (a application) ClockSkew() time.Duration             { return 0 }

// System is a client without a person: a laboratory's carnet-lab.
type System struct {
	ID     string
	JWKS   []byte // its public keys, JSON Web Key Set
	Claims Claims // NameID is set to ID when empty
}

// AddClient adds a system. Errors: Invalid (id, or keys that are private, too
// weak or not for signing), Duplicate.
func AddClient(ctx context.Context, dir string, sys System, now time.Time) error {
	if sys.ID == "" || sys.ID == DesktopClient || sys.ID == PortalClient || len(sys.ID) > 64 || strings.ContainsAny(sys.ID, " \t\r\n") {
		return fhir.E(fhir.Invalid, "the client id must have 1 to 64 characters without spaces, and not be %q or %q", DesktopClient, PortalClient)
	}
	if _, err := publicKeys(sys.JWKS); err != nil {
		return err
	}
	sys.Claims.NameID = firstOf(sys.Claims.NameID, sys.ID)
	claims, err := json.Marshal(sys.Claims)
	if err != nil {
		return fhir.Wrap(fhir.Internal, err)
	}
	s, err := openStore(ctx, dir)
	if err != nil {
		return unopened(err)
	}
	defer func() { _ = s.db.Close() }()
	res, err := s.db.ExecContext(ctx, `INSERT INTO client (id, jwks, claims, created) VALUES (?,?,?,?) ON CONFLICT DO NOTHING`, sys.ID, string(sys.JWKS), string(claims), now.Unix())
	if err != nil {
		return fhir.Wrap(fhir.Unavailable, fmt.Errorf("add client: %w", err))
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fhir.E(fhir.Duplicate, "there is, or was, a client with this id; choose another one")
	}
	return nil
}

// publicKeys reads the keys of a system. Errors: Invalid (private, too weak, or
// without an id of their own).
func publicKeys(jwks []byte) (set jose.JSONWebKeySet, err error) {
	if err := json.Unmarshal(jwks, &set); err != nil || len(set.Keys) == 0 {
		return set, fhir.E(fhir.Invalid, "the keys must be a JSON Web Key Set with at least one public key")
	}
	for _, k := range set.Keys {
		if rsaKey, ok := k.Key.(*rsa.PublicKey); !k.Valid() || !k.IsPublic() || k.KeyID == "" || (ok && rsaKey.Size() < 256) {
			return set, fhir.E(fhir.Invalid, "each key must be public, have a kid, and RSA at least 2048 bits")
		}
		if len(set.Key(k.KeyID)) != 1 {
			return set, fhir.E(fhir.Invalid, "two keys have the same kid")
		}
	}
	return set, nil
}

// application finds a client by its id; ok is false when there is none, or it is
// kept out.
func (s *store) application(ctx context.Context, id, login string) (app application, ok bool, err error) {
	if id == DesktopClient {
		return application{id: id, login: login}, true, nil
	}
	if id == PortalClient {
		return application{}, false, nil // the storage knows it, where there is one
	}
	all, err := s.systems(ctx, id)
	if err != nil {
		return application{}, false, fmt.Errorf("read client: %w", err)
	}
	if len(all) == 0 || !all[0].Disabled.IsZero() {
		return application{}, false, nil
	}
	app = application{id: id, system: true, claims: all[0].Claims, ends: map[string]time.Time{}}
	for _, k := range all[0].Keys {
		app.keys.Keys = append(app.keys.Keys, k.key)
		if !k.Ends.IsZero() {
			app.ends[k.ID] = k.Ends
		}
	}
	return app, true, nil
}

// key gives the key with an id, while it is good.
func (a application) key(id string, now time.Time) (any, error) {
	keys := a.keys.Key(id)
	if ends, ok := a.ends[id]; len(keys) != 1 || ok && !now.Before(ends) {
		return nil, errUnknownKey
	}
	return keys[0].Key, nil
}

// assertionLife is how long an assertion may be valid at most: its jti is kept
// for as long.
const assertionLife = 10 * time.Minute

// assertClient verifies a private_key_jwt assertion (RFC 7523 section 3) and
// uses it up. audiences are the names that this provider answers to.
func (s *store) assertClient(ctx context.Context, assertion string, audiences []string, now time.Time) (application, error) {
	token, err := jwt.ParseSigned(assertion, algorithms())
	if err != nil {
		return application{}, err
	}
	var unverified jwt.Claims
	if err := token.UnsafeClaimsWithoutVerification(&unverified); err != nil {
		return application{}, err
	}
	app, ok, err := s.application(ctx, unverified.Issuer, "")
	if err != nil {
		return application{}, err
	}
	if !ok || !app.system {
		return application{}, errUnknownKey
	}
	app.proved = token.Headers[0].KeyID
	key, err := app.key(app.proved, now)
	if err != nil {
		return application{}, err
	}
	var c jwt.Claims
	if err := token.Claims(key, &c); err != nil {
		return application{}, err
	}
	if err := checkAssertion(c, app.id, audiences, now); err != nil {
		return application{}, err
	}
	fresh, err := s.useAssertion(ctx, app.id, c.ID, c.Expiry.Time().Add(skew), now)
	if err != nil {
		return application{}, err
	}
	if !fresh {
		return application{}, errors.New("the assertion was used before")
	}
	return app, nil
}

// checkAssertion is the part of RFC 7523 that needs no keys.
func checkAssertion(c jwt.Claims, client string, audiences []string, now time.Time) error {
	switch {
	case c.Issuer != client || c.Subject != client:
		return jwt.ErrInvalidSubject
	case c.ID == "" || len(c.ID) > 256:
		return jwt.ErrInvalidID
	case c.Expiry == nil || c.Expiry.Time().After(now.Add(assertionLife)):
		return jwt.ErrExpired
	}
	return c.ValidateWithLeeway(jwt.Expected{AnyAudience: audiences, Time: now}, skew)
}
