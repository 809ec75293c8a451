package fhir

import (
	"crypto/sha256"
	"fmt"
)

// SplitLotJSON gives the transaction that files documents as one submission
// set (ITI-65), as pieces between which the base64 of each document's content
// belongs, so that large contents can be streamed: one piece more than
// documents. The List is the first entry; then come, for each document in turn,
// its DocumentReference and its Binary (see LotEntryOf).
func SplitLotJSON(set SubmissionSet, docs []DocumentReference) [][]byte {
	const request = `,"request":{"method":"POST","url":"`
	w := &writer{make([]byte, 0, 4096)}
	w.resource("Bundle", "")
	w.str("type", BundleTransaction)
	w.arr("entry")
	set.Entries = nil
	for _, d := range docs {
		set.Entries = append(set.Entries, entryURL(d, "document"))
	}
	w.item()
	w.str("fullUrl", urlOf("set", set.UniqueID))
	w.raw("resource", set.JSON())
	w.b = append(w.b, request+`List"}}`...)
	var pieces [][]byte
	for _, d := range docs {
		d.Attachment.URL = entryURL(d, "content")
		w.item()
		w.str("fullUrl", entryURL(d, "document"))
		w.raw("resource", d.JSON())
		w.b = append(w.b, request+`DocumentReference"}}`...)
		w.item()
		w.str("fullUrl", d.Attachment.URL)
		w.obj("resource")
		w.str("resourceType", "Binary")
		w.str("contentType", d.Attachment.ContentType)
		w.key("data")
		pieces = append(pieces, append(w.b, '"'))
		w = &writer{append(make([]byte, 0, 4096), `"}`+request+`Binary"}}`...)}
	}
	return append(pieces, append(w.b, "]}"...))
}

// LotEntryOf gives the document to which an entry of SplitLotJSON's Bundle
// belongs, -1 for the List.
func LotEntryOf(entry int) int {
	if entry == 0 {
		return -1
	}
	return (entry - 1) / 2
}

func entryURL(d DocumentReference, part string) string { return urlOf(part, d.UniqueID) }

// urlOf makes a urn:uuid that is the same for the same thing.
func urlOf(part, id string) string {
	h := sha256.Sum256([]byte(part + "\x00" + id))
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80 // RFC 9562, version 8
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
