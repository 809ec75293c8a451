package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"carnet/cmd/carnet-server/internal/httpapi"
	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/lifecycle"
	"carnet/cmd/carnet-server/internal/portal"
)

// process is another process of the same server: it shares the data directory
// with the first, and nothing in memory.
func (w *world) process() (base string, accounts *idp.Provider, end func()) {
	w.Helper()
	log := logrus.New()
	log.SetOutput(w.log)
	origin := strings.TrimSuffix(w.base, httpapi.Base)
	provider, err := idp.Open(context.Background(), idp.Config{Issuer: origin + "/oidc", Dir: w.dir, Demo: citizens(), Portal: origin + "/mon/retour", Now: w.now, Log: log})
	w.must(err)
	handler, err := portal.New(portal.Config{
		Records: w.svc, Lifecycle: engine{lifecycle.New(lifecycle.Config{Records: w.svc, Now: w.now, Log: log})}, Accounts: pageAccounts{provider},
		URL: origin, Issuer: origin + "/oidc", ClientID: idp.PortalClient, SpoolDir: w.spool, Now: w.now, Log: log, Demo: true,
	})
	w.must(err)
	server := httptest.NewServer(handler)
	return server.URL, provider, func() {
		server.Close()
		w.must(provider.Close())
	}
}

// at opens a page of another process with the visitor's cookies.
func (v *visitor) at(base, path string) page {
	v.Helper()
	r, err := http.NewRequest("GET", base+path, nil)
	v.must(err)
	v.carry(r)
	res, err := traffic.Transport.RoundTrip(r)
	return v.keep(res, err)
}

// postAt sends a form to another process.
func (v *visitor) postAt(base, path, fields string) page {
	v.Helper()
	r, err := http.NewRequest("POST", base+path, strings.NewReader("csrf="+v.csrf+"&rec="+v.rec+"&"+fields))
	v.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	v.carry(r)
	res, err := traffic.Transport.RoundTrip(r)
	return v.keep(res, err)
}

func (v *visitor) carry(r *http.Request) {
	own, err := http.NewRequest("GET", strings.TrimSuffix(v.base, httpapi.Base)+"/mon/", nil)
	v.must(err)
	for _, c := range v.client.Jar.Cookies(own.URL) {
		r.AddCookie(c)
	}
}

// TestAVisitIsTheSameOnEveryProcess: what a browser's visit remembers, its
// forms and its end hold wherever the next request arrives, also after a restart.
func TestAVisitIsTheSameOnEveryProcess(t *testing.T) {
	w := newWorld(t)
	w.pages()
	w.document(alice, nurse)
	second, _, end := w.process()
	v := w.enters(alice)
	if p := v.at(second, "/mon/documents"); p.status != 200 || !strings.Contains(p.body, "Titre-secret-1") {
		t.Fatalf("on another process: %d %.300s", p.status, p.body)
	}
	v.post("/mon/documents/filtre", "mots", "introuvable")
	if p := v.at(second, "/mon/documents"); strings.Contains(p.body, "Titre-secret-1") {
		t.Error("a filter is not known on another process")
	}
	if p := v.postAt(second, "/mon/documents/filtre", "tout=1"); p.status != http.StatusSeeOther {
		t.Errorf("a form of one process sent to another: %d", p.status)
	}
	if p := v.get("/mon/documents"); !strings.Contains(p.body, "Titre-secret-1") {
		t.Error("what another process kept is not known")
	}
	end() // and starts again
	second, accounts, end := w.process()
	defer end()
	if p := v.at(second, "/mon/documents"); p.status != 200 || !strings.Contains(p.body, "Titre-secret-1") {
		t.Fatalf("after a restart: %d", p.status)
	}
	other := w.enters(alice)
	if p := v.postAt(second, "/mon/connexions/fermer", ""); p.status != http.StatusSeeOther {
		t.Fatalf("signing out everywhere on another process: %d", p.status)
	}
	for name, one := range map[string]*visitor{"the same visit": v, "another visit": other} {
		if p := one.get("/mon/documents"); strings.Contains(p.body, "Titre-secret-1") || p.at.Path != "/mon/" {
			t.Errorf("%s goes on at %s", name, p.at.Path)
		}
	}
	third := w.enters(alice)
	w.must(accounts.SignOutEverywhere(context.Background(), alice)) // by another door than the pages
	if p := third.get("/mon/documents"); strings.Contains(p.body, "Titre-secret-1") {
		t.Error("a visit outlives its sign-in")
	}
	desk, far := w.enters(operator), w.enters(operator)
	if p := desk.get("/mon/connexions"); strings.Count(p.body, `class="meta"`) != 2 {
		t.Errorf("an operator's sign-ins: %s", p.body)
	}
	desk.post("/mon/connexions/fermer")
	if p := far.at(second, "/mon/support"); p.status != http.StatusSeeOther {
		t.Errorf("an operator is still in: %d", p.status)
	}
}
