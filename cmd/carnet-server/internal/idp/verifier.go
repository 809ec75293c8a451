package idp

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	lru "github.com/hashicorp/golang-lru/v2"

	"carnet/client/fhir"
)

const (
	skew       = 30 * time.Second // how far two clocks may be apart
	cacheSize  = 8192             // verified tokens remembered
	tokenLimit = 16 << 10         // a longer bearer is refused unread
)

// errUnknownKey says that no key of the issuer has this id.
var errUnknownKey = errors.New("no such key")

// keySource finds an issuer's public key by its id.
type keySource interface {
	key(ctx context.Context, id string) (any, error)
}

// Verifier verifies access tokens of one issuer: signature, issuer, audience,
// times. What it verified it remembers until the token ends, because it stands
// in front of every request. Safe for concurrent use.
type Verifier struct {
	issuer   string
	audience string
	now      func() time.Time
	keys     keySource
	ended    *endedList // nil for a foreign issuer
	kinds    []string   // of the tokens that are accepted
	userinfo func(ctx context.Context, bearer string) (tokenClaims, error)
	seen     *lru.Cache[[sha256.Size]byte, verified]
}

// verified is a token that was good, and until when it is.
type verified struct {
	who      any    // record.Principal, record.Citizen or record.Staff
	session  string // their sign-in
	from, to time.Time
}

// Among verifies the tokens of several issuers, each for its own kinds of
// account: professionals of one, patients of another.
type Among []*Verifier

// Identify asks the verifier of the token's issuer; see Verifier.Identify.
func (a Among) Identify(ctx context.Context, bearer string) (any, error) {
	var claimed jwt.Claims
	if len(bearer) > tokenLimit {
		return nil, unauthenticated(nil)
	}
	token, err := jwt.ParseSigned(bearer, algorithms())
	if err == nil {
		err = token.UnsafeClaimsWithoutVerification(&claimed) // it only chooses who verifies
	}
	if err != nil {
		return nil, unauthenticated(err)
	}
	for _, v := range a {
		if v.issuer == claimed.Issuer {
			return v.Identify(ctx, bearer)
		}
	}
	return nil, unauthenticated(jwt.ErrInvalidIssuer)
}

// algorithms are those that an issuer may sign with: asymmetric ones only.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.ES256, jose.ES384, jose.RS256, jose.PS256, jose.EdDSA}
}

// identify verifies a bearer token, or remembers that it did.
func (v *Verifier) identify(ctx context.Context, bearer string) (verified, error) {
	if bearer == "" || len(bearer) > tokenLimit {
		return verified{}, unauthenticated(nil)
	}
	hash := sha256.Sum256([]byte(bearer))
	if got, ok := v.seen.Get(hash); ok {
		if err := v.admit(ctx, got); err != nil {
			return verified{}, err
		}
		return got, nil
	}
	got, err := v.verify(ctx, bearer)
	if err != nil {
		return verified{}, err
	}
	if err := v.admit(ctx, got); err != nil {
		return verified{}, err
	}
	v.seen.Add(hash, got)
	return got, nil
}

// admit looks at what changes while a token is remembered: the time, and
// whether its sign-in was ended.
func (v *Verifier) admit(ctx context.Context, got verified) error {
	now := v.now()
	ended := false
	if v.ended != nil {
		var err error
		if ended, err = v.ended.has(ctx, got.session); err != nil {
			return unavailable(err)
		}
	}
	switch {
	case ended:
		return unauthenticated(errEnded)
	case now.After(got.to.Add(skew)):
		return &fhir.Error{Code: fhir.TokenExpired, Message: "La connexion a expiré : reconnectez-vous."}
	case now.Before(got.from.Add(-skew)):
		return unauthenticated(jwt.ErrNotValidYet)
	}
	return nil
}

// verify checks a token that is not remembered.
func (v *Verifier) verify(ctx context.Context, bearer string) (verified, error) {
	token, err := jwt.ParseSigned(bearer, algorithms())
	if err != nil {
		return verified{}, unauthenticated(err)
	}
	key, err := v.keys.key(ctx, token.Headers[0].KeyID)
	if errors.Is(err, errUnknownKey) {
		return verified{}, unauthenticated(err)
	} else if err != nil {
		return verified{}, unavailable(err)
	}
	var std jwt.Claims
	var own tokenClaims
	if err := token.Claims(key, &std, &own); err != nil {
		return verified{}, unauthenticated(err)
	}
	if std.Issuer != v.issuer || std.Subject == "" || std.Expiry == nil || (v.audience != "" && !std.Audience.Contains(v.audience)) {
		return verified{}, unauthenticated(jwt.ErrInvalidClaims)
	}
	got := verified{to: std.Expiry.Time()}
	if std.NotBefore != nil {
		got.from = std.NotBefore.Time()
	}
	// A token that is over needs no userinfo: say so at once.
	if v.now().After(got.to.Add(skew)) {
		return got, nil
	}
	if own.needsUserinfo() {
		if own, err = v.complete(ctx, bearer, std.Subject, own); err != nil {
			return verified{}, err
		}
	}
	if got.who, got.session = own.identity(std); got.who == nil || !v.accepts(own.Kind) {
		return verified{}, unauthenticated(jwt.ErrInvalidClaims)
	}
	return got, nil
}

// accepts tells whether tokens of a kind are this issuer's to give.
func (v *Verifier) accepts(kind string) bool {
	return slices.Contains(v.kinds, Claims{Kind: kind}.kind())
}

// complete fetches the claims that a token lacks.
func (v *Verifier) complete(ctx context.Context, bearer, subject string, own tokenClaims) (tokenClaims, error) {
	if v.userinfo == nil {
		return own, nil
	}
	more, err := v.userinfo(ctx, bearer)
	if err != nil {
		return own, err
	}
	// OpenID Connect Core section 5.3.2: the sub must be the token's.
	if more.Subject != subject {
		return own, unauthenticated(jwt.ErrInvalidClaims)
	}
	more.SessionID = firstOf(own.SessionID, more.SessionID)
	return more, nil
}

func unauthenticated(cause error) error {
	return &fhir.Error{Code: fhir.Unauthenticated, Message: "Connectez-vous pour continuer.", Err: cause}
}

func unavailable(cause error) error {
	return &fhir.Error{Code: fhir.Unavailable, Message: "Le service de connexion ne répond pas : recommencez dans un moment.", Err: cause}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}
