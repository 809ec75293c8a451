package client

import (
	"bytes"
	"context"
	"crypto/sha1" // the specification's integrity field (IHE MHD 4.2.4)
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"carnet/client/fhir"
)

// Content gives a document's bytes (ITI-68), read as a stream and compared
// with the size and the hash of the description.
func (h *HTTP) Content(ctx context.Context, a Access, d Document) (Content, error) {
	return h.content(ctx, request{op: "Content", session: a.Session}, d)
}

// content gives a document's bytes, asked for in one way or another.
func (h *HTTP) content(ctx context.Context, q request, d Document) (Content, error) {
	path, err := h.contentPath(d.Attachment.URL)
	if err != nil {
		return Content{}, err
	}
	if d.Attachment.Size > MaxDocument {
		return Content{}, fhir.E(fhir.TooLarge, "Ce document est trop grand pour être affiché ici.")
	}
	var out Content
	err = h.withToken(ctx, false, func(token string) error {
		q.method, q.path = http.MethodGet, path
		out, err = h.download(ctx, token, q, d)
		return err
	})
	if err != nil {
		return Content{}, err
	}
	if err := verify(out.Bytes, d.Attachment); err != nil {
		h.log.WithField("action", q.op).Warn("a content is not what its description says")
		return Content{}, err
	}
	out.Provenance = h.fresh()
	return out, nil
}

// contentPath makes the address of a content relative to the base; an address
// elsewhere is refused, because the token would go there.
func (h *HTTP) contentPath(address string) (string, error) {
	u, err := h.base.Parse(address)
	if err != nil || address == "" || u.Scheme != h.base.Scheme || u.Host != h.base.Host || u.User != nil ||
		!strings.HasPrefix(u.Path, h.base.Path) || path.Clean(u.Path) != u.Path { // "%2e%2e" is a dot-dot too
		return "", fhir.E(fhir.Invalid, "Le contenu de ce document se trouve hors du serveur. Prévenez son auteur.")
	}
	rest := url.URL{Path: strings.TrimPrefix(u.Path, h.base.Path), RawQuery: u.RawQuery}
	return rest.String(), nil
}

// download reads one answer. A server that stops sending for the configured
// time has given none.
func (h *HTTP) download(ctx context.Context, token string, q request, d Document) (Content, error) {
	ctx, watch := newWatch(ctx, h.wait)
	defer watch.stop()
	r := h.stream.R().SetContext(ctx)
	setHeaders(r, q, token)
	r.SetHeader("Accept", accept(d.Attachment.ContentType))
	resp, err := r.Execute(q.method, h.address(q.path))
	if err != nil {
		return Content{}, h.failed(watch.parent, q.op, err)
	}
	body := resp.RawBody()
	defer body.Close()
	good := resp.StatusCode() == http.StatusOK
	limit := int64(maxBinary)
	if !good {
		limit = 1 << 20 // an OperationOutcome
	} else if d.Attachment.Size > 0 && !isJSON(resp.Header().Get("Content-Type")) {
		limit = d.Attachment.Size + 1 // one more, to see that there is more
	}
	data, err := readAll(watch.reader(io.LimitReader(body, limit)), resp.RawResponse.ContentLength)
	if err != nil {
		return Content{}, h.failed(watch.parent, q.op, err)
	}
	if !good {
		return Content{}, h.refused(q.op, answer{status: resp.StatusCode(), header: resp.Header(), body: data})
	}
	if sum := sha256.Sum256(data); q.tagged && resp.Header().Get("ETag") != strconv.Quote(hex.EncodeToString(sum[:])) {
		h.log.WithField("action", q.op).Warn("a content is not what its tag says")
		return Content{}, fhir.E(fhir.Invalid, "Ce fichier n'est pas arrivé tel qu'il a été envoyé. Demandez-le de nouveau.")
	}
	return unwrap(resp.Header().Get("Content-Type"), data, d.Attachment.ContentType)
}

// accept asks for the raw bytes first.
func accept(contentType string) string {
	if contentType == "" {
		return "*/*"
	}
	return contentType + ", */*;q=0.5"
}

// unwrap takes the bytes out of a Binary resource, which some servers answer
// whatever was asked.
func unwrap(contentType string, data []byte, described string) (Content, error) {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = described
	}
	if kind == typeFHIR && described != typeFHIR {
		inner, content, err := fhir.ParseBinary(data)
		if err != nil {
			return Content{}, err
		}
		kind, data = inner, content
	}
	return Content{Type: kind, Bytes: data}, nil
}

// readAll reads to the end, with one allocation when the length is known.
func readAll(r io.Reader, length int64) ([]byte, error) {
	var out bytes.Buffer
	if length > 0 && length <= maxBinary {
		out.Grow(int(length) + bytes.MinRead)
	}
	_, err := out.ReadFrom(r)
	return out.Bytes(), err
}

// verify compares bytes with a description. A description without a hash (some
// published ones have none) is taken by its size alone.
func verify(data []byte, a fhir.Attachment) error {
	damaged := fhir.E(fhir.Invalid, "Le contenu n'est pas celui que le document annonce. Prévenez son auteur.")
	if a.Size > 0 && int64(len(data)) != a.Size {
		return damaged
	}
	if a.Hash == "" {
		return nil
	}
	want, err := base64.StdEncoding.DecodeString(a.Hash)
	sum := sha1.Sum(data)
	if err != nil || !bytes.Equal(want, sum[:]) {
		return damaged
	}
	return nil
}

// errStalled is the cause when a transfer made no progress.
var errStalled = errors.New("client: the transfer stalled")

// watch ends a transfer that makes no progress: an overall limit would punish
// slow lines, and none would wait for ever.
type watch struct {
	parent context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	wait   time.Duration
}

// newWatch gives the context of a transfer.
func newWatch(parent context.Context, wait time.Duration) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(parent)
	w := &watch{parent: parent, cancel: cancel, wait: wait}
	w.timer = time.AfterFunc(wait, func() { cancel(errStalled) })
	return ctx, w
}

// stop ends the watch and frees its context.
func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// reader tells the watch of every step of r.
func (w *watch) reader(r io.Reader) io.Reader { return watched{r, w} }

// watched is a reader under watch.
type watched struct {
	io.Reader
	watch *watch
}

// Read reads, and starts the silence anew.
func (r watched) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.watch.timer.Reset(r.watch.wait)
	}
	return n, err
}
