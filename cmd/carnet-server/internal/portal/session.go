package portal

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	lru "github.com/hashicorp/golang-lru/v2/expirable"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// How long a session lasts. Idle and absolute ends follow ANSSI's advice for
// health portals: short enough for a shared computer.
const (
	anonymousLife = 30 * time.Minute
	idleLife      = 30 * time.Minute
	absoluteLife  = 8 * time.Hour
	seenEvery     = time.Minute // how often it is noted that a visit goes on
	heldLife      = 30 * time.Second
	heldAtMost    = 10_000 // visits whose records are remembered, in this process alone
	maxTries      = 8      // of a change that another request of the same visit was faster than
)

// Kinds of visitor, in the provider's words (claim "kind").
const (
	kindPatient = "patient"
	kindStaff   = "staff"
)

// visitor is who signed in; zero: nobody.
type visitor struct {
	kind    string
	citizen record.Citizen
	staff   record.Staff
	signIn  string // the provider's name of the sign-in
}

// person is whose sign-in it is.
func (v visitor) person() string {
	if v.kind == kindStaff {
		return v.staff.ID
	}
	return v.citizen.ID
}

// owner names a person of either kind.
func (v visitor) owner() string { return v.kind + " " + v.person() }

// state is what a session remembers between two requests (kept.go).
type state struct {
	rec     string    // the record chosen
	after   string    // path to go to after the sign-in
	flash   string    // one sentence for the next page, a key of the texts
	pending []pending // sign-ins under way
	draft   draft     // activation under way
	docs    record.HeldQuery
	history historyFilter
	words   string // of the directory search
	letters string // words looked for in messages
	served  served // the operator's person at the counter
	bearer  string // to be revoked at sign-out
}

// session is one browser's visit as one request sees it: read when the request
// comes, written when it changes. The browser has its id, Visits the rest.
type session struct {
	ctx     context.Context
	all     *sessions
	key     [sha256.Size]byte // hash of the id
	id      string            // in clear only until the cookie is set
	version int64             // as it is kept; 0: not yet
	err     error             // the first fault of keeping it

	token string // of the forms
	who   visitor
	begun time.Time
	seen  time.Time
	data  state
}

func (s *session) visitor() visitor { return s.who }

// get gives what the session remembers.
func (s *session) get() state { return s.data }

// change changes what the session remembers. What another request of the same
// visit changed meanwhile stays: f is applied to it.
func (s *session) change(f func(*state)) {
	f(&s.data)
	for try := 0; s.version != 0 && s.err == nil; try++ {
		kept, err := s.write()
		if err != nil || kept {
			s.err = err
			return
		}
		now, err := s.all.read(s.ctx, s.key)
		switch {
		case err != nil:
			s.err = err
		case now == nil: // it ended meanwhile
			s.err = errSignIn
		case try == maxTries:
			s.err = fhir.E(fhir.Unavailable, "")
		default:
			s.version, s.seen, s.data = now.version, now.seen, now.data
			f(&s.data)
		}
	}
}

// write keeps the session over the version that it was read with.
func (s *session) write() (kept bool, err error) {
	data, err := s.pack()
	if err != nil {
		return false, err
	}
	if kept, err = s.all.visits.KeepVisit(s.ctx, s.key[:], s.version, s.ends(), data); kept {
		s.version++
	}
	return kept, err
}

// ends is when the session is over if nothing more is asked for.
func (s *session) ends() time.Time {
	if s.who.kind == "" {
		return s.seen.Add(anonymousLife)
	}
	idle, absolute := s.seen.Add(idleLife), s.begun.Add(absoluteLife)
	if absolute.Before(idle) {
		return absolute
	}
	return idle
}

// sessions reads and keeps them. What this process remembers besides, which
// records somebody may enter, fills choosers alone and is soon forgotten.
type sessions struct {
	now    func() time.Time
	visits Visits
	held   *lru.LRU[[sha256.Size]byte, []record.HeldRecord]
}

func newSessions(now func() time.Time, visits Visits) *sessions {
	return &sessions{now: now, visits: visits, held: lru.NewLRU[[sha256.Size]byte, []record.HeldRecord](heldAtMost, nil, heldLife)}
}

