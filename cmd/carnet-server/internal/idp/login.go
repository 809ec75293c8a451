package idp

import (
	"bytes"
	"context"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// loginPage is what the template shows.
type loginPage struct {
	Lang     string
	Other    string // the other language's code
	T        map[string]string
	Request  string
	Portal   bool   // the patients' pages ask
	Code     bool   // the second step
	Login    string // typed before, kept on a failure
	Problem  string // a key of T, "" when there is none
	Minutes  int    // to wait, with Problem throttled
	Accounts []Account
}

// underWay finds the sign-in that a request of its own browser is about.
func (p *Provider) underWay(r *http.Request) (*authRequest, bool) {
	a, ok := p.storage.requests.get(r.FormValue("request"), p.storage.now())
	if !ok || a.Done() || !sameBrowser(r, a) {
		return nil, false
	}
	return a, true
}

// showLogin shows the form of a sign-in under way: the password's, and after
// it the second factor's.
func (p *Provider) showLogin(w http.ResponseWriter, r *http.Request) {
	a, ok := p.underWay(r)
	if !ok {
		p.render(w, r, http.StatusBadRequest, nil, loginPage{Problem: "gone"})
		return
	}
	p.render(w, r, http.StatusOK, a, loginPage{})
}

// login takes one step of a sign-in: a password, a code of the second factor,
// or in demo mode the choice of an account. After the last one the browser
// goes back to the application with a code.
func (p *Provider) login(w http.ResponseWriter, r *http.Request) {
	a, ok := p.underWay(r)
	if !ok {
		p.render(w, r, http.StatusBadRequest, nil, loginPage{Problem: "gone"})
		return
	}
	if a.half != nil {
		p.secondStep(w, r, a)
		return
	}
	who, problem, wait := p.authenticate(r)
	if kind := who.claims.kind(); problem == "" && (clientOf(kind) != a.asked.ClientID || !slices.Contains(p.cfg.Kinds, kind)) {
		problem = "elsewhere" // said to who gave the right password alone
	}
	switch {
	case problem != "":
		p.refuse(w, r, a, problem, wait)
	case who.factor:
		p.askCode(w, r, a, who)
	default:
		p.enter(w, r, a, who)
	}
}

// askCode goes on to the second factor, under a new id and a new cookie.
func (p *Provider) askCode(w http.ResponseWriter, r *http.Request, a *authRequest, who person) {
	value := secret()
	next, ok := p.storage.requests.halfway(a.id, who, hashOf(value))
	if !ok {
		p.render(w, r, http.StatusBadRequest, nil, loginPage{Problem: "gone"})
		return
	}
	http.SetCookie(w, p.server.cookie(value))
	q := url.Values{"request": {next.id}}
	if lang := r.URL.Query().Get("lang"); lang != "" {
		q.Set("lang", lang)
	}
	http.Redirect(w, r, p.storage.login+"?"+q.Encode(), http.StatusSeeOther)
}

// secondStep takes a code of the second factor, or a recovery code.
func (p *Provider) secondStep(w http.ResponseWriter, r *http.Request, a *authRequest) {
	if problem, wait := p.checkCode(r.Context(), a.half.subject, r.PostFormValue("code"), peer(r)); problem != "" {
		p.refuse(w, r, a, problem, wait)
		return
	}
	p.enter(w, r, a, *a.half)
}

// enter completes a sign-in and sends the browser back to the application.
func (p *Provider) enter(w http.ResponseWriter, r *http.Request, a *authRequest, who person) {
	address, err := p.complete(r.Context(), a, who, agentWords(r.UserAgent()))
	if err != nil {
		p.cfg.Log.WithError(err).Error("sign-in not completed")
		p.render(w, r, http.StatusServiceUnavailable, a, loginPage{Problem: "down"})
		return
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// refuse shows the form again with what is wrong.
func (p *Provider) refuse(w http.ResponseWriter, r *http.Request, a *authRequest, problem string, wait time.Duration) {
	status := http.StatusUnauthorized
	switch problem {
	case "throttled":
		status = http.StatusTooManyRequests
	case "down":
		status = http.StatusServiceUnavailable
	case "elsewhere":
		status = http.StatusForbidden
	}
	p.cfg.Log.WithField("reason", problem).Info("sign-in refused")
	p.render(w, r, status, a, loginPage{Problem: problem, Login: r.PostFormValue("login"), Minutes: int(wait.Minutes()) + 1})
}

// authenticate says who is at the form; problem is a key of the texts.
func (p *Provider) authenticate(r *http.Request) (who person, problem string, wait time.Duration) {
	if id := r.PostFormValue("account"); id != "" {
		who, ok := p.demoPerson(r, id)
		if !ok {
			return person{}, "wrong", 0
		}
		return who, "", 0
	}
	return p.password(r.Context(), fold(r.PostFormValue("login")), r.PostFormValue("password"), peer(r))
}

// password checks login and password, throttled by account and by address.
func (p *Provider) password(ctx context.Context, login, password, peer string) (who person, problem string, wait time.Duration) {
	now := p.storage.now()
	if wait := max(p.accounts.wait(login, now), p.peers.wait(peer, now)); wait > 0 {
		return person{}, "throttled", wait
	}
	if len(password) > MaxPassword || len(login) > 64 {
		return person{}, "wrong", 0
	}
	p.accounts.failed(login, now)
	p.peers.failed(peer, now)
	// Each hash takes 64 MiB: a few at a time, the others wait their turn.
	select {
	case p.hashing <- struct{}{}:
		defer func() { <-p.hashing }()
	case <-ctx.Done():
		return person{}, "down", 0
	}
	who, ok, err := p.storage.store.checkPassword(ctx, login, password, p.decoy())
	if err != nil {
		p.cfg.Log.WithError(err).Error("accounts cannot be read")
		return person{}, "down", 0
	}
	if !ok {
		return person{}, "wrong", 0
	}
	p.accounts.succeeded(login)
	p.peers.forgive(peer)
	return who, "", 0
}

// checkCode checks a code of the second factor, throttled by account and by
// address.
func (p *Provider) checkCode(ctx context.Context, subject, typed, peer string) (problem string, wait time.Duration) {
	now := p.storage.now()
	if wait := max(p.codes.wait(subject, now), p.peers.wait(peer, now)); wait > 0 {
		return "throttled", wait
	}
	p.codes.failed(subject, now)
	p.peers.failed(peer, now)
	ok, err := p.storage.store.useFactor(ctx, subject, typed, now)
	if err != nil {
		p.cfg.Log.WithError(err).Error("accounts cannot be read")
		return "down", 0
	}
	if !ok {
		return "wrongCode", 0
	}
	p.codes.succeeded(subject)
	p.peers.forgive(peer)
	return "", 0
}

// peer is the address that attempts are counted for: the whole /64 of an IPv6
// one, which a single subscriber has to themselves.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	ip := net.ParseIP(host)
	if ip == nil || ip.To4() != nil {
		return host
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}

// complete starts the sign-in and gives the address to return to.
func (p *Provider) complete(ctx context.Context, a *authRequest, who person, agent string) (string, error) {
	now := p.storage.now()
	in, err := p.storage.store.startSignIn(ctx, signIn{
		subject: who.subject, client: a.asked.ClientID, scopes: a.asked.Scopes, started: now, ends: now.Add(p.cfg.SignInLife),
	})
	if err != nil {
		return "", err
	}
	if err := p.storage.store.markPresence(ctx, in.id, agent, now); err != nil {
		return "", err
	}
	done, ok := p.storage.requests.finish(a.id, in)
	if !ok {
		return "", errEnded
	}
	return op.BuildAuthResponseCallbackURL(op.ContextWithIssuer(ctx, p.cfg.Issuer), done, p.library)
}

// render writes the page. a may be nil; then there is no form.
func (p *Provider) render(w http.ResponseWriter, r *http.Request, status int, a *authRequest, page loginPage) {
	page.Lang, page.Other = languageOf(r, a), "en"
	if page.Lang == "en" {
		page.Other = "fr"
	}
	page.T = texts[page.Lang]
	target := ""
	if a != nil {
		page.Request, page.Code, page.Portal = a.id, a.half != nil, a.asked.ClientID == PortalClient
		if loopback(r) && !page.Code {
			page.Accounts = p.demoFor(a.asked.ClientID)
		}
		// Browsers apply form-action to the redirect that answers the form too.
		if u, err := url.Parse(a.asked.RedirectURI); err == nil {
			target = " " + u.Scheme + "://" + u.Host
		}
	}
	var out bytes.Buffer
	if err := loginTemplate.Execute(&out, page); err != nil {
		p.cfg.Log.WithError(err).Error("login page not made")
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'"+target+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

// languageOf chooses French unless English was asked for: by the link on the
// page, by the application, or by the browser.
func languageOf(r *http.Request, a *authRequest) string {
	wish := r.URL.Query().Get("lang")
	if wish == "" && a != nil && len(a.asked.UILocales) > 0 {
		wish = a.asked.UILocales[0].String()
	}
	if wish == "" {
		wish = r.Header.Get("Accept-Language")
	}
	if strings.HasPrefix(strings.ToLower(wish), "en") {
		return "en"
	}
	return "fr"
}

// signedOut is where the end of a session leads.
func (p *Provider) signedOut(w http.ResponseWriter, r *http.Request) {
	p.render(w, r, http.StatusOK, nil, loginPage{Problem: "signedOut"})
}

// style serves the page's one stylesheet.
func (p *Provider) style(w http.ResponseWriter, _ *http.Request) {
	css, err := pages.ReadFile("style.css")
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(css)
}

// loginTemplate is compiled once, as a table would be.
var loginTemplate = template.Must(template.ParseFS(pages, "login.html"))
