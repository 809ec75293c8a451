package e2e

import (
	"bufio"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// stream is a stream of events as any client reads one.
type stream struct {
	*world
	res   *http.Response
	lines *bufio.Scanner
	end   context.CancelFunc
}

// events opens a stream.
func (w *world) events(who, session, patient string, header map[string]string) *stream {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	r, err := http.NewRequestWithContext(ctx, "GET", w.base+"/Patient/"+patient+"/$events", nil)
	w.must(err)
	r.Header.Set("Authorization", "Bearer "+w.token(who))
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set(fhir.HeaderSession, session)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	w.must(err)
	s := &stream{world: w, res: res, lines: bufio.NewScanner(res.Body), end: func() { cancel(); _ = res.Body.Close() }}
	w.Cleanup(s.end)
	return s
}

// next reads the next event; of no kind at the end of the stream.
func (s *stream) next() fhir.AccessEvent {
	s.Helper()
	for s.lines.Scan() {
		if data, ok := strings.CutPrefix(s.lines.Text(), "data: "); ok {
			e, err := fhir.ParseAccessEvent([]byte(data))
			s.must(err)
			if strings.Contains(data, "secret") || strings.Contains(data, "PAT-UN") {
				s.Errorf("an event tells too much: %s", data)
			}
			return e
		}
	}
	return fhir.AccessEvent{}
}

// wants reads the next event and compares.
func (s *stream) wants(kind, reason string) fhir.AccessEvent {
	s.Helper()
	e := s.next()
	if e.Kind != kind || e.Reason != reason {
		s.Fatalf("told %+v, want %s %s", e, kind, reason)
	}
	return e
}

// TestWhoWatchesIsToldAtOnce: each decision of the patient reaches who has the
// record open, in the public words, and without any entry of its own.
func TestWhoWatchesIsToldAtOnce(t *testing.T) {
	w := newWorld(t)
	w.document(alice, nurse)
	citizen := record.Citizen{ID: alice, Name: "PAT-UN", Session: "at home"}
	ctx := context.Background()
	session := w.session(gp, alice, fhir.ModeNormal)
	s := w.events(gp, session, alice, nil)
	if s.res.StatusCode != 200 || s.res.Header.Get("Content-Type") != "text/event-stream" || s.res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", s.res.StatusCode, s.res.Header)
	}
	if e := s.wants(fhir.EventRights, ""); e.Access.Basis != fhir.BasisAuthorised || e.Total != 1 || e.Access.Session != session {
		t.Errorf("%+v", e)
	}
	w.document(alice, nurse, masked) // not for gp: told by nothing
	w.must(w.svc.Block(ctx, citizen, alice, id(gp)))
	if e := s.wants(fhir.EventClosed, fhir.ReasonConsent); slices.Contains(e.Access.Rights, fhir.RightRead) || e.Access.Refusal != "no-consent" || e.Total != 0 {
		t.Errorf("%+v", e)
	}
	w.must(w.svc.Unblock(ctx, citizen, alice, id(gp)))
	s.wants(fhir.EventRights, "")
	if got := w.do(ask{who: gp, path: "/Patient/" + alice + "/$close", body: string(fhir.CloseParameters(session))}); got.status != 204 {
		t.Fatal(got.status, got.body)
	}
	s.wants(fhir.EventClosed, fhir.ReasonSession)
	if e := s.next(); e.Kind != "" {
		t.Errorf("after the end: %+v", e)
	}
	if kinds := w.audit(gp, s.res.Header.Get(fhir.HeaderRequestID)); len(kinds) != 0 {
		t.Errorf("watching left %v", kinds)
	}
}

// TestEventsAreForWhoOpened: every other way in is refused, with words.
func TestEventsAreForWhoOpened(t *testing.T) {
	w := newWorld(t)
	session := w.session(gp, alice, fhir.ModeNormal)
	accept := map[string]string{"Accept": "text/event-stream"}
	path := "/Patient/" + alice + "/$events"
	w.play(t, []row{
		{name: "no token", ask: ask{session: session, path: path, header: accept}, status: 401, code: fhir.Unauthenticated},
		{name: "no session", ask: ask{who: gp, path: path, header: accept}, status: 403, code: fhir.Forbidden},
		{name: "an unknown session", ask: ask{who: gp, session: "x", path: path, header: accept}, status: 403, code: fhir.Forbidden},
		{name: "somebody else's session", ask: ask{who: mt, session: session, path: path, header: accept}, status: 403, code: fhir.Forbidden},
		{name: "another record's", ask: ask{who: gp, session: session, path: "/Patient/" + carol + "/$events", header: accept}, status: 403, code: fhir.Forbidden},
		{name: "another format", ask: ask{who: gp, session: session, path: path, header: map[string]string{"Accept": "text/html"}}, status: 406, code: fhir.NotAcceptable},
	})
	var open []*stream
	for range 16 {
		s := w.events(gp, session, alice, nil)
		s.wants(fhir.EventRights, "")
		open = append(open, s)
	}
	w.play(t, []row{{name: "one too many", ask: ask{who: gp, session: session, path: path, header: accept}, status: 429, code: fhir.Throttled}})
	for _, s := range open {
		s.end()
	}
}

