package sqlite

import (
	"context"
	"io"
	"strconv"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// dialogueColumns reads dialogues as reader ?1 stands to them.
const dialogueColumns = `SELECT d.n, d.id, d.patient, p.id, d.reply, d.version, d.opened, d.moved, d.newest, COALESCE(r.listed, 0), COALESCE(r.upto, 0),
	(SELECT count(*) FROM message m WHERE m.dialogue = d.n AND m.n > COALESCE(r.upto, 0) AND m.sender <> ?1)
	FROM dialogue d JOIN patient p ON p.n = d.patient LEFT JOIN message_read r ON r.dialogue = d.n AND r.reader = ?1 `

func readDialogues(query queryFunc, where string, args ...any) (all []store.Dialogue, err error) {
	err = each(query, dialogueColumns+where, args, func(r rows) error {
		var d store.Dialogue
		var opened, moved int64
		err := r.Scan(&d.N, &d.ID, &d.Record, &d.Patient, &d.Reply, &d.Version, &opened, &moved, &d.Newest, &d.Listed, &d.Read, &d.Unread)
		d.Opened, d.Moved = fromMillis(opened), fromMillis(moved)
		all = append(all, d)
		return err
	})
	return all, err
}

// readMembers adds to dialogues who is in them.
func readMembers(query queryFunc, all []store.Dialogue) error {
	at := make(map[int64]int, len(all))
	for i, d := range all {
		at[d.N] = i
	}
	const text = `SELECT dialogue, actor FROM dialogue_member WHERE dialogue IN (SELECT value FROM json_each(?1)) AND until = 0 ORDER BY n`
	return each(query, text, []any{numbersOf(all)}, func(r rows) error {
		var n int64
		var actor string
		err := r.Scan(&n, &actor)
		d := &all[at[n]]
		d.Members = append(d.Members, actor)
		return err
	})
}

// numbersOf writes the numbers of dialogues as JSON.
func numbersOf(all []store.Dialogue) string {
	out := []byte{'['}
	for i, d := range all {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(out, d.N, 10)
	}
	return string(append(out, ']'))
}

func (d *DB) dialogues(ctx context.Context, where string, args ...any) ([]store.Dialogue, error) {
	all, err := readDialogues(d.queries(ctx), where, args...)
	if err != nil {
		return nil, err
	}
	return all, readMembers(d.queries(ctx), all)
}

// DialoguesFor lists the dialogues that a professional is in.
func (d *DB) DialoguesFor(ctx context.Context, actor string) ([]store.Dialogue, error) {
	return d.dialogues(ctx, `WHERE d.n IN (SELECT dialogue FROM dialogue_member WHERE actor = ?1 AND until = 0) ORDER BY d.newest DESC`, actor)
}

// DialoguesOf lists the dialogues of a record.
func (d *DB) DialoguesOf(ctx context.Context, record int64, reader string) ([]store.Dialogue, error) {
	return d.dialogues(ctx, `WHERE d.patient = ?2 ORDER BY d.newest DESC`, reader, record)
}

// UnreadOf counts the messages of a record that a reader has not read: it looks into
// the dialogues alone that moved since they did.
func (d *DB) UnreadOf(ctx context.Context, record int64, reader string) (n int, err error) {
	err = one(d.queries(ctx), `SELECT count(*) FROM dialogue d LEFT JOIN message_read r ON r.dialogue = d.n AND r.reader = ?1
		JOIN message m ON m.dialogue = d.n AND m.n > COALESCE(r.upto, 0) AND m.sender <> ?1
		WHERE d.patient = ?2 AND d.newest > COALESCE(r.upto, 0)`, []any{&n}, reader, record)
	return n, err
}

// Dialogue finds a dialogue by its id.
func (d *DB) Dialogue(ctx context.Context, id, reader string) (store.Dialogue, error) {
	all, err := d.dialogues(ctx, `WHERE d.id = ?2`, reader, id)
	if err == nil && len(all) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Dialogue{}, err
	}
	return all[0], nil
}

// letterBox gives the box of a record that a grant opens.
func (d *DB) letterBox(g *consent.Grant, r *store.Record, record int64) (store.Box, error) {
	if !d.opens(g, r) || r.N != record {
		return store.Box{}, store.ErrNoGrant
	}
	return d.keys.Box(r.N, r.Key)
}

