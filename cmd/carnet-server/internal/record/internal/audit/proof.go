package audit

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrProof is of a proof that does not prove what it should.
var ErrProof = errors.New("audit: the proof does not hold")

// ProveEntry proves that leaf seq is in the tree of a head.
func ProveEntry(h Head, seq int64, store HashStore) (tlog.RecordProof, error) {
	if seq < 0 || seq >= h.Size {
		return nil, fmt.Errorf("audit: no leaf %d in a log of %d", seq, h.Size)
	}
	return tlog.ProveRecord(h.Size, seq, store)
}

// CheckEntry checks that a leaf is leaf seq of the tree of a head. Whoever
// holds the salt, the entry and a head needs nothing else.
func CheckEntry(p tlog.RecordProof, h Head, seq int64, leaf Leaf) error {
	if err := tlog.CheckRecord(p, h.Size, h.Hash, seq, leaf.Hash()); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	return nil
}

// ProveHeads proves that the log of a newer head begins with that of an older
// one: nothing was changed or taken away in between. Of an empty log there is
// nothing to prove, and the proof is empty.
func ProveHeads(older, newer Head, store HashStore) (tlog.TreeProof, error) {
	if older.Size > newer.Size {
		return nil, fmt.Errorf("audit: the older head is longer (%d) than the newer (%d)", older.Size, newer.Size)
	}
	if older.Size == 0 {
		return nil, nil
	}
	return tlog.ProveTree(newer.Size, older.Size, store)
}

// CheckHeads is the witness's part: it checks what ProveHeads proves.
func CheckHeads(p tlog.TreeProof, older, newer Head) error {
	switch {
	case older.Origin != newer.Origin || older.Size > newer.Size:
		return ErrProof
	case older.Size == 0 && older.Hash != (&Tree{}).Hash():
		return ErrProof
	case older.Size == 0:
		return nil
	}
	if err := tlog.CheckTree(p, newer.Size, newer.Hash, older.Size, older.Hash); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	return nil
}
