package record

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Messages. A professional who may read a record opens a dialogue with its
// patient; from then on the patient's side may answer. Who is in a dialogue
// reads and writes it by a right of their own to read the record, in normal
// mode, decided anew each time: a professional who was blocked, or whose right
// ended, is told so (NoConsent, as everywhere), neither reads nor writes it any
// more, and it is on none of their lists and counts; the right given back, it is
// there again. The patient keeps reading it, the holder of a closed record too.
// To everybody else a dialogue is one that never was.
//
// A dialogue and its messages are sealed under the record's key. Reading and
// writing are accesses in the patient's history, under kinds of their own; a
// list of dialogues is one entry about nobody, as a list of patients is.

// replies are the words of the rules of a dialogue (store.Reply…).
var replies = []string{"open", "none", "ended"}

// States of a message, as its sender sees it.
const (
	stateSent      = "sent"
	stateDelivered = "delivered"
	stateRead      = "read"
)

// noticeMessage tells the patient's side that they have a message.
const noticeMessage = "message"

// dialogueBody is what is sealed of a dialogue.
type dialogueBody struct {
	Subject string `json:"subject"`
	EndedBy string `json:"endedBy,omitempty"` // in words
}

// messageBody is what is sealed of a message.
type messageBody struct {
	Text      string       `json:"text"`
	Name      string       `json:"name"` // of the sender, in words
	Documents []string     `json:"documents,omitempty"`
	File      *messageFile `json:"file,omitempty"`
}

// messageFile describes the file that came with a message and is no document.
type messageFile struct {
	Title string `json:"title"`
	Type  string `json:"type"`
}

// sealable makes the bytes of a body.
func sealable(body any) []byte {
	data, err := json.Marshal(body)
	if err != nil { // plain values always marshal
		panic(err)
	}
	return data
}

// reader is somebody who may read a dialogue's record now, of either side.
type reader struct {
	id    string // national id, or consent.CitizenID
	grant *consent.Grant
	rec   *store.Record
}

// normalVisit is how messages are read and written: an emergency lets nobody
// into a conversation.
var normalVisit = visit{mode: fhir.ModeNormal}

