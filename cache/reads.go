package cache

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// The journal's names: what is to be reported, and what the server refused for
// good, which stays for who looks into it.
const (
	readsPrefix   = "read/"
	refusedPrefix = "refused/"
	readsBatch    = 100 // reported in one request
)

// note notes that the list of documents was shown, or a document.
func (c *Cache) note(ctx context.Context, a client.Access, e *entry, documentID string) error {
	return c.journalled(ctx, a, e, client.OfflineRead{DocumentID: documentID})
}

// journalled puts an offline read into the journal and returns when it is on disk. The
// list, a document, or the profile, is one read in one opening of the record.
func (c *Cache) journalled(ctx context.Context, a client.Access, e *entry, r client.OfflineRead) error {
	once := e.Lease.ID + " " + a.Session + " " + r.DocumentID
	if r.Profile {
		once += "profile"
	}
	c.mu.RLock()
	had := c.noted[once]
	c.mu.RUnlock()
	if had {
		return nil
	}
	at, ok := c.clock.now()
	if !ok {
		return clockError(nil)
	}
	r.ID, r.Lease, r.PatientID, r.At, r.Mode = uuid.NewString(), e.Lease.ID, e.Patient.ID, at, fhir.ModeNormal
	value, err := json.Marshal(r)
	if err == nil {
		err = c.journal.Put(ctx, client.Note{Name: readsPrefix + r.ID, Value: value})
	}
	if err != nil {
		return diskError(err)
	}
	c.mu.Lock()
	c.noted[once] = true
	c.mu.Unlock()
	return nil
}

// Unreported gives the offline reads that the server has not kept yet.
func (c *Cache) Unreported(ctx context.Context) ([]client.OfflineRead, error) {
	notes, err := c.journal.List(ctx, readsPrefix)
	if err != nil {
		return nil, err
	}
	out := make([]client.OfflineRead, 0, len(notes))
	for _, n := range notes {
		var r client.OfflineRead
		if err := json.Unmarshal(n.Value, &r); err != nil {
			return nil, &client.Error{Code: fhir.Invalid, Message: "Le journal des lectures hors ligne est abîmé. Faites contrôler le disque.", Err: err}
		}
		out = append(out, r)
	}
	return out, nil
}

// reportReads hands the journal in. What is kept is forgotten; what can be tried
// again stays; what is refused for good is put apart.
func (c *Cache) reportReads(ctx context.Context, r *Synced) error {
	reads, err := c.Unreported(ctx)
	if err != nil {
		return err
	}
	for len(reads) > 0 {
		some := reads[:min(readsBatch, len(reads))]
		reads = reads[len(some):]
		r.Requests++
		receipts, err := c.copies.ReportReads(ctx, some)
		if err != nil {
			return err
		}
		if len(receipts) != len(some) {
			return &client.Error{Code: fhir.Malformed, Err: errors.New("cache: receipts do not fit the reads")}
		}
		var pages []client.Note
		for i, got := range receipts {
			if got.ID != some[i].ID {
				return &client.Error{Code: fhir.Malformed, Err: errors.New("cache: a receipt of another read")}
			}
			switch {
			case got.Kept:
				r.Reported++
			case got.Code != fhir.Invalid:
				continue
			default:
				r.Refused++
				value, err := json.Marshal(some[i])
				if err != nil {
					return err
				}
				pages = append(pages, client.Note{Name: refusedPrefix + got.ID, Value: value})
			}
			pages = append(pages, client.Note{Name: readsPrefix + got.ID})
		}
		if err := c.journal.Put(ctx, pages...); err != nil {
			return err
		}
	}
	return nil
}
