package record

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// DialogueQuery asks for dialogues.
type DialogueQuery struct {
	PatientID string
	Words     string // of subjects, messages and the patient's name
	Unread    bool   // only those with something unread
	Limit     int
	Cursor    string
}

// DialogueList is one page of dialogues, the one that moved last first.
type DialogueList struct {
	Total  int
	Unread int // messages unread, of all of the reader's
	Items  []fhir.Communication
	Next   string
}

// MessageList is one page of a dialogue, newest first.
type MessageList struct {
	Dialogue fhir.Communication
	Items    []fhir.Communication
	Next     string
}

// Kinds of cursors.
const (
	cursorDialogues = "dialogues"
	cursorMessages  = "messages"
)

// dialogueCursor is the place in a list of dialogues.
type dialogueCursor struct {
	Query DialogueQuery
	Below int64 // newest message of the last one shown; 0: from the start
}

// messageCursor is the place in a dialogue.
type messageCursor struct {
	Dialogue string
	Below    int64
}

// usualMessages is how many messages a page has.
const usualMessages = 50

// listedDialogue is a dialogue on a list, with who reads it.
type listedDialogue struct {
	store.Dialogue
	by reader
}

// ownDialogues gives the dialogues that a professional is in and may read now,
// and how many messages of them are unread. The others count nowhere.
func (s *Service) ownDialogues(ctx context.Context, p Principal) (all []listedDialogue, unread int, err error) {
	found, err := s.st.DialoguesFor(ctx, p.ID)
	if err != nil {
		return nil, 0, err
	}
	readers := map[int64]*reader{}
	for _, d := range found {
		by, seen := readers[d.Record]
		if !seen {
			rec, err := s.st.Record(ctx, d.Record)
			if err != nil {
				return nil, 0, err
			}
			if decision := s.decide(p, normalVisit, consent.FunctionRead, rec); decision.Refusal == "" {
				by = &reader{p.ID, decision.Grant, rec}
			}
			readers[d.Record] = by
		}
		if by != nil {
			all = append(all, listedDialogue{d, *by})
			unread += d.Unread
		}
	}
	return all, unread, nil
}

// Dialogues lists the caller's dialogues.
func (s *Service) Dialogues(ctx context.Context, p Principal, q DialogueQuery) (DialogueList, error) {
	if err := p.check(); err != nil {
		return DialogueList{}, err
	}
	at := dialogueCursor{Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(p, cursorDialogues, q.Cursor, &at); err != nil {
			return DialogueList{}, err
		}
	}
	var out DialogueList
	err := s.decided(nil, func() error {
		all, unread, err := s.ownDialogues(ctx, p)
		if err != nil {
			return err
		}
		out = DialogueList{Unread: unread}
		if err := s.listDialogues(ctx, p, &out, all, at); err != nil {
			return err
		}
		e := s.entry(p, fhir.KindMessage)
		e.Action, e.Detail, e.Count = "E", "list", len(out.Items)
		return s.listedAll(ctx, e, all, nil)
	})
	return durable(out, err)
}

// listDialogues makes a page of those that a query asks for.
func (s *Service) listDialogues(ctx context.Context, p Principal, out *DialogueList, all []listedDialogue, at dialogueCursor) error {
	limit, more := pageSize(at.Query.Limit), false
	asked := slices.DeleteFunc(slices.Clone(all), func(d listedDialogue) bool {
		return at.Query.PatientID != "" && d.Patient != at.Query.PatientID || at.Query.Unread && d.Unread == 0
	})
	asked, err := s.thatSay(ctx, asked, strings.Fields(fold(clip(at.Query.Words))))
	if err != nil {
		return err
	}
	out.Total = len(asked)
	for _, d := range asked {
		if at.Below != 0 && d.Newest >= at.Below {
			continue
		}
		if more = len(out.Items) == limit; more {
			break
		}
		c, err := s.dialogueView(ctx, d.by, d.Dialogue)
		if err != nil {
			return err
		}
		out.Items = append(out.Items, c)
	}
	if more {
		at.Query.Cursor, at.Below = "", asked[slices.IndexFunc(asked, func(d listedDialogue) bool { return d.ID == out.Items[limit-1].ID })].Newest
		out.Next = s.sealCursor(p, cursorDialogues, at)
	}
	return nil
}

// listedAll logs a list, of one record or of none, and notes which messages are
// on their reader's list now.
func (s *Service) listedAll(ctx context.Context, e audit.Entry, all []listedDialogue, rec *store.Record) error {
	sealed, err := s.prepare(e, rec)
	if err != nil {
		return err
	}
	now := s.now()
	op := store.Op{Log: []store.Entry{sealed}}
	var fresh []listedDialogue
	seen := map[int64]bool{}
	for _, d := range all {
		if d.Newest > d.Listed {
			fresh = append(fresh, d)
		}
		if !seen[d.Record] {
			seen[d.Record] = true
			op.Still = append(op.Still, still(d.by.rec)...)
		}
	}
	op.Do = func(tx store.Tx) error {
		for _, d := range fresh {
			if err := tx.MarkDialogue(d.Dialogue, d.by.id, d.Newest, false, now); err != nil {
				return err
			}
		}
		return nil
	}
	if err = s.st.Do(ctx, op); errors.Is(err, store.ErrStale) {
		for _, d := range all {
			s.st.Forget(d.Record)
		}
	}
	return err
}

