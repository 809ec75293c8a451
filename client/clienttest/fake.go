// Package clienttest stands in for a server: an in-memory implementation of
// the client contract (Fake) for tests and stories of pages, and the
// conformance suite (Run) that every implementation of the contract passes.
//
// A test of a page makes a Fake, lets the page use it as client.Records, and
// steers it: Hold makes a call wait until the test releases it (no sleeps),
// FailNext and SetOffline make calls fail, Calls says what was asked. The
// fictional world is always the same; the constants of world.go name the
// people in it and say what each is good for.
//
// The fake keeps the contract's promises but knows few of the server's rules:
// enough that a page sees every kind of answer. What a professional may really
// do is decided, and tested, in the server.
package clienttest

import (
	"context"
	"slices"
	"sync"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

var (
	_ client.Records = (*Fake)(nil)
	_ client.SignIn  = (*Fake)(nil)
)

// Op names a method of the contract: for Hold, FailNext and the log of calls.
type Op string

// The operations. OpSending is the middle of File, when half of the bytes have
// left: hold it to see progress and to give up while sending.
const (
	OpMyPatients     Op = "MyPatients"
	OpFindByINS      Op = "FindByINS"
	OpMatch          Op = "Match"
	OpEmergency      Op = "EmergencySearch"
	OpOpen           Op = "Open"
	OpClose          Op = "Close"
	OpDocuments      Op = "Documents"
	OpDocument       Op = "Document"
	OpContent        Op = "Content"
	OpFile           Op = "File"
	OpSending        Op = "Sending"
	OpChange         Op = "Change"
	OpUndo           Op = "Undo"
	OpDeclareConsent Op = "DeclareConsent"
	OpWithdrawOwn    Op = "WithdrawOwn"
	OpRequestAccess  Op = "RequestAccess"
	OpWatch          Op = "Watch"
	OpAccesses       Op = "Accesses"
	OpStatus         Op = "Status"
	OpAccounts       Op = "Accounts"
	OpSignIn         Op = "SignIn"
	OpSignOut        Op = "SignOut"
)

// Call is one entry of the log of calls.
type Call struct {
	Op         Op
	PatientID  string
	DocumentID string
	Argument   any // the query, draft, change or declaration as given
}

// Options shapes a Fake; the zero value is the usual world.
type Options struct {
	Now       func() time.Time // nil: 21 November 2026, 11:40 in Paris, standing still
	Me        client.Person    // zero: Dr Anne MOREL, general practitioner
	Documents int              // current documents of PatientLea; 0 means 214
	SignedOut bool             // every call answers Unauthenticated until SignIn
	Lookups   int              // how many people may be looked up before the fake is Busy; 0: any number
}

// Fake is a server in memory. It is safe for concurrent use.
type Fake struct {
	now func() time.Time

	mu       sync.Mutex
	me       client.Person
	signedIn bool
	offline  bool
	people   []*person
	sessions map[string]*session // by Access.Session
	drafts   map[string]string   // Draft.ID → document id
	traces   []client.Trace      // oldest first
	calls    []Call
	failures map[Op][]error
	gates    map[Op]*Gate
	blobs    map[string]blob
	serial   int
	lookups  int // left; see Options.Lookups
	limited  bool
	moved    chan struct{} // closed, and made anew, when something changed
	cut      chan struct{} // closed, and made anew, when watches lose their line
	copies   copies
	box      *mailbox // shared by those who are Beside each other
}

// session is an open record.
type session struct {
	patientID string
	mode      string
	opened    time.Time
	end       time.Time
}

// New makes a Fake with the fictional world.
func New(o Options) *Fake {
	if o.Now == nil {
		at := time.Date(2026, time.November, 21, 10, 40, 0, 0, time.UTC)
		o.Now = func() time.Time { return at }
	}
	if o.Me.ID == "" {
		o.Me = client.Person{
			ID: "899700218896", Name: "Dr Anne MOREL", Profession: "10", Specialty: "SM54",
			OrgID: "499700218896000", OrgName: "Cabinet médical de la Vesle", Expires: o.Now().Add(8 * time.Hour),
		}
	}
	if o.Documents == 0 {
		o.Documents = 214
	}
	f := &Fake{
		now: o.Now, me: o.Me, signedIn: !o.SignedOut,
		sessions: map[string]*session{}, drafts: map[string]string{},
		failures: map[Op][]error{}, gates: map[Op]*Gate{}, blobs: map[string]blob{},
		moved: make(chan struct{}), cut: make(chan struct{}), copies: newCopies(),
		lookups: o.Lookups, limited: o.Lookups > 0, box: newMailbox(),
	}
	f.people = f.world(o.Documents)
	f.traces = f.history()
	f.letters()
	return f
}

// Me gives who is signed in.
func (f *Fake) Me() client.Person {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.me
}

// Calls gives the log of calls, oldest first.
func (f *Fake) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Count tells how often op was called.
func (f *Fake) Count(op Op) int {
	n := 0
	for _, c := range f.Calls() {
		if c.Op == op {
			n++
		}
	}
	return n
}

// FailNext makes the next calls of op fail, one for each error.
func (f *Fake) FailNext(op Op, errs ...error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failures[op] = append(f.failures[op], errs...)
}

// SetOffline makes every call fail with Offline, or answer again.
func (f *Fake) SetOffline(off bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.offline = off
}

// Failure is an error as a server would give it, with a reference to quote.
func Failure(code fhir.Code, requestID string) error {
	return &client.Error{Code: code, Message: "the server could not do it", RequestID: requestID}
}

// Busy is the refusal of a server that has too much to do: Throttled, with the
// time after which to try again.
func Busy(wait time.Duration) error {
	return &client.Error{Code: fhir.Throttled, Message: "the server has too much to do; try again later", RetryAfter: wait}
}

// Gate holds calls of one operation; see Fake.Hold.
type Gate struct {
	entered chan struct{}
	open    chan struct{}
	once    sync.Once
}

// Entered receives once for every call that waits at the gate.
func (g *Gate) Entered() <-chan struct{} { return g.entered }

// Release lets the waiting calls, and all later ones, pass.
func (g *Gate) Release() { g.once.Do(func() { close(g.open) }) }

// wait blocks until release or the end of ctx.
func (g *Gate) wait(ctx context.Context) error {
	select {
	case g.entered <- struct{}{}:
	default: // nobody counts that many
	}
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return canceled(ctx)
	}
}

