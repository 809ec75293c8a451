package httpapi

import (
	"io"
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
	return c.received(fhir.SplitData, func(key string, split *fhir.Split) error {
		r, created, err := c.Records.File(c.r.Context(), c.p, c.session(), c.upload(key, split))
		if err != nil {
			return err
		}
		c.written(createdStatus(created), "DocumentReference", r)
		return nil
	})
}

// splitter reads a body's description and content apart.
type splitter func(io.Reader, fhir.SplitLimits) (*fhir.Split, error)

// received takes in what files a document or a message: its key, and its body with
// the content split out, once there is room and nothing in it is to be kept out.
func (c *call) received(apart splitter, file func(key string, split *fhir.Split) error) error {
	key, err := c.filed()
	if err != nil {
		return err
	}
	leave, err := c.admit(documentContent)
	if err != nil {
		return err
	}
	defer leave()
	c.begun = true
	limits := fhir.DefaultSplitLimits()
	limits.Dir, limits.Expect = c.SpoolDir, c.r.ContentLength
	split, err := apart(c.r.Body, limits)
	if err != nil {
		return err
	}
	defer func() { _ = split.Close() }()
	if err := c.keepOut(split.Body); err != nil {
		return err
	}
	return file(key, split)
}

// upload is what was received as record takes it.
func (c *call) upload(key string, split *fhir.Split) record.Upload {
	return record.Upload{
		Body: split.Body, Data: split.Data, File: split.File, Size: split.Size,
		SHA1: split.SHA1, SHA256: split.SHA256, Idempotency: key, Base: c.base,
	}
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
