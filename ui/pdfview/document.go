package pdfview

import (
	"context"
	"errors"
	"image"
	"strings"
	"sync"

	"carnet/client/pdfium"
)

// Engine opens PDF; *pdfium.Engine is one.
type Engine interface {
	Open(ctx context.Context, data []byte) (*pdfium.Document, error)
}

// errKind means that this view has no way to show a media type.
var errKind = errors.New("pdfview: a kind of document that cannot be shown")

// hit is a place where a passage stands.
type hit struct {
	page  int
	boxes []box
}

// document is something with pages. Its methods block: they are called in
// tasks. They are safe for concurrent use.
type document interface {
	// pages gives the sizes of the pages in points, at least one.
	pages() []size
	// draw draws a page; scale is pixels a point.
	draw(ctx context.Context, page int, scale float64, rotation int) (image.Image, error)
	// search finds a passage; nothing in what has no text.
	search(ctx context.Context, query string) ([]hit, error)
	// text gives the text of a page, inside part if it is not nil.
	text(ctx context.Context, page int, part *box) (string, error)
	// hasText says whether there can be text at all.
	hasText() bool
	// close gives everything back; it does not block.
	close()
}

// open makes a document of bytes. mono is the font for plain text.
func open(ctx context.Context, e Engine, mediaType string, data, mono []byte) (document, error) {
	kind, _, _ := strings.Cut(strings.ToLower(mediaType), ";")
	switch strings.TrimSpace(kind) {
	case "application/pdf":
		return openPDF(ctx, e, data)
	case "image/jpeg", "image/jpg", "image/png", "image/tiff":
		return openPicture(data)
	case "text/plain":
		return openPlain(data, mono)
	}
	return nil, errKind
}

// lease holds the document of one Show, so that one that opens after it is no
// longer wanted is closed all the same.
type lease struct {
	mu    sync.Mutex
	doc   document // guarded by mu
	ended bool     // guarded by mu
}

// put takes a document; it is closed at once when the lease has ended.
func (l *lease) put(d document) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		d.close()
		return
	}
	l.doc = d
}

// end closes what the lease holds.
func (l *lease) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	if l.doc != nil {
		l.doc.close()
		l.doc = nil
	}
}
