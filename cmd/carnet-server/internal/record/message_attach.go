package record

import (
	"context"
	"errors"
	"io"
	"slices"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// payload takes the text, the documents and the file out of the view.
func (m *outgoing) payload(node *fhir.Node, hasFile bool, p Principal) error {
	texts := 0
	for _, one := range m.view.Payload {
		switch {
		case one.Attachment != nil && (m.file != nil || !hasFile):
			return letterIssue(fhir.Invalid, "payload", "Un seul nouveau fichier accompagne un message, avec son contenu.")
		case one.Attachment != nil:
			m.file = &messageFile{Title: one.Attachment.Title, Type: one.Attachment.ContentType}
		case one.Document == "#"+fhir.DocumentOfMessage && m.as == nil:
			as, err := contained(node, m.u, p)
			if err != nil {
				return err
			}
			m.as = as
		case one.Document != "":
			m.refs = append(m.refs, one.Document)
		case one.Text != "":
			m.text = one.Text
			texts++
		default:
			return letterIssue(fhir.Invalid, "payload", "Un message contient un texte, des documents de ce dossier et au plus un fichier.")
		}
	}
	if texts > 1 {
		return letterIssue(fhir.Invalid, "payload", "Un message a un seul texte.")
	}
	if hasFile != (m.file != nil || m.as != nil) {
		return letterIssue(fhir.Invalid, "contained", "Un fichier est joint au message, ou n’y est pas.")
	}
	return nil
}

// contained makes a filing of the document that a message contains. What else
// is contained is the document's: FHIR nests no deeper.
func contained(node *fhir.Node, u Upload, p Principal) (*filing, error) {
	var document *fhir.Node
	var rest []fhir.Node
	if all := node.Get("contained"); all != nil {
		for i := range all.Items {
			if all.Items[i].Get("resourceType").String() == "DocumentReference" && document == nil {
				document = &all.Items[i]
				continue
			}
			rest = append(rest, all.Items[i])
		}
	}
	if document == nil {
		return nil, letterIssue(fhir.Invalid, "contained", "Le document à déposer manque.")
	}
	clean := fhir.Node{Kind: fhir.Object}
	for i, name := range document.Names {
		if name != "id" && name != "contained" {
			clean.Set(name, document.Items[i])
		}
	}
	if len(rest) > 0 {
		clean.Set("contained", fhir.Node{Kind: fhir.Array, Items: rest})
	}
	f := &filing{p: p, v: normalVisit, u: u}
	f.u.Body, f.u.Idempotency = clean.AppendJSON(nil), ""
	return f, f.read()
}

// checkAttached checks the bytes that came with a message, as those of a
// document.
func (s *Service) checkAttached(ctx context.Context, m *outgoing) error {
	f := m.as
	switch {
	case f != nil:
		if err := s.subject(ctx, f); err != nil {
			return err
		}
		if f.person.N != m.dialogue.Record {
			return letterIssue(fhir.BusinessRule, "contained", "Le document à déposer n’est pas de ce patient.")
		}
		if err := f.check(); err != nil {
			return err
		}
		if err := f.checkAct(s.now()); err != nil {
			return err
		}
		if err := s.answersFor(ctx, f); err != nil {
			return err
		}
		if len(f.view.Replaces) > 0 || f.view.HiddenPatient {
			return letterIssue(fhir.Invalid, "contained", "Un document envoyé au patient ne lui est pas caché et n’en remplace pas un autre.")
		}
	case m.file != nil:
		if m.u.Size == 0 {
			return letterIssue(fhir.Invalid, "payload", "Le fichier est vide : vérifiez-le.")
		}
		f = &filing{u: m.u}
		f.view.Attachment.ContentType = m.file.Type
	default:
		return nil
	}
	return s.checkContent(ctx, f, &patience{s.intake.Patience})
}

// mayAttach refuses documents that the sender may not read, and those that the
// patient may not see yet.
func (s *Service) mayAttach(ctx context.Context, p Principal, m *outgoing, r reader) error {
	for _, id := range m.refs {
		d, rec, err := s.st.Locate(ctx, id, "")
		if errors.Is(err, store.ErrNotFound) || err == nil && (rec.N != r.rec.N || !r.grant.Filter().Allows(d.Facts)) {
			return s.missed(ctx, p, id)
		}
		if err != nil {
			return err
		}
		if rec.Facts.Epoch != r.rec.Facts.Epoch {
			return store.ErrStale
		}
		if d.Facts.HiddenPatient {
			return letterIssue(fhir.Invalid, "payload", "Un document attend sa consultation d’annonce : rendez-le visible au patient avant de le joindre.")
		}
	}
	return nil
}

// prepareFiling decides about the document that a message brings, and writes
// its bytes.
func (s *Service) prepareFiling(ctx context.Context, p Principal, m *outgoing, r reader) ([]store.Entry, error) {
	f := m.as
	if f == nil {
		return nil, nil
	}
	f.rec = r.rec
	d := s.decide(p, normalVisit, consent.FunctionFile, r.rec)
	e := about(s.entry(p, fhir.KindCreate), normalVisit, d, r.rec)
	if d.Refusal == "" {
		d.Refusal = consent.MayFile(d.Grant, f.view.Type.Code, s.matrix)
	}
	if d.Refusal != "" {
		return nil, s.denied(ctx, e, d, r.rec)
	}
	if f.id == "" {
		f.id = newID()
	}
	now := s.now()
	f.doc = store.Doc{ID: f.id, Record: r.rec.N, Filer: p.ID, Filed: now, Updated: now, Version: 1}
	if _, err := f.resource(); err != nil {
		return nil, err
	}
	if err := s.put(ctx, f); err != nil {
		return nil, err
	}
	e.Document, e.Responsible = f.doc.ID, f.responsible
	log, err := s.prepare(e, r.rec)
	return []store.Entry{log}, err
}

// compose makes the message, and writes the bytes of its file.
func (s *Service) compose(ctx context.Context, m *outgoing, r reader) (store.Message, error) {
	if m.id == "" {
		m.id = newID()
	}
	body := messageBody{Text: m.text, Name: m.name, Documents: m.refs, File: m.file}
	if m.as != nil {
		body.Documents = append(slices.Clone(m.refs), m.as.id)
	}
	msg := store.Message{ID: m.id, Sender: m.sender, Key: m.u.Idempotency, Sent: s.now(), Body: sealable(body)}
	if m.u.Size > 0 {
		msg.SHA256 = m.u.SHA256
	}
	if m.file == nil {
		return msg, nil
	}
	if m.stored == (store.Stored{}) {
		stored, err := s.st.Put(ctx, store.Incoming{Record: r.rec, ID: m.id, Content: io.NewSectionReader(m.u.Data, 0, m.u.Size), Size: m.u.Size})
		if err != nil {
			return msg, err
		}
		m.stored = stored
	}
	msg.Stored = m.stored
	return msg, nil
}
