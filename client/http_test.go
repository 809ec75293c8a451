package client_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

// TestDroppedConnection: a server that hangs up is Offline; what changes
// something was sent exactly once, what reads was tried three times; no name
// stands in an address, a log line or an error.
func TestDroppedConnection(t *testing.T) {
	for name, c := range calls(nil) {
		t.Run(name, func(t *testing.T) {
			s := play(t, 5*time.Second, drop)
			err := calls(s)[name].run(t.Context())
			wantCode(t, name, err, fhir.Offline)
			if s.count() != c.times {
				t.Errorf("sent %d times, want %d", s.count(), c.times)
			}
			tellsNothing(t, "the error", err.Error())
			tellsNothing(t, "the log", s.log.String())
			tellsNothing(t, "the address", strings.Join(s.asked(), " "))
		})
	}
}

// TestDroppedWarmConnection: on a connection that was used before, Go would
// send a request with an idempotency key again by itself; a report still leaves once.
func TestDroppedWarmConnection(t *testing.T) {
	s := play(t, 5*time.Second, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			drop(w, r)
		}
		answer(w, 200, `{"resourceType":"CapabilityStatement","software":{"version":"1"}}`)
	})
	for range 3 {
		if _, err := s.Status(t.Context()); err != nil {
			t.Fatal(err)
		}
		d, _ := report(100)
		_, err := s.File(t.Context(), client.Access{}, d, nil)
		wantCode(t, "file", err, fhir.Offline)
	}
	if s.count() != 6 {
		t.Errorf("3 questions and 3 reports left %d times", s.count())
	}
}

// TestSilentServer: no answer within the time is Offline, giving up is Canceled.
func TestSilentServer(t *testing.T) {
	quit := make(chan struct{})
	entered := make(chan struct{}, 10)
	scene := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		entered <- struct{}{}
		<-quit
	}
	s := play(t, 30*time.Millisecond, scene)
	patient := play(t, time.Minute, scene)
	t.Cleanup(func() { close(quit) }) // before the servers close
	d, _ := report(100)
	_, err := s.File(t.Context(), client.Access{}, d, nil)
	wantCode(t, "file", err, fhir.Offline)
	_, err = s.FindByINS(t.Context(), fhir.Identifier{Value: "1"})
	wantCode(t, "find", err, fhir.Offline)
	<-entered
	<-entered
	for name, c := range calls(patient) {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-entered; cancel() }()
		wantCode(t, name, c.run(ctx), fhir.Canceled)
	}
}

// TestContent: each way in which bytes can differ from their description.
func TestContent(t *testing.T) {
	data := bytes.Repeat([]byte("%PDF page "), 20000)
	flipped := bytes.Clone(data)
	flipped[777] ^= 1
	quit := make(chan struct{})
	raw := func(b []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/pdf")
			_, _ = w.Write(b)
		}
	}
	binary := func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `{"resourceType":"Binary","contentType":"application/pdf","data":"`+base64.StdEncoding.EncodeToString(data)+`"}`)
	}
	scenes := map[string]struct {
		scene http.HandlerFunc
		code  fhir.Code
	}{
		"whole":           {raw(data), ""},
		"as a Binary":     {binary, ""},
		"one bit flipped": {raw(flipped), fhir.Invalid},
		"one byte short":  {raw(data[1:]), fhir.Invalid},
		"one byte more":   {raw(append(bytes.Clone(data), 'x')), fhir.Invalid},
		"deleted since":   {func(w http.ResponseWriter, _ *http.Request) { answer(w, 410, `{}`) }, fhir.Withdrawn},
		"hidden":          {func(w http.ResponseWriter, _ *http.Request) { answer(w, 404, `{}`) }, fhir.NotFound},
		"cut in the middle": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			_, _ = w.Write(data[:1000])
			drop(w, r)
		}, fhir.Offline},
		"stalled in the middle": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			_, _ = w.Write(data[:1000])
			w.(http.Flusher).Flush()
			<-quit
		}, fhir.Offline},
	}
	for name, c := range scenes {
		t.Run(name, func(t *testing.T) {
			s := play(t, 200*time.Millisecond, c.scene)
			if name == "stalled in the middle" {
				t.Cleanup(func() { close(quit) })
			}
			got, err := s.Content(t.Context(), client.Access{}, described(data))
			if c.code != "" {
				wantCode(t, "content", err, c.code)
				return
			}
			if err != nil || !bytes.Equal(got.Bytes, data) || got.Type != "application/pdf" || got.AsOf.IsZero() {
				t.Errorf("got %d bytes of %q, %v", len(got.Bytes), got.Type, err)
			}
		})
	}
}

