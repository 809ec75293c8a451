package sqlite

import (
	"context"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// heldValues are the sealed values of what holders keep: kind, table, the
// record, the id that names the row to the seal (empty: the record itself), and
// the part.
var heldValues = []struct{ kind, what, text string }{
	{"email", "an address", `SELECT patient, '', 0, email FROM choice`},
	{"contest", "the words of a contest", `SELECT patient, provision, 0, words FROM contest`},
	{"wish", "the words of a wish", `SELECT patient, id, 0, words FROM wish`},
	{"item", "an item of a profile", `SELECT patient, id, version, body FROM item WHERE removed = 0`},
	{"dialogue", "the subject of a dialogue", `SELECT patient, id, version, body FROM dialogue`},
	{"message", "a message", `SELECT patient, id, 0, body FROM message`},
	{"words", "the words of a dialogue", `SELECT w.patient, d.id, w.part, w.body FROM dialogue_words w JOIN dialogue d ON d.n = w.dialogue`},
	{"lease", "who holds an offline copy", `SELECT patient, id, 0, body FROM lease`},
	{"complaint", "the words of a complaint", `SELECT patient, id, answered, body FROM complaint`},
}

// heldValue is one of them.
type heldValue struct {
	record, part int64
	id           string
	sealed, key  []byte
}

// HeldValues finds, of what holders keep, what does not open. A row of a record
// that is gone is told as such elsewhere.
func (r *Reader) HeldValues(ctx context.Context) (bad []Orphan, err error) {
	for _, v := range heldValues {
		err := each(r.db.queries(ctx), `SELECT v.*, r.key FROM (`+v.text+`) v JOIN record r ON r.patient = v.patient`, nil, func(row rows) error {
			var one heldValue
			if err := row.Scan(&one.record, &one.id, &one.part, &one.sealed, &one.key); err != nil {
				return err
			}
			if !r.opensHeld(v.kind, one) {
				bad = append(bad, Orphan{one.record, v.what + " does not open"})
			}
			return nil
		})
		if err != nil {
			return bad, err
		}
	}
	return bad, nil
}

// opensHeld tells whether a sealed value opens in its place.
func (r *Reader) opensHeld(kind string, v heldValue) bool {
	at := uint64(v.record)
	if v.id != "" {
		at = store.RowOf(v.id)
	}
	box, err := r.db.keys.Box(v.record, v.key)
	if err == nil {
		_, err = box.Open(nil, kind, at, int(v.part), v.sealed)
	}
	return err == nil
}
