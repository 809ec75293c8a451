package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/lifecycle"
	"carnet/cmd/carnet-server/internal/portal"
	"carnet/cmd/carnet-server/internal/record"
)

// portalPath is where the patients' pages are mounted; the server's first page
// leads there.
const portalPath = "/mon/"

// pages mounts the patients' pages and runs what falls due in the life of
// records, until the parts are closed.
func (a *assembly) pages(ctx context.Context, service *record.Service, provider *idp.Provider, spool string) error {
	sender, err := a.sender()
	if err != nil {
		return err
	}
	life := lifecycle.Config{Records: service, Sender: sender, Address: a.base + portalPath, Now: a.now, Log: a.log}
	if a.former != "" {
		life.Former = &lifecycle.Former{Dir: a.former, Records: service}
	}
	life.Leave = leaving{service, provider}.leave
	engine := lifecycle.New(life)
	proofs := newProofs(a.now)
	handler, err := portal.New(portal.Config{
		Records: service, Lifecycle: lives{engine, service, proofs}, Accounts: accounts{provider, proofs},
		URL: a.base, Issuer: a.base + oidcPath, ClientID: idp.PortalClient, Redirect: a.base + portalBack,
		HTTP: inside{base: a.base, handler: a.mux}.client(), SpoolDir: spool, Now: a.now, Log: a.log, Demo: a.demo,
	})
	if err != nil {
		return fmt.Errorf("the patients' pages cannot be made: %w", err)
	}
	a.mux.Handle(portalPath, handler)
	a.mux.Handle("GET /{$}", http.RedirectHandler(portalPath, http.StatusSeeOther))
	a.background(ctx, engine.Run)
	a.background(ctx, notices{service, sender, a.log, a.now}.run)
	return nil
}

// background runs something until the parts are closed, and waits for its end
// before what it uses is closed.
func (a *assembly) background(ctx context.Context, run func(context.Context)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() { run(ctx) })
	a.parts.closers = append(a.parts.closers, func() error {
		cancel()
		done.Wait()
		return nil
	})
}

// leaving takes accounts away of persons whose record is erased.
type leaving struct {
	records  *record.Service
	accounts *idp.Provider
}

// leave removes a person's account, unless they reach somebody else's record
// with it. Staff and professionals have accounts of another kind, which stay.
func (l leaving) leave(ctx context.Context, person string) error {
	stays, err := l.records.EntersOthers(ctx, person)
	if err != nil || stays {
		return err
	}
	return l.accounts.RemoveCitizen(ctx, person)
}

// lives is the lifecycle as the patients' pages ask for it.
type lives struct {
	*lifecycle.Engine
	records *record.Service
	proofs  *proofs
}

var _ portal.Lifecycle = lives{}

// RenewCode takes the wish for a new code.
func (l lives) RenewCode(ctx context.Context, r portal.Renewal) error {
	return l.Engine.RenewCode(ctx, lifecycle.Renewal(r))
}

// Activate makes a record the person's own, and remembers who proved so who
// they are: not a parent by a child's code.
func (l lives) Activate(ctx context.Context, a portal.Activation) (person string, err error) {
	if person, err = l.Engine.Activate(ctx, lifecycle.Activation(a)); err != nil {
		return "", err
	}
	life, err := l.records.LifeByINS(ctx, a.INS)
	if err == nil && life.Patient == person {
		l.proofs.add(person)
	}
	return person, err
}
