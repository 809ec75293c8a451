package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
	"carnet/cmd/carnet-server/internal/record/internal/store/segment"
)

// receivedPart is the version of the document that its filing makes.
const receivedPart = 1

// pieces are buffers for a sealed piece each. A piece is a quarter of a
// megabyte, so they are used again.
var pieces = sync.Pool{New: func() any {
	b := make([]byte, 0, store.PieceSize+store.SealOverhead)
	return &b
}}

// runLength is how long the run of a document is: its pieces follow from its
// size.
func runLength(s store.Stored) int64 {
	pieces := (s.Size + store.PieceSize - 1) / store.PieceSize
	return s.Head + s.Size + pieces*store.SealOverhead
}

func runOf(s store.Stored) segment.Run {
	return segment.Run{Segment: s.Segment, Start: s.Start, Length: runLength(s)}
}

// Put seals and writes the bytes of a document on the caller's goroutine, so
// that the writer's never touches them.
func (d *DB) Put(ctx context.Context, in store.Incoming) (out store.Stored, err error) {
	if err := ctx.Err(); err != nil {
		return out, err
	}
	box, err := d.keys.Box(in.Record.N, in.Record.Key)
	if err != nil {
		return out, err
	}
	row := store.RowOf(in.ID)
	packed := pack(in.Received)
	out = store.Stored{Head: int64(len(packed) + store.SealOverhead), Size: in.Size}
	run, err := d.files.Reserve(runLength(out))
	if err != nil {
		return store.Stored{}, err
	}
	out.Segment, out.Start = run.Segment, run.Start
	pooled := pieces.Get().(*[]byte)
	defer pieces.Put(pooled)
	w := runWriter{box: box, row: row, run: run, buf: (*pooled)[:0]}
	w.buf = box.Append(w.buf, "received.run", row, receivedPart, packed)
	if err := w.content(in.Content, in.Size); err != nil {
		d.files.Discard(run)
		return store.Stored{}, fmt.Errorf("sqlite: nothing was written: %w", err)
	}
	d.files.Written(run)
	return out, nil
}

// runWriter fills a run.
type runWriter struct {
	box store.Box
	row uint64
	run segment.Run
	buf []byte // sealed, not yet written
	at  int64  // of buf in the run
}

// content seals and writes a content behind what is in buf. Each piece is
// sealed where it was read to.
func (w *runWriter) content(from io.Reader, left int64) error {
	for part := 0; left > 0; part++ {
		n := int(min(store.PieceSize, left))
		if len(w.buf)+n+store.SealOverhead > cap(w.buf) {
			if err := w.flush(); err != nil {
				return err
			}
		}
		w.buf = slices.Grow(w.buf, n+store.SealOverhead)
		clear := w.buf[len(w.buf) : len(w.buf)+n]
		if _, err := io.ReadFull(from, clear); err != nil {
			return fmt.Errorf("read the content: %w", err)
		}
		w.buf = w.box.Append(w.buf, "content", w.row, part, clear)
		left -= int64(n)
	}
	return w.flush()
}

func (w *runWriter) flush() error {
	if err := w.run.WriteAt(w.buf, w.at); err != nil {
		return err
	}
	w.at += int64(len(w.buf))
	w.buf = w.buf[:0]
	return nil
}

// Discard gives the room of a run back.
func (d *DB) Discard(s store.Stored) {
	if s.Segment != 0 {
		d.files.Discard(runOf(s))
	}
}

// checkFiles makes sure that the files are there which the rows need.
func (d *DB) checkFiles(ctx context.Context) error {
	return eachSegment(d.queries(ctx), func(n, length int64) error {
		if err := d.files.Check(n, length); err != nil {
			return fmt.Errorf("%w: restore the backup of this data directory", err)
		}
		return nil
	})
}

// eachSegment gives the files that rows name, and how much of each.
func eachSegment(query queryFunc, file func(n, length int64) error) error {
	return each(query, `SELECT n, length FROM segment ORDER BY n`, nil, func(r rows) error {
		var n, length int64
		if err := r.Scan(&n, &length); err != nil {
			return err
		}
		return file(n, length)
	})
}

// lost makes of bytes that are missing what does not open: both are a content
// that is not what was written.
func lost(err error) error {
	if errors.Is(err, segment.ErrLost) {
		return errors.Join(store.ErrSealed, err)
	}
	return err
}

