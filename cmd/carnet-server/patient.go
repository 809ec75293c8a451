package main

import (
	"context"

	"carnet/cmd/carnet-server/internal/demo"
	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/portal"
)

// portalBack is where the provider sends who signed in on the patients' pages.
const portalBack = "/mon/retour"

// accounts is the provider as the patients' pages ask for it.
type accounts struct{ *idp.Provider }

var _ portal.Accounts = accounts{}

// CreateCitizen makes a patient's account.
func (a accounts) CreateCitizen(ctx context.Context, n portal.NewAccount) (recovery []string, err error) {
	return a.Provider.CreateCitizen(ctx, idp.NewCitizen(n))
}

// Sessions lists a patient's sign-ins.
func (a accounts) Sessions(ctx context.Context, person string) ([]portal.SignIn, error) {
	list, err := a.Provider.Sessions(ctx, person)
	out := make([]portal.SignIn, 0, len(list))
	for _, in := range list {
		out = append(out, portal.SignIn{ID: in.ID, Started: in.Started, Seen: in.Seen, Agent: in.Agent})
	}
	return out, err
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