// TestContentElsewhere: a description that leads to another server gets no
// request and no token.
func TestContentElsewhere(t *testing.T) {
	other := play(t, time.Second, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, "{}") })
	s := play(t, time.Second, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, "{}") })
	for _, address := range []string{other.url + "/fhir/Binary/d1", "//evil.example/Binary/1", "../admin", s.url + "/admin", "", "file:///etc/passwd"} {
		d := described([]byte("x"))
		d.Attachment.URL = address
		_, err := s.Content(t.Context(), client.Access{}, d)
		wantCode(t, address, err, fhir.Invalid)
	}
	if other.count()+s.count() != 0 {
		t.Error("something was asked")
	}
}

// TestRedirect: a redirection is not followed, by readings or by uploads.
func TestRedirect(t *testing.T) {
	other := play(t, time.Second, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, "{}") })
	s := play(t, time.Second, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.url+"/fhir/", http.StatusTemporaryRedirect)
	})
	for name, c := range calls(s) {
		wantCode(t, name, c.run(t.Context()), fhir.Offline)
	}
	if other.count() != 0 {
		t.Error("the redirection was followed")
	}
}

// TestPortal: a hotel's page in the server's place is no answer.
func TestPortal(t *testing.T) {
	s := play(t, time.Second, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>Bienvenue</html>")
	})
	for name, c := range calls(s) {
		err := c.run(t.Context())
		if code := fhir.CodeOf(err); code != fhir.Offline && code != fhir.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestHugeAnswer: an endless answer is cut and asked for once.
func TestHugeAnswer(t *testing.T) {
	s := play(t, 20*time.Second, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		block := bytes.Repeat([]byte(" "), 1<<20)
		for range 18 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	_, err := s.Status(t.Context())
	wantCode(t, "status", err, fhir.Malformed)
	if s.count() != 1 {
		t.Errorf("asked %d times", s.count())
	}
}

// TestExpiredToken: a token that expired is renewed once, for readings and for
// uploads; a second refusal is told.
func TestExpiredToken(t *testing.T) {
	expired := (&fhir.Error{Code: fhir.TokenExpired, RequestID: "r1"}).OperationOutcome()
	var good atomic.Value
	good.Store("t-1")
	s := play(t, 5*time.Second, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+good.Load().(string) {
			answer(w, 401, string(expired))
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, 200, `{"resourceType":"DocumentReference","id":"d1"}`)
	})
	d, _ := report(3 << 20)
	var told []int64
	kept, err := s.File(t.Context(), client.Access{}, d, func(sent, _ int64) { told = append(told, sent) })
	if err != nil || kept.ID != "d1" || !slices.IsSorted(told) || told[len(told)-1] != d.Size {
		t.Fatalf("got %q, %v, progress to %v", kept.ID, err, told)
	}
	if _, err := s.Document(t.Context(), client.Access{}, "d1"); err != nil {
		t.Fatal(err)
	}
	good.Store("none")
	_, err = s.Document(t.Context(), client.Access{}, "d1")
	wantCode(t, "document", err, fhir.TokenExpired)
}

// TestErrors: codes, request ids, findings and the place of a duplicate arrive;
// another server's words do not.
func TestErrors(t *testing.T) {
	ours := &fhir.Error{Code: fhir.Invalid, Message: "Refusé.", RequestID: "r-9", Issues: []fhir.Issue{
		{Code: fhir.Invalid, Expression: "DocumentReference.content[0].attachment.hash", Message: "Le contenu diffère."},
	}}
	scenes := []struct {
		name   string
		status int
		body   string
		want   client.Error
	}{
		{"ours", 422, string(ours.OperationOutcome()), client.Error{Code: fhir.Invalid, RequestID: "r-9"}},
		{"foreign", 422, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","diagnostics":"MARTIN Léa 279035121518989"}]}`, client.Error{Code: fhir.Invalid, RequestID: "h-1"}},
		{"a proxy", 502, `<html>127.0.0.1</html>`, client.Error{Code: fhir.Unavailable, RequestID: "h-1"}},
		{"duplicate", 409, string((&fhir.Error{Code: fhir.Duplicate}).OperationOutcome()), client.Error{Code: fhir.Duplicate, RequestID: "h-1", Location: "DocumentReference/d7"}},
		{"conflict", 412, string((&fhir.Error{Code: fhir.VersionConflict}).OperationOutcome()), client.Error{Code: fhir.VersionConflict, RequestID: "h-1"}},
		{"full", 503, string((&fhir.Error{Code: fhir.Unavailable}).OperationOutcome()), client.Error{Code: fhir.Unavailable, RequestID: "h-1"}},
	}
	for _, c := range scenes {
		t.Run(c.name, func(t *testing.T) {
			s := play(t, 5*time.Second, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Request-Id", "h-1")
				w.Header().Set("Location", "http://127.0.0.1/fhir/DocumentReference/d7/_history/2")
				answer(w, c.status, c.body)
			})
			d, _ := report(100)
			_, err := s.File(t.Context(), client.Access{}, d, nil)
			e, ok := err.(*client.Error)
			if !ok || e.Code != c.want.Code || e.RequestID != c.want.RequestID || e.Location != c.want.Location {
				t.Fatalf("got %+v", err)
			}
			tellsNothing(t, "the error", e.Error())
			for _, i := range e.Issues {
				tellsNothing(t, "a finding", i.Message)
			}
		})
	}
}

// TestUpload: what the server receives is a PDSm comprehensive
// DocumentReference with the bytes inside, announced with its length and key.
func TestUpload(t *testing.T) {
	for _, size := range []int{1, 2, 3, 24 << 10, 24<<10 + 1, 100_003} {
		var got struct {
			ResourceType     string
			MasterIdentifier struct{ System, Value string }
			Status           string
			Subject          struct{ Reference string }
			SecurityLabel    []struct{ Coding []struct{ Code string } }
			RelatesTo        []struct {
				Code   string
				Target struct{ Reference string }
			}
			Content []struct {
				Attachment struct {
					ContentType, Language, Hash, Title, Creation string
					Size                                         int64
					Data                                         []byte
				}
				Format struct{ Code string }
			}
			Context struct{ Period struct{ Start string } }
		}
		d, data := report(size)
		d.Masked, d.Replaces = true, &client.Document{ID: "d0"}
		s := play(t, 5*time.Second, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || int64(len(body)) != r.ContentLength || json.Unmarshal(body, &got) != nil {
				t.Errorf("%d bytes: the body is %d of %d bytes: %v", size, len(body), r.ContentLength, err)
			}
			if r.Header.Get(fhir.HeaderIdempotency) != d.ID || r.Header.Get(fhir.HeaderSession) != "s1" {
				t.Error("a header is missing")
			}
			w.Header().Set("Location", "DocumentReference/d1")
			answer(w, 201, `{"resourceType":"DocumentReference","id":"d1"}`)
		})
		var last int64
		kept, err := s.File(t.Context(), client.Access{Session: "s1"}, d, func(sent, total int64) { last = sent })
		if err != nil || kept.ID != "d1" || last != d.Size {
			t.Fatalf("%d bytes: got %q, %v, progress %d", size, kept.ID, err, last)
		}
		a := got.Content[0].Attachment
		want := described(data).Attachment
		if !bytes.Equal(a.Data, data) || a.Size != want.Size || a.Hash != want.Hash || a.Title != d.Title || a.Language != "fr-FR" || a.Creation == "" {
			t.Errorf("%d bytes: the attachment differs", size)
		}
		if got.MasterIdentifier.Value != "urn:uuid:"+d.ID || got.Subject.Reference != "Patient/p1" || len(got.SecurityLabel) != 2 ||
			got.RelatesTo[0].Target.Reference != "DocumentReference/d0" || got.Content[0].Format.Code == "" || got.Context.Period.Start == "" {
			t.Errorf("%d bytes: the description differs: %+v", size, got.MasterIdentifier)
		}
	}
}