// Content opens a located document's bytes against a grant.
func (d *DB) Content(ctx context.Context, g *consent.Grant, doc store.Doc, r *store.Record) (io.ReadCloser, error) {
	if !d.opens(g, r) || doc.Record != r.N || !g.Filter().Allows(doc.Facts) {
		return nil, store.ErrNoGrant
	}
	box, err := d.keys.Box(r.N, r.Key)
	if err != nil {
		return nil, err
	}
	c := d.content(ctx, box, doc)
	if err := c.next(); err != nil { // the first piece now: the rest follows only if it opens
		return nil, err
	}
	return c, nil
}

func (d *DB) content(ctx context.Context, box store.Box, doc store.Doc) *content {
	return &content{
		db: d, ctx: ctx, box: box, doc: doc.N, row: store.RowOf(doc.ID), left: doc.Size,
		segment: doc.Stored.Segment, at: doc.Stored.Start + doc.Stored.Head,
	}
}

// content reads the pieces of a document one after the other.
type content struct {
	db   *DB
	ctx  context.Context // of the request that reads
	box  store.Box
	doc  int64
	row  uint64
	part int
	left int64 // clear bytes not yet fetched
	buf  []byte

	segment, at int64 // where the next piece lies; segment 0: in table content
	// pooled holds buf. A piece is a quarter of a megabyte, so they are used
	// again.
	pooled *[]byte
	used   int // of pooled
}

// next fetches and opens one piece.
func (c *content) next() error {
	if c.left == 0 {
		return io.EOF
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if c.pooled == nil {
		c.pooled = pieces.Get().(*[]byte)
	}
	if c.segment == 0 {
		return c.nextRow()
	}
	n := int(min(store.PieceSize, c.left)) + store.SealOverhead
	sealed := (*c.pooled)[:n]
	if err := c.db.files.ReadAt(sealed, c.segment, c.at); err != nil {
		return lost(err)
	}
	c.at += int64(n)
	return c.open(sealed)
}

// nextRow fetches and opens a piece of a document that an older server wrote.
func (c *content) nextRow() error {
	return each(c.db.queries(c.ctx), `SELECT body FROM content WHERE document = ?1 AND part = ?2`, []any{c.doc, c.part}, func(r rows) (err error) {
		var sealed sql.RawBytes
		if err := r.Scan(&sealed); err != nil {
			return err
		}
		return c.open(append((*c.pooled)[:0], sealed...))
	})
}

// open opens a piece where it lies, in the pooled buffer.
func (c *content) open(sealed []byte) (err error) {
	c.buf, err = c.box.Open(sealed[:0], "content", c.row, c.part, sealed)
	if err == nil && (len(c.buf) == 0 || int64(len(c.buf)) > c.left) {
		err = store.ErrSealed
	}
	c.used = max(c.used, len(c.buf))
	c.left -= int64(len(c.buf))
	c.part++
	return err
}

// Read reads on.
func (c *content) Read(p []byte) (int, error) {
	if len(c.buf) == 0 {
		if c.left == 0 {
			return 0, io.EOF
		}
		if err := c.next(); err != nil {
			return 0, err
		}
		if len(c.buf) == 0 { // a piece is missing
			return 0, errors.Join(store.ErrSealed, io.ErrUnexpectedEOF)
		}
	}
	n := copy(p, c.buf)
	c.buf = c.buf[n:]
	return n, nil
}

// WriteTo writes all without copying pieces.
func (c *content) WriteTo(w io.Writer) (total int64, err error) {
	for {
		if len(c.buf) > 0 {
			n, err := w.Write(c.buf)
			total += int64(n)
			if err != nil {
				return total, err
			}
			c.buf = nil
		}
		if c.left == 0 {
			return total, nil
		}
		if err := c.next(); err != nil {
			return total, err
		}
		if len(c.buf) == 0 {
			return total, io.ErrUnexpectedEOF
		}
	}
}

// Close forgets the clear bytes.
func (c *content) Close() error {
	c.buf, c.left = nil, 0
	if c.pooled != nil {
		clear((*c.pooled)[:c.used])
		pieces.Put(c.pooled)
		c.pooled = nil
	}
	return nil
}

var _ io.WriterTo = (*content)(nil)