// Messages gives a dialogue's messages, newest first, and counts them as read.
// Errors: NotFound, NoConsent, NoRecord, Forbidden.
func (s *Service) Messages(ctx context.Context, p Principal, dialogue, cursor string) (MessageList, error) {
	at := messageCursor{Dialogue: dialogue}
	if cursor != "" {
		if err := s.openCursor(p, cursorMessages, cursor, &at); err != nil {
			return MessageList{}, err
		}
	}
	var out MessageList
	err := s.converses(ctx, p, at.Dialogue, fhir.KindMessage, func(r reader, d store.Dialogue, e audit.Entry) (err error) {
		e.Action = "R"
		out, err = s.readDialogue(ctx, p, r, d, reading{e, at})
		return err
	})
	return durable(out, err)
}

// reading is the entry of a reading, and its place.
type reading struct {
	entry audit.Entry
	at    messageCursor
}

// readDialogue reads a page while its entry and the marks of its reader join a
// group commit.
func (s *Service) readDialogue(ctx context.Context, p Principal, r reader, d store.Dialogue, what reading) (MessageList, error) {
	sealed, err := s.prepare(what.entry, r.rec)
	if err != nil {
		return MessageList{}, err
	}
	now := s.now()
	op := store.Op{Still: still(r.rec), Log: []store.Entry{sealed}}
	if d.Newest > d.Read { // else who watches and reads anew would wake themselves
		op.Do = func(tx store.Tx) error { return tx.MarkDialogue(d, r.id, d.Newest, true, now) }
	}
	done := s.st.Start(ctx, op)
	out, readErr := s.messagePage(ctx, p, r, d, what.at)
	if err := <-done; err != nil {
		return MessageList{}, err
	}
	return out, readErr
}

func (s *Service) messagePage(ctx context.Context, p Principal, r reader, d store.Dialogue, at messageCursor) (out MessageList, err error) {
	d.Unread = 0
	if out.Dialogue, err = s.dialogueView(ctx, r, d); err != nil {
		return out, err
	}
	found, err := s.st.Messages(ctx, r.grant, r.rec, d, store.Below{N: at.Below, Limit: usualMessages + 1})
	if err != nil {
		return out, err
	}
	if len(found) > usualMessages {
		found = found[:usualMessages]
		at.Dialogue, at.Below = d.ID, found[usualMessages-1].N
		out.Next = s.sealCursor(p, cursorMessages, at)
	}
	for _, m := range found {
		c, err := s.messageView(ctx, r, d, m)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, c)
	}
	return out, nil
}

// MessageContent gives a file that came with a message of a dialogue. The
// caller closes it. Errors: as Messages.
func (s *Service) MessageContent(ctx context.Context, p Principal, dialogue, message string) (Content, error) {
	var out Content
	err := s.converses(ctx, p, dialogue, fhir.KindMessage, func(r reader, d store.Dialogue, e audit.Entry) (err error) {
		m, _, err := s.st.Message(ctx, message)
		if errors.Is(err, store.ErrNotFound) || err == nil && (m.Dialogue != d.N || m.Stored.Segment == 0) {
			return s.missed(ctx, p, message)
		}
		if err != nil {
			return err
		}
		e.Action, e.Detail = "R", "file"
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

// readFile opens a message's file while its entry joins a group commit.
func (s *Service) readFile(ctx context.Context, r reader, d store.Dialogue, m store.Message, e audit.Entry) (Content, error) {
	sealed, err := s.prepare(e, r.rec)
	if err != nil {
		return Content{}, err
	}
	done := s.st.Start(ctx, store.Op{Still: still(r.rec), Log: []store.Entry{sealed}})
	out, readErr := s.openFile(ctx, r, d, m)
	if err := <-done; err != nil {
		out.close()
		return Content{}, err
	}
	return out, readErr
}

func (s *Service) openFile(ctx context.Context, r reader, d store.Dialogue, m store.Message) (Content, error) {
	found, err := s.st.Messages(ctx, r.grant, r.rec, d, store.Below{N: m.N + 1, Limit: 1})
	if err != nil {
		return Content{}, err
	}
	var body messageBody
	if len(found) != 1 || found[0].N != m.N {
		return Content{}, store.ErrNotFound
	}
	if err := json.Unmarshal(found[0].Body, &body); err != nil || body.File == nil {
		return Content{}, errors.Join(err, store.ErrNotFound)
	}
	content, err := s.st.MessageFile(ctx, r.grant, r.rec, m)
	return Content{Type: body.File.Type, Size: m.Stored.Size, SHA256: m.SHA256, Reader: content}, err
}
