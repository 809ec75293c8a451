package httpapi

import (
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// readContent answers ITI-68: the bytes of a document in its own media type,
// or a Binary resource for whoever asks for FHIR. It is an access, logged
// before the first byte leaves, also when the client's copy is still good.
func (c *call) readContent() error {
	get := func() (record.Content, error) { return c.Records.Content(c.r.Context(), c.p, c.session(), c.id()) }
	if lease := c.r.Header.Get(fhir.HeaderOfflineCopy); lease != "" { // nobody looks at it
		get = func() (record.Content, error) { return c.Records.CopyContent(c.r.Context(), c.p, lease, c.id()) }
	}
	content, err := get()
	if err != nil {
		return err
	}
	return c.sendContent(content)
}

// sendContent writes a content and closes it.
func (c *call) sendContent(content record.Content) error {
	defer func() { _ = content.Reader.Close() }()
	asResource, err := c.contentForm(content.Type)
	if err != nil {
		return err
	}
	h := c.w.Header()
	etag := `"` + hex.EncodeToString(content.SHA256[:]) + `"`
	h.Set("ETag", etag)
	if matches(c.r.Header.Get("If-None-Match"), etag) {
		c.nothing(http.StatusNotModified)
		return nil
	}
	size := content.Size
	h.Set("Content-Type", content.Type)
	if asResource {
		size = fhir.BinarySize(c.id(), content.Type, content.Size)
		h.Set("Content-Type", typeFHIR)
	} else {
		h.Set("Content-Disposition", "attachment") // never shown as a page of this server
	}
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method == http.MethodHead {
		return nil
	}
	if asResource {
		err = fhir.WriteBinary(c.w, c.id(), content.Type, content.Reader)
	} else {
		err = c.copy(content.Reader)
	}
	if err != nil {
		c.cut(err)
	}
	return nil
}

// contentForm tells bytes from resource, and refuses what is neither.
func (c *call) contentForm(contentType string) (asResource bool, err error) {
	if format := c.r.URL.Query().Get("_format"); format != "" {
		return true, c.wantsJSON()
	}
	headers := c.r.Header.Values("Accept")
	if len(headers) == 0 {
		return false, nil
	}
	header := strings.Join(headers, ",")
	if accepts(header, isFHIR) {
		return true, nil
	}
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	major, _, _ := strings.Cut(kind, "/")
	if accepts(header, func(k string) bool { return k == kind || k == major+"/*" || k == "*/*" }) {
		return false, nil
	}
	return false, fhir.E(fhir.NotAcceptable, "Ce document n'existe pas dans ce format.")
}

// copy streams a content.
func (c *call) copy(r io.Reader) error {
	buf, _ := c.copies.Get().(*[]byte)
	defer c.copies.Put(buf)
	_, err := io.CopyBuffer(struct{ io.Writer }{c.w}, struct{ io.Reader }{r}, *buf)
	return err
}

// cut ends an answer that cannot be completed: the client must not take what
// it has for the whole.
func (c *call) cut(err error) {
	c.Log.WithField("request_id", c.request).WithField("route", c.route.name).WithError(err).Warn("a content was not sent whole")
	panic(http.ErrAbortHandler)
}
