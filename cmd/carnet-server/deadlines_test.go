package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/cmd/internal/logging"
)

func TestBodyDeadline(t *testing.T) {
	begun := time.Unix(1_700_000_000, 0)
	for name, c := range map[string]struct {
		after time.Duration
		read  int64
		want  time.Duration // after begun
	}{
		"at first":                       {0, 0, 20 * time.Second},
		"a good line":                    {10 * time.Second, 5 << 20, 30 * time.Second},
		"a byte now and then":            {50 * time.Second, 10, 60 * time.Second},
		"a byte now and then, too long":  {65 * time.Second, 10, 60 * time.Second},
		"25 MiB at a slow line's speed":  {600 * time.Second, 8 << 20, 620 * time.Second},
		"25 MiB below the least average": {3000 * time.Second, 20 << 20, 2620 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if got := bodyDeadline(begun.Add(c.after), begun, c.read).Sub(begun).Round(time.Second); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// A client that stops sending is cut off; the clock is the connection's, so
// the test gives the body a clock that is already late.
func TestAStalledUploadEnds(t *testing.T) {
	result := make(chan error, 1)
	late := func() time.Time { return time.Now().Add(-stall + 50*time.Millisecond) }
	srv := httptest.NewServer(withDeadlines(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		result <- err
	}), late))
	defer srv.Close()
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it"); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err == nil || !strings.Contains(err.Error(), "timeout") {
		t.Errorf("the body ended with %v", err)
	}
}

func TestAReadBodyDoesNotHurtTheNextRequest(t *testing.T) {
	srv := httptest.NewServer(withDeadlines(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}), time.Now))
	defer srv.Close()
	for range 3 {
		res, err := srv.Client().Post(srv.URL, "text/plain", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || string(body) != "hello" {
			t.Errorf("%q %v", body, err)
		}
	}
}

// writeCertificate makes a certificate for 127.0.0.1 with a serial number.
func writeCertificate(t *testing.T, dir string, serial int64) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "carnet test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, data := range map[string][]byte{certFile: certPEM, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, pool
}

func TestACertificateIsReadAgainWhenItChanges(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile, _ := writeCertificate(t, dir, 1)
	var mu sync.Mutex
	now := time.Now()
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	later := func() { mu.Lock(); defer mu.Unlock(); now = now.Add(certCheck) }
	var log bytes.Buffer
	c, err := loadCertificate(certFile, keyFile, clock, logging.New(&log, logrus.InfoLevel))
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		t.Helper()
		got, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(got.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.SerialNumber.Int64()
	}
	writeCertificate(t, dir, 22)
	if serial() != 1 {
		t.Error("it looked again at once: each handshake would")
	}
	later()
	if serial() != 22 {
		t.Error("the new certificate is not used")
	}
	if err := os.WriteFile(keyFile, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	later()
	if serial() != 22 || !strings.Contains(log.String(), "not reloaded") {
		t.Errorf("a broken pair: %s", log.String())
	}
	writeCertificate(t, dir, 333)
	c.reload()
	if serial() != 333 {
		t.Error("reload by signal did nothing")
	}
	if _, err := loadCertificate(filepath.Join(dir, "none"), keyFile, clock, logging.New(io.Discard, logrus.InfoLevel)); err == nil {
		t.Error("a server without certificate starts")
	}
	if c.config().MinVersion != tls.VersionTLS12 {
		t.Error("older TLS than 1.2")
	}
}
