package audit

import (
	"crypto/sha256"
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// SaltSize is the length of a salt in bytes.
const SaltSize = 16

// HashStore reads stored hashes by their index (tlog.StoredHashIndex), in the
// order asked. Where tells in which row an index was kept.
type HashStore = tlog.HashReader

// Where tells which leaf completed a stored hash, and its place among the
// hashes of that leaf: what a store needs that keeps one row a leaf.
func Where(index int64) (leaf int64, place int) {
	level, n := tlog.SplitStoredHashIndex(index)
	return (n+1)<<level - 1, level
}

// Commit gives the commitment to an entry.
func Commit(salt [SaltSize]byte, entry []byte) [32]byte {
	h := sha256.New()
	h.Write(salt[:])
	h.Write(entry)
	return [32]byte(h.Sum(nil))
}

// Tree is a log's size and right edge: all that appending needs. The zero Tree
// is an empty log. A Tree is used by one goroutine; Clone it before a
// transaction that may fail.
type Tree struct {
	size int64
	edge []tlog.Hash // by level; meaningful where size has the bit set
}

// LoadTree reads the edge of a log of the given size.
func LoadTree(size int64, store HashStore) (Tree, error) {
	if size < 0 {
		return Tree{}, fmt.Errorf("audit: negative size")
	}
	t := Tree{size: size, edge: make([]tlog.Hash, bits.Len64(uint64(size)))}
	var levels []int
	var indexes []int64
	for level := range t.edge {
		if size>>level&1 == 1 {
			levels = append(levels, level)
			indexes = append(indexes, tlog.StoredHashIndex(level, size>>level-1))
		}
	}
	if len(indexes) == 0 {
		return t, nil
	}
	hashes, err := store.ReadHashes(indexes)
	if err != nil {
		return Tree{}, fmt.Errorf("audit: read the edge: %w", err)
	}
	if len(hashes) != len(indexes) {
		return Tree{}, fmt.Errorf("audit: %d hashes of the edge for %d asked", len(hashes), len(indexes))
	}
	for i, level := range levels {
		t.edge[level] = hashes[i]
	}
	return t, nil
}

// Size is the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Clone gives an independent copy.
func (t *Tree) Clone() Tree { return Tree{size: t.size, edge: slices.Clone(t.edge)} }

// Append adds a leaf and gives the hashes that it completes, to be stored with
// it: the leaf's own first. The slice belongs to the caller.
func (t *Tree) Append(l Leaf) []tlog.Hash { return t.appendHash(l.Hash()) }

func (t *Tree) appendHash(h tlog.Hash) []tlog.Hash {
	stored := make([]tlog.Hash, 1, bits.TrailingZeros64(^uint64(t.size))+1)
	stored[0] = h
	level := 0
	for ; t.size>>level&1 == 1; level++ {
		h = tlog.NodeHash(t.edge[level], h)
		stored = append(stored, h)
	}
	for len(t.edge) <= level {
		t.edge = append(t.edge, tlog.Hash{})
	}
	t.edge[level] = h
	t.size++
	return stored
}

// Hash is the hash of the whole tree; that of an empty log is SHA-256 of
// nothing (RFC 6962).
func (t *Tree) Hash() tlog.Hash {
	if t.size == 0 {
		return sha256.Sum256(nil)
	}
	var h tlog.Hash
	first := true
	for level := range t.edge {
		switch {
		case t.size>>level&1 == 0:
		case first:
			h, first = t.edge[level], false
		default:
			h = tlog.NodeHash(t.edge[level], h)
		}
	}
	return h
}
