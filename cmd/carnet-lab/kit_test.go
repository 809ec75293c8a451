package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1" // the specification's field
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/cmd/carnet-lab/internal/sample"
)

// TestMain lets the test binary be its own PDF worker, and the program itself
// where a story needs a process.
func TestMain(m *testing.M) {
	pdfcheck.RunWorkerIfAsked()
	if os.Getenv("CARNET_LAB_MAIN") == "1" {
		smallDisk(os.Getenv("CARNET_LAB_DISK"))
		wrong, _ := time.ParseDuration(os.Getenv("CARNET_LAB_CLOCK")) // empty: the clock is right
		os.Exit(program(func() time.Time { return time.Now().Add(wrong) }))
	}
	os.Exit(m.Run())
}

// The fictional laboratory and the professional who answers for it.
const (
	labOrg, labName   = "1750000018", "Laboratoire du Port"
	biologist         = "10001234567"
	biologistName     = "Dr Bruno KLEIN"
	directoryOfTheLab = "kind,id,name,profession,specialty,org_id,org_name,sector,city\n" +
		"org," + labOrg + "," + labName + ",,,,,SA25,Nantes\n" +
		"pro,8" + biologist + "," + biologistName + ",21,," + labOrg + "," + labName + ",SA25,Nantes\n"
)

// world is a demonstration server in a process of its own, and a laboratory that
// it knows.
type world struct {
	t             *testing.T
	program, data string
	addr, key     string
	cmd           *exec.Cmd
	log           *buffer
	ours          map[string]client.Patient // by birth name and first given name
}

// buffer is written by a process and read by a test.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func ok(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// newWorld builds the server, has it make its people, and adds the laboratory.
func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, program: filepath.Join(dir, "carnet-server"), data: filepath.Join(dir, "data"), addr: "127.0.0.1:0", ours: map[string]client.Patient{}}
	build := exec.Command("go", "build", "-o", w.program, "carnet/cmd/carnet-server")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	w.start()
	w.stop()
	lab := filepath.Join(dir, "labo")
	if code, _, errs := run(t, nil, "init", "-data", lab); code != exitDone {
		t.Fatalf("init: %d %s", code, errs)
	}
	w.key = filepath.Join(lab, clientKeyName)
	list := filepath.Join(dir, "annuaire.csv")
	ok(t, "directory", os.WriteFile(list, []byte(directoryOfTheLab), 0o600))
	for _, args := range [][]string{
		{"client", "add", "-data", w.data, "-client", "labo", "-keys", filepath.Join(lab, "client-jwks.json"), "-name", labName, "-profession", "21", "-org", labOrg, "-org-name", labName},
		{"directory", "import", "-data", w.data, list},
	} {
		if out, err := exec.Command(w.program, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	w.start()
	t.Cleanup(func() { _ = w.cmd.Process.Kill(); _ = w.cmd.Wait() })
	return w
}

// start starts the server, at the same address as before.
func (w *world) start() {
	w.t.Helper()
	w.log = &buffer{}
	w.cmd = exec.Command(w.program, "-demo", "-addr", w.addr, "-data", w.data)
	w.cmd.Stderr = w.log
	out, err := w.cmd.StdoutPipe()
	ok(w.t, "pipe", err)
	ok(w.t, "start", w.cmd.Start())
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var ready struct{ Addr string }
	if err != nil || json.Unmarshal(line, &ready) != nil {
		w.t.Fatalf("not ready: %v %s", err, w.log)
	}
	w.addr = ready.Addr
}

func (w *world) stop() {
	w.t.Helper()
	ok(w.t, "stop", w.cmd.Process.Signal(os.Interrupt))
	_ = w.cmd.Wait()
}

// kill kills the server, as a power cut does.
func (w *world) kill() {
	w.t.Helper()
	ok(w.t, "kill", w.cmd.Process.Kill())
	_ = w.cmd.Wait()
}

// token is an access token of one of the demonstration's people.
func (w *world) token(account string) string {
	w.t.Helper()
	res, err := http.PostForm("http://"+w.addr+"/demo/token", url.Values{"account": {account}})
	ok(w.t, "token", err)
	defer func() { _ = res.Body.Close() }()
	var tok struct {
		AccessToken string `json:"access_token"`
	}
	ok(w.t, "token", json.NewDecoder(res.Body).Decode(&tok))
	return tok.AccessToken
}

// doctor is the contract as the patients' general practitioner has it.
func (w *world) doctor() *client.HTTP {
	w.t.Helper()
	c, err := client.New(client.Config{BaseURL: "http://" + w.addr + "/fhir", Tokens: fixed(w.token("gp"))})
	ok(w.t, "client", err)
	return c
}

type fixed string

func (f fixed) Token(context.Context) (string, error) { return string(f), nil }

// patient finds one of the doctor's patients by birth name and given name.
func (w *world) patient(name, given string) client.Patient {
	w.t.Helper()
	if len(w.ours) == 0 {
		c := w.doctor()
		for page := ""; ; {
			p, err := c.MyPatients(w.t.Context(), client.PatientQuery{Limit: 100, Page: page})
			ok(w.t, "patients", err)
			for _, one := range p.Patients {
				if len(one.Given) > 0 {
					w.ours[one.BirthName+" "+one.Given[0]] = one
				}
			}
			if page = p.Next; page == "" {
				break
			}
		}
	}
	p, found := w.ours[name+" "+given]
	if !found {
		w.t.Fatalf("no patient %s %s among %d", name, given, len(w.ours))
	}
	return p
}

// result draws a result about a patient.
func result(t testing.TB, p client.Patient, number int) []byte {
	t.Helper()
	data, err := sample.Result(sample.Patient{INS: p.INS.Value, BirthName: p.BirthName, Given: p.Given, Born: p.BirthDate, Female: p.Gender == "female"},
		sample.Shape{Number: number, Day: time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -1), Pages: 1, Logo: 60, Photo: 60})
	ok(t, "result", err)
	return data
}

