package cache

import (
	"context"
	"errors"
	"slices"

	"carnet/client"
	"carnet/client/fhir"
)

// confirmMember asks whether the reader still works where they share; who does not
// keeps nothing of what is shared.
func (c *Cache) confirmMember(ctx context.Context, r *Synced) error {
	if c.pool == nil {
		return nil
	}
	now, _ := c.clock.now()
	told, over, err := c.pool.confirm(ctx, now)
	if told {
		r.Requests++
	}
	if over {
		gone := c.pooled()
		r.Purged += len(gone)
		err = errors.Join(err, c.forget(gone...))
	}
	return err
}

// takeShared begins copies of the records that colleagues served lately: each under a
// lease of the reader's own, which the server gives where the establishment has the
// right and nothing keeps this reader out.
func (c *Cache) takeShared(ctx context.Context, pending map[string]Pending, r *Synced) error {
	now, _ := c.clock.now()
	all, err := c.colleagues(now)
	if err != nil {
		return err
	}
	var failed error
	for some := range slices.Chunk(all, client.MaxTakenCopies) {
		ids := make([]string, len(some))
		for i, s := range some {
			ids[i] = s.Patient.ID
		}
		r.Requests++
		given, err := c.pool.Server.TakeCopies(ctx, ids)
		if err != nil {
			return err
		}
		for _, s := range some {
			i := slices.IndexFunc(given, func(l client.TakenCopy) bool { return l.PatientID == s.Patient.ID })
			if i < 0 {
				c.mu.Lock()
				c.declined[s.Patient.ID] = now
				c.mu.Unlock()
				continue
			}
			l := given[i]
			a := client.Access{PatientID: l.PatientID, Mode: fhir.ModeNormal, Basis: l.Basis, Rights: l.Rights}
			err := c.begin(ctx, head{Patient: s.Patient, Lease: l.Lease, Access: a, AsOf: now, Opened: s.Opened}, pending, r)
			if stops(err) {
				return err
			} else if err != nil {
				failed = err
			}
		}
	}
	return failed
}
