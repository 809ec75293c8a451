package idp

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/zitadel/oidc/v3/pkg/op"
	"golang.org/x/text/language"
)

// Config is all that a Provider needs.
type Config struct {
	Issuer string // "https://host/oidc": scheme, authority and the path under which Handler is mounted
	Dir    string // data directory
	Demo   []Account
	Kinds  []string           // of accounts whose tokens are accepted; nil: all. Without KindProfessional another issuer signs these in
	Portal string             // where the patients' pages take their codes: an address of this server; "" without such pages
	Now    func() time.Time   // nil: time.Now
	Log    logrus.FieldLogger // nil: nothing is logged
	Slog   *slog.Logger       // for the library; nil: nothing is logged

	AccessLife time.Duration // of an access token; 0: 10 minutes
	SignInLife time.Duration // of a sign-in, whatever is refreshed; 0: 12 hours, a working day
	hashing    cost          // tests only; zero: defaultCost
}

// Provider is the bundled OpenID provider.
type Provider struct {
	cfg      Config
	storage  *storage
	library  *op.Provider
	server   *server
	protocol http.Handler
	accounts *throttle // failed passwords per account
	peers    *throttle // … per address
	codes    *throttle // wrong codes of the second factor, per account: a right password does not forgive them
	hashing  chan struct{}
	decoy    func() string // a hash that no password has, for unknown accounts; made at the first attempt
	verifier *Verifier
	swept    atomic.Int64 // when visits that are over were last cleared away, Unix seconds
}

// Open opens the provider's file in cfg.Dir, makes the signing key the first
// time, and readies the protocol. Close it.
func Open(ctx context.Context, cfg Config) (*Provider, error) {
	cfg = withDefaults(cfg)
	issuer, err := url.Parse(cfg.Issuer)
	if err != nil || issuer.Host == "" {
		return nil, errors.New("the issuer must be an address")
	}
	st, err := openStore(ctx, cfg.Dir)
	if err != nil {
		return nil, err
	}
	p, err := build(ctx, cfg, st, issuer)
	if err != nil {
		_ = st.db.Close()
		return nil, err
	}
	return p, nil
}

func withDefaults(cfg Config) Config {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Slog == nil {
		cfg.Slog = slog.New(slog.DiscardHandler)
	}
	if cfg.Log == nil {
		silent := logrus.New()
		silent.SetLevel(logrus.PanicLevel)
		cfg.Log = silent
	}
	if cfg.AccessLife == 0 {
		cfg.AccessLife = 10 * time.Minute
	}
	if cfg.SignInLife == 0 {
		cfg.SignInLife = 12 * time.Hour
	}
	if cfg.hashing == (cost{}) {
		cfg.hashing = defaultCost
	}
	if cfg.Kinds == nil {
		cfg.Kinds = []string{KindProfessional, KindPatient, KindStaff}
	}
	cfg.Issuer = strings.TrimSuffix(cfg.Issuer, "/")
	return cfg
}

func build(ctx context.Context, cfg Config, st *store, issuer *url.URL) (*Provider, error) {
	keys := &keyRing{store: st, now: cfg.Now}
	if err := keys.load(ctx); err != nil {
		return nil, err
	}
	ended, err := newEndedList(ctx, st, cfg.Now, cfg.AccessLife+skew)
	if err != nil {
		return nil, err
	}
	s := &storage{
		store: st, keys: keys, requests: newRequests(), now: cfg.Now, login: cfg.Issuer + "/login", portal: cfg.Portal, access: cfg.AccessLife,
		ended: ended, demo: map[string]person{},
	}
	for _, a := range cfg.Demo {
		s.demo[demoSubject(a.ID)] = person{subject: demoSubject(a.ID), claims: a.Claims}
	}
	var codes [32]byte // seals authorization codes; those of before a restart are void
	_, _ = rand.Read(codes[:])
	insecure := issuer.Scheme == "http"
	options := []op.Option{op.WithLogger(cfg.Slog)}
	if insecure {
		options = append(options, op.WithAllowInsecure())
	}
	library, err := op.NewProvider(&op.Config{
		CryptoKey: codes, DefaultLogoutRedirectURI: cfg.Issuer + "/signed-out", CodeMethodS256: true, AuthMethodPrivateKeyJWT: true, GrantTypeRefreshToken: true,
		SupportedUILocales: []language.Tag{language.French, language.English},
	}, s, op.StaticIssuer(cfg.Issuer), options...)
	if err != nil {
		return nil, fmt.Errorf("ready the sign-in service: %w", err)
	}
	p := &Provider{
		cfg: cfg, storage: s, library: library,
		accounts: newThrottle(5, 10*time.Second, 15*time.Minute),
		peers:    newThrottle(30, 10*time.Second, 15*time.Minute),
		codes:    newThrottle(5, 30*time.Second, time.Hour),
		hashing:  make(chan struct{}, 2), decoy: sync.OnceValue(func() string { return cfg.hashing.hash(secret()) }),
	}
	p.server = &server{LegacyServer: op.NewLegacyServer(library, endpoints()), storage: s, issuer: cfg.Issuer, secure: !insecure}
	// The library's callback address would hand out the code to whoever knows the
	// request's id: the login page redirects by itself instead.
	p.protocol = op.RegisterLegacyServer(p.server, http.NotFound, op.WithServerCORSOptions(nil), op.WithFallbackLogger(cfg.Slog))
	p.verifier = newVerifier(&Verifier{issuer: cfg.Issuer, audience: audience, now: cfg.Now, keys: keys, ended: s.ended, kinds: cfg.Kinds})
	return p, nil
}

// endpoints are ours: the library's default set is one global that its options
// change in place.
func endpoints() op.Endpoints {
	return op.Endpoints{
		Authorization: op.NewEndpoint("authorize"), Token: op.NewEndpoint("token"), Userinfo: op.NewEndpoint("userinfo"),
		Revocation: op.NewEndpoint("revoke"), EndSession: op.NewEndpoint("end_session"), JwksURI: op.NewEndpoint("keys"),
	}
}

// Verifier verifies this provider's tokens without asking it over HTTP.
func (p *Provider) Verifier() *Verifier { return p.verifier }

// RotateKey retires the signing key; tokens signed with it stay good.
func (p *Provider) RotateKey(ctx context.Context) error { return p.storage.keys.rotate(ctx) }

// Close closes the provider's file.
func (p *Provider) Close() error {
	return errors.Join(p.storage.ended.close(), p.storage.store.db.Close())
}

// formLimit bounds the body of every request to the provider.
const formLimit = 64 << 10

// Handler serves the protocol and the login page; mount it under the path of
// the issuer with that path stripped.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", p.showLogin)
	mux.HandleFunc("POST /login", p.login)
	mux.HandleFunc("GET /signed-out", p.signedOut)
	mux.HandleFunc("/authorize", p.authorize)
	mux.HandleFunc("GET /style.css", p.style)
	mux.Handle("/", p.protocol)
	guarded := http.NewCrossOriginProtection()
	// The protocol's own endpoints carry their proof with them and are called by
	// programs; the login page is a form and belongs to its own origin.
	guarded.AddInsecureBypassPattern("/token")
	guarded.AddInsecureBypassPattern("/revoke")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, formLimit)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		guarded.Handler(mux).ServeHTTP(w, r)
	})
}