// copies counts how often the record holds these bytes, and gives the last
// description.
func (w *world) copies(p client.Patient, data []byte) (n int, last client.Document) {
	w.t.Helper()
	w.each(p, func(d client.Document) {
		if d.Attachment.Hash == hashOf(data) {
			n, last = n+1, d
		}
	})
	return n, last
}

// hashes counts the documents of a record by their bytes.
func (w *world) hashes(p client.Patient) map[string]int {
	w.t.Helper()
	out := map[string]int{}
	w.each(p, func(d client.Document) { out[d.Attachment.Hash]++ })
	return out
}

// hashOf is how a description names bytes.
func hashOf(data []byte) string {
	sum := sha1.Sum(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// each gives every document of a record.
func (w *world) each(p client.Patient, one func(client.Document)) {
	w.t.Helper()
	c := w.doctor()
	for page := ""; ; {
		list, err := c.Documents(w.t.Context(), client.Access{PatientID: p.ID, Mode: fhir.ModeNormal}, client.DocumentQuery{Limit: 200, Page: page})
		ok(w.t, "documents", err)
		for _, d := range list.Documents {
			one(d)
		}
		if page = list.Next; page == "" {
			return
		}
	}
}

// laboratory is a work folder and a folder of results.
type laboratory struct {
	w        *world
	t        *testing.T
	data, in string
	server   string // address that the program is told
	issuer   string // another one for the sign-in; empty: the server's own
	env      []string
	rpps     string
	patience time.Duration // how long it waits for what is to come; 0: a minute
}

func (w *world) laboratory(t *testing.T) *laboratory {
	t.Helper()
	dir := t.TempDir()
	l := &laboratory{w: w, t: t, data: filepath.Join(dir, "travail"), in: filepath.Join(dir, "résultats"), server: "http://" + w.addr, rpps: biologist}
	ok(t, "folder", os.Mkdir(l.in, 0o750))
	if code, _, errs := run(t, nil, "init", "-data", l.data); code != exitDone {
		t.Fatalf("init: %d %s", code, errs)
	}
	return l
}

// put puts a file into the folder, at once.
func (l *laboratory) put(name string, data []byte) string {
	l.t.Helper()
	path := filepath.Join(l.in, name)
	ok(l.t, "folder", os.MkdirAll(filepath.Dir(path), 0o750))
	ok(l.t, "put", os.WriteFile(path+".part", data, 0o640))
	ok(l.t, "put", os.Rename(path+".part", path))
	return path
}

// command is the program as a process.
func (l *laboratory) command(args ...string) *exec.Cmd {
	self, err := os.Executable()
	ok(l.t, "executable", err)
	settings := []string{
		args[0], "-data", l.data, "-server", l.server, "-client", "labo", "-key", l.w.key, "-org", labOrg, "-org-name", labName,
		"-rpps", l.rpps, "-responsible", biologistName, "-ins-test", "-wait", "15s", "-settle", "1s", "-every", "200ms",
	}
	cmd := exec.Command(self, append(settings, args[1:]...)...)
	if l.issuer != "" {
		cmd.Args = append(cmd.Args, "-issuer", l.issuer)
	}
	cmd.Env = append(append(os.Environ(), "CARNET_LAB_MAIN=1", "LANG=fr_FR.UTF-8"), l.env...)
	return cmd
}

// run runs the program to its end and reads its JSON answer.
func (l *laboratory) run(args ...string) (int, answer) {
	l.t.Helper()
	cmd := l.command(append(args, "-json")...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	l.quiet(errs.String())
	var a answer
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		l.t.Fatalf("%v: exit %d, no answer: %s%s", args, cmd.ProcessState.ExitCode(), out.String(), errs.String())
	}
	if a.Schema != schema || a.Exit != cmd.ProcessState.ExitCode() {
		l.t.Errorf("%v: schema %q, exit %d and %d", args, a.Schema, a.Exit, cmd.ProcessState.ExitCode())
	}
	return a.Exit, a
}

// quiet holds a log to naming nobody.
func (l *laboratory) quiet(log string) {
	l.t.Helper()
	for _, word := range []string{"MARTIN", "GALL", "LEFÈBVRE", "268053523810204", "résultat", ".pdf"} {
		if strings.Contains(log, word) {
			l.t.Errorf("the log says %q: %s", word, log)
		}
	}
}

// outcomes gives what became of each file by its name.
func (a answer) outcomes() map[string]outcome {
	out := map[string]outcome{}
	for _, f := range a.Files {
		out[filepath.Base(f.File)] = f.Outcome
	}
	return out
}

// cable is a TCP connection to the server that can be cut.
type cable struct {
	l      net.Listener
	mu     sync.Mutex
	to     string
	cut    bool
	open   map[net.Conn]bool
	passed int64         // bytes towards the server
	limit  int64         // cut by itself after so many; 0: not
	broken chan struct{} // told when it cut itself
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, "listen", err)
	c := &cable{l: l, to: to, open: map[net.Conn]bool{}, broken: make(chan struct{}, 1)}
	t.Cleanup(func() { _ = l.Close(); c.set(true) })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go c.carry(in)
		}
	}()
	return c
}

func (c *cable) address() string { return "http://" + c.l.Addr().String() }

// set cuts the cable or mends it.
func (c *cable) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut, c.limit = cut, 0
	if cut {
		for conn := range c.open {
			_ = conn.Close()
		}
		clear(c.open)
	}
}

// cutAfter cuts it by itself after so many more bytes.
func (c *cable) cutAfter(bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = c.passed + bytes
}

func (c *cable) carry(in net.Conn) {
	defer func() { _ = in.Close() }()
	c.mu.Lock()
	cut := c.cut
	c.mu.Unlock()
	if cut {
		return
	}
	out, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	c.mu.Lock()
	c.open[in], c.open[out] = true, true
	c.mu.Unlock()
	go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
	buf := make([]byte, 16<<10)
	for {
		n, err := in.Read(buf)
		if n > 0 && !c.counts(int64(n)) {
			c.set(true)
			select {
			case c.broken <- struct{}{}:
			default:
			}
			return
		}
		if n > 0 {
			if _, err := out.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (c *cable) counts(n int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.passed += n
	return !c.cut && (c.limit == 0 || c.passed < c.limit)
}
