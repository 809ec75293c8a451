package store

import (
	"crypto/rand"
	"encoding/binary"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/audit"
)

// About says whom an entry is about.
type About struct {
	At     time.Time
	Actor  string
	Record int64 // 0: about no record
	// Patient is the logical id of whose record it is; "" when it is about none.
	Patient string
}

// Prepare salts, hashes and seals an audit entry, away from the writer's
// goroutine. The box is the record's, or the system's when there is none.
func Prepare(box Box, a About, body []byte) Entry {
	var salt [audit.SaltSize]byte
	rand.Read(salt[:])
	// A number of its own names the row to the seal: its place in the log is not
	// known yet. It says nothing of the salt. The top bit stays free, columns are
	// signed.
	var row [8]byte
	rand.Read(row[:])
	nonce := binary.BigEndian.Uint64(row[:]) >> 1
	leaf := audit.Leaf{Form: audit.FormBare, Commitment: audit.Commit(salt, body)}
	if a.Record != 0 { // its number is given when it is appended
		leaf.Form, leaf.Tag = audit.FormTagged, audit.TagOf(box.TagSalt(), a.Patient)
	}
	clear := append(append(make([]byte, 0, len(salt)+len(body)), salt[:]...), body...)
	return Entry{
		At: a.At, Actor: a.Actor, Record: a.Record, Nonce: nonce,
		Sealed: box.Seal("entry", nonce, 0, clear), Leaf: leaf,
	}
}
