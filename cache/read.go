package cache

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/google/uuid"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

// sessionPrefix begins the sessions of records that were opened offline; the
// server never sees one.
const sessionPrefix = "copie:"

// online is an access as the server may be asked with: one that was opened
// offline goes on in normal mode, without a session.
func online(a client.Access) client.Access {
	if strings.HasPrefix(a.Session, sessionPrefix) {
		a.Session = ""
	}
	return a
}

// Open enters a record. Offline it gives the rights of the copy that can be used
// without a server: reading, and filing and changing through the outbox. An emergency mode is
// never granted offline.
func (c *Cache) Open(ctx context.Context, patientID string, how client.OpenRequest) (client.Access, error) {
	a, err := c.Records.Open(ctx, patientID, how)
	if !offline(err) {
		c.answered(patientID, how, a, err)
		return a, err
	}
	if how.Mode != "" && how.Mode != fhir.ModeNormal {
		return client.Access{}, &client.Error{Code: fhir.Offline, Message: "Le serveur ne répond pas : un accès d’urgence a besoin de lui. Réessayez au retour du réseau.", Err: errors.Join(client.ErrNeedsServer, err)}
	}
	done, useErr := c.use()
	if useErr != nil {
		return client.Access{}, useErr
	}
	defer done()
	e, err := c.readable(patientID, err)
	if err != nil {
		return client.Access{}, err
	}
	c.mu.Lock()
	c.screen = patientID
	c.mu.Unlock()
	a = client.Access{
		Session: sessionPrefix + uuid.NewString(), PatientID: patientID, Mode: fhir.ModeNormal, Basis: e.Access.Basis,
		Until: e.Access.Until, End: e.Lease.Until, LastVisit: e.Access.LastVisit,
	}
	for _, r := range withoutServer {
		if slices.Contains(e.Access.Rights, r) {
			a.Rights = append(a.Rights, r)
		}
	}
	return a, nil
}

// withoutServer are the rights that count without a server: to read what is here, and
// to write what the outbox takes, which the server decides once more when it has it.
var withoutServer = []string{
	fhir.RightRead, fhir.RightReadMaskedOwn, fhir.RightReadMaskedAll, fhir.RightUpload,
	fhir.RightMask, fhir.RightUnmaskOwn, fhir.RightUnmaskAll, fhir.RightShowPatient,
	fhir.RightArchiveOwn, fhir.RightArchiveAll, fhir.RightDeleteOwn, fhir.RightManagePatient,
}

// answered draws the consequences of an answer to Open: a copy is wanted, or goes.
func (c *Cache) answered(patientID string, how client.OpenRequest, a client.Access, err error) {
	normal := how.Mode == "" || how.Mode == fhir.ModeNormal
	if !normal {
		return
	}
	switch code := fhir.CodeOf(err); {
	case code == fhir.NoRecord, code == fhir.NoConsent, code == fhir.NotFound,
		err == nil && !slices.Contains(a.Rights, fhir.RightRead):
		c.purgeNow(patientID)
	case err == nil:
		c.mu.Lock()
		c.screen = patientID
		if c.cfg.Auto && c.copies != nil {
			c.wanted = append(slices.DeleteFunc(c.wanted, func(x client.Access) bool { return x.PatientID == patientID }), a)
		}
		c.mu.Unlock()
		select {
		case c.nudge <- struct{}{}:
		default:
		}
	}
}

// purgeNow forgets a copy at a refusal; what fails is tried again by Sync, which
// hears of the same refusal.
func (c *Cache) purgeNow(patientID string) {
	done, err := c.use()
	if err != nil {
		return
	}
	defer done()
	if e := c.entry(patientID); e != nil && c.refuse(e.record) != nil {
		c.cfg.Log("cache: a copy could not be removed from the disk; its key is gone from memory")
	}
}

// readable gives the copy of a record when it may be shown.
func (c *Cache) readable(patientID string, cause error) (*entry, error) {
	now, ok := c.clock.now()
	if !ok {
		return nil, clockError(cause)
	}
	e := c.entry(patientID)
	switch {
	case e == nil, !e.Whole:
		return nil, noCopy(cause)
	case !now.Before(e.Lease.Until):
		return nil, &client.Error{Code: fhir.Offline, Message: "La copie de ce dossier a expiré. Elle se rouvre au retour du réseau.", Err: errors.Join(client.ErrCopyEnded, cause)}
	case c.shutOut(e, now):
		return nil, unconfirmed(cause)
	case !slices.Contains(e.Access.Rights, fhir.RightRead):
		return nil, cause
	}
	return e, nil
}

