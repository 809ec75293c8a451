package main

import (
	"io"
	"net/http"
	"time"
)

// How slowly a client may send or read. A whole-request timeout would cut a
// 25 MiB upload over a poor line; progress is what counts.
const (
	stall      = 20 * time.Second // without a single byte
	grace      = 60 * time.Second // for a body, before the average counts
	bytesPerS  = 8 << 10          // the least average of an upload
	writeStall = 30 * time.Second // without a single byte taken
)

// withDeadlines gives each request deadlines by progress.
func withDeadlines(next http.Handler, now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		// What an earlier request on this connection left must not hit this one.
		_ = rc.SetWriteDeadline(time.Time{})
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &pacedBody{ReadCloser: r.Body, rc: rc, now: now, begun: now()}
		}
		next.ServeHTTP(&pacedWriter{ResponseWriter: w, rc: rc, now: now}, r)
	})
}

// pacedBody moves the read deadline on with each read.
type pacedBody struct {
	io.ReadCloser
	rc    *http.ResponseController
	now   func() time.Time
	begun time.Time
	read  int64
}

func (b *pacedBody) Read(p []byte) (int, error) {
	_ = b.rc.SetReadDeadline(bodyDeadline(b.now(), b.begun, b.read)) // not every connection has one
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	return n, err
}

// bodyDeadline is when the next byte must be there: soon, and not later than
// the average allows.
func bodyDeadline(now, begun time.Time, read int64) time.Time {
	next := now.Add(stall)
	if average := begun.Add(grace + time.Duration(read)*time.Second/bytesPerS); average.Before(next) {
		return average
	}
	return next
}

// pacedWriter moves the write deadline on with each write.
type pacedWriter struct {
	http.ResponseWriter
	rc  *http.ResponseController
	now func() time.Time
}

// Unwrap lets http.ResponseController reach the connection.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *pacedWriter) WriteHeader(status int) {
	_ = w.rc.SetWriteDeadline(w.now().Add(writeStall))
	w.ResponseWriter.WriteHeader(status)
}

func (w *pacedWriter) Write(p []byte) (int, error) {
	_ = w.rc.SetWriteDeadline(w.now().Add(writeStall))
	return w.ResponseWriter.Write(p)
}
