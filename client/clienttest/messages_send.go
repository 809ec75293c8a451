package clienttest

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"golang.org/x/text/unicode/norm"

	"carnet/client"
	"carnet/client/fhir"
)

// SendMessage keeps a message.
func (f *Fake) SendMessage(ctx context.Context, m client.Outgoing, p client.Progress) (client.Message, error) {
	if err := f.begin(ctx, Call{Op: OpSendMessage, PatientID: m.PatientID, Argument: m}); err != nil {
		return client.Message{}, err
	}
	var data []byte
	if m.File != nil {
		var err error
		if data, err = f.send(ctx, client.Draft{Content: m.File.Content, Size: m.File.Size}, p); err != nil {
			return client.Message{}, err
		}
	}
	defer f.locked()()
	if old := f.box.sent[f.me.ID+"/"+m.ID]; old != nil {
		return f.sentBefore(old, m)
	}
	d, err := f.addressed(m)
	if err != nil {
		return client.Message{}, err
	}
	kept, err := f.compose(d, m, data)
	if err != nil {
		return client.Message{}, err
	}
	if m.Dialogue == "" {
		d.ID = f.box.id("dlg")
		kept.Dialogue = d.ID
		f.box.all = append(f.box.all, d)
	}
	d.messages = append(d.messages, kept)
	f.box.sent[f.me.ID+"/"+m.ID] = kept
	f.log(client.Trace{Kind: fhir.KindMessageSent, Action: "C", PatientID: d.PatientID})
	f.box.stir(d.ID)
	return f.seen(d, kept), nil
}

// sentBefore answers a message whose key served before.
func (f *Fake) sentBefore(old *message, m client.Outgoing) (client.Message, error) {
	d, err := f.mineOf(old.Dialogue)
	if err != nil {
		return client.Message{}, err
	}
	if old.Text != norm.NFC.String(m.Text) || m.Dialogue != "" && m.Dialogue != old.Dialogue {
		return client.Message{}, fhir.E(fhir.StateConflict, "this key served for another message")
	}
	return f.seen(d, old), nil
}

// addressed gives the dialogue of an outgoing message: one of mine that goes on,
// or a new one, not yet kept.
func (f *Fake) addressed(m client.Outgoing) (*dialogue, error) {
	if m.Dialogue != "" {
		d, err := f.mineOf(m.Dialogue)
		if err == nil && d.Reply == client.ReplyEnded {
			err = fhir.E(fhir.StateConflict, "this exchange was ended; open another one")
		}
		return d, err
	}
	if err := f.mayWriteTo(m.PatientID); err != nil {
		return nil, err
	}
	if err := fhir.CheckMessageName(m.Subject, "topic"); err != nil {
		return nil, err
	}
	p := f.person(m.PatientID)
	d := &dialogue{opener: f.me.ID, Dialogue: client.Dialogue{
		PatientID: p.ID, PatientName: nameOf(p), Subject: norm.NFC.String(m.Subject), Reply: cmp.Or(m.Reply, client.ReplyOpen),
		Members: []fhir.Party{f.mine()},
	}}
	if d.Reply != client.ReplyOpen && d.Reply != client.ReplyNone {
		return nil, fhir.E(fhir.Invalid, "a new exchange is open, or without reply")
	}
	for _, id := range m.Members {
		if err := d.letIn(id); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// nameOf is a patient's name as on screen.
func nameOf(p *person) string { return cmp.Or(p.UsedName, p.BirthName) + " " + p.FirstGiven }

// letIn adds a colleague who has a right of their own.
func (d *dialogue) letIn(id string) error {
	if d.member(id) {
		return nil
	}
	if id != ColleagueID {
		return fhir.E(fhir.NoConsent, "this colleague may not read the record")
	}
	d.Members = append(d.Members, fhir.Party{ID: id, Name: ColleagueName})
	return nil
}

// compose checks a message and makes it.
func (f *Fake) compose(d *dialogue, m client.Outgoing, data []byte) (*message, error) {
	if err := fhir.CheckMessageText(m.Text); err != nil {
		return nil, err
	}
	kept := &message{
		by: f.me.ID, documents: slices.Clone(m.Documents), listed: map[string]bool{}, readBy: map[string]bool{},
		Message: client.Message{
			Dialogue: d.ID, Sent: f.now(), From: f.mine(), FromName: f.me.Name, Text: norm.NFC.String(m.Text),
		},
	}
	if len(m.Documents) > client.MaxAttached {
		return nil, fhir.E(fhir.Invalid, "at most 10 things come with a message")
	}
	for _, id := range m.Documents {
		_, doc, err := f.find(client.Access{PatientID: d.PatientID}, id)
		if err != nil {
			return nil, err
		}
		if doc.HiddenPatient {
			return nil, fhir.E(fhir.Invalid, "this document is not shown to the patient yet")
		}
	}
	if m.File != nil {
		if err := f.attach(d, kept, m, data); err != nil {
			return nil, err
		}
	}
	kept.ID = f.box.id("msg")
	return kept, nil
}

// attach adds a new file to a message, as a document of the record when asked.
func (f *Fake) attach(d *dialogue, kept *message, m client.Outgoing, data []byte) error {
	if err := fhir.CheckMessageName(m.File.Name, "payload[1].contentAttachment.title"); err != nil {
		return err
	}
	if m.File.ContentType == "application/pdf" && !bytes.HasPrefix(data, []byte("%PDF-")) {
		return fhir.E(fhir.Invalid, "this is not a PDF")
	}
	if draft := m.File.AsDocument; draft != nil {
		filed := *draft
		filed.ContentType, filed.PatientID = m.File.ContentType, d.PatientID
		p := f.person(d.PatientID)
		if err := refuse(p, filed, data); err != nil {
			return err
		}
		kept.documents = append(kept.documents, f.keep(p, filed, data).ID)
		return nil
	}
	kept.content = newBlob(m.File.ContentType, data)
	kept.file = &client.Attached{ContentID: f.box.id("file"), Title: m.File.Name, ContentType: m.File.ContentType, Size: int64(len(data))}
	return nil
}
