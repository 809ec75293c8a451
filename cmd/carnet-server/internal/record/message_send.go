package record

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Bounds of a message.
const (
	maxAttached = 10
	maxMembers  = 20
)

// largestCorrespondence bounds the messages of one record: no life has more.
const largestCorrespondence = 10_000

// outgoing is a message on its way in, of either side.
type outgoing struct {
	u      Upload
	sender string // national id, or consent.CitizenID
	name   string // in words
	view   fhir.Communication
	text   string
	refs   []string // logical ids of documents
	file   *messageFile
	as     *filing // the file is a document of the record, too
	id     string
	stored store.Stored

	dialogue store.Dialogue // N is 0 for one that is opened
	body     dialogueBody
}

// SendMessage sends a message (POST Communication): it opens a dialogue, or is
// partOf one that the caller is in. The same idempotency key sends once; created
// is false for the repetition. Errors: those of the body (Malformed, Invalid,
// BadCode, TooLarge …), NotFound, NoConsent, NoRecord, Forbidden, StateConflict
// (the dialogue is ended, or the key served for something else), Duplicate (the
// document), Throttled, Unavailable.
func (s *Service) SendMessage(ctx context.Context, p Principal, u Upload, hasFile bool) (out Resource, created bool, err error) {
	if err := p.check(); err != nil {
		return out, false, err
	}
	m := &outgoing{u: u, sender: p.ID, name: p.Name}
	if err := m.read(hasFile, p); err != nil {
		return out, false, err
	}
	if err := s.Known(ctx, p); err != nil { // who is let in is known by the directory
		return out, false, err
	}
	if out, done, err := s.sentBefore(ctx, p, m); done || err != nil {
		return out, false, err
	}
	// A stranger's bytes are not looked at.
	if err := s.toDialogue(ctx, p, m, func(reader, audit.Entry) error { return nil }); err != nil {
		return out, false, err
	}
	if err := s.checkAttached(ctx, m); err != nil {
		return out, false, err
	}
	err = s.toDialogue(ctx, p, m, func(r reader, e audit.Entry) error {
		out, err = s.send(ctx, p, m, r, e)
		return err
	})
	if err != nil {
		s.discardMessage(m, err)
	}
	if errors.Is(err, store.ErrDuplicate) {
		if out, done, err := s.sentBefore(ctx, p, m); done || err != nil {
			return out, false, err
		}
		return Resource{}, false, fhir.E(fhir.Duplicate, "Ce document a déjà été déposé : joignez celui du dossier.")
	}
	out, err = durable(out, err)
	return out, err == nil, err
}

// discardMessage gives back the room of bytes that came to nothing.
func (s *Service) discardMessage(m *outgoing, err error) {
	if m.stored != (store.Stored{}) && fhir.CodeOf(err) != fhir.Unavailable {
		s.st.Discard(m.stored)
	}
	if m.as != nil {
		s.discard(m.as, err)
	}
}

// read reads the body of a professional's message.
func (m *outgoing) read(hasFile bool, p Principal) error {
	node, err := fhir.Parse(m.u.Body)
	if err != nil {
		return err
	}
	if err := fhir.Refuse(fhir.CheckAs(node, "Communication")); err != nil {
		return err
	}
	if m.view, err = fhir.ParseCommunication(m.u.Body); err != nil {
		return err
	}
	if m.view.PartOf == "" && m.view.PatientID == "" {
		return letterIssue(fhir.Required, "subject", "Indiquez le patient à qui vous écrivez.")
	}
	if m.view.From.ID != "" && m.view.From.ID != p.ID || m.view.FromPatient {
		return letterIssue(fhir.BusinessRule, "sender", "Un message s’envoie sous votre propre nom.")
	}
	if err := m.payload(node, hasFile, p); err != nil {
		return err
	}
	return m.check()
}

func letterIssue(code fhir.Code, element, message string) error {
	return &fhir.Error{Code: code, Message: message, Issues: []fhir.Issue{{Code: code, Expression: "Communication." + element, Message: message}}}
}

// check holds a message against the rules of its form, and composes its text.
func (m *outgoing) check() error {
	m.text, m.body.Subject = norm.NFC.String(m.text), norm.NFC.String(strings.TrimSpace(m.view.Topic))
	if err := fhir.CheckMessageText(m.text); err != nil {
		return err
	}
	switch {
	case m.view.PartOf == "" && !slices.Contains(replies[:store.ReplyEnded], orOpen(m.view.Reply)):
		return letterIssue(fhir.Invalid, "extension", "Un nouvel échange est ouvert, ou sans réponse.")
	case len(m.refs)+toNumber(m.file != nil)+toNumber(m.as != nil) > maxAttached:
		return letterIssue(fhir.Invalid, "payload", "Dix pièces jointes au plus accompagnent un message.")
	case len(m.view.Members) > maxMembers:
		return letterIssue(fhir.Invalid, "recipient", "Vingt professionnels au plus participent à un échange.")
	case m.u.Idempotency == "":
		return fhir.E(fhir.Required, "Un message a une clé d’envoi (Idempotency-Key), qui le rend unique.")
	}
	if m.file != nil {
		m.file.Title = norm.NFC.String(m.file.Title)
		if err := fhir.CheckMessageName(m.file.Title, "payload.contentAttachment.title"); err != nil {
			return err
		}
	}
	if m.view.PartOf != "" {
		return nil
	}
	return fhir.CheckMessageName(m.view.Topic, "topic")
}

