package session

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"html/template"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"carnet/client/fhir"
)

// browse signs in through the system's browser and gives the tokens and the
// verified sub.
func (s *Session) browse(ctx context.Context, p *oidc.Provider, show func(string)) (*oauth2.Token, string, error) {
	back, err := listen(ctx, random(), s.cfg.Lang)
	if err != nil {
		return nil, "", err
	}
	defer back.close()
	nonce, verifier := random(), oauth2.GenerateVerifier()
	config := s.oauth(p, back.address)
	address := config.AuthCodeURL(back.state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("ui_locales", back.lang))
	if show != nil {
		show(address)
	}
	if s.cfg.Browser != nil {
		// It may fail where no browser is known: the address is on the screen.
		_ = s.cfg.Browser(address)
	}
	code, err := back.wait(ctx)
	if err != nil {
		return nil, "", err
	}
	tok, err := config.Exchange(s.with(ctx), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, "", problem(ctx, err)
	}
	subject, err := s.verifyID(ctx, p, tok, nonce)
	return tok, subject, err
}

// verifyID verifies the ID token and gives its sub.
func (s *Session) verifyID(ctx context.Context, p *oidc.Provider, tok *oauth2.Token, nonce string) (string, error) {
	raw, _ := tok.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: s.cfg.ClientID, Now: s.cfg.Now}).Verify(s.with(ctx), raw)
	if err == nil && subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		err = errors.New("nonce differs")
	}
	if err == nil && id.AccessTokenHash != "" {
		err = id.VerifyAccessToken(tok.AccessToken)
	}
	if err != nil {
		return "", &fhir.Error{Code: fhir.Invalid, Message: "La réponse du service de connexion n'est pas sûre : reconnectez-vous.", Err: err}
	}
	return id.Subject, nil
}

// random gives 192 bits as text.
func random() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

// answer is what came back to the loopback address.
type answer struct{ code, refusal string }

// loopback is the address that the browser comes back to, open for one sign-in.
type loopback struct {
	address string
	state   string
	lang    string
	server  *http.Server
	got     chan answer
	once    sync.Once
}

// listen opens a loopback address on a port of the system's choice.
func listen(ctx context.Context, state, lang string) (*loopback, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, &fhir.Error{Code: fhir.Unavailable, Message: "Cet ordinateur ne permet pas le retour de la connexion : prévenez la personne qui s'en occupe.", Err: err}
	}
	if lang != "en" {
		lang = "fr"
	}
	b := &loopback{address: "http://" + l.Addr().String() + "/callback", state: state, lang: lang, got: make(chan answer, 1)}
	b.server = &http.Server{Handler: b, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 64 << 10}
	go func() { _ = b.server.Serve(l) }() // ends with close
	return b, nil
}

// close lets the browser finish reading its page, then shuts the address.
func (b *loopback) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if b.server.Shutdown(ctx) != nil {
		_ = b.server.Close()
	}
}

// wait gives the code.
func (b *loopback) wait(ctx context.Context) (string, error) {
	select {
	case a := <-b.got:
		if a.refusal != "" {
			return "", fhir.E(fhir.Unauthenticated, "La connexion n'a pas abouti dans le navigateur : recommencez.")
		}
		return a.code, nil
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return "", &fhir.Error{Code: fhir.Unauthenticated, Message: "La connexion a pris trop de temps : recommencez.", Err: ctx.Err()}
		}
		return "", &fhir.Error{Code: fhir.Canceled, Err: ctx.Err()}
	}
}

// ServeHTTP takes the one answer that carries our state. Anything else, from
// whatever page or program on this computer, changes nothing.
func (b *loopback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if r.Method != http.MethodGet || r.URL.Path != "/callback" || "http://"+r.Host+"/callback" != b.address {
		http.NotFound(w, r)
		return
	}
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(b.state)) != 1 || (q.Get("code") == "" && q.Get("error") == "") {
		b.page(w, http.StatusBadRequest, "foreign")
		return
	}
	first := false
	b.once.Do(func() {
		first = true
		b.got <- answer{code: q.Get("code"), refusal: q.Get("error")}
	})
	switch {
	case !first:
		b.page(w, http.StatusGone, "foreign")
	case q.Get("error") != "":
		b.page(w, http.StatusOK, "refused")
	default:
		b.page(w, http.StatusOK, "done")
	}
}

func (b *loopback) page(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Connection", "close")
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, map[string]string{"Lang": b.lang, "Text": pageTexts[b.lang][text]}) // the browser hung up: nothing to do
}

// pageTexts are the words of the page. Every key is in both languages.
var pageTexts = map[string]map[string]string{
	"fr": {
		"done":    "Vous êtes connecté. Fermez cette page et revenez à l'application Carnet.",
		"refused": "La connexion n'a pas abouti. Fermez cette page, revenez à l'application Carnet et recommencez.",
		"foreign": "Cette page ne correspond pas à une connexion en cours. Revenez à l'application Carnet.",
	},
	"en": {
		"done":    "You are signed in. Close this page and go back to the Carnet application.",
		"refused": "The sign-in was not completed. Close this page, go back to the Carnet application and try again.",
		"foreign": "This page does not belong to a sign-in under way. Go back to the Carnet application.",
	},
}

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Carnet</title>
<style>:root{color-scheme:light dark}body{font:1.125rem/1.5 system-ui,sans-serif;max-width:32rem;margin:12vh auto;padding:0 1.25rem}</style></head>
<body><main><h1>Carnet</h1><p role="status">{{.Text}}</p></main></body></html>
`))
