package cache

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
)

// Watch follows an access. A right to read that ends takes the copy with it. One that was
// opened offline ends, Forbidden, as soon as the server answers. While it does not, an
// access ends with its time, and the copy's.
func (c *Cache) Watch(ctx context.Context, a client.Access, f func(client.AccessEvent)) error {
	if strings.HasPrefix(a.Session, sessionPrefix) { // of no session that the server knows: who reads opens anew when it answers
		if _, err := c.Status(ctx); err != nil {
			return cmp.Or(c.overNow(a, f), err)
		}
		return fhir.E(fhir.Forbidden, "Le serveur répond de nouveau : rouvrez le dossier.")
	}
	err := c.Records.Watch(ctx, a, func(e client.AccessEvent) {
		if a.Mode != fhir.ModeBreakGlass && a.Mode != fhir.ModeCentre15 && e.Access.Refusal != "" && !slices.Contains(e.Access.Rights, fhir.RightRead) {
			c.purgeNow(a.PatientID)
		}
		f(e)
	})
	if offline(err) {
		return cmp.Or(c.overNow(a, f), err)
	}
	return err
}

// File files a document; without a server it is Offline, and the outbox's.
func (c *Cache) File(ctx context.Context, a client.Access, d client.Draft, p client.Progress) (client.Document, error) {
	return c.Records.File(ctx, online(a), d, p)
}

// Change alters a description; without a server it is Offline, and the outbox's.
func (c *Cache) Change(ctx context.Context, a client.Access, d client.Document, ch client.Change) (client.Document, error) {
	return c.Records.Change(ctx, online(a), d, ch)
}

// Undo withdraws a misfiled document; without a server it is Offline.
func (c *Cache) Undo(ctx context.Context, a client.Access, d client.Document) error {
	return c.Records.Undo(ctx, online(a), d)
}

// WithdrawOwn ends my authorisation, and the copy that rested on it.
func (c *Cache) WithdrawOwn(ctx context.Context, patientID string) error {
	err := c.Records.WithdrawOwn(ctx, patientID)
	if err == nil {
		c.purgeNow(patientID)
	}
	return err
}

// Forget drops the copy of a record at the wish of whose it is.
func (c *Cache) Forget(patientID string) { c.purgeNow(patientID) }
