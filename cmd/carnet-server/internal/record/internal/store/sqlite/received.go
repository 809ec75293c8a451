package sqlite

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"fmt"
	"io"
	"sync"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// What was received is kept compressed. Its first byte says how.
const (
	plain    = 0 // as it is: compressing it would not have helped
	deflated = 1 // DEFLATE (RFC 1951) with receivedWords before it
)

// receivedWords is what nearly every resource repeats. It must never change:
// what was compressed with it opens with it alone. Better words are another
// file, under another first byte.
//
//go:embed received.words
var receivedWords []byte

// largestReceived bounds what is opened, in bytes: far above what is accepted.
const largestReceived = 16 << 20

// packers are used again: each has tables of half a megabyte.
var packers = sync.Pool{New: func() any {
	w, err := flate.NewWriterDict(io.Discard, packLevel, receivedWords)
	if err != nil { // only for a level that is none
		panic(err)
	}
	return w
}}

const packLevel = 3

// pack compresses what was received.
func pack(received []byte) []byte {
	out := bytes.NewBuffer(make([]byte, 0, len(received)/2+64))
	out.WriteByte(deflated)
	w := packers.Get().(*flate.Writer)
	defer packers.Put(w)
	w.Reset(out)
	_, err := w.Write(received)
	if closeErr := w.Close(); err != nil || closeErr != nil || out.Len() > len(received) {
		return append([]byte{plain}, received...)
	}
	return out.Bytes()
}

// unpack is the way back.
func unpack(packed []byte) ([]byte, error) {
	if len(packed) == 0 {
		return nil, store.ErrSealed
	}
	switch packed[0] {
	case plain:
		return packed[1:], nil
	case deflated:
		r := flate.NewReaderDict(bytes.NewReader(packed[1:]), receivedWords)
		out, err := io.ReadAll(io.LimitReader(r, largestReceived+1))
		if err != nil || len(out) > largestReceived {
			return nil, fmt.Errorf("%w: what was received does not unpack", store.ErrSealed)
		}
		return out, nil
	}
	return nil, fmt.Errorf("%w: what was received is packed in an unknown way", store.ErrSealed)
}

// receivedRun opens what was received of a document that lies in the files.
func (d *DB) receivedRun(box store.Box, doc store.Doc) ([]byte, error) {
	if doc.Stored.Head < store.SealOverhead || doc.Stored.Head > largestReceived {
		return nil, store.ErrSealed
	}
	sealed := make([]byte, doc.Stored.Head)
	if err := d.files.ReadAt(sealed, doc.Stored.Segment, doc.Stored.Start); err != nil {
		return nil, lost(err)
	}
	packed, err := box.Open(sealed[:0], "received.run", store.RowOf(doc.ID), receivedPart, sealed)
	if err != nil {
		return nil, err
	}
	return unpack(packed)
}
