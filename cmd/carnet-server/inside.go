package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// inside is how one part of this server speaks HTTP to another: without the
// network, so that no certificate, proxy or name of the outside stands between
// them. It answers for the server's own address and no other.
type inside struct {
	base    string // public address, without path
	handler http.Handler
}

// client is an HTTP client that reaches this server alone. It follows no
// redirect: what is asked for is there.
func (i inside) client() *http.Client {
	return &http.Client{Transport: i, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// RoundTrip asks the handler and gives its answer.
func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	if i.base != r.URL.Scheme+"://"+r.URL.Host {
		return nil, errors.New("an address that is not this server's")
	}
	asked := r.Clone(r.Context())
	asked.RequestURI, asked.Host, asked.RemoteAddr = r.URL.RequestURI(), r.URL.Host, "inside"
	if asked.Body == nil {
		asked.Body = http.NoBody
	}
	got := &answer{header: http.Header{}}
	i.handler.ServeHTTP(got, asked)
	_ = asked.Body.Close()
	got.WriteHeader(http.StatusOK) // what a handler that says nothing means
	return &http.Response{
		StatusCode: got.status, Status: fmt.Sprintf("%d %s", got.status, http.StatusText(got.status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: got.header, Body: io.NopCloser(&got.body), ContentLength: int64(got.body.Len()), Request: r,
	}, nil
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header gives the answer's headers.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the first status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write keeps the body.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}
