package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

// certCheck is how often, at most, a handshake looks whether the files changed.
const certCheck = 10 * time.Second

// certificate is a certificate that is read again when its files change. A
// pair that does not fit together leaves the one before in use.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time
	log               logrus.FieldLogger

	mu      sync.Mutex
	current *tls.Certificate
	checked time.Time
	stamp   string // of the files that current was read from
}

// loadCertificate reads a pair, which has to be good at the start.
func loadCertificate(certFile, keyFile string, now func() time.Time, log logrus.FieldLogger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, now: now, log: log}
	stamp := c.stampOfFiles()
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("the certificate cannot be used; check -tls-cert and -tls-key: %w", err)
	}
	c.current, c.stamp, c.checked = &pair, stamp, now()
	return c, nil
}

// config is the server's TLS: 1.2 at least, Go's choice of suites.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now().Sub(c.checked) >= certCheck {
		c.reloadLocked(false)
	}
	return c.current, nil
}

// reload reads the files now.
func (c *certificate) reload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reloadLocked(true)
}

func (c *certificate) reloadLocked(always bool) {
	c.checked = c.now()
	stamp := c.stampOfFiles()
	if stamp == c.stamp && !always {
		return
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.WithError(err).Error("certificate not reloaded, the one before stays in use")
		return
	}
	c.current, c.stamp = &pair, stamp
	c.log.Info("certificate reloaded")
}

// stampOfFiles tells two states of the files apart.
func (c *certificate) stampOfFiles() string {
	stamp := ""
	for _, f := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(f); err == nil {
			stamp += fmt.Sprint(info.ModTime().UnixNano(), info.Size(), ";")
		}
	}
	return stamp
}
