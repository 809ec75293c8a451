package client

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/go-resty/resty/v2"

	"carnet/client/fhir"
)

const (
	typeFHIR  = "application/fhir+json"
	typeForm  = "application/x-www-form-urlencoded"
	typePatch = "application/json-patch+json"
)

// request is one request to the server, before it has a token.
type request struct {
	op      string // for the log: the contract's method
	method  string
	path    string // relative to the base
	body    []byte
	kind    string // of the body
	session string // Access.Session
	lease   string // of an offline copy that a content is for
	match   string // If-Match
	key     string // Idempotency-Key
	once    bool   // never sent again by itself
	open    bool   // needs no sign-in
	tagged  bool   // of a content: its ETag is the SHA-256 of its bytes
}

// answer is what came back, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request and gives the answer, or the one error type. A token that
// the server finds expired is renewed once.
func (h *HTTP) do(ctx context.Context, q request) (answer, error) {
	var last answer
	err := h.withToken(ctx, q.open, func(token string) error {
		c := h.reading
		if q.once {
			c = h.writing
		}
		r := c.R().SetContext(ctx).SetHeader("Accept", typeFHIR)
		setHeaders(r, q, token)
		resp, err := r.Execute(q.method, h.address(q.path))
		if err != nil {
			return h.failed(ctx, q.op, err)
		}
		last = answer{status: resp.StatusCode(), header: resp.Header(), body: resp.Body()}
		return h.refused(q.op, last)
	})
	return last, err
}

// address is the base with a path, or with a query of its own.
func (h *HTTP) address(path string) string {
	if strings.HasPrefix(path, "?") {
		return strings.TrimSuffix(h.base.String(), "/") + path
	}
	return h.base.String() + path
}

// setHeaders puts a request's parts on a resty request.
func setHeaders(r *resty.Request, q request, token string) {
	if token != "" {
		r.SetHeader("Authorization", "Bearer "+token)
	}
	if q.body != nil {
		r.SetHeader("Content-Type", q.kind).SetBody(q.body)
	}
	if q.session != "" {
		r.SetHeader(fhir.HeaderSession, q.session)
	}
	if q.lease != "" {
		r.SetHeader(fhir.HeaderOfflineCopy, q.lease)
	}
	if q.match != "" {
		r.SetHeader("If-Match", q.match)
	}
	if q.key != "" {
		r.SetHeader(fhir.HeaderIdempotency, q.key)
	}
	if q.method != http.MethodGet {
		r.SetHeader("Prefer", "return=representation")
	}
}

// withToken runs send with the access token, and once more with another token
// when the server found the first one expired, unless that is somebody else's.
func (h *HTTP) withToken(ctx context.Context, open bool, send func(token string) error) error {
	if ctx.Err() != nil {
		return canceled(ctx)
	}
	if open {
		return send("")
	}
	turn := h.turn()
	token, err := h.tokens.Token(ctx)
	if err != nil {
		return h.tokenError(ctx, err)
	}
	err = send(token)
	if fhir.CodeOf(err) != fhir.TokenExpired {
		return err
	}
	if i, ok := h.tokens.(Invalidator); ok {
		i.Invalidate(token)
	}
	renewed, again := h.tokens.Token(ctx)
	if again != nil {
		return h.tokenError(ctx, again)
	}
	if h.turn() != turn { // what one person asked for is not done in the name of the next
		return fhir.E(fhir.Unauthenticated, "Quelqu’un d’autre s’est connecté entre-temps : revenez à votre place, puis recommencez.")
	}
	if renewed == token {
		return err
	}
	return send(renewed)
}

// turn tells one person at a shared computer from the next.
func (h *HTTP) turn() uint64 {
	if shared, ok := h.tokens.(Shared); ok {
		return shared.Turn()
	}
	return 0
}

// tokenError makes sure that what a TokenSource gives is of the one type.
func (h *HTTP) tokenError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return canceled(ctx)
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: fhir.Unauthenticated, Message: "La connexion ne peut plus servir. Connectez-vous de nouveau.", Err: err}
}

// failed is the error of a request without an answer. The cause holds the
// address: it is kept behind Unwrap without the *url.Error around it.
func (h *HTTP) failed(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return canceled(ctx)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	h.log.WithField("action", op).Warn("the server gave no answer")
	if errors.Is(err, resty.ErrResponseBodyTooLarge) {
		return &Error{Code: fhir.Malformed, Message: "La réponse du serveur est trop grande. Affinez la recherche.", Err: err}
	}
	return &Error{Code: fhir.Offline, Message: "Le serveur ne répond pas. Réessayez quand le réseau est revenu.", Err: err}
}

