package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"carnet/client/fhir"
)

const typeEvents = "text/event-stream"

// How a stream of events is listened to.
const (
	silence   = 30 * time.Second       // the server shows a sign of life every 10 s
	firstWord = 5 * time.Second        // the first event comes at once; later, something holds the stream back
	heldBack  = 10 * time.Minute       // how long streams are then not tried again
	pollEvery = 500 * time.Millisecond // at most, when the server does not wait
)

// errHeld says that something between here and the server holds streams back.
var errHeld = errors.New("client: the stream is held back")

// Watch follows an access: by a stream, or, behind a proxy that holds streams
// back, by asking for one event at a time.
func (h *HTTP) Watch(ctx context.Context, a Access, f func(AccessEvent)) error {
	if err := checkID(a.PatientID); err != nil {
		return err
	}
	q := request{op: "Watch", method: http.MethodGet, path: "Patient/" + a.PatientID + "/$events", session: a.Session}
	return h.follow(ctx, q, func(data []byte) (bool, error) {
		e, err := fhir.ParseAccessEvent(data)
		if err == nil {
			f(e)
		}
		return e.Over(), err
	})
}

// heard takes one event. over says that none follows; an error, that it cannot
// be read, which ends the watch: it may have taken a right away.
type heard func(data []byte) (over bool, err error)

// follow listens to a stream, or asks for its events one by one where something
// holds streams back.
func (h *HTTP) follow(ctx context.Context, q request, f heard) error {
	if h.now().UnixNano() >= h.held.Load() {
		err := h.withToken(ctx, false, func(token string) error { return h.listen(ctx, token, q, f) })
		if !errors.Is(err, errHeld) {
			return err
		}
		h.held.Store(h.now().Add(heldBack).UnixNano())
		h.log.WithField("action", q.op).Info("streams are held back here: asking instead")
	}
	return h.ask(ctx, q, f)
}

// listen reads one stream to its end.
func (h *HTTP) listen(ctx context.Context, token string, q request, f heard) error {
	ctx, watch := newWatch(ctx, max(silence, h.wait))
	defer watch.stop()
	r := h.stream.R().SetContext(ctx).SetHeader("Accept", typeEvents)
	setHeaders(r, q, token)
	resp, err := r.Execute(q.method, h.address(q.path))
	if err != nil {
		return h.failed(watch.parent, q.op, err)
	}
	body := resp.RawBody()
	defer body.Close()
	if kind, _, err := mime.ParseMediaType(resp.Header().Get("Content-Type")); resp.StatusCode() != http.StatusOK || err != nil || kind != typeEvents {
		data, _ := io.ReadAll(watch.reader(io.LimitReader(body, 1<<20))) // the status says enough
		if err := h.refused(q.op, answer{status: resp.StatusCode(), header: resp.Header(), body: data}); err != nil {
			return err
		}
		return fhir.E(fhir.Offline, "Autre chose répond à la place du serveur. Vérifiez le réseau.")
	}
	held := time.AfterFunc(h.firstWord, func() { watch.cancel(errHeld) })
	defer held.Stop()
	err = events(watch.reader(body), func(data []byte) (bool, error) {
		held.Stop()
		return f(data)
	})
	switch {
	case errors.Is(err, errOver):
		return nil
	case fhir.CodeOf(err) == fhir.Malformed:
		return err
	case errors.Is(context.Cause(ctx), errHeld):
		return errHeld
	}
	return h.failed(watch.parent, q.op, err)
}

// errOver ends the reading of a stream whose session is over.
var errOver = errors.New("client: the session is over")

// maxEvent bounds one event of a stream, in bytes.
const maxEvent = 64 << 10

// events reads server-sent events (HTML, section 9.2) until f or the stream
// ends; it always gives an error, errOver when f says so. A name that is not
// known says nothing.
func events(r io.Reader, f heard) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 4<<10), maxEvent)
	var data bytes.Buffer
	for lines.Scan() {
		line := lines.Bytes()
		if part, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			if data.Len()+len(part) > maxEvent {
				return bufio.ErrTooLong
			}
			data.Write(bytes.TrimPrefix(part, []byte(" ")))
			data.WriteByte('\n')
			continue
		}
		if len(line) > 0 || data.Len() == 0 {
			continue // a comment, a name that the data says again, or a sign of life
		}
		over, err := f(data.Bytes())
		if err != nil {
			return err
		}
		if over {
			return errOver
		}
		data.Reset()
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.ErrUnexpectedEOF
}

