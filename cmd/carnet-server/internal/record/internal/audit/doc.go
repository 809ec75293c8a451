// Package audit is the tamper-evident log of everything that was done to
// records, as pure steps: it opens no file and reads no clock. The store keeps
// what these steps give, inside the transaction of the thing that is logged.
//
// # Words
//
//	entry       one event, as canonical JSON: Entry.Encode and Decode
//	salt        16 random bytes an entry, kept and erased with it
//	commitment  SHA-256(salt ‖ entry): tells nothing of the entry, binds it
//	number      of an entry among those of its record, from 1
//	tag         SHA-256(salt of the record ‖ its logical id): names the record to
//	            who is given that salt, and to nobody else
//	leaf        the RFC 6962 hash of commitment, number and tag, level 0 of the
//	            tree; older forms have no tag, or no number either (Leaf)
//	stored      the hashes that a leaf completes: its own, then those of the
//	            subtrees that end with it (golang.org/x/mod/sumdb/tlog)
//	edge        the complete subtrees at the right of the tree: all that is
//	            needed to append
//	head        size and hash of the whole tree, signed: a note in the form of
//	            a checkpoint (origin, size, hash, time)
//
// # Appending
//
// The writer loads a Tree once, then for each group of entries:
//
//	next := tree.Clone()
//	for i, e := range entries {
//		hashes := next.Append(e.leaf) // a row: seq next.Size()-1, hashes
//	}
//	head, err := Sign(HeadOf(origin, next, now), signer)  // the one row of heads
//	commit; then tree = next
//
// Nothing is read to append. A proof for one entry shows nothing of its
// neighbours: hashes of salted values.
//
// # Checking
//
// Verify walks all rows and notices any changed, missing, added or reordered
// leaf, hash or entry, an entry that is filed under another time or person than
// its own, and a head that is not theirs. It cannot notice that a
// whole older copy was put back: this is what witnesses are for, who keep the
// last head they saw and ask for ProveHeads to the present one.
//
// WriteExport and CheckExport are the patient's own check: all entries of one
// record, that they are in the tree of a signed head, and that none is missing.
package audit