// secret gives 256 random bits as text.
func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// of finds the session of a request, or begins an anonymous one, which is kept
// only once a page needs it (keep). It errs when that cannot be known.
func (ss *sessions) of(r *http.Request, name string) (*session, error) {
	cookie, err := r.Cookie(name)
	if err != nil || len(cookie.Value) > 64 {
		return ss.anonymous(r.Context()), nil
	}
	s, err := ss.read(r.Context(), sha256.Sum256([]byte(cookie.Value)))
	if err != nil || s == nil {
		return ss.anonymous(r.Context()), err
	}
	if now := ss.now(); now.Sub(s.seen) >= seenEvery {
		s.seen = now
		s.change(func(*state) {})
	}
	return s, s.err
}

// read gives a session that is not over, nil when there is none.
func (ss *sessions) read(ctx context.Context, key [sha256.Size]byte) (*session, error) {
	data, version, ok, err := ss.visits.Visit(ctx, key[:])
	if err != nil || !ok {
		return nil, err
	}
	s := &session{ctx: ctx, all: ss, key: key, version: version}
	if err := s.unpack(data); err != nil {
		return nil, err
	}
	if !ss.now().Before(s.ends()) {
		return nil, ss.visits.EndVisit(ctx, key[:])
	}
	return s, nil
}

// anonymous begins a session of nobody. It is not kept yet.
func (ss *sessions) anonymous(ctx context.Context) *session {
	id, now := secret(), ss.now()
	return &session{ctx: ctx, all: ss, id: id, key: sha256.Sum256([]byte(id)), token: secret(), begun: now, seen: now}
}

// renew replaces a session, at sign-in and once a record is activated, by one
// with a new id and a new token, so that an id planted before it is worth
// nothing after. It ends with the sign-in that the provider lists, if it does.
func (ss *sessions) renew(old *session, who visitor, bearer, listed string) (*session, error) {
	s := ss.anonymous(old.ctx)
	s.who = who
	s.data = state{bearer: bearer, after: old.data.after}
	if err := ss.end(old); err != nil {
		return s, err
	}
	if err := ss.keep(s); err != nil || who.kind == "" {
		return s, err
	}
	return s, ss.visits.BindVisit(s.ctx, s.key[:], who.owner(), listed)
}

// keep keeps a session that is new.
func (ss *sessions) keep(s *session) error {
	if s.version != 0 {
		return nil
	}
	kept, err := s.write()
	if err == nil && !kept {
		err = fhir.E(fhir.Internal, "portal: a drawn key is taken")
	}
	return err
}

// end forgets a session.
func (ss *sessions) end(s *session) error {
	ss.held.Remove(s.key)
	if s.version == 0 {
		return nil
	}
	s.version = 0
	return ss.visits.EndVisit(s.ctx, s.key[:])
}

// cookieName is the session's cookie. With TLS the prefix keeps a neighbour
// host from setting it (RFC 6265bis section 4.1.3.2).
func (p *portal) cookieName() string {
	if p.secure {
		return "__Host-carnet"
	}
	return "carnet-mon"
}

// keepSession keeps the call's session and gives its id to the browser, once.
func (c *call) keepSession() error {
	if c.s.id == "" {
		return nil
	}
	if err := c.sessions.keep(c.s); err != nil {
		return err
	}
	c.giveCookie()
	return nil
}

// giveCookie gives the session's id to the browser and forgets it.
func (c *call) giveCookie() {
	http.SetCookie(c.w, &http.Cookie{
		Name: c.cookieName(), Value: c.s.id, Path: "/", HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
	})
	c.s.id = ""
}

// signInsOf asks the provider where somebody is signed in.
func (c *call) signInsOf(v visitor) ([]SignIn, error) {
	if v.kind == kindStaff {
		return c.Accounts.StaffSessions(c.r.Context(), v.person())
	}
	return c.Accounts.Sessions(c.r.Context(), v.person())
}

func lists(ins []SignIn, id string) bool {
	for _, in := range ins {
		if in.ID == id {
			return true
		}
	}
	return false
}