// TestUploadMemory: a document of 24 MiB leaves without a copy of it being made.
func TestUploadMemory(t *testing.T) {
	s := play(t, 30*time.Second, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, 201, `{"resourceType":"DocumentReference","id":"d1"}`)
	})
	d, _ := report(24 << 20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := s.File(t.Context(), client.Access{}, d, nil); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("sending 24 MiB allocated %d KiB", used>>10)
	}
}

// failing is a content whose second reading fails.
type failing struct {
	*bytes.Reader
	rewound int
}

func (f *failing) Seek(offset int64, whence int) (int64, error) {
	f.rewound++
	return f.Reader.Seek(offset, whence)
}

func (f *failing) Read(p []byte) (int, error) {
	if f.rewound > 1 {
		return 0, io.ErrUnexpectedEOF
	}
	return f.Reader.Read(p)
}

// TestUploadFile: a file that is not what was chosen is not sent.
func TestUploadFile(t *testing.T) {
	s := play(t, 5*time.Second, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, 201, `{"resourceType":"DocumentReference","id":"d1"}`)
	})
	d, _ := report(5000)
	d.Size = 4999
	_, err := s.File(t.Context(), client.Access{}, d, nil)
	wantCode(t, "grown", err, fhir.Invalid)
	d.Size = 5001
	_, err = s.File(t.Context(), client.Access{}, d, nil)
	wantCode(t, "shrunk", err, fhir.Invalid)
	d.Size = client.MaxDocument + 1
	_, err = s.File(t.Context(), client.Access{}, d, nil)
	wantCode(t, "too large", err, fhir.TooLarge)
	if s.count() != 0 {
		t.Error("something was sent")
	}
	d, data := report(5000)
	d.Content = &failing{Reader: bytes.NewReader(data)}
	_, err = s.File(t.Context(), client.Access{}, d, nil)
	wantCode(t, "gone while it was sent", err, fhir.Invalid)
}

