package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

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
	stop    []func()       // told at once that the server stops: what lasts must end
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

// assembly makes the parts and gives each what it needs.
type assembly struct {
	options
	base   string // public address
	now    func() time.Time
	log    *logrus.Logger
	mux    *http.ServeMux
	parts  *parts
	people []idp.Account // of the demo
}

// assemble puts the server together; on an error nothing is left open.
func (m *Main) assemble(ctx context.Context, o options, base string, log *logrus.Logger) (*parts, error) {
	a := &assembly{options: o, base: base, now: m.Now, log: log, mux: http.NewServeMux(), parts: &parts{}}
	if err := a.make(ctx); err != nil {
		return nil, errors.Join(err, a.parts.close())
	}
	a.parts.handler = a.mux
	return a.parts, nil
}

func (a *assembly) make(ctx context.Context) error {
	spool, err := emptySpool(a.data)
	if err != nil {
		return err
	}
	service, err := a.records(ctx)
	if err != nil {
		return err
	}
	provider, verifier, err := a.signIn(ctx)
	if err != nil {
		return err
	}
	if err := a.pages(ctx, service, provider, spool); err != nil {
		return err
	}
	api := httpapi.New(httpapi.Config{
		Records: service, Holders: service, Letters: service, Verifier: verifier, Log: a.log, Now: a.now, URL: a.base, Version: buildinfo.Version(), Demo: a.demo, SpoolDir: spool,
	})
	a.mux.Handle("/", api)
	a.parts.stop = append(a.parts.stop, api.EndStreams)
	return nil
}

// records opens the record store behind the PDF gate, and fills a demo's.
func (a *assembly) records(ctx context.Context) (*record.Service, error) {
	checker := pdfcheck.New(pdfcheck.Options{Workers: a.intake.checks, Strict: a.strictPDF, CacheDir: cacheDirectory(a.cacheDir)})
	a.parts.closers = append(a.parts.closers, checker.Close)
	clock := demo.NewClock(a.now)
	service, err := record.Open(ctx, record.Config{
		Dir: a.data, Now: clock.Now, Log: a.log, Gate: pdfcheck.ServerGate{Checker: checker, Lang: "fr"}, Intake: a.intake.intake(),
		Demo: a.demo, Memory: a.memory.lists(),
	})
	if err != nil {
		return nil, fmt.Errorf("the record store cannot be opened: %w", err)
	}
	a.parts.closers = append(a.parts.closers, service.Close)
	if a.demo {
		if err := demo.Start(ctx, service, clock); err != nil {
			return nil, fmt.Errorf("the fictional people cannot be made: %w", err)
		}
		if err := writeKind(a.data, kindDemo); err != nil {
			return nil, err
		}
		if a.people, err = demoPeople(); err != nil {
			return nil, err
		}
	}
	return service, nil
}

// signIn mounts the bundled provider. Where a foreign issuer signs the
// professionals in, it is for patients and those who serve them alone.
func (a *assembly) signIn(ctx context.Context) (*idp.Provider, httpapi.Verifier, error) {
	cfg := idp.Config{
		Issuer: a.base + oidcPath, Dir: a.data, Demo: a.people, Portal: a.base + portalBack, Now: a.now, Log: a.log, Slog: logging.Slog(a.log),
	}
	if a.issuer != "" {
		cfg.Kinds = []string{idp.KindPatient, idp.KindStaff}
	}
	provider, err := idp.Open(ctx, cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("the accounts cannot be opened: %w", err)
	}
	a.parts.closers = append(a.parts.closers, provider.Close)
	a.mux.Handle(oidcPath+"/", http.StripPrefix(oidcPath, provider.Handler()))
	a.mux.Handle("/demo/", provider.DemoHandler())
	if a.issuer == "" {
		return provider, provider.Verifier(), nil
	}
	foreign := idp.NewVerifier(idp.VerifierConfig{Issuer: a.issuer, Audience: a.audience, Now: a.now})
	return provider, idp.Among{foreign, provider.Verifier()}, nil
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
