package main

import (
	"bufio"
	"bytes"
	"crypto/sha1" // the specification's field
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"carnet/client/fhir"
)

// server is the real program in a process of its own.
type server struct {
	t    *testing.T
	cmd  *exec.Cmd
	base string
	log  *buffer
}

// build builds the program as it is released: without cgo.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "carnet-server")
	cmd := exec.Command("go", "build", "-o", program, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

// TestTheProgram is one story in four acts on one demo, because making its
// people takes a while: the real program is killed in the middle of an upload
// and started again; then the program as a value serves the same directory: an
// upload under way outlives a stop, a doctor is served, and so are patients.
func TestTheProgram(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	t.Run("killed in the middle of an upload", func(t *testing.T) { killedInTheMiddleOfAnUpload(t, data) })
	t.Run("stopped in the middle of an upload", func(t *testing.T) { stoppedInTheMiddleOfAnUpload(t, data) })
	t.Run("serves a doctor", func(t *testing.T) { servesADoctor(t, data) })
	t.Run("serves patients", func(t *testing.T) { pagesOfADemo(t, data) })
}

func startProcess(t *testing.T, program, data string) *server {
	t.Helper()
	s := &server{t: t, log: &buffer{}, cmd: exec.Command(program, "-demo", "-addr", "127.0.0.1:0", "-data", data)}
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var r ready
	if err != nil || json.Unmarshal(line, &r) != nil {
		t.Fatalf("not ready: %v %s", err, s.log)
	}
	s.base = r.URL
	return s
}

// post sends a body and gives status and answer.
func (s *server) post(path, token, kind string, body io.Reader) (int, []byte) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.base+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, answer
}

func (s *server) form(path, token string, form url.Values) (int, []byte) {
	s.t.Helper()
	return s.post(path, token, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (s *server) token(account string) string {
	s.t.Helper()
	_, body := s.form("/demo/token", "", url.Values{"account": {account}})
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		s.t.Fatalf("%v %s", err, body)
	}
	return answer.AccessToken
}

// somePatient gives a patient of the account's whose record is open.
func (s *server) somePatient(token string) fhir.Patient {
	s.t.Helper()
	_, body := s.form("/fhir/Patient/_search", token, url.Values{"_count": {"50"}})
	bundle, err := fhir.ParseBundle(body)
	if err != nil {
		s.t.Fatalf("%v %.300s", err, body)
	}
	for _, e := range bundle.Entries {
		if p, err := fhir.ParsePatient(e.Resource); err == nil && p.Active && p.INS.Value != "" && p.Relation == fhir.BasisMT {
			return p
		}
	}
	s.t.Fatal("nobody to file to")
	return fhir.Patient{}
}

// report makes the body of a create: a real PDF in a description.
func report(t *testing.T, p fhir.Patient, n int) (body []byte, unique string, data []byte) {
	t.Helper()
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 12)
	for i := range 200 {
		pdf.Cell(0, 10, fmt.Sprintf("Ligne %d du compte rendu %d", i, n))
		pdf.Ln(10)
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		t.Fatal(err)
	}
	data = out.Bytes()
	sum := sha1.Sum(data)
	now := fhir.Instant(time.Now())
	unique = fmt.Sprintf("urn:oid:1.2.250.1.213.97.%d", n)
	before, after := fhir.DocumentReference{
		UniqueID: unique, Status: "current", Type: fhir.Coding{System: fhir.SystemLOINC, Code: "11502-2"}, Category: fhir.Coding{System: fhir.SystemClass, Code: "10"},
		PatientID: p.ID, PatientINS: p.INS, Date: now, PeriodStart: now, Confidential: "N",
		Author:    fhir.Party{ID: "899700000011", Name: "Dr Anne MOREL", Specialty: "SM54", OrgID: "1997000011", OrgName: "Cabinet médical du Port"},
		Custodian: fhir.Party{OrgID: "1997000011", OrgName: "Cabinet médical du Port"},
		Attachment: fhir.Attachment{
			ContentType: "application/pdf", Language: "fr-FR", Size: int64(len(data)), Hash: base64.StdEncoding.EncodeToString(sum[:]),
			Title: "Compte rendu", Creation: now, URL: "Binary/1",
		},
		Format:   fhir.Coding{System: "https://mos.esante.gouv.fr/NOS/TRE_A06-FormatCodeComplementaire/FHIR/TRE-A06-FormatCodeComplementaire", Code: "urn:ihe:iti:xds:2017:mimeTypeSufficient"},
		Facility: fhir.Coding{Code: "SA07"}, Practice: fhir.Coding{Code: "AMBULATOIRE"},
	}.SplitJSON()
	return bytes.Join([][]byte{before, []byte(base64.StdEncoding.EncodeToString(data)), after}, nil), unique, data
}

