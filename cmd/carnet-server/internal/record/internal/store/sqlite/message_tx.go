package sqlite

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Dialogue gives a dialogue as it is in this transaction.
func (t *tx) Dialogue(id string) (store.Dialogue, error) {
	all, err := readDialogues(t.w.queries(), `WHERE d.id = ?2`, "", id)
	if err == nil && len(all) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Dialogue{}, err
	}
	if err := readMembers(t.w.queries(), all); err != nil {
		return store.Dialogue{}, err
	}
	box, err := t.box(all[0].Record)
	if err != nil {
		return store.Dialogue{}, err
	}
	all[0].Body, err = openDialogue(t.w.queries(), box, all[0])
	if errors.Is(err, store.ErrSealed) {
		all[0].Body, err = nil, nil
	}
	return all[0], err
}

// AddDialogue adds a dialogue with its members.
func (t *tx) AddDialogue(d *store.Dialogue) error {
	box, err := t.box(d.Record)
	if err != nil {
		return err
	}
	d.N, err = t.run(`INSERT INTO dialogue (id, patient, reply, version, opened, moved, newest, body) VALUES (?1,?2,?3,?4,?5,?5,0,?6)`,
		d.ID, d.Record, d.Reply, d.Version, millis(d.Opened), box.Seal("dialogue", store.RowOf(d.ID), int(d.Version), d.Body))
	if err != nil {
		return unique(err)
	}
	for _, actor := range d.Members {
		if err := t.enter(*d, actor, true, d.Opened); err != nil {
			return err
		}
	}
	return t.sealFacts(d.Record)
}

// SetDialogue writes the next version of a dialogue.
func (t *tx) SetDialogue(d *store.Dialogue) error {
	if len(d.Body) == 0 {
		return store.ErrSealed
	}
	box, err := t.box(d.Record)
	if err != nil {
		return err
	}
	d.Version++
	n, err := t.changed(`UPDATE dialogue SET reply = ?2, version = ?3, body = ?4 WHERE n = ?1 AND version = ?3 - 1`,
		d.N, d.Reply, d.Version, box.Seal("dialogue", store.RowOf(d.ID), int(d.Version), d.Body))
	if err != nil {
		return err
	}
	if n != 1 {
		return store.ErrVersion
	}
	t.letter(*d)
	return t.sealFacts(d.Record)
}

// SetMember lets a professional into a dialogue, or out.
func (t *tx) SetMember(d store.Dialogue, actor string, in bool, at time.Time) error {
	if err := t.enter(d, actor, in, at); err != nil {
		return err
	}
	return t.sealFacts(d.Record)
}

func (t *tx) enter(d store.Dialogue, actor string, in bool, at time.Time) error {
	until := millis(at)
	if in {
		until = 0
	}
	_, err := t.run(`INSERT INTO dialogue_member (dialogue, patient, actor, since, until) VALUES (?1,?2,?3,?4,?5)
		ON CONFLICT (dialogue, actor) DO UPDATE SET until = ?5`, d.N, d.Record, actor, millis(at), until)
	if err != nil {
		return err
	}
	t.letter(d, actor)
	return nil
}

// AddMessage adds a message.
func (t *tx) AddMessage(d store.Dialogue, m *store.Message) error {
	box, err := t.box(d.Record)
	if err != nil {
		return err
	}
	if m.Stored.Segment != 0 {
		t.w.names(m.Stored)
	}
	m.Dialogue, m.Record = d.N, d.Record
	m.N, err = t.run(`INSERT INTO message (id, dialogue, patient, sender, key, sent, delivered, read, size, sha256, segment, start, head, body)
		VALUES (?1,?2,?3,?4,?5,?6,0,0,?7,?8,?9,?10,?11,?12)`,
		m.ID, d.N, d.Record, m.Sender, m.Key, millis(m.Sent), m.Stored.Size, m.SHA256[:], m.Stored.Segment, m.Stored.Start, m.Stored.Head,
		box.Seal("message", store.RowOf(m.ID), 0, m.Body))
	if err != nil {
		return unique(err)
	}
	if _, err := t.run(`UPDATE dialogue SET moved = ?2, newest = ?3 WHERE n = ?1`, d.N, millis(m.Sent), m.N); err != nil {
		return err
	}
	t.letter(d)
	return t.chain(box, m)
}

// MarkDialogue notes how far a reader came. The side that is not the sender's
// says when a message arrived, and when it was opened.
func (t *tx) MarkDialogue(d store.Dialogue, reader string, upto int64, opened bool, at time.Time) error {
	read := int64(0)
	if opened {
		read = upto
	}
	_, err := t.run(`INSERT INTO message_read VALUES (?1,?2,?3,?4,?5) ON CONFLICT (dialogue, reader) DO UPDATE SET
		listed = max(listed, excluded.listed), upto = max(upto, excluded.upto)`, d.N, d.Record, reader, upto, read)
	if err != nil {
		return err
	}
	const otherSide = ` AND (substr(sender, 1, 8) = 'Patient/') <> (substr(?3, 1, 8) = 'Patient/')`
	if _, err := t.run(`UPDATE message SET delivered = ?4 WHERE dialogue = ?1 AND n <= ?2 AND delivered = 0`+otherSide, d.N, upto, reader, millis(at)); err != nil {
		return err
	}
	if opened {
		if _, err := t.run(`UPDATE message SET read = ?4 WHERE dialogue = ?1 AND n <= ?2 AND read = 0`+otherSide, d.N, upto, reader, millis(at)); err != nil {
			return err
		}
	}
	t.letter(d)
	return nil
}

// letter tells those in a dialogue, and the patient's side, that it moved.
func (t *tx) letter(d store.Dialogue, more ...string) {
	for _, member := range append(append(more, ""), d.Members...) {
		t.told(store.Changed{Record: d.Record, Dialogue: d.ID, Member: member})
	}
}

// MessageFiles checks the files that came with messages, and tells those that
// are not what was sent.
func (r *Reader) MessageFiles(ctx context.Context) (bad []Orphan, err error) {
	var all []store.Message
	err = each(r.db.queries(ctx), messageColumns+`WHERE m.segment <> 0 ORDER BY m.n`, nil, func(row rows) error {
		m, _, err := scanMessage(row)
		all = append(all, m)
		return err
	})
	for _, m := range all {
		if err != nil {
			return bad, err
		}
		var key []byte
		var state int64
		if err := one(r.db.queries(ctx), `SELECT key, state FROM record WHERE patient = ?1`, []any{&key, &state}, m.Record); err != nil {
			return bad, err
		}
		if consent.State(state) == consent.StateNone {
			continue
		}
		sum := sha256.New()
		box, openErr := r.db.keys.Box(m.Record, key)
		if openErr == nil {
			c := r.db.content(ctx, box, fileOf(m))
			_, openErr = io.Copy(sum, c)
			_ = c.Close() // it only forgets
		}
		if openErr != nil || [32]byte(sum.Sum(nil)) != m.SHA256 {
			bad = append(bad, Orphan{m.N, "a file of a message is not the one that was sent"})
		}
	}
	return bad, err
}