// Close ends a session; one of the copy ends by itself.
func (c *Cache) Close(ctx context.Context, a client.Access) error {
	if strings.HasPrefix(a.Session, sessionPrefix) {
		if ctx.Err() != nil {
			return fhir.Wrap(fhir.Canceled, ctx.Err())
		}
		return nil
	}
	return c.Records.Close(ctx, a)
}

// Documents lists a record; offline, what the copy has of it: that the list was
// shown is in the journal first.
func (c *Cache) Documents(ctx context.Context, a client.Access, q client.DocumentQuery) (client.DocumentPage, error) {
	cause := error(fhir.E(fhir.Offline, "Le serveur ne répond pas. Réessayez dans un moment."))
	if !strings.HasPrefix(q.Page, pagePrefix) {
		p, err := c.Records.Documents(ctx, online(a), q)
		if fhir.CodeOf(err) == fhir.NoConsent && a.Mode != fhir.ModeBreakGlass && a.Mode != fhir.ModeCentre15 {
			c.purgeNow(a.PatientID)
		}
		if !offline(err) {
			return p, err
		}
		cause, q.Page = err, ""
	}
	done, err := c.use()
	if err != nil {
		return client.DocumentPage{}, err
	}
	defer done()
	e, err := c.readable(a.PatientID, cause)
	if err != nil {
		return client.DocumentPage{}, err
	}
	all, err := c.documents(e)
	if err != nil {
		return client.DocumentPage{}, c.broken(e, err)
	}
	hits := slices.DeleteFunc(all, func(d client.Document) bool { return !asked(d, q) })
	slices.SortStableFunc(hits, func(x, y client.Document) int { return strings.Compare(y.PeriodStart, x.PeriodStart) })
	rows, next, err := cut(hits, q.Page, q.Limit, 50)
	if err != nil {
		return client.DocumentPage{}, err
	}
	if err := c.note(ctx, a, e, ""); err != nil {
		return client.DocumentPage{}, err
	}
	return client.DocumentPage{Documents: rows, Total: len(hits), Next: next, Provenance: client.Provenance{Cached: true, AsOf: e.AsOf}}, nil
}

// documents reads every description of a copy.
func (c *Cache) documents(e *entry) ([]client.Document, error) {
	key := c.keys.get(e.record)
	if key == nil {
		return nil, vault.ErrDamaged
	}
	defer clear(key)
	out := make([]client.Document, 0, len(e.Documents))
	err := contained(func() error {
		return c.db.View(func(txn *badger.Txn) error {
			for _, id := range e.Documents {
				d, err := c.getDocument(txn, e.record, key, id)
				if err != nil {
					return err
				}
				out = append(out, d)
			}
			return nil
		})
	})
	return out, err
}

// asked tells whether a document is among those that a query asks for.
func asked(d client.Document, q client.DocumentQuery) bool {
	statuses := q.Statuses
	if len(statuses) == 0 {
		statuses = []string{"current"}
	}
	act, err := time.Parse(time.RFC3339, d.PeriodStart)
	inside := (q.From.IsZero() || err == nil && !act.Before(q.From)) && (q.To.IsZero() || err == nil && act.Before(q.To))
	return inside && slices.Contains(statuses, d.Status) &&
		(len(q.Types) == 0 || slices.Contains(q.Types, d.Type.Code)) &&
		(len(q.Classes) == 0 || slices.Contains(q.Classes, d.Category.Code)) &&
		(q.Archived || !d.Archived)
}

// broken closes a copy of which a piece is missing: it is dropped, and fetched
// again at the next contact.
func (c *Cache) broken(e *entry, err error) error {
	if errors.Is(err, vault.ErrLocked) {
		return err
	}
	c.cfg.Log("cache: a damaged copy was dropped")
	if err := c.forget(e.record); err != nil {
		c.cfg.Log("cache: a damaged copy could not be removed from the disk")
	}
	c.mu.Lock()
	c.people[e.Patient.ID] = e.row()
	c.wanted = append(c.wanted, online(client.Access{PatientID: e.Patient.ID, Mode: fhir.ModeNormal, Basis: e.Access.Basis, Rights: e.Access.Rights}))
	c.mu.Unlock()
	return &client.Error{Code: fhir.Offline, Message: "La copie de ce dossier est abîmée sur ce poste. Elle est écartée, et revient au retour du réseau.", Err: errors.Join(client.ErrCopyDamaged, err)}
}

