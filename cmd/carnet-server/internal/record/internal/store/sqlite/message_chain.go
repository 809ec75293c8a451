package sqlite

import (
	"crypto/sha256"
	"database/sql"
	"errors"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// messageText gives a record's messages as they are sealed; ?1 is the record. It
// is hashed with the facts of a record whose messages are not chained yet, and
// must not change.
const messageText = `SELECT json_array('message', n, id, dialogue, sender, key, sent, size, hex(sha256), segment, start, head) FROM message WHERE patient = ?1`

// link is the hash of a chain with one message more.
func link(before [sha256.Size]byte, line []byte) [sha256.Size]byte {
	return sha256.Sum256(append(before[:], line...))
}

// CountMessages tells how many messages a record has.
func (t *tx) CountMessages(record int64) (n int, err error) {
	err = t.w.row(`SELECT count FROM message_chain WHERE patient = ?1`, []any{&n}, record)
	if errors.Is(err, store.ErrNotFound) {
		err = t.w.row(`SELECT count(*) FROM message WHERE patient = ?1`, []any{&n}, record)
	}
	return n, err
}

// chain seals a message that was just written. The first one that is chained
// brings those before it in, and is told to the record's facts; those after cost
// the same however many there are.
func (t *tx) chain(box store.Box, m *store.Message) error {
	var count int64
	var sealed []byte
	err := t.w.row(`SELECT count, sealed FROM message_chain WHERE patient = ?1`, []any{&count, &sealed}, m.Record)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	first := err != nil
	var sum [sha256.Size]byte
	var line []byte
	switch {
	case first:
		sum, count, err = chained(t.w.queries(), m.Record)
	default:
		err = t.w.row(messageText+` AND n = ?2`, []any{&line}, m.Record, m.N)
		// A chain that was damaged goes on as one that verify will not find to hold.
		if was, openErr := box.Open(nil, "chain", uint64(m.Record), int(count), sealed); openErr == nil {
			copy(sum[:], was)
		}
		sum, count = link(sum, line), count+1
	}
	if err != nil {
		return err
	}
	_, err = t.run(`INSERT INTO message_chain VALUES (?1,?2,?3) ON CONFLICT (patient) DO UPDATE SET count = ?2, sealed = ?3`,
		m.Record, count, box.Seal("chain", uint64(m.Record), int(count), sum[:]))
	if err != nil || !first {
		return err
	}
	return t.sealFacts(m.Record)
}

// chained computes the chain of the messages that are there.
func chained(query queryFunc, record int64) (sum [sha256.Size]byte, count int64, err error) {
	err = each(query, messageText+` ORDER BY n`, []any{record}, func(r rows) error {
		var line sql.RawBytes
		err := r.Scan(&line)
		sum, count = link(sum, line), count+1
		return err
	})
	return sum, count, err
}

// chainHolds tells whether the messages of a record are those that were chained. A
// record without a chain has its messages among its facts.
func chainHolds(query queryFunc, box store.Box, record int64) (bool, error) {
	var count int64
	var sealed []byte
	err := one(query, `SELECT count, sealed FROM message_chain WHERE patient = ?1`, []any{&count, &sealed}, record)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	sum, n, err := chained(query, record)
	if err != nil {
		return false, err
	}
	was, err := box.Open(nil, "chain", uint64(record), int(count), sealed)
	return err == nil && n == count && string(was) == string(sum[:]), nil
}
