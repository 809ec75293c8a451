package batch

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"carnet/client/fhir"
)

// What is derived has a domain of its own: an item of the outbox and the
// document that it files never bear the same id.
const (
	itemDomain     = "carnet/batch/item/1"
	documentDomain = "carnet/batch/document/1"
)

// itemID gives the id of the outbox item that files a content for a person.
func itemID(sender string, ins fhir.Identifier, content [sha256.Size]byte) string {
	return derive(itemDomain, sender, ins, content)
}

// documentID gives the unique id (masterIdentifier) of that document.
func documentID(sender string, ins fhir.Identifier, content [sha256.Size]byte) string {
	return "urn:uuid:" + derive(documentDomain, sender, ins, content)
}

// derive makes a UUID version 8 (RFC 9562, 5.8) of the first 128 bits of
// SHA-256 over domain, sender, system and value of the INS (each with its length
// before it, 8 bytes, so that no two lists of parts are the same bytes) and the
// content's SHA-256. It needs no key: whoever can compute it holds the file, the
// INS and the sender, and learns nothing from it.
func derive(domain, sender string, ins fhir.Identifier, content [sha256.Size]byte) string {
	var b []byte
	for _, part := range []string{domain, sender, ins.System, ins.Value} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(part)))
		b = append(b, part...)
	}
	sum := sha256.Sum256(append(b, content[:]...))
	sum[6] = sum[6]&0x0f | 0x80 // version 8
	sum[8] = sum[8]&0x3f | 0x80 // variant 10
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
