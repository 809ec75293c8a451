package record

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// SetReply changes who may write in a dialogue: open, none or ended, which is
// for good. Errors: NotFound, NoConsent, NoRecord, Invalid, StateConflict (it is
// ended).
func (s *Service) SetReply(ctx context.Context, p Principal, dialogue, reply string) (Resource, error) {
	return s.changeDialogue(ctx, p, dialogue, reply, func(tx store.Tx, d *store.Dialogue) error {
		rule := slices.Index(replies, reply)
		if rule < 0 {
			return fhir.E(fhir.Invalid, "La règle d’un échange est open, none ou ended.")
		}
		d.Reply = rule
		if rule == store.ReplyEnded {
			var body dialogueBody
			if err := json.Unmarshal(d.Body, &body); err != nil {
				return errors.Join(err, store.ErrSealed)
			}
			body.EndedBy = p.Name
			d.Body = sealable(body)
		}
		return tx.SetDialogue(d)
	})
}

// AddMember lets a professional into a dialogue, who may read the record
// themself. Twice is once. Errors: as SetReply, NoConsent for who may not.
func (s *Service) AddMember(ctx context.Context, p Principal, dialogue, member string) (Resource, error) {
	err := s.converses(ctx, p, dialogue, fhir.KindMessageSent, func(r reader, d store.Dialogue, e audit.Entry) error {
		if d.Reply == store.ReplyEnded {
			return ended()
		}
		return s.letIn(ctx, e, member, r.rec)
	})
	if err != nil {
		return Resource{}, err
	}
	return s.changeDialogue(ctx, p, dialogue, "member", func(tx store.Tx, d *store.Dialogue) error {
		if slices.Contains(d.Members, member) {
			return nil
		}
		if len(d.Members) >= maxMembers {
			return fhir.E(fhir.Invalid, "Vingt professionnels au plus participent à un échange.")
		}
		return tx.SetMember(*d, member, true, s.now())
	})
}

// changeDialogue changes a dialogue that is not ended, as it is in the
// transaction, and gives it as it is then.
func (s *Service) changeDialogue(ctx context.Context, p Principal, id, detail string, change func(store.Tx, *store.Dialogue) error) (Resource, error) {
	var out Resource
	err := s.converses(ctx, p, id, fhir.KindMessageSent, func(r reader, d store.Dialogue, e audit.Entry) error {
		e.Action, e.Detail = "U", detail
		sealed, err := s.prepare(e, r.rec)
		if err != nil {
			return err
		}
		err = s.st.Do(ctx, store.Op{Still: still(r.rec), Log: []store.Entry{sealed}, Do: func(tx store.Tx) error {
			now, err := tx.Dialogue(id)
			switch {
			case err != nil:
				return err
			case !slices.Contains(now.Members, p.ID):
				return notFound()
			case now.Reply == store.ReplyEnded:
				return ended()
			}
			return change(tx, &now)
		}})
		if err != nil {
			return err
		}
		if d, err = s.st.Dialogue(ctx, id, p.ID); err != nil {
			return err
		}
		c, err := s.dialogueView(ctx, r, d)
		out = communication(c, d.Moved)
		return err
	})
	return durable(out, err)
}

// LeaveDialogue takes the caller out of a dialogue, also one that they may not
// read any more. Errors: NotFound.
func (s *Service) LeaveDialogue(ctx context.Context, p Principal, id string) error {
	if err := p.check(); err != nil {
		return err
	}
	d, rec, err := s.dialogueOf(ctx, p, id)
	if err != nil {
		return err
	}
	e := s.entry(p, fhir.KindMessageSent)
	e.Action, e.Detail, e.Mode = "U", "leave", fhir.ModeNormal
	sealed, err := s.prepare(e, rec)
	if err != nil {
		return fault(err)
	}
	now := s.now()
	return fault(s.st.Do(ctx, store.Op{Log: []store.Entry{sealed}, Do: func(tx store.Tx) error { return tx.SetMember(d, p.ID, false, now) }}))
}

// OneMessage gives a dialogue, or a message of one, by its id. Reading a message
// so does not count it as read. Errors: as Messages.
func (s *Service) OneMessage(ctx context.Context, p Principal, id string) (Resource, error) {
	m, dialogue, err := s.st.Message(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		dialogue, err = id, nil
	}
	if err != nil {
		return Resource{}, fault(err)
	}
	var out Resource
	err = s.converses(ctx, p, dialogue, fhir.KindMessage, func(r reader, d store.Dialogue, e audit.Entry) error {
		e.Action = "R"
		if err := s.record(ctx, e, r.rec); err != nil {
			return err
		}
		if m.ID == "" {
			c, err := s.dialogueView(ctx, r, d)
			out = communication(c, d.Moved)
			return err
		}
		found, err := s.st.Messages(ctx, r.grant, r.rec, d, store.Below{N: m.N + 1, Limit: 1})
		if err != nil || len(found) != 1 {
			return errors.Join(err, store.ErrNotFound)
		}
		out, err = s.sent(ctx, r, d, found[0])
		return err
	})
	return durable(out, err)
}