func orOpen(reply string) string {
	if reply == "" {
		return replies[store.ReplyOpen]
	}
	return reply
}

func toNumber(b bool) int {
	if b {
		return 1
	}
	return 0
}

// toDialogue runs f with the dialogue of a message: one that the caller is in, or
// a new one, not yet kept.
func (s *Service) toDialogue(ctx context.Context, p Principal, m *outgoing, f func(r reader, e audit.Entry) error) error {
	if m.view.PartOf != "" {
		return s.converses(ctx, p, m.view.PartOf, fhir.KindMessageSent, func(r reader, d store.Dialogue, e audit.Entry) error {
			if d.Reply == store.ReplyEnded {
				return ended()
			}
			m.dialogue = d
			return f(r, e)
		})
	}
	rec, err := s.asked(ctx, p, m.view.PatientID)
	if err != nil {
		return err
	}
	n := rec.N
	return s.decided(rec, func() error {
		if rec, err = s.st.Record(ctx, n); err != nil {
			return err
		}
		d := s.decide(p, normalVisit, consent.FunctionRead, rec)
		e := about(s.entry(p, fhir.KindMessageSent), normalVisit, d, rec)
		if d.Refusal != "" {
			if err := s.probe(ctx, p, normalVisit, rec); err != nil {
				return err
			}
			return s.denied(ctx, e, d, rec)
		}
		m.dialogue = store.Dialogue{Record: n, Patient: rec.Facts.PatientID, Reply: slices.Index(replies, orOpen(m.view.Reply)), Members: []string{p.ID}}
		for _, member := range m.view.Members {
			if slices.Contains(m.dialogue.Members, member.ID) {
				continue
			}
			if err := s.letIn(ctx, e, member.ID, rec); err != nil {
				return err
			}
			m.dialogue.Members = append(m.dialogue.Members, member.ID)
		}
		return f(reader{p.ID, d.Grant, rec}, e)
	})
}

func ended() error {
	return fhir.E(fhir.StateConflict, "Un professionnel a mis fin à cet échange : ouvrez-en un autre.")
}

// letIn refuses a member who may not read the record themself: in the same words
// whom the patient blocked, who was never let in, and whom nobody knows.
func (s *Service) letIn(ctx context.Context, e audit.Entry, member string, rec *store.Record) error {
	may, err := s.mayRead(ctx, member, rec)
	if err != nil || may {
		return err
	}
	e.Kind, e.Outcome, e.Refusal, e.Detail = fhir.KindDenial, audit.OutcomeMinor, string(consent.RefusalNoConsent), "member"
	if err := s.record(ctx, e, rec); err != nil {
		return err
	}
	return fhir.E(fhir.NoConsent, "Ce professionnel ne peut pas être ajouté à cet échange : écrivez sans lui, ou parlez-en avec le patient.")
}

// sentBefore answers a message whose key served before.
func (s *Service) sentBefore(ctx context.Context, p Principal, m *outgoing) (out Resource, done bool, err error) {
	old, dialogue, err := s.st.MessageOnce(ctx, m.sender, m.u.Idempotency)
	if errors.Is(err, store.ErrNotFound) {
		return out, false, nil
	}
	if err != nil {
		return out, false, fault(err)
	}
	err = s.converses(ctx, p, dialogue, fhir.KindMessageSent, func(r reader, d store.Dialogue, e audit.Entry) error {
		out, err = s.sentAgain(ctx, m, r, d, old)
		if err != nil {
			return err
		}
		e.Detail = detailAgain
		return s.record(ctx, e, r.rec)
	})
	out, err = durable(out, err)
	return out, err == nil, err
}

