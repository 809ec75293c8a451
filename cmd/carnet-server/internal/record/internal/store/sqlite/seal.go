package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// What decides who may read a record lies in clear columns: the person's
// identity, the record's state, what the patient decided about whom. The log
// does not tell all of it. So each record keeps a sealed hash of these columns,
// and whoever edits one behind the server's back is noticed by verify.

// factTexts list the columns, as JSON that SQLite writes.
var factTexts = []string{
	`SELECT json_array(p.id, p.ins_system, p.ins, p.birth_name, p.used_name, p.given, p.gender, p.birth_date, p.birth_place, p.city,
		p.reliability, p.sort_name, p.match_key, p.version, r.state, r.closed_at, r.mt, r.oppose_btg, r.oppose_c15, r.masked_emergency)
		FROM patient p JOIN record r ON r.patient = p.n WHERE p.n = ?1`,
	`SELECT json_array(system, value) FROM patient_identifier WHERE patient = ?1 ORDER BY system, value`,
	`SELECT json_array(n, id, kind, actor, org, starts, ends, active, declarer, version, updated) FROM provision WHERE patient = ?1 ORDER BY n`,
}

// laterTexts list the columns of tables that came later. A table without rows
// for a record adds nothing, so that what was sealed before holds; each line
// begins with the name of its table.
var laterTexts = []string{
	`SELECT json_array('mandate', n, id, person, bond, starts, ends, ended, author) FROM mandate WHERE patient = ?1 ORDER BY n`,
	`SELECT json_array('choice', no_offline, every_visit) FROM choice WHERE patient = ?1`,
	`SELECT json_array('contest', provision, declarer, at, until) FROM contest WHERE patient = ?1 ORDER BY provision`,
	`SELECT json_array('item', n, id, kind, author, masked, version, updated, removed) FROM item WHERE patient = ?1 ORDER BY n`,
	`SELECT json_array('life', state, version, due, at) FROM life WHERE patient = ?1`,
	`SELECT json_array('lease', n, id, actor, signin, taken, until, ended) FROM lease WHERE patient = ?1 ORDER BY n`,
	`SELECT json_array('dialogue', n, id, reply, version, opened) FROM dialogue WHERE patient = ?1 ORDER BY n`,
	`SELECT json_array('dialogue_member', n, dialogue, actor, since, until) FROM dialogue_member WHERE patient = ?1 ORDER BY n`,
	messageText + ` AND NOT EXISTS (SELECT 1 FROM message_chain c WHERE c.patient = ?1) ORDER BY n`,
	`SELECT json_array('message_chain') FROM message_chain WHERE patient = ?1`,
	`SELECT json_array('complaint', n, id, seq, at, answered) FROM complaint WHERE patient = ?1 ORDER BY n`,
}

// hashFacts hashes the columns of one record.
func hashFacts(query queryFunc, n int64) (out [sha256.Size]byte, err error) {
	sum := sha256.New()
	add := func(r rows) error {
		var line sql.RawBytes
		err := r.Scan(&line)
		sum.Write(line)
		sum.Write([]byte{'\n'})
		return err
	}
	for _, text := range factTexts {
		if err := each(query, text, []any{n}, add); err != nil {
			return out, err
		}
		sum.Write([]byte{'\n'})
	}
	for _, text := range laterTexts {
		if err := each(query, text, []any{n}, add); err != nil {
			return out, err
		}
	}
	return [sha256.Size]byte(sum.Sum(nil)), nil
}

// sealFacts seals the facts of a record as they are in this transaction.
func (t *tx) sealFacts(n int64) error {
	box, err := t.factBox(n)
	if err != nil {
		return err
	}
	sum, err := hashFacts(t.w.queries(), n)
	if err != nil {
		return err
	}
	_, err = t.run(`UPDATE record SET facts = ?2 WHERE patient = ?1`, n, box.Seal("facts", uint64(n), 0, sum[:]))
	return err
}

// factBox seals the facts of a record: its own box, or, once it is erased, that
// of what belongs to no record.
func (t *tx) factBox(n int64) (store.Box, error) {
	var state int64
	if err := t.w.row(`SELECT state FROM record WHERE patient = ?1`, []any{&state}, n); err != nil {
		return store.Box{}, err
	}
	if consent.State(state) == consent.StateNone {
		return t.w.db.keys.System(), nil
	}
	return t.box(n)
}

// sealAllFacts seals the facts of records that were written before they were
// sealed. It runs once, with the migration that adds the column.
func (d *DB) sealAllFacts(ctx context.Context) error {
	return d.Do(ctx, store.Op{Do: func(s store.Tx) error {
		var all []int64
		err := each(d.w.queries(), `SELECT patient FROM record`, nil, func(r rows) error {
			var n int64
			err := r.Scan(&n)
			all = append(all, n)
			return err
		})
		if err != nil {
			return err
		}
		for _, n := range all {
			if err := s.(*tx).sealFacts(n); err != nil {
				return err
			}
		}
		return nil
	}})
}
