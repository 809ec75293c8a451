package portal

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
	"carnet/cmd/carnet-server/internal/web"
)

const (
	timeout  = 30 * time.Second // of a request that carries no document
	formBody = 64 << 10         // bytes of a form without a document

	referenceBytes = 8 // of a request's id, which people read out on the telephone
)

// call is one request on its way.
type call struct {
	*portal
	route   *route
	w       *web.Answer
	r       *http.Request
	s       *session // never nil; anonymous before the sign-in
	lang    string
	request string // its id, to be quoted
	form    url.Values
	file    *upload
	held    []record.HeldRecord
	rec     string // logical id of the record that is shown
	waiting *int   // messages unread in it, once they were counted
}

// serve takes one request through what all have in common.
func (p *portal) serve(rw http.ResponseWriter, r *http.Request, rt *route) {
	start := time.Now()
	c := &call{portal: p, route: rt, w: &web.Answer{ResponseWriter: rw}, r: r, request: web.RequestID(r, referenceBytes)}
	p.headers(rw.Header(), c.request)
	defer func() {
		if v := recover(); v != nil {
			web.Contained(v, c.w, c.line(), func() {
				if c.s == nil {
					c.s = c.sessions.anonymous(c.r.Context())
				}
				c.fail(&fhir.Error{Code: fhir.Internal})
			})
		}
		c.line().Write(c.w, time.Since(start))
	}()
	c.lang = language(r)
	if !rt.file {
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		c.r = r.WithContext(ctx)
	}
	if err := c.run(); err != nil {
		c.fail(err)
	}
	c.file.close()
}

// run admits the request and answers it.
func (c *call) run() error {
	var err error
	if c.s, err = c.sessions.of(c.r, c.cookieName()); err != nil {
		return err
	}
	if asked := c.r.URL.Query().Get("lang"); asked != "" && c.r.Method == http.MethodGet {
		return c.speak(asked)
	}
	if err := c.admit(); err != nil {
		return err
	}
	if c.r.Method == http.MethodPost {
		if err := c.receive(); err != nil {
			return err
		}
	}
	if c.route.who == patients || c.route.who == members && c.s.visitor().kind == kindPatient {
		if err := c.enter(); err != nil && !(c.route.who == members && errors.Is(err, errNoRecord)) {
			return err
		}
	}
	return c.route.serve(c)
}

// admit lets through who the page is for; whoever has to sign in first comes
// back to the page after it.
func (c *call) admit() error {
	switch v := c.s.visitor(); {
	case c.route.who == everybody:
		return nil
	case v.kind == "":
		if c.r.Method == http.MethodGet {
			path := c.r.URL.EscapedPath()
			c.s.change(func(s *state) { s.after = path })
		}
		return errSignIn
	case c.route.who == members,
		c.route.who == patients && v.kind == kindPatient,
		c.route.who == operators && v.staff.Role == record.StaffOperator,
		c.route.who == officers && v.staff.Role == record.StaffDPO:
		return nil
	}
	return errNotYours
}

// receive reads the form and refuses one that does not come from our page.
func (c *call) receive() error {
	if !c.fromHere() {
		return errForged
	}
	if err := c.readForm(); err != nil {
		return err
	}
	if !c.knowsToken(c.form.Get("csrf")) {
		return errForged
	}
	return nil
}

// knowsToken compares a form's token with the session's.
func (c *call) knowsToken(token string) bool {
	return c.s.token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(c.s.token)) == 1
}

// fromHere looks at what browsers say of where a form stood. Our pages send no
// referrer, so a browser says Origin: null of them; then Sec-Fetch-Site tells,
// and, in a browser that has neither, the token alone.
func (c *call) fromHere() bool {
	if site := c.r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin := c.r.Header.Get("Origin")
	return origin == "" || origin == "null" || origin == c.origin
}

// enter finds the record that the page is about: the one chosen last, the
// citizen's own at first. A form names the record that its page showed, so
// that a choice made in another tab cannot turn it on somebody else.
func (c *call) enter() error {
	held, err := c.heldRecords()
	if err != nil {
		return err
	}
	c.held = held
	if len(held) == 0 {
		return errNoRecord
	}
	chosen := c.s.get().rec
	c.rec = held[0].Patient.ID
	for _, h := range held {
		if h.Patient.ID == chosen {
			c.rec = chosen
		}
	}
	if c.r.Method == http.MethodPost && c.form.Get("rec") != c.rec {
		return errOtherRecord
	}
	return nil
}

// heldRecords asks which records may be entered, at most every half minute: the
// door decides again at each use, this list only fills the chooser.
func (c *call) heldRecords() ([]record.HeldRecord, error) {
	if held, ok := c.sessions.held.Get(c.s.key); ok && c.r.Method == http.MethodGet {
		return held, nil
	}
	held, err := c.Records.Held(c.r.Context(), c.citizen())
	if err != nil {
		return nil, err
	}
	c.sessions.held.Add(c.s.key, held)
	return held, nil
}

// citizen is who asks, under this request's id.
func (c *call) citizen() record.Citizen {
	who := c.s.visitor().citizen
	who.RequestID = c.request
	return who
}

// staff is who serves, under this request's id.
func (c *call) staff() record.Staff {
	who := c.s.visitor().staff
	who.RequestID = c.request
	return who
}

// headers sets what every page answers with. Nothing is inline, nothing comes
// from elsewhere, nobody frames it, and nothing stays in a cache.
func (p *portal) headers(h http.Header, request string) {
	h.Set(fhir.HeaderRequestID, request)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action "+
		p.provider.formTargets()+"; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()")
	if p.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// line is the line of log of the request.
func (c *call) line() web.Line {
	return web.Line{Log: c.Log, Name: "page", Request: c.request, Route: routeName(c.route.pattern), Method: c.r.Method, Methods: methods}
}

// methods are those that the pages know.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost}

// routeName is a route's pattern without its method.
func routeName(pattern string) string {
	if _, path, ok := strings.Cut(pattern, " "); ok {
		return path
	}
	return pattern
}
