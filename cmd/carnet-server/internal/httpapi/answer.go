package httpapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// typeFHIR is the media type of every resource that is written.
const typeFHIR = "application/fhir+json; charset=utf-8"

// newBuffers makes a pool of buffers of a size.
func newBuffers(size int) *sync.Pool {
	return &sync.Pool{New: func() any { b := make([]byte, size); return &b }}
}

// largestKept keeps one rare page from pinning its memory for ever.
const largestKept = 1 << 20

// json writes a resource.
func (c *call) json(status int, body []byte) {
	h := c.w.Header()
	h.Set("Content-Type", typeFHIR)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(body) // the client may be gone
	}
}

// nothing answers without a body.
func (c *call) nothing(status int) { c.w.WriteHeader(status) }

// How long to wait where an error does not say.
const (
	throttledWait   = time.Minute
	unavailableWait = 5 * time.Second
)

// fail writes an error as an OperationOutcome.
func (c *call) fail(err error) {
	e := c.known(err)
	c.w.Code = e.Code
	h := c.w.Header()
	switch e.Code {
	case fhir.Unauthenticated:
		h.Set("WWW-Authenticate", `Bearer realm="carnet"`)
	case fhir.TokenExpired:
		h.Set("WWW-Authenticate", `Bearer realm="carnet", error="invalid_token", error_description="expired"`)
	case fhir.Throttled:
		h.Set("Retry-After", fhir.FormatRetryAfter(cmp.Or(e.RetryAfter, throttledWait)))
	case fhir.Unavailable:
		h.Set("Retry-After", fhir.FormatRetryAfter(cmp.Or(e.RetryAfter, unavailableWait)))
	case fhir.TooLarge:
		h.Set("Connection", "close") // what is left of the body is not read
	case fhir.Duplicate, fhir.StateConflict:
		if e.Location != "" {
			h.Set("Location", c.base+"/"+e.Location)
		}
	}
	out := *e
	// The reference of a 404 is in its header alone: its body is the same for
	// what is hidden and what does not exist, byte for byte.
	if out.Code != fhir.NotFound {
		out.RequestID = c.request
	}
	c.json(status(e), out.OperationOutcome())
}

// status is the HTTP status of an error: a disk that is full is told apart, so
// that who looks after the server sees it.
func status(e *fhir.Error) int {
	if e.Code == fhir.Unavailable && (errors.Is(e, syscall.ENOSPC) || errors.Is(e, syscall.EDQUOT)) {
		return http.StatusInsufficientStorage
	}
	return e.Code.Status()
}

// known gives the error that travels: ours as it is, a body over its limit or
// a request out of time by name, anything else as a fault with a reference.
func (c *call) known(err error) *fhir.Error {
	var e *fhir.Error
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fhir.E(fhir.TooLarge, "Le corps de la requête est trop long.")
	case errors.As(err, &e):
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fhir.E(fhir.Unavailable, "La demande n'a pas abouti à temps : réessayez dans un moment.")
	default:
		e = &fhir.Error{Code: fhir.Internal, Err: err}
	}
	if e.Code == fhir.Internal {
		c.Log.WithField("request_id", c.request).WithField("route", c.route.name).WithError(err).Error("a request failed by a fault of ours")
		return fhir.E(fhir.Internal, "Une erreur est survenue de notre côté : réessayez, puis signalez la référence au support.")
	}
	if e.Code == fhir.Unavailable {
		c.Log.WithField("request_id", c.request).WithField("route", c.route.name).WithError(err).Warn("a request could not be served now")
	}
	return e
}

// noRoute answers for an address where nothing is.
func (c *call) noRoute() error {
	return fhir.E(fhir.NotFound, "Cette adresse n'existe pas : voyez le CapabilityStatement (metadata).")
}

// wrongMethod answers for a method that an address does not know.
func (c *call) wrongMethod() error {
	return fhir.E(fhir.NotAllowed, "Cette méthode n'est pas servie ici : l'en-tête Allow dit lesquelles le sont.")
}