// send writes a message whose dialogue was decided about.
func (s *Service) send(ctx context.Context, p Principal, m *outgoing, r reader, e audit.Entry) (Resource, error) {
	if err := s.mayAttach(ctx, p, m, r); err != nil {
		return Resource{}, err
	}
	log, err := s.prepareFiling(ctx, p, m, r)
	if err != nil {
		return Resource{}, err
	}
	msg, err := s.compose(ctx, m, r)
	if err != nil {
		return Resource{}, err
	}
	if m.dialogue.N == 0 {
		m.dialogue.ID, m.dialogue.Version, m.dialogue.Opened = newID(), 1, msg.Sent
		m.dialogue.Body = sealable(m.body)
		e.Detail = "open"
	}
	sealed, err := s.prepare(e, r.rec)
	if err != nil {
		return Resource{}, err
	}
	err = s.st.Do(ctx, store.Op{Still: still(r.rec), Log: append(log, sealed), Size: 4 << 10, Do: func(tx store.Tx) error {
		if err := m.enter(tx); err != nil {
			return err
		}
		if m.as != nil {
			if err := s.write(tx, m.as); err != nil {
				return err
			}
		}
		if err := m.add(tx, &msg); err != nil {
			return err
		}
		return tx.AddNotice(s.documentNotice(p, r.rec, noticeMessage, noticeBody{Dialogue: m.dialogue.ID}))
	}})
	if err != nil {
		return Resource{}, err
	}
	return s.sent(ctx, r, m.dialogue, msg)
}

// sent gives a message as its sender sees it.
func (s *Service) sent(ctx context.Context, r reader, d store.Dialogue, msg store.Message) (Resource, error) {
	if rec, err := s.st.Record(ctx, r.rec.N); err == nil { // a document that came with it is new
		r.rec = rec
	}
	c, err := s.messageView(ctx, r, d, msg)
	return communication(c, msg.Sent), err
}

// enter makes the dialogue, or finds it as it is in the transaction: it may have
// been ended, or left, since it was decided.
func (m *outgoing) enter(tx store.Tx) error {
	if n, err := tx.CountMessages(m.dialogue.Record); err != nil {
		return err
	} else if n >= largestCorrespondence {
		return fhir.E(fhir.BusinessRule, "Ce dossier ne peut pas contenir plus de messages : contactez directement votre correspondant.")
	}
	if m.dialogue.N == 0 {
		return tx.AddDialogue(&m.dialogue)
	}
	d, err := tx.Dialogue(m.dialogue.ID)
	switch {
	case err != nil:
		return err
	case d.Reply == store.ReplyEnded:
		return ended()
	case isCitizen(m.sender) && d.Reply != store.ReplyOpen:
		return noReply()
	case !isCitizen(m.sender) && !slices.Contains(d.Members, m.sender):
		return notFound()
	}
	m.dialogue.Members = d.Members
	return nil
}

// add writes the message, and its words into the index of its dialogue.
func (m *outgoing) add(tx store.Tx, msg *store.Message) error {
	if err := tx.AddMessage(m.dialogue, msg); err != nil {
		return err
	}
	return tx.IndexDialogue(m.dialogue, folding)
}

// sentAgain gives what was sent under a key, if it is the same.
func (s *Service) sentAgain(ctx context.Context, m *outgoing, r reader, d store.Dialogue, old store.Message) (Resource, error) {
	found, err := s.sameUnder(ctx, m, r, d, old)
	if err != nil {
		return Resource{}, err
	}
	return s.sent(ctx, r, d, found)
}

// sameUnder reads the message that was sent under a key. Errors: StateConflict
// when it says something else: a message that is not sent must not pass for one
// that was.
func (s *Service) sameUnder(ctx context.Context, m *outgoing, r reader, d store.Dialogue, old store.Message) (store.Message, error) {
	found, err := s.st.Messages(ctx, r.grant, r.rec, d, store.Below{N: old.N + 1, Limit: 1})
	if err != nil {
		return store.Message{}, err
	}
	other := fhir.E(fhir.StateConflict, "Cette clé d’envoi a déjà servi pour un autre message : utilisez-en une nouvelle.")
	if len(found) != 1 || !m.same(found[0]) {
		return store.Message{}, other
	}
	if m.view.PartOf != "" {
		if m.view.PartOf != d.ID {
			return store.Message{}, other
		}
		return found[0], nil
	}
	sealed, err := s.st.OpenDialogue(ctx, r.grant, r.rec, d)
	if err != nil {
		return store.Message{}, err
	}
	var body dialogueBody
	if err := json.Unmarshal(sealed, &body); err != nil {
		return store.Message{}, err
	}
	if d.Patient != m.view.PatientID || body.Subject != m.body.Subject {
		return store.Message{}, other
	}
	return found[0], nil
}

// same tells a message sent again from another one under its key.
func (m *outgoing) same(old store.Message) bool {
	var body messageBody
	if json.Unmarshal(old.Body, &body) != nil || body.Text != m.text {
		return false
	}
	opens := old.Before == ""
	documents := len(m.refs) + toNumber(m.as != nil)
	sum := [sha256.Size]byte{}
	if m.u.Size > 0 {
		sum = m.u.SHA256
	}
	return opens == (m.view.PartOf == "") && (body.File != nil) == (m.file != nil) && old.SHA256 == sum &&
		len(body.Documents) == documents && slices.Equal(body.Documents[:len(m.refs)], m.refs)
}
