package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// scripted is a Watcher that plays one answer after the other.
type scripted struct {
	plays []func(f func(AccessEvent)) error
	n     int
}

func (s *scripted) Watch(_ context.Context, _ Access, f func(AccessEvent)) error {
	s.n++
	return s.plays[s.n-1](f)
}

func TestKeepWatchingBeginsAnew(t *testing.T) {
	event := AccessEvent{Kind: fhir.EventRights}
	lost := func(func(AccessEvent)) error { return fhir.E(fhir.Offline, "x") }
	heard := func(f func(AccessEvent)) error { f(event); return fhir.E(fhir.Unavailable, "x") }
	for name, c := range map[string]struct {
		plays []func(func(AccessEvent)) error
		code  fhir.Code
		steps []time.Duration // each pause lies between half of it and itself
		tells int
	}{
		"over":              {[]func(func(AccessEvent)) error{func(f func(AccessEvent)) error { f(event); return nil }}, "", nil, 1},
		"no such session":   {[]func(func(AccessEvent)) error{func(func(AccessEvent)) error { return fhir.E(fhir.Forbidden, "x") }}, fhir.Forbidden, nil, 0},
		"signed out":        {[]func(func(AccessEvent)) error{lost, func(func(AccessEvent)) error { return fhir.E(fhir.Unauthenticated, "x") }}, fhir.Unauthenticated, []time.Duration{firstAgain}, 0},
		"longer and longer": {[]func(func(AccessEvent)) error{lost, lost, lost, func(func(AccessEvent)) error { return nil }}, "", []time.Duration{firstAgain, 2 * firstAgain, 4 * firstAgain}, 0},
		"soon once heard": {
			[]func(func(AccessEvent)) error{lost, lost, heard, func(func(AccessEvent)) error { return nil }},
			"",
			[]time.Duration{firstAgain, 2 * firstAgain, firstAgain},
			1,
		},
	} {
		var paused []time.Duration
		told := 0
		w := &scripted{plays: c.plays}
		err := keepAccess(t.Context(), w, Access{}, func(AccessEvent) { told++ }, func(_ context.Context, d time.Duration) bool {
			paused = append(paused, d)
			return true
		})
		if fhir.CodeOf(err) != c.code || told != c.tells || len(paused) != len(c.steps) || w.n != len(c.plays) {
			t.Errorf("%s: %v, told %d, paused %v", name, err, told, paused)
			continue
		}
		for i, d := range paused {
			if d < c.steps[i]/2 || d >= c.steps[i] {
				t.Errorf("%s: pause %d is %v, want about %v", name, i, d, c.steps[i])
			}
		}
	}
	err := keepAccess(t.Context(), &scripted{plays: []func(func(AccessEvent)) error{lost}}, Access{}, nil, func(context.Context, time.Duration) bool { return false })
	if fhir.CodeOf(err) != fhir.Canceled {
		t.Errorf("given up while waiting: %v", err)
	}
}

// mailbox is Messages under a name that is none of its methods.
type mailbox = Messages

// letters is a Messages that plays one answer after the other.
type letters struct {
	mailbox
	plays []error
}

func (l *letters) WatchMessages(_ context.Context, f func(MessageEvent)) error {
	f(MessageEvent{})
	err := l.plays[0]
	l.plays = l.plays[1:]
	return err
}

func TestKeepWatchingMessagesOutlivesASignIn(t *testing.T) {
	for _, last := range []fhir.Code{fhir.Forbidden, fhir.NotFound, fhir.NotAllowed, fhir.Canceled} {
		plays := []error{fhir.E(fhir.Offline, "x"), fhir.E(fhir.TokenExpired, "x"), fhir.E(fhir.Unauthenticated, "x"), nil, fhir.E(last, "x")}
		told, pauses := 0, 0
		err := keepMessages(t.Context(), &letters{plays: plays}, func(MessageEvent) { told++ }, func(_ context.Context, d time.Duration) bool {
			if pauses++; d >= firstAgain {
				t.Errorf("waits %v though it had heard something", d)
			}
			return true
		})
		if fhir.CodeOf(err) != last || told != len(plays) || pauses != len(plays)-1 {
			t.Errorf("%s: ended with %v, told %d, %d pauses", last, err, told, pauses)
		}
	}
}