// TestPages: only the sealed cursor of a page link is followed, on this server.
func TestPages(t *testing.T) {
	s := play(t, 5*time.Second, func(w http.ResponseWriter, r *http.Request) {
		link := `,"link":[{"relation":"next","url":"https://elsewhere.example/fhir?page=c2VhbGVk%2B1"}]`
		if r.Method == http.MethodGet {
			link = ""
		}
		answer(w, 200, `{"resourceType":"Bundle","type":"searchset","total":2`+link+`,"entry":[{"resource":{"resourceType":"Patient","id":"p1"},"search":{"mode":"match"}},{"resource":{"resourceType":"OperationOutcome"},"search":{"mode":"outcome"}}]}`)
	})
	first, err := s.MyPatients(t.Context(), client.PatientQuery{Text: "martin"})
	if err != nil || first.Next == "" || len(first.Patients) != 1 || first.Total != 2 {
		t.Fatalf("got %+v, %v", first, err)
	}
	second, err := s.MyPatients(t.Context(), client.PatientQuery{Text: "martin", Page: first.Next})
	if err != nil || second.Next != "" {
		t.Fatalf("got %+v, %v", second, err)
	}
	if want := "GET /fhir?page=c2VhbGVk%2B1"; s.asked()[1] != want {
		t.Errorf("asked %q, want %q", s.asked()[1], want)
	}
}

// TestAddresses: an address without encryption is for this machine only; an id
// that is none reaches no server.
func TestAddresses(t *testing.T) {
	for address, good := range map[string]bool{
		"https://dossier.example/fhir": true, "https://dossier.example/fhir/": true, "http://127.0.0.1:8443/fhir": true, "http://localhost/fhir": true,
		"http://[::1]:1/fhir": true, "http://dossier.example/fhir": false, "http://10.0.0.1/fhir": false, "dossier.example": false, "": false,
		"https://user:secret@dossier.example/": false, "ftp://dossier.example": false, "https://dossier.example/fhir?x=1": false,
	} {
		_, err := client.New(client.Config{BaseURL: address, Tokens: &tokens{}})
		if (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
	s := play(t, time.Second, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, "{}") })
	for _, id := range []string{"", ".", "..", "a/b", "a?b", "é", strings.Repeat("x", 65), "%2e%2e"} {
		_, err := s.Document(t.Context(), client.Access{}, id)
		wantCode(t, id, err, fhir.NotFound)
		_, err = s.Open(t.Context(), id, client.OpenRequest{})
		wantCode(t, id, err, fhir.NotFound)
	}
	if s.count() != 0 {
		t.Errorf("asked %v", s.asked())
	}
}
