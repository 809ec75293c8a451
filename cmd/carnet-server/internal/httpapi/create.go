package httpapi

import (
	"net/http"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// maxIdempotency bounds an Idempotency-Key.
const maxIdempotency = 64

// createDocument answers ITI-105, and the replacement of a document when the
// new one relates to it. The content is taken out of the body while it is
// read; the rest of the body is judged by record, whoever brings it.
func (c *call) createDocument() error {
	return c.received(func(key string, split *fhir.Split) error {
		r, created, err := c.Records.File(c.r.Context(), c.p, c.session(), record.Upload{
			Body: split.Body, Data: split.Data, File: split.File, Size: split.Size,
			SHA1: split.SHA1, SHA256: split.SHA256, Idempotency: key, Base: c.base,
		})
		if err != nil {
			return err
		}
		c.written(createdStatus(created), "DocumentReference", r)
		return nil
	})
}

// received takes in what files a document: its key, and its body with the content
// split out, once there is room and nothing in it is to be kept out.
func (c *call) received(file func(key string, split *fhir.Split) error) error {
	key, err := c.filed()
	if err != nil {
		return err
	}
	leave, err := c.admit(documentContent)
	if err != nil {
		return err
	}
	defer leave()
	split, err := c.split()
	if err != nil {
		return err
	}
	defer func() { _ = split.Close() }()
	if err := c.keepOut(split.Body); err != nil {
		return err
	}
	return file(key, split)
}

// createdStatus tells what took effect now from what did before.
func createdStatus(created bool) int {
	if created {
		return http.StatusCreated
	}
	return http.StatusOK
}

// filed is what all filings begin with: an answer that the caller takes, a
// resource in the body, and the key that makes a repetition harmless.
func (c *call) filed() (key string, err error) {
	if err := c.wantsJSON(); err != nil {
		return "", err
	}
	if err := c.resourceBody(); err != nil {
		return "", err
	}
	return c.idempotency()
}

// split reads a document's description and content apart. Close it.
func (c *call) split() (*fhir.Split, error) {
	c.begun = true
	limits := fhir.DefaultSplitLimits()
	limits.Dir, limits.Expect = c.SpoolDir, c.r.ContentLength
	return fhir.SplitData(c.r.Body, limits)
}
