package outbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"

	"carnet/client"
	"carnet/client/fhir"
)

// Sender carries items to the server. NewSender makes the usual one.
type Sender interface {
	// Send does what an item says, once however often it is called with the same
	// item (the item's ID is the idempotency key), and gives the document that the
	// server keeps, if any. content is nil but for filings and messages with a file. Errors: as
	// client.Writer; a *Later around one says when to try again.
	Send(ctx context.Context, it client.OutboxItem, content io.ReadSeeker, p client.Progress) (client.Document, error)
	// Kept tells what the server has under a document's id: its description and
	// the SHA-256 of its bytes. It is asked after a Duplicate.
	Kept(ctx context.Context, it client.OutboxItem, id string) (client.Document, [sha256.Size]byte, error)
}

// Send does one kind of item; see Sender.Send.
type Send func(ctx context.Context, it client.OutboxItem, content io.ReadSeeker, p client.Progress) (client.Document, error)

// sender sends over the contract, in normal mode and without an access session:
// when an item leaves, the visit in which it was made is over.
type sender struct {
	r    client.Records
	more map[client.OutboxKind]Send
}

// NewSender makes a Sender over the contract. more tells how kinds are sent
// that the contract does not know.
func NewSender(r client.Records, more map[client.OutboxKind]Send) Sender {
	s := &sender{r, more}
	if many, ok := r.(client.Submitter); ok {
		return lotSender{s, many}
	}
	return s
}

func access(it client.OutboxItem) client.Access {
	return client.Access{PatientID: it.PatientID, Mode: fhir.ModeNormal}
}

// Send does what an item says.
func (s *sender) Send(ctx context.Context, it client.OutboxItem, content io.ReadSeeker, p client.Progress) (client.Document, error) {
	var none client.Document
	switch it.Kind {
	case client.OutboxFile:
		return s.r.File(ctx, access(it), draftOf(it, content), p)
	case client.OutboxChange:
		return s.change(ctx, it)
	case client.OutboxUndo:
		return s.undo(ctx, it)
	case client.OutboxConsent:
		_, err := s.r.DeclareConsent(ctx, *it.Consent)
		return none, err
	case client.OutboxWithdraw:
		return none, s.r.WithdrawOwn(ctx, it.PatientID)
	case client.OutboxRequest:
		return none, s.r.RequestAccess(ctx, it.PatientID, it.Words)
	}
	if f := s.more[it.Kind]; f != nil {
		return f(ctx, it, content, p)
	}
	return none, fhir.E(fhir.NotAllowed, "Cette version ne sait pas envoyer ceci. Mettez l’application à jour.")
}

// change alters a document. A version that moved on is no conflict when the
// document is already as wanted: an attempt whose answer was lost had arrived.
func (s *sender) change(ctx context.Context, it client.OutboxItem) (client.Document, error) {
	d := *it.Document
	if d.Version == "" {
		now, err := s.r.Document(ctx, access(it), d.ID)
		if err != nil {
			return s.afterDelete(it, d, err)
		}
		d = now
		if as(d, *it.Change) {
			return d, nil
		}
	}
	got, err := s.r.Change(ctx, access(it), d, *it.Change)
	if err == nil || fhir.CodeOf(err) != fhir.VersionConflict {
		if err != nil {
			return s.afterDelete(it, d, err)
		}
		return got, nil
	}
	now, looked := s.r.Document(ctx, access(it), d.ID)
	if looked != nil {
		return s.afterDelete(it, d, looked)
	}
	if as(now, *it.Change) {
		return now, nil
	}
	return client.Document{}, &client.Error{Code: fhir.VersionConflict, Location: "DocumentReference/" + d.ID, Err: err}
}

// afterDelete takes a document that is gone for the effect of a deletion that
// may have arrived.
func (s *sender) afterDelete(it client.OutboxItem, d client.Document, err error) (client.Document, error) {
	if it.Change.Delete && fhir.CodeOf(err) == fhir.Withdrawn {
		return d, nil
	}
	return client.Document{}, err
}

// as tells whether a document is as a change wants it.
func as(d client.Document, c client.Change) bool {
	switch {
	case c.Masked != nil:
		return d.Masked == *c.Masked
	case c.HiddenPatient != nil:
		return d.HiddenPatient == *c.HiddenPatient
	case c.Archived != nil:
		return d.Archived == *c.Archived
	}
	return c.Delete && d.Status == "entered-in-error"
}

// undo withdraws a document; gone already after an attempt that may have
// arrived, it is done.
func (s *sender) undo(ctx context.Context, it client.OutboxItem) (client.Document, error) {
	err := s.r.Undo(ctx, access(it), *it.Document)
	if gone := []fhir.Code{fhir.NotFound, fhir.Withdrawn, fhir.StateConflict}; it.Uncertain && slices.Contains(gone, fhir.CodeOf(err)) {
		err = nil
	}
	return *it.Document, err
}

// Kept reads a document's description and bytes.
func (s *sender) Kept(ctx context.Context, it client.OutboxItem, id string) (client.Document, [sha256.Size]byte, error) {
	d, err := s.r.Document(ctx, access(it), id)
	if err != nil {
		return d, [sha256.Size]byte{}, err
	}
	got, err := s.r.Content(ctx, access(it), d)
	if err != nil {
		return d, [sha256.Size]byte{}, err
	}
	return d, sha256.Sum256(got.Bytes), nil
}

// same tells whether what the server keeps is what an item files: current, and
// the same bytes.
func same(it *stored, d client.Document, sum [sha256.Size]byte) bool {
	return d.Status == "current" && d.PatientID == it.PatientID && it.Content != nil && sum == it.Sum
}

// attempt sends an item once and resolves a duplicate: 409 is done only when
// the server's document is current and its SHA-256 is equal.
func (o *Outbox) attempt(ctx context.Context, it *stored, p client.Progress) (client.Document, error) {
	var content io.ReadSeeker
	item := copyOf(it.OutboxItem)
	if it.Content != nil {
		s, f, err := o.openContent(it)
		if err != nil {
			return client.Document{}, err
		}
		defer f.Close()
		defer s.Wipe()
		content = s
		if item.Draft != nil {
			item.Draft.Size = it.Content.Size
		}
	}
	d, err := o.c.Sender.Send(ctx, item, content, p)
	if fhir.CodeOf(err) != fhir.Duplicate || it.Content == nil || it.Kind != client.OutboxFile {
		return d, err
	}
	var e *client.Error
	if !errors.As(err, &e) || e.Location == "" {
		return d, err
	}
	kept, sum, looked := o.c.Sender.Kept(ctx, item, fhir.RefID(e.Location, "DocumentReference"))
	switch meaningOf(looked).event {
	case delayed, stop, signOut:
		if looked != nil {
			return d, looked // not known yet: ask again later
		}
	}
	if looked == nil && same(it, kept, sum) {
		return kept, nil
	}
	return d, err
}
