package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// fullPart is how long a part of the words of a dialogue grows, in bytes: a message
// more is sealed with it.
const fullPart = 16 << 10

// Words gives the words of dialogues.
func (d *DB) Words(ctx context.Context, of []store.Look, yield func(store.Words)) error {
	at := make(map[int64]int, len(of))
	all := make([]store.Dialogue, len(of))
	for i, l := range of {
		at[l.Dialogue.N], all[i] = i, l.Dialogue
	}
	const text = `SELECT w.dialogue, w.part, w.upto, w.body, p.sort_name FROM dialogue_words w JOIN patient p ON p.n = w.patient
		WHERE w.dialogue IN (SELECT value FROM json_each(?1)) ORDER BY w.dialogue, w.part`
	var clear []byte
	return each(d.queries(ctx), text, []any{numbersOf(all)}, func(r rows) error {
		var n, part int64
		var sealed, name sql.RawBytes
		var found store.Words
		if err := r.Scan(&n, &part, &found.Upto, &sealed, &name); err != nil {
			return err
		}
		found.At = at[n]
		l := of[found.At]
		box, err := d.letterBox(l.Grant, l.Record, l.Dialogue.Record)
		if err != nil {
			return err
		}
		if clear, err = box.Open(clear[:0], "words", store.RowOf(l.Dialogue.ID), int(part), sealed); err != nil {
			found.Upto = -1
		}
		found.Text = " " + string(name) + string(clear)
		yield(found)
		return nil
	})
}

// IndexDialogue adds to the words of a dialogue those of the messages that are not
// in them yet. What does not open has no words: verify tells of it.
func (t *tx) IndexDialogue(d store.Dialogue, f store.Folding) error {
	box, err := t.box(d.Record)
	if err != nil {
		return err
	}
	part, upto, words, err := t.lastWords(box, d)
	if err != nil {
		return err
	}
	add := func(all []string) {
		for _, w := range all {
			words[w] = true
		}
	}
	if part < 0 {
		if body, err := openDialogue(t.w.queries(), box, d); err == nil {
			add(f.Dialogue(body))
		}
		part = 0
	}
	newest, err := t.wordsSince(box, d, upto, func(body []byte) { add(f.Message(body)) })
	if err != nil || newest == upto {
		return err
	}
	var text strings.Builder
	for _, w := range slices.Sorted(maps.Keys(words)) {
		text.WriteByte(' ')
		text.WriteString(w)
	}
	_, err = t.run(`INSERT INTO dialogue_words (dialogue, patient, part, upto, body) VALUES (?1,?2,?3,?4,?5)
		ON CONFLICT (dialogue, part) DO UPDATE SET upto = ?4, body = ?5`,
		d.N, d.Record, part, newest, box.Seal("words", store.RowOf(d.ID), part, []byte(text.String())))
	return err
}

// lastWords gives the part of a dialogue's words that grows, and its words: -1 when
// there is none yet, or when it does not open and all are to be made anew.
func (t *tx) lastWords(box store.Box, d store.Dialogue) (part int, upto int64, words map[string]bool, err error) {
	words = map[string]bool{}
	var sealed []byte
	err = t.w.row(`SELECT part, upto, body FROM dialogue_words WHERE dialogue = ?1 ORDER BY part DESC LIMIT 1`, []any{&part, &upto, &sealed}, d.N)
	if errors.Is(err, store.ErrNotFound) {
		return -1, 0, words, nil
	}
	if err != nil {
		return 0, 0, nil, err
	}
	clear, err := box.Open(nil, "words", store.RowOf(d.ID), part, sealed)
	if err != nil {
		_, err = t.run(`DELETE FROM dialogue_words WHERE dialogue = ?1`, d.N)
		return -1, 0, words, err
	}
	if len(clear) >= fullPart {
		return part + 1, upto, words, nil
	}
	for _, w := range strings.Fields(string(clear)) {
		words[w] = true
	}
	return part, upto, words, nil
}

// wordsSince opens the messages after one, and tells the newest.
func (t *tx) wordsSince(box store.Box, d store.Dialogue, upto int64, add func(body []byte)) (newest int64, err error) {
	newest = upto
	err = each(t.w.queries(), `SELECT n, id, body FROM message WHERE dialogue = ?1 AND n > ?2 ORDER BY n`, []any{d.N, upto}, func(r rows) error {
		var id string
		var sealed []byte
		if err := r.Scan(&newest, &id, &sealed); err != nil {
			return err
		}
		if body, err := box.Open(nil, "message", store.RowOf(id), 0, sealed); err == nil {
			add(body)
		}
		return nil
	})
	return newest, err
}
