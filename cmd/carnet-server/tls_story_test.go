package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carnet/client/session"
)

const password = "seize caractères au moins"

// A server as it is installed: init, an account, TLS, a sign-in with the
// browser, a backup while it runs, a check of the copy.
func TestAnInstalledServer(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	mustRun(t, "", "init", "-data", data)
	if _, err := run(t, "", "init", "-data", data); err == nil {
		t.Error("init overwrites")
	}
	add := []string{"user", "add", "-data", data, "-login", "amorel", "-id", "899700000011", "-name", "Dr Anne MOREL", "-profession", "10", "-specialty", "SM54"}
	mustRun(t, password+"\n", add...)
	if _, err := run(t, password+"\n", add...); err == nil {
		t.Error("the same account twice")
	}
	if _, err := run(t, "", add...); err == nil {
		t.Error("an account without password")
	}
	if _, err := run(t, "", "-demo", "-addr", "127.0.0.1:0", "-data", data); err == nil || !strings.Contains(err.Error(), "real records") {
		t.Errorf("a demo on real records: %v", err)
	}
	certFile, keyFile, pool := writeCertificate(t, dir, 7)
	if _, err := run(t, "", "-addr", "127.0.0.1:0", "-data", filepath.Join(dir, "new"), "-tls-cert", certFile, "-tls-key", keyFile); err == nil || !strings.Contains(err.Error(), "init") {
		t.Errorf("an installed server on nothing: %v", err)
	}
	s := startHere(t, "-addr", "127.0.0.1:0", "-data", data, "-tls-cert", certFile, "-tls-key", keyFile)
	if !strings.HasPrefix(s.base, "https://") {
		t.Fatal(s.base)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport}
	if status, _ := get(t, c, s.base+"/demo/accounts", ""); status != http.StatusNotFound {
		t.Errorf("demo accounts on an installed server: %d", status)
	}
	desktop := session.New(session.Config{Base: s.base, HTTP: c, Browser: func(address string) error {
		go visit(t, transport, address)
		return nil
	}})
	ctx := context.Background()
	who, err := desktop.SignIn(ctx, "", nil)
	if err != nil || who.Name != "Dr Anne MOREL" {
		t.Fatalf("%+v %v", who, err)
	}
	token, err := desktop.Token(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, c, s.base+"/fhir/Patient", token); status != http.StatusOK || !strings.Contains(body, `"total":0`) {
		t.Errorf("my patients: %d %.200s", status, body)
	}
	if status, _ := get(t, http.DefaultClient, "http"+strings.TrimPrefix(s.base, "https")+"/healthz", ""); status != http.StatusBadRequest {
		t.Errorf("plain HTTP is answered: %d", status)
	}
	lookAfter(t, data, filepath.Join(dir, "copy"))
}

// lookAfter does what an administrator does while the server runs.
func lookAfter(t *testing.T, data, to string) {
	t.Helper()
	mustRun(t, "dix-sept caractères\n", "user", "password", "-data", data, "-login", "amorel")
	mustRun(t, "", "user", "disable", "-data", data, "-login", "amorel")
	if _, err := run(t, "", "user", "disable", "-data", data, "-login", "nobody"); err == nil {
		t.Error("nobody was disabled")
	}
	mustRun(t, "", "backup", "-data", data, "-to", to)
	keys := filepath.Join(t.TempDir(), "keys")
	mustRun(t, "", "keys", "save", "-data", data, "-to", keys)
	mustRun(t, "", "keys", "save", "-data", data, "-to", keys) // the one copy is replaced
	if _, err := run(t, "", "verify", "-data", to); err == nil {
		t.Error("a copy without keys was verified")
	}
	if out, err := run(t, "dix-sept caractères\n", "user", "password", "-data", to, "-login", "amorel"); err == nil || !strings.Contains(err.Error(), "keys restore") {
		t.Errorf("the accounts of a copy without keys: %v %s", err, out)
	}
	mustRun(t, "", "keys", "restore", "-from", keys, "-data", to)
	if _, err := run(t, "", "backup", "-data", data, "-to", to); err == nil {
		t.Error("a backup over a backup")
	}
	for _, d := range []string{data, to} {
		onlyOwner(t, d)
		mustRun(t, "", "verify", "-data", d)
		mustRun(t, "dix-sept caractères\n", "user", "password", "-data", d, "-login", "amorel")
	}
}

func mustRun(t *testing.T, stdin string, args ...string) {
	t.Helper()
	if out, err := run(t, stdin, args...); err != nil {
		t.Fatalf("%v: %v %s", args, err, out)
	}
}

// onlyOwner wants every file to be its owner's alone.
func onlyOwner(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) { // SQLite's own files come and go
			return nil
		}
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && readableByOthers(info) {
			t.Errorf("%s has mode %v", filepath.Base(path), info.Mode().Perm())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var field = regexp.MustCompile(`name="request" value="([^"]+)"`)

// visit does what a person does in a browser.
func visit(t *testing.T, transport http.RoundTripper, address string) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Error(err)
		return
	}
	browser := &http.Client{Transport: transport, Jar: jar}
	res, err := browser.Get(address)
	if err != nil {
		t.Error(err)
		return
	}
	page, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	found := field.FindSubmatch(page)
	if found == nil {
		t.Errorf("no form: %s", page)
		return
	}
	res, err = browser.PostForm(res.Request.URL.String(), url.Values{"request": {string(found[1])}, "login": {"amorel"}, "password": {password}})
	if err != nil {
		t.Error(err)
		return
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("back in the application: %d", res.StatusCode)
	}
}
