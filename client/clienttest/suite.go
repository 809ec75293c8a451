package clienttest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// Harness is one implementation of the contract with a world behind it. Every
// field is needed; Run fails on an empty one. The world is the implementation's
// own: the suite changes it, so each story asks for a new harness (which may
// stand on the same server, if that has enough people).
type Harness struct {
	Records   client.Records // signed in as a general practitioner
	Offline   client.Records // the same implementation, its server giving no answer
	SignedOut client.Records // the same, with nobody signed in
	Regulator client.Records // the same world, signed in as a doctor who regulates calls to centre 15

	Mine      client.Patient // I am the médecin traitant; 60 readable documents or more, one of them archived, one superseded, one masked by a colleague
	Name      string         // what finds Mine, and at least one more of my patients, in the search box
	Stranger  client.Patient // open record, never authorised me, allows break-glass
	Objects   client.Patient // open record, never authorised me, objects to break-glass
	Blocked   client.Patient // open record, blocked me
	Closed    client.Patient // closed record
	NoINS     client.Patient // my patient without a qualified INS
	Forbidden []string       // what may appear in no error text: names, identifiers, titles of this world
}

// Run runs the conformance suite: one story for each promise of the contract.
// open gives a fresh harness; it registers its own clean-up on t.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	tell(t, open, []story[Harness]{
		{"my patients are found by what one types", storyFind},
		{"my patients come page by page, all of them, once", storyFindPages},
		{"anyone is found by INS, nobody by a wrong one", storyINS},
		{"anyone is found by all strict traits, nobody by nearly all", storyMatch},
		{"who looks up too many is told how long to wait", storyThrottled},
		{"a regulator finds anyone by name, nobody else does", storyEmergency},
		{"opening my patient's record grants rights", storyOpenMine},
		{"opening a stranger's record says why it cannot be read", storyOpenStranger},
		{"break-glass needs a reason and respects objections", storyBreakGlass},
		{"a closed record is a final answer", storyClosed},
		{"closing twice is no error", storyClose},
		{"documents come page by page, all of them, once, newest first", storyDocumentPages},
		{"documents are narrowed by type, class and period", storyDocumentFilters},
		{"archived and superseded documents come when asked for", storyDocumentStates},
		{"one document is as in the list, an unknown one is not found", storyDocument},
		{"contents are what their description says", storyContent},
		{"nothing returned shares memory", storyMemory},
		{"a filed document is kept as sent", storyFile},
		{"pictures and texts are kept as sent", storyFileKinds},
		{"the same draft sent twice takes effect once", storyFileTwice},
		{"a large document is sent with true progress", storyFileLarge},
		{"what cannot be filed says why and leaves nothing", storyFileRefused},
		{"a correction replaces the old document", storyReplace},
		{"masking, hiding and archiving show at once", storyChange},
		{"a change of an old version is refused", storyConflict},
		{"a deleted document is withdrawn", storyDelete},
		{"a misfiled document can be undone", storyUndo},
		{"a declared consent opens the record until it is withdrawn", storyConsent},
		{"a declared consent never lifts a block", storyConsentBlocked},
		{"asking for access says the same whatever the patient decided", storyRequestAccess},
		{"a watch tells of a right that is given and taken away", storyWatchRights},
		{"a watch tells of documents that come", storyWatchDocuments},
		{"a watch ends with its session, and is of one's own alone", storyWatchEnds},
		{"what I did shows in my accesses", storyAccesses},
		{"accesses come page by page, by period", storyAccessPages},
		{"a cancelled call does nothing", storyCanceled},
		{"a silent server is Offline", storyOffline},
		{"without a sign-in every call says so", storySignedOut},
		{"many at once get their own answers", storyConcurrent},
		{"the server says how it is", storyStatus},
	})
}

// story holds an implementation to one promise of the contract.
type story[H any] struct {
	name string
	run  func(*testing.T, H)
}

// tell runs each story on a harness of its own.
func tell[H interface{ check(*testing.T) }](t *testing.T, open func(*testing.T) H, stories []story[H]) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			h := open(t)
			h.check(t)
			s.run(t, h)
		})
	}
}