// resource answers with one resource and its validators; an unchanged one with
// 304.
func (c *call) resource(r record.Resource, etag string) {
	c.validators(r, etag)
	if matches(c.r.Header.Get("If-None-Match"), etag) {
		c.nothing(http.StatusNotModified)
		return
	}
	c.json(http.StatusOK, r.JSON)
}

func (c *call) validators(r record.Resource, etag string) {
	h := c.w.Header()
	h.Set("ETag", etag)
	if !r.LastUpdated.IsZero() {
		h.Set("Last-Modified", r.LastUpdated.UTC().Format(http.TimeFormat))
	}
}

// written answers a write, as Prefer asks.
func (c *call) written(status int, kind string, r record.Resource) {
	c.validators(r, fhir.ETag(r.Version))
	if kind != "" {
		c.w.Header().Set("Location", c.base+"/"+kind+"/"+r.ID)
	}
	switch c.prefer("return") {
	case "minimal":
		c.nothing(status)
	case "OperationOutcome":
		c.json(status, []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","diagnostics":"Fait."}]}`))
	default:
		c.json(status, r.JSON)
	}
}

// listing is how a page of resources becomes a Bundle.
type listing struct {
	kind   string   // of the resources
	kinds  []string // of each of them, where they differ
	cursor byte     // which cursors: see page.go
	self   string   // the search as it was understood; "" on a later page
	count  bool     // the number alone
}

// bundle answers with a page.
func (c *call) bundle(page record.Page, l listing) {
	b := fhir.Bundle{Type: fhir.BundleSearchset, Total: page.Total}
	if l.self != "" {
		b.Links = append(b.Links, fhir.Link{Relation: "self", URL: c.base + "/" + l.self})
	}
	if page.Next != "" && !l.count {
		b.Links = append(b.Links, fhir.Link{Relation: "next", URL: c.base + "?page=" + string(l.cursor) + page.Next})
	}
	if !l.count {
		b.Entries = make([]fhir.Entry, len(page.Items))
		prefix := c.base + "/" + l.kind + "/"
		for i, r := range page.Items {
			if l.kinds != nil {
				prefix = c.base + "/" + l.kinds[i] + "/"
			}
			b.Entries[i] = fhir.Entry{FullURL: prefix + r.ID, Resource: r.JSON, Mode: "match"}
		}
	}
	buf, _ := c.bundles.Get().(*[]byte)
	*buf = b.AppendJSON((*buf)[:0])
	c.json(http.StatusOK, *buf)
	if cap(*buf) <= largestKept {
		c.bundles.Put(buf)
	}
}

// prefer gives a value of the Prefer header (RFC 7240).
func (c *call) prefer(name string) string {
	for _, header := range c.r.Header.Values("Prefer") {
		for part := range strings.FieldsFuncSeq(header, func(r rune) bool { return r == ',' || r == ';' }) {
			if k, v, _ := strings.Cut(strings.TrimSpace(part), "="); strings.EqualFold(k, name) {
				return strings.Trim(v, `"`)
			}
		}
	}
	return ""
}

// matches says whether an If-None-Match names the tag; weak comparison.
func matches(header, etag string) bool {
	if header == "" {
		return false
	}
	want := strings.TrimPrefix(etag, "W/")
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == want {
			return true
		}
	}
	return false
}

// ifMatch gives the version that If-Match names, "" for none or any.
func (c *call) ifMatch() (string, error) {
	header := strings.TrimSpace(c.r.Header.Get("If-Match"))
	if header == "" || header == "*" {
		return "", nil
	}
	version, err := strconv.Unquote(strings.TrimPrefix(header, "W/"))
	if err != nil || version == "" {
		return "", fhir.E(fhir.BadValue, `If-Match ne se lit pas : écrivez W/"version".`)
	}
	return version, nil
}

// idle is how long a scrape or a health check may take.
const idle = 5 * time.Second
