package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// anyone is a TokenSource.
type anyone struct{}

func (anyone) Token(context.Context) (string, error) { return "t", nil }

// FuzzContentPath: whatever a description says, its content is asked of this
// server, under the base, or not at all: the token goes with the request.
func FuzzContentPath(f *testing.F) {
	for _, s := range []string{
		"Binary/1", "/fhir/Binary/1", "https://dossier.example/fhir/Binary/1", "https://evil.example/fhir/Binary/1", "//evil.example/fhir/x", "../x", "Binary/../../x",
		"Binary/%2e%2e/%2e%2e/x", "https://dossier.example@evil.example/fhir/", "\\\\evil\\x", "Binary/1?x=1#y", "http://dossier.example/fhir/x", "?page=1", "Binary/1\r\nX: y", "https://u:p@dossier.example/fhir/x",
	} {
		f.Add(s)
	}
	h, err := New(Config{BaseURL: "https://dossier.example/fhir", Tokens: anyone{}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, address string) {
		path, err := h.contentPath(address)
		if err != nil {
			if fhir.CodeOf(err) != fhir.Invalid {
				t.Errorf("refused as %v", err)
			}
			return
		}
		u, err := url.Parse(h.address(path))
		if err != nil || u.Scheme != "https" || u.Host != "dossier.example" || u.User != nil || !strings.HasPrefix(u.EscapedPath()+"/", "/fhir/") || strings.Contains(u.Path, "/../") || strings.HasSuffix(u.Path, "/..") {
			t.Errorf("%q is asked as %q", address, h.address(path))
		}
	})
}

// FuzzAnswer: whatever a server answers, every call ends with a value or with
// the one error type.
func FuzzAnswer(f *testing.F) {
	for _, s := range []struct {
		status int
		kind   string
		body   string
	}{
		{200, "application/fhir+json", `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"p"}}]}`},
		{200, "application/fhir+json", `{"resourceType":"Bundle","link":[{"relation":"next","url":"::"}],"entry":[{},{"resource":null}]}`},
		{200, "application/fhir+json", `{"resourceType":"Parameters","parameter":[{"name":"right","valueCode":"read"},{"name":"patient"}]}`},
		{201, "application/fhir+json", `{"resourceType":"DocumentReference","content":[]}`},
		{200, "application/fhir+json", `{"resourceType":"AuditEvent","agent":[{}],"entity":[{}]}`},
		{200, "application/pdf", "%PDF"},
		{422, "application/fhir+json", `{"resourceType":"OperationOutcome","issue":[{"code":"invalid"}]}`},
		{500, "text/html", "<html>"},
		{204, "", ""},
		{200, "application/json;=", `[`},
	} {
		f.Add(s.status, s.kind, []byte(s.body))
	}
	var status int
	var kind string
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Location", string(body))
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	f.Cleanup(server.Close)
	h, err := New(Config{BaseURL: server.URL, Tokens: anyone{}, Timeout: 5 * time.Second})
	if err != nil {
		f.Fatal(err)
	}
	h.reading.SetRetryCount(0)
	h.stream.SetRetryCount(0)
	f.Fuzz(func(t *testing.T, s int, k string, b []byte) {
		status, kind, body = 200+(s%400+400)%400, k, b
		for name, err := range everyCall(t.Context(), h) {
			var e *Error
			if err != nil && !errors.As(err, &e) {
				t.Errorf("%s: %v is not of the one type", name, err)
			}
		}
	})
}

// everyCall calls each method once.
func everyCall(ctx context.Context, h *HTTP) map[string]error {
	out := map[string]error{}
	a, yes := Access{PatientID: "p", Session: "s"}, true
	_, out["MyPatients"] = h.MyPatients(ctx, PatientQuery{})
	_, out["FindByINS"] = h.FindByINS(ctx, fhir.Identifier{Value: "1"})
	_, out["Match"] = h.Match(ctx, Traits{})
	_, out["Open"] = h.Open(ctx, "p", OpenRequest{})
	out["Close"] = h.Close(ctx, a)
	_, out["Documents"] = h.Documents(ctx, a, DocumentQuery{})
	_, out["Document"] = h.Document(ctx, a, "d")
	_, out["Content"] = h.Content(ctx, a, Document{Attachment: fhir.Attachment{URL: "Binary/d"}})
	_, out["File"] = h.File(ctx, a, Draft{Content: strings.NewReader("x"), Size: 1}, nil)
	_, out["Change"] = h.Change(ctx, a, Document{ID: "d"}, Change{Masked: &yes})
	out["Undo"] = h.Undo(ctx, a, Document{ID: "d"})
	_, out["DeclareConsent"] = h.DeclareConsent(ctx, ConsentDeclaration{PatientID: "p"})
	out["WithdrawOwn"] = h.WithdrawOwn(ctx, "p")
	_, out["Accesses"] = h.Accesses(ctx, TraceQuery{})
	_, out["Status"] = h.Status(ctx)
	return out
}

// BenchmarkUpload sends a report of 1 MiB over loopback, for the cost of
// hashing, encoding and the transport: bytes of content per second.
func BenchmarkUpload(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", typeFHIR)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"resourceType":"DocumentReference","id":"d"}`)
	}))
	b.Cleanup(server.Close)
	h, err := New(Config{BaseURL: server.URL, Tokens: anyone{}})
	if err != nil {
		b.Fatal(err)
	}
	content := strings.NewReader(strings.Repeat("x", 1<<20))
	b.SetBytes(1 << 20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.File(b.Context(), Access{}, Draft{Content: content, Size: 1 << 20}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