// The server dies in the middle of an upload: what it acknowledged is there,
// what it did not is not, and the same upload works the second time.
func killedInTheMiddleOfAnUpload(t *testing.T, data string) {
	t.Helper()
	program := build(t)
	s := startProcess(t, program, data)
	token := s.token("gp")
	patient := s.somePatient(token)
	first, _, bytesOfFirst := report(t, patient, 1)
	status, answer := s.post("/fhir/DocumentReference", token, "application/fhir+json", bytes.NewReader(first))
	if status != http.StatusCreated {
		t.Fatalf("the first report: %d %s", status, answer)
	}
	filed, err := fhir.ParseDocumentReference(answer)
	if err != nil {
		t.Fatal(err)
	}
	second, unique, _ := report(t, patient, 2)
	s.halfUpload(token, second)
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait()

	s = startProcess(t, program, data)
	token = s.token("gp")
	if status, content := get(t, http.DefaultClient, s.base+"/fhir/Binary/"+filed.ID, token); status != http.StatusOK || content != string(bytesOfFirst) {
		t.Errorf("the acknowledged report: %d, %d bytes", status, len(content))
	}
	_, body := s.form("/fhir/DocumentReference/_search", token, url.Values{
		"patient": {"Patient/" + patient.ID}, "status": {"current"}, "identifier": {fhir.SystemURI + "|" + unique},
	})
	if bundle, err := fhir.ParseBundle(body); err != nil || bundle.Total != 0 {
		t.Errorf("half an upload is listed: %s %v", body, err)
	}
	if left, err := os.ReadDir(filepath.Join(data, "spool")); err != nil || len(left) != 0 {
		t.Errorf("%d files left of it (%v)", len(left), err)
	}
	if status, answer := s.post("/fhir/DocumentReference", token, "application/fhir+json", bytes.NewReader(second)); status != http.StatusCreated {
		t.Errorf("the same upload again: %d %s", status, answer)
	}
	if out, err := exec.Command(program, "verify", "-data", data).CombinedOutput(); err != nil {
		t.Errorf("verify: %v %s", err, out)
	}
	s.stop()
}

// halfUpload sends half of a create, once the server reads it.
func (s *server) halfUpload(token string, body []byte) net.Conn {
	s.t.Helper()
	host := strings.TrimPrefix(s.base, "http://")
	c, err := net.Dial("tcp", host)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	// Expect: 100-continue is answered when the handler begins to read.
	if _, err := fmt.Fprintf(c, "POST /fhir/DocumentReference HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", host, token, len(body)); err != nil {
		s.t.Fatal(err)
	}
	proceed := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	if _, err := io.ReadFull(c, proceed); err != nil || !strings.Contains(string(proceed), "100") {
		s.t.Fatalf("%q %v", proceed, err)
	}
	if _, err := c.Write(body[:len(body)/2]); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// A stop waits for the upload under way: its answer comes, and what it says
// holds.
func stoppedInTheMiddleOfAnUpload(t *testing.T, data string) {
	t.Helper()
	here := startHere(t, "-demo", "-addr", "127.0.0.1:0", "-data", data)
	s := &server{t: t, base: here.base}
	token := s.token("gp")
	body, _, content := report(t, s.somePatient(token), 3)
	c := s.halfUpload(token, body)
	stopped := make(chan error, 1)
	go func() { stopped <- here.stop() }()
	// The stop has begun when nobody new is let in.
	for refused := false; !refused; {
		other, err := net.Dial("tcp", c.RemoteAddr().String())
		if refused = err != nil; !refused {
			_ = other.Close()
		}
	}
	if _, err := c.Write(body[len(body)/2:]); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s %v", res.StatusCode, answer, err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stopping: %v", err)
	}
	filed, err := fhir.ParseDocumentReference(answer)
	if err != nil {
		t.Fatal(err)
	}
	again := startHere(t, "-demo", "-addr", "127.0.0.1:0", "-data", data)
	token = (&server{t: t, base: again.base}).token("gp")
	if status, got := get(t, http.DefaultClient, again.base+"/fhir/Binary/"+filed.ID, token); status != http.StatusOK || got != string(content) {
		t.Errorf("the report that was acknowledged: %d, %d bytes", status, len(got))
	}
	if err := again.stop(); err != nil {
		t.Error(err)
	}
}

// stop asks the process to end and wants it to say that all went well.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("stopping: %v %s", err, s.log)
	}
}
