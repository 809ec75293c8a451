package idp

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// DemoHandler serves GET /demo/accounts and POST /demo/token (form: account).
// With no demo account, or to whoever is not on this machine, nothing is there.
func (p *Provider) DemoHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /demo/accounts", p.demoAccounts)
	mux.HandleFunc("POST /demo/token", p.demoToken)
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(p.cfg.Demo) == 0 || !loopback(r) {
			http.NotFound(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, formLimit)
		w.Header().Set("Cache-Control", "no-store")
		guarded.ServeHTTP(w, r)
	})
}

// loopback tells a request from this machine that names this machine. The name
// matters: a web page elsewhere can make its own name point to 127.0.0.1.
func loopback(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().Unmap().IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// demoPerson finds a demo account by its short name.
func (p *Provider) demoPerson(r *http.Request, id string) (person, bool) {
	if !loopback(r) {
		return person{}, false
	}
	who, ok := p.storage.demo[demoSubject(id)]
	return who, ok
}

// demoFor lists the demo accounts that sign in to a client.
func (p *Provider) demoFor(client string) []Account {
	var out []Account
	for _, a := range p.cfg.Demo {
		if clientOf(a.Claims.kind()) == client {
			out = append(out, a)
		}
	}
	return out
}

// ListedAccount is one row of /demo/accounts.
type ListedAccount struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Role   string `json:"role"`
	GoodTo string `json:"goodTo"`
	Kind   string `json:"kind"` // Kind…
}

// List gives accounts as /demo/accounts does.
func List(accounts []Account) []ListedAccount {
	out := make([]ListedAccount, 0, len(accounts))
	for _, a := range accounts {
		out = append(out, ListedAccount{ID: a.ID, Name: a.Claims.Name, Role: a.Role, GoodTo: a.GoodTo, Kind: a.Claims.kind()})
	}
	return out
}

// demoAccounts lists the professionals, whom the desktop signs in; with
// ?client=carnet-portal those of the patients' pages.
func (p *Provider) demoAccounts(w http.ResponseWriter, r *http.Request) {
	client := DesktopClient
	if r.URL.Query().Get("client") == PortalClient {
		client = PortalClient
	}
	writeJSON(w, List(p.demoFor(client)))
}

// demoToken signs a demo account in without a browser. The refresh token keeps
// the same sign-in going, as it would after a browser's.
func (p *Provider) demoToken(w http.ResponseWriter, r *http.Request) {
	who, ok := p.demoPerson(r, r.PostFormValue("account"))
	if !ok {
		http.Error(w, "no such demo account", http.StatusNotFound)
		return
	}
	now, client := p.storage.now(), clientOf(who.claims.kind())
	in, err := p.storage.store.startSignIn(r.Context(), signIn{
		subject: who.subject, client: client, scopes: []string{oidc.ScopeOpenID}, started: now, ends: now.Add(p.cfg.SignInLife),
	})
	if err == nil {
		ctx := op.ContextWithIssuer(r.Context(), p.cfg.Issuer)
		var token, refresh string
		token, refresh, _, err = op.CreateAccessToken(ctx, &grant{in: in}, op.AccessTokenTypeJWT, p.library, application{id: client}, "")
		if err == nil {
			writeJSON(w, map[string]any{
				"access_token": token, "refresh_token": refresh, "token_type": "Bearer", "expires_in": int(p.cfg.AccessLife.Seconds()),
			})
			return
		}
	}
	p.cfg.Log.WithError(err).Error("demo token not made")
	http.Error(w, "no token now; try again", http.StatusServiceUnavailable)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the reader hung up: nothing to do
}
