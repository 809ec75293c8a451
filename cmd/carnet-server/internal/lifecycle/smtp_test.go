package lifecycle

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// mailServer is a small SMTP server: enough of RFC 5321 to be sent to.
type mailServer struct {
	listener net.Listener
	config   *tls.Config
	trust    *x509.CertPool
	plain    bool              // does not offer TLS
	refuse   map[string]string // reply to RCPT, by address

	mu  sync.Mutex
	got []string // messages
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	s := &mailServer{
		listener: must(net.Listen("tcp", "127.0.0.1:0")), refuse: map[string]string{}, trust: x509.NewCertPool(),
		config: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
	}
	s.trust.AddCert(must(x509.ParseCertificate(der)))
	var talks sync.WaitGroup
	talks.Go(func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			talks.Go(func() { s.talk(conn) })
		}
	})
	t.Cleanup(func() {
		_ = s.listener.Close()
		talks.Wait()
	})
	return s
}

func (s *mailServer) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	secure := false
	in := bufio.NewReader(conn)
	say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
	say("220 test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(word) {
		case "EHLO":
			if s.plain || secure {
				say("250 AUTH PLAIN")
			} else {
				say("250-test\r\n250 STARTTLS")
			}
		case "STARTTLS":
			if s.plain {
				say("502 no")
				continue
			}
			say("220 go on")
			over := tls.Server(conn, s.config)
			conn, in, secure = over, bufio.NewReader(over), true
		case "RCPT":
			if reply := s.refuse[strings.Trim(strings.TrimPrefix(rest, "TO:"), "<>")]; reply != "" {
				say(reply)
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				text.WriteString(line)
			}
			s.mu.Lock()
			s.got = append(s.got, text.String())
			s.mu.Unlock()
			say("250 ok")
		case "AUTH":
			say("235 ok")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *mailServer) messages() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.got...)
}

func (s *mailServer) relay(letters Sender) Relay {
	return Relay{
		Address: s.listener.Addr().String(), From: "carnet@example.org", User: "carnet", Password: "secret",
		TLS: &tls.Config{RootCAs: s.trust, MinVersion: tls.VersionTLS12}, Letters: letters,
	}
}

// A code by e-mail: over TLS, once, with nothing but what it must say; an
// address that the server refuses gets a letter instead.
func TestByEmail(t *testing.T) {
	server := newMailServer(t)
	w := newWorld(t)
	w.Engine.Sender = server.relay(Folder{w.outbox})
	p := zoe()
	p.Email = "zoe@example.org"
	w.announced(p)
	w.work()
	got := server.messages()
	if len(got) != 1 || len(w.letters()) != 0 {
		t.Fatalf("%d e-mails, %d letters", len(got), len(w.letters()))
	}
	m, err := mail.ReadMessage(strings.NewReader(got[0]))
	if err != nil || m.Header.Get("To") == "" || !strings.HasSuffix(m.Header.Get("Message-ID"), "@carnet>") {
		t.Fatalf("%v, %v", m, err)
	}
	if strings.Contains(got[0], p.INS.Value) || !strings.Contains(got[0], "zoe@example.org") {
		t.Errorf("it says %s", got[0])
	}
	server.refuse["leo@example.org"] = "550 5.1.1 no such user leo@example.org"
	child := leo()
	child.Email = "leo@example.org"
	if _, err := w.Announce(context.Background(), child); err != nil {
		t.Fatal(err)
	}
	err = w.Work(context.Background())
	if err == nil || strings.Contains(err.Error(), "leo") {
		t.Errorf("it is told as %v", err)
	}
	w.work()
	if len(server.messages()) != 1 || len(w.codes()) != 1 {
		t.Errorf("%d e-mails, %d letters", len(server.messages()), len(w.letters()))
	}
}

// A server that is down, or busy, is tried again later and later; a code is
// neither lost nor another one.
func TestTheMailServerIsDown(t *testing.T) {
	server := newMailServer(t)
	w := newWorld(t)
	w.Engine.Sender = server.relay(Folder{w.outbox})
	server.refuse["zoe@example.org"] = "451 later"
	p := zoe()
	p.Email = "zoe@example.org"
	if _, err := w.Announce(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	for _, minutes := range []int{0, 1, 2, 4} {
		w.clock.set(w.clock.now().Add(time.Duration(minutes)*time.Minute - time.Second))
		if minutes > 0 {
			w.work() // a second too early: nothing is tried
		}
		w.clock.set(w.clock.now().Add(time.Second))
		if err := w.Work(context.Background()); err == nil {
			t.Error("it went out")
		}
	}
	delete(server.refuse, "zoe@example.org")
	w.clock.set(w.clock.now().Add(8 * time.Minute))
	w.work()
	if n := len(server.messages()); n != 1 {
		t.Errorf("%d e-mails", n)
	}
}

// Without TLS nothing is said.
func TestNoMailInClear(t *testing.T) {
	server := newMailServer(t)
	server.plain = true
	relay := server.relay(nil)
	m := Message{ID: "1", By: record.ChannelEmail, Email: "zoe@example.org", Text: "x"}
	if err := relay.Send(context.Background(), m); err == nil || len(server.messages()) != 0 {
		t.Errorf("%v, %v", err, server.messages())
	}
	server.plain = false
	relay.TLS = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	if err := relay.Send(context.Background(), m); err == nil || len(server.messages()) != 0 {
		t.Errorf("to a server that nobody vouches for: %v", err)
	}
	m.Email = "not an address"
	if err := relay.Send(context.Background(), m); !errors.Is(err, ErrNever) {
		t.Errorf("%v", err)
	}
}