// ask asks for one event after the other; the server answers when there is one.
func (h *HTTP) ask(ctx context.Context, q request, f heard) error {
	tag := ""
	for {
		begun := time.Now()
		var got answer
		err := h.withToken(ctx, false, func(token string) (err error) {
			got, err = h.nextEvent(ctx, token, q, tag)
			return err
		})
		if err != nil {
			return err
		}
		if got.status == http.StatusOK {
			over, err := f(got.body)
			if over || err != nil {
				return err
			}
			tag = got.header.Get("ETag")
		}
		if !pause(ctx, pollEvery-time.Since(begun)) {
			return canceled(ctx)
		}
	}
}

// nextEvent asks for the event after the one with a tag.
func (h *HTTP) nextEvent(ctx context.Context, token string, q request, tag string) (answer, error) {
	r := h.reading.R().SetContext(ctx).SetHeader("Accept", typeFHIR)
	setHeaders(r, q, token)
	if tag != "" {
		// half of what a silent server is given: the answer must be here before that
		r.SetHeader("If-None-Match", tag).SetHeader("Prefer", "wait="+strconv.Itoa(int(h.wait.Seconds()/2)))
	}
	resp, err := r.Execute(q.method, h.address(q.path))
	if err != nil {
		return answer{}, h.failed(ctx, q.op, err)
	}
	got := answer{status: resp.StatusCode(), header: resp.Header(), body: resp.Body()}
	if got.status == http.StatusNotModified && strings.TrimSpace(tag) != "" {
		return got, nil
	}
	return got, h.refused(q.op, got)
}

// Waiting before a watch that was cut off begins anew.
const (
	firstAgain = 250 * time.Millisecond
	lastAgain  = 30 * time.Second
)

// KeepWatching watches until the session is over (nil), ctx ends (Canceled) or
// the server no longer knows the access or who asks (Forbidden, NotFound,
// Unauthenticated, TokenExpired). A line that is cut is taken up again, sooner
// at first than later, spread by chance; the first event then tells what was
// missed.
func KeepWatching(ctx context.Context, w Watcher, a Access, f func(AccessEvent)) error {
	return keepAccess(ctx, w, a, f, pause)
}

func keepAccess(ctx context.Context, w Watcher, a Access, f func(AccessEvent), pause pauser) error {
	watch := func(ctx context.Context, f func(AccessEvent)) error { return w.Watch(ctx, a, f) }
	return keepWatching(ctx, watch, f, pause, "", fhir.Canceled, fhir.Forbidden, fhir.NotFound, fhir.Unauthenticated, fhir.TokenExpired)
}

// KeepWatchingMessages watches one's dialogues until ctx ends (Canceled) or
// messages are not for who asks (Forbidden, NotFound, NotAllowed). It takes up a
// line that is cut as KeepWatching does, and outlives a sign-in that ran out: the
// first event then says that anything may have moved.
func KeepWatchingMessages(ctx context.Context, m Messages, f func(MessageEvent)) error {
	return keepMessages(ctx, m, f, pause)
}

func keepMessages(ctx context.Context, m Messages, f func(MessageEvent), pause pauser) error {
	return keepWatching(ctx, m.WatchMessages, f, pause, fhir.Canceled, fhir.Forbidden, fhir.NotFound, fhir.NotAllowed)
}

// pauser waits; false when ctx ends first.
type pauser func(ctx context.Context, d time.Duration) bool

// keepWatching watches until it ends with one of the codes of over.
func keepWatching[E any](ctx context.Context, watch func(context.Context, func(E)) error, f func(E), pause pauser, over ...fhir.Code) error {
	wait := firstAgain
	for {
		err := watch(ctx, func(e E) {
			wait = firstAgain
			f(e)
		})
		if slices.Contains(over, fhir.CodeOf(err)) {
			return err
		}
		if !pause(ctx, wait/2+rand.N(wait/2)) {
			return canceled(ctx)
		}
		wait = min(2*wait, lastAgain)
	}
}

// pause waits; false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// RequestAccess asks the patient to be let in.
func (h *HTTP) RequestAccess(ctx context.Context, patientID, words string) error {
	if err := checkID(patientID); err != nil {
		return err
	}
	_, err := h.do(ctx, request{
		op: "RequestAccess", method: http.MethodPost, path: "Patient/" + patientID + "/$request-access",
		body: fhir.WordsParameters(words), kind: typeFHIR, once: true,
	})
	return err
}
