package outbox

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"testing"
	"testing/synctest"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// The ways out, by what an item is and why the server did not take it. The last one is
// always to forget it, and is left out here.
func TestTheWaysOut(t *testing.T) {
	again, replace, asNew, ask := client.OutboxAgain, client.OutboxReplace, client.OutboxAsNew, client.OutboxAsk
	type ways = []client.OutboxChoice
	plain := client.OutboxItem{Kind: client.OutboxFile, Draft: &client.Draft{}}
	corrects := client.OutboxItem{Kind: client.OutboxFile, Draft: &client.Draft{Replaces: &client.Document{ID: "d"}}}
	kind := func(k client.OutboxKind) client.OutboxItem { return client.OutboxItem{Kind: k} }
	rows := []struct {
		it       client.OutboxItem
		reason   fhir.Code
		existing string
		want     ways
	}{
		{plain, fhir.Duplicate, "DocumentReference/d", ways{replace, asNew}},
		{plain, fhir.Duplicate, "", ways{asNew}},
		{plain, fhir.StateConflict, "", ways{asNew}},
		{corrects, fhir.StateConflict, "DocumentReference/d", ways{replace, asNew}},
		{corrects, fhir.StateConflict, "", ways{asNew}},
		{corrects, fhir.Withdrawn, "", ways{asNew}},
		{corrects, fhir.Invalid, "", ways{asNew}},
		{plain, fhir.Invalid, "", nil},
		{plain, fhir.BadCode, "", nil},
		{plain, fhir.NoRecord, "", ways{again}},
		{plain, fhir.Forbidden, "", ways{again}},
		{kind(client.OutboxChange), fhir.VersionConflict, "DocumentReference/d", ways{again}},
		{kind(client.OutboxChange), fhir.NoConsent, "", ways{ask, again}},
		{kind(client.OutboxChange), fhir.Withdrawn, "", nil},
		{kind(client.OutboxUndo), fhir.StateConflict, "", ways{again}},
		{kind(client.OutboxConsent), fhir.NoRecord, "", ways{again}},
		{kind(client.OutboxConsent), fhir.NoConsent, "", ways{ask, again}},
		{kind(client.OutboxWithdraw), fhir.NoRecord, "", ways{again}},
		{kind(client.OutboxRequest), fhir.NoConsent, "", ways{again}},
		{kind(client.OutboxMessage), fhir.StateConflict, "", ways{asNew}},
		{kind(client.OutboxMessage), fhir.NotFound, "", ways{asNew}},
		{kind(client.OutboxMessage), fhir.NoConsent, "", ways{ask, again}},
		{kind(client.OutboxMessage), fhir.Invalid, "", nil},
		{kind(client.OutboxItemKeep), fhir.VersionConflict, "", ways{again}},
		{kind(client.OutboxItemKeep), fhir.Withdrawn, "", ways{asNew}},
		{kind(client.OutboxItemDrop), fhir.Withdrawn, "", nil},
		{kind(client.OutboxItemDrop), fhir.RuleForbids, "", ways{again}},
	}
	for _, r := range rows {
		got := choices(r.it, r.reason, r.existing)
		if !slices.Equal(got, append(slices.Clone(r.want), client.OutboxDrop)) {
			t.Errorf("%s by %s, about %q: %v, want %v and to forget it", r.it.Kind, r.reason, r.existing, got, r.want)
		}
	}
}

// Every kind, for every reason that ends in a person's hands, can be forgotten, and what
// is offered is never a deed that the outbox does not know for the kind.
func TestEveryWayOutIsKnown(t *testing.T) {
	for _, kind := range []client.OutboxKind{
		client.OutboxFile, client.OutboxChange, client.OutboxUndo, client.OutboxConsent, client.OutboxWithdraw, client.OutboxRequest,
		client.OutboxMessage, client.OutboxItemKeep, client.OutboxItemDrop, "another",
	} {
		for code, m := range meanings() {
			if m.event != clashed && m.event != denied {
				continue
			}
			it := client.OutboxItem{Kind: kind}
			got := choices(it, code, "DocumentReference/d")
			if n := len(got); got[n-1] != client.OutboxDrop || slices.Contains(got[:n-1], client.OutboxDrop) {
				t.Errorf("%s by %s: %v", kind, code, got)
			}
			if kind != client.OutboxFile && slices.Contains(got, client.OutboxReplace) {
				t.Errorf("%s by %s would replace a document", kind, code)
			}
			copies := kind == client.OutboxFile || kind == client.OutboxMessage || kind == client.OutboxItemKeep
			if !copies && slices.Contains(got, client.OutboxAsNew) {
				t.Errorf("%s by %s would be another one", kind, code)
			}
		}
	}
}

