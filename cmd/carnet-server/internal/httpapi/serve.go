package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
	"carnet/cmd/carnet-server/internal/web"
)

// timeout bounds a request that is not an upload; what streams is bounded by
// progress, in main.
const timeout = 30 * time.Second

// call is one request on its way.
type call struct {
	*API
	route   *route
	w       *web.Answer
	r       *http.Request
	p       record.Principal // who asks, as a professional
	holder  record.Citizen   // who asks, as a patient
	answer  func(*call) error
	request string        // its id
	untold  bool          // leaves no trace: see confidential.go
	body    io.ReadCloser // as it comes, unbounded
	begun   bool          // to read the body of a filing
}

// serve takes one request through what all have in common.
func (a *API) serve(rw http.ResponseWriter, r *http.Request, rt *route) {
	start := time.Now()
	c := &call{API: a, route: rt, w: &web.Answer{ResponseWriter: rw}, r: r, request: web.RequestID(r, 16)}
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
		c.body = c.r.Body
		c.r.Body = http.MaxBytesReader(c.w, c.body, c.route.limit)
	}
	if err := c.answer(c); err != nil {
		c.drain()
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

// panicked counts a fault of ours and contains it. A connection that is cut on
// purpose is none.
func (c *call) panicked(v any) {
	if err, ok := v.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
		c.metrics.panics.Inc()
	}
	web.Contained(v, c.w, c.line(), func() { c.fail(&fhir.Error{Code: fhir.Internal}) })
}

// line is the line of log of the request.
func (c *call) line() web.Line {
	return web.Line{Log: c.Log, Name: "request", Request: c.request, Route: c.route.name, Method: c.r.Method, Methods: methods}
}

// methods are those that the log names.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// finish writes the line of log and the metrics.
func (c *call) finish(took time.Duration) {
	if c.untold {
		return
	}
	c.metrics.observe(c, took)
	c.line().Write(c.w, took)
}
