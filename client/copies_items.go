package client

import (
	"context"

	"carnet/client/fhir"
)

// CopiedProfile is the health profile as an offline copy holds it: every item that
// the copy's holder may read, in the order of Profiles.Items, and the care team.
type CopiedProfile struct {
	Items []Item
	Team  []CareMember
}

// ProfileCopies are Copies that give the health profile, too. Fetching it for a
// copy is a working copy, and no access.
type ProfileCopies interface {
	// CopyProfile gives the whole profile for a copy. Errors: NoConsent when the
	// lease no longer runs; NotFound from a server that gives none.
	CopyProfile(ctx context.Context, lease, patientID string) (CopiedProfile, error)
}

var _ ProfileCopies = (*HTTP)(nil)

// CopyProfile gives the health profile for a copy.
func (h *HTTP) CopyProfile(ctx context.Context, lease, patientID string) (CopiedProfile, error) {
	got, err := h.operate(ctx, request{op: "CopyProfile", path: fhir.OperationCopyProfile, body: fhir.LeaseParameters(lease, "")})
	if err != nil {
		return CopiedProfile{}, err
	}
	p, err := fhir.ParseCopyProfile(got.body)
	if err != nil {
		return CopiedProfile{}, err
	}
	if p.PatientID != patientID {
		return CopiedProfile{}, fhir.E(fhir.Malformed, "La copie du profil de santé est celle de quelqu’un d’autre.")
	}
	out := CopiedProfile{Team: p.Team}
	for _, e := range p.Items {
		i, err := fhir.ParseItem(e.Resource)
		if err != nil {
			return CopiedProfile{}, err
		}
		out.Items = append(out.Items, i)
	}
	return out, nil
}
