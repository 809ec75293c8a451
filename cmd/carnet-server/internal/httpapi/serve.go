package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// timeout bounds a request that is not an upload; what streams is bounded by
// progress, in main.
const timeout = 30 * time.Second

// call is one request on its way.
type call struct {
	*API
	route   *route
	w       *response
	r       *http.Request
	p       record.Principal // who asks, as a professional
	holder  record.Citizen   // who asks, as a patient
	answer  func(*call) error
	request string // its id
	untold  bool   // leaves no trace: see confidential.go
	begun   bool   // to read the body of a filing
}

// response counts what was written.
type response struct {
	http.ResponseWriter
	status int
	bytes  int64
	code   fhir.Code // of the error, when there was one
}

// WriteHeader notes the status.
func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (w *response) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// serve takes one request through what all have in common.
func (a *API) serve(rw http.ResponseWriter, r *http.Request, rt *route) {
	start := time.Now()
	c := &call{API: a, route: rt, w: &response{ResponseWriter: rw}, r: r, request: requestID(r)}
	a.metrics.inFlight.Inc()
	secure(rw.Header(), r, c.request)
	defer func() {
		a.metrics.inFlight.Dec()
		if v := recover(); v != nil {
			c.panicked(v)
		}
		c.finish(time.Since(start))
	}()
	if flagged(r) {
		c.refuseConfidential()
		return
	}
	if rt.limit == uploadBody || rt.limit == lotBody || rt.limit == lasting {
		c.run()
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	c.r = r.WithContext(ctx)
	c.run()
}

// run checks the caller, bounds the body and answers.
func (c *call) run() {
	if err := c.enter(); err != nil {
		c.fail(err)
		return
	}
	if c.route.limit > 0 {
		c.r.Body = http.MaxBytesReader(c.w, c.r.Body, c.route.limit)
	}
	if err := c.answer(c); err != nil {
		c.drain(err)
		c.fail(err)
	}
}

// enter finds out who calls, and what of the route is for them.
func (c *call) enter() error {
	if c.answer = c.route.anyone; c.answer != nil {
		return nil
	}
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return fhir.E(fhir.Unauthenticated, "Connectez-vous pour utiliser ce serveur.")
	}
	who, err := c.Verifier.Identify(c.r.Context(), strings.TrimSpace(token))
	if err != nil {
		return err
	}
	switch who := who.(type) {
	case record.Principal:
		c.p, c.answer = who, c.route.professional
		c.p.RequestID = c.request
	case record.Citizen:
		c.holder, c.answer = who, c.route.citizen
		c.holder.RequestID = c.request
	}
	if c.answer == nil {
		return fhir.E(fhir.Forbidden, "Ce service n’est pas ouvert à votre compte.")
	}
	return nil
}

// session is the access session of the request, "" for none.
func (c *call) session() string { return c.r.Header.Get(fhir.HeaderSession) }

// id is the logical id in the path.
func (c *call) id() string { return c.r.PathValue("id") }

// requestID takes over a client's UUID and makes one for all others: a text of
// the client's choice could carry an identifier into the log.
func requestID(r *http.Request) string {
	if given := r.Header.Get(fhir.HeaderRequestID); len(given) == 36 {
		if id, err := uuid.Parse(given); err == nil {
			return id.String()
		}
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// secure sets the headers of every answer.
func secure(h http.Header, r *http.Request, request string) {
	h.Set(fhir.HeaderRequestID, request)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Referrer-Policy", "no-referrer")
	if r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// panicked contains a fault of ours. The value may hold data of a person: only
// the stack, which holds addresses, is shown, and on debug level alone.
func (c *call) panicked(v any) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v) // net/http's way to cut a connection
	}
	c.metrics.panics.Inc()
	entry := c.Log.WithFields(logrus.Fields{"request_id": c.request, "route": c.route.name, "code": fhir.Internal})
	entry.WithField("size", len(debug.Stack())).Error("a request ended in a panic")
	if c.w.status == 0 {
		c.fail(&fhir.Error{Code: fhir.Internal})
		return
	}
	panic(http.ErrAbortHandler) // half an answer must not look whole
}

// finish writes the line of log and the metrics.
func (c *call) finish(took time.Duration) {
	if c.untold {
		return
	}
	c.metrics.observe(c, took)
	fields := logrus.Fields{
		"request_id": c.request, "route": c.route.name, "method": methodName(c.r.Method), "status": c.w.status,
		"duration_ms": float64(took.Microseconds()) / 1000, "bytes": c.w.bytes,
	}
	if c.w.code != "" {
		fields["code"] = c.w.code
	}
	entry := c.Log.WithFields(fields)
	if c.w.status >= http.StatusInternalServerError {
		entry.Warn("request")
		return
	}
	entry.Info("request")
}

// methodName keeps a method out of the log that HTTP does not know: it is a
// text of the client's choice.
func methodName(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}
