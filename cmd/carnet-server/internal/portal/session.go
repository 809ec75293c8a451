package portal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"sync"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// How long a session lasts. Idle and absolute ends follow ANSSI's advice for
// health portals: short enough for a shared computer.
const (
	anonymousLife = 30 * time.Minute
	idleLife      = 30 * time.Minute
	absoluteLife  = 8 * time.Hour
	maxSessions   = 50_000
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
	listed  bool   // the provider lists it, so that its end can be seen there
}

// person is whose sign-in it is.
func (v visitor) person() string {
	if v.kind == kindStaff {
		return v.staff.ID
	}
	return v.citizen.ID
}

// state is what a session remembers between two requests. It is copied out and
// changed under the session's lock.
type state struct {
	rec     string // the record chosen
	after   string // path to go to after the sign-in
	flash   string // one sentence for the next page, a key of the texts
	held    []record.HeldRecord
	heldAt  time.Time
	checked time.Time // the provider was last asked about the sign-in
	pending []pending // sign-ins under way
	draft   draft     // activation under way
	docs    record.HeldQuery
	history historyFilter
	words   string // of the directory search
	served  served // the operator's person at the counter
	bearer  string // to be revoked at sign-out
}

// session is one browser's visit, on the server alone; the browser has its id.
type session struct {
	key   [sha256.Size]byte // hash of the id
	id    string            // in clear only until the cookie is set
	token string            // of the forms
	who   visitor
	begun time.Time

	mu   sync.Mutex
	seen time.Time
	data state
}

func (s *session) visitor() visitor { return s.who }

// get copies what the session remembers.
func (s *session) get() state {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data
}

// change changes what the session remembers.
func (s *session) change(f func(*state)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.data)
}

// over tells whether the session has ended by time.
func (s *session) over(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.who.kind == "" {
		return now.Sub(s.seen) >= anonymousLife
	}
	return now.Sub(s.seen) >= idleLife || now.Sub(s.begun) >= absoluteLife
}

// sessions holds them by the hash of their id: a dump of memory's map keys
// signs nobody in.
type sessions struct {
	now   func() time.Time
	mu    sync.Mutex
	all   map[[sha256.Size]byte]*session
	swept time.Time
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, all: map[[sha256.Size]byte]*session{}}
}

// secret gives 256 random bits as text.
func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// of finds the session of a request, or begins an anonymous one, which is kept
// only once a page needs it (keep).
func (ss *sessions) of(r *http.Request, name string) *session {
	cookie, err := r.Cookie(name)
	if err != nil || len(cookie.Value) > 64 {
		return ss.anonymous()
	}
	now := ss.now()
	ss.mu.Lock()
	s := ss.all[sha256.Sum256([]byte(cookie.Value))]
	ss.mu.Unlock()
	if s == nil {
		return ss.anonymous()
	}
	if s.over(now) {
		ss.end(s)
		return ss.anonymous()
	}
	s.mu.Lock()
	s.seen = now
	s.mu.Unlock()
	return s
}

// anonymous begins a session of nobody. It is not kept yet.
func (ss *sessions) anonymous() *session {
	id, now := secret(), ss.now()
	return &session{id: id, key: sha256.Sum256([]byte(id)), token: secret(), begun: now, seen: now}
}

// renew replaces a session, at sign-in and once a record is activated, by one
// with a new id and a new token, so that an id planted before it is worth
// nothing after.
func (ss *sessions) renew(old *session, who visitor, bearer string) *session {
	s := ss.anonymous()
	s.who = who
	st := old.get()
	s.data = state{bearer: bearer, after: st.after, checked: s.begun}
	ss.end(old)
	ss.keep(s)
	return s
}

// keep keeps a session; the oldest visits of nobody give way when there are
// too many.
func (ss *sessions) keep(s *session) {
	now := ss.now()
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if now.Sub(ss.swept) > time.Minute || len(ss.all) >= maxSessions {
		ss.swept = now
		for key, old := range ss.all {
			if old.over(now) || (len(ss.all) >= maxSessions && old.who.kind == "") {
				delete(ss.all, key)
			}
		}
	}
	ss.all[s.key] = s
}

// end forgets a session.
func (ss *sessions) end(s *session) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	delete(ss.all, s.key)
}

// endAll forgets every session of a person.
func (ss *sessions) endAll(person string) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for key, s := range ss.all {
		if s.who.kind != "" && s.who.person() == person {
			delete(ss.all, key)
		}
	}
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
func (c *call) keepSession() {
	if c.s.id == "" {
		return
	}
	c.sessions.keep(c.s)
	c.giveCookie()
}

// giveCookie gives the session's id to the browser and forgets it.
func (c *call) giveCookie() {
	http.SetCookie(c.w, &http.Cookie{
		Name: c.cookieName(), Value: c.s.id, Path: "/", HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
	})
	c.s.id = ""
}

// stillSignedIn asks the provider, once a minute, whether the sign-in was ended
// elsewhere ("sign out everywhere" on another device). A provider that does
// not list this sign-in cannot end it either.
func (c *call) stillSignedIn(v visitor) bool {
	if !v.listed {
		return true
	}
	now := c.Now()
	if now.Sub(c.s.get().checked) < time.Minute {
		return true
	}
	ins, err := c.signInsOf(v)
	if err != nil {
		return true // the record's door still decides; a provider in trouble signs nobody out
	}
	c.s.change(func(s *state) { s.checked = now })
	return lists(ins, v.signIn)
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