// dialogueOf finds a dialogue that a professional is in, with its record. Errors:
// NotFound, alike for none and for one that they are not in.
func (s *Service) dialogueOf(ctx context.Context, p Principal, id string) (d store.Dialogue, rec *store.Record, err error) {
	d, err = s.st.Dialogue(ctx, id, p.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !slices.Contains(d.Members, p.ID) {
		return d, nil, s.missed(ctx, p, id)
	}
	if err != nil {
		return d, nil, fault(err)
	}
	if rec, err = s.st.Record(ctx, d.Record); err != nil {
		return d, nil, fault(err)
	}
	return d, rec, nil
}

// converses runs f for a professional who is in a dialogue and may read its
// record, again when that changed meanwhile. Errors: NotFound, alike for none
// and for one that they are not in; NoConsent, NoRecord, Forbidden.
func (s *Service) converses(ctx context.Context, p Principal, id, kind string, f func(r reader, d store.Dialogue, e audit.Entry) error) error {
	if err := p.check(); err != nil {
		return err
	}
	d, rec, err := s.dialogueOf(ctx, p, id)
	if err != nil {
		return err
	}
	return s.decided(rec, func() error {
		if rec, err = s.st.Record(ctx, d.Record); err != nil {
			return err
		}
		decision := s.decide(p, normalVisit, consent.FunctionRead, rec)
		e := about(s.entry(p, kind), normalVisit, decision, rec)
		if decision.Refusal != "" {
			return s.denied(ctx, e, decision, rec)
		}
		if d, err = s.st.Dialogue(ctx, id, p.ID); err != nil {
			return err
		}
		return f(reader{p.ID, decision.Grant, rec}, d, e)
	})
}

// mayRead tells whether one of the directory may read a record now. Nobody else
// may.
func (s *Service) mayRead(ctx context.Context, id string, rec *store.Record) (bool, error) {
	l, err := s.st.Listed(ctx, id)
	if errors.Is(err, store.ErrNotFound) || l.Org {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	d := consent.Decide(consent.Request{
		Requester: requesterOf(l), Mode: fhir.ModeNormal, Function: consent.FunctionRead, Now: s.now(),
	}, rec.Facts, s.matrix)
	return d.Refusal == "", nil
}

// dialogueView is a dialogue as somebody who reads it sees it.
func (s *Service) dialogueView(ctx context.Context, r reader, d store.Dialogue) (fhir.Communication, error) {
	var body dialogueBody
	sealed, err := s.st.OpenDialogue(ctx, r.grant, r.rec, d)
	if err != nil && !errors.Is(err, store.ErrSealed) {
		return fhir.Communication{}, err
	}
	damaged := err != nil || json.Unmarshal(sealed, &body) != nil
	c := fhir.Communication{
		ID: d.ID, Version: base36(d.Version), PatientID: d.Patient, Topic: body.Subject, EndedBy: body.EndedBy,
		Reply: replies[d.Reply], Unread: d.Unread, Sent: d.Moved, Mine: !isCitizen(r.id), Damaged: damaged,
	}
	person, err := s.st.PersonByN(ctx, d.Record)
	if err != nil {
		return c, err
	}
	c.PatientName = screenName(person.Patient)
	for _, id := range d.Members {
		who, err := s.nameOf(ctx, id)
		if err != nil {
			return c, err
		}
		c.Members = append(c.Members, fhir.Party{ID: id, Name: who.Name})
	}
	last, err := s.st.Messages(ctx, r.grant, r.rec, d, store.Below{N: 0, Limit: 1})
	if err != nil || len(last) == 0 {
		return c, err
	}
	var newest messageBody
	if json.Unmarshal(last[0].Body, &newest) != nil {
		newest.Name, err = s.senderName(ctx, last[0].Sender)
		c.Damaged = true
	}
	c.LastFrom = newest.Name
	return c, err
}

// senderName names who sent a message that does not tell any more; nobody of the
// patient's side.
func (s *Service) senderName(ctx context.Context, sender string) (string, error) {
	if isCitizen(sender) {
		return "", nil
	}
	who, err := s.nameOf(ctx, sender)
	return who.Name, err
}

// messageView is a message as somebody who reads it sees it: of a document no
// more than they may read of it.
func (s *Service) messageView(ctx context.Context, r reader, d store.Dialogue, m store.Message) (fhir.Communication, error) {
	var body messageBody
	damaged := json.Unmarshal(m.Body, &body) != nil
	if damaged {
		name, err := s.senderName(ctx, m.Sender)
		if err != nil {
			return fhir.Communication{}, err
		}
		body = messageBody{Name: name}
	}
	c := fhir.Communication{
		ID: m.ID, Version: "1", PatientID: d.Patient, PartOf: d.ID, InReplyTo: m.Before, FromName: body.Name, FromPatient: isCitizen(m.Sender),
		Sent: m.Sent, Received: m.Delivered, ReadAt: m.Read, Read: true, State: stateOf(m), Damaged: damaged,
	}
	if !damaged {
		c.Payload = append(c.Payload, fhir.Payload{Text: body.Text})
	}
	if !c.FromPatient {
		c.From = fhir.Party{ID: m.Sender, Name: body.Name}
	}
	for _, id := range body.Documents {
		p, shown, err := s.attachedView(ctx, r, id)
		if err != nil {
			return c, err
		}
		if shown {
			c.Payload = append(c.Payload, p)
		}
	}
	if body.File != nil {
		c.Payload = append(c.Payload, fhir.Payload{Attachment: &fhir.Attachment{
			ContentType: body.File.Type, Title: body.File.Title, Size: m.Stored.Size, URL: "Communication/" + d.ID + "/$content/" + m.ID,
		}})
	}
	return c, nil
}

func stateOf(m store.Message) string {
	switch {
	case !m.Read.IsZero():
		return stateRead
	case !m.Delivered.IsZero():
		return stateDelivered
	}
	return stateSent
}

// attachedView is a document that came with a message, as far as its reader
// may know of it: of one that was taken back, that it was there; of a hidden
// one, nothing, as of a link to one.
func (s *Service) attachedView(ctx context.Context, r reader, id string) (out fhir.Payload, shown bool, err error) {
	out.Document = id
	d, rec, err := s.st.Locate(ctx, id, "")
	if errors.Is(err, store.ErrNotFound) {
		return out, false, nil
	}
	filter := r.grant.Filter()
	if err != nil || rec.N != r.rec.N || !filter.Allows(d.Facts) {
		return out, err == nil && rec.N == r.rec.N && filter.AllowedBefore(d.Facts), err
	}
	served, err := s.st.Reveal(ctx, r.grant, d, rec)
	if errors.Is(err, store.ErrNoGrant) {
		return out, false, nil
	}
	if err != nil {
		return out, false, err
	}
	v, err := fhir.ParseDocumentReference(served)
	out.Title, out.ContentType, out.Size = v.Attachment.Title, v.Attachment.ContentType, v.Attachment.Size
	return out, true, err
}

// communication is a view as a resource.
func communication(c fhir.Communication, at time.Time) Resource {
	return Resource{ID: c.ID, Version: c.Version, LastUpdated: at, JSON: c.JSON()}
}
