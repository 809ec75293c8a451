package httpapi

import (
	"net/http"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// takeCopy answers Patient/[id]/$copy: leave to keep a copy of the record for
// offline use.
func (c *call) takeCopy() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	if _, err := c.arguments(); err != nil {
		return err
	}
	l, err := c.Records.TakeCopy(c.r.Context(), c.p, c.session(), c.id())
	if err != nil {
		return err
	}
	c.json(http.StatusOK, leaseOf(l).JSON())
	return nil
}

func leaseOf(l record.Lease) fhir.OfflineLease {
	return fhir.OfflineLease{ID: l.ID, Basis: l.Basis, Until: l.Until, Stamp: l.Stamp, Shared: l.Shared}
}

// parameters reads the body of an operation that takes lists.
func (c *call) parameters() ([]byte, error) {
	if err := c.wantsJSON(); err != nil {
		return nil, err
	}
	if err := c.resourceBody(); err != nil {
		return nil, err
	}
	return c.checkedBody("Parameters")
}

// checkCopies answers $check-copies: how many copies stand, in one answer.
func (c *call) checkCopies() error {
	body, err := c.parameters()
	if err != nil {
		return err
	}
	asked, err := fhir.ParseCopyChecks(body)
	if err != nil {
		return err
	}
	states, err := c.Records.CheckCopies(c.r.Context(), c.p, asked)
	if err != nil {
		return err
	}
	c.json(http.StatusOK, fhir.CopyStatesJSON(states))
	return nil
}

// copyChanges answers $copy-changes: what became of a copied record.
func (c *call) copyChanges() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	args, err := c.arguments()
	if err != nil {
		return err
	}
	if args["lease"] == "" {
		return noLease()
	}
	changes, err := c.Records.CopyChanges(c.r.Context(), c.p, args["lease"], args["since"])
	if err != nil {
		return err
	}
	c.json(http.StatusOK, changes.JSON())
	return nil
}

// copyProfile answers $copy-profile: the health profile for a copy.
func (c *call) copyProfile() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	args, err := c.arguments()
	if err != nil {
		return err
	}
	if args["lease"] == "" {
		return noLease()
	}
	profile, err := c.Records.CopyProfile(c.r.Context(), c.p, args["lease"])
	if err != nil {
		return err
	}
	c.json(http.StatusOK, profile.JSON())
	return nil
}

// copyPool answers $copy-pool: the caller works where they say, and may open what
// its members share.
func (c *call) copyPool() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	args, err := c.arguments()
	if err != nil {
		return err
	}
	pool, err := c.Records.CopyPool(c.r.Context(), c.p, args["pool"])
	if err != nil {
		return err
	}
	c.json(http.StatusOK, pool.JSON())
	return nil
}

// takeCopies answers $take-copies: leave to keep copies of what colleagues copied.
func (c *call) takeCopies() error {
	body, err := c.parameters()
	if err != nil {
		return err
	}
	patients, err := fhir.ParseTakeCopies(body)
	if err != nil {
		return err
	}
	leases, err := c.Records.TakeCopies(c.r.Context(), c.p, patients)
	if err != nil {
		return err
	}
	out := make([]fhir.SharedCopy, len(leases))
	for i, l := range leases {
		out[i] = fhir.SharedCopy{PatientID: l.Patient, Rights: l.Rights, OfflineLease: leaseOf(l)}
	}
	c.json(http.StatusOK, fhir.SharedCopiesJSON(out))
	return nil
}

// returnCopy answers $return-copy: a copy is gone.
func (c *call) returnCopy() error {
	args, err := c.arguments()
	if err != nil {
		return err
	}
	if args["lease"] == "" {
		return noLease()
	}
	if err := c.Records.ReturnCopy(c.r.Context(), c.p, args["lease"]); err != nil {
		return err
	}
	c.nothing(http.StatusNoContent)
	return nil
}

func noLease() error { return fhir.E(fhir.Required, "Le paramètre « lease » est demandé.") }

// reportReads answers $offline-reads: what was shown from copies.
func (c *call) reportReads() error {
	body, err := c.parameters()
	if err != nil {
		return err
	}
	reads, err := fhir.ParseOfflineReads(body)
	if err != nil {
		return err
	}
	receipts, err := c.Records.ReportReads(c.r.Context(), c.p, reads)
	if err != nil {
		return err
	}
	c.json(http.StatusOK, fhir.ReadReceiptsJSON(receipts))
	return nil
}
