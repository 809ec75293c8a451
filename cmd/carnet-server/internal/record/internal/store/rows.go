package store

import (
	"crypto/sha256"
	"encoding/binary"
)

// RowOf gives the number by which a seal knows the row of an id. Ids are
// unique within a record, and so are their hashes.
func RowOf(id string) uint64 {
	sum := sha256.Sum256([]byte(id))
	return binary.BigEndian.Uint64(sum[:8])
}

// SetQuery narrows a record's submission sets.
type SetQuery struct {
	ID     string // one set alone; "": any
	Date   []Range
	Limit  int
	Before int64 // n; 0: from the newest
}