// canceled is the error of a context that has ended.
func canceled(ctx context.Context) error { return &Error{Code: fhir.Canceled, Err: ctx.Err()} }

// refused gives the error of an answer, nil for a good one. What is no FHIR
// comes from something that stands in the server's place: a portal, a proxy.
func (h *HTTP) refused(op string, a answer) error {
	if a.status >= 200 && a.status < 300 {
		if len(a.body) > 0 && !isJSON(a.header.Get("Content-Type")) {
			return fhir.E(fhir.Offline, "Autre chose répond à la place du serveur. Vérifiez le réseau.")
		}
		return nil
	}
	if a.status >= 300 && a.status < 400 {
		return fhir.E(fhir.Offline, "Autre chose répond à la place du serveur. Vérifiez le réseau.")
	}
	e := fhir.ParseOutcome(a.status, a.body)
	if !bytes.Contains(a.body, []byte(fhir.SystemErrorCode)) {
		e = foreign(a.status, e)
	}
	if e.RequestID == "" {
		e.RequestID = a.header.Get(fhir.HeaderRequestID)
	}
	e.RetryAfter = fhir.ParseRetryAfter(a.header.Get("Retry-After"), h.now())
	if (e.Code == fhir.Duplicate || e.Code == fhir.StateConflict) && e.Location == "" {
		e.Location = relative(a.header.Get("Location"))
	}
	h.log.WithField("action", op).WithField("status", a.status).WithField("request_id", e.RequestID).Info("Le serveur a refusé la demande.")
	return e
}

// foreign keeps of another server's error what cannot hold a name: the code and
// the element.
func foreign(status int, e *Error) *Error {
	e.Message = "Le serveur a refusé la demande."
	for i := range e.Issues {
		e.Issues[i].Message = ""
	}
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.Code, e.Message = fhir.Unavailable, "Le serveur n'est pas disponible. Réessayez dans un instant."
	}
	return e
}

// isJSON tells whether a media type is JSON.
func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// relative cuts "DocumentReference/x" out of an address that may be absolute
// and versioned.
func relative(location string) string {
	location, _, _ = strings.Cut(location, "/_history/")
	parts := strings.Split(strings.Trim(location, "/"), "/")
	if len(parts) < 2 {
		return ""
	}
	return strings.Join(parts[len(parts)-2:], "/")
}

// logicalID is FHIR's id (R4, datatypes 2.24.0.1).
var logicalID = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)

// checkID refuses an id that no server can know, before it becomes part of an
// address.
func checkID(id string) error {
	if !logicalID.MatchString(id) || strings.Trim(id, ".") == "" {
		return fhir.E(fhir.NotFound, "Rien ne porte cet identifiant.")
	}
	return nil
}

// search asks with POST _search, so that no address holds what was asked, or
// follows a page link.
func (h *HTTP) search(ctx context.Context, q request, form url.Values, page string) (fhir.Bundle, error) {
	q.method, q.path, q.body, q.kind = http.MethodPost, q.path+"/_search", []byte(form.Encode()), typeForm
	if page != "" {
		q.method, q.path, q.body = http.MethodGet, "?page="+url.QueryEscape(page), nil
	}
	a, err := h.do(ctx, q)
	if err != nil {
		return fhir.Bundle{}, err
	}
	return fhir.ParseBundle(a.body)
}

// next gives the cursor of a Bundle's next page. Only the sealed cursor is kept
// of the link, so that no answer can lead to another server.
func next(b fhir.Bundle) (string, error) {
	link := b.Link("next")
	if link == "" {
		return "", nil
	}
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("page") == "" {
		return "", fhir.E(fhir.Malformed, "Le lien vers la page suivante ne se lit pas. Reprenez depuis la première.")
	}
	return u.Query().Get("page"), nil
}

// rows parses the matches of a Bundle.
func rows[T any](b fhir.Bundle, kind string, parse func([]byte) (T, error)) ([]T, error) {
	var out []T
	for _, e := range b.Entries {
		if fhir.ResourceType(e.Resource) != kind || (e.Mode != "" && e.Mode != "match") {
			continue // an OperationOutcome with remarks
		}
		v, err := parse(e.Resource)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// total is how many rows there are in all; at least those of this page when
// the server does not say.
func total(b fhir.Bundle, here int) int {
	if b.Total == fhir.NoTotal {
		return here
	}
	return b.Total
}

// fresh is the provenance of an answer of the server.
func (h *HTTP) fresh() Provenance { return Provenance{AsOf: h.now()} }
