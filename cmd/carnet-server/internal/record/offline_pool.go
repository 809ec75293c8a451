package record

import (
	"context"

	"github.com/google/uuid"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
)

// CopyPool confirms that the caller works in an establishment, and gives them the
// key of a pool of its: what its members share on one computer of their copies. A
// key is of one establishment and one pool, the same for each member and never
// kept: who works elsewhere tomorrow is given another one. It opens nothing alone:
// what is in a pool opens with what the server told the member of it under their
// own lease. Nothing of a record is told, so it is not logged. Errors: BadValue for
// a pool that is none, Forbidden for who works in no establishment.
func (s *Service) CopyPool(ctx context.Context, p Principal, pool string) (fhir.CopyPool, error) {
	if err := p.check(); err != nil {
		return fhir.CopyPool{}, err
	}
	if p.OrgID == "" {
		return fhir.CopyPool{}, refused(consent.RefusalFunction)
	}
	if _, err := uuid.Parse(pool); err != nil {
		return fhir.CopyPool{}, fhir.E(fhir.BadValue, "Cet espace partagé n’en est pas un\u00a0: recommencez.")
	}
	if err := ctx.Err(); err != nil {
		return fhir.CopyPool{}, fhir.Wrap(fhir.Canceled, err)
	}
	key, err := s.st.Keys().Pool(p.OrgID, pool)
	return fhir.CopyPool{OrgID: p.OrgID, Key: key, Until: s.now().Add(leaseTime)}, fault(err)
}
