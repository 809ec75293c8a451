package pdfcheck

import (
	"errors"
	"io"
	"sync"
)

// source is the bytes of a file on their way to a worker. It is read again when
// a worker is lost, and never held whole by this process.
type source struct {
	r    io.ReaderAt
	size int64
}

// errSource means that the file could not be read; the worker has half of it.
var errSource = errors.New("the file cannot be read")

// piece is how much of a file is on its way to a worker at a time, in bytes: most
// documents are one.
const piece = 512 << 10

var pieces = sync.Pool{New: func() any { b := make([]byte, piece); return &b }}

// writeTo gives all bytes to w, piece by piece. Errors: errSource, errWorkerLost.
func (s source) writeTo(w io.Writer) error {
	if s.size == 0 {
		return nil
	}
	pooled, _ := pieces.Get().(*[]byte)
	defer pieces.Put(pooled)
	for at := int64(0); at < s.size; {
		part := (*pooled)[:min(piece, s.size-at)]
		if n, err := s.r.ReadAt(part, at); n < len(part) {
			return errors.Join(errSource, err)
		}
		if _, err := w.Write(part); err != nil {
			return errWorkerLost
		}
		at += int64(len(part))
	}
	return nil
}
