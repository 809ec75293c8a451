package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"

	"carnet/client/pdfcheck"
	"carnet/cmd/carnet-server/internal/demo"
	"carnet/cmd/carnet-server/internal/httpapi"
	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/record"
	"carnet/cmd/internal/buildinfo"
	"carnet/cmd/internal/logging"
)

// oidcPath is where the bundled provider is mounted.
const oidcPath = "/oidc"

// parts is the server put together.
type parts struct {
	handler http.Handler
	closers []func() error // in the order of making
}

// close closes the parts, the last made first: the store is closed when nobody
// asks it any more.
func (p *parts) close() error {
	var err error
	for i := len(p.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, p.closers[i]())
	}
	p.closers = nil
	return err
}

// assemble makes the parts and gives each what it needs. base is the public
// address.
func (m *Main) assemble(ctx context.Context, o options, base string, log *logrus.Logger) (_ *parts, err error) {
	p := &parts{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	spool, err := emptySpool(o.data)
	if err != nil {
		return nil, err
	}
	checker := pdfcheck.New(pdfcheck.Options{Strict: o.strictPDF, CacheDir: cacheDirectory(o.cacheDir)})
	p.closers = append(p.closers, checker.Close)
	service, err := record.Open(ctx, record.Config{
		Dir: o.data, Now: m.Now, Log: log, Gate: pdfcheck.ServerGate{Checker: checker, Lang: "fr"}, Demo: o.demo,
	})
	if err != nil {
		return nil, fmt.Errorf("the record store cannot be opened: %w", err)
	}
	p.closers = append(p.closers, service.Close)
	var people []idp.Account
	if o.demo {
		if err := demo.Seed(ctx, service, m.Now()); err != nil {
			return nil, fmt.Errorf("the fictional people cannot be made: %w", err)
		}
		people = demoPeople()
	}
	mux := http.NewServeMux()
	verifier, err := m.signIn(ctx, o, base, people, mux, p, log)
	if err != nil {
		return nil, err
	}
	mux.Handle("/", httpapi.New(httpapi.Config{
		Records: service, Verifier: verifier, Log: log, Now: m.Now, URL: base, Version: buildinfo.Version(), Demo: o.demo, SpoolDir: spool,
	}))
	p.handler = mux
	return p, nil
}

// signIn mounts the bundled provider, or trusts the foreign issuer.
func (m *Main) signIn(ctx context.Context, o options, base string, people []idp.Account, mux *http.ServeMux, p *parts, log *logrus.Logger) (*idp.Verifier, error) {
	if o.issuer != "" {
		return idp.NewVerifier(idp.VerifierConfig{Issuer: o.issuer, Audience: o.audience, Now: m.Now}), nil
	}
	provider, err := idp.Open(ctx, idp.Config{
		Issuer: base + oidcPath, Dir: o.data, Demo: people, Now: m.Now, Log: log, Slog: logging.Slog(log),
	})
	if err != nil {
		return nil, fmt.Errorf("the accounts cannot be opened: %w", err)
	}
	p.closers = append(p.closers, provider.Close)
	mux.Handle(oidcPath+"/", http.StripPrefix(oidcPath, provider.Handler()))
	mux.Handle("/demo/", provider.DemoHandler())
	return provider.Verifier(), nil
}

// demoPeople gives the demo's accounts as the provider knows accounts.
func demoPeople() []idp.Account {
	var out []idp.Account
	for _, a := range demo.Accounts() {
		out = append(out, idp.Account{
			ID: a.ID, Role: a.Role, GoodTo: a.GoodTo, RoleEN: a.RoleEN, GoodToEN: a.GoodToEN,
			Claims: idp.Claims{
				NameID: a.NameID, Name: a.Name, Role: a.Profession, Specialty: a.Specialty,
				Organisation: a.Organisation, OrgName: a.OrgName, Sector: a.Sector,
			},
		})
	}
	return out
}

// emptySpool makes the folder of uploads on their way and removes what a crash
// may have left there.
func emptySpool(data string) (string, error) {
	spool := filepath.Join(data, "spool")
	if err := errors.Join(os.RemoveAll(spool), os.MkdirAll(spool, 0o700)); err != nil {
		return "", fmt.Errorf("the spool folder cannot be made: %w", err)
	}
	return spool, nil
}

// cacheDirectory is where PDFium's compiled form is kept: as asked, or the
// user's cache directory, or nowhere.
func cacheDirectory(asked string) string {
	if asked != "" {
		return asked
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(user, "carnet-server")
}