// answers is a server that refuses each kind in its way, once.
type answers struct {
	Sender
	no   map[client.OutboxKind]error
	sent []client.OutboxItem
}

func (a *answers) Send(_ context.Context, it client.OutboxItem, _ io.ReadSeeker, _ client.Progress) (client.Document, error) {
	a.sent = append(a.sent, it)
	err := a.no[it.Kind]
	delete(a.no, it.Kind)
	return client.Document{ID: "made"}, err
}

// A refusal that can be lifted is tried again under another key; a message finds another
// dialogue, an item of the profile is added anew, and a request for access leaves beside
// what waits for it.
func TestWhatIsChosenLeaves(t *testing.T) {
	p := newPlace(t)
	to := &answers{no: map[client.OutboxKind]error{
		client.OutboxFile:     fhir.E(fhir.NoRecord, ""),
		client.OutboxMessage:  fhir.E(fhir.StateConflict, ""),
		client.OutboxItemKeep: fhir.E(fhir.Withdrawn, ""),
		client.OutboxChange:   fhir.E(fhir.NoConsent, ""),
	}}
	synctest.Test(t, func(t *testing.T) {
		c := p.config()
		c.Sender, c.Workers = to, 1
		o, err := Open(c)
		ok(t, "open", err)
		file := put(t, o, filing("Bilan"))
		after := put(t, o, masking(file.ID, nil)) // held while its filing is refused
		message := put(t, o, client.OutboxItem{Kind: client.OutboxMessage, PatientID: "p", Body: []byte(`{"Dialogue":"d","Text":"Bonjour."}`)})
		item := put(t, o, client.OutboxItem{Kind: client.OutboxItemKeep, PatientID: "p", Body: []byte(`{"Resource":"Immunization","ID":"i","Version":"2","Text":"x"}`)})
		change := put(t, o, masking("", &client.Document{ID: "d1", PatientID: clienttest.PatientLea, Version: "1"}))
		stop := run(t, o)
		synctest.Wait()
		state(t, o, file.ID, client.OutboxRefused, fhir.NoRecord)
		state(t, o, after.ID, client.OutboxPaused, fhir.StateConflict)
		for id, choice := range map[string]client.OutboxChoice{
			file.ID: client.OutboxAgain, message.ID: client.OutboxAsNew, item.ID: client.OutboxAsNew, change.ID: client.OutboxAsk,
		} {
			ok(t, "choose", o.Choose(t.Context(), id, choice))
		}
		want(t, "ask twice", o.Choose(t.Context(), change.ID, client.OutboxAsk), fhir.StateConflict)
		synctest.Wait()
		left := state(t, o, change.ID, client.OutboxConflict, fhir.NoConsent)
		if !slices.Equal(left.Choices, []client.OutboxChoice{client.OutboxAgain, client.OutboxDrop}) {
			t.Errorf("what waits for the patient has the choices %v", left.Choices)
		}
		state(t, o, after.ID, client.OutboxDone, "")
		ok(t, "again", o.Choose(t.Context(), change.ID, client.OutboxAgain))
		synctest.Wait()
		stop()
		ok(t, "close", o.Close())
	})
	leaves(t, to.sent)
}

// leaves looks at what arrived at the server, attempt by attempt.
func leaves(t *testing.T, sent []client.OutboxItem) {
	t.Helper()
	last, keys := map[client.OutboxKind]client.OutboxItem{}, map[client.OutboxKind]map[string]bool{}
	for _, it := range sent {
		if keys[it.Kind] == nil {
			keys[it.Kind] = map[string]bool{}
		}
		last[it.Kind], keys[it.Kind][it.ID] = it, true
	}
	var out client.Outgoing
	if err := json.Unmarshal(last[client.OutboxMessage].Body, &out); err != nil || out.Dialogue != "" || out.PatientID != "p" || out.Subject == "" || out.Text != "Bonjour." {
		t.Errorf("the message is %+v %v", out, err)
	}
	var item client.Item
	if err := json.Unmarshal(last[client.OutboxItemKeep].Body, &item); err != nil || item.ID != "" || item.Version != "" || item.Text != "x" {
		t.Errorf("the item is %+v %v", item, err)
	}
	for _, kind := range []client.OutboxKind{client.OutboxFile, client.OutboxMessage, client.OutboxItemKeep} {
		if len(keys[kind]) != 2 {
			t.Errorf("%s left under %d keys", kind, len(keys[kind]))
		}
	}
	if len(keys[client.OutboxRequest]) != 1 || last[client.OutboxRequest].PatientID != clienttest.PatientLea {
		t.Errorf("%d requests, the last to %q", len(keys[client.OutboxRequest]), last[client.OutboxRequest].PatientID)
	}
}
