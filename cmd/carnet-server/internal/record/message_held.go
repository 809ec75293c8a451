package record

import (
	"context"
	"errors"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// HeldMessage is what the patient's side answers in a dialogue.
type HeldMessage struct {
	Dialogue  string
	Text      string
	Documents []string    // logical ids of documents of the record
	File      *HeldLetter // a new file, or nil
	Once      string      // idempotency key
}

// HeldLetter is a new file of a message: a PDF that passes the gate, a picture,
// or a text, known by its bytes.
type HeldLetter struct {
	Name string
	Upload
	// Filed makes it a document of the record, too, of this type, title and date:
	// the same one. nil: it is not. Data, Size, ContentType and Once do not count.
	Filed *Deposit
}

// noReply is the refusal of an answer that a dialogue does not take.
func noReply() error {
	return fhir.E(fhir.BusinessRule, "Cet échange n’attend pas de réponse : contactez directement le professionnel.")
}

// corresponds runs f in a record whose messages a citizen may read: its holder,
// or a representative. An heir reads documents alone.
func (s *Service) corresponds(ctx context.Context, c Citizen, rec string, f func(h *held, r reader) error) error {
	return s.enters(ctx, c, rec, func(h *held) error {
		if err := h.reviews(); err != nil {
			return err
		}
		return f(h, reader{consent.CitizenID(c.ID), h.grant, h.rec})
	})
}

// heldDialogue finds a dialogue of a record.
func (s *Service) heldDialogue(ctx context.Context, h *held, r reader, id string) (store.Dialogue, error) {
	d, err := s.st.Dialogue(ctx, id, r.id)
	if errors.Is(err, store.ErrNotFound) || err == nil && d.Record != h.rec.N {
		return d, s.missedBy(ctx, h.c, id)
	}
	return d, err
}

// HeldDialogues lists the dialogues of a record, as of the citizen: what they
// have not read is unread, whoever else did. Errors: NotFound, Forbidden.
func (s *Service) HeldDialogues(ctx context.Context, c Citizen, rec string, q DialogueQuery) (DialogueList, error) {
	at := dialogueCursor{Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(c.principal(), cursorDialogues, q.Cursor, &at); err != nil {
			return DialogueList{}, err
		}
	}
	at.Query.PatientID = ""
	var out DialogueList
	err := s.corresponds(ctx, c, rec, func(h *held, r reader) error {
		found, err := s.st.DialoguesOf(ctx, h.rec.N, r.id)
		if err != nil {
			return err
		}
		out = DialogueList{}
		all := make([]listedDialogue, len(found))
		for i, d := range found {
			all[i] = listedDialogue{d, r}
			out.Unread += d.Unread
		}
		if err := s.listDialogues(ctx, c.principal(), &out, all, at); err != nil {
			return err
		}
		e := s.heldEntry(h, fhir.KindMessage, "list")
		e.Action, e.Count = "E", len(out.Items)
		return s.listedAll(ctx, e, all, h.rec)
	})
	return durable(out, err)
}

// HeldUnread counts the messages of a record that a citizen has not read. It
// shows nothing of them, and is no access.
func (s *Service) HeldUnread(ctx context.Context, c Citizen, rec string) (n int, err error) {
	err = s.corresponds(ctx, c, rec, func(h *held, r reader) error {
		n, err = s.st.UnreadOf(ctx, h.rec.N, r.id)
		return err
	})
	return n, err
}

// HeldMessages gives a dialogue's messages, newest first, and counts them as
// read by the citizen. Errors: NotFound, Forbidden.
func (s *Service) HeldMessages(ctx context.Context, c Citizen, rec, dialogue, cursor string) (MessageList, error) {
	at := messageCursor{Dialogue: dialogue}
	if cursor != "" {
		if err := s.openCursor(c.principal(), cursorMessages, cursor, &at); err != nil {
			return MessageList{}, err
		}
	}
	var out MessageList
	err := s.corresponds(ctx, c, rec, func(h *held, r reader) error {
		d, err := s.heldDialogue(ctx, h, r, at.Dialogue)
		if err != nil {
			return err
		}
		e := s.heldEntry(h, fhir.KindMessage, "")
		e.Action = "R"
		out, err = s.readDialogue(ctx, c.principal(), r, d, reading{e, at})
		return err
	})
	return durable(out, err)
}

// HeldMessageContent gives a file that came with a message. The caller closes
// it. Errors: NotFound, Forbidden.
func (s *Service) HeldMessageContent(ctx context.Context, c Citizen, rec, dialogue, message string) (Content, error) {
	var out Content
	err := s.corresponds(ctx, c, rec, func(h *held, r reader) error {
		d, err := s.heldDialogue(ctx, h, r, dialogue)
		if err != nil {
			return err
		}
		m, _, err := s.st.Message(ctx, message)
		if errors.Is(err, store.ErrNotFound) || err == nil && (m.Dialogue != d.N || m.Stored.Segment == 0) {
			return s.missedBy(ctx, c, message)
		}
		if err != nil {
			return err
		}
		e := s.heldEntry(h, fhir.KindMessage, "file")
		e.Action = "R"
		out.close()
		out, err = s.readFile(ctx, r, d, m, e)
		return err
	})
	if err != nil {
		out.close()
		return Content{}, err
	}
	return out, nil
}

// HeldAnswer answers in a dialogue. The patient's side never opens one. Who
// represents the patient writes under their own name. Errors: NotFound,
// BusinessRule (no dialogue, or one that takes no reply, or that nobody could
// read any more), StateConflict (ended), Invalid, TooLarge, NoRecord, Forbidden.
func (s *Service) HeldAnswer(ctx context.Context, c Citizen, rec string, a HeldMessage) (fhir.Communication, error) {
	m := &outgoing{sender: consent.CitizenID(c.ID), name: c.Name, refs: a.Documents}
	m.view.PartOf, m.text, m.u.Idempotency = a.Dialogue, a.Text, a.Once
	if err := m.answer(c, a); err != nil {
		return fhir.Communication{}, err
	}
	var out fhir.Communication
	err := s.answers(ctx, c, rec, m, func(*held, reader) error { return nil })
	switch {
	case err != nil:
	case m.as != nil:
		err = s.files(ctx, c, m, a)
	default:
		err = s.checkAttached(ctx, m)
	}
	if err == nil {
		err = s.answers(ctx, c, rec, m, func(h *held, r reader) error {
			out, err = s.answer(ctx, h, r, m)
			return err
		})
	}
	if err != nil {
		s.discardMessage(m, err)
	}
	if errors.Is(err, store.ErrDuplicate) {
		err = s.corresponds(ctx, c, rec, func(h *held, r reader) error {
			out, err = s.answeredBefore(ctx, h, r, m)
			return err
		})
	}
	return durable(out, fault(err))
}

// answer checks the form of an answer.
func (m *outgoing) answer(c Citizen, a HeldMessage) error {
	if a.Dialogue == "" {
		return fhir.E(fhir.BusinessRule, "C’est le professionnel qui ouvre l’échange : vous pourrez ensuite lui répondre.")
	}
	if a.File != nil {
		m.u.Data, m.u.File, m.u.Size, m.u.SHA1, m.u.SHA256 = a.File.Data, a.File.File, a.File.Size, a.File.SHA1, a.File.SHA256
		if m.u.Size > maxDeposit {
			return fhir.E(fhir.TooLarge, "Le fichier dépasse 25 Mo : réduisez-le ou partagez-le en plusieurs.")
		}
		if m.u.Size <= 0 || m.u.Data == nil {
			return letterIssue(fhir.Invalid, "payload", "Le fichier est vide : vérifiez-le.")
		}
		kind, err := sniff(m.u.Data, m.u.Size)
		if err != nil {
			return unread(err)
		}
		if kind == "" {
			return letterIssue(fhir.Invalid, "payload", "Ce fichier n’est ni un PDF, ni une image JPEG, PNG ou TIFF, ni un texte en UTF-8.")
		}
		if a.File.Filed != nil {
			m.as = &filing{p: c.principal(), v: normalVisit}
			return m.check()
		}
		m.file = &messageFile{Title: a.File.Name, Type: kind}
		f := &filing{u: m.u}
		if err := f.sum(); err != nil {
			return err
		}
		m.u = f.u
		m.u.Idempotency = a.Once
	}
	return m.check()
}

// answers runs f where a citizen may answer now.
func (s *Service) answers(ctx context.Context, c Citizen, rec string, m *outgoing, f func(*held, reader) error) error {
	return s.manages(ctx, c, rec, func(h *held) error {
		r := reader{consent.CitizenID(c.ID), h.grant, h.rec}
		d, err := s.heldDialogue(ctx, h, r, m.view.PartOf)
		if err != nil {
			return err
		}
		switch d.Reply {
		case store.ReplyEnded:
			return ended()
		case store.ReplyNone:
			return noReply()
		}
		for _, member := range d.Members {
			may, err := s.mayRead(ctx, member, h.rec)
			if err != nil {
				return err
			}
			if may {
				m.dialogue = d
				return f(h, r)
			}
		}
		return fhir.E(fhir.BusinessRule, "Plus aucun professionnel de cet échange n’a accès à votre dossier : personne ne lirait votre réponse.")
	})
}

// answer writes an answer that was decided about.
func (s *Service) answer(ctx context.Context, h *held, r reader, m *outgoing) (fhir.Communication, error) {
	if out, err := s.answeredBefore(ctx, h, r, m); err != nil || out.ID != "" {
		return out, err
	}
	for _, id := range m.refs {
		d, rec, err := s.st.Locate(ctx, id, "")
		if errors.Is(err, store.ErrNotFound) || err == nil && (rec.N != h.rec.N || !h.grant.Filter().Allows(d.Facts)) {
			return fhir.Communication{}, s.missedBy(ctx, h.c, id)
		}
		if err != nil {
			return fhir.Communication{}, err
		}
	}
	log, err := s.deposits(ctx, h, m)
	if err != nil {
		return fhir.Communication{}, err
	}
	msg, err := s.compose(ctx, m, r)
	if err != nil {
		return fhir.Communication{}, err
	}
	sealed, err := s.prepare(s.heldEntry(h, fhir.KindMessageSent, ""), h.rec)
	if err != nil {
		return fhir.Communication{}, err
	}
	err = s.st.Do(ctx, store.Op{Still: still(h.rec), Log: append(log, sealed), Size: 4 << 10, Do: func(tx store.Tx) error {
		if err := m.enter(tx); err != nil {
			return err
		}
		if m.as != nil {
			if err := s.writeDeposit(tx, h, m.as); err != nil {
				return err
			}
		}
		return m.add(tx, &msg)
	}})
	if err != nil {
		return fhir.Communication{}, err
	}
	if rec, err := s.st.Record(ctx, r.rec.N); err == nil { // a document that came with it is new
		r.rec = rec
	}
	return s.messageView(ctx, r, m.dialogue, msg)
}

// answeredBefore gives an answer whose key served before; none is no error.
func (s *Service) answeredBefore(ctx context.Context, h *held, r reader, m *outgoing) (fhir.Communication, error) {
	old, dialogue, err := s.st.MessageOnce(ctx, m.sender, m.u.Idempotency)
	if errors.Is(err, store.ErrNotFound) {
		return fhir.Communication{}, nil
	}
	if err != nil {
		return fhir.Communication{}, err
	}
	d, err := s.heldDialogue(ctx, h, r, dialogue)
	if err != nil {
		return fhir.Communication{}, err
	}
	found, err := s.sameUnder(ctx, m, r, d, old)
	if err != nil {
		return fhir.Communication{}, err
	}
	if err := s.wrote(ctx, h, s.heldEntry(h, fhir.KindMessageSent, detailAgain), nil); err != nil {
		return fhir.Communication{}, err
	}
	return s.messageView(ctx, r, d, found)
}
