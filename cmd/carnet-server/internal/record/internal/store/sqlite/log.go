package sqlite

import (
	"context"
	"errors"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// logState appends to the Merkle log inside the writer's transactions. tree is
// that of the last transaction that was committed.
type logState struct {
	w      *writer
	signer note.Signer
	tree   audit.Tree
	next   audit.Tree // tree with the entries of the open transaction

	numbers *lru.Cache[int64, int64] // of the last entry, by record, as of tree
	counted map[int64]int64          // likewise in next, of the records that have entries there
}

func newLogState(w *writer, o Options) (*logState, error) {
	numbers, err := lru.New[int64, int64](cachedNumbers)
	if err != nil {
		return nil, err
	}
	l := &logState{w: w, signer: o.Signer, numbers: numbers}
	var size int64
	if err := w.row(`SELECT COALESCE(max(seq) + 1, 0) FROM leaf`, []any{&size}); err != nil {
		return nil, err
	}
	tree, err := audit.LoadTree(size, hashReader{w.queries()})
	if err != nil {
		return nil, errors.Join(errLog, err)
	}
	l.tree = tree
	return l, l.checkHead(o.Verifier)
}

// errLog says that the log was touched: nothing is signed on top of that.
var errLog = errors.New("the log is not as it was signed: run carnet-server verify, and restore the backup")

// checkHead makes sure that the head is that of the leaves, and signed by the
// log's key: a new one would hide what was done to them.
func (l *logState) checkHead(v note.Verifier) error {
	var signed []byte
	err := l.w.row(`SELECT note FROM head`, []any{&signed})
	if errors.Is(err, store.ErrNotFound) && l.tree.Size() == 0 {
		return nil
	}
	if errors.Is(err, store.ErrNotFound) {
		return errLog
	}
	if err != nil {
		return err
	}
	head, err := audit.Open(signed, v)
	switch {
	case errors.Is(err, audit.ErrHead):
		return store.Missing("log.key", "is not the one that signed this log (or the log was touched: see carnet-server verify)")
	case err != nil:
		return err
	case head.Size != l.tree.Size() || head.Hash != l.tree.Hash():
		return errLog
	}
	return nil
}

// append adds the entries of a batch and one signed head; committed then makes
// them part of the tree.
func (l *logState) append(batch []*job) error {
	l.next, l.counted = l.tree.Clone(), map[int64]int64{}
	for _, j := range batch {
		for i := range j.log {
			if err := l.add(&j.log[i]); err != nil {
				return err
			}
		}
	}
	if l.next.Size() == l.tree.Size() {
		return nil
	}
	signed, err := audit.Sign(audit.HeadOf(l.signer.Name(), &l.next, l.w.db.now()), l.signer)
	if err != nil {
		return err
	}
	_, err = l.w.exec(`INSERT INTO head VALUES (1,?1) ON CONFLICT (one) DO UPDATE SET note = ?1`, signed)
	return err
}

func (l *logState) committed() {
	l.tree = l.next
	for record, number := range l.counted {
		l.numbers.Add(record, number)
	}
}

// number gives the number of a record's next entry.
func (l *logState) number(record int64) (int64, error) {
	last, ok := l.counted[record]
	if !ok {
		last, ok = l.numbers.Get(record)
	}
	if !ok {
		err := l.w.row(`SELECT COALESCE((SELECT NULLIF(number, 0) FROM entry WHERE patient <> 0 AND patient = ?1 ORDER BY seq DESC LIMIT 1),
			(SELECT count(*) FROM entry WHERE patient <> 0 AND patient = ?1))`, []any{&last}, record)
		if err != nil {
			return 0, err
		}
	}
	l.counted[record] = last + 1
	return last + 1, nil
}

func (l *logState) add(e *store.Entry) error {
	seq := l.next.Size()
	leaf := e.Leaf
	var err error
	if leaf.Form != audit.FormBare {
		if leaf.Number, err = l.number(e.Record); err != nil {
			return err
		}
	}
	hashes := l.next.Append(leaf)
	packed := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		packed = append(packed, h[:]...)
	}
	if _, err := l.w.exec(`INSERT INTO leaf VALUES (?1,?2)`, seq, packed); err != nil {
		return err
	}
	_, err = l.w.exec(`INSERT INTO entry VALUES (?1,?2,?3,?4,?5,?6,?7,?8)`,
		seq, millis(e.At), e.Actor, e.Record, int64(e.Nonce), e.Sealed, leaf.Number, leaf.Form)
	return err
}

// formOf gives the form of a leaf by its columns: before forms were kept, the
// number told it.
func formOf(form int, number int64) int {
	switch {
	case form != 0:
		return form
	case number == 0:
		return audit.FormBare
	}
	return audit.FormNumbered
}

// hashReader reads hashes of the tree: row seq of leaf holds those that leaf
// seq completes, from the lowest level up.
type hashReader struct{ query queryFunc }

// ReadHashes implements audit.HashStore.
func (h hashReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		leaf, place := audit.Where(index)
		var packed []byte
		if err := one(h.query, `SELECT hashes FROM leaf WHERE seq = ?1`, []any{&packed}, leaf); err != nil {
			return nil, err
		}
		if len(packed) < (place+1)*tlog.HashSize {
			return nil, errors.New("sqlite: a leaf lacks hashes")
		}
		copy(out[i][:], packed[place*tlog.HashSize:])
	}
	return out, nil
}

// Head gives the latest signed head.
func (d *DB) Head(ctx context.Context) (note []byte, err error) {
	err = one(d.queries(ctx), `SELECT note FROM head`, []any{&note})
	return note, err
}

// scanEntry opens an audit entry. An erased one has no body.
func (d *DB) scanEntry(r rows) (e store.LogEntry, err error) {
	var at, nonce int64
	var sealed, key []byte
	if err := r.Scan(&e.Seq, &at, &e.Actor, &e.Record, &nonce, &sealed, &key); err != nil {
		return e, err
	}
	e.At = fromMillis(at)
	if sealed == nil {
		return e, nil
	}
	box := d.keys.System()
	if e.Record != 0 {
		if box, err = d.keys.Box(e.Record, key); errors.Is(err, store.ErrErased) {
			return e, nil
		} else if err != nil {
			return e, err
		}
	}
	clear, err := box.Open(nil, "entry", uint64(nonce), 0, sealed)
	if err == nil && len(clear) < audit.SaltSize {
		err = fmt.Errorf("entry %d: too short", e.Seq)
	}
	if err != nil {
		return e, err
	}
	e.Salt, e.Body = [audit.SaltSize]byte(clear), clear[audit.SaltSize:]
	return e, nil
}
