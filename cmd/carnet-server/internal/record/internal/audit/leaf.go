package audit

import (
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/mod/sumdb/tlog"
)

// Forms of a leaf, in the order in which they came to be. Among the entries of
// one record they never go back, so that no later leaf passes for an earlier
// form, which says less.
const (
	// FormBare is a commitment alone: of an entry about no record, or one of
	// before entries were numbered.
	FormBare = 1
	// FormNumbered adds the number of the entry among those of its record, from 1,
	// so that nobody can take one out without leaving a gap.
	FormNumbered = 2
	// FormTagged adds the tag of the record, so that no entry of another record
	// can be put in the place of one that is withheld.
	FormTagged = 3
)

// Leaf is what a leaf of the log hashes. Number is of all forms but FormBare, Tag
// of FormTagged alone.
type Leaf struct {
	Form       int
	Commitment [32]byte
	Number     int64
	Tag        [32]byte
}

// Hash is the leaf's hash under the domain separation of RFC 6962, so that no
// leaf can pass for an inner node. The forms have different lengths (32, 40 and
// 72 bytes), so that none can pass for another.
func (l Leaf) Hash() tlog.Hash {
	data := make([]byte, 0, 72)
	data = append(data, l.Commitment[:]...)
	if l.Form >= FormNumbered {
		data = binary.BigEndian.AppendUint64(data, uint64(l.Number))
	}
	if l.Form >= FormTagged {
		data = append(data, l.Tag[:]...)
	}
	return tlog.RecordHash(data)
}

// TagOf is the tag of a record: SHA-256 of a salt of the record and its logical
// id. Whoever does not know the salt learns nothing from it, and nobody can open
// one tag to two records.
func TagOf(salt [SaltSize]byte, record string) [32]byte {
	h := sha256.New()
	h.Write(salt[:])
	h.Write([]byte(record))
	return [32]byte(h.Sum(nil))
}
