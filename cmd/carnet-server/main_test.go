package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/client/pdfcheck"
)

// TestMain lets the test binary be its own PDF worker, and the server itself
// where a test needs a process to kill.
func TestMain(m *testing.M) {
	pdfcheck.RunWorkerIfAsked()
	if os.Getenv("CARNET_TEST_MAIN") == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

// buffer is a bytes.Buffer that a server writes and a test reads.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// run runs the program whole, with nothing in the environment.
func run(t *testing.T, stdin string, args ...string) (stdout string, err error) {
	t.Helper()
	var out, errs buffer
	m := &Main{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }}
	err = m.Run(context.Background(), args)
	return out.String(), err
}

// running is a server started in this process.
type running struct {
	base string
	log  *buffer
	stop func() error
}

// startHere starts the program as a value and waits for its ready line.
func startHere(t *testing.T, args ...string) running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	read, write := io.Pipe()
	log := &buffer{}
	m := &Main{Stdin: strings.NewReader(""), Stdout: write, Stderr: log, Getenv: func(string) string { return "" }}
	done := make(chan error, 1)
	go func() {
		err := m.Run(ctx, args)
		_ = write.CloseWithError(io.EOF)
		done <- err
	}()
	line := make([]byte, 4096)
	n, err := read.Read(line)
	if err != nil {
		cancel()
		t.Fatalf("no ready line: %v; %v\n%s", err, <-done, log)
	}
	var r ready
	if err := json.Unmarshal(line[:n], &r); err != nil || !r.Ready {
		t.Fatalf("ready line %q: %v", line[:n], err)
	}
	var once sync.Once
	var stopped error
	s := running{base: r.URL, log: log, stop: func() error {
		once.Do(func() { cancel(); stopped = <-done })
		return stopped
	}}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("stopping: %v\n%s", err, log)
		}
	})
	return s
}

// get asks and gives status and body.
func get(t *testing.T, c *http.Client, address, bearer string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func servesADoctor(t *testing.T, data string) {
	t.Helper()
	readyFile := filepath.Join(t.TempDir(), "ready")
	s := startHere(t, "-demo", "-addr", "127.0.0.1:0", "-data", data, "-ready-file", readyFile)
	if text, err := os.ReadFile(readyFile); err != nil || strings.TrimSpace(string(text)) != s.base {
		t.Errorf("ready file %q (%v), want %s", text, err, s.base)
	}
	token, err := run(t, "", "demo", "token", "-addr", s.base, "gp")
	if err != nil {
		t.Fatal(err)
	}
	token = strings.TrimSpace(token)
	if status, body := get(t, http.DefaultClient, s.base+"/fhir/Patient?_count=5", token); status != http.StatusOK || !strings.Contains(body, `"searchset"`) {
		t.Errorf("my patients: %d %.300s", status, body)
	}
	if status, _ := get(t, http.DefaultClient, s.base+"/fhir/Patient", "not a token"); status != http.StatusUnauthorized {
		t.Errorf("a forged token: %d", status)
	}
	if status, body := get(t, http.DefaultClient, s.base+"/fhir/metadata", ""); status != http.StatusOK || !strings.Contains(body, "CapabilityStatement") {
		t.Errorf("metadata: %d %.200s", status, body)
	}
	if status, _ := get(t, http.DefaultClient, s.base+"/healthz", ""); status != http.StatusOK {
		t.Errorf("healthz: %d", status)
	}
	if status, body := get(t, http.DefaultClient, s.base+"/oidc/.well-known/openid-configuration", ""); status != http.StatusOK || !strings.Contains(body, s.base+"/oidc/authorize") {
		t.Errorf("discovery: %d %.200s", status, body)
	}
	if err := s.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if log := s.log.String(); strings.Contains(log, "MOREL") || !strings.Contains(log, `"msg":"serving"`) {
		t.Errorf("log: %.500s", log)
	}
}

func TestOptionsThatDoNotGoTogether(t *testing.T) {
	dir := t.TempDir()
	open := filepath.Join(dir, "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a demo for everybody":         {[]string{"-demo", "-addr", "0.0.0.0:8443"}, "loopback only"},
		"a demo with another issuer":   {[]string{"-demo", "-issuer", "https://issuer.example"}, "-issuer"},
		"plain HTTP":                   {[]string{"-data", dir}, "TLS"},
		"a certificate without key":    {[]string{"-data", dir, "-tls-cert", "c"}, "go together"},
		"no data":                      {[]string{"-tls-cert", "c", "-tls-key", "k"}, "-data"},
		"every address and no name":    {[]string{"-data", dir, "-tls-cert", "c", "-tls-key", "k", "-addr", ":8443"}, "-url"},
		"a URL of another kind":        {[]string{"-data", dir, "-tls-cert", "c", "-tls-key", "k", "-url", "http://h"}, "-url must be https"},
		"no port":                      {[]string{"-demo", "-addr", "127.0.0.1"}, "host:port"},
		"a level that is none":         {[]string{"-demo", "-log-level", "loud"}, "-log-level"},
		"an unknown flag":              {[]string{"-nonsense"}, "nonsense"},
		"an unknown command":           {[]string{"dance"}, "no command"},
		"data that others may read":    {[]string{"-demo", "-addr", "127.0.0.1:0", "-data", open}, "chmod 700"},
		"an account in no directory":   {[]string{"user", "add", "-data", filepath.Join(dir, "none")}, "init"},
		"a token from another machine": {[]string{"demo", "token", "-addr", "192.0.2.1:8443", "gp"}, "on this machine"},
		"no account":                   {[]string{"demo", "token"}, "1 argument"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := run(t, "", c.args...)
			misuse, ok := err.(usageError) //nolint:errorlint // it is never wrapped
			if !ok || !strings.Contains(string(misuse), c.want) {
				t.Errorf("error %v, want one about %q", err, c.want)
			}
		})
	}
}

func TestHalfADemoIsMadeAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := claimDirectory(dir, true); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "carnet.db")
	if err := os.WriteFile(half, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := claimDirectory(dir, true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(half); !os.IsNotExist(err) {
		t.Errorf("half a demo is still there: %v", err)
	}
	if err := os.WriteFile(half, []byte("whole"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeKind(dir, kindDemo); err != nil {
		t.Fatal(err)
	}
	if err := claimDirectory(dir, true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(half); err != nil {
		t.Errorf("a whole demo was thrown away: %v", err)
	}
	if err := claimDirectory(dir, false); err == nil {
		t.Error("a demo is served as real records")
	}
}

func TestTheEnvironmentStandsInForFlags(t *testing.T) {
	env := map[string]string{"CARNET_DEMO": "true", "CARNET_ADDR": "127.0.0.1:1", "CARNET_DRAIN": "5s", "CARNET_TLS_CERT": "c", "CARNET_TLS_KEY": "k"}
	m := &Main{Stderr: io.Discard, Getenv: func(k string) string { return env[k] }}
	o, err := m.parseOptions([]string{"-addr", "127.0.0.1:2"})
	if err != nil {
		t.Fatal(err)
	}
	if !o.demo || o.addr != "127.0.0.1:2" || o.drain != 5*time.Second || o.tlsCert != "c" {
		t.Errorf("%+v", o)
	}
	env["CARNET_DRAIN"] = "soon"
	if _, err := m.parseOptions(nil); err == nil {
		t.Error("an unreadable variable was accepted")
	}
}

func TestHelpTellsEverything(t *testing.T) {
	var out buffer
	m := &Main{Stdout: io.Discard, Stderr: &out, Getenv: func(string) string { return "" }}
	if err := m.Run(context.Background(), []string{"-help"}); exitCode(m, err) != 0 {
		t.Error(err)
	}
	for _, c := range commands() {
		if !strings.Contains(out.String(), "carnet-server "+c.name) {
			t.Errorf("help does not name %q", c.name)
		}
	}
	for _, want := range []string{"-tls-cert (CARNET_TLS_CERT)", "-issuer (CARNET_ISSUER)", "SIGTERM"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("help lacks %s", want)
		}
	}
	if code := exitCode(m, usageError("x")); code != 2 {
		t.Errorf("a wrong use exits with %d", code)
	}
	if code := exitCode(m, io.ErrUnexpectedEOF); code != 1 {
		t.Errorf("a failure exits with %d", code)
	}
}

func TestDemoAccounts(t *testing.T) {
	text, err := run(t, "", "demo", "accounts")
	if err != nil || !strings.Contains(text, "gp ") {
		t.Errorf("%s %v", text, err)
	}
	raw, err := run(t, "", "demo", "accounts", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct{ ID, Name, Role, GoodTo string }
	if err := json.Unmarshal([]byte(raw), &list); err != nil || len(list) < 8 || list[0].GoodTo == "" {
		t.Errorf("%d accounts, %v", len(list), err)
	}
}