// Document gives one description; offline, that of the copy.
func (c *Cache) Document(ctx context.Context, a client.Access, id string) (client.Document, error) {
	d, err := c.Records.Document(ctx, online(a), id)
	if !offline(err) {
		return d, err
	}
	done, useErr := c.use()
	if useErr != nil {
		return client.Document{}, useErr
	}
	defer done()
	e, err := c.readable(a.PatientID, err)
	if err != nil {
		return client.Document{}, err
	}
	if d, err = c.document(e, id); err != nil {
		return client.Document{}, err
	}
	return d, c.note(ctx, a, e, "")
}

// document reads one description; one that is not in the copy may exist all the
// same, so that is Offline.
func (c *Cache) document(e *entry, id string) (d client.Document, err error) {
	key := c.keys.get(e.record)
	if key == nil || !slices.Contains(e.Documents, id) {
		return d, noCopy(nil)
	}
	defer clear(key)
	err = contained(func() error {
		return c.db.View(func(txn *badger.Txn) (err error) {
			d, err = c.getDocument(txn, e.record, key, id)
			return err
		})
	})
	if err != nil {
		return client.Document{}, c.broken(e, err)
	}
	return d, nil
}

// Content gives a document's bytes. Offline they are the copy's, compared with
// the copy's own description; that they were shown is in the journal first.
func (c *Cache) Content(ctx context.Context, a client.Access, d client.Document) (client.Content, error) {
	got, err := c.Records.Content(ctx, online(a), d)
	if err == nil {
		c.keepRead(a, d, got)
	}
	if !offline(err) {
		return got, err
	}
	done, useErr := c.use()
	if useErr != nil {
		return client.Content{}, useErr
	}
	defer done()
	e, err := c.readable(a.PatientID, err)
	if err != nil {
		return client.Content{}, err
	}
	mine, err := c.document(e, d.ID)
	if err != nil {
		return client.Content{}, err
	}
	if mine.Attachment.Hash != d.Attachment.Hash || mine.Attachment.Size != d.Attachment.Size {
		return client.Content{}, fhir.E(fhir.Invalid, "Ce document n’est pas celui de la copie. Actualisez la liste.")
	}
	got, err = c.content(e, mine)
	if err != nil {
		return client.Content{}, err
	}
	return got, c.noteContent(ctx, a, e, mine.ID, &got)
}

// keepRead puts bytes that were read online into the record's copy, if it has one
// that lacks them. A copy is never made of what was read in an emergency mode.
func (c *Cache) keepRead(a client.Access, d client.Document, got client.Content) {
	e := c.entry(a.PatientID)
	if e == nil || !e.Whole || a.Mode != "" && a.Mode != fhir.ModeNormal || len(got.Bytes) > maxContent || c.held(e, d.ID) != HeldDescription {
		return
	}
	done, err := c.use()
	if err != nil {
		return
	}
	defer done()
	mine, err := c.document(e, d.ID)
	if err != nil || mine.Attachment.Hash != d.Attachment.Hash || mine.Attachment.Size != int64(len(got.Bytes)) {
		return
	}
	if c.putContent(e, mine, got, nil) != nil {
		c.cfg.Log("cache: a content could not be kept")
	}
}

// noteContent journals a content, and takes its bytes back when that fails.
func (c *Cache) noteContent(ctx context.Context, a client.Access, e *entry, id string, got *client.Content) error {
	err := c.note(ctx, a, e, id)
	if err != nil {
		*got = client.Content{}
	}
	return err
}

// content reads a document's bytes. Damaged ones are dropped, and fetched again.
func (c *Cache) content(e *entry, d client.Document) (client.Content, error) {
	missing := noCopy(nil)
	plain, err := c.packed(e, d)
	if errors.Is(err, fs.ErrNotExist) {
		return client.Content{}, missing
	}
	if errors.Is(err, vault.ErrLocked) {
		return client.Content{}, err
	}
	var k kept
	if err == nil {
		k.Type, k.Bytes, err = unpack(plain)
	}
	sum := sha1.Sum(k.Bytes)
	if err != nil || int64(len(k.Bytes)) != d.Attachment.Size || base64.StdEncoding.EncodeToString(sum[:]) != d.Attachment.Hash {
		c.cfg.Log("cache: a damaged content was dropped")
		if c.dropContent(e, d.ID) != nil {
			c.cfg.Log("cache: a damaged content could not be removed")
		}
		return client.Content{}, missing
	}
	return client.Content{Type: k.Type, Bytes: k.Bytes, Provenance: client.Provenance{Cached: true, AsOf: e.AsOf}}, nil
}
