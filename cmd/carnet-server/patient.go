package main

import (
	"context"
	"sync"
	"time"

	"carnet/cmd/carnet-server/internal/demo"
	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/portal"
)

// portalBack is where the provider sends who signed in on the patients' pages.
const portalBack = "/mon/retour"

// accounts is the provider as the patients' pages ask for it.
type accounts struct {
	*idp.Provider
	proofs *proofs
}

var _ portal.Accounts = accounts{}

// CreateCitizen makes a patient's account, in place of a lost one only for who
// proved by their own record, a moment ago, who they are.
func (a accounts) CreateCitizen(ctx context.Context, n portal.NewAccount) (recovery []string, err error) {
	recovery, err = a.Provider.CreateCitizen(ctx, idp.NewCitizen{
		Login: n.Login, Password: n.Password, Person: n.Person, Name: n.Name, Secret: n.Secret, Code: n.Code, Again: a.proofs.has(n.Person),
	})
	if err == nil {
		a.proofs.used(n.Person)
	}
	return recovery, err
}

// proofs remembers who activated their own record, and not a child's, until
// they made their account.
type proofs struct {
	now func() time.Time
	mu  sync.Mutex
	at  map[string]time.Time // by person
}

// proofLife is how long the pages wait for the account.
const proofLife = 30 * time.Minute

func newProofs(now func() time.Time) *proofs { return &proofs{now: now, at: map[string]time.Time{}} }

func (p *proofs) add(person string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for old, at := range p.at {
		if now.Sub(at) >= proofLife {
			delete(p.at, old)
		}
	}
	p.at[person] = now
}

func (p *proofs) has(person string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.at[person]
	return ok && p.now().Sub(at) < proofLife
}

func (p *proofs) used(person string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.at, person)
}

// Sessions lists a patient's sign-ins.
func (a accounts) Sessions(ctx context.Context, person string) ([]portal.SignIn, error) {
	list, err := a.Provider.Sessions(ctx, person)
	return signIns(list), err
}

// StaffSessions lists the sign-ins of somebody who serves patients.
func (a accounts) StaffSessions(ctx context.Context, account string) ([]portal.SignIn, error) {
	list, err := a.Provider.StaffSessions(ctx, account)
	return signIns(list), err
}

func signIns(list []idp.SignIn) []portal.SignIn {
	out := make([]portal.SignIn, 0, len(list))
	for _, in := range list {
		out = append(out, portal.SignIn{ID: in.ID, Started: in.Started, Seen: in.Seen, Agent: in.Agent})
	}
	return out
}

// demoPeople gives the demo's accounts as the provider knows accounts.
func demoPeople() ([]idp.Account, error) {
	var out []idp.Account
	for _, a := range demo.Accounts() {
		out = append(out, account(a, idp.Claims{
			NameID: a.NameID, Name: a.Name, Role: a.Profession, Specialty: a.Specialty,
			Organisation: a.Organisation, OrgName: a.OrgName, Sector: a.Sector,
		}))
	}
	citizens, err := demo.Citizens()
	if err != nil {
		return nil, err
	}
	for _, a := range citizens {
		claims := idp.Claims{Kind: idp.KindPatient, Person: a.Person, Name: a.Name}
		if a.StaffRole != "" {
			claims = idp.Claims{Kind: idp.KindStaff, Person: a.ID, StaffRole: a.StaffRole, Name: a.Name}
		}
		out = append(out, account(a, claims))
	}
	return out, nil
}

func account(a demo.Account, claims idp.Claims) idp.Account {
	return idp.Account{ID: a.ID, Role: a.Role, GoodTo: a.GoodTo, RoleEN: a.RoleEN, GoodToEN: a.GoodToEN, Claims: claims}
}