// TestOneEventAtATime: behind a proxy that holds streams back, a client asks for
// the next event with the tag of the last, and waits.
func TestOneEventAtATime(t *testing.T) {
	w := newWorld(t)
	session := w.session(gp, alice, fhir.ModeNormal)
	next := func(tag, wait string) answer {
		return w.do(ask{who: gp, session: session, path: "/Patient/" + alice + "/$events", header: map[string]string{"If-None-Match": tag, "Prefer": wait, "Accept": "application/fhir+json"}})
	}
	now := next("", "")
	e, err := fhir.ParseAccessEvent([]byte(now.body))
	tag := now.header.Get("ETag")
	if err != nil || now.status != 200 || e.Kind != fhir.EventRights || tag == "" {
		t.Fatalf("%d %s %v", now.status, now.body, err)
	}
	if same := next(tag, ""); same.status != 304 || same.body != "" {
		t.Errorf("nothing new: %d %s", same.status, same.body)
	}
	told := make(chan answer, 1)
	w.token(mt)
	go func() { told <- next(tag, "wait=20") }()
	w.must(w.svc.Block(context.Background(), record.Citizen{ID: alice, Name: "PAT-UN", Session: "at home"}, alice, id(gp)))
	got := <-told
	if e, err := fhir.ParseAccessEvent([]byte(got.body)); err != nil || e.Kind != fhir.EventClosed || got.header.Get("ETag") == tag {
		t.Errorf("%d %s %v", got.status, got.body, err)
	}
}

// TestAStopEndsStreamsAtOnce: what lasts as long as its reader likes does not
// hold the server back, and a new one is told to come later.
func TestAStopEndsStreamsAtOnce(t *testing.T) {
	w := newWorld(t)
	session := w.session(gp, alice, fhir.ModeNormal)
	s := w.events(gp, session, alice, nil)
	s.wants(fhir.EventRights, "")
	w.api.EndStreams()
	if e := s.next(); e.Kind != "" || s.lines.Err() != nil {
		t.Errorf("%+v %v", e, s.lines.Err())
	}
	if late := w.events(gp, session, alice, nil); late.res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a new one: %d", late.res.StatusCode)
	}
}

// TestAStreamEndsWithItsToken: a token that no longer stands for anybody ends
// the stream before the next event; nothing is told on it.
func TestAStreamEndsWithItsToken(t *testing.T) {
	w := newWorld(t)
	session := w.session(gp, alice, fhir.ModeNormal)
	s := w.events(gp, session, alice, nil)
	s.wants(fhir.EventRights, "")
	w.offset.Add(int64(2 * time.Hour)) // the token's time is over, the session's is not
	w.must(w.svc.Block(context.Background(), record.Citizen{ID: alice, Name: "PAT-UN", Session: "at home"}, alice, id(gp)))
	if e := s.next(); e.Kind != "" {
		t.Errorf("told %+v", e)
	}
}

// TestTheDesktopHearsARevocationWithinASecond measures, at the desktop's client,
// from the acknowledgement of a block to the event.
func TestTheDesktopHearsARevocationWithinASecond(t *testing.T) {
	w := newWorld(t)
	citizen := record.Citizen{ID: alice, Name: "PAT-UN", Session: "at home"}
	c, err := client.New(client.Config{BaseURL: w.base, Tokens: tokenOf{w, gp}})
	w.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	access, err := c.Open(ctx, alice, client.OpenRequest{Mode: fhir.ModeNormal})
	w.must(err)
	heard := make(chan client.AccessEvent, 16)
	ended := make(chan error, 1)
	go func() { ended <- c.Watch(ctx, access, func(e client.AccessEvent) { heard <- e }) }()
	<-heard
	var took []time.Duration
	for range 100 {
		w.must(w.svc.Block(ctx, citizen, alice, id(gp)))
		acknowledged := time.Now()
		if e := <-heard; e.Kind != fhir.EventClosed {
			t.Fatalf("%+v", e)
		}
		took = append(took, time.Since(acknowledged))
		w.must(w.svc.Unblock(ctx, citizen, alice, id(gp)))
		if e := <-heard; e.Kind != fhir.EventRights {
			t.Fatalf("%+v", e)
		}
	}
	slices.Sort(took)
	t.Logf("from the acknowledgement to the event: p50 %v, p99 %v, longest %v", took[50], took[98], took[99])
	if took[99] > time.Second {
		t.Errorf("a revocation took %v", took[99])
	}
	cancel()
	if err := <-ended; fhir.CodeOf(err) != fhir.Canceled {
		t.Error(err)
	}
}