// openDialogue opens the body of a dialogue, as a query finds it.
func openDialogue(query queryFunc, box store.Box, d store.Dialogue) (body []byte, err error) {
	var sealed []byte
	var version int64
	if err := one(query, `SELECT version, body FROM dialogue WHERE n = ?1`, []any{&version, &sealed}, d.N); err != nil {
		return nil, err
	}
	return box.Open(nil, "dialogue", store.RowOf(d.ID), int(version), sealed)
}

// OpenDialogue gives what a dialogue is about.
func (d *DB) OpenDialogue(ctx context.Context, g *consent.Grant, r *store.Record, one store.Dialogue) ([]byte, error) {
	box, err := d.letterBox(g, r, one.Record)
	if err != nil {
		return nil, err
	}
	return openDialogue(d.queries(ctx), box, one)
}

const messageColumns = `SELECT m.n, m.id, COALESCE((SELECT b.id FROM message b WHERE b.dialogue = m.dialogue AND b.n < m.n ORDER BY b.n DESC LIMIT 1), ''),
	m.dialogue, m.patient, m.sender, m.key, m.sent, m.delivered, m.read, m.size, m.sha256, m.segment, m.start, m.head, d.id, m.body
	FROM message m JOIN dialogue d ON d.n = m.dialogue `

// scanMessage reads one message, its body sealed, and the id of its dialogue.
func scanMessage(r rows) (m store.Message, dialogue string, err error) {
	var sent, delivered, read int64
	var sum []byte
	err = r.Scan(&m.N, &m.ID, &m.Before, &m.Dialogue, &m.Record, &m.Sender, &m.Key, &sent, &delivered, &read,
		&m.Stored.Size, &sum, &m.Stored.Segment, &m.Stored.Start, &m.Stored.Head, &dialogue, &m.Body)
	copy(m.SHA256[:], sum)
	m.Sent, m.Delivered, m.Read = fromMillis(sent), fromMillis(delivered), fromMillis(read)
	return m, dialogue, err
}

// Messages lists the messages of a dialogue, opened.
func (d *DB) Messages(ctx context.Context, g *consent.Grant, r *store.Record, of store.Dialogue, at store.Below) (all []store.Message, err error) {
	box, err := d.letterBox(g, r, of.Record)
	if err != nil {
		return nil, err
	}
	err = each(d.queries(ctx), messageColumns+`WHERE m.dialogue = ?1 AND (?2 = 0 OR m.n < ?2) ORDER BY m.n DESC LIMIT ?3`, []any{of.N, at.N, at.Limit}, func(r rows) error {
		m, _, err := scanMessage(r)
		if err != nil {
			return err
		}
		if m.Body, err = box.Open(nil, "message", store.RowOf(m.ID), 0, m.Body); err != nil {
			m.Body = nil
		}
		all = append(all, m)
		return nil
	})
	return all, err
}

func (d *DB) message(ctx context.Context, where string, args ...any) (m store.Message, dialogue string, err error) {
	found := false
	err = each(d.queries(ctx), messageColumns+where, args, func(r rows) error {
		found = true
		m, dialogue, err = scanMessage(r)
		m.Body = nil
		return err
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return m, dialogue, err
}

// Message finds a message by its id.
func (d *DB) Message(ctx context.Context, id string) (store.Message, string, error) {
	return d.message(ctx, `WHERE m.id = ?1`, id)
}

// MessageOnce finds what somebody sent under a key.
func (d *DB) MessageOnce(ctx context.Context, sender, key string) (store.Message, string, error) {
	return d.message(ctx, `WHERE m.sender = ?1 AND m.key = ?2`, sender, key)
}

// MessageFile opens the file that came with a message.
func (d *DB) MessageFile(ctx context.Context, g *consent.Grant, r *store.Record, m store.Message) (io.ReadCloser, error) {
	box, err := d.letterBox(g, r, m.Record)
	if err != nil {
		return nil, err
	}
	if m.Stored.Segment == 0 {
		return nil, store.ErrNotFound
	}
	c := d.content(ctx, box, fileOf(m))
	if err := c.next(); err != nil {
		return nil, err
	}
	return c, nil
}

// fileOf is the file of a message as what is read from the files.
func fileOf(m store.Message) store.Doc {
	return store.Doc{ID: m.ID, Record: m.Record, Size: m.Stored.Size, SHA256: m.SHA256, Stored: m.Stored}
}
