package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"
	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
)

var _ Records = (*HTTP)(nil)

// Limits of what is taken from a server.
const (
	maxAnswer   = 16 << 20 // a page of resources
	MaxDocument = 25 << 20 // the bytes of one document (contract, section 11: 413 beyond)
	maxBinary   = MaxDocument/3*4 + 1<<20
	usualWait   = 20 * time.Second
	reads       = 2 // how often a reading is tried again
)

// Config is what an HTTP client needs.
type Config struct {
	BaseURL string             // of the FHIR server, e.g. "https://host/fhir"; plain http on loopback only
	Tokens  TokenSource        // who is signed in
	Timeout time.Duration      // how long a server may stay silent; 0 means 20 s
	TLS     *tls.Config        // nil: the system's authorities, TLS 1.2 or later
	Log     logrus.FieldLogger // told operations, statuses and counts, nothing else; nil: nobody
	Now     func() time.Time   // nil: time.Now
}

// Invalidator is a TokenSource that can be told that the server found a token
// expired, so that the next Token gives another one.
type Invalidator interface {
	Invalidate(token string)
}

// Shared is a TokenSource whose tokens may be of one person after another.
type Shared interface {
	// Turn is another number whenever somebody else is the one who is signed in.
	Turn() uint64
}

// HTTP is the contract over FHIR R4. One HTTP serves the whole process.
//
// Readings are tried again twice, with jitter, when the connection fails or the
// server is briefly unavailable; writes are sent once, their repetition is the
// caller's decision (File carries the Draft's ID, so that it takes effect
// once). Redirections are not followed: what answers with one is not the server.
type HTTP struct {
	base   *url.URL // ends in "/"
	tokens TokenSource
	log    logrus.FieldLogger
	now    func() time.Time
	wait   time.Duration

	reading *resty.Client // may be repeated
	writing *resty.Client // sent once
	stream  *resty.Client // contents: no limit on the whole, only on silence

	lots *http.Client // submission sets, whose answer takes its time

	firstWord time.Duration // within which a stream says something
	held      atomic.Int64  // until when streams are not tried, Unix nanoseconds
}

// New makes an HTTP client. It does not contact the server. Errors: BadValue
// for an address that cannot be used.
func New(c Config) (*HTTP, error) {
	base, err := parseBase(c.BaseURL)
	if err != nil {
		return nil, err
	}
	if c.Tokens == nil {
		return nil, fhir.E(fhir.BadValue, "Il manque la connexion au serveur.")
	}
	if c.Timeout <= 0 {
		c.Timeout = usualWait
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		quiet := logrus.New()
		quiet.SetOutput(io.Discard)
		c.Log = quiet
	}
	if c.TLS == nil {
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: c.Timeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       c.TLS,
		TLSHandshakeTimeout:   c.Timeout,
		ResponseHeaderTimeout: c.Timeout,
		ExpectContinueTimeout: time.Second, // a refused upload then sends nothing
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   8,
		ForceAttemptHTTP2:     true,
	}
	h := &HTTP{base: base, tokens: c.Tokens, log: c.Log, now: c.Now, wait: c.Timeout, firstWord: firstWord}
	h.reading = h.resty(transport, reads).SetTimeout(c.Timeout)
	h.writing = h.resty(transport, 0).SetTimeout(c.Timeout)
	h.stream = h.resty(transport, reads).SetDoNotParseResponse(true)
	patient := transport.Clone()
	patient.ResponseHeaderTimeout = lotWait
	h.lots = &http.Client{Transport: patient, CheckRedirect: h.stream.GetClient().CheckRedirect}
	return h, nil
}

// parseBase checks an address: https anywhere, http on this machine only.
func parseBase(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(address, "/") + "/")
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, fhir.E(fhir.BadValue, "L'adresse du serveur ne se lit pas. Elle ressemble à https://hôte/fhir.")
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return nil, fhir.E(fhir.BadValue, "L'adresse du serveur doit commencer par https://.")
	}
	return u, nil
}

// resty makes one of the three clients on the one transport. Resty's own log
// lines hold addresses: the adapter keeps none of their words.
func (h *HTTP) resty(transport http.RoundTripper, repeat int) *resty.Client {
	r := resty.NewWithClient(&http.Client{Transport: transport}).
		SetLogger(quietLogger{h.log}).
		SetDisableWarn(true).
		SetResponseBodyLimit(maxAnswer).
		SetRetryCount(repeat).
		SetRetryWaitTime(150*time.Millisecond).
		SetRetryMaxWaitTime(2*time.Second).
		SetHeader("User-Agent", "carnet").
		AddRetryCondition(worthRepeating).
		AddRetryHook(func(r *resty.Response, _ error) {
			if r != nil && r.RawResponse != nil { // of a stream; otherwise read and closed
				_ = r.RawResponse.Body.Close()
			}
		})
	// resty's own policy against redirections gives an error without the answer
	r.GetClient().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return r
}

// worthRepeating tells whether a reading may succeed the next time: the
// connection failed, or the server says that it is briefly unavailable.
func worthRepeating(r *resty.Response, err error) bool {
	if err != nil {
		var unknown x509.UnknownAuthorityError
		var verify *tls.CertificateVerificationError
		return !errors.Is(err, resty.ErrResponseBodyTooLarge) && !errors.As(err, &unknown) && !errors.As(err, &verify)
	}
	switch r.StatusCode() {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// quietLogger stands between resty and the log.
type quietLogger struct{ log logrus.FieldLogger }

// Errorf says that something failed, without resty's words.
func (l quietLogger) Errorf(string, ...any) { l.log.Debug("an attempt to reach the server failed") }

// Warnf says that something failed, without resty's words.
func (l quietLogger) Warnf(string, ...any) { l.log.Debug("an attempt to reach the server failed") }

// Debugf says nothing.
func (l quietLogger) Debugf(string, ...any) {}
