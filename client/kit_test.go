package client_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client"
	"carnet/client/fhir"
)

// tokens gives t-0 until told that it is no good, then t-1, and so on.
type tokens struct {
	mu sync.Mutex
	n  int
}

func (s *tokens) Token(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "t-" + strconv.Itoa(s.n), nil
}

func (s *tokens) Invalidate(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token == "t-"+strconv.Itoa(s.n) {
		s.n++
	}
}

// stage is a server that plays one scene, with a client on it.
type stage struct {
	*client.HTTP
	url string
	log *bytes.Buffer

	mu   sync.Mutex
	hits []string // method and address of every request
}

func (s *stage) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.hits)
}

func (s *stage) count() int { return len(s.asked()) }

// play starts a server whose every request is handled by scene.
func play(t *testing.T, wait time.Duration, scene http.HandlerFunc) *stage {
	t.Helper()
	s := &stage{log: &bytes.Buffer{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.hits = append(s.hits, r.Method+" "+r.URL.String())
		s.mu.Unlock()
		scene(w, r)
	}))
	t.Cleanup(server.Close)
	log := logrus.New()
	log.SetOutput(s.log)
	log.SetLevel(logrus.TraceLevel)
	h, err := client.New(client.Config{BaseURL: server.URL + "/fhir", Tokens: &tokens{}, Timeout: wait, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	s.HTTP, s.url = h, server.URL
	return s
}

// answer writes FHIR.
func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/fhir+json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// drop closes the connection without an answer.
func drop(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }

// report is a draft of n bytes.
func report(n int) (client.Draft, []byte) {
	data := bytes.Repeat([]byte("0123456789"), n/10+1)[:n]
	return client.Draft{
		ID: "0d1f0d0e-6d1c-4c8f-9a39-3d9c2b2f7c11", PatientID: "p1",
		PatientINS: fhir.Identifier{System: fhir.SystemINSTest, Value: "279035121518989"},
		Type:       fhir.Coding{System: fhir.SystemLOINC, Code: "11488-4"}, Class: fhir.Coding{System: fhir.SystemClass, Code: "10"},
		Title: "Consultation de MARTIN", ActDate: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), ContentType: "application/pdf",
		Content: bytes.NewReader(data), Size: int64(n), Author: fhir.Party{ID: "899700218896", Name: "Dr MOREL", OrgID: "1510000000", OrgName: "Cabinet"},
	}, data
}

// described is the description of a content.
func described(data []byte) client.Document {
	sum := sha1.Sum(data)
	return client.Document{ID: "d1", Version: "1", Attachment: fhir.Attachment{
		ContentType: "application/pdf", URL: "Binary/d1", Size: int64(len(data)), Hash: base64.StdEncoding.EncodeToString(sum[:]),
	}}
}

func wantCode(t *testing.T, what string, err error, code fhir.Code) {
	t.Helper()
	if fhir.CodeOf(err) != code {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

// calls are the methods with what each sends when the connection drops: a
// reading three times, everything else once.
func calls(r client.Records) map[string]struct {
	run   func(context.Context) error
	times int
} {
	type row = struct {
		run   func(context.Context) error
		times int
	}
	yes, ins := true, fhir.Identifier{System: fhir.SystemINSTest, Value: "279035121518989"}
	a, d := client.Access{PatientID: "p1", Session: "s1"}, described([]byte("x"))
	return map[string]row{
		"MyPatients": {func(c context.Context) error {
			_, err := r.MyPatients(c, client.PatientQuery{Text: "martin 1979"})
			return err
		}, 3},
		"FindByINS": {func(c context.Context) error { _, err := r.FindByINS(c, ins); return err }, 1},
		"Match": {func(c context.Context) error {
			_, err := r.Match(c, client.Traits{BirthName: "MARTIN", FirstGiven: "Léa", Sex: "F", BirthDate: "1979-03-28"})
			return err
		}, 1},
		"Open": {func(c context.Context) error {
			_, err := r.Open(c, "p1", client.OpenRequest{Reason: "coma de MARTIN"})
			return err
		}, 1},
		"Close":     {func(c context.Context) error { return r.Close(c, a) }, 1},
		"Documents": {func(c context.Context) error { _, err := r.Documents(c, a, client.DocumentQuery{}); return err }, 3},
		"Document":  {func(c context.Context) error { _, err := r.Document(c, a, "d1"); return err }, 3},
		"Content":   {func(c context.Context) error { _, err := r.Content(c, a, d); return err }, 3},
		"File":      {func(c context.Context) error { up, _ := report(5000); _, err := r.File(c, a, up, nil); return err }, 1},
		"Change":    {func(c context.Context) error { _, err := r.Change(c, a, d, client.Change{Masked: &yes}); return err }, 1},
		"Undo":      {func(c context.Context) error { return r.Undo(c, a, d) }, 1},
		"DeclareConsent": {func(c context.Context) error {
			_, err := r.DeclareConsent(c, client.ConsentDeclaration{PatientID: "p1", Form: "oral"})
			return err
		}, 1},
		"WithdrawOwn": {func(c context.Context) error { return r.WithdrawOwn(c, "p1") }, 1},
		"Accesses":    {func(c context.Context) error { _, err := r.Accesses(c, client.TraceQuery{PatientID: "p1"}); return err }, 3},
		"Status":      {func(c context.Context) error { _, err := r.Status(c); return err }, 3},
	}
}

// secrets are what may stand in no address, log line or error.
var secrets = []string{"martin", "léa", "279035121518989", "coma", "127.0.0.1", "1979", "t-0"}

func tellsNothing(t *testing.T, what, text string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(strings.ToLower(text), s) {
			t.Errorf("%s tells %q: %s", what, s, text)
		}
	}
}
