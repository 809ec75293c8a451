package store

import (
	"context"
	"io"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
)

// PieceSize is how much of a content is sealed at a time, in bytes; the last
// piece is shorter.
const PieceSize = 256 << 10

// Incoming is the bytes of a document that is to be added.
type Incoming struct {
	Record   *Record
	ID       string // logical id of the document
	Received []byte // the resource as received, kept as the truth
	Content  io.Reader
	Size     int64 // of the content
}

// Stored tells where a store put the bytes of a document. It means something to
// the store that gave it.
type Stored struct {
	Segment int64 // 0: nowhere of the store's own choice (documents of older stores)
	Start   int64
	Head    int64 // bytes before the content's
	Size    int64 // of the content, clear
}

// Contents is the part of a Store that keeps the bytes of documents.
type Contents interface {
	// Put seals and writes the bytes of a document that is to be added. They mean
	// nothing until Tx.AddDocument, in an Op that starts after Put returned, makes
	// them the document's; they are durable before it is. At most one piece is
	// held in memory at a time. Errors: of reading the content, of its being
	// shorter than it said, or a fault.
	Put(ctx context.Context, in Incoming) (Stored, error)
	// Discard gives back the room of bytes that became no document's and never
	// will: no Op that names them was committed, nor may have been.
	Discard(s Stored)
	// Content opens a located document's bytes against a grant.
	Content(ctx context.Context, g *consent.Grant, d Doc, r *Record) (io.ReadCloser, error)
}