// Hold makes every call of op wait until the gate is released or its context
// ends. Holding again replaces the gate.
func (f *Fake) Hold(op Op) *Gate {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := &Gate{entered: make(chan struct{}, 1024), open: make(chan struct{})}
	f.gates[op] = g
	return g
}

// begin is the first step of every method: it logs the call, waits at the gate
// and gives the failure that the test asked for.
func (f *Fake) begin(ctx context.Context, c Call) error {
	f.mu.Lock()
	f.calls = append(f.calls, c)
	f.mu.Unlock()
	if err := f.pass(ctx, c.Op); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.signedIn && c.Op != OpStatus && c.Op != OpAccounts && c.Op != OpSignIn && c.Op != OpSignOut {
		return fhir.E(fhir.Unauthenticated, "sign in first")
	}
	return nil
}

// pass goes through the gate of op and takes its next failure.
func (f *Fake) pass(ctx context.Context, op Op) error {
	if ctx.Err() != nil {
		return canceled(ctx)
	}
	f.mu.Lock()
	gate := f.gates[op]
	f.mu.Unlock()
	if gate != nil {
		if err := gate.wait(ctx); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.offline {
		return fhir.E(fhir.Offline, "the server gives no answer")
	}
	if errs := f.failures[op]; len(errs) > 0 {
		f.failures[op] = errs[1:]
		return errs[0]
	}
	return nil
}

// canceled is the error of a context that ended.
func canceled(ctx context.Context) error {
	return &client.Error{Code: fhir.Canceled, Err: ctx.Err()}
}

// fresh is the provenance of an answer of the server itself.
func (f *Fake) fresh() client.Provenance { return client.Provenance{AsOf: f.now()} }

// Status says how the fake is.
func (f *Fake) Status(ctx context.Context) (client.Status, error) {
	if err := f.begin(ctx, Call{Op: OpStatus}); err != nil {
		return client.Status{}, err
	}
	return client.Status{Version: "fake", Demo: true, Now: f.now()}, nil
}

// Accounts lists two fictional accounts.
func (f *Fake) Accounts(ctx context.Context) ([]client.DemoAccount, error) {
	if err := f.begin(ctx, Call{Op: OpAccounts}); err != nil {
		return nil, err
	}
	return []client.DemoAccount{
		{ID: "morel", Name: "Dr Anne MOREL", Role: "Médecin généraliste", GoodTo: "Médecin traitant : lire, déposer, masquer"},
		{ID: "garnier", Name: "Paul GARNIER", Role: "Pharmacien", GoodTo: "Comptoir : ordonnances et traitements"},
	}, nil
}

// SignIn signs in with an account, or shows an address and signs in.
func (f *Fake) SignIn(ctx context.Context, account string, show func(string)) (client.Person, error) {
	if err := f.begin(ctx, Call{Op: OpSignIn, Argument: account}); err != nil {
		return client.Person{}, err
	}
	if account == "" && show != nil {
		show("http://127.0.0.1:1/oidc/authorize")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch account {
	case "garnier":
		f.me.ID, f.me.Name, f.me.Profession, f.me.Specialty = "899700218904", "Paul GARNIER", "21", "G15_21/A"
	case "", "morel":
	default:
		return client.Person{}, fhir.E(fhir.Unauthenticated, "unknown account; choose one of the list")
	}
	f.signedIn = true
	return f.me, nil
}

// SignOut forgets who was signed in.
func (f *Fake) SignOut(ctx context.Context) error {
	if err := f.begin(ctx, Call{Op: OpSignOut}); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.signedIn = false
	return nil
}