// watchOn is a client on a server that answers $events with scene.
func watchOn(t *testing.T, scene http.HandlerFunc) *HTTP {
	t.Helper()
	server := httptest.NewServer(scene)
	t.Cleanup(server.Close)
	h, err := New(Config{BaseURL: server.URL + "/fhir", Tokens: anyone{}, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// told collects the kinds and reasons of events.
func told(h *HTTP) (words []string, err error) {
	err = h.Watch(context.Background(), Access{PatientID: "p1", Session: "s"}, func(e AccessEvent) {
		words = append(words, strings.TrimSpace(e.Kind+" "+e.Reason))
	})
	return words, err
}

const (
	rightsJSON  = `{"resourceType":"Parameters","parameter":[{"name":"event","valueCode":"rights"},{"name":"right","valueCode":"read"}]}`
	closedJSON  = `{"resourceType":"Parameters","parameter":[{"name":"event","valueCode":"closed"},{"name":"reason","valueCode":"consent"}]}`
	sessionJSON = `{"resourceType":"Parameters","parameter":[{"name":"event","valueCode":"closed"},{"name":"reason","valueCode":"session"}]}`
)

func TestWatchReadsAStream(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		words []string
		code  fhir.Code
	}{
		"to the end of the session": {":\n\nevent: rights\ndata: " + rightsJSON + "\n\n:\n\ndata: " + closedJSON + "\n\ndata: " + sessionJSON + "\n\n", []string{"rights", "closed consent", "closed session"}, ""},
		"cut off":                   {"data: " + rightsJSON + "\n\ndata: " + closedJSON, []string{"rights"}, fhir.Offline},
		"with CRLF":                 {"data: " + rightsJSON + "\r\n\r\ndata: " + sessionJSON + "\r\n\r\n", []string{"rights", "closed session"}, ""},
		"in two lines":              {"data: {\"resourceType\":\"Parameters\",\ndata: \"parameter\":[{\"name\":\"event\",\"valueCode\":\"closed\"},{\"name\":\"reason\",\"valueCode\":\"session\"}]}\n\n", []string{"closed session"}, ""},
		"of another kind":           {"data: {\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"event\",\"valueCode\":\"gone\"}]}\n\n", nil, fhir.Malformed},
		"without an end":            {"data: " + strings.Repeat("x", maxEvent) + "\n\n", nil, fhir.Offline},
	} {
		h := watchOn(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer t" || r.Header.Get(fhir.HeaderSession) != "s" || r.URL.Path != "/fhir/Patient/p1/$events" {
				t.Errorf("asked %s %v", r.URL, r.Header)
			}
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = fmt.Fprint(w, c.body)
		})
		if words, err := told(h); !slices.Equal(words, c.words) || fhir.CodeOf(err) != c.code {
			t.Errorf("%s: %q %v", name, words, err)
		}
	}
}

func TestWatchTakesNothingElseForAStream(t *testing.T) {
	for name, c := range map[string]struct {
		kind   string
		status int
		code   fhir.Code
	}{
		"a portal": {"text/html", 200, fhir.Offline}, "another resource": {"application/fhir+json", 200, fhir.Offline}, "a gateway": {"text/html", 502, fhir.Unavailable},
	} {
		h := watchOn(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.kind)
			w.WriteHeader(c.status)
			_, _ = fmt.Fprint(w, rightsJSON)
		})
		if words, err := told(h); words != nil || fhir.CodeOf(err) != c.code {
			t.Errorf("%s: %q %v", name, words, err)
		}
	}
}

// TestWatchBehindAProxyThatHoldsStreams: the stream says nothing; the client
// asks for one event at a time, and waits for the next with the tag of the last.
func TestWatchBehindAProxyThatHoldsStreams(t *testing.T) {
	quit := make(chan struct{})
	streams, asked := 0, []string{}
	h := watchOn(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Accept"), "event-stream") {
			streams++
			w.Header().Set("Content-Type", "text/event-stream")
			w.WriteHeader(200)
			_ = http.NewResponseController(w).Flush()
			<-quit
			return
		}
		tag := r.Header.Get("If-None-Match")
		asked = append(asked, tag+" "+r.Header.Get("Prefer"))
		w.Header().Set("Content-Type", "application/fhir+json")
		switch len(asked) {
		case 1:
			w.Header().Set("ETag", `"1"`)
			_, _ = fmt.Fprint(w, rightsJSON)
		case 2:
			w.Header().Set("ETag", tag)
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", `"2"`)
			_, _ = fmt.Fprint(w, sessionJSON)
		}
	})
	t.Cleanup(func() { close(quit) }) // before the server closes
	h.firstWord = 20 * time.Millisecond
	words, err := told(h)
	if err != nil || !slices.Equal(words, []string{"rights", "closed session"}) {
		t.Errorf("%q %v", words, err)
	}
	if want := []string{" ", `"1" wait=2`, `"1" wait=2`}; !slices.Equal(asked, want) {
		t.Errorf("asked %q", asked)
	}
	if _, err := told(h); err != nil || streams != 1 {
		t.Errorf("the stream was tried %d times (%v)", streams, err)
	}
}

// FuzzEvents: no stream makes the reader panic, hang, or take for an event what
// is none.
func FuzzEvents(f *testing.F) {
	for _, s := range []string{"", ":\n\n", "data: " + rightsJSON + "\n\n", "event: closed\ndata:" + closedJSON + "\n\n", "data\n\n", "data: {}\n\n", "id: 1\nretry: 5\n\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		enough := errors.New("enough")
		n := 0
		err := events(strings.NewReader(stream), func(data []byte) (bool, error) {
			e, err := fhir.ParseAccessEvent(data)
			if err == nil && e.Kind == "" {
				t.Error("an event of no kind")
			}
			if n++; n > 100 {
				return false, enough
			}
			return false, err
		})
		if err == nil {
			t.Error("a stream that ended is no error")
		}
	})
}
