package idp

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	metadataLife = time.Hour        // the issuer's addresses and keys are read again after this
	keyRetry     = 10 * time.Second // an unknown key id makes us look again at most this often
	answerLimit  = 1 << 20          // bytes of an issuer's answer
)

// VerifierConfig names a foreign issuer.
type VerifierConfig struct {
	Issuer   string // as in the tokens' iss
	Audience string // what aud must contain; empty accepts any
	HTTP     *http.Client
	Now      func() time.Time // nil: time.Now
}

// NewVerifier verifies the tokens of a foreign issuer, which stand for
// professionals and systems only, whatever they claim. It asks nothing of the
// issuer before the first token, so that the server starts while the issuer is
// down.
func NewVerifier(cfg VerifierConfig) *Verifier {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	r := &remote{issuer: strings.TrimSuffix(cfg.Issuer, "/"), http: cfg.HTTP, now: cfg.Now}
	return newVerifier(&Verifier{issuer: cfg.Issuer, audience: cfg.Audience, now: cfg.Now, keys: r, userinfo: r.userinfo, kinds: []string{KindProfessional}})
}

func newVerifier(v *Verifier) *Verifier {
	v.seen, _ = lru.New[[sha256.Size]byte, verified](cacheSize) // errs only on a size ≤ 0
	return v
}

// remote reads a foreign issuer's metadata and keys (OpenID Connect Discovery).
type remote struct {
	issuer string
	http   *http.Client
	now    func() time.Time

	mu      sync.Mutex // held while reading: others wait for the same answer
	tried   time.Time
	read    time.Time
	jwks    jose.JSONWebKeySet
	userURL string
	failure error
}

// key finds a key; an unknown id makes it read the issuer's set again, not
// more often than keyRetry, so that made-up ids cannot make us a nuisance.
func (r *remote) key(ctx context.Context, id string) (any, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k, ok := r.known(id); ok && r.now().Sub(r.read) < metadataLife {
		return k, nil
	}
	if r.tried.IsZero() || r.now().Sub(r.tried) >= keyRetry {
		r.tried = r.now()
		// Others wait for this answer: one caller who gives up must not spoil it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		r.failure = r.refresh(ctx)
		cancel()
	}
	// Keys read long ago still verify while the issuer is down.
	if k, ok := r.known(id); ok {
		return k, nil
	}
	if r.failure != nil {
		return nil, r.failure
	}
	return nil, errUnknownKey
}

func (r *remote) known(id string) (any, bool) {
	for _, k := range r.jwks.Keys {
		if k.KeyID == id && k.Use != "enc" && k.IsPublic() && k.Valid() {
			return k.Key, true
		}
	}
	return nil, false
}

// refresh reads metadata and keys.
func (r *remote) refresh(ctx context.Context) error {
	var meta struct {
		Issuer   string `json:"issuer"`
		JWKS     string `json:"jwks_uri"`
		Userinfo string `json:"userinfo_endpoint"`
	}
	if err := r.get(ctx, r.issuer+"/.well-known/openid-configuration", "", &meta); err != nil {
		return err
	}
	if strings.TrimSuffix(meta.Issuer, "/") != r.issuer {
		return errors.New("the issuer's metadata names another issuer")
	}
	var set jose.JSONWebKeySet
	if err := r.get(ctx, meta.JWKS, "", &set); err != nil {
		return err
	}
	r.jwks, r.userURL, r.read = set, meta.Userinfo, r.now()
	return nil
}

// userinfo asks the issuer who a token stands for.
func (r *remote) userinfo(ctx context.Context, bearer string) (tokenClaims, error) {
	r.mu.Lock()
	address := r.userURL
	r.mu.Unlock()
	var c tokenClaims
	if address == "" {
		return c, unauthenticated(errors.New("the issuer has no userinfo"))
	}
	err := r.get(ctx, address, bearer, &c)
	var refused statusError
	switch {
	case errors.As(err, &refused) && (refused == http.StatusUnauthorized || refused == http.StatusForbidden):
		return c, unauthenticated(err)
	case err != nil:
		return c, unavailable(err)
	}
	return c, nil
}

// statusError is an answer other than 200.
type statusError int

func (s statusError) Error() string { return http.StatusText(int(s)) }

// get reads one JSON document. Its errors carry no address.
func (r *remote) get(ctx context.Context, address, bearer string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return errors.New("the issuer's metadata holds a bad address")
	}
	req.Header.Set("Accept", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := r.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return statusError(res.StatusCode)
	}
	return json.NewDecoder(io.LimitReader(res.Body, answerLimit)).Decode(into)
}