// check fails on a harness that would make stories pass for nothing.
func (h Harness) check(t *testing.T) {
	t.Helper()
	for name, p := range map[string]client.Patient{
		"Mine": h.Mine, "Stranger": h.Stranger, "Objects": h.Objects, "Blocked": h.Blocked, "Closed": h.Closed, "NoINS": h.NoINS,
	} {
		if p.ID == "" {
			t.Fatalf("the harness has no %s", name)
		}
	}
	if h.Records == nil || h.Offline == nil || h.SignedOut == nil || h.Regulator == nil || h.Name == "" || len(h.Forbidden) == 0 {
		t.Fatal("the harness is incomplete")
	}
}

// as is a side of the harness seen as more than Records.
func as[T any](t *testing.T, r client.Records) T {
	t.Helper()
	side, ok := r.(T)
	if !ok {
		t.Fatalf("%T is no %v", r, reflect.TypeFor[T]())
	}
	return side
}

// within is the time a story's call may take at most.
const within = 30 * time.Second

// timeout gives the context of a story.
func timeout(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	t.Cleanup(cancel)
	return ctx
}

// want fails unless err has the code and tells nothing private.
func (h Harness) want(t *testing.T, what string, err error, code fhir.Code) *client.Error {
	t.Helper()
	var e *client.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("%s: got error %v, want code %q", what, err, code)
	}
	texts := []string{err.Error(), e.Message}
	for _, i := range e.Issues {
		texts = append(texts, i.Message, i.Expression)
	}
	for _, text := range texts {
		for _, secret := range h.Forbidden {
			if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
				t.Errorf("%s: the error tells something private", what)
			}
		}
	}
	return e
}

