package idp

import (
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const (
	requestLife = 10 * time.Minute // from /authorize to the password
	codeLife    = time.Minute      // from the password to the token
	maxRequests = 10_000           // under way at once; the oldest is forgotten first
)

// authRequest is one sign-in under way in a browser. Immutable: a step makes a
// copy.
type authRequest struct {
	id       string
	made     time.Time
	browser  []byte // hash of the cookie of the browser that began it
	asked    oidc.AuthRequest
	half     *person // who gave the right password and still owes a second factor
	who      signIn  // once the person is known
	codeHash string  // once the code is given
	codeAt   time.Time
	used     bool // the code was exchanged
}

var _ op.AuthRequest = (*authRequest)(nil)

func (a *authRequest) GetID() string  { return a.id }
func (a *authRequest) GetACR() string { return "" }
func (a *authRequest) GetAMR() []string {
	if a.half != nil {
		return []string{"pwd", "otp", "mfa"} // RFC 8176
	}
	return []string{"pwd"}
}
func (a *authRequest) GetAudience() []string  { return []string{audience, a.asked.ClientID} }
func (a *authRequest) GetAuthTime() time.Time { return a.who.started }
func (a *authRequest) GetClientID() string    { return a.asked.ClientID }
func (a *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: a.asked.CodeChallenge, Method: a.asked.CodeChallengeMethod}
}
func (a *authRequest) GetNonce() string                   { return a.asked.Nonce }
func (a *authRequest) GetRedirectURI() string             { return a.asked.RedirectURI }
func (a *authRequest) GetResponseType() oidc.ResponseType { return a.asked.ResponseType }
func (a *authRequest) GetResponseMode() oidc.ResponseMode { return oidc.ResponseModeQuery }
func (a *authRequest) GetScopes() []string                { return a.asked.Scopes }
func (a *authRequest) GetState() string                   { return a.asked.State }
func (a *authRequest) GetSubject() string                 { return a.who.subject }
func (a *authRequest) Done() bool                         { return a.who.id != "" }
func (a *authRequest) signInID() string                   { return a.who.id }

// requests are the sign-ins under way, in memory: they last minutes.
type requests struct {
	mu   sync.Mutex
	all  *lru.Cache[string, *authRequest]
	code map[string]string // hash of a code → id; emptied with all
}

func newRequests() *requests {
	r := &requests{code: map[string]string{}}
	r.all, _ = lru.NewWithEvict(maxRequests, func(_ string, gone *authRequest) { delete(r.code, gone.codeHash) }) // errs only on a size ≤ 0
	return r
}

// begin keeps a new request of a browser.
func (r *requests) begin(asked oidc.AuthRequest, browser []byte, now time.Time) *authRequest {
	a := &authRequest{id: uuid.NewString(), made: now, browser: browser, asked: asked}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all.Add(a.id, a)
	return a
}

// get finds a request that waits for its person.
func (r *requests) get(id string, now time.Time) (*authRequest, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.all.Get(id)
	if !ok || now.Sub(a.made) > requestLife {
		return nil, false
	}
	return a, true
}

// halfway keeps that somebody gave the right password, as a request with a new
// id that belongs to a new cookie: whoever knew the ones of before, or put them
// there, does not follow. False when somebody was faster.
func (r *requests) halfway(id string, who person, browser []byte) (*authRequest, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.all.Peek(id)
	if !ok || a.Done() || a.half != nil {
		return nil, false
	}
	next := *a
	next.id, next.half, next.browser = uuid.NewString(), &who, browser
	r.all.Remove(id)
	r.all.Add(next.id, &next)
	return &next, true
}

// finish says who the person is; false when somebody was faster.
func (r *requests) finish(id string, who signIn) (*authRequest, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.all.Peek(id)
	if !ok || a.Done() {
		return nil, false
	}
	done := *a
	done.who = who
	r.all.Add(id, &done)
	return &done, true
}

// giveCode ties a code to its request.
func (r *requests) giveCode(id, code string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.all.Peek(id)
	if !ok || !a.Done() || a.codeHash != "" {
		return false
	}
	with := *a
	with.codeHash, with.codeAt = string(hashOf(code)), now
	r.all.Add(id, &with)
	r.code[with.codeHash] = id
	return true
}

// useCode takes a code in exchange, once. replayed is the request of a code
// that was used before: its sign-in has to end (RFC 6749 section 4.1.2).
func (r *requests) useCode(code string, now time.Time) (a *authRequest, replayed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id, ok := r.code[string(hashOf(code))]
	if !ok {
		return nil, false
	}
	found, ok := r.all.Peek(id)
	if !ok {
		return nil, false
	}
	if found.used {
		return found, true
	}
	used := *found
	used.used = true
	r.all.Add(id, &used)
	if now.Sub(found.codeAt) > codeLife {
		return nil, false
	}
	return &used, false
}
