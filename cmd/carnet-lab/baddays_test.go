package main

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"carnet/client/fhir"
)

// does runs a command of the server beside the one that runs.
func (w *world) does(args ...string) {
	w.t.Helper()
	if out, err := exec.Command(w.program, args...).CombinedOutput(); err != nil {
		w.t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// The system is disabled in the middle of a lot: what did not leave waits in a
// state of its own that says whom to ask, nothing is lost, and it goes on by
// itself once the system is enabled.
func keyRevoked(t *testing.T, w *world) {
	c := newCable(t, w.addr)
	l := w.laboratory(t)
	l.server, l.issuer = c.address(), "http://"+w.addr+"/oidc"
	all := l.some(900, 6)
	c.cutAfter(30_000) // the first ones have gone by then
	cmd := l.command("watch", l.in, "-json")
	var out, errs buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	ok(t, "start", cmd.Start())
	<-c.broken
	w.does("client", "disable", "-data", w.data, "-client", "labo")
	c.set(false)
	l.until(func() bool { return strings.Contains(errs.String(), "ask its administrator") }, &errs)
	code, s := l.status()
	if code != exitKept || s.Files[barred] == 0 || s.Reason != fhir.Unauthenticated || !strings.Contains(s.Words, "administrateur") {
		t.Errorf("exit %d: %+v", code, s)
	}
	late := l.some(950, 2) // while it is kept out
	for name, x := range late {
		all[name] = x
	}
	w.does("client", "enable", "-data", w.data, "-client", "labo")
	l.until(func() bool { return len(l.find(sentDir)) == len(all) }, &errs)
	ok(t, "SIGTERM", cmd.Process.Signal(syscall.SIGTERM))
	if err := cmd.Wait(); err != nil || !strings.Contains(errs.String(), "takes the sign-in again") {
		t.Errorf("%v: %s", err, errs.String())
	}
	if n := strings.Count(errs.String(), "ask its administrator"); n != 1 {
		t.Errorf("the log says it %d times", n)
	}
	l.quiet(errs.String())
	w.once(all)
	l.refusedAtOnce()
}

// refusedAtOnce holds what send says to who is kept out from the beginning.
func (l *laboratory) refusedAtOnce() {
	l.t.Helper()
	l.w.does("client", "disable", "-data", l.w.data, "-client", "labo")
	defer l.w.does("client", "enable", "-data", l.w.data, "-client", "labo")
	code, said := l.fails("send", l.in)
	if code != exitConfig || !strings.Contains(said, "voyez l’administrateur du serveur") {
		l.t.Errorf("exit %d: %s", code, said)
	}
}

// fails runs the program and gives exit code and words.
func (l *laboratory) fails(args ...string) (int, string) {
	l.t.Helper()
	cmd := l.command(args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	_ = cmd.Run()
	l.quiet(errs.String())
	return cmd.ProcessState.ExitCode(), errs.String()
}

// A patient blocks the laboratory: filing is not reading, so the result arrives
// all the same, and nothing tells the laboratory of the block.
func blockedByThePatient(t *testing.T, w *world) {
	consent := fmt.Sprintf(`{"resourceType":"Consent","status":"active","scope":{"coding":[{"system":"%s","code":"patient-privacy"}]},
		"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/%s"},"policy":[{"uri":"urn:x"}],
		"provision":{"type":"permit","provision":[{"type":"deny","actor":[{"role":{"coding":[{"system":"%s","code":"IRCP"}]},
		"reference":{"identifier":{"system":"%s","value":"%s"}}}]}]}}`,
		fhir.SystemConsentScope, w.patient("LEFÈBVRE", "Hélène").ID, fhir.SystemParticipation, fhir.SystemNationalOrg, labOrg)
	req, err := http.NewRequest(http.MethodPost, "http://"+w.addr+"/fhir/Consent", strings.NewReader(consent))
	ok(t, "request", err)
	req.Header.Set("Authorization", "Bearer "+w.token("helene"))
	req.Header.Set("Content-Type", "application/fhir+json")
	res, err := http.DefaultClient.Do(req)
	ok(t, "block", err)
	body, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("block: %d %s", res.StatusCode, body)
	}
	l := w.laboratory(t)
	p := w.patient("LEFÈBVRE", "Hélène")
	data := result(t, p, 970)
	l.put("bloqué.pdf", data)
	if code, a := l.run("send", l.in); code != exitDone || a.Counts[arrived] != 1 {
		t.Errorf("exit %d: %+v", code, a)
	}
	w.once(map[string]sent{"bloqué.pdf": {p, data}})
}

// The clock of the laboratory's machine is an hour ahead, or behind: the words name
// the clock and by how much, nothing is lost, and once it is right all goes.
func clockWrong(t *testing.T, w *world) {
	for wrong, words := range map[string]string{"1h": "avance de 60 min", "-1h": "retarde de 60 min"} {
		l := w.laboratory(t)
		all := l.some(980+len(wrong), 2)
		l.env = []string{"CARNET_LAB_CLOCK=" + wrong}
		if code, said := l.fails("send", l.in); code != exitConfig || !strings.Contains(said, "horloge") || !strings.Contains(said, words) {
			t.Errorf("%s: exit %d: %s", wrong, code, said)
		}
		cmd := l.command("watch", l.in) // at boot the time may come later: it waits
		var errs buffer
		cmd.Stderr = &errs
		ok(t, "start", cmd.Start())
		l.until(func() bool { _, s := l.status(); return s.Files[barred] == len(all) }, &errs)
		if code, s := l.status(); code != exitKept || !strings.Contains(s.Words, words) || !strings.Contains(errs.String(), "clock is wrong") {
			t.Errorf("%s: exit %d: %+v %s", wrong, code, s, errs.String())
		}
		ok(t, "SIGTERM", cmd.Process.Signal(syscall.SIGTERM))
		_ = cmd.Wait()
		l.env = nil
		l.watchUntil(func() bool { return len(l.find(sentDir)) == len(all) })
		w.once(all)
	}
}

// A server whose certificate nobody vouches for is sent nothing, and the words say
// so; with its authority, and through the proxy that the environment names, it
// goes. Plain HTTP leaves this machine in no case.
func strangersAndProxies(t *testing.T, w *world) {
	behind, err := url.Parse("http://" + w.addr)
	ok(t, "address", err)
	var asked atomic.Int32
	front := httputil.NewSingleHostReverseProxy(behind)
	tls := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		front.ServeHTTP(rw, r)
	}))
	t.Cleanup(tls.Close)
	proxy, passed := newProxy(t, "example.com:443", tls.Listener.Addr().String())
	l := w.laboratory(t)
	all := l.some(990, 2)

	l.server = tls.URL
	if code, said := l.fails("send", l.in); code != exitConfig || !strings.Contains(said, "certificat") || !strings.Contains(said, "-ca") || asked.Load() != 0 {
		t.Errorf("a stranger: exit %d, asked %d times: %s", code, asked.Load(), said)
	}
	for _, plain := range [][2]string{{"http://carnet.example", ""}, {"https://carnet.example", "http://carnet.example/oidc"}} {
		l.server, l.issuer = plain[0], plain[1]
		if code, said := l.fails("send", l.in); code != exitConfig || !strings.Contains(said, "https://") {
			t.Errorf("%v: exit %d: %s", plain, code, said)
		}
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	ok(t, "ca", os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tls.Certificate().Raw}), 0o600))
	l.server, l.issuer = "https://example.com", "http://"+w.addr+"/oidc" // the test certificate's name
	l.env = []string{"HTTPS_PROXY=" + proxy, "CARNET_LAB_CA=" + ca}
	if code, a := l.run("send", l.in); code != exitDone || a.Counts[arrived] != len(all) || passed.Load() == 0 || asked.Load() == 0 {
		t.Errorf("through the proxy: exit %d, %d tunnels, asked %d times: %+v", code, passed.Load(), asked.Load(), a)
	}
	w.once(all)
}

// newProxy is a proxy that leads to one place, and counts.
func newProxy(t *testing.T, name, to string) (address string, passed *atomic.Int32) {
	t.Helper()
	passed = &atomic.Int32{}
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != name {
			http.Error(rw, "no", http.StatusBadGateway)
			return
		}
		passed.Add(1)
		out, err := net.Dial("tcp", to)
		in, _, herr := rw.(http.Hijacker).Hijack()
		if err := errors.Join(err, herr); err != nil {
			return
		}
		defer func() { _, _ = in.Close(), out.Close() }()
		_, _ = io.WriteString(in, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(out, in) }()
		_, _ = io.Copy(in, out)
	}))
	t.Cleanup(s.Close)
	return s.URL, passed
}