// ok fails on any error.
func ok(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// open enters a record in normal mode.
func (h Harness) open(t *testing.T, id string) client.Access {
	t.Helper()
	a, err := h.Records.Open(timeout(t), id, client.OpenRequest{Mode: fhir.ModeNormal})
	ok(t, "open", err)
	return a
}

// documents gives every page of a query.
func (h Harness) documents(t *testing.T, a client.Access, q client.DocumentQuery) []client.Document {
	t.Helper()
	var out []client.Document
	for range 10000 {
		p, err := h.Records.Documents(timeout(t), a, q)
		ok(t, "documents", err)
		out = append(out, p.Documents...)
		if p.Total < len(out) {
			t.Fatalf("documents: %d rows of %d", len(out), p.Total)
		}
		if p.Next == "" {
			return out
		}
		q.Page = p.Next
	}
	t.Fatal("documents: the pages never end")
	return nil
}

// has tells whether a document is among rows.
func has(rows []client.Document, id string) bool {
	for _, d := range rows {
		if d.ID == id {
			return true
		}
	}
	return false
}

// fresh fails on an answer that does not say how old it is.
func fresh(t *testing.T, p client.Provenance) {
	t.Helper()
	if p.AsOf.IsZero() {
		t.Error("the answer does not say when the server confirmed it")
	}
}

// calls are the methods of the contract, each called as it usually is.
func (h Harness) calls(r client.Records, d client.Draft) map[string]func(context.Context) error {
	a := client.Access{PatientID: h.Mine.ID}
	doc := client.Document{ID: "unknown", Version: "1", PatientID: h.Mine.ID, Attachment: fhir.Attachment{URL: "Binary/unknown"}}
	yes := true
	return map[string]func(context.Context) error{
		"MyPatients": func(ctx context.Context) error { _, err := r.MyPatients(ctx, client.PatientQuery{}); return err },
		"FindByINS":  func(ctx context.Context) error { _, err := r.FindByINS(ctx, h.Mine.INS); return err },
		"EmergencySearch": func(ctx context.Context) error {
			_, err := r.EmergencySearch(ctx, client.EmergencyQuery{Name: h.Stranger.BirthName})
			return err
		},
		"Match": func(ctx context.Context) error { _, err := r.Match(ctx, traits(h.Mine)); return err },
		"Open":  func(ctx context.Context) error { _, err := r.Open(ctx, h.Mine.ID, client.OpenRequest{}); return err },
		"Close": func(ctx context.Context) error {
			return r.Close(ctx, client.Access{PatientID: h.Mine.ID, Session: "x"})
		},
		"Documents": func(ctx context.Context) error { _, err := r.Documents(ctx, a, client.DocumentQuery{}); return err },
		"Document":  func(ctx context.Context) error { _, err := r.Document(ctx, a, "unknown"); return err },
		"Content":   func(ctx context.Context) error { _, err := r.Content(ctx, a, doc); return err },
		"File":      func(ctx context.Context) error { _, err := r.File(ctx, a, d, nil); return err },
		"Change": func(ctx context.Context) error {
			_, err := r.Change(ctx, a, doc, client.Change{Masked: &yes})
			return err
		},
		"Undo": func(ctx context.Context) error { return r.Undo(ctx, a, doc) },
		"DeclareConsent": func(ctx context.Context) error {
			_, err := r.DeclareConsent(ctx, client.ConsentDeclaration{PatientID: h.Stranger.ID, Form: "oral", Visit: true})
			return err
		},
		"WithdrawOwn":   func(ctx context.Context) error { return r.WithdrawOwn(ctx, h.Stranger.ID) },
		"RequestAccess": func(ctx context.Context) error { return r.RequestAccess(ctx, h.Stranger.ID, "") },
		"Watch":         func(ctx context.Context) error { return r.Watch(ctx, a, func(client.AccessEvent) {}) },
		"Accesses":      func(ctx context.Context) error { _, err := r.Accesses(ctx, client.TraceQuery{}); return err },
		"Status":        func(ctx context.Context) error { _, err := r.Status(ctx); return err },
	}
}

// traits are the strict traits of a patient.
func traits(p client.Patient) client.Traits {
	sex := map[string]string{"female": "F", "male": "M"}[p.Gender]
	return client.Traits{BirthName: p.BirthName, FirstGiven: p.FirstGiven, Sex: sex, BirthDate: p.BirthDate}
}

// storyCanceled: with a context that has ended, every method says Canceled and
// nothing has happened.
func storyCanceled(t *testing.T, h Harness) {
	before := len(h.documents(t, h.open(t, h.Mine.ID), client.DocumentQuery{}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range h.calls(h.Records, h.draft(t, "one")) {
		h.want(t, name, call(ctx), fhir.Canceled)
	}
	if after := len(h.documents(t, h.open(t, h.Mine.ID), client.DocumentQuery{})); after != before {
		t.Errorf("a cancelled File left %d documents", after-before)
	}
	a, err := h.Records.Open(timeout(t), h.Stranger.ID, client.OpenRequest{})
	ok(t, "open", err)
	if a.Basis != "" {
		t.Error("a cancelled DeclareConsent took effect")
	}
}

// storyOffline: without a server every method says Offline.
func storyOffline(t *testing.T, h Harness) {
	for name, call := range h.calls(h.Offline, h.draft(t, "one")) {
		h.want(t, name, call(timeout(t)), fhir.Offline)
	}
}

// storySignedOut: with nobody signed in every method but Status says so.
func storySignedOut(t *testing.T, h Harness) {
	for name, call := range h.calls(h.SignedOut, h.draft(t, "one")) {
		err := call(timeout(t))
		if name == "Status" {
			ok(t, name, err)
			continue
		}
		h.want(t, name, err, fhir.Unauthenticated)
	}
}

// storyConcurrent: calls at once do not mix their answers.
func storyConcurrent(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	rows := h.documents(t, a, client.DocumentQuery{})
	ctx := timeout(t)
	failures := make(chan error, 16)
	for i := range 16 {
		go func() {
			d := rows[i%len(rows)]
			got, err := h.Records.Document(ctx, a, d.ID)
			if err == nil && got.ID != d.ID {
				err = fmt.Errorf("asked for one document, got another")
			}
			failures <- err
		}()
	}
	for range 16 {
		ok(t, "document", <-failures)
	}
}

// storyStatus: the server answers without a sign-in.
func storyStatus(t *testing.T, h Harness) {
	s, err := h.SignedOut.Status(timeout(t))
	ok(t, "status", err)
	if s.Version == "" || s.Now.IsZero() {
		t.Errorf("the status is empty: %+v", s)
	}
}
