package httpapi

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Waiting for an event instead of reading a stream of them (Prefer: wait,
// RFC 7240, section 4.3).
const longestWait = 25 * time.Second

// typeEvents is the media type of a stream of events (HTML, server-sent events).
const typeEvents = "text/event-stream"

// event is one event on its way to a client; of no kind it only shows that the
// line is alive.
type event struct {
	kind string
	json []byte
	tag  string // names the state that it tells
	over bool   // none follows
}

// watching tells events until its reader goes.
type watching func(ctx context.Context, tell func(event) error) error

// watchRecord answers Patient/[id]/$events: what becomes of the access session
// of the request, until it or the token ends.
func (c *call) watchRecord() error {
	return c.events(func(ctx context.Context, tell func(event) error) error {
		return c.Records.Watch(ctx, c.p, c.id(), c.session(), func(e fhir.AccessEvent) error {
			if e.Kind == "" {
				return tell(event{})
			}
			return tell(event{e.Kind, e.JSON(), eventTag(e), e.Over()})
		})
	})
}

// watchMessages answers Communication/$events: what moves in the caller's
// dialogues.
func (c *call) watchMessages() error {
	return c.events(func(ctx context.Context, tell func(event) error) error {
		return c.Letters.WatchMessages(ctx, c.p, func(e fhir.LetterEvent) error {
			if e.Unread == record.LetterBeat {
				return tell(event{})
			}
			return tell(event{kind: "message", json: e.JSON(), tag: tagOf(e.JSON())})
		})
	})
}

// events answers with what is watched. As text/event-stream it is a stream; as
// JSON it is the one event that tells how things stand, with a tag, and with
// If-None-Match and Prefer: wait=N the next one, so that a client can wait
// behind a proxy which holds streams back.
func (c *call) events(watch watching) error {
	if c.r.Method == http.MethodHead {
		return fhir.E(fhir.NotAllowed, "Cette adresse se lit avec GET.")
	}
	if c.ending.Err() != nil {
		return stopping()
	}
	ctx, cancel := context.WithCancel(c.r.Context())
	defer cancel()
	defer context.AfterFunc(c.ending, cancel)()
	c.r = c.r.WithContext(ctx)
	for _, header := range c.r.Header.Values("Accept") {
		if accepts(header, func(kind string) bool { return kind == typeEvents }) {
			return c.streamEvents(watch)
		}
	}
	if err := c.wantsJSON(); err != nil {
		return err
	}
	return c.nextEvent(watch)
}

// stopping is the answer of a server that is about to end.
func stopping() error {
	return fhir.E(fhir.Unavailable, "Le serveur s'arrête : réessayez dans un moment.")
}

// streamEvents writes events as they come. The token is looked at again before
// each of them and at every beat: what it no longer stands for is not told.
func (c *call) streamEvents(watch watching) error {
	flusher := http.NewResponseController(c.w)
	begun := false
	err := watch(c.r.Context(), func(e event) error {
		if err := c.enter(); err != nil {
			return err
		}
		if !begun {
			begun = true
			h := c.w.Header()
			h.Set("Content-Type", typeEvents)
			h.Set("X-Accel-Buffering", "no") // a proxy that knows it passes every event on at once
			c.w.WriteHeader(http.StatusOK)
		}
		if _, err := c.w.Write(eventLines(e)); err != nil {
			return err
		}
		return flusher.Flush()
	})
	if begun { // the stream has ended, whatever the reason: the client asks again and is told
		return nil
	}
	if err == nil {
		return stopping()
	}
	return err
}

// eventLines writes an event, or a comment that shows the line is alive.
func eventLines(e event) []byte {
	if e.kind == "" {
		return []byte(":\n\n")
	}
	return []byte("event: " + e.kind + "\ndata: " + string(e.json) + "\n\n")
}

// errTold ends a watch that has said what was asked.
var errTold = errors.New("httpapi: told")

// nextEvent answers one event: the present one, or the next one after that
// whose tag the client knows.
func (c *call) nextEvent(watch watching) error {
	wait := c.wait()
	ctx, cancel := context.WithTimeout(c.r.Context(), cmp.Or(wait, timeout))
	defer cancel()
	known := c.r.Header.Get("If-None-Match")
	var told event
	err := watch(ctx, func(e event) error {
		if err := c.enter(); err != nil {
			return err
		}
		if e.kind == "" {
			return nil
		}
		told = e
		if matches(known, e.tag) && wait > 0 && !e.over {
			return nil
		}
		return errTold
	})
	if err != nil && !errors.Is(err, errTold) {
		return err
	}
	if told.kind == "" {
		return stopping()
	}
	c.w.Header().Set("ETag", told.tag)
	if matches(known, told.tag) {
		c.nothing(http.StatusNotModified)
		return nil
	}
	c.json(http.StatusOK, told.json)
	return nil
}

// wait is how long the client wants to wait; 0: not at all.
func (c *call) wait() time.Duration {
	seconds, err := strconv.Atoi(c.prefer("wait"))
	if err != nil || seconds < 0 || seconds > int(longestWait.Seconds()) {
		seconds = 0
	}
	return time.Duration(seconds) * time.Second
}

// eventTag names a state: the same whichever change led there.
func eventTag(e fhir.AccessEvent) string {
	if e.Kind == fhir.EventDocuments {
		e.Kind = fhir.EventRights
	}
	return tagOf(e.JSON())
}

// tagOf names a state by its bytes.
func tagOf(state []byte) string {
	sum := sha256.Sum256(state)
	return `"` + strings.TrimRight(base64.URLEncoding.EncodeToString(sum[:12]), "=") + `"`
}
