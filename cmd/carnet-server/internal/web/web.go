// Package web is what the parts of the server that answer HTTP do alike, before
// and after their own work: they count what they answer, give each request an
// id that may stand in a log, contain a fault, and write one line of log.
//
// A part wraps the ResponseWriter in an Answer, asks RequestID once, defers
// Contained around its work and ends with Line.Write:
//
//	a := &web.Answer{ResponseWriter: w}
//	line := web.Line{Log: log, Name: "page", Request: web.RequestID(r, 8), Route: "/mon/", Method: r.Method}
//	defer func() {
//		if v := recover(); v != nil {
//			web.Contained(v, a, line, func() { …the page of an error… })
//		}
//		line.Write(a, time.Since(start))
//	}()
//
// Nothing here knows a route, a person or a record. What is logged holds no
// text of the client's choice.
package web

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
)

// Answer notes what is answered.
type Answer struct {
	http.ResponseWriter
	Status int       // 0: nothing yet
	Bytes  int64     // of the body
	Code   fhir.Code // of the error, when there was one
}

// WriteHeader notes the status.
func (a *Answer) WriteHeader(status int) {
	if a.Status == 0 {
		a.Status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (a *Answer) Write(b []byte) (int, error) {
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.Bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (a *Answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// RequestID takes over a client's UUID (header X-Request-Id) and draws one of so
// many random bytes, in hexadecimal, for all others: a text of the client's
// choice could carry an identifier into the log.
func RequestID(r *http.Request, random int) string {
	if given := r.Header.Get(fhir.HeaderRequestID); len(given) == 36 {
		if id, err := uuid.Parse(given); err == nil {
			return id.String()
		}
	}
	b := make([]byte, random)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

// Line is the line of log of one request: its route's pattern or name, never the
// address.
type Line struct {
	Log     logrus.FieldLogger
	Name    string // what was asked for: "page", "request"
	Request string // its id
	Route   string
	Method  string
	Methods []string // that the part knows; the name of another is not logged
}

// Write writes the line; a failure of the server's is a warning.
func (l Line) Write(a *Answer, took time.Duration) {
	method := l.Method
	if !slices.Contains(l.Methods, method) {
		method = "other"
	}
	fields := logrus.Fields{
		"request_id": l.Request, "route": l.Route, "method": method, "status": a.Status,
		"duration_ms": float64(took.Microseconds()) / 1000, "bytes": a.Bytes,
	}
	if a.Code != "" {
		fields["code"] = a.Code
	}
	if a.Status >= http.StatusInternalServerError {
		l.Log.WithFields(fields).Warn(l.Name)
		return
	}
	l.Log.WithFields(fields).Info(l.Name)
}

// Contained deals with what recover gave: it logs that there was a fault, and
// answers by fail when nothing was answered yet. Half an answer is cut off, as
// it must not look whole; so is a connection that http.ErrAbortHandler asks to
// cut. The value may hold data of a person and is not logged.
func Contained(v any, a *Answer, l Line, fail func()) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v) // net/http's way to cut a connection
	}
	l.Log.WithFields(logrus.Fields{"request_id": l.Request, "route": l.Route, "code": fhir.Internal, "size": len(debug.Stack())}).
		Error("a request ended in a panic")
	if a.Status != 0 {
		panic(http.ErrAbortHandler)
	}
	fail()
}
