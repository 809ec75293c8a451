package portal

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// liveFor is how long a live page stays open at most; it then ends whole.
const liveFor = 30 * time.Minute

// liveMark stands in the page where messages that arrive are put.
var liveMark = []byte(`<li id="arrivees" hidden></li>`)

// errReaderLeft ends a live page whose reader signed out.
var errReaderLeft = errors.New("portal: the reader signed out")

// live is an exchange that stays open and shows messages as they arrive. There
// is no script on these pages: the answer itself goes on, each message is a
// piece of it, and the browser shows it at once. The page without it is
// complete, and is what one gets at first.
func (c *call) live() error {
	ctx, cancel := context.WithTimeout(c.r.Context(), liveFor)
	defer cancel()
	l := livePage{call: c, id: c.r.PathValue("id"), flusher: http.NewResponseController(c.w)}
	err := c.Records.WatchHeldMessages(ctx, c.citizen(), c.rec, l.hear)
	if l.tail == nil { // nothing was shown
		return err
	}
	_, _ = c.w.Write(l.tail) // the reader may be gone
	return nil
}

// livePage is one live page.
type livePage struct {
	*call
	id      string
	flusher *http.ResponseController
	last    string // id of the newest message shown
	tail    []byte // of the page, once its head was written
}

// hear takes one event of the watch: the first one shows the page.
func (l *livePage) hear(e fhir.LetterEvent) error {
	if l.tail == nil {
		return l.begin()
	}
	if s, err := l.sessions.of(l.r, l.cookieName()); err != nil || s.visitor().kind != kindPatient {
		return errReaderLeft
	}
	if e.Unread == record.LetterBeat || e.Dialogue != l.id {
		return l.write([]byte("\n"))
	}
	v, err := l.readDialogue("")
	if err != nil {
		return err
	}
	from := slices.IndexFunc(v.Letters, func(one letterView) bool { return one.ID == l.last }) + 1
	var out bytes.Buffer
	for _, one := range v.Letters[from:] {
		if err := l.pages.sets[l.lang]["dialogue"].ExecuteTemplate(&out, "letter", one); err != nil {
			return err
		}
		l.last = one.ID
	}
	if err := l.write(out.Bytes()); err != nil || !v.Ended {
		return err
	}
	return errReaderLeft // nothing comes any more
}

// begin shows the page up to where messages arrive.
func (l *livePage) begin() error {
	v, err := l.readDialogue("")
	if err != nil {
		return err
	}
	v.Live = true
	if err := l.offer(&v, nil); err != nil {
		return err
	}
	html, err := l.html("dialogue", view{Title: v.Subject, Nav: "messages", Form: map[string][]string{"une": {secret()}}, V: v})
	if err != nil {
		return err
	}
	head, tail, ok := bytes.Cut(iconsFirst(html), liveMark)
	if !ok {
		return fhir.E(fhir.Internal, "")
	}
	if n := len(v.Letters); n > 0 {
		l.last = v.Letters[n-1].ID
	}
	h := l.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // a proxy that knows it passes every piece on at once
	l.w.WriteHeader(http.StatusOK)
	l.tail = tail
	return l.write(head)
}

func (l *livePage) write(piece []byte) error {
	if _, err := l.w.Write(piece); err != nil {
		return err
	}
	return l.flusher.Flush()
}

// iconsFirst moves the symbols from the end of a page, which is long in coming,
// to before what uses them.
func iconsFirst(html []byte) []byte {
	head, rest, ok := bytes.Cut(html, []byte("<svg hidden>"))
	symbols, end, closed := bytes.Cut(rest, []byte("</svg></body>"))
	if !ok || !closed {
		return html
	}
	symbols = slices.Concat([]byte("<svg hidden>"), symbols, []byte("</svg><main"))
	return slices.Concat(bytes.Replace(head, []byte("<main"), symbols, 1), []byte("</body>"), end)
}
