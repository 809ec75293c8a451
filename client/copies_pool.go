package client

import (
	"context"
	"slices"
	"time"

	"carnet/client/fhir"
)

// PoolKey is the server's word that somebody is a member of an establishment, and
// what lets them open what its members share on this computer.
type PoolKey struct {
	OrgID string
	Key   []byte    // 32 bytes; of this establishment and this pool alone
	Until time.Time // it is dropped then, unless it was asked for again
}

// SharedCopies are Copies that let the members of an establishment share, on one
// computer, what they copied of records. Each still takes a copy in their own name.
type SharedCopies interface {
	// CopyPool gives the key of a pool to a member of the caller's establishment.
	// Errors: Forbidden for who works in none; NotFound from a server that gives none.
	CopyPool(ctx context.Context, pool string) (PoolKey, error)
	// TakeCopies asks for leave to keep copies of records that other members copied:
	// a lease in the caller's own name for each that they may read by a right of the
	// establishment, and no word of the others. At most MaxTakenCopies.
	TakeCopies(ctx context.Context, patients []string) ([]TakenCopy, error)
}

// TakenCopy is a lease that was asked for without opening the record.
type TakenCopy struct {
	Lease
	Rights []string // of the caller, in normal mode: fhir.Right…
}

// MaxTakenCopies is how many copies are asked for at once.
const MaxTakenCopies = 100

var _ SharedCopies = (*HTTP)(nil)

// CopyPool asks for the key of a pool.
func (h *HTTP) CopyPool(ctx context.Context, pool string) (PoolKey, error) {
	got, err := h.operate(ctx, request{op: "CopyPool", path: fhir.OperationCopyPool, body: fhir.CopyPoolParameters(pool)})
	if err != nil {
		return PoolKey{}, err
	}
	p, err := fhir.ParseCopyPool(got.body)
	return PoolKey(p), err
}

// TakeCopies asks for leave to keep copies of what other members copied.
func (h *HTTP) TakeCopies(ctx context.Context, patients []string) ([]TakenCopy, error) {
	if ctx.Err() != nil {
		return nil, canceled(ctx)
	}
	if len(patients) > MaxTakenCopies {
		return nil, fhir.E(fhir.BadValue, "Trop de copies sont demandées à la fois.")
	}
	if len(patients) == 0 {
		return nil, nil
	}
	got, err := h.operate(ctx, request{op: "TakeCopies", path: fhir.OperationTakeCopies, body: fhir.TakeCopiesParameters(patients)})
	if err != nil {
		return nil, err
	}
	all, err := fhir.ParseSharedCopies(got.body)
	if err != nil {
		return nil, err
	}
	out := make([]TakenCopy, len(all))
	for i, c := range all {
		if !slices.Contains(patients, c.PatientID) {
			return nil, fhir.E(fhir.Malformed, "La réponse parle d’autres patients.")
		}
		out[i] = TakenCopy{Lease{ID: c.ID, PatientID: c.PatientID, Basis: c.Basis, Until: c.Until, Stamp: c.Stamp, Shared: c.Shared}, c.Rights}
	}
	return out, nil
}
