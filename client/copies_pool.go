package client

import (
	"context"
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
}

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
