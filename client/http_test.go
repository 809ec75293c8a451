package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

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
	impatient := play(t, 30*time.Millisecond, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-quit
	})
	patient := play(t, time.Minute, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		entered <- struct{}{}
		<-quit
	})
	t.Cleanup(func() { close(quit) }) // before the servers close
	d, _ := report(100)
	_, err := impatient.File(t.Context(), client.Access{}, d, nil)
	wantCode(t, "file", err, fhir.Offline)
	_, err = impatient.FindByINS(t.Context(), fhir.Identifier{Value: "1"})
	wantCode(t, "find", err, fhir.Offline)
	for name, c := range calls(patient) {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-entered; cancel() }()
		wantCode(t, name, c.run(ctx), fhir.Canceled)
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

// TestRetryAfter: how long to wait is told with the refusal, in seconds or as a
// date, and never without bounds.
func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, "1000000": fhir.MaxRetryAfter, "soon": 0,
		"Tue, 19 Jan 2038 03:14:07 GMT": fhir.MaxRetryAfter, "Mon, 01 Jan 2001 00:00:00 GMT": 0,
	} {
		for status, code := range map[int]fhir.Code{http.StatusTooManyRequests: fhir.Throttled, http.StatusInsufficientStorage: fhir.Unavailable} {
			s := play(t, 5*time.Second, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", header)
				answer(w, status, string(fhir.E(code, "plus tard").OperationOutcome()))
			})
			d, _ := report(100)
			_, err := s.File(t.Context(), client.Access{}, d, nil)
			var e *client.Error
			if !errors.As(err, &e) || e.Code != code || e.RetryAfter != want {
				t.Errorf("%d, Retry-After %q: %+v", status, header, err)
			}
		}
	}
}
