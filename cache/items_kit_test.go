package cache

import (
	"context"

	"carnet/client"
	"carnet/client/fhir"
)

// profile gives what may be read of a profile now, whatever the page.
func (l *leases) profile(ctx context.Context, patientID string) (out client.CopiedProfile) {
	a := client.Access{PatientID: patientID}
	if p, err := l.fake.Items(ctx, a, client.ItemQuery{Limit: 100_000}); err == nil {
		out.Items = p.Items
	}
	out.Team, _ = l.fake.CareTeam(ctx, a)
	return out
}

// CopyProfile implements client.ProfileCopies.
func (l *leases) CopyProfile(ctx context.Context, id, patientID string) (client.CopiedProfile, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.begin(ctx); err != nil {
		return client.CopiedProfile{}, err
	}
	x := l.held[id]
	if x == nil || x.ended || x.PatientID != patientID {
		return client.CopiedProfile{}, fhir.E(fhir.NoConsent, "over")
	}
	return l.profile(ctx, patientID), nil
}
