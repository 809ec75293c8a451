package httpapi

import (
	"context"
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

// lists answers an operation that takes a list and gives one.
func lists[In, Out any](
	c *call, read func([]byte) (In, error), ask func(context.Context, record.Principal, In) (Out, error), write func(Out) []byte,
) error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	if err := c.resourceBody(); err != nil {
		return err
	}
	body, err := c.checkedBody("Parameters")
	if err != nil {
		return err
	}
	in, err := read(body)
	if err != nil {
		return err
	}
	out, err := ask(c.r.Context(), c.p, in)
	if err != nil {
		return err
	}
	c.json(http.StatusOK, write(out))
	return nil
}

// checkCopies answers $check-copies: how many copies stand, in one answer.
func (c *call) checkCopies() error {
	return lists(c, fhir.ParseCopyChecks, c.Records.CheckCopies, fhir.CopyStatesJSON)
}

// copyChanges answers $copy-changes: what became of a copied record.
func (c *call) copyChanges() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	args, err := c.ofCopy()
	if err != nil {
		return err
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
	args, err := c.ofCopy()
	if err != nil {
		return err
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
	return lists(c, fhir.ParseTakeCopies, c.Records.TakeCopies, sharedCopies)
}

func sharedCopies(leases []record.Lease) []byte {
	out := make([]fhir.SharedCopy, len(leases))
	for i, l := range leases {
		out[i] = fhir.SharedCopy{PatientID: l.Patient, Rights: l.Rights, OfflineLease: leaseOf(l)}
	}
	return fhir.SharedCopiesJSON(out)
}

// returnCopy answers $return-copy: a copy is gone.
func (c *call) returnCopy() error {
	args, err := c.ofCopy()
	if err != nil {
		return err
	}
	if err := c.Records.ReturnCopy(c.r.Context(), c.p, args["lease"]); err != nil {
		return err
	}
	c.nothing(http.StatusNoContent)
	return nil
}

// ofCopy reads the arguments of an operation on one copy, which name its lease.
func (c *call) ofCopy() (map[string]string, error) {
	args, err := c.arguments()
	if err == nil && args["lease"] == "" {
		err = fhir.E(fhir.Required, "Le paramètre « lease » est demandé.")
	}
	return args, err
}

// reportReads answers $offline-reads: what was shown from copies.
func (c *call) reportReads() error {
	return lists(c, fhir.ParseOfflineReads, c.Records.ReportReads, fhir.ReadReceiptsJSON)
}
